"""Columns against a goal, and labelled bars."""

from __future__ import annotations

from widgets.bars import columns, labelled


def text(rows: list) -> list[str]:
    """Rows of runs as text."""
    return ["".join(piece for piece, _ in runs) for runs in rows]


def test_columns_above_the_goal_are_counted_and_coloured() -> None:
    """What is over has its own colour, what is within has another."""
    drawn = columns([10.0, 20.0], 4, goal=14.0)
    assert drawn.over == 1
    styles = {style for runs in drawn.rows for piece, style in runs if "█" in piece}
    assert styles == {"data", "warn"}


def test_the_goal_is_a_dotted_line() -> None:
    """It goes through the row in which the goal lies, where no column stands."""
    drawn = columns([1.0, 2.0], 4, goal=14.0)
    assert drawn.goal_row is not None
    assert set(text(drawn.rows)[drawn.goal_row]) == {"┄"}


def test_a_day_that_nobody_counted_is_a_dot() -> None:
    """A gap is not a zero."""
    rows = text(columns([None, 5.0], 2).rows)
    assert rows[-1][1] == "·"


def test_one_dark_day_does_not_flatten_the_rest() -> None:
    """It is cut and marked, the others can still be told apart."""
    rows = text(columns([700.0, 14.0, 7.0], 6, goal=14.0).rows)
    assert rows[0][1] == "▲"
    heights = [sum(row[at] not in " ┄" for row in rows) for at in (3, 5)]
    assert heights[0] > heights[1] > 0


def test_wide_columns() -> None:
    """Every column has as many cells as it should, and the gap beside it."""
    assert text(columns([4.0, 4.0], 1, cells=2).rows) == [" ██ ██ "]


def test_a_labelled_bar() -> None:
    """Label, bar and figure keep to the width."""
    line = labelled(55, "station silent", 0.5, [("50 %", "text")])
    assert line.plain == " station silent     ━━━━━━━━━━━───────────        50 %"
