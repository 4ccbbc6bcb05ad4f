"""The history of an outlet as strokes."""

from __future__ import annotations

from backend.model.interval import Minutes
from widgets.curve import Span
from widgets.timeline import STROKES, Stretch, day_labels, history, legend

SPAN = Span(0, 1_000, 50)


def text(runs: list) -> str:
    """Runs as text."""
    return "".join(piece for piece, _ in runs)


def test_every_kind_of_minute_has_a_stroke() -> None:
    """None is left out when a kind is added."""
    assert set(STROKES) == set(Minutes)


def test_strokes_fill_the_time_they_lasted() -> None:
    """Each stretch has its share of the cells."""
    drawn = text(history([Stretch(0, 500, "up"), Stretch(500, 1_000, "offline")], SPAN))
    assert drawn == "─" * 25 + "┄" * 25


def test_a_short_fault_keeps_a_cell() -> None:
    """One second in a thousand is seen all the same, and the worst in a cell wins."""
    drawn = text(history([Stretch(0, 500, "up"), Stretch(500, 501, "faulted"), Stretch(501, 1_000, "up")], SPAN))
    assert drawn.count("×") == 1


def test_what_is_not_known_is_blank() -> None:
    """Before the first record nothing is claimed."""
    assert text(history([Stretch(500, 1_000, "up")], SPAN)).startswith(" " * 25)


def test_the_legend_names_each_stroke() -> None:
    """Words and strokes stand together."""
    assert text(legend()) == "─ up   × fault   ┄ silent   · excluded"


def test_dates_that_do_not_fit_are_left_out() -> None:
    """No two labels touch."""
    assert text(day_labels(SPAN, [(0, "1 Nov"), (40, "2 Nov"), (500, "3 Nov")])).split() == ["1", "Nov", "3", "Nov"]
