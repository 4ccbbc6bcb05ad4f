"""The rows of the alarm list: folded by acknowledgement, the worst and newest first; and their lines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from backend.client.mirror import Mirror
from backend.model.clock import Instant
from backend.model.filter import EMPTY, Filter
from backend.model.resources import AlarmResource
from backend.model.words import AlarmState, Severity
from backend.text import t
from screens.alarm_words import alarm_action, alarm_place, alarm_text
from screens.outlet_facts import short_name
from widgets.figures import age, hour, number, when
from widgets.line import Line
from widgets.look import SEVERITY_STYLES, SEVERITY_SYMBOLS
from widgets.table import DECORATION

WIDE = 100
SECTIONS: tuple[tuple[str, tuple[AlarmState, ...]], ...] = (
    ("open", (AlarmState.UNACKNOWLEDGED,)),
    ("acknowledged", (AlarmState.ACKNOWLEDGED,)),
    ("returned", (AlarmState.RETURNED,)),
    ("shelved", (AlarmState.SHELVED,)),
    ("suppressed", (AlarmState.SUPPRESSED, AlarmState.OUT_OF_SERVICE)),
)
FOLDED_AT = 40
"""A section with more is folded to that many until it is opened."""


def section_word(name: str) -> str:
    """The heading of a section."""
    return {
        "open": t("not acknowledged"),
        "acknowledged": t("acknowledged"),
        "returned": t("returned to normal, not acknowledged"),
        "shelved": t("shelved"),
        "suppressed": t("told by another alarm, or out of service"),
    }[name]


class AlarmRows:
    """Which alarms are listed, in which order. Pure."""

    def __init__(self, mirror: Mirror) -> None:
        self.mirror = mirror
        self.filter: Filter = EMPTY
        self.worst_only = False
        """S1 and S2 alone."""
        self.open: set[str] = set()
        """Sections that are shown in full."""
        self.counts: dict[str, int] = {}

    def arrange(self, *, gaps: bool) -> list[str]:
        """The ids of all rows; headings and blank lines are decoration."""
        now = self.mirror.clock.now()
        by_state: dict[AlarmState, list[AlarmResource]] = {}
        for alarm in self.mirror.alarms.values():
            if self._passes(alarm, now):
                by_state.setdefault(alarm.state, []).append(alarm)
        rows: list[str] = []
        self.counts = {}
        for name, states in SECTIONS:
            found = sorted((alarm for state in states for alarm in by_state.get(state, ())), key=_order)
            self.counts[name] = len(found)
            if not found:
                continue
            if gaps and rows:
                rows.append(f"{DECORATION}gap:{name}")
            rows.append(f"{DECORATION}head:{name}")
            limit = 0 if name == "suppressed" else FOLDED_AT
            shown = found if name in self.open or 0 < len(found) <= limit + 1 else found[:limit]
            rows += [alarm.id for alarm in shown]
            if len(shown) < len(found):
                rows.append(f"more:{name}:{len(found) - len(shown)}")
        return rows

    def _passes(self, alarm: AlarmResource, now: Instant) -> bool:
        if self.worst_only and alarm.severity > Severity.S2:
            return False
        if not self.filter:
            return True
        mirror = self.mirror
        site, station = mirror.sites.get(alarm.site or ""), mirror.stations.get(alarm.station or "")
        return self.filter.matches_alarm(alarm, site, station, now)


def _order(alarm: AlarmResource) -> tuple[object, ...]:
    return (alarm.severity, -alarm.since.timestamp(), alarm.id)


def head_line(width: int, right: str, *, stale: bool = False) -> Line:
    """The column heads."""
    line = Line(width)
    line.put(2, t("sev"), "muted", end=7)
    line.right(11, t("age"), "muted", start=7)
    line.right(16, t("seen"), "muted", start=11)
    line.put(18, t("where"), "muted")
    line.put(45, t("what"), "muted")
    if width < WIDE:
        line.right(width - 1, right, "text" if stale else "faint", start=50)
        return line
    line.put(75, t("owner"), "muted")
    line.put(86, t("do next"), "muted", end=width)
    if stale or width > 130:
        line.right(width - 1, right, "text" if stale else "faint", start=95)
    return line


def section_line(name: str, count: int, width: int) -> Line:
    """`not acknowledged  5 ────`."""
    line = Line(width)
    x = line.put(2, section_word(name), "text")
    x = line.put(x + 2, number(count), "muted")
    line.fill(x + 1, width - (1 if width < WIDE else 0), "─", "rule")
    return line


def alarm_row(mirror: Mirror, alarm: AlarmResource, now: Instant, zone: tzinfo, width: int) -> Line:
    """One alarm."""
    line = Line(width)
    severity = alarm.severity
    urgent = alarm.state is AlarmState.UNACKNOWLEDGED
    line.put(2, f"{SEVERITY_SYMBOLS[severity]} {severity.name}", SEVERITY_STYLES[severity])
    line.right(11, age(alarm.since, now), "text", start=7)
    if alarm.count > 1:
        line.right(16, f"×{alarm.count}", "muted", start=11)
    loud = urgent and severity <= Severity.S2
    line.put(18, alarm_place(mirror, alarm), "strong" if loud else "text", end=44)
    nobody = alarm.owner is None and alarm.state in (AlarmState.UNACKNOWLEDGED, AlarmState.RETURNED)
    owner = t("nobody") if nobody else short_name(alarm.owner or alarm.acknowledged_by or alarm.shelved_by or "–")
    style = "high" if nobody else "muted"
    if width < WIDE:
        line.put(45, what_words(alarm, now, zone), "text", end=72)
        line.put(73, owner.split(" ")[0], style, end=width - 1)
        return line
    line.put(45, what_words(alarm, now, zone), "text", end=74)
    line.put(75, owner, style, end=85)
    line.put(86, next_words(alarm), "text", end=width)
    return line


def what_words(alarm: AlarmResource, now: Instant, zone: tzinfo) -> str:
    """What is wrong, and what became of it."""
    text = alarm_text(alarm)
    if alarm.state is AlarmState.SHELVED and alarm.shelved_until is not None:
        return t("{text}, until {time}", text=text, time=hour(alarm.shelved_until, zone))
    if alarm.state is AlarmState.RETURNED and alarm.cleared is not None:
        return t("{text}, gone {time}", text=text, time=when(alarm.cleared, now, zone))
    if "chattering" in alarm.flags:
        return t("{text}, chatters", text=text)
    return text


def next_words(alarm: AlarmResource) -> str:
    """What to do next; for a shelved one why it lies there."""
    if alarm.state is AlarmState.SHELVED:
        return alarm.shelve_reason
    if alarm.state is AlarmState.RETURNED:
        return t("acknowledge")
    return alarm_action(alarm)


def more_line(row: str, width: int) -> Line:
    """`+ 126, enter shows them`: of what the heading above it says."""
    line = Line(width)
    count = row.rpartition(":")[2]
    line.put(18, t("+ {n}, enter shows them", n=number(int(count))), "muted", end=width - 1)
    return line


def totals_of(alarms: Sequence[AlarmResource]) -> dict[str, int]:
    """How many are active, by severity, nobody's, returned, shelved."""
    counts = {"active": 0, "nobody": 0, "returned": 0, "shelved": 0, "S1": 0, "S2": 0, "S3": 0, "S4": 0}
    for alarm in alarms:
        if alarm.state is AlarmState.RETURNED:
            counts["returned"] += 1
        elif alarm.state is AlarmState.SHELVED:
            counts["shelved"] += 1
        elif alarm.state in (AlarmState.UNACKNOWLEDGED, AlarmState.ACKNOWLEDGED):
            counts["active"] += 1
            counts[alarm.severity.name] += 1
            counts["nobody"] += alarm.owner is None
    return counts
