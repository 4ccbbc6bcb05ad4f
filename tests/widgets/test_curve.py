"""Curves: what plotext draws, the holes, the axes."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from widgets.curve import Point, Span, area, axis_top, dotted, line, panel, pieces, ticks, time_axis, usual_gap

SPAN = Span(0.0, 1_800.0, 60)


def text(rows: list) -> list[str]:
    """Rows of runs as text."""
    return ["".join(piece for piece, _ in runs) for runs in rows]


def steady(value: float) -> list[Point]:
    """Half an hour of one value, a reading a minute."""
    return [Point(60.0 * minute, value) for minute in range(31)]


def test_an_area_is_filled_from_zero() -> None:
    """Half of the height is full, the upper half empty, and no cell is left out."""
    rows = text(area(steady(50.0), SPAN, 4, 100.0))
    assert rows == [" " * 60, " " * 60, "█" * 60, "█" * 60]


def test_an_area_shows_eighths_of_a_cell() -> None:
    """A quarter of one row is two eighths."""
    rows = text(area(steady(25.0), SPAN, 1, 100.0))
    assert set(rows[0]) == {"▂"}


def test_measured_zero_is_empty_and_a_hole_is_a_dot() -> None:
    """Zero draws nothing; where no reading came the ground line says so."""
    points = [p for p in steady(0.0) if not 600 <= p.at <= 1_200]
    rows = area(points, SPAN, 2, 100.0)
    assert text(rows)[0].strip() == ""
    assert set(text(rows)[1]) == {" ", "·"}
    assert ("·", "offline") in {(piece[0], style) for piece, style in rows[1] if "·" in piece}


def test_a_line_rises_from_the_lower_left_to_the_upper_right() -> None:
    """The braille line begins in the lowest row and ends in the highest."""
    rows = text(line([Point(60.0 * m, m * 100 / 30) for m in range(31)], SPAN, 5, 100.0))
    assert len(rows) == 5
    assert rows[-1][0] != " "
    assert rows[0][-1] != " "
    assert rows[0][0] == " "


def test_a_line_without_braille() -> None:
    """Where only ASCII may be used the line is of stars."""
    rows = text(line(steady(50.0), SPAN, 3, 100.0, ascii_only=True))
    assert all(char in " *" for row in rows for char in row)
    assert "*" in "".join(rows)


def test_nothing_measured_draws_nothing() -> None:
    """No point, no curve; the canvas keeps its size."""
    assert text(area([], SPAN, 2, 10.0)) == [" " * 60] * 2
    assert text(line([], SPAN, 2, 10.0)) == [" " * 60] * 2


def test_a_missing_value_parts_the_curve() -> None:
    """None between two readings is a hole, however near they are."""
    assert len(pieces([Point(0, 1.0), Point(10, None), Point(20, 1.0)], 180)) == 2


def test_readings_far_apart_part_the_curve() -> None:
    """The usual distance decides what is far."""
    points = [*steady(1.0), Point(1_800 + 1_000, 1.0)]
    assert usual_gap(points) == 240
    assert len(pieces(points, usual_gap(points))) == 2


def test_a_long_curve_is_thinned_and_stays_whole() -> None:
    """Ten thousand readings cost what two thousand do, and no hole appears."""
    points = [Point(float(at), 5.0) for at in range(10_000)]
    parts = pieces(points, usual_gap(points))
    assert len(parts) == 1
    assert len(parts[0]) <= 2_000


def test_the_axis_ends_with_a_round_figure() -> None:
    """The highest value fits, and not much is left above it."""
    assert [axis_top(value) for value in (149.8, 151, 11, 7.4, 48.3, 22, 0)] == [150, 200, 15, 8, 50, 25, 1]


def test_ticks_stand_on_the_rows_of_their_values() -> None:
    """The upper row is the top, the lowest is zero."""
    assert ticks(150, 12) == [(0, 150), (4, 100), (7, 50), (11, 0)]
    assert ticks(150, 5) == [(0, 150), (2, 75), (4, 0)]
    assert ticks(100, 3) == [(0, 100), (2, 0)]


def test_an_offer_is_dotted_through_empty_cells_only() -> None:
    """The area hides it: both are not drawn in one cell."""
    canvas = area(steady(50.0), SPAN, 4, 100.0)
    rows = text(dotted(canvas, [Point(0, 100.0), Point(900, 25.0)], SPAN, 100.0))
    assert rows[0].startswith("┄" * 29)
    assert "┄" not in rows[3]


def test_the_time_axis_begins_where_the_curve_does() -> None:
    """The first label is the start; labels do not touch each other."""
    ground, labels = time_axis(80, Span(0, 1_800, 75), lambda at: f"{int(at // 60):02d}:00")
    assert labels.plain.split()[0] == "00:00"
    assert ground.plain.strip().startswith("└┬")
    assert len(labels.plain.split()) == ground.plain.count("┬")


def test_a_panel_is_as_wide_as_it_may_be() -> None:
    """Every line has the width of the page, the axis its column."""
    lines = panel(80, "power", "kW", area(steady(50.0), Span(0, 1_800, 75), 5, 100), 100, [("peak", "muted")])
    assert [drawn.width for drawn in lines] == [80] * 6
    assert [drawn.cells[4] for drawn in lines[1:]] == ["┤", "│", "┤", "│", "┤"]


@settings(deadline=None, max_examples=30)
@given(
    st.lists(
        st.tuples(st.floats(0, 90_000), st.none() | st.floats(-1e6, 1e9, allow_nan=False)),
        max_size=30,
    ),
    st.integers(1, 90),
    st.integers(1, 12),
)
def test_any_curve_keeps_to_its_canvas(found: list, cells: int, rows: int) -> None:
    """Whatever a station reports, nothing is drawn outside, and nothing raises."""
    points = [Point(at, value) for at, value in sorted(found, key=lambda pair: pair[0])]
    span = Span(0.0, 86_400.0, cells)
    for canvas in (area(points, span, rows, 100.0), line(points, span, rows, 100.0)):
        assert [len(row) for row in text(canvas)] == [cells] * rows
