"""Availability and reservations: the status that follows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backend.model.change import Change
from backend.model.clock import Instant
from backend.model.event import StationEvent, StatusReported
from backend.model.operation import Step
from backend.model.station import Connector
from backend.operations.proofs.proof import Proof, step


class StatusProof(Proof):
    """One of the outlets that are meant says one of `wanted` (or, with `negate`, none of them).

    A station that is in that state already answers Accepted and sends nothing: then the answer is enough.
    """

    def __init__(self, connectors: Sequence[Connector], wanted: frozenset[str], *, negate: bool = False) -> None:
        super().__init__()
        self._connectors = list(connectors)
        self._evses = {connector.evse for connector in connectors}
        self._wanted = wanted
        self._negate = negate

    def _fits(self, status: str) -> bool:
        return bool(status) and (status in self._wanted) is not self._negate

    def was_answered(self, now: Instant, status: str | None, payload: dict[str, Any]) -> list[Step]:
        if status == "Accepted" and self._connectors and all(self._fits(c.status) for c in self._connectors):
            self.proved = f"it is {self._connectors[0].status} already"
        return []

    def saw(self, event: StationEvent, changes: Sequence[Change]) -> list[Step]:
        if self.proved is not None or not isinstance(event, StatusReported):
            return []
        if (self._evses and event.evse not in self._evses) or not self._fits(event.status):
            return []
        self.proved = f"outlet {event.evse} {event.status}" if event.evse else event.status
        return [step(event.learned, "reported", self.proved, evse=event.evse, status=event.status)]

    @property
    def missing(self) -> str:
        return "the status did not change"
