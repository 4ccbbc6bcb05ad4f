"""Refresh: the message that was asked for comes."""

from __future__ import annotations

from collections.abc import Sequence

from backend.model.change import Change
from backend.model.event import (
    Booted,
    Heard,
    MeterValuesReported,
    Noticed,
    StationEvent,
    StatusReported,
    TransactionUpdated,
)
from backend.model.operation import Step
from backend.operations.proofs.proof import Proof, step

_EVENTS: dict[str, type[StationEvent]] = {
    "BootNotification": Booted,
    "Heartbeat": Heard,
    "MeterValues": MeterValuesReported,
    "StatusNotification": StatusReported,
    "TransactionEvent": TransactionUpdated,
}


class MessageProof(Proof):
    """`message` is the requestedMessage; with an EVSE it must be about that one."""

    def __init__(self, message: str, evse: int | None) -> None:
        super().__init__()
        self._message = message
        self._evse = evse

    def saw(self, event: StationEvent, changes: Sequence[Change]) -> list[Step]:
        if self.proved is not None or not self._is_it(event):
            return []
        self.proved = f"{self._message} came"
        return [step(event.learned, "message", self.proved, message=self._message)]

    def _is_it(self, event: StationEvent) -> bool:
        wanted = _EVENTS.get(self._message)
        if wanted is None:
            return isinstance(event, Noticed) and _related(event.action, self._message)
        if not isinstance(event, wanted):
            return False
        about = getattr(event, "evse", None)
        return self._evse is None or about in (None, self._evse)

    @property
    def missing(self) -> str:
        return f"no {self._message} came"


def _related(action: str, message: str) -> bool:
    """SignChargingStationCertificate asks for SignCertificate; the others are named alike."""
    return action == message or (message.startswith("Sign") and action == "SignCertificate")
