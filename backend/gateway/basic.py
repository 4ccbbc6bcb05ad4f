"""HTTP Basic credentials as stations send them: bytes, of any encoding (OCPP-J whitepaper, profile 1)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

from msgspec import Struct

MAX_HEADER = 4_096


class Basic(Struct, frozen=True):
    """Who it says it is, and its key."""

    user: bytes
    password: bytes


def read_basic(headers: Sequence[str]) -> Basic | str | None:
    """The credentials of the `Authorization` headers.

    None: there are none. A word: why they cannot be read (`credentials_twice`, `credentials_scheme`,
    `credentials_broken`).
    """
    if not headers:
        return None
    if len(headers) > 1:
        return "credentials_twice"
    scheme, _, rest = headers[0].strip().partition(" ")
    if scheme.casefold() != "basic":
        return "credentials_scheme"
    if len(rest) > MAX_HEADER:
        return "credentials_broken"
    try:
        plain = base64.b64decode("".join(rest.split()).encode("latin-1", "replace") + b"==", validate=False)
    except (binascii.Error, ValueError):
        return "credentials_broken"
    user, colon, password = plain.partition(b":")
    return Basic(user, password) if colon else "credentials_broken"


def is_user(user: bytes, station: str) -> bool:
    """Whether a user name is the station's identity, compared without case."""
    return user.decode("utf-8", "replace").strip().casefold() == station.casefold()
