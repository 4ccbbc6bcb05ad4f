"""Time for virtual stations: the loop's own, or a held one that tests move."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Awaitable, Callable
from typing import Protocol

from backend.model.clock import Clock, HeldClock, Instant, SystemClock


class Timer(Protocol):
    """Something that will happen, unless it is cancelled."""

    def cancel(self) -> None: ...


class Timers(Protocol):
    """Where a station's time comes from, and what wakes it."""

    def now(self) -> Instant:
        """The time of day, as the station's clock shows it."""
        ...

    def later(self, seconds: float, act: Callable[[], object]) -> Timer:
        """Call `act` once, `seconds` from now."""
        ...


class LoopTimers:
    """The running asyncio loop's timers."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._loop = asyncio.get_running_loop()

    def now(self) -> Instant:
        return self._clock.now()

    def later(self, seconds: float, act: Callable[[], object]) -> Timer:
        return self._loop.call_later(max(seconds, 0.0), act)


class _HeldTimer:
    __slots__ = ("act",)

    def __init__(self, act: Callable[[], object]) -> None:
        self.act: Callable[[], object] | None = act

    def cancel(self) -> None:
        self.act = None


class HeldTimers:
    """Timers that fire only when a test lets time pass, in the order of their time.

    `settle`, when given, is awaited after each timer that fired: with "until every station is quiet" in its place a
    fleet says the same frames in the same order each time.
    """

    def __init__(self, clock: HeldClock, settle: Callable[[], Awaitable[None]] | None = None) -> None:
        self.clock = clock
        self.settle = settle
        self._due: list[tuple[float, int, _HeldTimer]] = []
        self._count = itertools.count()

    def now(self) -> Instant:
        return self.clock.now()

    def later(self, seconds: float, act: Callable[[], object]) -> Timer:
        timer = _HeldTimer(act)
        heapq.heappush(self._due, (self.clock.monotonic() + max(seconds, 0.0), next(self._count), timer))
        return timer

    async def advance(self, seconds: float) -> None:
        """Let `seconds` pass; what falls due on the way happens at its own time."""
        end = self.clock.monotonic() + seconds
        while self._due and self._due[0][0] <= end:
            due, _, timer = heapq.heappop(self._due)
            if timer.act is None:
                continue
            self.clock.advance(max(due - self.clock.monotonic(), 0.0))
            timer.act()
            if self.settle is not None:
                await self.settle()
        self.clock.advance(max(end - self.clock.monotonic(), 0.0))
