"""A whole server in the test's own process, on a held clock, through real sockets."""

from __future__ import annotations

import asyncio
import itertools
import json
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import websockets

from backend.client.client import Client
from backend.model.clock import HeldClock
from backend.model.settings import Settings
from backend.server import Server


def settings_in(directory: Path) -> Settings:
    """Settings of a server that keeps to itself."""
    settings = Settings(network="Nordkraft")
    settings.ocpp.host, settings.ocpp.port = "127.0.0.1", 0
    settings.store.data = directory / "data"
    settings.api.listen = f"unix:{directory}/api.sock"
    return settings


class Post:
    """A charging station that says what the test says, in OCPP 1.6."""

    def __init__(self, socket: websockets.ClientConnection) -> None:
        self.socket = socket
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.answers: dict[str, dict[str, Any] | Callable[[dict[str, Any]], dict[str, Any]]] = {}
        self._numbers = itertools.count(1)
        self._waiting: dict[str, asyncio.Future[Any]] = {}
        self._reading = asyncio.create_task(self._read())

    async def call(self, action: str, **payload: Any) -> Any:
        """Say something; returns the result's payload."""
        number = str(next(self._numbers))
        self._waiting[number] = asyncio.get_running_loop().create_future()
        await self.socket.send(json.dumps([2, number, action, payload]))
        return await asyncio.wait_for(self._waiting[number], 5)

    async def boot(self, status: str = "Available") -> None:
        """Boot, and report one outlet."""
        await self.call(
            "BootNotification", chargePointVendor="Fjord", chargePointModel="Solo 11", firmwareVersion="4.2"
        )
        await self.status(1, status)

    async def status(self, connector: int, status: str, error: str = "NoError", **more: Any) -> None:
        """Report a connector."""
        await self.call("StatusNotification", connectorId=connector, status=status, errorCode=error, **more)

    async def _read(self) -> None:
        async for text in self.socket:
            kind, number, *rest = json.loads(text)
            if kind == 2:
                self.asked.append((rest[0], rest[1]))
                answer = self.answers.get(rest[0])
                if callable(answer):
                    answer = answer(rest[1])
                if answer is not None:
                    await self.socket.send(json.dumps([3, number, answer]))
            elif number in self._waiting:
                self._waiting.pop(number).set_result(rest[0] if kind == 3 else rest)

    async def close(self) -> None:
        await self.socket.close()
        self._reading.cancel()


class House:
    """A running server, its clock, and ways in."""

    def __init__(self, server: Server, clock: HeldClock) -> None:
        self.server = server
        self.clock = clock
        self.posts: list[Post] = []

    async def post(self, name: str) -> Post:
        """A station's connection."""
        socket = await websockets.connect(
            f"ws://{self.server.ocpp_address}/ocpp/{name}", subprotocols=[websockets.Subprotocol("ocpp1.6")]
        )
        self.posts.append(Post(socket))
        return self.posts[-1]

    def pass_time(self, seconds: float) -> None:
        """Move the clock, and let the server see it."""
        self.clock.advance(seconds)
        self.server.tick()

    async def pass_with(self, post: Post, seconds: float) -> None:
        """Move the clock in steps of ten seconds, the post showing at each that it is there."""
        for _ in range(round(seconds / 10)):
            self.pass_time(10)
            await post.call("Heartbeat")

    async def until(self, true: Callable[[], object]) -> None:
        """Wait for a condition, ticking; the clock stands."""
        async with asyncio.timeout(5):
            while not true():
                self.server.tick()
                await asyncio.sleep(0.002)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    """A server on a held clock."""
    clock = HeldClock()
    with tempfile.TemporaryDirectory() as directory:
        server = Server(settings_in(Path(directory)), clock)
        await server.start()
        running = House(server, clock)
        try:
            yield running
        finally:
            for post in running.posts:
                await post.close()
            await server.stop()


@pytest.fixture
async def client(house: House) -> AsyncIterator[Client]:
    """Its client."""
    async with Client(house.server.api_address) as found:
        yield found
