"""Lengths of time and points in time as people write them: `90s`, `15m`, `1h30m`, `2d`; `-24h`, `2025-11-14`."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from backend.model.clock import Instant
from backend.model.errors import Invalid
from backend.text import t

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)([smhdw])")
_WHOLE = re.compile(r"(?:\d+(?:\.\d+)?[smhdw])+\Z")
LONGEST_S = 100 * 366 * 86400.0


def parse_duration(text: str) -> float:
    """`text` in seconds.

    Raises:
        Invalid: it is not a length of time, or longer than a hundred years.
    """
    wanted = text.strip().lower()
    if len(wanted) <= 40 and wanted.isascii() and _WHOLE.match(wanted):
        seconds = sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(wanted))
        if seconds <= LONGEST_S:
            return seconds
    raise Invalid(
        "bad_duration",
        t("{text!r} is not a length of time.", text=text[:40]),
        t("Write a number and a unit: 90s, 15m, 2h, 1h30m, 3d, 2w."),
    )


def parse_moment(text: str, now: Instant) -> Instant:
    """A point in time: ISO 8601 (UTC when no zone is said), `now`, or `-24h` (so long before `now`).

    Raises:
        Invalid: it is neither.
    """
    wanted = text.strip()
    if wanted == "now":
        return now
    if wanted.startswith("-"):
        return now - parse_duration(wanted[1:])
    try:
        found = datetime.fromisoformat(wanted)
    except ValueError:
        raise Invalid(
            "bad_time",
            t("{text!r} is not a time.", text=text[:40]),
            t("Write ISO 8601 (2025-11-14, 2025-11-14T06:00Z) or how long ago: -24h, -30d."),
        ) from None
    return (found if found.tzinfo is not None else found.replace(tzinfo=UTC)).timestamp()
