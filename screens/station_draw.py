"""The station's overview: head, link, outlets, the sentence, alarms, what was done; and what stands beside them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import NamedTuple

from backend.client.mirror import Mirror
from backend.model.clock import Instant
from backend.model.resources import (
    AlarmResource,
    OperationResource,
    OutletResource,
    SessionResource,
    StationResource,
)
from backend.model.words import AlarmState, Link
from backend.text import t
from backend.text.alarms import fault_word
from screens.console import Console
from screens.entry_words import admission_word
from screens.operation_words import name_of, outcome
from screens.outlet_facts import alarms_of, facts_of, kw_whole, link_word, number_signed, short_name
from screens.outlet_words import note, outlet_name
from screens.preview import hero
from screens.sentence import sentence
from screens.session_words import stop_word
from screens.station_data import StationData
from screens.station_power import power_lines, state_lines
from widgets.figures import age, ago, hour, kilo, length, when
from widgets.line import Line, Run, rule
from widgets.look import SEVERITY_STYLES, SEVERITY_SYMBOLS, STATES, state_kind, state_word

X = 1
OUTLETS_SEEN = 8


class View(NamedTuple):
    """What is drawn, for whom."""

    console: Console
    station: StationResource
    outlets: Sequence[OutletResource]
    at: int
    """The outlet under the cursor; one past the last is the post itself."""
    data: StationData
    now: Instant

    @property
    def mirror(self) -> Mirror:
        return self.console.mirror

    @property
    def zone(self) -> tzinfo:
        return self.console.zone

    @property
    def outlet(self) -> OutletResource | None:
        """The one under the cursor."""
        return self.outlets[self.at] if 0 <= self.at < len(self.outlets) else None


def head_lines(view: View, tabs: Sequence[tuple[str, str]], tab: str, width: int) -> list[Line]:
    """Id, place and model; the tabs; the rule."""
    station = view.station
    first, second = Line(width), Line(width)
    site = view.mirror.sites.get(station.site or "")
    power = kw_whole(view.outlets[0].max_power_w) if view.outlets else ""
    kit = " ".join(part for part in (station.vendor, station.model) if part)
    if power:
        kit = ", ".join(part for part in (kit, f"{len(view.outlets)} × {power}") if part)
    end = first.right(width - 1, kit, "muted", start=width // 2) - 1 if kit else width - 1
    at = first.put(X, station.id, "strong", end=end) + 2
    if site is not None:
        at = first.put(at, site.name, "strong", end=end)
        first.put(at, f", {site.address}" if site.address else "", "text", end=end)
    x = X
    for name, word in tabs:
        x = second.put(x, word, "strong.u" if name == tab else "muted", spot=f"tab:{name}") + 2
    second.right_runs(width - 1, [("tab", "muted"), (" " + t("next"), "faint")], start=x)
    return [first, second, rule(width)]


def link_line(view: View, width: int) -> Line:
    """`link ● online 6d   heard 12 s ago   OCPP 1.6J   clock +0.4 s`."""
    station = view.station
    line = Line(width)
    runs: list[Run] = [(t("link") + " ", "muted")]
    if view.console.gone:
        word = link_word(station.link)
        runs.append(
            (t("◌ not known; {word} at {time}", word=word, time=hour(view.mirror.lamp_since, view.zone)), "text")
        )
    else:
        online = station.link is Link.ONLINE
        runs += [("● " if online else "◌ ", "ok" if online else "offline")]
        since = age(station.link_since, view.now) if station.link_since is not None else ""
        runs.append((f"{link_word(station.link)} {since}".rstrip(), "text"))
    heard = ago(station.last_heard, view.now)
    runs.append((f"   {heard}", "text") if station.last_heard is None else ("   " + t("heard") + " ", "muted"))
    if station.last_heard is not None:
        runs.append((heard, "text"))
    if station.ocpp_version:
        runs += [("   OCPP ", "muted"), (station.ocpp_version, "text")]
    if station.clock_skew_s is not None:
        off = abs(station.clock_skew_s) > 60
        runs += [
            ("   " + t("clock") + " ", "muted"),
            (f"{number_signed(station.clock_skew_s)} s", "warn" if off else "text"),
        ]
    if station.admission != "accepted":
        runs += [("   " + admission_word(station.admission), "warn")]
    line.runs(X, runs, end=width - 1)
    return line


def outlet_lines(view: View, width: int) -> list[Line]:
    """The outlets and the post itself, with the cursor."""
    head = Line(width)
    head.put(2, t("outlet"), "muted")
    head.put(11, t("state"), "muted")
    head.right(30, "kW", "muted")
    head.right(37, "kWh", "muted")
    head.right(44, t("since"), "muted", start=38)
    head.right(50, t("heard"), "muted", start=44)
    head.put(52, t("who, why"), "muted")
    lines = [head]
    first = max(0, min(view.at - OUTLETS_SEEN + 1, len(view.outlets) - OUTLETS_SEEN))
    for at, outlet in list(enumerate(view.outlets))[first : first + OUTLETS_SEEN]:
        line = _outlet(view, outlet, width)
        line.spots.append((0, width, f"outlet:{at}"))
        if at == view.at:
            line.ground = "cursor"
            line.put(0, "▌", "bar")
        lines.append(line)
    if len(view.outlets) > OUTLETS_SEEN:
        more = Line(width)
        more.put(2, t("{n} outlets in all", n=len(view.outlets)), "muted")
        lines.append(more)
    lines.append(_post(view, width))
    return lines


def _outlet(view: View, outlet: OutletResource, width: int) -> Line:
    line = Line(width)
    kind = state_kind(outlet)
    look = STATES[kind]
    alarms = alarms_of(view.mirror, outlet)
    alarm = next((alarm for alarm in alarms if alarm.active), None)
    style = "warn" if kind == "post_paused" and alarm is not None else ""
    name = outlet_name(outlet)
    line.put(2, name if len(name) <= 8 else "…" + name[-7:], "text", end=10)
    line.put(11, look.symbol, style or look.symbol_style)
    line.put(13, state_word(kind), style or look.word_style, end=24)
    online = outlet.link is Link.ONLINE
    if not online:
        line.right(30, "?", "muted")
        line.right(37, "?", "muted")
    elif outlet.session is not None or outlet.energy_wh is not None:
        line.right(30, kilo(outlet.power_w), "text")
        if outlet.energy_wh is not None:
            line.right(37, kilo(outlet.energy_wh), "text")
    since = outlet.since if online else outlet.link_since or outlet.since
    line.right(44, age(since, view.now), "text")
    line.right(50, age(outlet.heard, view.now), "muted" if online else "offline")
    line.put(52, note(outlet, alarm, view.now, view.zone), "text", end=width - 1)
    return line


def _post(view: View, width: int) -> Line:
    station = view.station
    line = Line(width)
    line.put(2, t("post"), "text")
    if station.link is not Link.ONLINE:
        look = STATES[
            "offline" if station.link is Link.OFFLINE else "deaf" if station.link is Link.DEAF else "never_seen"
        ]
        line.put(11, look.symbol, look.symbol_style)
        line.put(13, link_word(station.link), look.word_style, end=24)
    elif station.state:
        kind = _POST_STATES.get(station.state, "unknown")
        line.put(11, STATES[kind].symbol, STATES[kind].symbol_style)
        line.put(13, state_word(kind) if kind != "unknown" else station.state, "muted", end=24)
    else:
        line.put(11, "–", "muted")
    line.right(44, age(station.booted or station.link_since, view.now), "text")
    line.right(50, age(station.last_heard, view.now), "muted")
    if station.error_codes:
        line.put(52, ", ".join(map(fault_word, station.error_codes)), "text", end=width - 1)
    else:
        line.put(52, t("firmware {version}", version=station.firmware or "?"), "muted", end=width - 1)
    if view.at == len(view.outlets):
        line.ground = "cursor"
        line.put(0, "▌", "bar")
    line.spots.append((0, width, f"outlet:{len(view.outlets)}"))
    return line


_POST_STATES = {"Available": "available", "Unavailable": "out_of_use", "Faulted": "faulted", "Occupied": "charging"}


def hero_lines(view: View, width: int) -> list[Line]:
    """Why the outlet under the cursor does or does not charge."""
    outlet = view.outlet or (view.outlets[0] if view.outlets else None)
    if outlet is None:
        return hero([t("The post has told of no outlet yet.")], "energy", width)
    said = sentence(facts_of(view.console, outlet, view.now))
    return hero(said.rows(width - X - 3, 2), said.style, width, x=X)


def alarm_lines(view: View, width: int, most: int) -> list[Line]:
    """The open alarms of the station."""
    found = station_alarms(view.mirror, view.station.id)
    if not found:
        return []
    lines = [_heading(width, t("alarms"))]
    for alarm in found[:most]:
        line = Line(width)
        line.put(X, f"{SEVERITY_SYMBOLS[alarm.severity]} {alarm.severity.name}", SEVERITY_STYLES[alarm.severity])
        line.right(12, age(alarm.since, view.now), "text", start=7)
        owner: Run = (t("nobody"), "high") if alarm.owner is None else (short_name(alarm.owner), "muted")
        count = f"×{alarm.count}   " if alarm.count > 1 else ""
        end = line.right_runs(width - 1, [(count, "text"), owner], start=50)
        where = t("outlet {n}", n=alarm.evse) if alarm.evse is not None else t("post")
        at = line.put(14, where, "text", end=end)
        from screens.alarm_words import alarm_text

        line.put(max(24, at + 2), alarm_text(alarm), "text", end=end - 1)
        lines.append(line)
    if len(found) > most:
        line = Line(width)
        line.put(X, t("and {n} more", n=len(found) - most), "muted")
        lines.append(line)
    return lines


def station_alarms(mirror: Mirror, station: str) -> list[AlarmResource]:
    """The alarms of a station that a person still has to do with, the worst first."""
    shown = (AlarmState.UNACKNOWLEDGED, AlarmState.ACKNOWLEDGED, AlarmState.RETURNED)
    found = [alarm for alarm in mirror.alarms.values() if alarm.station == station and alarm.state in shown]
    return sorted(found, key=lambda alarm: (alarm.severity, -alarm.since.timestamp()))


def done_lines(view: View, operations: Sequence[OperationResource], width: int, most: int) -> list[Line]:
    """What was done here, newest first."""
    if not operations:
        return []
    head = _heading(width, t("done here"))
    rest = len(operations)
    head.right(width - 1, t("L all {n}", n=rest) if rest > most else "", "faint", start=30)
    return [head, *[operation_line(view, operation, width) for operation in operations[:most]]]


def operation_line(view: View, operation: OperationResource, width: int) -> Line:
    """One operation: when, what, how far it came, by whom."""
    line = Line(width)
    asked = operation.times.get("requested")
    line.right(7, when(asked, view.now, view.zone) if asked is not None else "?", "muted")
    outlet = view.mirror.outlets.get(operation.outlet or "")
    line.put(9, f"{name_of(operation)} {outlet.evse}" if outlet is not None else name_of(operation), "text", end=24)
    result = outcome(operation)
    end = line.right(width - 1, short_name(operation.requested_by), "muted", start=width - 14)
    line.put(25, result.words, result.style, end=end - 1)
    return line


def session_line(view: View, session: SessionResource, width: int) -> Line:
    """One charge: when, where, how long, how much, why it ended, whose card."""
    line = Line(width)
    line.right(7, when(session.started, view.now, view.zone), "muted")
    line.put(9, str(session.evse or "?"), "text", end=11)
    ended = session.ended.timestamp() if session.ended is not None else view.now
    line.right(19, length(ended - session.started.timestamp()), "text", start=11)
    line.right(27, kilo(session.energy_wh), "text")
    line.put(28, "kWh", "muted")
    line.right(38, kilo(session.max_power_w), "text")
    line.put(39, t("kW max"), "muted", end=47)
    end = line.right(width - 1, session.id_token or "–", "muted", start=width - 16)
    running = session.ended is None
    line.put(
        48, t("running") if running else stop_word(session.stop_reason), "energy" if running else "text", end=end - 1
    )
    return line


def _heading(width: int, text: str) -> Line:
    line = Line(width)
    line.put(X, text, "muted")
    return line


def overview(view: View, operations: Sequence[OperationResource], width: int, height: int, *, wide: bool) -> list[Line]:
    """The first tab, as much of it as fits."""
    lines = [link_line(view, width), Line(width), *outlet_lines(view, width)]
    groups: list[list[Line]] = [hero_lines(view, width)]
    alarms = alarm_lines(view, width, 4 if wide else 2)
    if alarms:
        groups.append(alarms)
    room = height - len(lines) - sum(len(group) + 1 for group in groups) - 2
    if operations:
        groups.append(done_lines(view, operations, width, max(2, min(6, room)) if not wide else 6))
    if wide:
        groups.append(power_lines(view.outlets, view.data, view.now, view.zone, width))
        groups.append(state_lines(view.outlets, view.data, view.now, width))
        if view.data.sessions:
            sessions = [_heading(width, t("last charges"))]
            sessions += [session_line(view, session, width) for session in view.data.sessions[:5]]
            groups.append(sessions)
    for group in groups:
        if group and len(lines) + 1 + len(group) <= height:
            lines += [Line(width), *group]
        elif group and height - len(lines) > 3:
            lines += [Line(width), *group[: height - len(lines) - 1]]
    return lines
