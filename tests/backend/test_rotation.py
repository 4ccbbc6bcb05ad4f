"""A station takes a new key; the old one is dead then, and not before."""

from __future__ import annotations

import asyncio
import base64
import json
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import websockets
from websockets.exceptions import InvalidStatus

from backend.client.client import Client
from backend.model.clock import HeldClock
from backend.model.errors import Conflict, Unavailable
from backend.model.resources import KeyRotation
from backend.model.settings import Settings
from backend.server import Server

OLD = "00112233445566778899aabbccddeeff00112233"


class Stage:
    """A server on a held clock, and one station with a key."""

    def __init__(self, server: Server, clock: HeldClock, client: Client) -> None:
        self.server, self.clock, self.client = server, clock, client

    async def come(self, key: bytes, version: str = "ocpp1.6") -> Any:
        basic = base64.b64encode(b"CP-1:" + key).decode()
        return await websockets.connect(
            f"ws://{self.server.ocpp_address}/CP-1",
            subprotocols=[websockets.Subprotocol(version)],
            additional_headers={"Authorization": f"Basic {basic}"},
            ping_interval=None,
        )

    async def refused(self, key: bytes) -> bool:
        try:
            await (await self.come(key)).close()
        except InvalidStatus as refused:
            return refused.response.status_code == 401
        return False

    async def rotate(self, socket: Any, answer: Any) -> tuple[str, asyncio.Task[KeyRotation]]:
        """Begin it, answer as `answer` (None: hang up), and give the new key and what the client will be told."""
        task = asyncio.create_task(self.client.rotate_key("CP-1"))
        async with asyncio.timeout(8):
            while True:
                self.server.tick()
                try:
                    heard = json.loads(await asyncio.wait_for(socket.recv(), 0.02))
                except TimeoutError:
                    self.clock.advance(0.5)
                    continue
                if heard[0] == 2 and heard[2] in ("ChangeConfiguration", "SetVariables"):
                    break
        payload = heard[3]
        key = payload["value"] if "value" in payload else payload["setVariableData"][0]["attributeValue"]
        if answer is None:
            await socket.close()
        else:
            await socket.send(json.dumps([3, heard[1], answer]))
        await asyncio.wait([task], timeout=5)
        return key, task


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    with tempfile.TemporaryDirectory() as short:
        settings = Settings(network="Nordkraft")
        settings.ocpp.host, settings.ocpp.port = "127.0.0.1", 0
        settings.store.data = tmp_path / "data"
        settings.api.listen = f"unix:{short}/api.sock"
        clock = HeldClock()
        server = Server(settings, clock)
        await server.start()
        async with Client(server.api_address) as client:
            await client.put_station("CP-1")
            await client.put_key("CP-1", OLD)
            yield Stage(server, clock, client)
        await server.stop()


async def test_accepted_kills_the_old_key(stage: Stage) -> None:
    """1.6: the key goes as hexadecimal text and comes back as bytes; neither trace nor notices hold it."""
    socket = await stage.come(bytes.fromhex(OLD))
    key, task = await stage.rotate(socket, {"status": "Accepted"})
    assert task.result() == KeyRotation(station="CP-1", status="Accepted")
    assert await stage.refused(bytes.fromhex(OLD))
    assert not await stage.refused(bytes.fromhex(key))
    frames = str(await stage.client.trace("CP-1"))
    assert "AuthorizationKey" in frames
    assert key not in frames
    assert key.upper() not in frames


async def test_2x_takes_it_as_text(stage: Stage) -> None:
    """SetVariables tells its status in a list."""
    socket = await stage.come(OLD.encode(), "ocpp2.0.1")
    names = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"}}
    key, task = await stage.rotate(socket, {"setVariableResult": [{"attributeStatus": "Accepted", **names}]})
    assert task.result().status == "Accepted"
    assert await stage.refused(OLD.encode())
    assert not await stage.refused(key.encode())


@pytest.mark.parametrize("status", ["Rejected", "NotSupported"])
async def test_refused_leaves_the_old_key(stage: Stage, status: str) -> None:
    """The new one counts for nothing."""
    socket = await stage.come(bytes.fromhex(OLD))
    key, task = await stage.rotate(socket, {"status": status})
    assert isinstance(task.exception(), Conflict)
    assert await stage.refused(bytes.fromhex(key))
    assert not await stage.refused(bytes.fromhex(OLD))


@pytest.mark.parametrize("answer", [{"status": "RebootRequired"}, None])
async def test_unsure_both_count_until_the_new_one_is_shown(stage: Stage, answer: Any) -> None:
    """Nobody is locked out by an answer that was lost."""
    socket = await stage.come(bytes.fromhex(OLD))
    key, task = await stage.rotate(socket, answer)
    assert isinstance(task.exception(), Unavailable) if answer is None else task.result().status == "RebootRequired"
    assert not await stage.refused(bytes.fromhex(OLD))
    assert not await stage.refused(bytes.fromhex(key))
    assert await stage.refused(bytes.fromhex(OLD))


async def test_who_is_not_connected_gets_no_key(stage: Stage) -> None:
    """And keeps what it has."""
    with pytest.raises(Conflict):
        await stage.client.rotate_key("CP-1")
    assert not await stage.refused(bytes.fromhex(OLD))
