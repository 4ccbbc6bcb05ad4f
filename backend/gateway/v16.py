"""OCPP 1.6 to events, and replies to OCPP 1.6: Core, Firmware Management, and the security whitepaper."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Raw
from ocpp.v16 import enums

from backend.gateway import meter, mrec, notices, times, wire16
from backend.gateway.breach import Breach, Violation
from backend.gateway.letter import Action, Letter
from backend.gateway.tolerant import Reader, plain_payload
from backend.gateway.words import actions
from backend.model.clock import Instant, iso
from backend.model.event import (
    AuthorizeAsked,
    Booted,
    Fault,
    Heard,
    MeterValuesReported,
    Sample,
    StationEvent,
    StatusReported,
    TransactionEnded,
    TransactionStarted,
)
from backend.model.reply import BootReply, Reply, StartReply, TokenReply
from backend.model.sanitise import clean
from backend.model.secrets import without_secrets

MAX_TOKEN = 64
_PARTS = re.compile(r"[;,]")
_SAYS_NOTHING = frozenset({"", "none", "null", "noerror", "0", "0x00", "0x0000", "-"})

_authorize = Reader(wire16.Authorize).read
_boot = Reader(wire16.BootNotification, {"chargePointVendor": "", "chargePointModel": ""}).read
_status = Reader(wire16.StatusNotification, {"errorCode": "NoError"}).read
_meter_values = Reader(
    wire16.MeterValues, {"connectorId": 0, "meterValue": (), "timestamp": None, "sampledValue": ()}
).read
_start = Reader(wire16.StartTransaction, {"idTag": "", "meterStart": None, "timestamp": None}).read
_stop = Reader(
    wire16.StopTransaction,
    {"meterStop": None, "timestamp": None, "transactionId": -1, "sampledValue": ()},
).read


# -- what stations say -------------------------------------------------------------------------------------------


def authorize(payload: Raw | bytes, letter: Letter) -> tuple[StationEvent, ...]:
    message = _authorize(payload, letter.deviations)
    return (AuthorizeAsked(station=letter.station, learned=letter.learned, id_token=clean(message.id_tag, MAX_TOKEN)),)


def boot(payload: Raw | bytes, letter: Letter) -> tuple[StationEvent, ...]:
    """Never refused, neither for lengths nor for what is missing (field lesson 18)."""
    message = _boot(payload, letter.deviations)
    return (
        Booted(
            station=letter.station,
            learned=letter.learned,
            vendor=clean(message.charge_point_vendor, 80),
            model=clean(message.charge_point_model, 80),
            serial=clean(message.charge_point_serial_number or message.charge_box_serial_number, 80),
            firmware=clean(message.firmware_version, 100),
            iccid=clean(message.iccid, 32),
            imsi=clean(message.imsi, 32),
            meter_type=clean(message.meter_type, 50),
            meter_serial=clean(message.meter_serial_number, 50),
            deviations=tuple(letter.deviations),
        ),
    )


def heartbeat(payload: Raw | bytes, letter: Letter) -> tuple[StationEvent, ...]:
    if bytes(payload) != b"{}":
        plain_payload(payload, letter.deviations)
    return (Heard(station=letter.station, learned=letter.learned),)


def status(payload: Raw | bytes, letter: Letter) -> tuple[StationEvent, ...]:
    message = _status(payload, letter.deviations)
    connector = message.connector_id
    info = without_secrets(clean(message.info, 255)) if message.info else ""
    code = message.error_code
    return (
        StatusReported(
            station=letter.station,
            learned=letter.learned,
            said=times.instant(message.timestamp, "timestamp", letter.deviations),
            evse=connector,
            connector=1 if connector else 0,
            status=message.status,
            faults=() if code == "NoError" and not message.vendor_error_code else _faults(message, info),
            info=info,
        ),
    )


def _faults(message: wire16.StatusNotification, info: str) -> tuple[Fault, ...]:
    """What stands at the connector. MREC codes come several in one, parted by `;` (ChargeX) or `,` (EVgo), their
    infos at the same places (domain.md 3.4); they count with or without the vendorId."""
    vendor_code = without_secrets(clean(message.vendor_error_code.strip(), 100))
    vendor_id = without_secrets(clean(message.vendor_id, 255))
    pieces = [piece.strip() for piece in _PARTS.split(vendor_code)]
    if pieces and all(mrec.CODE.fullmatch(piece) for piece in pieces if piece) and any(pieces):
        infos = [part.strip() for part in _PARTS.split(info)]
        if len(infos) != len(pieces):
            infos = [info] * len(pieces)
        return tuple(
            Fault(code=piece, vendor_code=piece, vendor_id=vendor_id, info=infos[place])
            for place, piece in enumerate(pieces[:16])
            if piece
        )
    if message.error_code == "NoError":
        return ()
    if vendor_code.casefold() in _SAYS_NOTHING:
        vendor_code = ""
    return (Fault(code=message.error_code, vendor_code=vendor_code, vendor_id=vendor_id, info=info),)


def meter_values(payload: Raw | bytes, letter: Letter) -> tuple[StationEvent, ...]:
    message = _meter_values(payload, letter.deviations)
    connector = message.connector_id
    transaction = message.transaction_id
    samples = _samples(message.meter_value, letter.deviations)
    return (
        MeterValuesReported(
            station=letter.station,
            learned=letter.learned,
            said=samples[-1].at if samples else None,
            evse=connector,
            connector=1 if connector else 0,
            transaction_id=None if transaction is None else str(transaction),
            samples=samples,
        ),
    )


def start(payload: Raw | bytes, letter: Letter) -> tuple[StationEvent, ...]:
    message = _start(payload, letter.deviations)
    connector = message.connector_id
    return (
        TransactionStarted(
            station=letter.station,
            learned=letter.learned,
            said=times.instant(message.timestamp, "timestamp", letter.deviations),
            evse=connector,
            connector=1 if connector else 0,
            transaction_id=None,
            id_token=clean(message.id_tag, MAX_TOKEN) or None,
            meter_start_wh=message.meter_start,
            reservation_id=message.reservation_id,
        ),
    )


def stop(payload: Raw | bytes, letter: Letter) -> tuple[StationEvent, ...]:
    message = _stop(payload, letter.deviations)
    return (
        TransactionEnded(
            station=letter.station,
            learned=letter.learned,
            said=times.instant(message.timestamp, "timestamp", letter.deviations),
            transaction_id=str(message.transaction_id),
            id_token=clean(message.id_tag, MAX_TOKEN) or None,
            meter_stop_wh=message.meter_stop,
            reason=clean(message.reason, 64) or "Local",
            samples=_samples(message.transaction_data, letter.deviations),
        ),
    )


def _samples(values: Sequence[wire16.MeterValue], deviations: list[str]) -> tuple[Sample, ...]:
    return meter.samples([(value.timestamp, value.sampled_value) for value in values], deviations)


# -- what we answer ----------------------------------------------------------------------------------------------


def empty(reply: Reply, now: Instant) -> str:
    return "{}"


def current_time(reply: Reply, now: Instant) -> str:
    return _current_time(int(now))


@lru_cache(maxsize=4)
def _current_time(second: int) -> str:
    return f'{{"currentTime":"{iso(second)}"}}'


def boot_answer(reply: Reply, now: Instant) -> str:
    """Without a fraction of a second (field lesson 25)."""
    if not isinstance(reply, BootReply):
        return f'{{"currentTime":"{iso(now)}","interval":60,"status":"Pending"}}'
    word = "Pending" if reply.status.value == "none" else reply.status.value.capitalize()
    return f'{{"currentTime":"{iso(now)}","interval":{max(0, int(reply.interval_s))},"status":"{word}"}}'


def authorize_answer(reply: Reply, now: Instant) -> str:
    token = reply if isinstance(reply, TokenReply) else None
    return '{"idTagInfo":' + (token_info(token) if token else '{"status":"Invalid"}') + "}"


def start_answer(reply: Reply, now: Instant) -> str:
    """A start is never refused an answer: the station would only repeat it (domain.md 1.5)."""
    if not isinstance(reply, StartReply):
        token = reply if isinstance(reply, TokenReply) else None
        return f'{{"idTagInfo":{token_info(token) if token else _INVALID},"transactionId":0}}'
    info = token_info(reply.token) if reply.token is not None else '{"status":"Accepted"}'
    return f'{{"idTagInfo":{info},"transactionId":{reply.transaction_id}}}'


def stop_answer(reply: Reply, now: Instant) -> str:
    return f'{{"idTagInfo":{token_info(reply)}}}' if isinstance(reply, TokenReply) else "{}"


_INVALID = '{"status":"Invalid"}'


def token_info(token: TokenReply) -> str:
    """idTagInfo. A group that 1.6 cannot carry (over 20 characters) is left out."""
    if token.group is None and token.expires is None:
        return f'{{"status":"{token.status.value}"}}'
    info: dict[str, Any] = {"status": token.status.value}
    if token.expires is not None:
        info["expiryDate"] = iso(token.expires)
    if token.group and len(token.group) <= 20:
        info["parentIdTag"] = token.group
    return msgspec.json.encode(info).decode()


_REJECTED = '{"status":"Rejected"}'


def rejected(reply: Reply, now: Instant) -> str:
    return _REJECTED


ACTIONS: dict[str, Action] = {
    action.name: action
    for action in (
        Action("Authorize", authorize, authorize_answer, plain=f'{{"idTagInfo":{_INVALID}}}'),
        Action("BootNotification", boot, boot_answer, fresh=True),
        Action("Heartbeat", heartbeat, current_time, fresh=True),
        Action("StatusNotification", status, empty, once=("connectorId", "status", "errorCode"), flat=True),
        Action(
            "MeterValues", meter_values, empty, transactional=True, once=("connectorId", "transactionId"), flat=True
        ),
        Action(
            "StartTransaction",
            start,
            start_answer,
            plain=f'{{"idTagInfo":{_INVALID},"transactionId":0}}',
            transactional=True,
            once=("connectorId", "idTag", "meterStart"),
        ),
        Action("StopTransaction", stop, stop_answer, transactional=True, once=("transactionId", "idTag", "meterStop")),
        Action("DataTransfer", notices.data_transfer, notices.data_transfer_answer, plain=_REJECTED),
        Action("DiagnosticsStatusNotification", notices.by_status, empty),
        Action("FirmwareStatusNotification", notices.by_status, empty),
        Action("SignedFirmwareStatusNotification", notices.by_status, empty),
        Action("LogStatusNotification", notices.by_status, empty),
        Action("SecurityEventNotification", notices.security_event, empty),
        Action("SignCertificate", notices.sign_certificate, notices.signing_answer, plain=_REJECTED),
    )
}
"""What a 1.6 station may send."""

KNOWN = actions(enums)
"""All actions of 1.6, the security whitepaper included."""


def unknown(action: str) -> Violation:
    """What is said to an action that is not in ACTIONS."""
    if action in KNOWN:
        return Violation(Breach.NOT_SUPPORTED, "this action goes from the central system to the station")
    return Violation(Breach.NOT_IMPLEMENTED, "no such action in this version of OCPP")
