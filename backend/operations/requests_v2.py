"""The calls of OCPP 2.0.1 and 2.1 that operations send: (action, payload)."""

from __future__ import annotations

from typing import Any, TypeAlias

from backend.model.errors import Invalid
from backend.text import t

Call: TypeAlias = tuple[str, dict[str, Any]]


def reset(*, hard: bool, evse: int | None) -> Call:
    payload: dict[str, Any] = {"type": "Immediate" if hard else "OnIdle"}
    if evse is not None:
        payload["evseId"] = evse
    return "Reset", payload


def unlock(evse: int, connector: int) -> Call:
    return "UnlockConnector", {"evseId": evse, "connectorId": connector}


def start(evse: int, id_token: str, token_type: str, remote_start_id: int) -> Call:
    token = {"idToken": id_token, "type": token_type}
    return "RequestStartTransaction", {"idToken": token, "remoteStartId": remote_start_id, "evseId": evse}


def stop(transaction_id: str) -> Call:
    return "RequestStopTransaction", {"transactionId": transaction_id}


def trigger(message: str, evse: int | None, connector: int) -> Call:
    payload: dict[str, Any] = {"requestedMessage": message}
    if evse is not None and message == "StatusNotification":
        payload["evse"] = {"id": evse, "connectorId": connector}
    elif evse is not None and message in ("MeterValues", "TransactionEvent"):
        payload["evse"] = {"id": evse}
    return "TriggerMessage", payload


def availability(evse: int | None, *, operative: bool) -> Call:
    payload: dict[str, Any] = {"operationalStatus": "Operative" if operative else "Inoperative"}
    if evse is not None:
        payload["evse"] = {"id": evse}
    return "ChangeAvailability", payload


def _variable(key: str) -> dict[str, Any]:
    component, _, variable = key.partition(".")
    if not component or not variable:
        raise Invalid(
            "invalid_parameter",
            t("in OCPP 2.x a key is COMPONENT.VARIABLE, not {key}", key=key),
            t("for example OCPPCommCtrlr.HeartbeatInterval"),
        )
    return {"component": {"name": component}, "variable": {"name": variable}}


def read_configuration(keys: list[str]) -> Call:
    if not keys:
        raise Invalid("invalid_parameter", t("name the keys to read"), t("for example OCPPCommCtrlr.HeartbeatInterval"))
    return "GetVariables", {"getVariableData": [_variable(key) for key in keys]}


def write_configuration(key: str, value: str) -> Call:
    return "SetVariables", {"setVariableData": [{**_variable(key), "attributeValue": value}]}


def clear_cache() -> Call:
    return "ClearCache", {}


def reserve(evse: int, id_token: str, token_type: str, reservation: int, expires: str) -> Call:
    token = {"idToken": id_token, "type": token_type}
    return "ReserveNow", {"id": reservation, "expiryDateTime": expires, "idToken": token, "evseId": evse}


def cancel_reservation(reservation: int) -> Call:
    return "CancelReservation", {"reservationId": reservation}
