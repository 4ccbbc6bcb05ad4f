"""Causes, budgets and shares of uptime."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backend.model.resources import UptimeResource
from screens import uptime_words as words

END = datetime(2025, 11, 14, tzinfo=UTC)


def row(up_h: float, down_h: float, **values: Any) -> UptimeResource:
    """Thirty days of something."""
    return UptimeResource(
        key="A:1",
        from_=END - timedelta(days=30),
        to=END,
        formula="strict",
        up_s=up_h * 3_600,
        down_s=down_h * 3_600,
        excluded_s=0.0,
        gap_s=0.0,
        uptime_pct=None,
        **values,
    )


def test_the_biggest_cause_says_why() -> None:
    """A second one joins it only where the first is not most of it, and where there is room."""
    assert words.why(row(700, 20, causes={"offline": 72_000.0, "planned": 900_000.0})) == "station silent"
    mixed = row(700, 20, causes={"offline": 40_000.0, "faulted:GroundFailure": 32_000.0})
    assert words.why(mixed) == "station silent, earth fault"
    assert words.why(mixed, room=20) == "station silent"
    assert words.why(row(720, 0)) == ""


def test_what_is_excluded_is_not_lost() -> None:
    """Each second is in one of the two lists."""
    causes = {"planned": 1.0, "gap": 2.0, "not_commissioned": 3.0, "offline": 4.0, "unavailable": 5.0, "faulted:X": 6.0}
    found = row(700, 20, causes=causes)
    assert [seconds for _, seconds in words.lost_words(found)] == [6.0, 5.0, 4.0]
    assert [seconds for _, seconds in words.left_out(found)] == [3.0, 2.0, 1.0]
    found.formula, found.gap_s, found.excluded_s = "pessimistic", 2.0, 0.0
    assert words.left_out(found) == []
    assert words.out_s(found) == 0.0
    found.formula = "optimistic"
    assert [seconds for _, seconds in words.lost_words(found)] == [6.0, 5.0]


def test_the_budget_of_a_month() -> None:
    """99 % of 30 days leaves 432 minutes; 2 outlets that lost 10 h together spent 300 each."""
    found = row(1_430, 10, outlets=2)
    assert words.budget_min(found, 99.0) == pytest.approx(432.0)
    assert words.spent_min(found) == pytest.approx(300.0)
    assert words.day_goal_min(99.0) == pytest.approx(14.4)


def test_a_cause_that_nobody_knows_keeps_its_name() -> None:
    """New kinds are shown, not hidden."""
    assert words.cause_word("vandalism:window") == "vandalism: window"
