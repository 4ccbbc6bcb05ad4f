"""Sparks, bars and the totals' rule."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from backend.model.resources import Totals
from widgets.spark import STROKES, area, bar, proportions, resample, spark, totals_rule
from widgets.totals import Chosen, totals


def text(runs: list[tuple[str, str]]) -> str:
    """The cells alone."""
    return "".join(part for part, _ in runs)


def test_spark_begins_at_zero_and_shows_gaps() -> None:
    """A gap in the data is a dot, never a zero."""
    runs = spark([0.0, 4.0, None, 8.0], 8.0)
    assert text(runs) == "▁▅·█"
    assert runs[2][1] == "offline"


def test_bar() -> None:
    """Filled and empty add up to the width."""
    assert text(bar(0.71, 12)) == "━━━━━━━━━───"
    assert text(bar(2.0, 5)) == "━━━━━"


def test_area_is_as_high_as_its_rows() -> None:
    """The highest value fills its column."""
    rows = area([0.0, 5.0, 10.0], 2, 10.0)
    assert [text(row) for row in rows] == ["  █", " ██"]


def test_resample_takes_means() -> None:
    """Four values in two cells."""
    assert resample([1.0, 3.0, None, 5.0], 2) == [2.0, 5.0]
    assert resample([], 3) == []


@given(st.dictionaries(st.sampled_from(list(STROKES)), st.integers(0, 100_000), max_size=6), st.integers(10, 160))
def test_every_state_has_a_cell(counts: dict[str, int], width: int) -> None:
    """The rule is full, and whatever is there at all is seen."""
    shares = dict(proportions(counts, width))
    some = {name for name, count in counts.items() if count}
    assert shares.keys() == some
    if some:
        assert sum(shares.values()) == width
        assert min(shares.values()) >= 1


def test_rule_tells_by_strokes_without_colour() -> None:
    """The states are told apart by their strokes where colour may not be used."""
    counts = {"faulted": 1, "offline": 1, "charging": 5, "available": 13}
    assert totals_rule(counts, 20, strokes=True).plain == "×┄" + "━" * 5 + "─" * 13
    assert set(totals_rule(counts, 20, strokes=False).plain) == {"━"}


def test_totals_numbers_stand_below_their_words() -> None:
    """Two lines and the rule at 80 columns, one line and the rule from 140 on; every slot can be clicked."""
    values = Totals(outlets=60_000, sites=3, activities={"faulted": 143, "idle": 45_088, "charging": 9_842})
    words, numbers, _ = totals(values, 80, Chosen())
    end = words.plain.index("faulted") + len("faulted")
    assert numbers.plain[:end].endswith("143")
    assert {spot for _, _, spot in words.spots} >= {"totals:faulted", "totals:charging", "totals:"}
    assert len(totals(values, 160, Chosen())) == 2
