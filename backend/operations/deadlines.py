"""How long an operation may take, where nobody names a deadline."""

from __future__ import annotations

from backend.model.errors import Invalid
from backend.model.ports import Register
from backend.operations.catalogue import Entry
from backend.text import t

HARD_RESET_S = 600.0
"""Boot within 10 minutes (domain.md 2)."""
LONGEST_S = 7 * 86400.0
AC_MOST_KW = 43.0
"""AC ends there (three phases, 63 A)."""
_DC_TYPES = ("ccs", "chademo", "mcs", "nacs")


def deadline_of(entry: Entry, parameters: dict[str, object], station: str, register: Register) -> float:
    """Seconds from *sent* for answer and proof together."""
    if entry.name == "reset" and parameters.get("type") == "hard":
        return HARD_RESET_S
    if entry.deadline_dc_s is not None and is_dc(station, register):
        return entry.deadline_dc_s
    return entry.deadline_s


def is_dc(station: str, register: Register) -> bool:
    """Whether a station charges with direct current: by the register's word, else by what its outlets are."""
    entry = register.station(station)
    if entry is not None and entry.current:
        return entry.current.upper() == "DC"
    return any(
        outlet.connector_type.casefold().startswith(_DC_TYPES) or (outlet.max_power_kw or 0.0) > AC_MOST_KW
        for outlet in register.outlets_of(station)
    )


def checked(seconds: float) -> float:
    """A deadline that somebody named.

    Raises:
        Invalid: it is none.
    """
    if 0 < seconds <= LONGEST_S:
        return float(seconds)
    raise Invalid(
        "bad_deadline",
        t("A deadline of {seconds} s makes no sense.", seconds=seconds),
        t("Give seconds, more than 0 and at most a week."),
    )
