"""Uptime of many outlets: each outlet first, then the mean (domain.md 4.2), in slices that hold the loop for no long.

    report = Report(start, end, days=day_bounds(start, end, "Europe/Stockholm"))
    at_once(report.take(intervals))          # grouped by outlet
    rows = at_once(report.rows("site", "strict", site_of))

One report answers for every formula and every grouping.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Generator, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from msgspec import Struct, field

from backend.model.clock import Instant
from backend.model.errors import Invalid
from backend.model.interval import Interval
from backend.model.outlet_id import OutletId
from backend.text import t
from backend.uptime.formulas import DOWN, POOLED, Count, Tally, causes, formula, tally

T = TypeVar("T")

SLICE = 100
"""Intervals between two yields: well below a millisecond's work."""
ROWS_SLICE = 25
"""Outlets, or rows, between two yields."""
GROUPINGS = ("outlet", "station", "site", "network")


class Row(Struct, kw_only=True, gc=False):
    """One line of a report. Seconds are sums over its outlets."""

    key: str
    """Outlet, station or site id, or `network`; empty for outlets without a site."""
    site: str | None = None
    outlets: int = 0
    up_s: float = 0.0
    down_s: float = 0.0
    excluded_s: float = 0.0
    gap_s: float = 0.0
    uptime_pct: float | None = None
    """The mean over its outlets that have one; of pooled formulas the share of all seconds."""
    causes: dict[str, float] = field(default_factory=dict)
    lost_per_day_s: Sequence[float] = ()
    """Mean seconds lost per outlet on each day, oldest first."""


class Report:
    """The tallies of a stretch of time."""

    def __init__(self, start: Instant, end: Instant, *, days: Sequence[Instant] = ()) -> None:
        """
        Args:
            end: not in the future: what still lasts counts until then.
            days: where days begin, ascending, and where the last ends (`day_bounds`); empty: no figures per day.
        """
        self.start = start
        self.end = end
        self._outlets: list[tuple[str, int]] = []
        self._tallies: list[Tally] = []
        """Of each of them: lists, for a dictionary of 60,000 that grows holds the loop."""
        self._days = list(days)

    def take(self, intervals: Iterable[Interval]) -> Generator[None, None, None]:
        """Count intervals in; those of an outlet stand together."""
        group: list[Interval] = []
        outlet: tuple[str, int] | None = None
        for number, interval in enumerate(intervals, 1):
            key = (interval.station, interval.evse)
            if key != outlet:
                self._tally(outlet, group)
                outlet, group = key, []
            group.append(interval)
            if number % SLICE == 0:
                yield
        self._tally(outlet, group)

    def put(self, outlet: tuple[str, int], found: Tally) -> None:
        """Take the tally of an outlet that was counted elsewhere (`rollup`)."""
        self._outlets.append(outlet)
        self._tallies.append(found)

    def empty(self) -> Generator[None, None, None]:
        """Give the tallies back, some at a time: to free them all at once holds the loop for long."""
        while self._tallies:
            del self._outlets[-SLICE:], self._tallies[-SLICE:]
            yield

    def rows(self, by: str, name: str, site_of: Callable[[str], str | None]) -> Generator[None, None, list[Row]]:
        """The rows of a grouping by a formula, in the order of their outlets.

        Args:
            by: `outlet`, `station`, `site` or `network`.
            site_of: the site's id of a station.

        Raises:
            Invalid: no such grouping or formula.
        """
        if by not in GROUPINGS:
            raise Invalid(
                "unknown_grouping",
                t("uptime is not counted by {by}", by=by),
                t("there are {names}", names=", ".join(GROUPINGS)),
            )
        counted = formula(name)
        down = DOWN[name]
        groups: dict[str, _Group] = {}
        rows: list[Row] = []
        before, site = "", None
        for number, ((station, evse), found) in enumerate(zip(self._outlets, self._tallies, strict=True), 1):
            if station != before:
                before, site = station, site_of(station)
            key = _key(by, station, evse, site)
            group = groups.get(key)
            if group is None:
                row = Row(key=key, site=site if by != "network" else None)
                group = _Group(row, [0.0] * (len(self._days) - 1) if self._days else None)
            group.add(counted(found), found)
            if group.lost is not None:
                for start, end, kind in found.losses:
                    if kind in down:
                        spread(group.lost, self._days, start, end)
            if by == "outlet":
                rows.append(group.row_of(name))
            else:
                groups[key] = group
            if number % ROWS_SLICE == 0:
                yield
        while groups:
            rows.append(groups.popitem()[1].row_of(name))
            if len(rows) % ROWS_SLICE == 0:
                yield
        if by != "outlet":
            rows.reverse()
        return rows

    def _tally(self, outlet: tuple[str, int] | None, group: list[Interval]) -> None:
        if outlet is None:
            return
        made = tally(group, self.start, self.end, losses=bool(self._days))
        if made.seconds:
            self.put(outlet, made)


class _Group(Struct, gc=False):
    row: Row
    lost: list[float] | None
    seconds: dict[str, float] = field(default_factory=dict)
    percents: float = 0.0
    counting: int = 0

    def add(self, count: Count, tally: Tally) -> None:
        row = self.row
        row.outlets += 1
        row.up_s += count.up_s
        row.down_s += count.down_s
        row.excluded_s += count.excluded_s
        row.gap_s += count.gap_s
        held = self.seconds
        for key, seconds in tally.seconds.items():
            held[key] = held.get(key, 0.0) + seconds
        if count.uptime_pct is not None:
            self.percents += count.uptime_pct
            self.counting += 1

    def row_of(self, name: str) -> Row:
        row = self.row
        base = row.up_s + row.down_s
        if name in POOLED:
            row.uptime_pct = 100.0 * row.up_s / base if base > 0 else None
        else:
            row.uptime_pct = self.percents / self.counting if self.counting else None
        row.causes = causes(self.seconds)
        if self.lost is not None:
            row.lost_per_day_s = [seconds / row.outlets for seconds in self.lost]
        return row


def spread(lost: list[float], days: Sequence[Instant], start: Instant, end: Instant) -> None:
    """Add the seconds of [start, end) to the days on which they lie."""
    place = max(0, bisect_right(days, start) - 1)
    while place < len(lost) and days[place] < end:
        lost[place] += max(0.0, min(end, days[place + 1]) - max(start, days[place]))
        place += 1


def day_bounds(start: Instant, end: Instant, zone: str) -> list[Instant]:
    """Where the local days begin that touch [start, end), and where the last one ends: 23 to 25 hours apart."""
    if end <= start:
        return []
    where = ZoneInfo(zone)
    day = datetime.fromtimestamp(start, where).replace(hour=0, minute=0, second=0, microsecond=0)
    bounds = []
    while True:
        moment = day.astimezone(UTC).timestamp()
        bounds.append(moment)
        if moment >= end:
            return bounds
        day += timedelta(days=1)


def at_once(steps: Generator[None, None, T]) -> T:
    """Run a report's steps without pause."""
    while True:
        try:
            next(steps)
        except StopIteration as done:
            result: T = done.value
            return result


def _key(by: str, station: str, evse: int, site: str | None) -> str:
    if by == "outlet":
        return str(OutletId(station, evse))
    if by == "station":
        return station
    return (site or "") if by == "site" else "network"
