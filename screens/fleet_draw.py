"""The lines of the fleet: header, site, dark site, outlet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from backend.client.mirror import Mirror
from backend.model.clock import Instant
from backend.model.resources import OutletResource, SiteResource
from backend.model.words import Activity, Link
from backend.text import t, tn
from screens.alarm_words import alarm_short
from screens.fleet_rows import DARK, OUTLET, QUIET, SITE, FleetRows, Group
from screens.outlet_words import dark_words, note, outlet_name
from widgets.figures import age, kilo, number
from widgets.line import Line
from widgets.look import SEVERITY_STYLES, SEVERITY_SYMBOLS, STATES, last_kind, state_kind, state_word
from widgets.spark import resample, spark

WIDE = 100
SPARK = 18
HEARD_LATE_S = 900.0
COUNTS = (("car_in", 1), ("charging", 2), ("available", 3))


class FleetDraw:
    """Makes the lines of the table from the mirror and the rows."""

    def __init__(self, mirror: Mirror, rows: FleetRows) -> None:
        self.mirror = mirror
        self.rows = rows
        self.now: Instant = 0.0
        self.zone: tzinfo | None = None

    def head(self, width: int, right: str, *, stale: bool = False) -> Line:
        """The column heads; `right` tells which rows are seen."""
        line = Line(width)
        line.put(2, t("outlet"), "muted", end=10)
        line.put(11, t("state"), "muted", end=23)
        line.right(30, "kW", "muted")
        line.right(37, "kWh", "muted")
        style = "text" if stale else "faint"
        if width < WIDE:
            line.right(44, t("since"), "muted", start=38)
            line.right(50, t("heard"), "muted", start=44)
            line.put(52, t("note"), "muted")
            line.right(width - 1, right, style, start=57)
            return line
        line.right(44, t("since"), "muted", start=38)
        line.right(51, t("heard"), "muted", start=45)
        line.put(53, t("place"), "muted")
        line.put(70, t("note"), "muted")
        line.right(width, right if stale else t("power 18 h"), "text" if stale else "muted", start=75)
        return line

    def row(self, id_: str, width: int) -> Line:
        """Any row."""
        line = Line(width)
        kind, name = id_[:2], id_[2:]
        if kind == SITE:
            self._site(line, name)
        elif kind == DARK:
            self._dark(line, name)
        elif kind == OUTLET and name in self.mirror.outlets:
            self._outlet(line, self.mirror.outlets[name])
        return line

    # a site

    def _site(self, line: Line, id_: str) -> None:
        group = self.rows.groups.get(id_)
        if group is None:
            return
        site = self.mirror.sites.get(id_)
        quiet = group.rank == QUIET
        open_ = id_ not in self.rows.folded and bool(self.rows.shown(group))
        wide = line.width >= WIDE
        line.put(0, "▾" if open_ else "▸", "muted")
        counts_at = 53 if wide else 52
        name = group.name or (site.name if site is not None else "") or t("no site")
        x = line.put(2, name, "text" if quiet else "strong", end=counts_at - 2)
        if site is not None and site.address:
            line.put(x + 2, site.address, "muted", end=counts_at - 1)
        line.restyle("text", counts_at, None)
        line.fill(counts_at, line.width, " ", "text")
        if group.alarm is not None:
            severity = group.alarm.severity
            x = line.put(counts_at, f"{SEVERITY_SYMBOLS[severity]} {severity.name}", SEVERITY_STYLES[severity])
            line.put(x + 1, alarm_short(group.alarm), "text", end=line.width - (28 if wide else 7))
        else:
            self._counts(line, group, counts_at)
        self._power(line, group, site, wide)

    def _counts(self, line: Line, group: Group, x: int) -> None:
        worst = next((kind for kind in ("faulted", "conflict", "offline") if group.counts.get(kind)), None)
        if worst is not None:
            self._count(line, x, worst, group.counts[worst])
        for kind, slot in COUNTS:
            if group.counts.get(kind):
                self._count(line, x + 5 * slot, kind, group.counts[kind])

    def _count(self, line: Line, x: int, kind: str, count: int) -> None:
        look = STATES[kind]
        line.put(x, look.symbol, look.symbol_style)
        line.put(x + 1, f"{count:>2}", "text")

    def _power(self, line: Line, group: Group, site: SiteResource | None, wide: bool) -> None:
        watts = site.power_w if site is not None else None
        power = "?" if watts is None else number(watts / 1000)
        if not wide:
            line.right_runs(line.width - 1, [(power, "text"), (" kW", "muted")], start=72)
            return
        capacity = site.capacity_w if site is not None else None
        end = line.width - SPARK - 1
        slash = f"/{number(capacity / 1000)}" if capacity else ""
        line.right_runs(end, [(power, "text"), (slash, "muted"), (" kW", "muted")], start=end - 14)
        history = site.power_history_w if site is not None else []
        if any(value is not None for value in history):
            known = [value for value in history if value is not None]
            line.runs(line.width - SPARK, spark(resample(history, SPARK), capacity or max(known)))

    # a dark site in one row

    def _dark(self, line: Line, id_: str) -> None:
        group = self.rows.groups.get(id_)
        if group is None or not group.members:
            return
        outlets = [self.mirror.outlets[name] for name in group.members]
        line.put(2, t("all {n}", n=len(outlets)), "text", end=10)
        self._state(line, "offline", "offline")
        line.right(30, "?", "muted")
        line.right(37, "?", "muted")
        since = min((o.link_since for o in outlets if o.link_since is not None), default=None)
        heard = max((o.heard for o in outlets if o.heard is not None), default=None)
        charging = sum(1 for outlet in outlets if outlet.activity is Activity.CHARGING)
        line.right(44, age(since, self.now), "text")
        if line.width < WIDE:
            line.right(50, age(heard, self.now), "offline")
            line.put(52, dark_words(charging), "text", end=line.width - 1)
            return
        line.right(51, age(heard, self.now), "offline")
        line.put(53, tn("{n} post", "{n} posts", group.stations), "muted", end=69)
        line.put(70, dark_words(charging), "text", end=line.width - 1)

    # an outlet

    def _outlet(self, line: Line, outlet: OutletResource) -> None:
        kind = state_kind(outlet)
        alarm = self.rows.alarms.of(outlet)
        line.put(2, id_fit(outlet_name(outlet), 8), "text")
        self._state(line, kind, "warn" if kind == "post_paused" and alarm is not None else "")
        online = outlet.link is Link.ONLINE
        open_ = outlet.session is not None or outlet.energy_wh is not None
        if not online:
            line.right(30, "?", "muted")
            line.right(37, "?", "muted")
        elif open_ or kind in ("faulted", "conflict", "charging"):
            if outlet.power_w is not None or outlet.session is not None:
                line.right(30, kilo(outlet.power_w), "text")
            if outlet.energy_wh is not None:
                line.right(37, kilo(outlet.energy_wh), "text")
        since = outlet.since if online or kind == "deaf" else outlet.link_since or outlet.since
        since = outlet.link_since if kind == "deaf" and outlet.link_since is not None else since
        line.right(44, age(since, self.now) if since is not None else "?", "text")
        wide = line.width >= WIDE
        late = outlet.heard is None or (not online and kind != "deaf")
        line.right(51 if wide else 50, age(outlet.heard, self.now), "offline" if late else "muted")
        words = self._note(outlet)
        if wide:
            site = self.mirror.sites.get(outlet.site or "") if self.rows.flat else None
            line.put(53, outlet.place if site is None else site.name, "muted", end=69)
            line.put(70, words, "text", end=line.width - 1)
        else:
            line.put(52, words, "text", end=line.width - 1)

    def _note(self, outlet: OutletResource) -> str:
        zone = self.zone
        assert zone is not None
        alarm = self.rows.alarms.of(outlet)
        if alarm is not None and alarm.evse is None and self._told_above(outlet):
            return t("same post")
        return note(outlet, alarm, self.now, zone)

    def _told_above(self, outlet: OutletResource) -> bool:
        """Whether the row before tells the same about the same station."""
        group = self.rows.groups.get(outlet.site or "")
        if self.rows.flat or group is None or group.id in self.rows.open or outlet.outlet not in group.trouble:
            return False
        at = group.trouble.index(outlet.outlet)
        return at > 0 and self.mirror.outlets[group.trouble[at - 1]].station == outlet.station

    def _state(self, line: Line, kind: str, style: str) -> None:
        look = STATES[kind]
        line.put(11, look.symbol, style or look.symbol_style)
        line.put(13, state_word(kind), style or look.word_style, end=24)


def id_fit(name: str, width: int) -> str:
    """An id in `width` cells: its end tells more than its beginning."""
    return name if len(name) <= width else "…" + name[1 - width :]


def seen_words(first_to_last: str, total: int, *, of: Sequence[str] = ()) -> str:
    """`1-16 of 3 831`."""
    return t("{seen} of {all}", seen=first_to_last, all=number(total)) if first_to_last else ""


__all__ = ["FleetDraw", "id_fit", "last_kind", "seen_words"]
