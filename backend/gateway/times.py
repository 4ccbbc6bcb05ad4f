"""Station times: read whatever they send, and say what was odd about it (field lesson 26)."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from backend.model.clock import Instant

EARLIEST: Instant = 1_262_304_000.0
"""2010: before it no station spoke OCPP. An earlier time is a clock that was never set."""

_STANDARD = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
_EPOCH = re.compile(r"\d{9,13}")
_LEAP_SECOND = re.compile(r":60(?=\D|$)")


def instant(moment: datetime | None, name: str, deviations: list[str]) -> Instant | None:
    """`moment` as an Instant; None when there is none, or when it cannot be true."""
    if moment is None:
        return None
    value = moment.timestamp()
    if value < EARLIEST:
        deviations.append(f"absurd_time:{name}")
        return None
    return value


def read(text: object, name: str, deviations: list[str]) -> datetime | None:
    """A time as stations write it: local (taken as UTC), offset without minutes, seconds or milliseconds
    since 1970, a blank for the T. What cannot be read is None. Each oddity goes to `deviations`."""
    if isinstance(text, int | float) and not isinstance(text, bool):
        return _epoch(float(text), name, deviations)
    if not isinstance(text, str):
        deviations.append(f"bad_time:{name}")
        return None
    text = text.strip()
    if _EPOCH.fullmatch(text):
        return _epoch(float(text), name, deviations)
    try:
        moment = datetime.fromisoformat(_LEAP_SECOND.sub(":59", text.upper()))
    except ValueError:
        deviations.append(f"bad_time:{name}")
        return None
    if moment.tzinfo is None:
        deviations.append(f"local_time:{name}")
        return moment.replace(tzinfo=UTC)
    if _STANDARD.fullmatch(text) is None or ":60" in text:
        deviations.append(f"odd_time:{name}")
    return moment


def _epoch(value: float, name: str, deviations: list[str]) -> datetime | None:
    deviations.append(f"epoch_time:{name}")
    if value > 1e11:
        value /= 1000.0
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, OSError, ValueError):
        return None
