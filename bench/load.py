"""A station on asyncio that connects, boots and waits; for benchmarks that hold many."""

from __future__ import annotations

import asyncio
import base64
import os
import struct

from messages import frame

__all__ = ["BATCH", "Station", "frame"]

BATCH = 200


class Station(asyncio.Protocol):
    """One connection that sends its frames one by one."""

    def __init__(self, number: int, version: str, boot: bytes, frames: list[bytes]) -> None:
        self.handshake = (
            f"GET /ocpp/B{number} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Protocol: ocpp{version}\r\n\r\n"
        ).encode()
        self.boot = boot
        self.frames = frames
        self.at = -1
        self.errors = 0
        self.open = False
        self.buffer = b""
        self.ready = asyncio.get_running_loop().create_future()
        self.go = False
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        transport.write(self.handshake)

    def begin(self) -> None:
        self.go = True
        self.at = 0
        self.transport.write(self.frames[0])

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.open:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            assert b" 101 " in self.buffer[:end], self.buffer[:200]
            self.buffer = self.buffer[end + 4 :]
            self.open = True
            self.transport.write(self.boot)
        while len(self.buffer) >= 2:
            length, head = self.buffer[1] & 0x7F, 2
            if length == 126:
                if len(self.buffer) < 4:
                    return
                length, head = struct.unpack("!H", self.buffer[2:4])[0], 4
            if len(self.buffer) < head + length:
                return
            text = self.buffer[head : head + length]
            opcode = self.buffer[0] & 0x0F
            self.buffer = self.buffer[head + length :]
            if opcode == 1:
                self.answered(text)

    def answered(self, text: bytes) -> None:
        if text.startswith(b"[2"):
            return
        if not self.go:
            if not self.ready.done():
                self.ready.set_result(None)
            return
        if text.startswith(b"[4"):
            self.errors += 1
        self.at += 1
        if self.at < len(self.frames):
            self.transport.write(self.frames[self.at])
        elif not self.done.done():
            self.done.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        for waiting in (self.ready, self.done):
            if not waiting.done():
                waiting.set_exception(ConnectionError("the server closed the connection"))
