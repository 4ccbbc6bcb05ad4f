"""What all proofs have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backend.model.change import Change
from backend.model.clock import Instant
from backend.model.event import StationEvent
from backend.model.operation import Step


class Proof:
    """Looks for the effect of one operation. Events come only after it was sent, and only of its station.

    `proved` is the sentence that proves it, once there is one. `survives_drop`: a lost link does not end it.
    """

    survives_drop = False
    watch_s = 0.0
    """How long it goes on looking after it was proved."""

    def __init__(self) -> None:
        self.proved: str | None = None
        self.contradicted: str | None = None
        """What was seen after the proof that speaks against it."""
        self.sent: Instant = 0.0

    def was_sent(self, now: Instant) -> None:
        """The call went to the wire."""
        self.sent = now

    def was_answered(self, now: Instant, status: str | None, payload: dict[str, Any]) -> list[Step]:
        """The station took it; refusals never come here."""
        return []

    def saw(self, event: StationEvent, changes: Sequence[Change]) -> list[Step]:
        """The station did something."""
        return []

    def tick(self, now: Instant) -> list[Step]:
        """Time passes."""
        return []

    def next_call(self) -> tuple[str, dict[str, Any]] | None:
        """A further call that the proof needs, once: action and payload."""
        return None

    def call_result(self, now: Instant, payload: dict[str, Any] | None) -> list[Step]:
        """The answer to `next_call`; None: there was none, or an error."""
        return []

    @property
    def missing(self) -> str:
        """What did not come, for an operation that ends without its proof."""
        return ""


class AnswerProof(Proof):
    """The answer itself is the evidence; nothing else will come."""

    def was_answered(self, now: Instant, status: str | None, payload: dict[str, Any]) -> list[Step]:
        self.proved = f"answered {status}" if status else "answered"
        return []


def step(at: Instant, name: str, text: str, **values: object) -> Step:
    """A step with the values that its words are made of."""
    return Step(at=at, name=name, text=text, values={key: str(value) for key, value in values.items()})


def seconds(span: float) -> str:
    """A length of time as agents read it: `47 s`, `3 min 5 s`."""
    whole = max(0, round(span))
    return f"{whole} s" if whole < 120 else f"{whole // 60} min {whole % 60} s"
