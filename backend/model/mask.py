"""Hides tokens and secrets (RULINGS.md, masking)."""

from __future__ import annotations

MASK = "••••••"


def mask_token(token: str | None) -> str | None:
    """At most a third of a token's characters, from both ends: `04••••••9F`."""
    if token is None:
        return None
    shown = len(token) // 3
    head = (shown + 1) // 2
    tail = shown - head
    return token[:head] + MASK + (token[-tail:] if tail else "")
