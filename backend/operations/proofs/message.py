"""Refresh: the asked message comes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from backend.model.change import Change
from backend.model.clock import Instant
from backend.model.event import (
    Booted,
    Heard,
    MeterValuesReported,
    Noticed,
    StationEvent,
    StatusReported,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
)
from backend.operations.answers import Answer
from backend.operations.lengths import spell
from backend.operations.order import Order
from backend.operations.proofs.base import Ask, Effect, NotProved, Proof, Proved, Seen
from backend.operations.proofs.places import is_at, is_late
from backend.operations.triggers import more_triggers

_NOTICES = {
    "FirmwareStatusNotification": ("FirmwareStatusNotification", "SignedFirmwareStatusNotification"),
    "SignChargePointCertificate": ("SignCertificate",),
    "SignChargingStationCertificate": ("SignCertificate",),
    "SignV2GCertificate": ("SignCertificate",),
    "SignV2G20Certificate": ("SignCertificate",),
    "SignCombinedCertificate": ("SignCertificate",),
}
"""Under which action a triggered message comes, where that is not its own name."""


class MessageProof(Proof):
    """The message that TriggerMessage asked for, from the place that it was asked for.

    A status of all outlets is asked of each connector in 2.x: it is proved when all that were willing have said it.
    """

    alone = True

    def __init__(self, order: Order) -> None:
        super().__init__(order)
        self._message = str(order.parameters["message"])
        self._more = more_triggers(order)
        self._wanted: set[tuple[int, int]] = set()
        self._asked: tuple[int, int] | None = None
        self._came: set[tuple[int, int]] = set()
        self._refused = 0
        if self._more:
            place = self._more[0].place
            self._wanted = {place}
            self._asked = place
            self._more = self._more[1:]

    def answered(self, answer: Answer, at: Instant) -> Iterable[Effect]:
        yield from self._next()
        yield from self._verdict(at)

    def followed(self, answer: Answer | None, at: Instant) -> Iterable[Effect]:
        if (answer is None or answer.error or not answer.is_one_of(frozenset({"Accepted"}))) and self._asked:
            self._wanted.discard(self._asked)
            self._refused += 1
        yield from self._next()
        yield from self._verdict(at)

    def _next(self) -> Iterable[Effect]:
        self._asked = None
        if self._more:
            trigger, self._more = self._more[0], self._more[1:]
            self._asked = trigger.place
            self._wanted.add(trigger.place)
            yield Ask(call=trigger.call)

    def observe(self, event: StationEvent, changes: Sequence[Change]) -> Iterable[Effect]:
        told = self._told(event, changes)
        if told is None:
            return
        place = (getattr(event, "evse", None) or 0, getattr(event, "connector", None) or 0)
        if place not in self._came and len(self._came) < 200:
            self._came.add(place)
            yield Seen(name="message", text=told, values={"message": self._message})
        yield from self._verdict(event.learned)

    def why_not(self, now: Instant) -> str:
        if self._came:
            missing = len(self._wanted - self._came)
            return f"{missing} of {len(self._wanted)} outlets did not say it"
        return f"no {self._message} came"

    def _verdict(self, at: Instant) -> Iterable[Effect]:
        if self._more or self._asked is not None or not self._came:
            return
        if self._wanted and self._wanted - self._came:
            return
        if not self._wanted and self._refused:
            yield NotProved(text="the outlets refused")
            return
        number = max(1, len(self._wanted & self._came) or len(self._came))
        how = f", {number} outlets" if number > 1 else ""
        yield Proved(text=f"{self._message} after {spell(at - self.sent)}{how}")

    def _told(self, event: StationEvent, changes: Sequence[Change]) -> str | None:
        """What the event says, when it is the message at the asked place."""
        evse, connector = self.order.evse, self.order.connector
        match self._message, event:
            case "StatusNotification", StatusReported():
                if not is_late(changes) and is_at(event.evse, event.connector, evse, connector):
                    return f"outlet {event.evse} {event.status}" if event.evse else f"station {event.status}"
            case "MeterValues", MeterValuesReported():
                return f"outlet {event.evse}" if is_at(event.evse, None, evse, None) else None
            case "MeterValues" | "TransactionEvent", TransactionUpdated():
                if event.trigger == "Trigger" and (event.evse is None or is_at(event.evse, None, evse, None)):
                    return f"transaction {event.transaction_id}"
            case "TransactionEvent", TransactionStarted() | TransactionEnded():
                return f"transaction {event.transaction_id}" if event.trigger == "Trigger" else None
            case "Heartbeat", Heard():
                return "heartbeat"
            case "BootNotification", Booted():
                return event.firmware or "boot"
            case _, Noticed():
                return event.text if event.action in _NOTICES.get(self._message, (self._message,)) else None
        return None
