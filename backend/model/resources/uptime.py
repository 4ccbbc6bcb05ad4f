"""Uptime figures and the intervals under them."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct, field


class UptimeResource(Struct, kw_only=True):
    key: str
    from_: datetime = field(name="from")
    to: datetime
    formula: str
    up_s: float
    down_s: float
    excluded_s: float
    gap_s: float
    uptime_pct: float | None
    """None: no minute counts."""
    label: str = ""
    site: str | None = None
    outlets: int = 1
    causes: dict[str, float] = field(default_factory=dict)
    """Seconds lost (and excluded) by kind and detail: `offline`, `faulted:GroundFailure`, `planned`, ..."""
    lost_per_day_s: list[float] = field(default_factory=list)
    """Only where asked for."""


class IntervalResource(Struct, kw_only=True):
    outlet: str
    start: datetime
    end: datetime | None
    kind: str
    detail: str = ""
