"""What is odd about stations, and who was turned away at the door."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct, field


class QuirkResource(Struct, kw_only=True):
    """One trait of a station or of a model."""

    trait: str
    """`ping`, `ping_s`, `settle_s`, `assume_version`, `pin_version`, `hex_key`, `clock_zone`, `phantom_connectors`."""
    value: str
    station: str = ""
    vendor: str = ""
    model: str = ""
    """Empty: all of the vendor's."""
    firmware: str = ""
    """What the firmware begins with; empty is any."""
    source: str = "set"
    """`set`, `learned`, `refused`."""
    by: str = ""
    at: datetime | None = None
    stations: list[str] = field(default_factory=list)
    """Learned: who showed it."""
    for_all: bool = True
    """Learned: whether it counts for all of the model by now, or only for these stations."""


class DeviationResource(Struct, kw_only=True):
    """One way in which a station broke the standard."""

    name: str
    count: int
    first: datetime
    last: datetime
    example: str = ""
    """The beginning of the first frame that had it, without secrets."""


class StationQuirks(Struct, kw_only=True):
    """What is in force for one station."""

    station: str
    vendor: str = ""
    model: str = ""
    firmware: str = ""
    traits: list[QuirkResource] = field(default_factory=list)
    seen: dict[str, int] = field(default_factory=dict)
    """Deviations from the standard, counted for ever."""
    deviations: list[DeviationResource] = field(default_factory=list)
    """The same with times and examples, the last first."""


class HandshakeResource(Struct, kw_only=True):
    at: datetime
    address: str
    reason: str
    identity: str = ""
    offered: str = ""
    raw: str = ""
    count: int = 1
