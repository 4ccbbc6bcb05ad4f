"""How often a station broke the standard in one way, and was served all the same."""

from __future__ import annotations

from msgspec import Struct

from backend.model.clock import Instant


class Deviation(Struct, kw_only=True):
    """One name of `Frame.deviations`, of one station."""

    station: str
    name: str
    count: int = 0
    first: Instant = 0.0
    last: Instant = 0.0
    example: str = ""
    """The beginning of the first frame that had it, harmless and without secrets."""
