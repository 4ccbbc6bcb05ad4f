"""Whatever one peer does, memory stays bounded and a neighbour is answered: the server in a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from tests.end_to_end.served import Served
from tests.recipes.station import RawStation

MOST_GROWTH = 96 << 20
"""Generous: 300 MiB are sent in some of these."""
MASK = b"\x00\x00\x00\x00"
PATIENCE_S = 5.0
STAY_S = 2.0


class Peer:
    """A raw connection to the stations' port."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def open(cls, address: str, path: str = "/ocpp/BAD") -> Peer:
        """A WebSocket of one's own making, after its handshake."""
        host, _, port = address.rpartition(":")
        peer = cls(*await asyncio.open_connection(host, int(port)))
        peer.writer.write(
            f"GET {path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Protocol: ocpp1.6\r\n\r\n".encode()
        )
        assert b" 101 " in await peer.reader.readuntil(b"\r\n\r\n")
        return peer

    async def send(self, data: bytes) -> None:
        """As far as it is taken in time; a peer that is not read, or was cut off, has had its say."""
        with contextlib.suppress(TimeoutError, ConnectionError):
            self.writer.write(data)
            async with asyncio.timeout(PATIENCE_S):
                await self.writer.drain()

    async def stay(self) -> None:
        """Read what comes, for a while."""
        with contextlib.suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(STAY_S):
                while await self.reader.read(1 << 16):
                    pass

    def close(self) -> None:
        self.writer.transport.abort()


def frame(data: bytes, opcode: int = 0x81) -> bytes:
    """One masked WebSocket frame; 0x81 is a whole text."""
    size = len(data)
    if size < 126:
        head = bytes((opcode, 0x80 | size))
    elif size < 1 << 16:
        head = bytes((opcode, 0xFE)) + size.to_bytes(2, "big")
    else:
        head = bytes((opcode, 0xFF)) + size.to_bytes(8, "big")
    return head + MASK + data


HEARTBEAT = frame(b'[2,"1","Heartbeat",{}]')
CALL = frame(b'[2,"1","DataTransfer",{"vendorId":"' + b"v" * 900 + b'"}]')


async def floods(address: str) -> None:
    """Sends as fast as it can."""
    peer = await Peer.open(address)
    for _ in range(200):
        await peer.send(HEARTBEAT * 500)
    await peer.stay()
    peer.close()


async def sends_huge_frames(address: str) -> None:
    """Just below what a frame may have, and above."""
    for size in ((8 << 20) - 64, 9 << 20):
        peer = await Peer.open(address)
        for _ in range(6):
            await peer.send(frame(b"[" * size))
        peer.close()


async def sends_empty_fragments(address: str) -> None:
    """A message in 100,000 pieces of nothing, that never ends."""
    peer = await Peer.open(address)
    await peer.send(frame(b"", 0x01))
    for _ in range(100):
        await peer.send(frame(b"", 0x00) * 1_000)
    await peer.stay()
    peer.close()


async def never_reads(address: str) -> None:
    """Asks, and lets the answers pile up."""
    peer = await Peer.open(address)
    peer.writer.transport.pause_reading()  # type: ignore[attr-defined]
    for _ in range(60):
        await peer.send(CALL * 500)
    peer.close()


async def opens_without_end(address: str) -> None:
    """Sockets that say nothing, and sockets that never finish their handshake."""
    host, _, port = address.rpartition(":")
    writers = []
    with contextlib.suppress(OSError):
        for number in range(800):
            _, writer = await asyncio.open_connection(host, int(port))
            if number % 2:
                writer.write(b"GET /ocpp/SLOW HTTP/1.1\r\nHost: x\r\nX: ")
            writers.append(writer)
    await asyncio.sleep(0.5)
    for writer in writers:
        writer.transport.abort()


async def leaves_messages_unfinished(address: str) -> None:
    """Many connections, each with a message of which the end never comes."""
    peers = [await Peer.open(address, f"/ocpp/BAD-{number}") for number in range(40)]
    await asyncio.gather(*(peer.send(frame(b"x" * ((1 << 20) - 100), 0x01)) for peer in peers))
    for peer in peers:
        peer.close()


async def knocks_under_many_names(address: str) -> None:
    """Failed handshakes, each under another name."""
    host, _, port = address.rpartition(":")
    for number in range(1_000):
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(b"GET /%ff/" + b"n" * 300 + str(number).encode() + b" HTTP/1.1\r\n\r\n")
            await asyncio.wait_for(reader.read(200), PATIENCE_S)
            writer.close()


def resident(pid: int) -> int:
    """Memory in use, bytes."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    server = await Served(tmp_path, "--accept-unknown").start()
    yield server
    ended = await server.stop()
    assert ended.code == 0, ended.err
    assert "Traceback" not in ended.err


@pytest.mark.slow
@pytest.mark.parametrize(
    "does",
    [
        floods,
        sends_huge_frames,
        sends_empty_fragments,
        never_reads,
        opens_without_end,
        leaves_messages_unfinished,
        knocks_under_many_names,
    ],
)
async def test_memory_is_bounded_and_a_neighbour_is_answered(
    served: Served, does: Callable[[str], Awaitable[None]]
) -> None:
    """While it goes on and after it."""
    neighbour = await RawStation("GOOD").connect(served.ocpp)
    await neighbour.boot()
    before, most, answered = resident(served.pid), 0, 0
    doing = asyncio.ensure_future(does(served.ocpp))
    while not doing.done():
        await neighbour.call("Heartbeat")
        answered += 1
        most = max(most, resident(served.pid))
        await asyncio.wait((doing,), timeout=0.02)
    await doing
    await neighbour.call("Heartbeat")
    assert not neighbour.closed.is_set()
    assert answered > 1
    assert max(most, resident(served.pid)) - before < MOST_GROWTH
    await neighbour.close()
