"""How long stations may hold the loop in one of its turns; who comes later stands in line for the next.

A loop hands over whatever a thousand sockets have before it looks at anything else. In a storm that is tens of
milliseconds, and an operator's command waits for as long. Here each turn of the loop has a slice for stations. What
comes when that is used up is taken as it is, and worked off in the order in which it came, slice by slice; in between
the loop looks at all its sockets and timers.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from time import perf_counter

SLICE_S = 0.002
"""For all stations together in one turn."""


class Slices:
    """The line of those who wait. It has one place for each connection at most: who stands in it is not read."""

    def __init__(self) -> None:
        self._waiting: deque[Callable[[], None]] = deque()
        self._until = 0.0
        self._begun = False

    @property
    def spent(self) -> bool:
        """Whether this turn's slice is used up, or others wait already. The first who asks in a turn begins it."""
        if self._begun:
            return bool(self._waiting) or perf_counter() >= self._until
        self._begin()
        return False

    def later(self, work: Callable[[], None]) -> None:
        """Have work done when it is its turn: some dozens of messages at most."""
        self._waiting.append(work)
        if not self._begun:
            self._begin()

    def next(self, work: Callable[[], None]) -> None:
        """The same before everybody who waits: somebody waits for it."""
        self._waiting.appendleft(work)
        if not self._begun:
            self._begin()

    def _begin(self) -> None:
        self._begun = True
        self._until = perf_counter() + SLICE_S
        asyncio.get_running_loop().call_soon(self._next)

    def _next(self) -> None:
        """A turn later."""
        self._begun = False
        waiting = self._waiting
        if not waiting:
            return
        self._begin()
        while waiting:
            waiting.popleft()()
            if perf_counter() >= self._until:
                return
