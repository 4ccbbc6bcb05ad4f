"""Numbers, ages, durations, dates and units, as people read them; in the language in force.

Thousands are parted by a no-break space in both languages; Swedish writes a decimal comma. A number and its
unit are parted by a no-break space too.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, tzinfo

from backend.model.clock import Instant
from backend.text import language, t, tc

NBSP = "\N{NO-BREAK SPACE}"
UNKNOWN = "?"
NONE_GIVEN = "–"

MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0


def number(value: float, digits: int = 0) -> str:
    """`value` with `digits` decimals: `19 912`, `21.4` (`21,4`)."""
    text = f"{value:,.{digits}f}".replace(",", NBSP)
    return text.replace(".", ",") if language() == "sv" else text


def tenth(value: float | None) -> str:
    """One decimal below 1,000, none above; `?` when unknown."""
    if value is None:
        return UNKNOWN
    return number(value, 1 if abs(value) < 999.95 else 0)


def kilo(value: float | None) -> str:
    """Watts as kW, watt-hours as kWh, without the unit."""
    return UNKNOWN if value is None else tenth(value / 1_000)


def kw(watts: float | None) -> str:
    """`11.0 kW`."""
    return f"{kilo(watts)}{NBSP}kW"


def kwh(watt_hours: float | None) -> str:
    """`21.4 kWh`."""
    return f"{kilo(watt_hours)}{NBSP}kWh"


def mw(watts: float) -> str:
    """`118.4 MW`; below one MW in kW."""
    if watts < 1_000_000:
        return f"{number(watts / 1_000)}{NBSP}kW"
    return f"{number(watts / 1_000_000, 1)}{NBSP}MW"


def percent(value: float | None, digits: int = 2) -> str:
    """`99.31 %`; `? %` when unknown."""
    return f"{UNKNOWN if value is None else number(value, digits)}{NBSP}%"


def uptime_share(value: float | None, unit: bool = True) -> str:
    """`99.31 %`, never rounded up: what missed its goal does not read as kept, and 100.00 means that nothing was
    lost."""
    down = None if value is None else math.floor(value * 100 + 1e-6) / 100
    if unit:
        return percent(down)
    return UNKNOWN if down is None else number(down, 2)


def instant(at: datetime | Instant) -> Instant:
    """A datetime as seconds since 1970."""
    return at.timestamp() if isinstance(at, datetime) else at


def age(since: datetime | Instant | None, now: Instant) -> str:
    """How long ago, in one unit: `<1m 38m 6h 3d`; `?` when unknown. Both languages alike."""
    if since is None:
        return UNKNOWN
    return span(now - instant(since))


def span(seconds: float) -> str:
    """A length in one unit: `<1m 38m 6h 3d`."""
    if seconds < MINUTE:
        return "<1m"
    if seconds < HOUR:
        return f"{int(seconds // MINUTE)}m"
    if seconds < DAY:
        return f"{int(seconds // HOUR)}h"
    return f"{int(seconds // DAY)}d"


def ago(since: datetime | Instant | None, now: Instant) -> str:
    """`12 s ago`, then `3m ago`; for the few places where the seconds matter."""
    if since is None:
        return t("never heard")
    seconds = max(0.0, now - instant(since))
    if seconds < 2 * MINUTE:
        return t("{n} s ago", n=int(seconds))
    return t("{age} ago", age=span(seconds))


def length(seconds: float) -> str:
    """How long it took or takes: `47 s`, `38m`, `1h 07m`, `64h 31m`."""
    if seconds < MINUTE:
        return f"{int(seconds)}{NBSP}s"
    minutes = int(seconds // MINUTE)
    if minutes < 60:
        return f"{minutes}m"
    return f"{minutes // 60}h{NBSP}{minutes % 60:02d}m"


def took(seconds: float) -> str:
    """How long something usually takes, in seconds up to two minutes: `71 s`, `4m`."""
    return f"{round(seconds)}{NBSP}s" if seconds < 2 * MINUTE else length(seconds)


def countdown(seconds: float) -> str:
    """`2m 17s`, `1h 07m`: an outage as it grows."""
    if seconds >= HOUR:
        return length(seconds)
    whole = int(max(0.0, seconds))
    return f"{whole // 60}m{NBSP}{whole % 60:02d}s" if whole >= 60 else f"{whole}{NBSP}s"


def local(at: datetime | Instant, zone: tzinfo) -> datetime:
    """The moment in a zone."""
    return (at if isinstance(at, datetime) else datetime.fromtimestamp(at, UTC)).astimezone(zone)


def clock(at: datetime | Instant, zone: tzinfo) -> str:
    """`14:32:07`."""
    return local(at, zone).strftime("%H:%M:%S")


def hour(at: datetime | Instant, zone: tzinfo) -> str:
    """`14:32`."""
    return local(at, zone).strftime("%H:%M")


def month(number_: int) -> str:
    """The short name of a month: 1 is January."""
    return (
        tc("month", "Jan"),
        tc("month", "Feb"),
        tc("month", "Mar"),
        tc("month", "Apr"),
        tc("month", "May"),
        tc("month", "Jun"),
        tc("month", "Jul"),
        tc("month", "Aug"),
        tc("month", "Sep"),
        tc("month", "Oct"),
        tc("month", "Nov"),
        tc("month", "Dec"),
    )[number_ - 1]


def date(at: datetime | Instant, now: Instant, zone: tzinfo) -> str:
    """`6 Nov`, with the year when it is not this one: `14 Mar 2024`."""
    day, today = local(at, zone), local(now, zone)
    text = f"{day.day}{NBSP}{month(day.month)}"
    return text if day.year == today.year else f"{text}{NBSP}{day.year}"


def when(at: datetime | Instant, now: Instant, zone: tzinfo) -> str:
    """The clock time for what is less than a day old, else the date."""
    return hour(at, zone) if abs(now - instant(at)) < DAY else date(at, now, zone)


def zone_word(at: datetime | Instant, zone: tzinfo) -> str:
    """The zone's short name at that time: `CET`, `UTC`."""
    return local(at, zone).tzname() or ""
