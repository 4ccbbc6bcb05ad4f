"""Unlock: the answer Unlocked is OCPP's own evidence; what is seen then confirms or contradicts it (R8)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from backend.model.change import Change
from backend.model.clock import Instant
from backend.model.event import FaultsReported, StationEvent, StatusReported
from backend.operations.answers import Answer
from backend.operations.lengths import spell
from backend.operations.order import Order
from backend.operations.proofs.base import Contradicted, Effect, NotProved, Proof, Proved, Seen
from backend.operations.proofs.places import is_at, is_late, lock_fault

CONTRADICTS_S = 60.0
WATCH_S = 120.0
"""The driver pulls the plug: Finishing, Available (domain.md 2: within 2 minutes)."""
_FREE = frozenset({"finishing", "available"})


class UnlockProof(Proof):
    """Anything but Unlocked is a refusal; Accepted, the word of OCPP 1.5, is neither."""

    goes_on = frozenset({"Unlocked", "Accepted"})
    watch_s = WATCH_S

    def __init__(self, order: Order) -> None:
        super().__init__(order)
        self._unlocked: Instant = 0.0
        self._contradicted = False
        self._seen: set[str] = set()

    def answered(self, answer: Answer, at: Instant) -> Iterable[Effect]:
        self._unlocked = at
        if not answer.status:
            return
        if answer.status.casefold() == "accepted":
            yield NotProved(text=f"it answered {answer.status}, which does not say that the plug is free")
            return
        yield Seen(name="unlocked", text=answer.text)
        yield Proved(text="the station says Unlocked")

    def why_not(self, now: Instant) -> str:
        return "it answered without a status"

    def watch(self, event: StationEvent, changes: Sequence[Change]) -> Iterable[Effect]:
        if isinstance(event, StatusReported):
            if not self._is_here(event.evse, event.connector) or is_late(changes):
                return
            code = lock_fault(event.faults)
            if code:
                yield from self._contradict(code, event.learned)
                return
            said = event.status.casefold()
            if said in _FREE and said not in self._seen:
                self._seen.add(said)
                yield Seen(name="reported", text=f"outlet {event.evse} {event.status}", values={"status": event.status})
        elif isinstance(event, FaultsReported) and self._is_here(event.evse, event.connector):
            code = lock_fault(event.raised)
            if code and changes:
                yield from self._contradict(code, event.learned)

    def _is_here(self, evse: int, connector: int) -> bool:
        return is_at(evse, connector, self.order.evse, None if self.order.v16 else self.order.connector)

    def _contradict(self, code: str, at: Instant) -> Iterable[Effect]:
        after = at - self._unlocked
        if self._contradicted or after > CONTRADICTS_S:
            return
        self._contradicted = True
        yield Contradicted(
            text=f"contradicted: {code} {spell(after)} after Unlocked",
            values={"code": code, "seconds": f"{after:.0f}"},
        )
