"""Keys of stations, as they are kept: never the key itself."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from backend.model.clock import Instant


class Slot(StrEnum):
    CURRENT = "current"
    NEXT = "next"
    """Sent to the station; good from now on, and the only one once the station took it or showed it."""


class Credential(Struct, frozen=True, kw_only=True):
    """One key of one station, hashed with a salt of its own."""

    station: str
    slot: Slot
    method: str
    """`blake2b`, or `scrypt` for keys that are too short to be random."""
    salt: str
    """Hexadecimal, as is the digest."""
    digest: str
    set_by: str = ""
    at: Instant = 0.0


class KeyMatch(Struct, frozen=True, kw_only=True):
    """A key that was shown, and is the right one."""

    slot: Slot
    form: str
    """`raw`: the bytes themselves; `hex`: their hexadecimal text (domain.md 1.8)."""


class Standing(Struct, frozen=True, kw_only=True):
    """What a station and this server have that a move to another security profile needs."""

    has_key: bool = False
    has_certificate: bool = False
    """It was issued one that still counts."""
    network_least: int = 0
    """The profile below which nobody is served."""
    tls_port: bool = False
    secure_url: str = ""
    """`wss://HOST:PORT/ocpp`, under which stations reach the port of profiles 2 and 3; empty: not known."""
    plain_url: str = ""
    root_name: bytes = b""
    """The subject of the root above the server's certificate, DER; empty: not known."""
    root_serial: int | None = None
