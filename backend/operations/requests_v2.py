"""Requests of OCPP 2.0.1 and 2.1. Every payload passes the schema of its action, in both."""

from __future__ import annotations

import re
from typing import Any

from backend.model.clock import iso
from backend.model.errors import Invalid
from backend.model.words import Version
from backend.operations.order import Call, Order
from backend.operations.requests_v16 import check_message, limit_profile, log_payload, some_profile, token_too_long
from backend.operations.settings_keys import variable_of
from backend.operations.triggers import more_triggers, trigger_v2
from backend.text import t

_MAX_TOKEN = {Version.V201: 36, Version.V21: 255}
_CERTIFICATES = {
    "csms": "CSMSRootCertificate",
    "manufacturer": "ManufacturerRootCertificate",
    "v2g": "V2GRootCertificate",
    "mo": "MORootCertificate",
    "v2g_chain": "V2GCertificateChain",
}


MESSAGES = frozenset(
    {
        "BootNotification",
        "FirmwareStatusNotification",
        "Heartbeat",
        "LogStatusNotification",
        "MeterValues",
        "PublishFirmwareStatusNotification",
        "SignChargingStationCertificate",
        "SignCombinedCertificate",
        "SignV2GCertificate",
        "StatusNotification",
        "TransactionEvent",
    }
)
"""What a station of 2.0.1 or 2.1 can be asked to send."""
_UID = re.compile(r"(?:[0-9A-Fa-f]{8}|[0-9A-Fa-f]{14}|[0-9A-Fa-f]{20})\Z")
"""The number of an RFID card: 4, 7 or 10 bytes (ISO 14443)."""


def reset(order: Order) -> Call:
    """OnIdle waits for the charges, Immediate ends them (domain.md 2)."""
    payload: dict[str, Any] = {"type": "Immediate" if order.parameters["type"] == "hard" else "OnIdle"}
    if order.evse is not None:
        payload["evseId"] = order.evse
    return Call("Reset", payload)


def unlock(order: Order) -> Call:
    return Call("UnlockConnector", {"evseId": order.evse, "connectorId": order.connector or 1})


def start(order: Order) -> Call:
    payload = {"evseId": order.evse, "idToken": _token(order), "remoteStartId": order.number}
    return Call("RequestStartTransaction", payload)


def stop(order: Order) -> Call:
    transaction = order.session.transaction_id if order.session is not None else ""
    return Call("RequestStopTransaction", {"transactionId": transaction})


def refresh(order: Order) -> Call:
    """A status of several connectors is asked of the first here; the proof asks the others."""
    check_message(order, MESSAGES)
    several = more_triggers(order)
    if several:
        return several[0].call
    return trigger_v2(str(order.parameters["message"]), order.evse, order.connector)


def availability(order: Order) -> Call:
    word = "Operative" if order.parameters["operative"] else "Inoperative"
    payload: dict[str, Any] = {"operationalStatus": word}
    if order.evse is not None:
        payload["evse"] = {"id": order.evse}
        if order.connector is not None:
            payload["evse"]["connectorId"] = order.connector
    return Call("ChangeAvailability", payload)


def read_configuration(order: Order) -> Call:
    keys = order.parameters.get("key")
    if not keys:
        raise Invalid(
            "parameter_missing",
            t("OCPP 2.x reads settings by name."),
            t("Name some, as in key=OCPPCommCtrlr.HeartbeatInterval, or ask for a report."),
        )
    return Call("GetVariables", {"getVariableData": [variable_of(key) for key in keys]})


def write_configuration(order: Order) -> Call:
    setting = variable_of(str(order.parameters["key"][0]))
    return Call("SetVariables", {"setVariableData": [{"attributeValue": order.parameters["value"], **setting}]})


def report(order: Order) -> Call:
    kinds = {"configuration": "ConfigurationInventory", "full": "FullInventory", "summary": "SummaryInventory"}
    return Call("GetBaseReport", {"requestId": order.number, "reportBase": kinds[str(order.parameters["type"])]})


def monitoring_report(order: Order) -> Call:
    return Call("GetMonitoringReport", {"requestId": order.number})


def charging_profiles(order: Order) -> Call:
    payload: dict[str, Any] = {"requestId": order.number}
    if order.evse is not None:
        payload["evseId"] = order.evse
    purpose = {"chargingProfilePurpose": order.parameters.get("purpose", "TxDefaultProfile")}
    return Call("GetChargingProfiles", {**payload, "chargingProfile": purpose})


def display_messages(order: Order) -> Call:
    return Call("GetDisplayMessages", {"requestId": order.number})


def customer_information(order: Order) -> Call:
    erase = bool(order.parameters["erase"])
    payload = {"requestId": order.number, "report": not erase, "clear": erase, "idToken": _token(order)}
    return Call("CustomerInformation", payload)


def transaction_status(order: Order) -> Call:
    return Call("GetTransactionStatus", {"transactionId": order.session.transaction_id} if order.session else {})


def clear_cache(order: Order) -> Call:
    return Call("ClearCache", {})


def local_list_version(order: Order) -> Call:
    return Call("GetLocalListVersion", {})


def send_local_list(order: Order) -> Call:
    given = order.parameters
    payload: dict[str, Any] = {"versionNumber": given["version"], "updateType": given["type"]}
    if given["list"]:
        payload["localAuthorizationList"] = given["list"]
    return Call("SendLocalList", payload)


def reserve(order: Order) -> Call:
    payload = {
        "id": order.parameters.get("reservation", order.number),
        "expiryDateTime": iso(order.now + 60 * int(order.parameters["minutes"])),
        "idToken": _token(order),
    }
    if order.evse is not None:
        payload["evseId"] = order.evse
    return Call("ReserveNow", payload)


def cancel_reservation(order: Order) -> Call:
    return Call("CancelReservation", {"reservationId": order.parameters["reservation"]})


def get_log(order: Order) -> Call:
    return Call("GetLog", log_payload(order))


def update_firmware(order: Order) -> Call:
    firmware = {"location": order.parameters["location"], "retrieveDateTime": iso(order.now)}
    return Call("UpdateFirmware", {"requestId": order.number, "firmware": firmware})


def limit(order: Order) -> Call:
    profile = limit_profile(order, "TxDefaultProfile")
    profile["chargingSchedule"] = [{"id": order.number, **profile["chargingSchedule"]}]
    return Call("SetChargingProfile", {"evseId": order.evse or 0, "chargingProfile": profile})


def composite(order: Order) -> Call:
    payload = {"evseId": order.evse or 0, "duration": order.parameters.get("seconds", 3600)}
    return Call("GetCompositeSchedule", {**payload, "chargingRateUnit": "A"})


def clear_profile(order: Order) -> Call:
    criteria: dict[str, Any] = {}
    if order.evse is not None:
        criteria["evseId"] = order.evse
    if "purpose" in order.parameters:
        criteria["chargingProfilePurpose"] = order.parameters["purpose"]
    payload: dict[str, Any] = {"chargingProfileCriteria": criteria} if criteria else {}
    if "profile" in order.parameters:
        payload["chargingProfileId"] = order.parameters["profile"]
    return Call("ClearChargingProfile", some_profile(payload, order))


def data_transfer(order: Order) -> Call:
    given = order.parameters
    names = {"vendor": "vendorId", "message": "messageId", "data": "data"}
    return Call("DataTransfer", {names[name]: given[name] for name in names if name in given})


def certificates(order: Order) -> Call:
    return Call("GetInstalledCertificateIds", {"certificateType": [_CERTIFICATES[str(order.parameters["type"])]]})


def install_certificate(order: Order) -> Call:
    kind = _CERTIFICATES[str(order.parameters["type"])]
    if kind == "V2GCertificateChain":
        raise Invalid(
            "not_in_version",
            t("A chain of Plug & Charge is not installed this way."),
            t("Ask for type=csms, manufacturer, v2g or mo."),
        )
    return Call("InstallCertificate", {"certificateType": kind, "certificate": order.parameters["certificate"]})


def delete_certificate(order: Order) -> Call:
    return Call("DeleteCertificate", {"certificateHashData": order.parameters["hash"]})


def _token(order: Order) -> dict[str, Any]:
    token, limit = str(order.parameters["token"]), _MAX_TOKEN[order.version]
    if len(token) > limit:
        raise token_too_long(order, limit)
    usual = "ISO14443" if _UID.match(token) else "Central"
    return {"idToken": token, "type": order.parameters.get("token_type", usual)}
