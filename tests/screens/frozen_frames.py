"""What was said between NK-04217 and its server, oldest first: the story of the lock that would not open."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from backend.model.resources import FrameResource
from tests.screens.frozen import at

STATION = "NK-04217"


def _pair(
    asked: datetime,
    action: str,
    payload: dict[str, Any],
    answer: dict[str, Any] | tuple[str, str] | None,
    ms: int,
    id_: str,
    *,
    ours: bool = False,
    by: str | None = None,
    deviations: tuple[str, ...] = (),
) -> list[FrameResource]:
    call = FrameResource(
        station=STATION,
        direction="out" if ours else "in",
        received=asked,
        action=action,
        frame=json.dumps([2, id_, action, payload], separators=(",", ":"), ensure_ascii=False),
        deviations=list(deviations),
        message_id=id_,
        kind=2,
        requested_by=by,
    )
    if answer is None:
        return [call]
    bad = isinstance(answer, tuple)
    text = [4, id_, answer[0], answer[1], {}] if isinstance(answer, tuple) else [3, id_, answer]
    reply = FrameResource(
        station=STATION,
        direction="in" if ours else "out",
        received=asked + timedelta(milliseconds=ms),
        action=action,
        frame=json.dumps(text, separators=(",", ":"), ensure_ascii=False),
        deviations=[],
        message_id=id_,
        kind=4 if bad else 3,
        latency_ms=ms,
    )
    return [call, reply]


def _meter(asked: datetime, id_: str, kw: float, kwh: float, ms: int) -> list[FrameResource]:
    values = [
        {"value": f"{kw:.1f}", "measurand": "Power.Active.Import", "unit": "kW"},
        {"value": f"{kwh * 1000:.0f}", "measurand": "Energy.Active.Import.Register", "unit": "Wh"},
    ]
    payload = {
        "connectorId": 1,
        "transactionId": 8214311,
        "meterValue": [{"timestamp": _said(asked), "sampledValue": values}],
    }
    return _pair(asked, "MeterValues", payload, {}, ms, id_)


def _said(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _fault(asked: datetime, id_: str, ms: int) -> list[FrameResource]:
    payload = {
        "connectorId": 2,
        "status": "Faulted",
        "errorCode": "ConnectorLockFailure",
        "info": "lock motor timeout",
        "vendorId": "nordvolt",
        "vendorErrorCode": "LM-07",
        "timestamp": _said(asked),
    }
    return _pair(asked, "StatusNotification", payload, {}, ms, id_)


def frames() -> list[FrameResource]:
    """Ninety minutes of frames."""
    found: list[FrameResource] = []
    for minute in range(90):
        moment = at("13:01") + timedelta(minutes=minute, seconds=57, milliseconds=(minute * 137) % 900)
        if minute % 5 == 4:
            now = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
            found += _pair(moment - timedelta(seconds=11), "Heartbeat", {}, {"currentTime": now}, 4, f"h{minute}")
        else:
            found += _meter(moment, f"m{minute}", 11.0 - (minute % 3) / 10, 0.2 + minute * 0.11, 8 + minute % 5)
    found += _story()
    return sorted(found, key=lambda frame: frame.received)


def _story() -> list[FrameResource]:
    day = at("14:00")

    def moment(minute: int, seconds: float) -> datetime:
        return day + timedelta(minutes=minute, seconds=seconds)

    return [
        *_pair(
            moment(25, 12.34),
            "GetConfiguration",
            {"key": ["UnlockConnectorOnEVSideDisconnect"]},
            None,
            0,
            "c1",
            ours=True,
            by="samira",
        ),
        *_pair(
            moment(26, 30.015),
            "DataTransfer",
            {"vendorId": "nordvolt", "messageId": "LockState", "data": "3"},
            ("NotSupported", "no such message"),
            3,
            "d1",
        ),
        *_pair(
            moment(26, 43.912),
            "Authorize",
            {"idTag": "04••••••9F"},
            {"idTagInfo": {"status": "Accepted"}},
            212,
            "84408",
        ),
        *_pair(
            moment(26, 44.48),
            "StopTransaction",
            {
                "transactionId": 8214311,
                "meterStop": 1225700,
                "timestamp": _said(moment(26, 44)),
                "reason": "Local",
                "idTag": "04••••••9F",
            },
            {"idTagInfo": {"status": "Accepted"}},
            21,
            "84409",
            deviations=("timestamp: no fraction of seconds",),
        ),
        *_pair(
            moment(27, 33.1),
            "TriggerMessage",
            {"requestedMessage": "StatusNotification", "connectorId": 2},
            {"status": "Accepted"},
            204,
            "7f39",
            ours=True,
            by="elin",
        ),
        *_fault(moment(28, 2.551), "84410", 5),
        *_pair(
            moment(29, 9.842),
            "UnlockConnector",
            {"connectorId": 2},
            {"status": "Unlocked"},
            790,
            "7f3a-b0",
            ours=True,
            by="elin",
        ),
        *_fault(moment(29, 40.118), "84411", 7),
        *_pair(
            moment(30, 11.29),
            "UnlockConnector",
            {"connectorId": 2},
            {"status": "Unlocked"},
            811,
            "7f3a-c1",
            ours=True,
            by="elin",
        ),
        *_fault(moment(30, 41.377), "84412", 6),
    ]
