"""The usual WebSocket handshake, read by hand (RFC 6455 4.2.1): one whole request with nothing unusual in it.

What is unusual in any way - in pieces, twice, folded, not ASCII, with a body, with a method of its own - is left to
`websockets`, with the same bytes: oddities are judged in one place.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from email.utils import formatdate
from functools import lru_cache
from typing import NamedTuple

from backend.model.clock import Instant

MOST_BYTES = 4_096
_REQUEST = re.compile(
    rb"GET (/[\x21-\x7e]*) HTTP/1\.1\r\n((?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e]*\r\n){4,64})\r\n"
)
_KEY = re.compile(r"[A-Za-z0-9+/]{22}==")
_ONCE = frozenset({"host", "upgrade", "connection", "sec-websocket-key", "sec-websocket-version"})
_LEFT = frozenset({"content-length", "transfer-encoding", "expect"})
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Opening(NamedTuple):
    """What such a request says."""

    path: str
    key: str
    """`Sec-WebSocket-Key`."""
    subprotocols: list[str]
    """One for each header, as sent."""
    authorization: list[str]


def read_opening(data: bytes) -> Opening | None:
    """The request that `data` is from its first to its last byte; None: let the library look at it."""
    found = _REQUEST.fullmatch(data) if len(data) <= MOST_BYTES else None
    if found is None:
        return None
    once: dict[str, str] = {}
    subprotocols: list[str] = []
    authorization: list[str] = []
    extended = False
    for line in found[2].decode("ascii").split("\r\n"):
        name, _, value = line.partition(":")
        name, value = name.lower(), value.strip(" \t")
        if name == "sec-websocket-protocol":
            subprotocols.append(value)
        elif name == "authorization":
            authorization.append(value)
        elif name == "sec-websocket-extensions":
            extended = True
        elif name in _ONCE:
            if name in once:
                return None
            once[name] = value
        elif name in _LEFT:
            return None
    if not _is_upgrade(once) or (extended and any("2.1" in offer for offer in subprotocols)):
        return None
    return Opening(found[1].decode("ascii"), once["sec-websocket-key"], subprotocols, authorization)


def _is_upgrade(once: dict[str, str]) -> bool:
    """Connection may name several options; all else has one value."""
    return (
        len(once) == len(_ONCE)
        and once["upgrade"].lower() == "websocket"
        and once["sec-websocket-version"] == "13"
        and _KEY.fullmatch(once["sec-websocket-key"]) is not None
        and "upgrade" in [option.strip(" \t") for option in once["connection"].lower().split(",")]
    )


def switching(opening: Opening, subprotocol: str | None, now: Instant) -> bytes:
    """The answer that lets it in (RFC 6455 4.2.2)."""
    accept = binascii.b2a_base64(hashlib.sha1(opening.key.encode() + _GUID, usedforsecurity=False).digest()).decode()
    chosen = "" if subprotocol is None else f"Sec-WebSocket-Protocol: {subprotocol}\r\n"
    return (
        f"HTTP/1.1 101 Switching Protocols\r\nDate: {_date(int(now))}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Accept: {accept.rstrip()}\r\n{chosen}\r\n"
    ).encode()


@lru_cache(maxsize=2)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)
