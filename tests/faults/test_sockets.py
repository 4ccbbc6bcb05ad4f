"""Sockets that say nothing, and sockets whose other end is gone: they cost nobody else anything."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from backend.model.words import Link
from backend.watches import open_files
from tests.recipes.net import Net

SILENT = 1_000


async def test_sockets_that_never_speak_are_closed(tmp_path: Path) -> None:
    """A thousand of them, half in the middle of a handshake: all closed after its timeout, and a station that was
    there stays and is answered all the while."""
    net = Net(tmp_path)
    await net.start()
    station = await net.booted("CP1")
    open_files.raise_limit()
    if open_files.limit() < 3 * SILENT:
        pytest.skip("too few open files are allowed here")
    host, port = net.ocpp.rsplit(":", 1)
    silent = [await asyncio.open_connection(host, int(port)) for _ in range(SILENT)]
    for _, writer in silent[::2]:
        writer.write(b"GET /ocpp/CP2 HTTP/1.1\r\nHost: x\r\n")
    assert await station.call("Heartbeat")
    another = await net.booted("CP3")
    await net.wait(net.settings.ocpp.handshake_s + 1)
    async with asyncio.timeout(20):
        ends = await asyncio.gather(*(reader.read() for reader, _ in silent), return_exceptions=True)
    assert all(end == b"" or isinstance(end, ConnectionError) for end in ends)
    for known in (station, another):
        assert await known.call("Heartbeat")
        assert not known.closed.is_set()
    assert net.server.house.gateway.vitals.connections == 2
    for _, writer in silent:
        writer.close()
    await net.stop()


async def test_a_station_that_stops_reading_becomes_offline(tmp_path: Path) -> None:
    """It answered a ping, then it is gone without a close: offline after the missed pings; its neighbour stays."""
    net = Net(tmp_path)
    net.settings.ocpp.ping_s = 20.0
    await net.start()
    gone, neighbour = await net.booted("CP1"), await net.booted("CP2")
    gateway, fleet = net.server.house.gateway, net.server.house.fleet

    async def round_of_pings() -> None:
        net.clock.advance(20)
        net.server.tick()
        assert await neighbour.call("Heartbeat")

    await round_of_pings()
    await net.until(lambda: gateway.memories.of("CP1").ponged)
    assert gone._socket is not None
    gone._socket.transport.pause_reading()  # type: ignore[attr-defined]
    for _ in range(5):
        await round_of_pings()

    def link(name: str) -> Link:
        station = fleet.find(name)
        assert station is not None
        return station.link

    await net.until(lambda: link("CP1") is Link.OFFLINE)
    assert link("CP2") is Link.ONLINE
    assert not neighbour.closed.is_set()
    gone._socket.transport.abort()
    await net.stop()
