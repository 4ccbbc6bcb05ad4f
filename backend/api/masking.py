"""Hides tokens and secrets in whatever stations answered and operators sent, before it leaves the server."""

from __future__ import annotations

from typing import Any

from backend.model.mask import MASK, mask_token
from backend.model.sanitise import clean

_TOKENS = frozenset({"idtag", "idtoken", "token", "parentidtag", "groupidtoken", "macaddress", "emaid"})
_SECRETS = ("password", "authorizationkey", "basicauth", "secret", "privatekey", "passphrase", "apikey", "pincode")
_NAMES = frozenset({"key", "name", "configurationkey", "variable"})
_VALUES = frozenset({"value", "attributevalue"})
DEEPEST = 30


def masked(value: Any, depth: int = 0) -> Any:
    """A copy of JSON data without tokens and secrets; text sanitised, nesting bounded."""
    if depth > DEEPEST:
        return None
    if isinstance(value, dict):
        secret = any(_plain(k) in _NAMES and _is_secret(_named(v)) for k, v in value.items())
        return {clean(str(key)): _member(key, part, secret, depth) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [masked(part, depth + 1) for part in value]
    return clean(value, 20_000) if isinstance(value, str) else value


def _member(key: object, part: Any, secret: bool, depth: int) -> Any:
    name = _plain(key)
    if _is_secret(str(key)) or (secret and name in _VALUES):
        return MASK
    if name in _TOKENS and isinstance(part, str):
        return mask_token(clean(part))
    return masked(part, depth + 1)


def _plain(key: object) -> str:
    return str(key).replace("_", "").replace("-", "").casefold()


def _named(value: object) -> str:
    if isinstance(value, dict):
        value = value.get("name", "")
    return value if isinstance(value, str) else ""


def _is_secret(name: str) -> bool:
    plain = _plain(name)
    return any(word in plain for word in _SECRETS)
