"""A station on a bare socket: every byte of it is the test's own, from the request line to the pong."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Self

from websockets.frames import Frame, Opcode

PATIENCE_S = 10.0
"""Real seconds until a test gives up."""
LOST = 1006


def request(path: str, offered: list[str], headers: dict[str, str]) -> bytes:
    """A WebSocket handshake; `headers` replace or add to those of the standard, an empty one leaves it out."""
    lines = {
        "Host": "noc",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
        **headers,
    }
    text = f"GET {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value)
    text += "".join(f"Sec-WebSocket-Protocol: {line}\r\n" for line in offered)
    return (text + "\r\n").encode("utf-8", "surrogateescape")


class Charger:
    """One TCP connection. What came is in `heard`, in order; `code` is how it ended, None while it stands."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heard: list[Any] = []
        self.pings = 0
        self.pongs = True
        self.code: int | None = None
        self.response = ""
        """Status line and headers of the answer to the handshake; empty while there is none."""
        self._taken = 0
        self._reader = reader
        self._writer = writer
        self._news = asyncio.Condition()
        self._task = asyncio.create_task(self._read())

    @classmethod
    async def connect(cls, address: str, first: bytes) -> Self:
        """Open the connection and send the first bytes."""
        host, port = address.rsplit(":", 1)
        reader, writer = await asyncio.open_connection(host, int(port))
        made = cls(reader, writer)
        made.raw(first)
        return made

    @property
    def status(self) -> int | None:
        """The HTTP status of the answer."""
        return int(self.response.split(" ", 2)[1]) if self.response else None

    def header(self, name: str) -> str | None:
        """A header of the answer."""
        for line in self.response.split("\r\n")[1:]:
            key, _, value = line.partition(":")
            if key.casefold() == name.casefold():
                return value.strip()
        return None

    # -- out -----------------------------------------------------------------------------------------------------

    def raw(self, data: bytes) -> None:
        """Bytes as they are."""
        self._writer.write(data)

    def send(self, data: bytes, *, opcode: Opcode = Opcode.TEXT, fin: bool = True) -> None:
        """One WebSocket frame."""
        self.raw(Frame(opcode, data, fin=fin).serialize(mask=True))

    def cut(self) -> None:
        """As when the power fails behind a modem that tells it: no close frame."""
        self._writer.transport.abort()

    # -- in ------------------------------------------------------------------------------------------------------

    async def answered(self) -> None:
        """Wait for the answer to the handshake, or for the end."""
        await self._until(lambda: bool(self.response) or self.code is not None)

    async def ended(self) -> int:
        """Wait for the end; how it ended."""
        await self._until(lambda: self.code is not None)
        assert self.code is not None
        return self.code

    async def next(self) -> Any:
        """The next message of the server that nobody has asked for yet."""
        await self._until(lambda: len(self.heard) > self._taken or self.code is not None)
        if len(self.heard) <= self._taken:
            raise AssertionError(f"the connection ended ({self.code}) instead of an answer")
        self._taken += 1
        return self.heard[self._taken - 1]

    def waiting(self) -> list[Any]:
        """What came and was not asked for."""
        return self.heard[self._taken :]

    async def close(self) -> None:
        self._writer.close()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _until(self, condition: Any) -> None:
        async with self._news, asyncio.timeout(PATIENCE_S):
            await self._news.wait_for(condition)

    async def _read(self) -> None:
        code = LOST
        try:
            head = await self._reader.readuntil(b"\r\n\r\n")
            await self._tell(response=head.decode("latin-1"))
            if b" 101 " not in head:
                await self._reader.read()  # why it was refused, in words
                return
            while True:
                opcode, data = await self._frame()
                if opcode is Opcode.TEXT:
                    await self._tell(message=json.loads(data))
                elif opcode is Opcode.PING:
                    self.pings += 1
                    if self.pongs:
                        self.send(data, opcode=Opcode.PONG)
                elif opcode is Opcode.CLOSE:
                    code = int.from_bytes(data[:2]) if len(data) > 1 else 1005
                    self.send(data[:2], opcode=Opcode.CLOSE)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._writer.close()
            await self._tell(code=code)

    async def _frame(self) -> tuple[Opcode, bytes]:
        head = await self._reader.readexactly(2)
        size = head[1] & 0x7F
        if size > 125:
            size = int.from_bytes(await self._reader.readexactly(2 if size == 126 else 8))
        return Opcode(head[0] & 0x0F), await self._reader.readexactly(size)

    async def _tell(self, *, response: str = "", message: Any = None, code: int | None = None) -> None:
        async with self._news:
            self.response = self.response or response
            if message is not None:
                self.heard.append(message)
            if code is not None:
                self.code = code
            self._news.notify_all()
