"""A central system made of `websockets` and the schemas of `ocpp`: strict to every frame, and scriptable."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import defaultdict
from collections.abc import Callable
from random import Random
from typing import Any

from ocpp.messages import Call, CallResult, _validate_payload
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from backend.model.clock import HeldClock, iso
from backend.model.words import Version
from backend.simulator.cars import KINDS, Car
from backend.simulator.link import Backoff
from backend.simulator.outlet import Plug
from backend.simulator.speech import Nameplate
from backend.simulator.station import VirtualStation
from backend.simulator.temperament import OBEDIENT, Temperament
from backend.simulator.timers import HeldTimers

Answerer = Callable[[str, dict[str, Any]], dict[str, Any] | None]


class StrictServer:
    """Answers what stations say, keeps it, and fails the test for any frame that breaks its schema."""

    def __init__(self, clock: HeldClock) -> None:
        self.clock = clock
        self.url = ""
        self.said: dict[str, list[tuple[str, dict[str, Any]]]] = defaultdict(list)
        self.frames: dict[str, list[str]] = defaultdict(list)
        self.wrong: list[str] = []
        self.sockets: dict[str, ServerConnection] = {}
        self.connects: dict[str, int] = defaultdict(int)
        self.token_status = "Accepted"
        self.boot_status = "Accepted"
        self.answerer: Answerer | None = None
        self.mute: set[str] = set()
        self._news = asyncio.Event()
        self._ids = itertools.count(1)
        self._transactions = itertools.count(501)
        self._actions: dict[str, str] = {}
        self._waiting: dict[str, asyncio.Future[tuple[str, Any]]] = {}

    def restart(self) -> None:
        """Count from the beginning again."""
        self._transactions = itertools.count(501)

    async def serve_one(self, socket: ServerConnection) -> None:
        identity = socket.request.path.rpartition("/")[2]
        version = str(socket.subprotocol).removeprefix("ocpp")
        self.sockets[identity] = socket
        self.connects[identity] += 1
        try:
            await self._listen(socket, identity, version)
        except ConnectionClosed:
            return

    async def _listen(self, socket: ServerConnection, identity: str, version: str) -> None:
        async for text in socket:
            frame = json.loads(text)
            self.frames[identity].append(str(text))
            if frame[0] == 2:
                await self._call(socket, identity, version, frame)
            else:
                self._answer(version, frame)

    async def _call(self, socket: ServerConnection, identity: str, version: str, frame: list[Any]) -> None:
        _, message_id, action, payload = frame
        self.check(Call(message_id, action, payload), version)
        self.said[identity].append((action, payload))
        self._news.set()
        if action in self.mute:
            return
        answer = self.answerer(action, payload) if self.answerer is not None else None
        if answer is None:
            answer = self.default(action, version)
        await socket.send(json.dumps([3, message_id, answer]))

    def default(self, action: str, version: str) -> dict[str, Any]:
        if action == "BootNotification":
            return {"status": self.boot_status, "currentTime": iso(self.clock.now()), "interval": 300}
        if action == "Heartbeat":
            return {"currentTime": iso(self.clock.now())}
        if action == "Authorize":
            key = "idTagInfo" if version == "1.6" else "idTokenInfo"
            return {key: {"status": self.token_status}}
        if action == "StartTransaction":
            return {"transactionId": next(self._transactions), "idTagInfo": {"status": self.token_status}}
        if action == "TransactionEvent":
            return {"idTokenInfo": {"status": self.token_status}}
        if action == "DataTransfer":
            return {"status": "Accepted"}
        return {}

    def check(self, message: Call | CallResult, version: str) -> None:
        try:
            _validate_payload(message, version)
        except Exception as problem:
            self.wrong.append(f"{version} {message.action}: {problem!r}"[:800])

    def _answer(self, version: str, frame: list[Any]) -> None:
        future = self._waiting.pop(frame[1], None)
        if future is None:
            return
        action = self._actions.pop(frame[1], "")
        if frame[0] == 3:
            result = CallResult(frame[1], json.loads(json.dumps(frame[2])))
            result.action = action
            self.check(result, version)
            future.set_result(("result", frame[2]))
        else:
            future.set_result(("error", frame[2]))

    def send(
        self, identity: str, action: str, payload: dict[str, Any], *, check: bool = True
    ) -> asyncio.Future[tuple[str, Any]]:
        """Call a station; the future gives (`result`, payload) or (`error`, code)."""
        message_id = f"c{next(self._ids)}"
        future: asyncio.Future[tuple[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[message_id] = future
        self._actions[message_id] = action
        version = str(self.sockets[identity].subprotocol).removeprefix("ocpp")
        if check:
            _validate_payload(Call(message_id, action, json.loads(json.dumps(payload))), version)
        self._sending = asyncio.ensure_future(self.sockets[identity].send(json.dumps([2, message_id, action, payload])))
        return future

    async def call(self, identity: str, action: str, payload: dict[str, Any], *, check: bool = True) -> Any:
        """Call a station; its answer's payload, or the code of its CALLERROR."""
        _, found = await asyncio.wait_for(self.send(identity, action, payload, check=check), 5)
        return found

    async def heard(self, identity: str, action: str) -> None:
        """Wait until a station has said `action`."""
        while action not in self.actions(identity):
            self._news.clear()
            await self._news.wait()

    def actions(self, identity: str) -> list[str]:
        return [action for action, _ in self.said[identity]]

    def payloads(self, identity: str, action: str) -> list[dict[str, Any]]:
        return [payload for name, payload in self.said[identity] if name == action]

    def statuses(self, identity: str, evse: int = 1) -> list[str]:
        """The status words of an outlet, in order."""
        return [
            payload.get("status") or payload["connectorStatus"]
            for payload in self.payloads(identity, "StatusNotification")
            if payload.get("connectorId" if "status" in payload else "evseId") == evse
        ]


class Stage:
    """A server, a held clock, and the stations on it."""

    def __init__(self, server: StrictServer, timers: HeldTimers) -> None:
        self.server = server
        self.timers = timers
        self.stations: list[VirtualStation] = []

    def station(
        self,
        version: Version = Version.V16,
        name: str = "NK-00001",
        *,
        temperament: Temperament = OBEDIENT,
        plugs: tuple[Plug, ...] = (Plug(evse=1), Plug(evse=2)),
        seed: int = 7,
    ) -> VirtualStation:
        """A station that is not started yet."""
        plate = Nameplate(id=name, vendor="Tallvik", model="Duo 22", serial="TV1234", firmware="4.2.7", imsi="240011")
        station = VirtualStation(
            self.server.url,
            plate,
            version,
            self.timers,
            plugs=plugs,
            dice=Random(f"{seed}:{name}"),
            temperament=temperament,
            backoff=Backoff(2.0, 30.0, 1.0),
        )
        self.stations.append(station)
        return station

    async def up(self, version: Version = Version.V16, name: str = "NK-00001", **more: Any) -> VirtualStation:
        """A station that has booted and reported."""
        station = self.station(version, name, **more)
        station.start()
        await asyncio.wait_for(station.booted(), 5)
        await self.settle()
        return station

    async def settle(self) -> None:
        """Until every station is quiet."""
        for station in self.stations:
            await asyncio.wait_for(station.quiet(), 5)

    async def charging(self, version: Version = Version.V16, name: str = "NK-00001", **more: Any) -> VirtualStation:
        """A station with a charge under way at outlet 1."""
        station = await self.up(version, name, **more)
        station.plug(1, Car(KINDS[3], 40.0))
        await self.settle()
        station.authorise(1)
        await self.settle()
        await self.timers.advance(3)
        return station
