"""The last day of a station: its power as an area, the states of its outlets as strokes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from itertools import pairwise

from backend.model.clock import Instant
from backend.model.resources import OutletResource
from backend.text import t
from screens.station_data import StationData
from widgets.figures import hour, kwh, number
from widgets.line import Line, Run
from widgets.spark import STROKES, area

DAY_S = 86_400.0
ROWS = 6
X = 6
_STROKES = {
    "up": "available",
    "faulted": "faulted",
    "offline": "offline",
    "delivering": "charging",
    "unavailable": "out_of_use",
    "planned": "out_of_use",
    "not_commissioned": "unknown",
    "gap": "unknown",
}


def power_lines(
    outlets: Sequence[OutletResource], data: StationData, now: Instant, zone: tzinfo, width: int
) -> list[Line]:
    """The sum of its sessions' power over the last day; nothing when no curve is known."""
    cells = width - X - 1
    values = [0.0] * cells
    known = False
    start = now - DAY_S
    for readings in data.curves.values():
        points = [(reading.at.timestamp(), reading.power_w) for reading in readings if reading.power_w is not None]
        own = [0.0] * cells
        for (at, watts), (until, _) in pairwise(points):
            first, last = int((at - start) / DAY_S * cells), int((until - start) / DAY_S * cells)
            for cell in range(max(0, first), min(cells, max(last, first + 1))):
                own[cell] = max(own[cell], watts)
                known = True
        values = [total + watts for total, watts in zip(values, own, strict=True)]
    if not known:
        return []
    top = max(*values, sum(outlet.max_power_w or 0.0 for outlet in outlets) or 1.0)
    energy = sum(session.energy_wh for session in data.sessions if session.started.timestamp() > start)
    head = Line(width)
    head.put(1, t("power of the post, 24 h"), "muted")
    head.right_runs(width, [(kwh(energy), "text"), (" " + t("in charges begun since"), "muted")], start=30)
    lines = [head]
    for at, runs in enumerate(area(values, ROWS, top)):
        line = Line(width)
        if at == 0:
            line.right(4, number(top / 1000), "muted")
        elif at == ROWS - 1:
            line.right(5, "0 kW", "muted")
        line.runs(X, runs)
        lines.append(line)
    lines.append(_axis(now, zone, width, cells))
    return lines


def _axis(now: Instant, zone: tzinfo, width: int, cells: int) -> Line:
    axis = Line(width)
    for quarter in range(4):
        axis.put(X + quarter * cells // 4, hour(now - DAY_S + quarter * DAY_S / 4, zone), "muted")
    axis.right(X + cells, hour(now, zone), "muted")
    return axis


def state_lines(outlets: Sequence[OutletResource], data: StationData, now: Instant, width: int) -> list[Line]:
    """One line an outlet: what it was at each time of the last day."""
    if not any(data.intervals.values()):
        return []
    head = Line(width)
    head.put(1, t("states, 24 h"), "muted")
    legend: list[Run] = []
    words = {
        "charging": t("charging"),
        "available": t("up"),
        "faulted": t("faulted"),
        "offline": t("offline"),
        "out_of_use": t("out of use"),
    }
    for name, word in words.items():
        stroke, style = STROKES[name]
        legend += [(f"   {stroke}", style), (f" {word}", "muted")]
    head.right_runs(width, legend, start=16)
    return [head, *[_strip(outlet, data, now, width) for outlet in outlets[:6]]]


def _strip(outlet: OutletResource, data: StationData, now: Instant, width: int) -> Line:
    line = Line(width)
    line.right(4, str(outlet.evse), "text")
    cells = width - X - 1
    start = now - DAY_S
    found = ["unknown"] * cells
    for interval in data.intervals.get(outlet.outlet, ()):
        until = interval.end.timestamp() if interval.end is not None else now
        _mark(found, interval.start.timestamp() - start, until - start, _STROKES.get(interval.kind, "unknown"))
    for session in data.sessions:
        if session.outlet == outlet.outlet:
            until = session.ended.timestamp() if session.ended is not None else now
            _mark(found, session.started.timestamp() - start, until - start, "charging", only="available")
    for cell, name in enumerate(found):
        stroke, style = STROKES[name]
        line.put(X + cell, stroke, style)
    return line


def _mark(cells: list[str], begin: float, end: float, name: str, *, only: str | None = None) -> None:
    if end <= 0 or begin >= DAY_S:
        return
    first = max(0, int(begin / DAY_S * len(cells)))
    last = min(len(cells), max(first + 1, round(end / DAY_S * len(cells))))
    for cell in range(first, last):
        if only is None or cells[cell] == only:
            cells[cell] = name
