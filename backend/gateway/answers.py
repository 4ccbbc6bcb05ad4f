"""Answers of stations to our calls, made harmless before anybody above sees them."""

from __future__ import annotations

from typing import Any

import msgspec

from backend.gateway import guard, redact
from backend.model.operation import CallFailed, CallResult
from backend.model.sanitise import clean
from backend.model.secrets import hidden, without_secrets

MAX_TEXT = 8_192
MAX_DEPTH = 32


def read_result(parts: list[str], action: str) -> CallResult:
    """`[3, id, payload]`: the payload, cleaned, without secrets. A payload that is no object gives an empty one."""
    value = _decode(parts[2]) if len(parts) > 2 else None
    if not isinstance(value, dict):
        return CallResult(payload={})
    shown = hidden(value, tokens=redact.for_action(action) is not None, tidy=False)
    return CallResult(payload=harmless(shown))


def read_error(parts: list[str]) -> CallFailed:
    """`[4, id, code, description, details]`; what is missing is empty."""
    values = [_decode(part) for part in parts[2:5]]
    values += [None] * (3 - len(values))
    code, description, details = values
    return CallFailed(
        code=clean(code, 64) if isinstance(code, str) else "GenericError",
        description=without_secrets(clean(description, 255)) if isinstance(description, str) else "",
        details=harmless(hidden(details, tidy=False)),
    )


def _decode(part: str) -> Any:
    try:
        return msgspec.json.decode(part)
    except guard.UNREADABLE:
        return None


def harmless(value: Any, depth: int = MAX_DEPTH) -> Any:
    """Decoded JSON with every text cleaned, keys too."""
    if isinstance(value, str):
        return clean(value, MAX_TEXT)
    if isinstance(value, dict):
        return {clean(key, 255): harmless(item, depth - 1) for key, item in value.items()} if depth else {}
    if isinstance(value, list):
        return [harmless(item, depth - 1) for item in value] if depth else []
    return value
