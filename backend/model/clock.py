"""Time enters through one clock, which tests can hold.

An `Instant` is seconds since 1970-01-01T00:00:00Z. Nothing in the backend waits by itself: whoever has
deadlines is asked by `tick(now)`, some times a second, by the server (or by a test).
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol, TypeAlias

Instant: TypeAlias = float
"""Seconds since 1970-01-01T00:00:00Z."""


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> Instant:
        """The time of day; it may jump."""
        ...

    def monotonic(self) -> float:
        """Seconds that only grow; for deadlines and durations."""
        ...


class SystemClock:
    """The machine's own clock."""

    now = staticmethod(time.time)
    monotonic = staticmethod(time.monotonic)


class HeldClock:
    """A clock that stands until it is moved; for tests and for replays."""

    def __init__(self, now: Instant = 1_763_130_727.0) -> None:
        self._now = now
        self._monotonic = 1_000.0

    def now(self) -> Instant:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass."""
        self._now += seconds
        self._monotonic += seconds

    def jump(self, seconds: float) -> None:
        """Set the time of day wrong by `seconds`, while no time passes."""
        self._now += seconds


def as_datetime(instant: Instant) -> datetime:
    """`instant` as an aware datetime in UTC, to the millisecond."""
    return datetime.fromtimestamp(round(instant, 3), UTC)


def iso(instant: Instant) -> str:
    """`instant` as `YYYY-MM-DDThh:mm:ssZ`: no fraction, for stations that choke on one (field lesson 25)."""
    return datetime.fromtimestamp(int(instant), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
