"""OCPP 2.0.1 and 2.1 to events, and replies to them. Where the two agree (nearly everywhere), one table serves both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Raw
from ocpp.v21 import enums as enums21
from ocpp.v201 import enums as enums201

from backend.gateway import meter, notices, old_shape, times, v16, wire2
from backend.gateway.breach import Breach, Violation
from backend.gateway.events2 import notify_event
from backend.gateway.letter import Action, Letter
from backend.gateway.tolerant import Reader
from backend.gateway.words import actions
from backend.model.clock import Instant, iso
from backend.model.event import (
    AuthorizeAsked,
    Booted,
    MeterValuesReported,
    Sample,
    StationEvent,
    StatusReported,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
)
from backend.model.reply import Reply, StartReply, TokenReply
from backend.model.sanitise import clean

MAX_TOKEN = 255
MAX_GROUP = 36
"""2.0.1's limit; 2.1 allows 255."""

_authorize = Reader(wire2.Authorize, {"type": "Central"}).read
_boot = Reader(wire2.BootNotification, {"vendorName": "", "model": "", "reason": "Unknown"}).read
_status = Reader(wire2.StatusNotification, {"timestamp": None}).read
_meter_values = Reader(wire2.MeterValues, {"evseId": 0, "meterValue": (), "timestamp": None, "sampledValue": ()}).read
_transaction = Reader(
    wire2.TransactionEvent,
    {"timestamp": None, "triggerReason": "", "seqNo": None, "type": "Central", "sampledValue": ()},
).read


# -- what stations say -------------------------------------------------------------------------------------------


def authorize(payload: Raw | bytes, letter: Letter) -> tuple[StationEvent, ...]:
    old = old_shape.read(payload, letter, "idTag", v16.authorize)
    if old is not None:
        return old
    message = _authorize(payload, letter.deviations)
    token = message.id_token
    return (
        AuthorizeAsked(
            station=letter.station,
            learned=letter.learned,
            id_token=clean(token.id_token, MAX_TOKEN),
            token_type=clean(token.type, 20),
        ),
    )


def boot(payload: Raw | bytes, letter: Letter) -> tuple[StationEvent, ...]:
    """Never refused; a 1.6-shaped one is read as such."""
    old = old_shape.read(payload, letter, "chargePointVendor", v16.boot)
    if old is None:
        old = old_shape.read(payload, letter, "chargePointModel", v16.boot)
    if old is not None:
        return old
    message = _boot(payload, letter.deviations)
    station = message.charging_station
    modem = station.modem
    return (
        Booted(
            station=letter.station,
            learned=letter.learned,
            vendor=clean(station.vendor_name, 80),
            model=clean(station.model, 80),
            serial=clean(station.serial_number, 80),
            firmware=clean(station.firmware_version, 100),
            iccid=clean(modem.iccid, 32) if modem else "",
            imsi=clean(modem.imsi, 32) if modem else "",
            reason=message.reason,
            deviations=tuple(letter.deviations),
        ),
    )


def status(payload: Raw | bytes, letter: Letter) -> tuple[StationEvent, ...]:
    old = old_shape.read(payload, letter, "status", v16.status)
    if old is not None:
        return old
    message = _status(payload, letter.deviations)
    return (
        StatusReported(
            station=letter.station,
            learned=letter.learned,
            said=times.instant(message.timestamp, "timestamp", letter.deviations),
            evse=message.evse_id,
            connector=message.connector_id,
            status=message.connector_status,
        ),
    )


def meter_values(payload: Raw | bytes, letter: Letter) -> tuple[StationEvent, ...]:
    old = old_shape.read(payload, letter, "connectorId", v16.meter_values)
    if old is not None:
        return old
    message = _meter_values(payload, letter.deviations)
    samples = _samples(message.meter_value, letter.deviations)
    return (
        MeterValuesReported(
            station=letter.station,
            learned=letter.learned,
            said=samples[-1].at if samples else None,
            evse=message.evse_id,
            connector=1 if message.evse_id else 0,
            transaction_id=None,
            samples=samples,
        ),
    )


def transaction_event(payload: Raw | bytes, letter: Letter) -> tuple[StationEvent, ...]:
    message = _transaction(payload, letter.deviations)
    info, evse, token = message.transaction_info, message.evse, message.id_token
    samples = _samples(message.meter_value, letter.deviations) if message.meter_value else ()
    shared: dict[str, Any] = {
        "station": letter.station,
        "learned": letter.learned,
        "said": times.instant(message.timestamp, "timestamp", letter.deviations),
        "transaction_id": clean(info.transaction_id, 64),
        "id_token": (clean(token.id_token, MAX_TOKEN) or None) if token is not None else None,
        "token_type": clean(token.type, 20) if token is not None else "",
        "charging_state": info.charging_state,
        "trigger": message.trigger_reason,
        "seq_no": message.seq_no,
        "offline": message.offline,
        "remote_start_id": info.remote_start_id,
        "samples": samples,
    }
    connector = (evse.connector_id or 1) if evse is not None else None
    if message.event_type == "Started":
        return (
            TransactionStarted(
                evse=evse.id if evse is not None else 0,
                connector=connector if connector is not None else 0,
                meter_start_wh=_register(samples, first=True),
                reservation_id=message.reservation_id,
                **shared,
            ),
        )
    place = evse.id if evse is not None else None
    if message.event_type == "Ended":
        return (
            TransactionEnded(
                evse=place,
                connector=connector,
                meter_stop_wh=_register(samples, first=False),
                reason=info.stopped_reason or "Local",
                **shared,
            ),
        )
    return (TransactionUpdated(evse=place, connector=connector, **shared),)


def _register(samples: Sequence[Sample], *, first: bool) -> int | None:
    """The register at the begin or the end: the sample of that context, else the outermost one."""
    known = [sample for sample in samples if sample.energy_wh is not None]
    if not known:
        return None
    edge = "Transaction.Begin" if first else "Transaction.End"
    for sample in known:
        if sample.context == edge:
            return sample.energy_wh
    return known[0 if first else -1].energy_wh


def _samples(values: Sequence[wire2.MeterValue], deviations: list[str]) -> tuple[Sample, ...]:
    return meter.samples([(value.timestamp, value.sampled_value) for value in values], deviations)


# -- what we answer ----------------------------------------------------------------------------------------------


def authorize_answer(reply: Reply, now: Instant) -> str:
    return f'{{"idTokenInfo":{token_info(reply) if isinstance(reply, TokenReply) else _INVALID}}}'


def transaction_answer(reply: Reply, now: Instant) -> str:
    token = reply.token if isinstance(reply, StartReply) else reply
    return f'{{"idTokenInfo":{token_info(token)}}}' if isinstance(token, TokenReply) else "{}"


_INVALID = '{"status":"Invalid"}'


def token_info(token: TokenReply) -> str:
    """idTokenInfo. A group that 2.0.1 cannot carry is left out."""
    if token.group is None and token.expires is None:
        return f'{{"status":"{token.status.value}"}}'
    info: dict[str, Any] = {"status": token.status.value}
    if token.expires is not None:
        info["cacheExpiryDateTime"] = iso(token.expires)
    if token.group and len(token.group) <= MAX_GROUP:
        info["groupIdToken"] = {"idToken": token.group, "type": "Central"}
    return msgspec.json.encode(info).decode()


_REJECTED = '{"status":"Rejected"}'
_ACCEPTED = '{"status":"Accepted"}'
_FAILED = '{"status":"Failed"}'


# -- the tables --------------------------------------------------------------------------------------------------

_SHARED = (
    Action("Authorize", authorize, authorize_answer, plain=f'{{"idTokenInfo":{_INVALID}}}'),
    Action("BootNotification", boot, v16.boot_answer, fresh=True),
    Action("Heartbeat", v16.heartbeat, v16.current_time, fresh=True),
    Action("StatusNotification", status, v16.empty, once=("evseId", "connectorId", "connectorStatus")),
    Action("MeterValues", meter_values, v16.empty, transactional=True),
    Action(
        "TransactionEvent",
        transaction_event,
        transaction_answer,
        transactional=True,
        once=("eventType", "seqNo", "transactionId"),
    ),
    Action("NotifyEvent", notify_event, v16.empty),
    Action("DataTransfer", notices.data_transfer, notices.data_transfer_answer, plain=_REJECTED),
    Action("FirmwareStatusNotification", notices.by_status, v16.empty),
    Action("PublishFirmwareStatusNotification", notices.by_status, v16.empty),
    Action("LogStatusNotification", notices.by_status, v16.empty),
    Action("SecurityEventNotification", notices.security_event, v16.empty),
    Action("SignCertificate", notices.sign_certificate, notices.signing_answer, plain=_REJECTED),
    Action("NotifyReport", notices.report, v16.empty),
    Action("NotifyMonitoringReport", notices.report, v16.empty),
    Action("NotifyCustomerInformation", notices.report, v16.empty),
    Action("NotifyDisplayMessages", notices.report, v16.empty),
    Action("ReportChargingProfiles", notices.report, v16.empty),
    Action("ReservationStatusUpdate", notices.reservation, v16.empty),
    Action("NotifyChargingLimit", notices.any_message, v16.empty),
    Action("ClearedChargingLimit", notices.any_message, v16.empty),
    Action("NotifyEVChargingNeeds", notices.any_message, v16.rejected, plain=_REJECTED),
    Action("NotifyEVChargingSchedule", notices.any_message, notices.accepted, plain=_ACCEPTED),
    Action("GetCertificateStatus", notices.any_message, notices.failed, plain=_FAILED),
    Action(
        "Get15118EVCertificate",
        notices.any_message,
        notices.no_certificate,
        plain=notices.NO_CERTIFICATE,
    ),
)

_ADDED = (
    Action("BatterySwap", notices.any_message, v16.empty),
    Action("ClosePeriodicEventStream", notices.any_message, v16.empty),
    Action("NotifyDERAlarm", notices.any_message, v16.empty),
    Action("NotifyDERStartStop", notices.any_message, v16.empty),
    Action("NotifyPeriodicEventStream", notices.any_message, v16.empty),
    Action("NotifyEVChargingNeeds", notices.any_message, notices.no_profile, plain=_REJECTED),
    Action("NotifyPriorityCharging", notices.any_message, v16.empty),
    Action("NotifySettlement", notices.by_status, v16.empty),
    Action("NotifyWebPaymentStarted", notices.any_message, v16.empty),
    Action("OpenPeriodicEventStream", notices.any_message, v16.rejected, plain=_REJECTED),
    Action("PullDynamicScheduleUpdate", notices.any_message, v16.rejected, plain=_REJECTED),
    Action("ReportDERControl", notices.any_message, v16.empty),
)

ACTIONS201: dict[str, Action] = {action.name: action for action in _SHARED}
"""What a 2.0.1 station may send."""
ACTIONS21: dict[str, Action] = {action.name: action for action in (*_SHARED, *_ADDED)}
"""What a 2.1 station may send, but for the calls of `questions21`."""

KNOWN201 = actions(enums201)
KNOWN21 = actions(enums21) | {"NotifyPeriodicEventStream"}


def _unknown(action: str, known: frozenset[str]) -> Violation:
    if action in known:
        return Violation(Breach.NOT_SUPPORTED, "this action goes from the CSMS to the station")
    return Violation(Breach.NOT_IMPLEMENTED, "no such action in this version of OCPP")


def unknown201(action: str) -> Violation:
    """What is said to an action that is not in ACTIONS201."""
    return _unknown(action, KNOWN201)


def unknown21(action: str) -> Violation:
    """What is said to an action that is not in ACTIONS21."""
    return _unknown(action, KNOWN21)
