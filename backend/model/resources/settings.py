"""Settings of the server, and those that stations are to have."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from backend.model.wanted import SettingState


class WantedSettingResource(Struct, kw_only=True):
    """A setting that is wanted of stations."""

    scope: str
    """`all`, `model:VENDOR/MODEL` or `station:ID`."""
    key: str
    value: str
    set_by: str
    at: datetime


class SettingResource(Struct, kw_only=True):
    """A wanted setting of one station, and how it stands there."""

    key: str
    wanted: str
    scope: str
    state: SettingState
    found: str | None = None
    checked: datetime | None = None
    why: str = ""
