"""Reset: the link drops, the station boots or comes back, and reports (CONTRACT.md, what is proof)."""

from __future__ import annotations

from collections.abc import Sequence

from backend.model.change import Change
from backend.model.clock import Instant
from backend.model.event import Booted, Connected, Disconnected, StationEvent, StatusReported
from backend.model.operation import Step
from backend.operations.proofs.proof import Proof, seconds, step

STATUSES_S = 60.0
"""After the boot; then the statuses are missing, and the reset is proved all the same."""


class ResetProof(Proof):
    """No drop is no proof, whatever was answered."""

    survives_drop = True

    def __init__(self) -> None:
        super().__init__()
        self._down: Instant | None = None
        self._back: Instant | None = None
        self._booted: Instant | None = None

    def saw(self, event: StationEvent, changes: Sequence[Change]) -> list[Step]:
        match event:
            case Disconnected():
                return self._went_down(event.learned)
            case Connected():
                steps = self._went_down(event.learned)
                self._back = event.learned
                return steps
            case Booted() if self._down is not None and self._booted is None:
                self._booted = event.learned
                self._back = self._back or event.learned
                took = seconds(event.learned - self.sent)
                reason = f", {event.reason}" if event.reason else ""
                return [step(event.learned, "booted", f"after {took}{reason}", seconds=took, reason=event.reason)]
            case StatusReported() if self._down is not None and self._back is not None:
                return self._reported(event)
            case _:
                return []

    def _went_down(self, at: Instant) -> list[Step]:
        if self._down is not None:
            return []
        self._down = at
        took = seconds(at - self.sent)
        return [step(at, "went_down", f"connection lost after {took}", seconds=took)]

    def _reported(self, event: StatusReported) -> list[Step]:
        took = seconds((self._back or event.learned) - self.sent)
        self.proved = f"back in {took}" if self._booted is not None else f"back in {took}, without a boot"
        where = f"outlet {event.evse}" if event.evse else "station"
        return [step(event.learned, "reported", f"{where} {event.status}", evse=event.evse, status=event.status)]

    def tick(self, now: Instant) -> list[Step]:
        if self.proved is None and self._booted is not None and now - self._booted >= STATUSES_S:
            self.proved = f"back in {seconds(self._booted - self.sent)}, statuses missing"
            return [step(now, "statuses_missing", f"no status in {seconds(STATUSES_S)} after the boot")]
        return []

    @property
    def missing(self) -> str:
        if self._down is None:
            return "it did not go down"
        return "it went down and did not come back" if self._back is None else "it came back and reported nothing"


class EvseResetProof(Proof):
    """OCPP 2.x reset of one EVSE: no drop to see; its next status is the evidence."""

    def __init__(self, evse: int) -> None:
        super().__init__()
        self._evse = evse

    def saw(self, event: StationEvent, changes: Sequence[Change]) -> list[Step]:
        if isinstance(event, StatusReported) and event.evse == self._evse:
            self.proved = f"outlet {event.evse} {event.status}"
            return [step(event.learned, "reported", self.proved, evse=event.evse, status=event.status)]
        return []

    @property
    def missing(self) -> str:
        return "the outlet reported nothing"
