"""What a station's deviations teach about it: which trait, with which value."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from backend.model.clock import Instant
from backend.model.quirk import Trait
from backend.model.station import Station

OFFSET_LEAST_S = 900.0
"""Local time differs from UTC by a quarter of an hour at least."""
OFFSET_NEAR_S = 300.0
"""How near a measured skew must be to the offset of the site's time zone to be explained by it."""
_NO_VERSION = frozenset({"no_subprotocol", "subprotocol_unknown", "subprotocol_case"})


def lesson(deviation: str, station: Station, time_zone: str, now: Instant) -> tuple[Trait, str] | None:
    """The trait that a deviation shows; None: it shows none.

    `time_zone` is that of the station's site: a clock that is off by just its offset, and says no zone, shows
    local time (field lesson 26).
    """
    if deviation == "no_pong":
        return Trait.PING, "off"
    if deviation == "hex_key":
        return Trait.HEX_KEY, "on"
    if deviation in _NO_VERSION and station.version is not None:
        return Trait.ASSUME_VERSION, station.version.value
    if deviation.startswith("local_time:") and station.clock_skew_s is not None:
        offset = _offset_s(time_zone, now)
        if abs(offset) >= OFFSET_LEAST_S and abs(station.clock_skew_s - offset) <= OFFSET_NEAR_S:
            return Trait.CLOCK_ZONE, time_zone
    return None


def _offset_s(time_zone: str, now: Instant) -> float:
    try:
        offset = datetime.fromtimestamp(now, ZoneInfo(time_zone)).utcoffset()
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return 0.0
    return offset.total_seconds() if offset is not None else 0.0
