"""Two panes, large digits, previews."""

from __future__ import annotations

from widgets.digits import large
from widgets.line import Line
from widgets.panes import Preview, beside, hero


def test_large_digits_are_three_rows_of_one_width() -> None:
    """Every digit, the point, the comma and the question mark."""
    rows = large("0123456789.,?")
    assert len({len(row) for row in rows}) == 1
    assert len(rows) == 3


def test_panes_stand_side_by_side_with_a_rule() -> None:
    """The rule goes on where the preview has ended."""
    left, right = Line(10), Line(8)
    left.put(0, "left")
    right.put(0, "│", "rule")
    right.put(2, "right")
    lines = beside([left], [right], 18, 2)
    assert lines[0].plain == "left      │ right"
    assert lines[1].plain == "          │"


def test_without_a_right_pane_there_is_no_rule() -> None:
    """Small screens have one pane."""
    assert beside([Line(10)], [], 10, 1)[0].plain == ""


def test_spots_move_with_their_pane() -> None:
    """A click means the same on the right."""
    right = Line(8)
    right.put(2, "go", spot="there")
    assert beside([], [right], 18, 1)[0].spots == [(12, 14, "there")]


def test_a_preview_is_cut_at_its_height() -> None:
    """It never draws below the page, and fills what is left."""
    pane = Preview(30)
    for _ in range(5):
        pane.pair("label", "value")
    assert len(pane.fitted(3)) == 3
    assert len(Preview(30).fitted(4)) == 4


def test_groups_are_parted_by_a_blank_line() -> None:
    """Not before the first."""
    pane = Preview(30)
    pane.group("one")
    pane.group("two", "right")
    assert [line.plain for line in pane.lines] == ["│ one", "│", "│ two                   right"]


def test_the_hero_has_two_lines_and_a_bar() -> None:
    """The first sentence is bold, the second is not."""
    lines = hero(40, ["First.", "Second."], "energy")
    assert [line.plain for line in lines] == [" ▌ First.", " ▌ Second."]
    assert lines[0].styles[3] == "strong"
    assert lines[1].styles[3] == "text"
