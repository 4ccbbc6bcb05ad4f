"""What minutes were lost to, in words; budgets and shares."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from backend.model.interval import Minutes
from backend.model.resources import IntervalResource, UptimeResource
from backend.text import t
from backend.text.alarms import alarm_text

_SAID = frozenset({Minutes.FAULTED, Minutes.UNAVAILABLE})
_AGREED = frozenset({Minutes.PLANNED, Minutes.NOT_COMMISSIONED})
_LOST: dict[str, frozenset[Minutes]] = {
    "optimistic": _SAID,
    "pessimistic": _SAID | _AGREED | {Minutes.OFFLINE, Minutes.GAP},
    "nevi": _SAID | {Minutes.OFFLINE, Minutes.GAP},
    "cec": _SAID | {Minutes.OFFLINE, Minutes.GAP},
    "uk_literal": _SAID | {Minutes.PLANNED},
    "uk_strict": _SAID | {Minutes.PLANNED},
}
"""Kinds that a formula counts as lost; what is neither these nor up is taken out of the base (domain.md 4.2)."""
_STRICT = _SAID | {Minutes.OFFLINE}


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
    if kind in words:
        return words[kind]
    word = kind.replace("_", " ")
    return f"{word}: {detail}" if detail else word


def excluded(kind: str, formula: str) -> bool:
    """Whether minutes of this kind, or cause, are taken out of the base."""
    return kind.partition(":")[0] not in _LOST.get(formula, _STRICT)


def lost(causes: Mapping[str, float], formula: str = "strict") -> list[tuple[str, float]]:
    """What minutes were lost to, by cause, the most first; without what was excluded."""
    found = [(cause, seconds) for cause, seconds in causes.items() if seconds > 0 and not excluded(cause, formula)]
    return sorted(found, key=lambda pair: -pair[1])


def lost_words(row: UptimeResource) -> list[tuple[str, float]]:
    """What minutes were lost to, in words, the most first; without what was excluded."""
    return _in_words(row, out=False)


def left_out(row: UptimeResource) -> list[tuple[str, float]]:
    """What was excluded, in words, the most first."""
    return _in_words(row, out=True)


def _in_words(row: UptimeResource, *, out: bool) -> list[tuple[str, float]]:
    found: dict[str, float] = {}
    for cause, seconds in row.causes.items():
        if seconds > 0 and excluded(cause, row.formula) is out:
            word = cause_word(cause)
            found[word] = found.get(word, 0.0) + seconds
    return sorted(found.items(), key=lambda pair: -pair[1])


def out_s(row: UptimeResource) -> float:
    """Seconds that are not in the base."""
    return row.excluded_s + (row.gap_s if excluded(Minutes.GAP, row.formula) else 0.0)


def why(row: UptimeResource, room: int = 80) -> str:
    """Why most of it: the biggest cause, and the second where the first is not most of it and there is `room`."""
    found = lost_words(row)
    if not found:
        return ""
    total = sum(seconds for _, seconds in found)
    first = found[0][0]
    if len(found) == 1 or found[0][1] >= 0.7 * total:
        return first
    both = f"{first}, {found[1][0]}"
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
        "cec": "CEC",
        "uk_literal": t("UK, as written"),
        "uk_strict": t("UK, strict"),
    }.get(formula, formula)
