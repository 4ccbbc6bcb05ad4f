"""Availability: the outlets say Unavailable, or that they are in use again (recipe R9)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from backend.model.change import Change
from backend.model.clock import Instant
from backend.model.event import StationEvent, StatusReported
from backend.model.station import Connector
from backend.operations.answers import Answer
from backend.operations.order import Call, Order
from backend.operations.proofs.base import Ask, Effect, Proof, Proved, Seen
from backend.operations.proofs.places import is_at, is_late, outlets, still_waits
from backend.operations.triggers import status_triggers

_OUT = frozenset({"unavailable", "inoperative", "faulted", ""})
"""Statuses that are not in operation."""


class AvailabilityProof(Proof):
    """All outlets in question have said so since it was sent.

    A station says nothing of an outlet that was in that state before; such ones are asked.
    """

    goes_on = frozenset({"Accepted", "Scheduled"})
    alone = True

    def __init__(self, order: Order) -> None:
        super().__init__(order)
        self._operative = bool(order.parameters["operative"])
        self._waits = False
        self._said: dict[tuple[int, int], str] = {}
        self._asks: list[Call] = []

    def answered(self, answer: Answer, at: Instant) -> Iterable[Effect]:
        self._waits = answer.status.casefold() == "scheduled"
        if self._waits:
            yield Seen(name="scheduled", text="when the charges under way have ended")
        places = self._places()
        already = [outlet.status for outlet in self._outlets() if (outlet.evse, outlet.connector) not in self._said]
        if not places or any(self._fits(status) for status in already):
            self._asks = status_triggers(self.order)
            yield from self._next()

    def followed(self, answer: Answer | None, at: Instant) -> Iterable[Effect]:
        return self._next()

    def scheduled(self) -> bool:
        return self._waits

    def observe(self, event: StationEvent, changes: Sequence[Change]) -> Iterable[Effect]:
        if not isinstance(event, StatusReported) or is_late(changes):
            return
        if not is_at(event.evse, event.connector, self.order.evse, self.order.connector):
            return
        place = (event.evse, event.connector)
        if self._said.get(place) != event.status and (place in self._said or len(self._said) < 200):
            self._said[place] = event.status
            where = f"outlet {event.evse}" if event.evse else "station"
            yield Seen(name="reported", text=f"{where} {event.status}", values={"status": event.status})
        places = self._places() or {place}
        if all(place in self._said and self._fits(self._said[place]) for place in places):
            word = "in use again" if self._operative else "out of use"
            number = len({evse for evse, _ in places})
            yield Proved(text=word if number == 1 else f"{word}, {number} outlets")

    def why_not(self, now: Instant) -> str:
        wrong = [status for place, status in sorted(self._said.items()) if place[0] and not self._fits(status)]
        if wrong:
            return f"an outlet says {wrong[0]}"
        if self._waits:
            return f"it is scheduled, and {still_waits(self.order.station)}"
        return "the outlets did not all report it"

    def _next(self) -> Iterable[Effect]:
        if self._asks:
            call, self._asks = self._asks[0], self._asks[1:]
            yield Ask(call=call)

    def _fits(self, status: str) -> bool:
        folded = status.casefold()
        return folded not in _OUT if self._operative else folded in ("unavailable", "inoperative")

    def _outlets(self) -> list[Connector]:
        return [
            outlet
            for outlet in outlets(self.order.station)
            if is_at(outlet.evse, outlet.connector, self.order.evse, self.order.connector)
        ]

    def _places(self) -> set[tuple[int, int]]:
        return {(outlet.evse, outlet.connector) for outlet in self._outlets()}
