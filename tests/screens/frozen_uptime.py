"""Uptime of the frozen network: figures, the worst, one history."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from backend.model.resources import (
    IntervalResource,
    UptimeResource,
)
from tests.screens.frozen import NOW

WORST = (
    ("NK-09011:1", 91.04, 64.5, 0.0, {"faulted:ReaderFailure": 58.0, "offline": 6.5}),
    ("NK-01450:1", 93.77, 44.85, 2.0, {"offline": 31.0, "faulted:InternalError": 13.85, "planned": 2.0}),
    ("NK-01450:2", 93.80, 44.63, 2.0, {"offline": 31.0, "faulted:InternalError": 13.63, "planned": 2.0}),
    ("NK-07731:1", 95.12, 35.13, 9.33, {"offline": 35.13, "planned": 9.33}),
    ("NK-03390:1", 96.40, 25.92, 0.0, {"faulted:PowerMeterFailure": 25.92}),
    ("NK-02801:1", 96.92, 22.18, 0.0, {"faulted:ConnectorLockFailure": 20.1, "offline": 2.08}),
    ("NK-05512:1", 97.35, 19.08, 0.0, {"offline": 19.08}),
    ("NK-06604:1", 97.61, 17.2, 0.0, {"offline": 17.2}),
    ("NK-03107:2", 97.90, 15.12, 4.0, {"faulted:HighTemperature": 12.0, "unavailable": 3.12, "planned": 4.0}),
    ("NK-04217:2", 98.04, 14.12, 0.0, {"faulted:ConnectorLockFailure": 14.12}),
)
LOST_MIN = (8, 9, 9, 7, 6, 7, 9, 11, 10, 8, 7, 9, 23, 20, 14, 11, 10, 9, 9, 8, 7, 8, 10, 11, 10, 9, 12, 14, 14.8, 17)


def uptime_rows(by: str, days: bool, start: str, formula: str) -> list[UptimeResource]:
    """Counted figures for outlets, sites and the network."""
    length = {"-24h": 1, "-7d": 7}.get(start, 30)
    begin = datetime.fromtimestamp(NOW, UTC) - timedelta(days=length)
    end = datetime.fromtimestamp(NOW, UTC)
    lift = {"optimistic": 0.33, "pessimistic": -0.42}.get(formula, 0.0)

    def row(key: str, pct: float, outlets: int, **values: Any) -> UptimeResource:
        total = outlets * length * 86_400.0
        down = values.pop("down_s", total * (100 - pct) / 100)
        return UptimeResource(
            key=key,
            from_=begin,
            to=end,
            formula=formula,
            up_s=total - down,
            down_s=down,
            excluded_s=values.pop("excluded_s", total * 0.0039),
            gap_s=values.pop("gap_s", total * 0.0003),
            uptime_pct=round(pct + lift, 2),
            outlets=outlets,
            **values,
        )

    if by == "network":
        pct = {"-24h": 98.94, "-7d": 99.22}.get(start, 99.31)
        down = 60_000 * length * 86_400.0 * (100 - pct) / 100
        causes = {
            "offline": down * 0.49,
            "faulted:ReaderFailure": down * 0.12,
            "faulted:ConnectorLockFailure": down * 0.11,
            "faulted:PowerMeterFailure": down * 0.07,
            "faulted:HighTemperature": down * 0.06,
            "faulted:OtherError": down * 0.09,
            "unavailable": down * 0.06,
            "planned": 60_000 * length * 86_400 * 0.0031,
            "not_commissioned": 60_000 * length * 86_400 * 0.0008,
            "gap": 60_000 * length * 86_400 * 0.0003,
        }
        lost = [60.0 * minutes for minutes in LOST_MIN] if days else []
        return [row("network", pct, 60_000, causes=causes, lost_per_day_s=lost, down_s=down)]
    if by == "site":
        worst = (
            (3, 96.88, 14),
            (0, 97.02, 12),
            (9, 98.61, 10),
            (17, 98.70, 12),
            (15, 98.77, 16),
            (6, 98.92, 12),
            (8, 98.97, 6),
        )
        rows = [
            row(f"site-{n:02d}", pct, count, site=f"site-{n:02d}", causes={"offline": 1.0}) for n, pct, count in worst
        ]
        return rows + [row(f"site-{n:02d}", 99.3 + n / 100, 12, site=f"site-{n:02d}") for n in (1, 2, 4, 5, 7, 10)]
    found = []
    for at_, (key, pct, down_h, out_h, causes) in enumerate(WORST):
        lost = [0.0] * 30
        hours = down_h
        for day in (29, 28, 27, 26, 24, 21, 17) if at_ % 3 else (29, 28, 27, 26, 25, 24, 23, 22, 21):
            lost[day] = min(hours, 4.0 + (day + at_) % 9) * 3_600
            hours = max(0.0, hours - lost[day] / 3_600)
        found.append(
            row(
                key,
                pct,
                1,
                label=key.removeprefix("NK-").replace(":", "-"),
                down_s=down_h * 3_600,
                excluded_s=out_h * 3_600,
                gap_s=0.0,
                causes={name: hours * 3_600 for name, hours in causes.items()},
                lost_per_day_s=lost if days else [],
            )
        )
    return found


def intervals(outlet: str) -> list[IntervalResource]:
    """Thirty days of one outlet."""
    pieces = (
        (30.0, "up", ""),
        (16.2, "planned", "maintenance"),
        (16.0, "up", ""),
        (7.4, "faulted", "InternalError"),
        (7.0, "up", ""),
        (5.2, "offline", ""),
        (4.4, "up", ""),
        (3.9, "offline", ""),
        (2.9, "faulted", "InternalError"),
        (2.5, "offline", ""),
    )
    end = datetime.fromtimestamp(NOW, UTC)
    starts = [end - timedelta(days=days) for days, _, _ in pieces]
    return [
        IntervalResource(outlet=outlet, start=start, end=stop, kind=kind, detail=detail)
        for start, stop, (_, kind, detail) in zip(starts, [*starts[1:], None], pieces, strict=True)
    ]
