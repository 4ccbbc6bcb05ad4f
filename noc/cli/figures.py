"""Times and figures as the command line prints them; the look is that of the console."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from backend.model.clock import as_datetime
from widgets import figures

age_of = figures.age
length = figures.length


def age(at: datetime | None) -> str:
    """How long ago, in one unit; empty when unknown."""
    return "" if at is None else figures.age(at, time.time())


def moment(at: datetime | None) -> str:
    """Date and time in the machine's own zone, with the zone printed; empty when unknown."""
    return "" if at is None else at.astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")


def short_moment(at: datetime | None) -> str:
    """As `moment`, without the zone; for columns."""
    return "" if at is None else at.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def kw(watts: float | None) -> str:
    """Watts as kW, without the unit; empty when unknown."""
    return "" if watts is None else figures.kilo(watts)


def kwh(watt_hours: float | None) -> str:
    """Watt-hours as kWh, without the unit; empty when unknown."""
    return "" if watt_hours is None else figures.kilo(watt_hours)


def uptime_share(value: float | None) -> str:
    """With the sign; `–` when no minute counts."""
    return figures.NONE_GIVEN if value is None else figures.uptime_share(value)


def now() -> datetime:
    """This moment."""
    return as_datetime(time.time()).astimezone(UTC)
