"""A connection that has ended leaves nothing behind but what is remembered of its station."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest

from backend.gateway.dialogue import Dialogue
from backend.gateway.station_socket import StationSocket


@pytest.fixture
def before() -> list[Any]:
    """What other tests have left, kept so that it is told apart."""
    gc.collect()
    return [one for one in gc.get_objects() if type(one) in (StationSocket, Dialogue)]


def alive(kind: type, before: list[Any]) -> int:
    gc.collect()
    known = {id(one) for one in before}
    return sum(type(one) is kind and id(one) not in known for one in gc.get_objects())


async def until_alive(before: list[Any], sockets: int, dialogues: int) -> None:
    """Wait for it, on a clock of the server that does not move: nothing becomes due meanwhile."""
    async with asyncio.timeout(5):
        while (alive(StationSocket, before), alive(Dialogue, before)) != (sockets, dialogues):  # noqa: ASYNC110 - the collector tells nobody
            await asyncio.sleep(0.01)


async def test_sockets_and_dialogues_go_with_their_connection(gateway: Any, station: Any, before: list[Any]) -> None:
    """No timer keeps them: not the handshake's, not the settling, not the next ping, not the close."""
    cp = await station("CP1")
    await cp.boot()
    await until_alive(before, 1, 1)
    await cp.socket.close()
    await until_alive(before, 0, 0)


async def test_a_replaced_connection_goes_too(gateway: Any, station: Any, before: list[Any]) -> None:
    """The older one of two of one name."""
    await (await station("CP1")).boot()
    await (await station("CP1")).boot()
    await until_alive(before, 1, 1)


@pytest.mark.parametrize("said", [b"", b"GARBAGE\r\n\r\n", b"GET /ocpp/CP9 HTTP/1.1\r\n"])
async def test_who_never_was_a_station_goes_at_once(gateway: Any, before: list[Any], said: bytes) -> None:
    """Silent, unreadable, or gone in the middle of its request."""
    host, port = gateway.address.rsplit(":", 1)
    _, writer = await asyncio.open_connection(host, int(port))
    writer.write(said)
    if b"\r\n\r\n" not in said:
        await until_alive(before, 1, 0)
    writer.close()
    await until_alive(before, 0, 0)
