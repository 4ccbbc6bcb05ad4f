"""New keys, from the request to the station's next connection; through real sockets."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import websockets
from websockets.exceptions import InvalidStatus

from backend.client.client import Client
from backend.model.clock import HeldClock
from backend.model.settings import Settings
from backend.server import Server


class Net:
    """A server with an authority, and its client."""

    def __init__(self, server: Server, client: Client, clock: HeldClock) -> None:
        self.server, self.client, self.clock = server, client, clock
        self._numbers = itertools.count(1)

    async def connect(self, key: str, version: str = "ocpp1.6") -> websockets.ClientConnection:
        """CP-1 comes in, or InvalidStatus is raised."""
        shown = base64.b64encode(f"CP-1:{key}".encode()).decode()
        return await websockets.connect(
            f"ws://{self.server.ocpp_address}/ocpp/CP-1",
            subprotocols=[websockets.Subprotocol(version)],
            additional_headers={"Authorization": f"Basic {shown}"},
        )

    async def boots(self, socket: websockets.ClientConnection, version: str = "ocpp1.6") -> None:
        """It boots, and has settled."""
        if version == "ocpp1.6":
            await self.say(socket, "BootNotification", {"chargePointVendor": "V", "chargePointModel": "M"})
        else:
            body = {"reason": "PowerUp", "chargingStation": {"vendorName": "V", "model": "M"}}
            await self.say(socket, "BootNotification", body)

    async def say(self, socket: websockets.ClientConnection, action: str, payload: dict[str, Any]) -> Any:
        """Its call; the payload of the answer."""
        await socket.send(json.dumps([2, str(next(self._numbers)), action, payload]))
        return json.loads(await asyncio.wait_for(socket.recv(), 5))[2]

    async def asked(self, socket: websockets.ClientConnection) -> list[Any]:
        """The next call from the server."""
        task = asyncio.ensure_future(socket.recv())
        while not task.done():
            self.server.tick()
            await asyncio.wait([task], timeout=0.01)
        return list(json.loads(task.result()))

    async def until(self, true: Callable[[], object]) -> None:
        async with asyncio.timeout(5):
            while not true():
                self.server.tick()
                await asyncio.sleep(0.005)


@pytest.fixture
async def net(tmp_path: Path) -> AsyncIterator[Net]:
    with tempfile.TemporaryDirectory() as short:
        settings = Settings(network="Nordkraft")
        settings.ocpp.host, settings.ocpp.port = "127.0.0.1", 0
        settings.tls.host, settings.tls.port, settings.tls.names = "127.0.0.1", 0, ["localhost"]
        settings.store.data, settings.api.listen = tmp_path / "data", f"unix:{short}/api.sock"
        clock = HeldClock()
        server = Server(settings, clock)
        await server.start()
        async with Client(server.api_address) as client:
            await client.put_station("CP-1")
            yield Net(server, client, clock)
        await server.stop()


@pytest.mark.parametrize("version", ["ocpp1.6", "ocpp2.0.1"])
async def test_a_key_is_changed_and_shown(net: Net, version: str) -> None:
    """Both count until the station has said Accepted, the old one is dead then; proved when it is back with the new."""
    old = (await net.client.put_key("CP-1")).key
    socket = await net.connect(old, version)
    await net.boots(socket, version)
    made = await net.client.operate("rotate_key", "CP-1", reason="routine")
    number, action, payload = (await net.asked(socket))[1:4]
    if version == "ocpp1.6":
        assert (action, payload["key"]) == ("ChangeConfiguration", "AuthorizationKey")
        new, taken = payload["value"], {"status": "Accepted"}
    else:
        (row,) = payload["setVariableData"]
        assert (action, row["component"]["name"], row["variable"]["name"]) == (
            "SetVariables",
            "SecurityCtrlr",
            "BasicAuthPassword",
        )
        new = row["attributeValue"]
        taken = {
            "setVariableResult": [{"attributeStatus": "Accepted", **{k: row[k] for k in ("component", "variable")}}]
        }
    assert (await net.client.security_of("CP-1")).next_key
    await socket.send(json.dumps([3, number, taken]))
    await net.until(lambda: len(net.server.house.credentials.of("CP-1")) == 1)
    with pytest.raises(InvalidStatus):
        await net.connect(old, version)
    again = await net.connect(new, version)
    await net.until(lambda: not net.server.house.operations.running)
    ended = await net.client.operation(made.id)
    assert (ended.state, ended.proof) == ("proved", "it came back with its new key")
    assert new not in json.dumps([str(ended.parameters), str(ended.steps), str(await net.client.audit())])
    assert new not in str(await net.client.trace("CP-1"))
    await again.close()


async def test_a_refused_key_changes_nothing(net: Net) -> None:
    """Rejected: the old key stays, the new one is dead."""
    old = (await net.client.put_key("CP-1")).key
    socket = await net.connect(old)
    await net.boots(socket)
    await net.client.operate("rotate_key", "CP-1", reason="routine")
    _, number, _, payload = await net.asked(socket)
    await socket.send(json.dumps([3, number, {"status": "Rejected"}]))
    await net.until(lambda: not net.server.house.operations.running)
    with pytest.raises(InvalidStatus):
        await net.connect(payload["value"])
    await (await net.connect(old)).close()


async def test_without_an_answer_both_keys_count_until_one_is_shown(net: Net) -> None:
    """A station that took the key and lost its answer is not locked out; nor is one that did not."""
    old = (await net.client.put_key("CP-1")).key
    socket = await net.connect(old)
    await net.boots(socket)
    await net.client.operate("rotate_key", "CP-1", reason="routine")
    new = (await net.asked(socket))[3]["value"]
    await socket.close()
    await (await net.connect(old)).close()
    await (await net.connect(new)).close()
    with pytest.raises(InvalidStatus):
        await net.connect(old)


async def test_after_a_reboot_required_both_count_until_the_new_one_is_shown(net: Net) -> None:
    """The old one goes on until the reboot, and is no proof; the new one is."""
    old = (await net.client.put_key("CP-1")).key
    socket = await net.connect(old)
    await net.boots(socket)
    made = await net.client.operate("rotate_key", "CP-1", reason="routine")
    _, number, _, payload = await net.asked(socket)
    await socket.send(json.dumps([3, number, {"status": "RebootRequired"}]))
    await net.until(lambda: net.server.house.operations.running[int(made.id)].answered is not None)
    await (await net.connect(old)).close()
    assert (await net.client.operation(made.id)).state == "answered"
    await (await net.connect(payload["value"])).close()
    await net.until(lambda: not net.server.house.operations.running)
    assert (await net.client.operation(made.id)).state == "proved"
    with pytest.raises(InvalidStatus):
        await net.connect(old)


async def test_a_first_key_locks_nobody_out(net: Net) -> None:
    """A station without a key comes in without one until it has taken its first."""
    socket = await net.connect("")
    await net.boots(socket)
    await net.client.operate("rotate_key", "CP-1", reason="first")
    payload = (await net.asked(socket))[3]
    await (await net.connect("")).close()
    await (await net.connect(payload["value"])).close()
    with pytest.raises(InvalidStatus):
        await net.connect("")
