"""A dialogue without a socket, and a house behind it that says yes."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from backend.gateway.turn import Reads
from backend.model.clock import Instant
from backend.model.event import Booted, StationEvent, TransactionStarted
from backend.model.frame import Handshake
from backend.model.ports import Traced
from backend.model.reply import BootReply, Done, Reply, StartReply, TokenReply
from backend.model.words import BootStatus, TokenStatus, Version
from tests.recipes.dialogue import dialogue_with


class House:
    """Answers at once, and holds every frame of the trace against what a trace may hold."""

    def take(self, event: StationEvent, answer: Callable[[Reply], None] | None = None) -> None:
        if answer is None:
            return
        if isinstance(event, Booted):
            answer(BootReply(BootStatus.ACCEPTED, 300))
        elif isinstance(event, TransactionStarted):
            answer(StartReply(17, TokenReply(TokenStatus.ACCEPTED)))
        else:
            answer(Done())

    def arrived(self, reader: Reads) -> None:
        reader.read()

    def work_off(self) -> None: ...

    def heard(self, station: str, learned: Instant) -> None: ...

    def trace(self, traced: Traced) -> None:
        frame = traced.shown()
        for text in (frame.frame, frame.action, frame.message_id):
            assert text.isprintable(), text

    def quarantine(self, handshake: Handshake) -> None: ...

    def call_lost(self, station: str, learned: Instant) -> None: ...

    def call_answered(self, station: str, learned: Instant) -> None: ...


def answers(version: Version, messages: Iterable[bytes]) -> list[str]:
    """What a new dialogue sends back. A stumble is an AssertionError."""
    dialogue, wire, counts = dialogue_with(House(), version)
    for data in messages:
        dialogue.received(data)
    assert counts.stumbles == 0
    return wire.sent
