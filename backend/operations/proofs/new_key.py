"""A new key: taken by the station's word, proved when the station comes back with it (security whitepaper, A01)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from backend.model.change import Change
from backend.model.clock import Instant
from backend.model.event import Connected, StationEvent
from backend.operations.answers import Answer
from backend.operations.order import Order
from backend.operations.proofs.base import Effect, Proof, Proved, Seen


class NewKeyProof(Proof):
    """Where a reboot has to come first both count, and only the new one is proof."""

    goes_on = frozenset({"Accepted", "RebootRequired"})
    drops = True

    def __init__(self, order: Order) -> None:
        super().__init__(order)
        self._taken = False
        self._later = False

    def answered(self, answer: Answer, at: Instant) -> Iterable[Effect]:
        self._taken = True
        self._later = answer.status.casefold() == "rebootrequired"
        return (Seen(name="key_taken", text="taken" + (", used after a reboot" if self._later else "")),)

    def observe(self, event: StationEvent, changes: Sequence[Change]) -> Iterable[Effect]:
        if isinstance(event, Connected) and (event.new_key or (self._only_one() and event.security_profile in (1, 2))):
            return (Proved(text="it came back with its new key"),)
        return ()

    def _only_one(self) -> bool:
        """The old key is dead, so whoever shows one has the new."""
        return self._taken and not self._later

    def why_not(self, now: Instant) -> str:
        return "taken, but it has not come back with it yet" if self._taken else "nothing was seen"
