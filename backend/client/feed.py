"""The live feed: fills a mirror from a server and keeps it true; comes back by itself."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import Any

import msgspec
from websockets.asyncio.client import ClientConnection, connect, unix_connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from backend.client.client import Client
from backend.client.mirror import Lamp, Mirror
from backend.client.transport import failure, no_server
from backend.model.errors import NocError, NotPermitted, Unavailable
from backend.model.resources import Changes, FrameResource, Snapshot
from backend.text import t

FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 15.0
QUIET_S = 5.0
"""The server says something at least every two seconds; silence beyond this is *behind*."""
DEAD_S = 20.0
"""And beyond this the connection is given up."""
LAG_S = 2.0
MAX_MESSAGE = 64 << 20
_SNAPSHOT = b'{"kind":"snapshot"'


class Feed:
    """One console's feed. `run` does not return until it is cancelled; `follow` may be called at any time."""

    def __init__(self, mirror: Mirror, client: Client) -> None:
        self.mirror = mirror
        self._client = client
        self._followed: frozenset[str] = frozenset()
        self._socket: ClientConnection | None = None
        self._snapshots = msgspec.json.Decoder(Snapshot)
        self._changes = msgspec.json.Decoder(Changes)

    async def follow(self, stations: Iterable[str]) -> None:
        """Ask for the frames of these stations, and of no others."""
        self._followed = frozenset(stations)
        if self._socket is not None:
            with contextlib.suppress(ConnectionClosed):
                await self._socket.send(_follow(self._followed))

    async def run(self) -> None:
        """Connect, load, apply; reconnect with a growing wait; say on the mirror's lamp how things are."""
        wait_s = FIRST_WAIT_S
        while True:
            came = False
            try:
                async with _open(self._client) as socket:
                    self._socket = socket
                    if self._followed:
                        await socket.send(_follow(self._followed))
                    came = await self._read(socket)
            except (NocError, ConnectionClosed, OSError):
                came = came or self.mirror.lamp is not Lamp.GONE
            finally:
                self._socket = None
            wait_s = FIRST_WAIT_S if came else min(wait_s * 2, LONGEST_WAIT_S)
            pause = wait_s * random.uniform(0.8, 1.2)
            self.mirror.set_lamp(Lamp.GONE, next_try=self.mirror.clock.now() + pause)
            await asyncio.sleep(pause)

    async def _read(self, socket: ClientConnection) -> bool:
        """Take messages until the feed breaks or a gap asks for a new snapshot. True: it was whole once."""
        mirror = self.mirror
        loaded = False
        loop = asyncio.get_running_loop()
        heard = loop.time()
        while True:
            try:
                message = await asyncio.wait_for(socket.recv(decode=False), QUIET_S)
            except TimeoutError:
                silent = loop.time() - heard
                if silent > DEAD_S:
                    return loaded
                if loaded:
                    mirror.set_lamp(Lamp.BEHIND, lag_s=float(round(silent)))
                continue
            heard = loop.time()
            if message.startswith(_SNAPSHOT):
                if mirror.load(self._snapshots.decode(message)):
                    loaded = True
                    mirror.set_lamp(Lamp.LIVE)
                continue
            changes = self._changes.decode(message)
            if not mirror.apply(changes):
                await socket.send('{"snapshot":true}')
                continue
            if loaded:
                lag = mirror.clock.now() - changes.sent.timestamp()
                behind = lag > LAG_S and self._client.address.path is not None
                mirror.set_lamp(Lamp.BEHIND if behind else Lamp.LIVE, lag_s=float(round(lag)) if behind else 0.0)


async def run(mirror: Mirror, client: Client) -> None:
    """Fill `mirror` from the client's server until cancelled."""
    await Feed(mirror, client).run()


async def load(client: Client, take: Callable[[Snapshot], None]) -> None:
    """One whole snapshot, part by part.

    Raises:
        Unavailable: the server went away before it was whole.
    """
    decoder = msgspec.json.Decoder(Snapshot)
    with _told(client):
        async with _open(client) as socket:
            async for message in socket:
                raw = message.encode() if isinstance(message, str) else message
                if not raw.startswith(_SNAPSHOT):
                    continue
                part = decoder.decode(raw)
                take(part)
                if part.part >= part.parts:
                    return
    raise no_server(client.address)


async def frames(client: Client, station: str, last: int | None = None) -> AsyncIterator[FrameResource]:
    """The frames of one station as they come, after the `last` ones that came before (0: all); none is missed or
    told twice.

    Raises:
        Unknown: no such station.
        Unavailable: the server went away.
    """
    decoder = msgspec.json.Decoder(Changes)
    with _told(client):
        async with _open(client, "?frames=1") as socket:
            await socket.send(_follow([station]))
            first = decoder.decode(await socket.recv(decode=False))
            told: set[tuple[object, ...]] = set()
            before = await client.trace(station, 1 if last is None else last)
            for frame in before:
                told.add(_mark(frame))
                if last is not None:
                    yield frame
            for frame in first.frames:
                if _mark(frame) not in told:
                    yield frame
            async for message in socket:
                for frame in decoder.decode(message).frames:
                    if _mark(frame) not in told:
                        yield frame
    raise Unavailable(
        "server_lost",
        t("The connection to {server} broke.", server=client.address.text),
        t("Run the command again when the server is back."),
    )


def _mark(frame: FrameResource) -> tuple[object, ...]:
    return frame.received, frame.direction, frame.kind, frame.message_id


@contextlib.contextmanager
def _told(client: Client) -> Iterator[None]:
    try:
        yield
    except (ConnectionClosed, OSError) as error:
        raise no_server(client.address) from error


@contextlib.asynccontextmanager
async def _open(client: Client, query: str = "") -> AsyncIterator[ClientConnection]:
    """A connection to the feed.

    Raises:
        NocError: nobody there, or it does not let us in.
    """
    address = client.address
    headers = {} if client.token is None else {"Authorization": f"Bearer {client.token}"}
    options: dict[str, Any] = {
        "additional_headers": headers,
        "compression": None,
        "max_size": MAX_MESSAGE,
        "open_timeout": 10.0,
        "ping_interval": 20.0,
        "ping_timeout": 20.0,
        "close_timeout": 1.0,
        "proxy": None,
        "max_queue": 64,
    }
    try:
        if address.path is not None:
            opening = unix_connect(address.path, uri=address.feed + query, **options)
        else:
            opening = connect(address.feed + query, **options)
        socket = await opening
    except InvalidStatus as error:
        raise failure(error.response.status_code, bytes(error.response.body or b"")) from error
    except PermissionError as error:
        raise NotPermitted(
            "not_permitted",
            t("You may not use {server}.", server=address.text),
            t("Ask its operator for a role, or use a server of your own."),
        ) from error
    except (OSError, TimeoutError, InvalidHandshake) as error:
        raise no_server(address) from error
    try:
        yield socket
    finally:
        await socket.close()


def _follow(stations: Iterable[str]) -> str:
    return msgspec.json.encode({"follow": sorted(stations)}).decode()
