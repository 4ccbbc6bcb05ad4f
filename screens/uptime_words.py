"""What minutes were lost to, in words; budgets and shares."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from backend.model.interval import Minutes
from backend.model.resources import IntervalResource, UptimeResource
from backend.text import t
from backend.text.alarms import alarm_text

EXCLUDED = frozenset({Minutes.PLANNED, Minutes.NOT_COMMISSIONED, Minutes.GAP})
"""Kinds that the strict formula takes out of the base."""


class Counted(Struct, kw_only=True):
    """All that the page was told by the server."""

    at: float
    """When it was counted."""
    formula: str = "strict"
    goal_pct: float = 99.0
    network: UptimeResource | None = None
    """Of 30 days, with the days."""
    day: UptimeResource | None = None
    week: UptimeResource | None = None
    others: dict[str, float | None] = field(default_factory=dict)
    """30 days by other formulas."""
    rows: dict[str, list[UptimeResource]] = field(default_factory=dict)
    """By `outlet`, `site`, `station`: the worst first."""
    intervals: dict[str, list[IntervalResource]] = field(default_factory=dict)
    """By outlet, as they were asked for."""


def cause_word(cause: str) -> str:
    """`offline` and `faulted:GroundFailure` in words."""
    kind, _, detail = cause.partition(":")
    if kind == Minutes.FAULTED:
        return alarm_text("fault", detail, {}) if detail else t("reported fault")
    words: dict[str, str] = {
        Minutes.OFFLINE: t("station silent"),
        Minutes.UNAVAILABLE: t("out of use by itself"),
        Minutes.PLANNED: t("planned"),
        Minutes.NOT_COMMISSIONED: t("not in service yet"),
        Minutes.GAP: t("our own gap"),
        Minutes.DELIVERING: t("silent, but delivering"),
        Minutes.UP: t("up"),
    }
    word = words.get(kind, kind.replace("_", " "))
    return f"{word}: {detail}" if detail and kind != Minutes.OFFLINE else word


def kind_word(kind: str) -> str:
    """One kind of minutes."""
    return t("fault") if kind == Minutes.FAULTED else cause_word(kind)


def excluded(cause: str) -> bool:
    """Whether minutes of this cause were taken out of the base."""
    return cause.partition(":")[0] in EXCLUDED


def lost(causes: Mapping[str, float]) -> list[tuple[str, float]]:
    """What minutes were lost to, the most first; without what was excluded."""
    found = [(cause, seconds) for cause, seconds in causes.items() if seconds > 0 and not excluded(cause)]
    return sorted(found, key=lambda pair: -pair[1])


def left_out(causes: Mapping[str, float]) -> list[tuple[str, float]]:
    """What was excluded, the most first."""
    found = [(cause, seconds) for cause, seconds in causes.items() if seconds > 0 and excluded(cause)]
    return sorted(found, key=lambda pair: -pair[1])


def why(row: UptimeResource, room: int = 80) -> str:
    """Why most of it: the biggest cause, and the second where the first is not most of it and there is `room`."""
    found = lost(row.causes)
    if not found:
        return ""
    total = sum(seconds for _, seconds in found)
    first = cause_word(found[0][0])
    if len(found) == 1 or found[0][1] >= 0.7 * total:
        return first
    both = f"{first}, {cause_word(found[1][0])}"
    return both if len(both) <= room else first


def base_s(row: UptimeResource) -> float:
    """Seconds that count, over all its outlets."""
    return row.up_s + row.down_s


def spent_min(row: UptimeResource) -> float:
    """Minutes lost by each outlet, on average."""
    return row.down_s / max(1, row.outlets) / 60


def budget_min(row: UptimeResource, goal_pct: float) -> float:
    """Minutes that each outlet may lose and keep the goal."""
    return base_s(row) / max(1, row.outlets) / 60 * (1 - goal_pct / 100)


def day_goal_min(goal_pct: float) -> float:
    """Minutes that each outlet may lose in a day."""
    return 1_440 * (1 - goal_pct / 100)


def formula_word(formula: str) -> str:
    """The name of a formula as people say it."""
    return {
        "strict": t("strict"),
        "optimistic": t("optimistic"),
        "pessimistic": t("pessimistic"),
        "nevi": "NEVI",
        "uk": t("United Kingdom"),
    }.get(formula, formula)
