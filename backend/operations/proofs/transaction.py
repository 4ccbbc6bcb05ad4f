"""Start and stop: a transaction begins on that outlet, or that one ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backend.model.change import Change, SessionChanged
from backend.model.clock import Instant
from backend.model.event import StationEvent, StatusReported, TransactionEnded, TransactionStarted, TransactionUpdated
from backend.model.operation import Step
from backend.operations.proofs.proof import Proof, step


class StartProof(Proof):
    """A transaction on that EVSE with that token or that remoteStartId."""

    def __init__(self, evse: int, id_token: str, remote_start_id: int) -> None:
        super().__init__()
        self._evse = evse
        self._token = id_token.casefold()
        self._remote_start_id = remote_start_id
        self._plugged = False
        self._came_to_nothing = ""

    def saw(self, event: StationEvent, changes: Sequence[Change]) -> list[Step]:
        if isinstance(event, StatusReported) and event.evse == self._evse:
            return self._status(event)
        if self.proved is not None or not isinstance(event, (TransactionStarted, TransactionUpdated)):
            return []
        for change in changes:
            if isinstance(change, SessionChanged) and not change.late and self._is_it(event, change):
                session = change.session
                self.proved = f"charge began, session {session.id}"
                return [step(event.learned, "began", self.proved, session=session.id)]
        return []

    def _is_it(self, event: TransactionStarted | TransactionUpdated, change: SessionChanged) -> bool:
        if change.session.evse != self._evse:
            return False
        if event.remote_start_id is not None:
            return event.remote_start_id == self._remote_start_id
        return change.began and (event.id_token or "").casefold() == self._token

    def _status(self, event: StatusReported) -> list[Step]:
        plugged = event.status in ("Preparing", "Occupied")
        if plugged and not self._plugged:
            self._plugged = True
            return [step(event.learned, "plugged", event.status, status=event.status)]
        if event.status == "Available" and self._plugged:
            self._came_to_nothing = "driver did not plug in"
        return []

    @property
    def missing(self) -> str:
        return self._came_to_nothing or "no charge began"


class StopProof(Proof):
    """That transaction ends, by the station's own word."""

    def __init__(self, session: int) -> None:
        super().__init__()
        self._session = session

    def saw(self, event: StationEvent, changes: Sequence[Change]) -> list[Step]:
        if self.proved is not None or not isinstance(event, TransactionEnded):
            return []
        for change in changes:
            if isinstance(change, SessionChanged) and change.ended and change.session.id == self._session:
                kwh = change.session.energy_wh / 1000
                self.proved = f"ended, {kwh:.1f} kWh"
                return [step(event.learned, "ended", self.proved, kwh=f"{kwh:.1f}", reason=change.session.stop_reason)]
        return []

    def was_answered(self, now: Instant, status: str | None, payload: dict[str, Any]) -> list[Step]:
        return []

    @property
    def missing(self) -> str:
        return "the charge goes on"
