"""TriggerMessage in all versions: which call brings which message from where."""

from __future__ import annotations

from typing import NamedTuple

from backend.model.station import Station
from backend.operations.order import Call, Order
from backend.operations.proofs.places import outlets

MOST = 50
EXTENDED_ONLY = frozenset({"LogStatusNotification", "SignChargePointCertificate"})
"""1.6 asks for these by ExtendedTriggerMessage (security whitepaper)."""


class Trigger(NamedTuple):
    """One call, and the connector that it asks; (0, 0) is the whole station."""

    place: tuple[int, int]
    call: Call


def trigger_v16(message: str, connector: int | None) -> Call:
    """Without a connector the station answers for itself and every connector (domain.md 1.3)."""
    action = "ExtendedTriggerMessage" if message in EXTENDED_ONLY else "TriggerMessage"
    payload: dict[str, object] = {"requestedMessage": message}
    if connector:
        payload["connectorId"] = connector
    return Call(action, payload)


def trigger_v2(message: str, evse: int | None, connector: int | None) -> Call:
    """A status is asked of one connector; everything else of an EVSE or of the station."""
    payload: dict[str, object] = {"requestedMessage": message}
    if evse is not None:
        place: dict[str, int] = {"id": evse}
        if connector is not None:
            place["connectorId"] = connector
        payload["evse"] = place
    return Call("TriggerMessage", payload)


def statuses_v2(station: Station, evse: int | None) -> list[Trigger]:
    """One call for each known connector of the station, or of one EVSE."""
    known = [outlet for outlet in outlets(station) if evse is None or outlet.evse == evse]
    places = [(outlet.evse, outlet.connector) for outlet in known] or [(evse or 1, 1)]
    return [Trigger(place, trigger_v2("StatusNotification", *place)) for place in places[:MOST]]


def more_triggers(order: Order) -> list[Trigger]:
    """All calls of a 2.x status refresh that names no connector, the first one included; else none."""
    if order.v16 or order.parameters.get("message") != "StatusNotification" or order.connector is not None:
        return []
    return statuses_v2(order.station, order.evse)


def status_triggers(order: Order) -> list[Call]:
    """Calls that make the outlets of an order say their status now."""
    if order.v16:
        return [trigger_v16("StatusNotification", order.evse)]
    if order.evse is not None and order.connector is not None:
        return [trigger_v2("StatusNotification", order.evse, order.connector)]
    return [trigger.call for trigger in statuses_v2(order.station, order.evse)]
