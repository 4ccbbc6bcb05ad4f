"""The two kinds of stations of the live fuzz: one that sends whatever the dice give it, one that simply charges."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from random import Random
from typing import Any

from msgspec import Struct, field
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from backend.model.words import Version
from tests.faults.charger import said
from tests.fuzz.mutation import mutated
from tests.fuzz.seeds import seeds
from tests.recipes.station import RawStation

BATCH = 40
PATIENCE_S = 15.0
_NEVER_ANSWERED = re.compile(rb'[\s\x00]*\[\s*"?\d')
_CALL = re.compile(rb'[\s\x00]*\[\s*"?0*2\D')
READINGS = 4
STEP_WH = 250
_BOOT: dict[Version, dict[str, Any]] = {
    Version.V16: {"chargePointVendor": "Fjord", "chargePointModel": "F1"},
    Version.V201: {"reason": "PowerUp", "chargingStation": {"vendorName": "Fjord", "model": "F2"}},
}


def must_be_answered(data: bytes) -> bool:
    """Whether no reading of the rules lets these bytes go unanswered: no message type that is never answered, and
    readable enough to say so."""
    try:
        frame = json.loads(data.decode())
    except (ValueError, RecursionError):
        return (not _NEVER_ANSWERED.match(data) and data[:1] == b"[") or bool(_CALL.match(data))
    return isinstance(frame, list) and len(frame) == 4 and frame[0] == 2 and type(frame[0]) is int


class Tally(Struct):
    """What the fuzzing stations saw, over all of them."""

    sent: int = 0
    due: int = 0
    """Frames that had to be answered."""
    answered: int = 0
    asked: int = 0
    """Calls of the server that were answered, many of them wrongly."""
    answers: Counter[str] = field(default_factory=Counter)
    closed: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)


class FuzzStation:
    """Sends mutated frames in batches; after each a Heartbeat, and then everything that was due must have come."""

    def __init__(self, identity: str, version: Version, dice: Random, tally: Tally) -> None:
        self.identity = identity
        self._version = version
        self._dice = dice
        self._tally = tally
        self._number = 0
        self._came = 0
        """Answers to the batch."""
        self._marks: set[str] = set()
        self._news = asyncio.Event()
        self._closed = False
        self._leaving = False

    async def run(self, address: str, frames: int) -> None:
        socket = await connect(
            f"ws://{address}/ocpp/{self.identity}",
            subprotocols=[Subprotocol(self._version.subprotocol)],
            compression=None,
            ping_interval=None,
        )
        reading = asyncio.create_task(self._read(socket))
        try:
            await socket.send(json.dumps([2, "boot", "BootNotification", _BOOT[self._version]]))
            while frames > 0 and not self._closed:
                await self._batch(socket, min(BATCH, frames))
                frames -= BATCH
        except ConnectionClosed as error:
            self._tally.closed.append(f"{self.identity}: {error}")
        self._leaving = True
        await socket.close()
        await reading

    async def _batch(self, socket: ClientConnection, size: int) -> None:
        dice, tally = self._dice, self._tally
        due: list[bytes] = []
        self._came = 0
        for _ in range(size):
            self._number += 1
            data = mutated(dice, dice.choice(seeds(self._version)), f"f{self._number}")
            if must_be_answered(data):
                due.append(data)
            await self._send(socket, data)
        tally.sent += size
        tally.due += len(due)
        mark = f"mark{self._number}"
        await socket.send(json.dumps([2, mark, "Heartbeat", {}]))
        try:
            async with asyncio.timeout(PATIENCE_S):
                while (mark not in self._marks or self._came < len(due)) and not self._closed:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            tally.unanswered.append(f"{self.identity}: {self._came} answers to {due!r}"[:20_000])
        self._marks.clear()

    async def _send(self, socket: ClientConnection, data: bytes) -> None:
        """As one message of text or of bytes, or in pieces."""
        how = self._dice.random()
        if how < 0.9 or len(data) < 3:
            await socket.send(data, text=how < 0.88)
        else:
            cut = sorted(self._dice.sample(range(len(data)), min(len(data), self._dice.choice((1, 2, 9)))))
            await socket.send([data[a:b] for a, b in zip([0, *cut], [*cut, len(data)], strict=True)], text=True)

    async def _read(self, socket: ClientConnection) -> None:
        try:
            async for text in socket:
                frame = json.loads(text)
                if frame[0] == 2:
                    await self._reply(socket, frame)
                    continue
                self._tally.answers[frame[2] if frame[0] == 4 else "result"] += 1
                if frame[1] == "boot":
                    assert frame[2]["status"] == "Accepted"
                elif str(frame[1]).startswith("mark"):
                    self._marks.add(frame[1])
                else:
                    self._came += 1
                    self._tally.answered += 1
                self._news.set()
        except ConnectionClosed as error:
            if not self._leaving:
                self._tally.closed.append(f"{self.identity}: {error}")
        self._closed = True
        self._news.set()

    async def _reply(self, socket: ClientConnection, call: list[Any]) -> None:
        """An answer to the server: as it should be, mutated, or none at all."""
        self._tally.asked += 1
        good = json.dumps([3, call[1], {"status": "Accepted"}]).encode()
        how = self._dice.random()
        if how < 0.6:
            await socket.send(good, text=True)
        elif how < 0.95:
            await socket.send(mutated(self._dice, good, call[1]), text=True)


class HealthyStation:
    """Charges again and again, and counts what it delivered."""

    def __init__(self, identity: str, version: Version) -> None:
        self.identity = identity
        self.version = version
        self.sessions = 0
        self.energy_wh = 0
        self.slowest_s = 0.0
        self._register = 1_000
        self._station = RawStation(identity, version.value)

    @property
    def lost(self) -> bool:
        return self._station.closed.is_set()

    async def connect(self, address: str) -> None:
        await self._station.connect(address)
        assert (await self._station.boot())["status"] == "Accepted"
        await self._station.status(1, "Available", said())

    async def close(self) -> None:
        await self._station.close()

    async def charge_until(self, over: asyncio.Event, pause_s: float) -> None:
        while not over.is_set():
            await self._session(pause_s)

    async def _session(self, pause_s: float) -> None:
        loop = asyncio.get_running_loop()
        begun = self._register
        await self._begin()
        for _ in range(READINGS):
            await asyncio.sleep(pause_s)
            self._register += STEP_WH
            asked = loop.time()
            await self._meter()
            self.slowest_s = max(self.slowest_s, loop.time() - asked)
        await self._end()
        self.sessions += 1
        self.energy_wh += self._register - begun

    def _reading(self) -> list[dict[str, Any]]:
        sample: dict[str, Any] = {"measurand": "Energy.Active.Import.Register", "context": "Sample.Periodic"}
        if self.version is Version.V16:
            sample |= {"value": str(self._register), "unit": "Wh"}
        else:
            sample |= {"value": self._register, "unitOfMeasure": {"unit": "Wh"}}
        return [{"timestamp": said(), "sampledValue": [sample]}]

    async def _begin(self) -> None:
        station = self._station
        self._token = f"{self.identity}-{self.sessions}"
        if self.version is Version.V16:
            await station.status(1, "Preparing", said())
            self._transaction: Any = await station.start(1, self._token, self._register, said())
            await station.status(1, "Charging", said())
            return
        self._transaction, self._seq = f"tx-{self._token}", 0
        await station.status(1, "Occupied", said())
        await self._event("Started", "Authorized", idToken={"idToken": self._token, "type": "Central"})

    async def _event(self, kind: str, trigger: str, **more: Any) -> None:
        state = {"transactionId": self._transaction, "chargingState": "EVConnected" if kind == "Ended" else "Charging"}
        await self._station.event(
            kind,
            self._seq,
            trigger,
            said(),
            state,
            evse={"id": 1, "connectorId": 1},
            meterValue=self._reading(),
            **more,
        )
        self._seq += 1

    async def _meter(self) -> None:
        if self.version is Version.V16:
            await self._station.call(
                "MeterValues", connectorId=1, transactionId=self._transaction, meterValue=self._reading()
            )
        else:
            await self._event("Updated", "MeterValuePeriodic")

    async def _end(self) -> None:
        if self.version is Version.V16:
            await self._station.stop(self._transaction, self._register, said(), idTag=self._token)
            await self._station.status(1, "Finishing", said())
        else:
            await self._event("Ended", "StopAuthorized")
        await self._station.status(1, "Available", said())
