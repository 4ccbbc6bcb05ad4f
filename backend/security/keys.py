"""Keys as stations show them, and how they are hashed.

An AuthorizationKey travels over OCPP 1.6 as hexadecimal text and is shown as the raw bytes, but many stations show the
text; a BasicAuthPassword of 2.x is text. So a key that is hexadecimal throughout means its bytes, and may be shown
either way.
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
from collections.abc import Iterator
from hashlib import blake2b, scrypt

MIN_BYTES = 16
"""Shorter ones are hashed slowly, since they may be words; OCPP asks for 16 to 20 bytes in 1.6, 16 to 40 characters
in 2.0.1 (domain.md 1.8)."""
MAX_SHOWN = 512
_HEX = re.compile(rb"\A(?:[0-9A-Fa-f]{2}){8,128}\Z")
_SCRYPT = {"n": 1 << 11, "r": 8, "p": 1, "maxmem": 1 << 24}


def new_key() -> str:
    """A random key that every version takes: 40 hexadecimal digits, 20 bytes."""
    return secrets.token_hex(20)


def canonical(key: bytes) -> bytes:
    """The bytes that a key means."""
    return bytes.fromhex(key.decode("ascii")) if _HEX.match(key) else key


def readings(shown: bytes) -> Iterator[tuple[str, bytes]]:
    """The bytes that something shown may mean, with the name of the form."""
    yield "raw", shown
    if _HEX.match(shown):
        yield "hex", bytes.fromhex(shown.decode("ascii"))


def hashed(key: bytes) -> tuple[str, str, str]:
    """Method, salt and digest (hexadecimal) of a key's canonical bytes."""
    salt = os.urandom(16)
    method = "blake2b" if len(key) >= MIN_BYTES else "scrypt"
    return method, salt.hex(), digest(method, salt.hex(), key)


def digest(method: str, salt: str, key: bytes) -> str:
    """The digest in hexadecimal. Random keys of 128 bits need no slow hash: a storm must not wait for one."""
    salted = bytes.fromhex(salt)
    if method == "scrypt":
        return scrypt(key, salt=salted, **_SCRYPT).hex()
    return blake2b(key, salt=salted, digest_size=32).hexdigest()


def same(one: str, other: str) -> bool:
    """Compared in constant time."""
    return hmac.compare_digest(one, other)
