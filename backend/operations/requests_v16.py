"""The calls of OCPP 1.6 that operations send: (action, payload)."""

from __future__ import annotations

from typing import Any, TypeAlias

Call: TypeAlias = tuple[str, dict[str, Any]]


def reset(*, hard: bool) -> Call:
    return "Reset", {"type": "Hard" if hard else "Soft"}


def unlock(evse: int) -> Call:
    return "UnlockConnector", {"connectorId": evse}


def start(evse: int, id_token: str) -> Call:
    return "RemoteStartTransaction", {"connectorId": evse, "idTag": id_token}


def stop(transaction_id: int) -> Call:
    return "RemoteStopTransaction", {"transactionId": transaction_id}


def trigger(message: str, evse: int | None) -> Call:
    payload: dict[str, Any] = {"requestedMessage": message}
    if evse is not None and message in ("StatusNotification", "MeterValues"):
        payload["connectorId"] = evse
    return "TriggerMessage", payload


def extended_trigger(message: str) -> Call:
    return "ExtendedTriggerMessage", {"requestedMessage": message}


def availability(evse: int | None, *, operative: bool) -> Call:
    return "ChangeAvailability", {"connectorId": evse or 0, "type": "Operative" if operative else "Inoperative"}


def read_configuration(keys: list[str]) -> Call:
    return "GetConfiguration", {"key": keys} if keys else {}


def write_configuration(key: str, value: str) -> Call:
    return "ChangeConfiguration", {"key": key, "value": value}


def clear_cache() -> Call:
    return "ClearCache", {}


def reserve(evse: int, id_token: str, reservation: int, expires: str) -> Call:
    return "ReserveNow", {
        "connectorId": evse,
        "expiryDate": expires,
        "idTag": id_token,
        "reservationId": reservation,
    }


def cancel_reservation(reservation: int) -> Call:
    return "CancelReservation", {"reservationId": reservation}
