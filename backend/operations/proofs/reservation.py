"""Reservations: the outlet says Reserved, or no longer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from backend.model.change import Change
from backend.model.clock import Instant
from backend.model.event import Noticed, StationEvent, StatusReported
from backend.operations.order import Order
from backend.operations.proofs.base import Effect, Proof, Proved, Seen
from backend.operations.proofs.places import is_at, is_late


class ReserveProof(Proof):
    """That outlet (or, for the whole station, one of them) says Reserved."""

    alone = True

    def observe(self, event: StationEvent, changes: Sequence[Change]) -> Iterable[Effect]:
        if not isinstance(event, StatusReported) or is_late(changes) or event.evse == 0:
            return
        if is_at(event.evse, event.connector, self.order.evse, None):
            text = f"outlet {event.evse} {event.status}"
            yield Seen(name="reported", text=text, values={"status": event.status})
            if event.status.casefold() == "reserved":
                yield Proved(text=text)

    def why_not(self, now: Instant) -> str:
        return "no outlet says Reserved"


class CancelProof(Proof):
    """An outlet that said Reserved says something else; 2.x may say Removed of the reservation itself."""

    alone = True

    def __init__(self, order: Order) -> None:
        super().__init__(order)
        self._reserved = {
            key for key, outlet in order.station.connectors.items() if outlet.status.casefold() == "reserved"
        }

    def observe(self, event: StationEvent, changes: Sequence[Change]) -> Iterable[Effect]:
        if isinstance(event, Noticed) and event.action == "ReservationStatusUpdate":
            if event.text == f"Removed ({self.order.parameters['reservation']})":
                yield Seen(name="reported", text="Removed", values={"status": "Removed"})
                yield Proved(text="the station says Removed")
        elif isinstance(event, StatusReported) and self._is_freed(event) and not is_late(changes):
            text = f"outlet {event.evse} {event.status}"
            yield Seen(name="reported", text=text, values={"status": event.status})
            yield Proved(text=text)

    def _is_freed(self, event: StatusReported) -> bool:
        return (event.evse, event.connector) in self._reserved and event.status.casefold() != "reserved"

    def why_not(self, now: Instant) -> str:
        return "the outlet still says Reserved" if self._reserved else "no outlet said that it was freed"
