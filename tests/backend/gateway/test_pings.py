"""Half-open sockets are found by ping; stations that answer none are not killed for it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol

from backend.model.event import Disconnected
from backend.model.settings import OcppSettings


@pytest.fixture
def settings() -> OcppSettings:
    return OcppSettings(host="127.0.0.1", port=0, heartbeat_s=60)


class Mute:
    """A client on a bare socket: it answers no ping unless told to."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def frame(self) -> tuple[int, bytes]:
        async with asyncio.timeout(5):
            head = await self.reader.readexactly(2)
            return head[0] & 0x0F, await self.reader.readexactly(head[1] & 0x7F)

    def send(self, opcode: Opcode, data: bytes) -> None:
        self.writer.write(Frame(opcode, data).serialize(mask=True))


async def mute(gateway: Any) -> Mute:
    host, port = gateway.address.rsplit(":", 1)
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(
        b"GET /ocpp/CP1 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Protocol: ocpp1.6\r\n\r\n"
    )
    await reader.readuntil(b"\r\n\r\n")
    return Mute(reader, writer)


def passes(gateway: Any, clock: Any, seconds: float) -> None:
    clock.advance(seconds)
    gateway.tick(clock.now())


async def test_a_station_that_stops_to_answer_pings_is_lost(gateway: Any, clock: Any, takes: Any) -> None:
    """It has answered before: three misses, and the socket is cut off with 1006."""
    cp = await mute(gateway)
    passes(gateway, clock, 20)
    assert (await cp.frame())[0] == Opcode.PING
    heard = len(takes.heard_from)
    cp.send(Opcode.PONG, b"")
    await takes.until(lambda: len(takes.heard_from) > heard)
    for _ in range(3):
        passes(gateway, clock, 20)
        assert (await cp.frame())[0] == Opcode.PING
    assert not takes.of(Disconnected)
    passes(gateway, clock, 20)
    await takes.until(lambda: takes.of(Disconnected))
    gone = takes.of(Disconnected)[0]
    assert (gone.code, gone.reason) == (1006, "no answer to pings")
    assert gateway.vitals.connections == 0
    cp.writer.close()


async def test_a_station_that_never_answers_pings_is_left_in_peace(gateway: Any, clock: Any, takes: Any) -> None:
    """Pings end, the quirk is known, and only a long silence loses it (field lesson 4)."""
    cp = await mute(gateway)
    for _ in range(3):
        passes(gateway, clock, 20)
        assert (await cp.frame())[0] == Opcode.PING
    passes(gateway, clock, 20)
    assert gateway.memories.quirks("CP1") == {"no_pong": 1}
    for number in range(5):
        cp.send(Opcode.TEXT, f'[2,"{number}","Heartbeat",{{}}]'.encode())
        opcode, _ = await cp.frame()
        assert opcode == Opcode.TEXT
        passes(gateway, clock, 60)
    assert not takes.of(Disconnected)
    for _ in range(11):
        passes(gateway, clock, 20)
    await takes.until(lambda: takes.of(Disconnected))
    assert takes.of(Disconnected)[0].reason == "silent"
    cp.writer.close()


async def test_traffic_is_life(gateway: Any, clock: Any, takes: Any) -> None:
    """Whoever sends messages is alive, whatever becomes of the pings."""
    cp = await mute(gateway)
    for number in range(8):
        cp.send(Opcode.TEXT, f'[2,"{number}","Heartbeat",{{}}]'.encode())
        while (await cp.frame())[0] != Opcode.TEXT:
            pass
        passes(gateway, clock, 20)
    assert gateway.memories.quirks("CP1") == {}
    assert not takes.of(Disconnected)
    cp.writer.close()


async def test_whom_we_do_not_read_is_not_lost_for_it(
    gateway: Any, clock: Any, takes: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the disk is slow we read no pongs either; that is not the station's fault."""
    monkeypatch.setattr("backend.gateway.dialogue.MAX_UNANSWERED", 1)
    takes.hold = True
    cp = await mute(gateway)
    passes(gateway, clock, 20)
    cp.send(Opcode.PONG, b"")
    cp.send(Opcode.TEXT, b'[2,"1","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Available"}]')
    await takes.until(lambda: takes.held)
    for _ in range(10):
        passes(gateway, clock, 20)
    await asyncio.sleep(0)
    assert not takes.of(Disconnected)
    assert gateway.vitals.connections == 1
    cp.writer.close()


async def test_a_close_that_nobody_answers_is_cut_off(gateway: Any, clock: Any, takes: Any) -> None:
    """The close timeout."""
    cp = await mute(gateway)
    await takes.until(lambda: gateway.close("CP1", "x"))
    assert (await cp.frame())[0] == Opcode.CLOSE
    passes(gateway, clock, 6)
    await takes.until(lambda: takes.of(Disconnected))
    cp.writer.close()


async def test_pings_of_stations_are_answered(station: Any, takes: Any) -> None:
    """And count as a sign of life."""
    cp = await station()
    async with asyncio.timeout(5):
        await (await cp.socket.ping())
    assert takes.heard_from == ["CP1"]


async def test_unfinished_messages_have_a_budget_over_all_stations(gateway: Any, takes: Any) -> None:
    """Who goes over it is asked to come later; the others stay."""
    gateway.settings.budget_bytes = 100_000
    good, bad = await mute(gateway), await mute_as(gateway, "CP2")
    header = bytes((0x81, 0xFF)) + (1_000_000).to_bytes(8, "big") + b"\0\0\0\0"
    bad.writer.write(header + b"x" * 300_000)
    await takes.until(lambda: takes.of(Disconnected))
    assert (takes.of(Disconnected)[0].station, takes.of(Disconnected)[0].code) == ("CP2", 1013)
    good.send(Opcode.TEXT, b'[2,"1","Heartbeat",{}]')
    assert (await good.frame())[0] == Opcode.TEXT
    for cp in (good, bad):
        cp.writer.close()


async def mute_as(gateway: Any, identity: str) -> Mute:
    host, port = gateway.address.rsplit(":", 1)
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(
        f"GET /ocpp/{identity} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Protocol: ocpp1.6\r\n\r\n".encode()
    )
    await reader.readuntil(b"\r\n\r\n")
    return Mute(reader, writer)


def test_the_library_parses_as_we_expect() -> None:
    """We write frames ourselves when nothing is compressed; the state that we look at is the library's."""
    assert ServerProtocol().state is State.CONNECTING
