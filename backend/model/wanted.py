"""Settings that an operator wants stations to have, and what they were found to have."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from backend.model.clock import Instant

EVERYWHERE = "all"
MODEL = "model:"
STATION = "station:"


class WantedSetting(Struct, frozen=True, kw_only=True):
    """One wanted value. A 2.x setting is `Component.Variable`, a 1.6 key has no dot; each goes to its own version."""

    scope: str
    """`all`, `model:VENDOR/MODEL` or `station:ID`; the narrower one wins."""
    key: str
    value: str
    set_by: str = ""
    at: Instant = 0.0


class SettingState(StrEnum):
    UNREAD = "unread"
    """Not looked at since the server started."""
    SAME = "same"
    DRIFT = "drift"
    """The station has another value; ours is on its way or will be sent."""
    NOT_TAKEN = "not_taken"
    """Ours was sent and did not stick."""
    UNKNOWN = "unknown"
    """The station does not know this key, or does not let it be read."""


class SettingFound(Struct, kw_only=True):
    """A wanted setting of one station, and how it stands there."""

    key: str
    wanted: str
    scope: str
    found: str | None = None
    state: SettingState = SettingState.UNREAD
    checked: Instant | None = None
    why: str = ""
    """Of a value that was not taken: what the station said."""
