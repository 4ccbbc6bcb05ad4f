"""Requests of OCPP 1.6, the security whitepaper included. Every payload passes the schema of its action."""

from __future__ import annotations

from typing import Any

from backend.model.clock import iso
from backend.model.errors import Invalid
from backend.operations.order import Call, Order
from backend.operations.triggers import trigger_v16
from backend.text import t

MAX_TOKEN = 20
MAX_KEY = 50
MAX_VALUE = 500
MESSAGES = frozenset(
    {
        "BootNotification",
        "DiagnosticsStatusNotification",
        "FirmwareStatusNotification",
        "Heartbeat",
        "LogStatusNotification",
        "MeterValues",
        "SignChargePointCertificate",
        "StatusNotification",
    }
)
"""What a station can be asked to send, by TriggerMessage or ExtendedTriggerMessage."""


def reset(order: Order) -> Call:
    if order.evse is not None:
        raise Invalid(
            "not_in_version",
            t("OCPP 1.6 resets the whole station only."),
            t("Name the station: {station}.", station=order.station.id),
        )
    return Call("Reset", {"type": "Hard" if order.parameters["type"] == "hard" else "Soft"})


def unlock(order: Order) -> Call:
    return Call("UnlockConnector", {"connectorId": order.evse})


def start(order: Order) -> Call:
    return Call("RemoteStartTransaction", {"connectorId": order.evse, "idTag": _token(order)})


def stop(order: Order) -> Call:
    transaction = order.session.transaction_id if order.session is not None else ""
    if not transaction.lstrip("-").isdigit() or int(transaction) <= 0:
        raise Invalid(
            "no_transaction_id",
            t("The station knows this charge by no number, so it cannot be told to stop it."),
            t("Reset the station, or let the driver end it."),
        )
    return Call("RemoteStopTransaction", {"transactionId": int(transaction)})


def refresh(order: Order) -> Call:
    check_message(order, MESSAGES)
    return trigger_v16(str(order.parameters["message"]), order.evse)


def availability(order: Order) -> Call:
    word = "Operative" if order.parameters["operative"] else "Inoperative"
    return Call("ChangeAvailability", {"connectorId": order.evse or 0, "type": word})


def read_configuration(order: Order) -> Call:
    keys = order.parameters.get("key")
    return Call("GetConfiguration", {"key": [_key(key) for key in keys]} if keys else {})


def write_configuration(order: Order) -> Call:
    key, value = _key(str(order.parameters["key"][0])), str(order.parameters["value"])
    if len(value) > MAX_VALUE:
        raise Invalid(
            "bad_setting",
            t("A value of OCPP 1.6 has at most {limit} characters.", limit=MAX_VALUE),
            t("Write a shorter one."),
        )
    return Call("ChangeConfiguration", {"key": key, "value": value})


def clear_cache(order: Order) -> Call:
    return Call("ClearCache", {})


def local_list_version(order: Order) -> Call:
    return Call("GetLocalListVersion", {})


def send_local_list(order: Order) -> Call:
    given = order.parameters
    payload = {"listVersion": given["version"], "updateType": given["type"], "localAuthorizationList": given["list"]}
    return Call("SendLocalList", payload)


def reserve(order: Order) -> Call:
    payload = {
        "connectorId": order.evse or 0,
        "expiryDate": iso(order.now + 60 * int(order.parameters["minutes"])),
        "idTag": _token(order),
        "reservationId": order.parameters.get("reservation", order.number),
    }
    return Call("ReserveNow", payload)


def cancel_reservation(order: Order) -> Call:
    return Call("CancelReservation", {"reservationId": order.parameters["reservation"]})


def get_log(order: Order) -> Call:
    return Call("GetLog", log_payload(order))


def diagnostics(order: Order) -> Call:
    return Call("GetDiagnostics", {"location": order.parameters["location"]})


def update_firmware(order: Order) -> Call:
    return Call("UpdateFirmware", {"location": order.parameters["location"], "retrieveDate": iso(order.now)})


def limit(order: Order) -> Call:
    """A default limit for every charge: of one connector, or of the whole station."""
    profile = limit_profile(order, "TxDefaultProfile")
    profile["chargingProfileId"] = profile.pop("id")
    return Call("SetChargingProfile", {"connectorId": order.evse or 0, "csChargingProfiles": profile})


def composite(order: Order) -> Call:
    payload = {"connectorId": order.evse or 0, "duration": order.parameters.get("seconds", 3600)}
    return Call("GetCompositeSchedule", {**payload, "chargingRateUnit": "A"})


def clear_profile(order: Order) -> Call:
    """Clears what was asked for; with nothing named it would clear all, so the caller has to say so."""
    payload: dict[str, Any] = {}
    if "profile" in order.parameters:
        payload["id"] = order.parameters["profile"]
    if order.evse is not None:
        payload["connectorId"] = order.evse
    if "purpose" in order.parameters:
        payload["chargingProfilePurpose"] = order.parameters["purpose"]
    return Call("ClearChargingProfile", some_profile(payload, order))


def data_transfer(order: Order) -> Call:
    given = order.parameters
    names = {"vendor": "vendorId", "message": "messageId", "data": "data"}
    return Call("DataTransfer", {names[name]: given[name] for name in names if name in given})


def certificates(order: Order) -> Call:
    kinds = {"csms": "CentralSystemRootCertificate", "manufacturer": "ManufacturerRootCertificate"}
    kind = kinds.get(str(order.parameters["type"]))
    if kind is None:
        raise Invalid(
            "not_in_version",
            t("OCPP 1.6 knows csms and manufacturer certificates only."),
            t("Ask for type=csms or type=manufacturer."),
        )
    return Call("GetInstalledCertificateIds", {"certificateType": kind})


def install_certificate(order: Order) -> Call:
    kind = certificates(order).payload["certificateType"]
    return Call("InstallCertificate", {"certificateType": kind, "certificate": order.parameters["certificate"]})


def delete_certificate(order: Order) -> Call:
    return Call("DeleteCertificate", {"certificateHashData": order.parameters["hash"]})


# -- parts of payloads that both worlds share ----------------------------------------------------------------------


def log_payload(order: Order) -> dict[str, Any]:
    kind = "SecurityLog" if order.parameters["type"] == "security" else "DiagnosticsLog"
    return {"logType": kind, "requestId": order.number, "log": {"remoteLocation": order.parameters["location"]}}


def limit_profile(order: Order, purpose: str) -> dict[str, Any]:
    """A charging profile with one limit in ampere per phase, from now on (domain.md 2: at most one decimal)."""
    period = {"startPeriod": 0, "limit": round(float(order.parameters["amperes"]), 1)}
    return {
        "id": order.number,
        "stackLevel": 0,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Relative",
        "chargingSchedule": {"chargingRateUnit": "A", "chargingSchedulePeriod": [period]},
    }


def some_profile(payload: dict[str, Any], order: Order) -> dict[str, Any]:
    """`payload`, unless it is empty and nobody said that all profiles are meant.

    Raises:
        Invalid: it would clear every profile.
    """
    if payload or order.parameters.get("all"):
        return payload
    raise Invalid(
        "clears_all",
        t("With nothing named, all charging profiles of the station are cleared."),
        t("Name an outlet, a profile or a purpose, or say all=true."),
    )


def check_message(order: Order, known: frozenset[str]) -> None:
    """Whether a message can be asked for in this version.

    Raises:
        Invalid: it cannot.
    """
    if order.parameters["message"] not in known:
        raise Invalid(
            "not_in_version",
            t(
                "OCPP {version} triggers no {message}.",
                version=order.version.value,
                message=order.parameters["message"],
            ),
            t("It triggers {names}.", names=", ".join(sorted(known))),
        )


def token_too_long(order: Order, limit: int) -> Invalid:
    """A token that this version cannot carry."""
    return Invalid(
        "token_too_long",
        t("A token of OCPP {version} has at most {limit} characters.", version=order.version.value, limit=limit),
        t("Take another token."),
    )


def _token(order: Order) -> str:
    token = str(order.parameters["token"])
    if len(token) > MAX_TOKEN:
        raise token_too_long(order, MAX_TOKEN)
    return token


def _key(key: str) -> str:
    if len(key) > MAX_KEY:
        raise Invalid(
            "bad_setting",
            t("A key of OCPP 1.6 has at most {limit} characters.", limit=MAX_KEY),
            t("Read all settings to see the names that there are."),
        )
    return key
