"""Long work on the server's loop, in slices: none is held for long, however much is asked for at once.

    work = Work()
    for item in items:
        if work.spent:
            await work.rest()
        ...

All works of a loop share one turnstile: between two slices, of whatever work, the loop goes round at least once and
stations and operators have their turn. So twenty consoles that ask at once make each other wait, and nobody else.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import AsyncIterator, Callable, Generator, Iterable, Iterator
from time import perf_counter
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

T = TypeVar("T")

SORTED_AT_ONCE = 500
SLICE_S = 0.0015
"""How long a work holds the loop at a stretch. One item more may run over: none takes a millisecond."""


class Work:
    """One piece of long work. Several tasks may share one: they then share its slices too."""

    __slots__ = ("_until", "turns")

    def __init__(self) -> None:
        self._until = 0.0
        self.turns: list[asyncio.Future[None]] = []
        """Of its tasks that wait for its turn."""

    @property
    def spent(self) -> bool:
        """Whether the present slice is over; it is before the first one."""
        return perf_counter() >= self._until

    async def rest(self) -> None:
        """Give the loop back until it is this work's turn again."""
        while self.spent:
            await _turnstile().wait(self)

    def begin(self) -> None:
        """A slice begins."""
        self._until = perf_counter() + SLICE_S


class _Turnstile:
    """Lets one work through each time the loop goes round, in the order in which they came."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: deque[Work] = deque()
        self._turning = False

    async def wait(self, work: Work) -> None:
        turn = self._loop.create_future()
        if not work.turns:
            self._waiting.append(work)
            if not self._turning:
                self._turning = True
                self._loop.call_soon(self._next)
        work.turns.append(turn)
        await turn

    def _next(self) -> None:
        if not self._waiting:
            self._turning = False
            return
        work = self._waiting.popleft()
        turns, work.turns = work.turns, []
        work.begin()
        for turn in turns:
            if not turn.done():
                turn.set_result(None)
        self._loop.call_soon(self._breathe)

    def _breathe(self) -> None:
        """The slice ran in between: a timer, so that sockets and other threads come first."""
        self._loop.call_later(REST_S, self._next)


REST_S = 0.0005
"""Between two slices at least; the loop's timers make a millisecond of it."""
_turnstiles: WeakKeyDictionary[asyncio.AbstractEventLoop, _Turnstile] = WeakKeyDictionary()


def _turnstile() -> _Turnstile:
    loop = asyncio.get_running_loop()
    found = _turnstiles.get(loop)
    if found is None:
        found = _turnstiles[loop] = _Turnstile(loop)
    return found


async def sliced(items: Iterable[T]) -> AsyncIterator[T]:
    """`items`, with a rest whenever a slice is over."""
    work = Work()
    for item in items:
        if work.spent:
            await work.rest()
        yield item


async def in_order(items: list[T], key: Callable[[T], Any]) -> Iterator[T]:
    """What is in `items`, sorted: in pieces, which are merged as they are asked for. Empties the list, and hands over
    what it held: nothing is freed in one go at the end."""
    work = Work()
    pieces = []
    while items:
        if work.spent:
            await work.rest()
        pieces.append(sorted(items[-SORTED_AT_ONCE:], key=key, reverse=True))
        del items[-SORTED_AT_ONCE:]
    return heapq.merge(*map(_taken_from, pieces), key=key)


def _taken_from(piece: list[T]) -> Iterator[T]:
    while piece:
        yield piece.pop()


async def in_slices(steps: Generator[None, None, T]) -> T:
    """Run steps of well below a millisecond each, with a rest whenever a slice is over; returns what they return."""
    work = Work()
    while True:
        if work.spent:
            await work.rest()
        try:
            next(steps)
        except StopIteration as done:
            result: T = done.value
            return result
