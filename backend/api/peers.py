"""Who is at the other end of a connection: uvicorn's protocols, with the kernel's word put into the ASGI scope."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import struct
from pathlib import Path
from typing import Any, NamedTuple

from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

SCOPE_KEY = "noc.peer"
MOST_BRIEF = 32
BRIEF_S = 30.0
_CREDENTIALS = struct.Struct("3i")


class Peer(NamedTuple):
    """A connection's other end. Over TCP the user is asked for later: it takes a look into /proc."""

    uid: int | None
    gid: int | None
    remote: tuple[str, int] | None = None
    local: tuple[str, int] | None = None

    @property
    def is_loopback(self) -> bool:
        """Whether it came over TCP from this machine."""
        return self.remote is not None and ipaddress.ip_address(self.remote[0]).is_loopback


def peer_of(transport: asyncio.BaseTransport) -> Peer:
    """What the kernel knows of a connection."""
    raw = transport.get_extra_info("socket")
    if raw is not None and raw.family == socket.AF_UNIX:
        _, uid, gid = _CREDENTIALS.unpack(raw.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))
        return Peer(uid, gid)
    remote, local = transport.get_extra_info("peername"), transport.get_extra_info("sockname")
    return Peer(None, None, tuple(remote[:2]) if remote else None, tuple(local[:2]) if local else None)


def _with_peer(app: Any, peer: Peer) -> Any:
    async def call(scope: Any, receive: Any, send: Any) -> None:
        scope[SCOPE_KEY] = peer
        await app(scope, receive, send)

    return call


class HttpProtocol(H11Protocol):
    """HTTP with a peer."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app = _with_peer(self.app, peer_of(transport))


class BriefHttpProtocol(HttpProtocol):
    """The same for whoever comes without a login: few connections at a time, none for long, and small requests."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > MOST_BRIEF:
            transport.abort()
        else:
            self._end = self.loop.call_later(BRIEF_S, transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        end = getattr(self, "_end", None)
        if end is not None:
            end.cancel()


class SocketProtocol(WebSocketsSansIOProtocol):
    """WebSockets with a peer."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.app = _with_peer(self.app, peer_of(transport))


def tcp_user(peer: Peer) -> int | None:
    """The user that owns the other end of a loopback TCP connection, from /proc; None: not to be found.

    Reads a file as long as there are connections: not on the loop.
    """
    if peer.remote is None or peer.local is None:
        return None
    wanted = (_kernel_address(peer.remote), _kernel_address(peer.local))
    table = Path("/proc/net/tcp6" if ":" in peer.remote[0] else "/proc/net/tcp")
    try:
        with table.open(encoding="ascii") as lines:
            next(lines, None)
            for line in lines:
                parts = line.split()
                if (parts[1], parts[2]) == wanted:
                    return int(parts[7])
    except (OSError, ValueError, IndexError):
        return None
    return None


def _kernel_address(address: tuple[str, int]) -> str:
    """As /proc/net/tcp writes it: words of four bytes in the machine's order, port in hexadecimal."""
    packed = ipaddress.ip_address(address[0]).packed
    words = [packed[i : i + 4] for i in range(0, len(packed), 4)]
    text = "".join(f"{struct.unpack('=I', word)[0]:08X}" for word in words)
    return f"{text}:{address[1]:04X}"
