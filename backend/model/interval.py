"""Stretches of state and link, from which uptime is counted. Half open: [start, end)."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from backend.model.clock import Instant


class Minutes(StrEnum):
    """How a stretch of an outlet's time counts (domain.md 4.2)."""

    __hash__ = str.__hash__

    UP = "up"
    FAULTED = "faulted"
    UNAVAILABLE = "unavailable"
    """Unplanned: the station's own word."""
    OFFLINE = "offline"
    DELIVERING = "delivering"
    """Offline, but a later replay proved that energy flowed."""
    PLANNED = "planned"
    """Agreed with the operator: out of service, maintenance, closed hours."""
    NOT_COMMISSIONED = "not_commissioned"
    GAP = "gap"
    """We did not look: our own server was down."""


class Interval(Struct, frozen=True, kw_only=True, gc=False):
    """One stretch of one outlet."""

    station: str
    evse: int
    start: Instant
    end: Instant | None
    """None while it lasts."""
    kind: Minutes
    detail: str = ""
    """The OCPP status or fault code behind it."""
