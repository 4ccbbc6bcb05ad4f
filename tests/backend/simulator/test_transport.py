"""The socket and the link: odd servers, lost lines, one call at a time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from random import Random

import pytest
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from backend.model.clock import HeldClock
from backend.model.words import Version
from backend.simulator.link import Backoff
from backend.simulator.speech import Nameplate
from backend.simulator.station import VirtualStation
from backend.simulator.timers import HeldTimers
from backend.simulator.transport import station_uri
from tests.backend.simulator.stage import Stage

ID = "NK-00001"


def lonely(server: Server, version: Version = Version.V16) -> tuple[VirtualStation, HeldTimers]:
    """A station on a server of the test's own."""
    timers = HeldTimers(HeldClock())
    url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    station = VirtualStation(url, Nameplate(id=ID), version, timers, dice=Random(1), backoff=Backoff(2.0, 8.0, 0.0))
    return station, timers


@pytest.fixture
async def picky() -> AsyncIterator[Server]:
    """A server that knows nobody."""

    def refuse(connection: ServerConnection, request: Request) -> Response:
        return Response(404, "Not Found", Headers({"Content-Length": "0"}))

    async def never(socket: ServerConnection) -> None:
        raise AssertionError

    async with serve(never, "127.0.0.1", 0, process_request=refuse) as server:
        yield server


@pytest.fixture
async def wordless() -> AsyncIterator[Server]:
    """A server that picks no subprotocol."""

    async def listen(socket: ServerConnection) -> None:
        await socket.wait_closed()

    async with serve(listen, "127.0.0.1", 0) as server:
        yield server


async def test_an_unknown_identity_is_tried_again(picky: Server) -> None:
    """HTTP 404: it says so, and comes back later."""
    station, timers = lonely(picky)
    station.start()
    note = await asyncio.wait_for(station.watch.wait(lambda note: note.kind == "offline"), 5)
    assert note.payload == {"reason": "HTTP 404"}
    await timers.advance(5)
    await asyncio.wait_for(station.offline(), 5)
    station.stop()


async def test_no_common_subprotocol_is_no_connection(wordless: Server) -> None:
    """OCPP-J: the station closes, and says nothing."""
    station, _ = lonely(wordless)
    station.start()
    note = await asyncio.wait_for(station.watch.wait(lambda note: note.kind == "offline"), 5)
    assert note.payload == {"reason": "no common subprotocol"}
    station.stop()


def test_the_identity_is_percent_encoded() -> None:
    """Whatever is in it, it is one segment of the path."""
    assert station_uri("ws://host:9000/ocpp/", "A/B ö").path == "/ocpp/A%2FB%20%C3%B6"


@pytest.mark.parametrize("url", ["http://host/ocpp", "host:9000", "ws://", ""])
def test_other_urls_are_refused(url: str) -> None:
    """Only ws:// and wss:// with a host."""
    with pytest.raises(ValueError, match="no ws:// or wss:// URL"):
        station_uri(url, "x")


async def test_one_call_at_a_time(stage: Stage) -> None:
    """The next call waits for the answer of the one before."""
    station = await stage.up()
    stage.server.mute.add("DataTransfer")
    first = station.say("DataTransfer", {"vendorId": "one"})
    second = station.say("Heartbeat", {})
    await asyncio.wait_for(stage.server.heard(ID, "DataTransfer"), 5)
    assert "Heartbeat" not in stage.server.actions(ID)
    stage.timers.settle = None
    await stage.timers.advance(31)
    assert (await asyncio.wait_for(first, 5)).error == "timeout"
    assert (await asyncio.wait_for(second, 5)).payload is not None


async def test_it_answers_while_its_own_call_is_out(stage: Stage) -> None:
    """The two directions are independent."""
    station = await stage.up()
    stage.server.mute.add("DataTransfer")
    station.say("DataTransfer", {"vendorId": "one"})
    await asyncio.wait_for(stage.server.heard(ID, "DataTransfer"), 5)
    assert await stage.server.call(ID, "ClearCache", {}) == {"status": "Accepted"}
    station.drop_link(1e6)


async def test_fragments_and_rubbish_from_the_server(stage: Stage) -> None:
    """A call in three pieces is one call; what is no OCPP is ignored, and the connection stays."""
    station = await stage.up()
    socket = stage.server.sockets[ID]
    await socket.send("not json")
    await socket.send('[9,"x"]')
    await socket.send(b"\x00\x01")
    await socket.send(['[2,"f1",', '"ClearCache"', ",{}]"])
    await asyncio.wait_for(station.heard_call("ClearCache"), 5)
    await stage.settle()
    assert station.online


async def test_a_half_open_link_answers_no_ping(stage: Stage) -> None:
    """Silent: no pong, no close; a new connection comes later all the same."""
    station = await stage.up()
    old = stage.server.sockets[ID]
    pong = await old.ping()
    await asyncio.wait_for(pong, 5)
    station.drop_link(60.0, how="silent")
    pong = await old.ping()
    done, _ = await asyncio.wait([asyncio.ensure_future(_until(pong))], timeout=0.2)
    assert not done
    await stage.timers.advance(61)
    await stage.settle()
    assert stage.server.connects[ID] == 2


async def _until(pong: asyncio.Future[float] | object) -> None:
    await pong  # type: ignore[misc]


async def test_frames_can_be_listened_to(stage: Stage) -> None:
    """Both directions, as they are on the wire."""
    station = stage.station()
    heard: list[tuple[str, str]] = []
    station.link.on_frame = lambda direction, text: heard.append((direction, json.loads(text)[0]))
    station.start()
    await asyncio.wait_for(station.booted(), 5)
    await stage.settle()
    assert heard[:2] == [("out", 2), ("in", 3)]
