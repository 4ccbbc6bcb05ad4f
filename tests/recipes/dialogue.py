"""A dialogue without a socket below it."""

from __future__ import annotations

from backend.gateway.counts import Counts
from backend.gateway.dialogue import Dialogue
from backend.gateway.memory import Memory
from backend.gateway.translators import TRANSLATORS
from backend.gateway.turn import Gathers
from backend.model.clock import HeldClock
from backend.model.words import Version


class Wire:
    """Keeps what was sent."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def send(self, text: str) -> None:
        self.sent.append(text)

    def hold(self, why: int) -> None: ...

    def release(self, why: int) -> None: ...


def dialogue_with(takes: Gathers, version: Version) -> tuple[Dialogue, Wire, Counts]:
    """A new dialogue of station CP1 that delivers to `takes`, what it sends, and what it counts."""
    wire, counts = Wire(), Counts()
    dialogue = Dialogue(
        station="CP1",
        number=1,
        translator=TRANSLATORS[version],
        wire=wire,
        memory=Memory(),
        clock=HeldClock(),
        takes=takes,
        counts=counts,
        under_way={},
        guard_bytes=1 << 20,
    )
    return dialogue, wire, counts
