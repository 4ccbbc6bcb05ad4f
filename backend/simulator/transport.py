"""One WebSocket of a virtual station: the Sans-I/O client of `websockets` in an asyncio Protocol.

Pings are answered by the library. No extension is offered: frames are small, and deflate costs more than it saves.
"""

from __future__ import annotations

import asyncio
import codecs
import ssl
from functools import cache
from typing import Protocol, cast
from urllib.parse import quote

from websockets.client import ClientProtocol
from websockets.exceptions import ConnectionClosed, InvalidStatus, InvalidURI
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import OPEN
from websockets.typing import Subprotocol
from websockets.uri import WebSocketURI, parse_uri

MAX_MESSAGE = 1 << 20
HANDSHAKE_S = 20.0
CLOSING_S = 2.0


class Ears(Protocol):
    """What a socket tells its owner; each is called on the loop, with the socket that speaks."""

    def opened(self, socket: Socket) -> None:
        """The handshake is through, with the subprotocol that was offered."""
        ...

    def text(self, socket: Socket, message: str) -> None:
        """One whole text message came."""
        ...

    def closed(self, socket: Socket, code: int, reason: str) -> None:
        """The socket is gone, or never came to be; told exactly once. Code 1006 when there was none."""
        ...


class Socket(asyncio.Protocol):
    """A WebSocket client connection that reports to `Ears`."""

    def __init__(self, uri: WebSocketURI, subprotocol: str, ears: Ears) -> None:
        self._protocol = ClientProtocol(uri, subprotocols=[Subprotocol(subprotocol)], max_size=MAX_MESSAGE)
        self._ears = ears
        self._transport: asyncio.Transport | None = None
        self._parts: list[bytes] = []
        self._guard: asyncio.TimerHandle | None = None
        self._told = False
        self._silent = False
        self._refusal = ""

    # -- asyncio.Protocol ------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._protocol.send_request(self._protocol.connect())
        self._flush()
        self._guard = asyncio.get_running_loop().call_later(HANDSHAKE_S, self.abort)

    def data_received(self, data: bytes) -> None:
        if self._silent:
            return
        self._protocol.receive_data(data)
        self._flush()
        for event in self._protocol.events_received():
            if isinstance(event, Response):
                self._answered()
            elif isinstance(event, Frame):
                self._frame(event)
        if self._protocol.close_expected() and self._transport is not None and self._guard is None:
            self._guard = asyncio.get_running_loop().call_later(CLOSING_S, self.abort)

    def eof_received(self) -> bool | None:
        self._protocol.receive_eof()
        self._flush()
        return None

    def connection_lost(self, exc: Exception | None) -> None:
        self._unguard()
        self._transport = None
        if self._told:
            return
        self._told = True
        code, reason = 1006, self._refusal or (str(exc) if exc else "")
        if not self._refusal and self._protocol.close_rcvd is not None:
            code, reason = self._protocol.close_rcvd.code, self._protocol.close_rcvd.reason
        self._ears.closed(self, int(code), reason)

    @property
    def dead(self) -> bool:
        """Whether its end was told."""
        return self._told

    # -- what the owner does ---------------------------------------------------------------------------------

    def send(self, text: str) -> bool:
        """Send one message; False when the socket is not open."""
        if self._protocol.state is not OPEN or self._transport is None:
            return False
        if self._silent:
            return True
        try:
            self._protocol.send_text(text.encode())
        except ConnectionClosed:
            return False
        self._flush()
        return True

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close properly, and hard if the other side does not follow."""
        if self._transport is None:
            return
        if self._protocol.state is not OPEN:
            self.abort()
            return
        self._protocol.send_close(code, reason)
        self._flush()
        self._unguard()
        self._guard = asyncio.get_running_loop().call_later(CLOSING_S, self.abort)

    def abort(self) -> None:
        """Cut the line, without a word."""
        self._unguard()
        if self._transport is not None:
            self._transport.abort()

    def silence(self) -> None:
        """Become a half-open socket: nothing more is sent or read, not even a pong; the other side has to notice."""
        self._silent = True

    # -- inside ----------------------------------------------------------------------------------------------

    def _answered(self) -> None:
        self._unguard()
        problem = self._protocol.handshake_exc
        if isinstance(problem, InvalidStatus):
            self._refusal = f"HTTP {problem.response.status_code}"
        elif problem is not None:
            self._refusal = str(problem)
        elif self._protocol.subprotocol is None:
            # OCPP-J: a server that picked none wants none of ours.
            self._refusal = "no common subprotocol"
        if self._refusal:
            self.close()
            return
        self._ears.opened(self)

    def _frame(self, frame: Frame) -> None:
        if frame.opcode not in (Opcode.TEXT, Opcode.CONT):
            return
        self._parts.append(frame.data if isinstance(frame.data, bytes) else bytes(frame.data))
        if not frame.fin:
            return
        whole, self._parts = b"".join(self._parts), []
        self._ears.text(self, codecs.decode(whole, "utf-8", "replace"))

    def _flush(self) -> None:
        if self._transport is None:
            return
        for data in self._protocol.data_to_send():
            if data:
                self._transport.write(data)
            elif self._transport.can_write_eof():
                self._transport.write_eof()

    def _unguard(self) -> None:
        if self._guard is not None:
            self._guard.cancel()
            self._guard = None


def station_uri(url: str, identity: str, password: str | None = None) -> WebSocketURI:
    """The endpoint of one station: `url`, a slash, the percent-encoded identity.

    Raises:
        ValueError: `url` is no ws:// or wss:// URL.
    """
    try:
        uri = parse_uri(f"{url.rstrip('/')}/{quote(identity, safe='')}")
    except (InvalidURI, ValueError):
        raise ValueError(f"{url!r} is no ws:// or wss:// URL") from None
    if password is not None:
        uri.username, uri.password = identity, password
    return uri


@cache
def _default_tls() -> ssl.SSLContext:
    return ssl.create_default_context()


async def connect(uri: WebSocketURI, subprotocol: str, ears: Ears, tls: ssl.SSLContext | None = None) -> Socket:
    """Open the TCP (and TLS) connection; the handshake's end is told to `ears`.

    Raises:
        OSError: nobody listens there.
    """
    context = (tls or _default_tls()) if uri.secure else None
    _, socket = await asyncio.get_running_loop().create_connection(
        lambda: Socket(uri, subprotocol, ears), uri.host, uri.port, ssl=context
    )
    return socket
