"""Sessions that may have ended without a word (docs/decisions/0003-ghost-sessions.md)."""

from __future__ import annotations

from msgspec import Struct

from backend.model.clock import Clock, Instant
from backend.model.session import Session

AVAILABLE_S = 300.0
"""A session stays open that long beside the word Available (field lesson 35), then is assumed ended."""
BOOT_S = 900.0
"""And that long after a boot, for its stop to be replayed (R6)."""


class _Doubt(Struct):
    expires: float
    """By the monotonic clock."""
    evidence: Instant


class Doubts:
    """A session in doubt is assumed ended after its grace time, unless it shows life."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._held: dict[int, _Doubt] = {}

    def cast(self, session: Session, evidence: Instant, grace_s: float) -> None:
        """Something at `evidence` says that it is over; the earlier end of several counts."""
        expires = self._clock.monotonic() + grace_s
        known = self._held.get(session.id)
        if known is None or expires < known.expires:
            self._held[session.id] = _Doubt(expires, evidence)

    def lift(self, session: int) -> None:
        """It shows life, or has ended."""
        self._held.pop(session, None)

    def expired(self) -> list[tuple[int, Instant]]:
        """Those whose grace time is over, with what they were doubted for; each is told once."""
        now = self._clock.monotonic()
        found = [(number, doubt.evidence) for number, doubt in self._held.items() if doubt.expires <= now]
        for number, _ in found:
            del self._held[number]
        return found
