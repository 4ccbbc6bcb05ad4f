"""Keeps the sums of uptime at the begin of days, and counts long reports by them.

Every hour, days that have ended are summed up, outlet by outlet, and so are those whose past has changed since: by a
late message, or by what a restart made of its own absence. Meanwhile, and where sums are missing, reports look at the
stretches themselves: slower, with the same result.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from backend.api.pace import Work, sliced
from backend.model.clock import Instant
from backend.model.interval import Interval, Minutes
from backend.model.register import SiteEntry
from backend.uptime.formulas import Tally, word_of
from backend.uptime.intervals import length
from backend.uptime.rollup import EMPTY, Edge, Mark, between, decode, encode, mark_days, marks_at

if TYPE_CHECKING:
    from backend.api.house import House

log = logging.getLogger(__name__)

Outlet = tuple[str, int]
ZONE: str = SiteEntry.__struct_defaults__[-1]
"""Days are those of the sites, which stand in one zone unless said otherwise."""
FIRST_S = 30.0
HOUR_S = 3_600.0
SETTLED_S = 3_600.0
"""A day is summed up so long after its end: what comes late by then costs nothing."""
OUTLETS_AT_ONCE = 50
MARKS_AT_ONCE = 20
FULL_S = 0.1
PAGE = 1_000
TOLD_AT_ONCE = 16
"""Outlets between two looks at the clock."""
WINDOW_S = 6 * HOUR_S
"""Of ended stretches read at once."""
SHARE = 3
"""Summing up may take a fourth of the time."""
FIRST_OUTLET: Outlet = ("", 0)


class Rollups:
    """The sums of one house."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.days: list[Instant] = []
        """When there are sums of all outlets, ascending."""
        self._summing = asyncio.Lock()

    async def run(self) -> None:
        """Sum up for ever."""
        await asyncio.sleep(FIRST_S)
        while True:
            try:
                await self.sum_up(SHARE)
            except sqlite3.Error as error:
                log.warning("uptime could not be summed up: %s", error)
            await asyncio.sleep(HOUR_S)

    # -- summing up ------------------------------------------------------------------------------------------

    async def sum_up(self, share: float = 0.0) -> None:
        """Sum up the days that have ended and the outlets whose past has changed.

        Args:
            share: how long to rest after each lot of outlets, in times of what it took.
        """
        async with self._summing:
            await self._sum_up_all(share)

    async def _sum_up_all(self, share: float) -> None:
        store, clock = self._house.store, self._house.clock
        self.days = await store.mark_days()
        first = await store.first_interval()
        if first is None:
            return
        due = mark_days(first, clock.now() - SETTLED_S, ZONE)
        new = [day for day in due if day not in set(self.days)]
        store.rolled_until = max([store.rolled_until, *new])
        doubts = {(station, evse): (since, version) for station, evse, since, version in await store.stale()}
        if not new and not doubts:
            return
        known = self._house.feed.known
        outlets = [(name, evse) async for name in sliced(list(known)) for evse in known.get(name, ())] if new else []
        lots = [outlets[at : at + OUTLETS_AT_ONCE] for at in range(0, len(outlets), OUTLETS_AT_ONCE)]
        for lot in lots or [[*doubts][at : at + OUTLETS_AT_ONCE] for at in range(0, len(doubts), OUTLETS_AT_ONCE)]:
            while store.full:  # noqa: ASYNC110 - the writer is a thread
                await asyncio.sleep(FULL_S)
            begun = clock.monotonic()
            await self._sum_up(lot, new, doubts)
            if share:
                await asyncio.sleep(share * (clock.monotonic() - begun))
        store.rolled_up(new, [day for day in self.days if day not in set(due)])
        self.days = await store.mark_days()

    async def _sum_up(self, lot: list[Outlet], new: list[Instant], doubts: dict[Outlet, tuple[Instant, int]]) -> None:
        """Count the marks of some outlets: at new days, and at all days from where their past has changed."""
        store = self._house.store
        base = max((day for day in self.days if not new or day < new[0]), default=None)
        held: dict[Outlet, Mark] = {}
        if base is not None:
            found = await store.marks_between(base, min(lot), max(lot))
            held = {(station, evse): decode(mark) for station, evse, mark in found}
        changed = [outlet for outlet in lot if outlet in doubts]
        sound = [outlet for outlet in lot if outlet not in doubts]
        last = max([*self.days, *new])
        begin = float("-inf") if base is None else base
        work = Work()
        if new and sound:
            rows = _by_outlet(await store.intervals(sound, begin, last))
            for outlet in sound:
                await self._put(work, outlet, rows.get(outlet, []), new, begin, held.get(outlet, EMPTY), None)
        if changed:
            days = sorted({*self.days, *new})
            rows = _by_outlet(await store.intervals(changed, float("-inf"), last))
            for outlet in changed:
                await self._put(work, outlet, rows.get(outlet, []), days, float("-inf"), EMPTY, doubts[outlet][1])

    async def _put(
        self,
        work: Work,
        outlet: Outlet,
        intervals: list[Interval],
        days: list[Instant],
        begin: Instant,
        before: Mark,
        version: int | None,
    ) -> None:
        if work.spent:
            await work.rest()
        marks = marks_at(intervals, days, begin, before)
        store = self._house.store
        if marks is None:
            store.doubt(outlet, days[0])
            return
        for at in range(0, len(days), MARKS_AT_ONCE):
            if work.spent:
                await work.rest()
            some = slice(at, at + MARKS_AT_ONCE)
            last = at + MARKS_AT_ONCE >= len(days)
            pairs = zip(days[some], map(encode, marks[some]), strict=True)
            store.roll_up(outlet, pairs, version if last else None)

    # -- reports ---------------------------------------------------------------------------------------------

    def helps(self, begin: Instant, until: Instant) -> bool:
        """Whether sums make a report over that stretch of time cheaper: a day of them lies within it."""
        return any(begin <= day <= until for day in self.days)

    async def count(
        self, begin: Instant, until: Instant, wanted: Callable[[Outlet], bool], put: Callable[[Outlet, Tally], None]
    ) -> set[Outlet]:
        """Tell `put` the tallies of all `wanted` outlets.

        Returns those that have to be counted from their stretches.
        """
        store = self._house.store
        days = await store.mark_days()
        doubted = {(station, evse) for station, evse, _, _ in await store.stale()}
        edges = Edge(begin, days), Edge(until, days)
        for edge in edges:
            await self._fill(edge)
        vandalism = await self._vandalism(begin, until)
        work = Work()

        begins, ends = edges

        def tell(outlet: Outlet, first: Mark, last: Mark) -> None:
            found = between(begins, first, ends, last, outlet)
            if found.seconds:
                if outlet in vandalism:
                    found.vandalism = vandalism[outlet]
                put(outlet, found)

        new = {*edges[0].outlets(), *edges[1].outlets()}
        after: Outlet = FIRST_OUTLET
        while True:
            page = await store.marks(edges[0].day, edges[1].day, after, PAGE)
            for at in range(0, len(page), TOLD_AT_ONCE):
                if work.spent:
                    await work.rest()
                for station, evse, first, last in page[at : at + TOLD_AT_ONCE]:
                    outlet = (station, evse)
                    new.discard(outlet)
                    if outlet not in doubted and wanted(outlet):
                        tell(outlet, EMPTY if first is None else decode(first), decode(last))
            if len(page) < PAGE:
                break
            after = outlet
        async for outlet in sliced(new):
            if outlet not in doubted and wanted(outlet):
                tell(outlet, EMPTY, EMPTY)
        return {*doubted, *((station, evse) for station, evse, _, _ in await store.stale())}

    async def _fill(self, edge: Edge) -> None:
        """Give an edge the stretches that it asks for."""
        store = self._house.store
        if edge.open_from is not None:
            await _take(edge, await store.open_since(edge.open_from))
        after, upto = edge.span
        first, now = await store.first_interval(), self._house.clock.now()
        after = now if first is None else max(after, first - 1.0)
        while after < min(upto, now):
            until = min(after + WINDOW_S, upto)
            await _take(edge, await store.ended(after, until))
            after = until

    async def _vandalism(self, begin: Instant, until: Instant) -> dict[Outlet, list[float]]:
        """The seconds of each incident within [begin, until), by outlet."""
        found: dict[Outlet, list[float]] = {}
        for station, evse, start, end, kind, _ in await self._house.store.vandalised(begin, until):
            if kind in (Minutes.FAULTED, Minutes.UNAVAILABLE):
                span = (max(start, begin), until if end is None else min(end, until))
                found.setdefault((station, evse), []).append(length([span]))
        return found


async def _take(edge: Edge, rows: Sequence[tuple[str, int, Instant, Instant | None, str, str]]) -> None:
    work = Work()
    for at in range(0, len(rows), TOLD_AT_ONCE):
        if work.spent:
            await work.rest()
        for station, evse, start, end, kind, detail in rows[at : at + TOLD_AT_ONCE]:
            edge.take(station, evse, start, end, word_of(kind, detail))


def _by_outlet(intervals: list[Interval]) -> dict[Outlet, list[Interval]]:
    found: dict[Outlet, list[Interval]] = {}
    for one in intervals:
        found.setdefault((one.station, one.evse), []).append(one)
    return found
