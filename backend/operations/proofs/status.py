"""Operations whose answer is all the evidence there is."""

from __future__ import annotations

from collections.abc import Iterable

from backend.model.clock import Instant
from backend.operations.answers import Answer
from backend.operations.proofs.base import Effect, NotProved, Proof, Proved


class StatusOnly(Proof):
    """The word Accepted is the proof: clear cache, data transfer, clear a profile (domain.md 2: status only)."""

    def answered(self, answer: Answer, at: Instant) -> Iterable[Effect]:
        if not answer.status:
            return (NotProved(text="it answered without a status"),)
        return (Proved(text=f"the station answered {answer.text}"),)


class ListOrNone(StatusOnly):
    """GetInstalledCertificateIds: NotFound is an answer, there are none."""

    goes_on = frozenset({"Accepted", "NotFound"})


class AnyAnswer(Proof):
    """A result is what was asked for, whatever it says: `call`, and what only reads."""

    goes_on = None

    def answered(self, answer: Answer, at: Instant) -> Iterable[Effect]:
        return (Proved(text=f"answered {answer.text}" if answer.status else "answered"),)


class Holds(Proof):
    """A read whose result must be there: Accepted, or a result that has no status at all."""

    def answered(self, answer: Answer, at: Instant) -> Iterable[Effect]:
        shown = ", ".join(f"{name} {value}" for name, value in answer.payload.items() if _plain(value))
        return (Proved(text=f"read: {shown}" if shown else "read"),)


def _plain(value: object) -> bool:
    return isinstance(value, bool | int | float)
