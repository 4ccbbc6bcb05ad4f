"""A gateway on a real socket, with a recording fake of the house behind it, and stations to talk to it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from backend.gateway import Gateway
from backend.gateway.turn import Reads
from backend.model.clock import HeldClock, Instant
from backend.model.event import Booted, Connected, Event, StationEvent, TransactionStarted
from backend.model.frame import Frame, Handshake
from backend.model.ports import Traced
from backend.model.reply import BootReply, Done, Reply, StartReply, TokenReply
from backend.model.settings import OcppSettings
from backend.model.words import Admission, BootStatus, TokenStatus, Version


class Admits:
    """A register with what a test puts in."""

    def __init__(self) -> None:
        self.known: dict[str, tuple[str, Admission, Version | None]] = {}
        self.unknown: Admission | None = Admission.ACCEPTED
        self.introduced: list[tuple[str, str]] = []

    def add(self, station: str, admission: Admission = Admission.ACCEPTED, pinned: Version | None = None) -> None:
        self.known[station.casefold()] = (station, admission, pinned)

    def admission(self, identity: str) -> tuple[str, Admission, Version | None] | None:
        return self.known.get(identity.casefold())

    def introduce(self, identity: str, address: str) -> Admission | None:
        self.introduced.append((identity, address))
        if self.unknown is not None:
            self.add(identity, self.unknown)
        return self.unknown


class Recorder:
    """Takes what the gateway delivers, and answers at once unless told to hold."""

    def __init__(self) -> None:
        self.events: list[StationEvent] = []
        self.frames: list[Frame] = []
        self.quarantined: list[Handshake] = []
        self.lost: list[str] = []
        self.answered: list[str] = []
        self.heard_from: list[str] = []
        self.reply: Callable[[StationEvent], Reply] = self._reply
        self.hold = False
        self.held: list[Callable[[], None]] = []
        self._changed = asyncio.Event()

    @staticmethod
    def _reply(event: StationEvent) -> Reply:
        if isinstance(event, Booted):
            return BootReply(BootStatus.ACCEPTED, 300)
        if isinstance(event, TransactionStarted):
            return StartReply(17, TokenReply(TokenStatus.ACCEPTED))
        return Done()

    def take(self, event: StationEvent, answer: Callable[[Reply], None] | None = None) -> None:
        self.events.append(event)
        reply = self.reply(event)
        if answer is not None:
            if self.hold and not isinstance(event, Connected):
                self.held.append(lambda: answer(reply))
            else:
                answer(reply)
        self._changed.set()

    def arrived(self, reader: Reads) -> None:
        reader.read()

    def work_off(self) -> None:
        """Nothing waits."""

    def heard(self, station: str, learned: Instant) -> None:
        self.heard_from.append(station)
        self._changed.set()

    def trace(self, frame: Traced) -> None:
        self.frames.append(frame.shown())
        self._changed.set()

    def quarantine(self, handshake: Handshake) -> None:
        self.quarantined.append(handshake)
        self._changed.set()

    def call_lost(self, station: str, learned: Instant) -> None:
        self.lost.append(station)

    def call_answered(self, station: str, learned: Instant) -> None:
        self.answered.append(station)

    def of(self, kind: type[Event]) -> list[Any]:
        """The events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]

    async def until(self, condition: Callable[[], Any]) -> None:
        """Wait until a condition holds; it is looked at whenever something was delivered."""
        async with asyncio.timeout(5):
            while not condition():
                self._changed.clear()
                await self._changed.wait()


class Station:
    """A WebSocket client that says what it is told to."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def say(self, frame: Any) -> None:
        await self.socket.send(frame if isinstance(frame, str | bytes) else json.dumps(frame, separators=(",", ":")))

    async def hear(self) -> Any:
        async with asyncio.timeout(5):
            return json.loads(await self.socket.recv())

    async def ask(self, frame: Any) -> Any:
        await self.say(frame)
        return await self.hear()

    async def silence(self) -> None:
        """Nothing was sent to it: a Heartbeat's answer is the next frame it gets."""
        answer = await self.ask([2, "silence?", "Heartbeat", {}])
        assert answer[:2] == [3, "silence?"], answer

    async def boot(self) -> Any:
        if self.socket.subprotocol == "ocpp1.6":
            payload: dict[str, Any] = {"chargePointVendor": "V", "chargePointModel": "M"}
        else:
            payload = {"reason": "PowerUp", "chargingStation": {"vendorName": "V", "model": "M"}}
        return await self.ask([2, "boot", "BootNotification", payload])

    async def closed(self) -> int:
        """Wait for the end; the close code that it got."""
        async with asyncio.timeout(5):
            await self.socket.wait_closed()
        return self.socket.close_code or 1006


Connect = Callable[..., Awaitable[Station]]


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
def admits() -> Admits:
    return Admits()


@pytest.fixture
async def takes() -> Recorder:
    return Recorder()


@pytest.fixture
def make_recorder() -> type[Recorder]:
    """For tests that run a loop of their own."""
    return Recorder


@pytest.fixture
def settings() -> OcppSettings:
    return OcppSettings(host="127.0.0.1", port=0)


@pytest.fixture
async def gateway(clock: HeldClock, settings: OcppSettings, admits: Admits, takes: Recorder) -> AsyncIterator[Gateway]:
    made = Gateway(clock, settings, admits, takes)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def station(gateway: Gateway) -> AsyncIterator[Connect]:
    """Connects stations: `await station("CP1", "ocpp1.6")`."""
    made: list[ClientConnection] = []

    async def come(identity: str = "CP1", *subprotocols: str, path: str | None = None, **options: Any) -> Station:
        offered = list(subprotocols or ("ocpp1.6",))
        if options.pop("none", False):
            offered = []
        options.setdefault("compression", None)
        socket = await connect(
            f"ws://{gateway.address}{path if path is not None else '/ocpp/' + identity}",
            subprotocols=offered or None,  # type: ignore[arg-type]
            ping_interval=None,
            max_size=None,
            **options,
        )
        made.append(socket)
        return Station(socket)

    yield come
    for socket in made:
        if socket.close_code is None:
            await socket.close()
