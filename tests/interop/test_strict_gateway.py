"""A strict client of another maker against the gateway alone: every message of ours must be correct by its schemas."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from backend.gateway import Gateway
from backend.gateway.turn import Reads
from backend.model.clock import Instant, SystemClock
from backend.model.event import AuthorizeAsked, Booted, StationEvent, TransactionEnded, TransactionStarted
from backend.model.frame import Frame, Handshake
from backend.model.operation import CallResult
from backend.model.ports import Traced
from backend.model.reply import BootReply, Done, Reply, StartReply, TokenReply
from backend.model.settings import OcppSettings
from backend.model.words import Admission, BootStatus, TokenStatus, Version


class House:
    """Lets everybody in, accepts every token, keeps the events."""

    def __init__(self) -> None:
        self.events: list[StationEvent] = []
        self.frames: list[Frame] = []

    def admission(self, identity: str) -> tuple[str, Admission, Version | None] | None:
        return None

    def introduce(self, identity: str, address: str) -> Admission | None:
        return Admission.ACCEPTED

    def take(self, event: StationEvent, answer: Callable[[Reply], None] | None = None) -> None:
        self.events.append(event)
        token = TokenReply(TokenStatus.ACCEPTED, group="staff", expires=1_900_000_000.0)
        reply: Reply = Done()
        if isinstance(event, Booted):
            reply = BootReply(BootStatus.ACCEPTED, 300)
        elif isinstance(event, AuthorizeAsked):
            reply = token
        elif isinstance(event, TransactionStarted):
            reply = StartReply(4711, token)
        elif isinstance(event, TransactionEnded) and event.id_token:
            reply = token
        if answer is not None:
            answer(reply)

    def arrived(self, reader: Reads) -> None:
        reader.read()

    def work_off(self) -> None: ...

    def heard(self, station: str, learned: Instant) -> None: ...

    def call_answered(self, station: str, learned: Instant) -> None: ...

    def call_lost(self, station: str, learned: Instant) -> None: ...

    def quarantine(self, handshake: Handshake) -> None: ...

    def trace(self, frame: Traced) -> None:
        self.frames.append(frame.shown())


@pytest.fixture
async def house() -> House:
    return House()


@pytest.fixture
async def gateway(house: House) -> AsyncIterator[Gateway]:
    made = Gateway(SystemClock(), OcppSettings(host="127.0.0.1", port=0), house, house)
    await made.start()
    yield made
    await made.stop()


OPERATIONS: dict[str, list[tuple[str, dict[str, Any], str]]] = {
    "1.6": [
        ("UnlockConnector", {"connectorId": 2}, "Unlocked"),
        ("RemoteStartTransaction", {"connectorId": 2, "idTag": "REMOTE"}, "Accepted"),
        ("RemoteStopTransaction", {"transactionId": 4711}, "Accepted"),
        ("TriggerMessage", {"requestedMessage": "StatusNotification", "connectorId": 1}, "Accepted"),
        ("Reset", {"type": "Soft"}, "Accepted"),
    ],
    "2.0.1": [
        ("UnlockConnector", {"evseId": 2, "connectorId": 1}, "Unlocked"),
        (
            "RequestStartTransaction",
            {"evseId": 2, "remoteStartId": 9, "idToken": {"idToken": "REMOTE", "type": "Central"}},
            "Accepted",
        ),
        ("RequestStopTransaction", {"transactionId": "?"}, "Accepted"),
        ("TriggerMessage", {"requestedMessage": "StatusNotification", "evse": {"id": 1, "connectorId": 1}}, "Accepted"),
        ("Reset", {"type": "Immediate"}, "Accepted"),
    ],
}
AFTERWARDS = {"RemoteStartTransaction": "charging", "RemoteStopTransaction": "ended", "Reset": "restarted"}
AFTERWARDS |= {"RequestStartTransaction": "charging", "RequestStopTransaction": "ended"}


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
async def test_a_strict_station_lives_with_the_gateway(
    gateway: Gateway, house: House, strict_station: Any, version: str
) -> None:
    """Boot, status, a whole session, and the operations, each followed by what it brings about."""
    station = await strict_station(version, f"ws://{gateway.address}/ocpp", "STRICT-1")
    await station.until("ready")
    assert next(told for told in station.steps if told["step"] == "connected")["protocol"] == f"ocpp{version}"
    assert len([e for e in house.events if isinstance(e, TransactionEnded)]) == 1
    started = next(e for e in house.events if isinstance(e, TransactionStarted))
    ended = next(e for e in house.events if isinstance(e, TransactionEnded))
    assert (ended.meter_stop_wh or 0) - (started.meter_start_wh or 0) == 200
    assert ended.reason == "Local"
    transaction = "?"
    for action, payload, status in OPERATIONS[version]:
        if payload.get("transactionId") == "?":
            payload = {"transactionId": transaction}
        outcome: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        gateway.call("strict-1", action, payload, deadline_s=10, done=outcome.set_result)
        asked = await station.until("asked", action=action)
        assert asked["params"] == payload
        async with asyncio.timeout(10):
            assert await outcome == CallResult(payload={"status": status})
        if action in AFTERWARDS:
            told = await station.until(AFTERWARDS[action])
            transaction = told.get("transaction", transaction)
    await station.leave()
    assert [e.reason for e in house.events if isinstance(e, TransactionEnded)] == ["Local", "Remote"]
    assert len([e for e in house.events if isinstance(e, Booted)]) == 2
    assert not [frame for frame in house.frames if frame.deviations]
