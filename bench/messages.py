"""What real stations send, as frames made before they are sent: fields, ids and times as the field has them.

A meter value names its measurand, unit, context, format, location and, where it has one, its phase; ids are UUIDs; the
statuses of a station are those of a charge; times go on from message to message and lie seconds in the past.
"""

from __future__ import annotations

import struct
import time
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

BEHIND_S = 30.0
"""The first message's time lies so far back, the last one's in the present: no station's clock is off by a minute."""
CHARGE = ("Preparing", "Charging", "SuspendedEV", "Charging", "Finishing", "Available")
KINDS = ("Heartbeat", "StatusNotification", "MeterValues", "TransactionEvent", "Invalid")
VALUES16 = (
    ("Energy.Active.Import.Register", "Wh", "Outlet", ""),
    ("Power.Active.Import", "W", "Outlet", ""),
    ("Current.Import", "A", "Outlet", "L1"),
    ("Voltage", "V", "Outlet", "L1-N"),
    ("Current.Offered", "A", "Outlet", ""),
    ("SoC", "Percent", "EV", ""),
)
VALUES201 = VALUES16[:4]


def frame(text: str | bytes) -> bytes:
    """A masked client frame with a zero mask: the receiver unmasks all the same."""
    data = text.encode() if isinstance(text, str) else text
    if len(data) < 126:
        return struct.pack("!BB4x", 0x81, 0x80 | len(data)) + data
    return struct.pack("!BBH4x", 0x81, 0x80 | 126, len(data)) + data


def call(station: int, number: int, action: str, payload: dict[str, Any]) -> bytes:
    """One CALL as a frame."""
    return frame(msgspec.json.encode([2, str(UUID(int=station << 64 | number)), action, payload]))


def boot(station: int, version: str) -> bytes:
    """BootNotification."""
    if version == "1.6":
        payload: dict[str, Any] = {"chargePointVendor": "Bench", "chargePointModel": "B1"}
    else:
        payload = {"reason": "PowerUp", "chargingStation": {"vendorName": "Bench", "model": "B2"}}
    return call(station, 0, "BootNotification", payload)


def start(station: int) -> bytes:
    """The StartTransaction that MeterValues belong to."""
    payload = {"connectorId": 1, "idTag": f"04BE{station:04X}", "meterStart": 1000, "timestamp": _iso(time.time())}
    return call(station, 1, "StartTransaction", payload)


def messages(kind: str, station: int, count: int, transaction: int = 0) -> list[bytes]:
    """`count` frames of one station; `transaction` is the id that its StartTransaction was given."""
    began = time.time() - BEHIND_S
    made = []
    for n in range(count):
        action = "StatusNotification" if kind == "Invalid" else kind
        payload = _PAYLOADS[kind](n, _iso(began + n * BEHIND_S / count), transaction or station)
        made.append(call(station, 16 + n, action, payload))
    return made


def _heartbeat(n: int, at: str, transaction: int) -> dict[str, Any]:
    return {}


def _status(n: int, at: str, transaction: int) -> dict[str, Any]:
    return {"connectorId": 1, "errorCode": "NoError", "status": CHARGE[n % len(CHARGE)], "timestamp": at}


def _invalid(n: int, at: str, transaction: int) -> dict[str, Any]:
    return {"connectorId": {"odd": n}, "errorCode": [1], "timestamp": at}


def _meter_values(n: int, at: str, transaction: int) -> dict[str, Any]:
    read = _read(n)
    sampled = [
        {
            "value": read[measurand],
            "context": "Sample.Periodic",
            "format": "Raw",
            "measurand": measurand,
            **({"phase": phase} if phase else {}),
            "location": location,
            "unit": unit,
        }
        for measurand, unit, location, phase in VALUES16
    ]
    return {"connectorId": 1, "transactionId": transaction, "meterValue": [{"timestamp": at, "sampledValue": sampled}]}


def _transaction_event(n: int, at: str, transaction: int) -> dict[str, Any]:
    read = _read(n)
    sampled = [
        {
            "value": float(read[measurand]),
            "context": "Sample.Periodic",
            "measurand": measurand,
            **({"phase": phase} if phase else {}),
            "location": location,
            "unitOfMeasure": {"unit": unit},
        }
        for measurand, unit, location, phase in VALUES201
    ]
    return {
        "eventType": "Started" if n == 0 else "Updated",
        "timestamp": at,
        "triggerReason": "CablePluggedIn" if n == 0 else "MeterValuePeriodic",
        "seqNo": n,
        "transactionInfo": {"transactionId": str(UUID(int=transaction)), "chargingState": "Charging"},
        "evse": {"id": 1, "connectorId": 1},
        "meterValue": [{"timestamp": at, "sampledValue": sampled}],
    }


def _read(n: int) -> dict[str, str]:
    """What a meter shows: registers grow, the rest moves."""
    wobble = n % 10
    return {
        "Energy.Active.Import.Register": f"{1_000_000 + 60 * n}.0",
        "Power.Active.Import": f"{7_100 + wobble}.0",
        "Current.Import": f"{30.5 + wobble / 10:.1f}",
        "Voltage": f"{230 + wobble / 10:.1f}",
        "Current.Offered": "32.0",
        "SoC": str(20 + n % 80),
    }


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


_PAYLOADS = {
    "Heartbeat": _heartbeat,
    "StatusNotification": _status,
    "Invalid": _invalid,
    "MeterValues": _meter_values,
    "TransactionEvent": _transaction_event,
}
