"""What a handshake tells: who comes, and which version to speak (RULINGS.md, handshake)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import unquote_to_bytes

from msgspec import Struct

from backend.model.sanitise import clean
from backend.model.words import Version

ORDER = (Version.V21, Version.V201, Version.V16)
"""Ours, whatever order the station offers."""
BY_SUBPROTOCOL = {version.subprotocol: version for version in ORDER}
MAX_IDENTITY = 255
RAW_SHOWN = 512

_CREDENTIALS = re.compile(
    r"(?i)((?:authorization|cookie|x-[\w-]{0,40}(?:key|token|auth))\s*:[ \t]*(?:(?:basic|bearer|digest)[ \t]+)?)"
    r"[^\r\n]*"
)


class Choice(Struct, frozen=True):
    """The version to speak and the subprotocol to name in the answer (None: no such header)."""

    version: Version
    subprotocol: str | None
    oddity: str = ""
    """Why the station was served all the same."""


def identity(path: str) -> str | None:
    """The last segment of a request path, percent-decoded once, its slashes stripped.

    Returns:
        The identity; empty when the path has none; None when it cannot be a name (not UTF-8, control
        characters, longer than 255).
    """
    path = path.split("?", 1)[0].split("#", 1)[0].strip("/")
    last = path.rsplit("/", 1)[-1]
    if not last or path.casefold() == "ocpp":
        return ""
    try:
        name = unquote_to_bytes(last).decode().strip("/").strip()
    except UnicodeDecodeError:
        return None
    if clean(name, MAX_IDENTITY) != name:
        return None
    return name


def offers(headers: Sequence[str]) -> list[str]:
    """The subprotocols of one or more `Sec-WebSocket-Protocol` headers, as sent."""
    return [item.strip() for header in headers for item in header.split(",") if item.strip()]


def choose(offered: Sequence[str], pinned: Version | None, assumed: Version | None = None) -> Choice | None:
    """Which version to speak with a station that offers `offered`; `pinned` is what the operator has set, `assumed`
    what it speaks when it offers nothing that we know.

    None: nothing that we know. A header is only answered with something that was offered (RFC 6455 4.2.2).
    """
    if pinned is None:
        for version in ORDER:
            if version.subprotocol in offered:
                return Choice(version, version.subprotocol)
        if assumed is None:
            return None
        pinned = assumed
    if pinned.subprotocol in offered:
        return Choice(pinned, pinned.subprotocol)
    for item in offered:
        if item.casefold() == pinned.subprotocol:
            return Choice(pinned, item, "subprotocol_case")
    return Choice(pinned, None, "subprotocol_unknown" if offered else "no_subprotocol")


def shown(raw: bytes) -> str:
    """The first bytes of a failed handshake, harmless and without credentials."""
    text = raw[:RAW_SHOWN].decode("utf-8", "backslashreplace")
    return clean(_CREDENTIALS.sub(r"\1••••••", text), RAW_SHOWN)


def address(peer: object) -> str:
    """The host of a socket's peer name."""
    if isinstance(peer, tuple) and peer:
        return clean(str(peer[0]), 64)
    return "local"


def fault(error: Exception | None) -> str:
    """A word for what was wrong with a handshake request."""
    name = type(error).__name__
    return {
        "InvalidMessage": "not_http",
        "InvalidUpgrade": "no_upgrade",
        "InvalidMethod": "wrong_method",
        "InvalidProtocol": "http_1_0",
    }.get(name, "bad_handshake")
