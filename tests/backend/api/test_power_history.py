"""Hourly means of the power of sites."""

from __future__ import annotations

from backend.api.power_history import HOURS, PowerHistory

HOUR = 3600.0
START = 1_763_130_000.0 // HOUR * HOUR


def test_means_of_full_hours() -> None:
    """An hour's mean appears when the hour is over; hours that nobody saw are gaps."""
    power = PowerHistory()
    for minute in range(60):
        power.sample(START + minute * 60, {"a": 1000.0 + minute, "b": None})
    assert power.means("a") == [None] * HOURS
    assert power.sample(START + HOUR, {"a": 500.0, "b": 10.0})
    assert power.means("a") == [*[None] * (HOURS - 1), 1029.5]
    assert power.means("b") == [None] * HOURS
    power.sample(START + 4 * HOUR, {"a": 0.0})
    assert power.means("a")[-4:] == [1029.5, 500.0, None, None]
    assert power.means("b")[-1:] == [None]
    assert len(power.means("a")) == HOURS


def test_due_once_a_minute_and_at_the_hour() -> None:
    """Samples are taken a minute apart, when the hour turns, and when the clock was set back."""
    power = PowerHistory()
    assert power.due(START + 3590)
    power.sample(START + 3590, {})
    assert not power.due(START + 3595)
    assert power.due(START + HOUR)
    assert power.due(START)


def test_long_absence_leaves_only_gaps() -> None:
    """After more hours than are kept nothing of before is shown."""
    power = PowerHistory()
    power.sample(START, {"a": 5.0})
    power.sample(START + 100 * HOUR, {"a": 5.0})
    assert power.means("a") == [None] * HOURS


def test_what_was_stored_fills_the_past() -> None:
    """Parts of an hour add up; quiet hours are zero, hours that nobody saw are gaps, older ones do not count."""
    power = PowerHistory()
    hour = int(START // HOUR)
    parts = [
        ("a", hour - 1, 7.0),
        ("a", hour - 1, 2.0),
        ("b", hour - 4, 3.0),
        ("a", hour - HOURS - 1, 9.0),
        ("a", hour, 1.0),
    ]
    power.load(START + 60, ["a", "b", "c"], parts, {hour - 2})
    before = [None] * (HOURS - 4)
    assert power.means("a") == [*before, 0.0, 0.0, None, 9.0]
    assert power.means("b") == [*before, 3.0, 0.0, None, 0.0]
    assert power.means("c") == [*before, 0.0, 0.0, None, 0.0]
