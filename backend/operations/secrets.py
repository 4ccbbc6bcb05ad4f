"""Keys and passwords are hidden before an operation is kept or shown (RULINGS.md, what waits for the disk)."""

from __future__ import annotations

import re
from typing import Any

from backend.model.mask import MASK
from backend.model.sanitise import clean

DEEPEST = 30
_SECRET = re.compile(r"(?i)pass|pwd|secret|credential|psk|apikey|privatekey|authorizationkey|pin(?:code)?$|^key$")
_NAMES = ("key", "variable", "name")
"""Fields that name a setting, whose value stands beside it."""
_VALUES = frozenset({"value", "attributevalue", "actualvalue"})
_USER_INFO = re.compile(r"(://)[^/\s\"@]+@")


def is_secret(name: str) -> bool:
    """Whether a setting of that name holds a secret: `AuthorizationKey`, `SecurityCtrlr.BasicAuthPassword`, ..."""
    return any(_SECRET.search(_plain(part)) is not None for part in name.split("."))


def hidden(value: Any, depth: int = 0) -> Any:
    """A copy of JSON data without secrets; texts sanitised, nesting bounded. Tokens stay."""
    if depth > DEEPEST:
        return None
    if isinstance(value, dict):
        setting = any(is_secret(name) for field in _NAMES for name in _named(value.get(field)))
        vpn = "server" in value
        return {clean(str(key), 100): _member(str(key), part, setting, vpn, depth) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [hidden(part, depth + 1) for part in value]
    if isinstance(value, str):
        return _USER_INFO.sub(rf"\1{MASK}@", clean(value, 20_000))
    return value


def _member(name: str, part: Any, setting: bool, vpn: bool, depth: int) -> Any:
    plain = _plain(name)
    if isinstance(part, str) and part:
        named = plain not in _NAMES or (vpn and plain == "key")
        if (setting and plain in _VALUES) or (named and _SECRET.search(plain) is not None):
            return MASK
    return hidden(part, depth + 1)


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").strip().casefold()


def _named(value: Any) -> list[str]:
    """The names in a field that names settings: one, a list of them, or a component's or variable's `name`."""
    if isinstance(value, dict):
        value = value.get("name")
    found = value if isinstance(value, list) else [value]
    return [name for name in found if isinstance(name, str)]
