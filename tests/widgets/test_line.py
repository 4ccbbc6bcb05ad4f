"""A line of cells: nothing reaches beyond it, and only what differs is sent."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from noc.themes import DARK, NONE
from widgets.line import Line, fit, wrap
from widgets.look import Look, Shade


def test_cut_text_ends_in_an_ellipsis() -> None:
    """What does not fit is cut, and says so."""
    assert fit("Göteborg Lindholmen", 10) == "Göteborg …"
    assert fit("short", 10) == "short"
    assert fit("x", 0) == ""


@given(st.text(max_size=60), st.integers(0, 30))
def test_fit_never_exceeds_its_width(text: str, width: int) -> None:
    """Whatever a station calls itself, wide characters too."""
    assert cell_len(fit(text, width)) <= width


@given(st.text(max_size=40), st.integers(-3, 25), st.integers(0, 25))
def test_a_line_keeps_its_width(text: str, x: int, end: int) -> None:
    """No text can push the cells behind it out of their columns."""
    line = Line(20)
    line.put(x, text, end=end)
    line.right(18, text, "muted", start=3)
    assert len(line.cells) == len(line.styles) == 20
    assert cell_len("".join(line.cells)) == 20


def test_right_ends_before_its_column() -> None:
    """Numbers stand flush right."""
    line = Line(12)
    assert line.right(10, "21.4") == 6
    assert line.plain == "      21.4"


def test_wide_characters_take_two_cells() -> None:
    """A name in wide characters leaves its neighbours where they are."""
    line = Line(10)
    line.put(0, "駅", "text")
    line.put(2, "ab", "text")
    assert "".join(line.cells) == "駅ab      "


def test_difference_is_the_span_that_changed() -> None:
    """Only those cells are sent."""
    before, after = Line(20), Line(20)
    for line in (before, after):
        line.put(2, "04217-2")
    after.put(12, "11.0")
    assert after.difference(before) == (12, 16)
    assert after.difference(after) == (0, 0)
    assert after.same(after)
    assert not after.same(before)


def test_neighbours_of_one_style_are_one_segment() -> None:
    """Fewer segments are fewer bytes over SSH."""
    line = Line(30)
    line.put(0, "one", "text")
    line.put(4, "two", "text")
    line.put(20, "three", "crit")
    assert len(list(line.strip(Look(DARK)))) == 3


def test_ascii_twins_keep_every_cell() -> None:
    """The ASCII set changes the glyphs and nothing else."""
    line = Line(30)
    line.put(0, "▾ ✖ faulted ● ◌ ▁▄█ ━─ │ …")
    look = Look(NONE, ascii_only=True)
    text = line.strip(look).text
    assert text.isascii()
    assert len(text) == 30


def test_wrap_keeps_to_its_lines() -> None:
    """A sentence takes at most so many lines, and what is left is cut."""
    assert wrap("one two three", 7) == ["one two", "three"]
    assert wrap("one two three four five", 7, 2) == ["one two", "three …"]


def test_stale_and_dim_have_no_hue() -> None:
    """Without a server every colour falls to grey; behind a dialog too."""
    look = Look(DARK)
    live = look.style("crit", "ground").color
    for shade in (Shade.STALE, Shade.DIM):
        grey = look.style("crit", "ground", shade).color
        assert grey is not None
        assert grey != live
        red, green, blue = grey.get_truecolor()
        assert max(red, green, blue) - min(red, green, blue) < 40
    assert look.style("high.k", "panel", Shade.STALE) == look.style("high", "panel")
