"""The whole picture for a reader that just came, in parts that are made while the server goes on working.

Readers that ask at the same time - all consoles, after a restart - share one pass over the network: each part is built
and encoded once. A reader that cannot keep up with the others goes on with a pass of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from backend.api import outlet_view
from backend.api.pace import Work
from backend.model.operation import Operation
from backend.model.resources import Snapshot

if TYPE_CHECKING:
    from backend.api.house import House

PART = 40
"""Objects in a part: about a millisecond to make."""
OPERATIONS = 5
"""The same of operations: everything that was asked and answered is looked through for secrets."""
KEPT = 400
"""Parts that wait for the slowest reader of a pass: some 15 MB at most."""
WAIT_S = 1.0
"""How long a pass waits for the one under way, so that more readers can share it."""
RECENT_OPERATIONS = 200

Fill: TypeAlias = Callable[["Pass", Snapshot, tuple[Any, ...]], None]
"""A function of the class, not of the pass: one that refers to itself would wait for the search for garbage."""


class Pass:
    """One pass over the network: what there was when it began, as it is when its part is made."""

    def __init__(self, house: House, work: Work) -> None:
        self._house = house
        self._work = work
        self._encoder = msgspec.json.Encoder()
        self._plan: list[tuple[Fill, tuple[Any, ...]]] = []
        self._kept: deque[str] = deque(maxlen=KEPT)
        self._readers = 0
        self._begun: list[Callable[[], None]] = []
        self.made = 0
        self.total = 0
        self.opened = asyncio.Event()
        """Set when it begins: it is too late to join."""
        self.over = asyncio.Event()
        """Set when the last part is made, or nobody wants more."""

    def join(self, begun: Callable[[], None]) -> None:
        """One more reader; `begun` is called when it begins."""
        self._readers += 1
        self._begun.append(begun)

    def leave(self) -> None:
        """A reader has all, or goes."""
        self._readers -= 1
        if self._readers <= 0:
            self.over.set()

    async def begin(self) -> None:
        """Decide what is in it: what there is now, and some of what comes while this is written down. What changes
        from now on, its readers are told after their last part."""
        for begun in self._begun:
            begun()
        self._begun.clear()
        house = self._house
        kinds: list[tuple[Fill, Iterable[Any], int]] = [
            (Pass._sites, dict.fromkeys(house.register.sites), PART),
            (Pass._stations, house.feed.names_from(""), PART),
            (Pass._outlets, house.feed.names_from(""), PART // 3),
            (Pass._alarms, dict.fromkeys(house.alarms.open), PART),
            (Pass._operations, self._recent_operations(), OPERATIONS),
            (Pass._sessions, dict.fromkeys(house.fleet.sessions), PART),
        ]
        for fill, names, size in kinds:
            left = iter(names)
            while some := tuple(islice(left, size)):
                self._plan.append((fill, some))
                if self._work.spent:
                    await self._work.rest()
        self.total = 1 + len(self._plan)
        self.opened.set()

    async def part(self, number: int) -> str | None:
        """Part `number`, from 0; made now when nobody has asked for it before. None: it is gone.

        To hand it over is a part of the work: readers that wait for the same one get it in several slices.
        """
        while True:
            if self._work.spent:
                await self._work.rest()
            elif number < self.made:
                break
            elif number == self.made:
                self._make()
        behind = self.made - number
        return self._kept[-behind] if behind <= len(self._kept) else None

    def _make(self) -> None:
        part = Snapshot(seq=0, part=self.made + 1, parts=self.total)
        if self.made == 0:
            part.totals = self._house.views.totals()
        else:
            fill, names = self._plan[self.made - 1]
            fill(self, part, names)
        self._kept.append(self._encoder.encode(part).decode())
        self.made += 1
        if self.made == self.total:
            self.over.set()

    def _recent_operations(self) -> list[Operation]:
        running = self._house.operations.running
        recent = [found for found in self._house.operations.recent if found.id not in running]
        recent.sort(key=lambda found: found.id)
        return [*recent[-RECENT_OPERATIONS:], *running.values()]

    def _sites(self, part: Snapshot, names: Sequence[str]) -> None:
        for name in names:
            entry = self._house.register.site(name)
            if entry is not None:
                part.sites.append(self._house.views.site(entry))

    def _stations(self, part: Snapshot, names: Sequence[str]) -> None:
        for name in names:
            live = self._house.views.live(name)
            if live is not None:
                part.stations.append(self._house.views.station(live))

    def _outlets(self, part: Snapshot, names: Sequence[str]) -> None:
        for name in names:
            live = self._house.views.live(name)
            if live is not None:
                for evse in self._house.feed.known.get(name, ()):
                    part.outlets.append(outlet_view.outlet(self._house, live, evse))

    def _alarms(self, part: Snapshot, names: Sequence[int]) -> None:
        held = self._house.alarms.open
        part.alarms = [self._house.views.alarm(held[name]) for name in names if name in held]

    def _operations(self, part: Snapshot, found: Sequence[Operation]) -> None:
        part.operations = [self._house.views.operation(one) for one in found]

    def _sessions(self, part: Snapshot, names: Sequence[int]) -> None:
        held = self._house.fleet.sessions
        part.sessions = [self._house.views.session(held[name]) for name in names if name in held]


class Snapshots:
    """Hands out passes over one house."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._work = Work()
        self._now: Pass | None = None
        self._next: Pass | None = None

    async def parts(self, begun: Callable[[], None]) -> AsyncIterator[str]:
        """The parts, encoded. `begun` is called when the picture is taken: what changes from then on is not in it."""
        found = await self._joined(begun)
        number = 0
        try:
            while number < found.total:
                part = await found.part(number)
                if part is None:
                    found.leave()
                    found = Pass(self._house, Work())
                    found.join(begun)
                    await found.begin()
                    number = 0
                    continue
                number += 1
                yield part
        finally:
            found.leave()

    async def _joined(self, begun: Callable[[], None]) -> Pass:
        """A pass that just began: the next one. It waits a little for the one under way, and takes all who come."""
        mine = self._next
        if mine is not None:
            mine.join(begun)
            await mine.opened.wait()
            return mine
        mine = self._next = Pass(self._house, self._work)
        mine.join(begun)
        try:
            if self._now is not None:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._now.over.wait(), WAIT_S)
            await self._work.rest()
        finally:
            self._next, self._now = None, mine
            beginning = asyncio.ensure_future(mine.begin())
        await asyncio.shield(beginning)
        return mine
