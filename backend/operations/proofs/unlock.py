"""Unlock: the answer `Unlocked` is OCPP's own evidence; what is seen afterwards is added, or contradicts it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backend.model.change import Change
from backend.model.clock import Instant
from backend.model.event import FaultsReported, StationEvent, StatusReported
from backend.model.operation import Step
from backend.operations.proofs.proof import Proof, seconds, step

LOCK_FAULTS = frozenset({"ConnectorLockFailure", "CX001", "CX025", "ConnectorPlugRetentionLock"})
FAULT_S = 60.0
"""A lock fault that soon after contradicts the answer."""


class UnlockProof(Proof):
    watch_s = 120.0

    def __init__(self, evse: int) -> None:
        super().__init__()
        self._evse = evse
        self._answered: Instant | None = None
        self._seen: set[str] = set()

    def was_answered(self, now: Instant, status: str | None, payload: dict[str, Any]) -> list[Step]:
        self._answered = now
        self.proved = f"station says {status or 'Unlocked'}"
        return [step(now, "unlocked", status or "Unlocked")]

    def saw(self, event: StationEvent, changes: Sequence[Change]) -> list[Step]:
        if self._answered is None or not isinstance(event, (StatusReported, FaultsReported)):
            return []
        if event.evse != self._evse:
            return []
        after = event.learned - self._answered
        faults = event.faults if isinstance(event, StatusReported) else event.raised
        broken = [fault.code for fault in faults if fault.code in LOCK_FAULTS]
        if broken and after <= FAULT_S and self.contradicted is None:
            self.contradicted = f"{broken[0]} {seconds(after)} after it said Unlocked"
            return [step(event.learned, "contradicted", self.contradicted, code=broken[0], seconds=seconds(after))]
        if isinstance(event, StatusReported) and event.status in ("Finishing", "Available"):
            if event.status in self._seen:
                return []
            self._seen.add(event.status)
            return [step(event.learned, "reported", event.status, evse=event.evse, status=event.status)]
        return []
