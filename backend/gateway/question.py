"""A call of a station that waits for its answer."""

from __future__ import annotations

from typing import Protocol

from backend.gateway.letter import Answer
from backend.gateway.memory import Answered
from backend.model.clock import Instant
from backend.model.delivery import Delivery
from backend.model.reply import Reply


class Asks(Protocol):
    """Who asked: the dialogue with a station."""

    def answer(self, question: Question, reply: Reply) -> None: ...
    def stumbled_over(self, question: Question, error: Exception) -> None: ...


class Question(Delivery, eq=False, gc=False):
    """Everything that its answer needs, in one object: there is one for each message."""

    asker: Asks
    written: Answer
    """How a reply is put into the version's words."""
    action: str
    message_id: str
    """As JSON."""
    received: Instant
    note: Answered
    """For repetitions of the call."""
    data: bytes | str
    """The frame."""

    def __call__(self, reply: Reply) -> None:
        self.asker.answer(self, reply)

    def failed(self, error: Exception) -> None:
        self.asker.stumbled_over(self, error)
