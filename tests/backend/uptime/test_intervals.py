"""Interval arithmetic holds for whatever it is given."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from backend.model.interval import Interval, Minutes
from backend.uptime.formulas import FORMULAS, count
from backend.uptime.intervals import clip, cut, flatten, length, merge, overlap, paint, union

MOMENTS = st.integers(0, 200).map(float)
SPANS = st.lists(st.tuples(MOMENTS, MOMENTS), max_size=12)


@st.composite
def intervals(draw: st.DrawFn, *, max_size: int = 10) -> list[Interval]:
    """Intervals of one outlet, overlapping at will; some still last."""
    made = []
    for _ in range(draw(st.integers(0, max_size))):
        start = draw(MOMENTS)
        end = draw(st.one_of(st.none(), st.integers(0, 60).map(lambda extra, start=start: start + extra)))
        kind = draw(st.sampled_from(list(Minutes)))
        made.append(Interval(station="A", evse=1, start=start, end=end, kind=kind, detail=draw(st.sampled_from("ab"))))
    return made


def seconds_of(spans: list[tuple[float, float]]) -> set[int]:
    """The whole seconds that spans cover: the slow and certain way."""
    return {second for start, end in spans for second in range(int(start), int(end))}


@given(SPANS)
def test_union_covers_the_same_seconds_once(spans: list[tuple[float, float]]) -> None:
    """Disjoint, ascending, nothing lost, nothing twice."""
    merged = union(spans)
    assert seconds_of(merged) == seconds_of(spans)
    assert length(spans) == len(seconds_of(spans))
    assert all(a[1] < b[0] for a, b in itertools.pairwise(merged))


@given(SPANS, MOMENTS, MOMENTS)
def test_overlap_is_the_part_inside(spans: list[tuple[float, float]], start: float, end: float) -> None:
    """No second outside, none inside lost."""
    assert seconds_of(overlap(spans, start, end)) == {s for s in seconds_of(spans) if start <= s < end}


@given(intervals(), MOMENTS, MOMENTS)
def test_clip_stays_inside(given_intervals: list[Interval], start: float, end: float) -> None:
    """Half open, closed at the end where it still lasts."""
    for interval in clip(given_intervals, start, end):
        assert interval.end is not None
        assert start <= interval.start < interval.end <= end


@given(intervals(), MOMENTS, MOMENTS)
def test_cut_removes_a_stretch_and_nothing_else(given_intervals: list[Interval], start: float, end: float) -> None:
    """Before and after as before."""
    closed = clip(given_intervals, 0.0, 300.0)
    spans = [(i.start, i.end or 0.0) for i in closed]
    left = [(i.start, i.end or 0.0) for i in cut(closed, start, end)]
    expected = seconds_of(spans) if start >= end else {s for s in seconds_of(spans) if not start <= s < end}
    assert seconds_of(left) == expected


@given(intervals())
def test_flatten_counts_every_second_once(given_intervals: list[Interval]) -> None:
    """Ascending, disjoint, the same seconds; flat ones stay as they are."""
    closed = clip(given_intervals, 0.0, 300.0)
    flat = list(flatten(closed))
    spans = [(i.start, i.end or 0.0) for i in flat]
    assert seconds_of(spans) == seconds_of([(i.start, i.end or 0.0) for i in closed])
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(spans))
    assert list(flatten(flat)) == flat


@given(intervals(), intervals(max_size=1))
def test_paint_lays_a_piece_over(given_intervals: list[Interval], pieces: list[Interval]) -> None:
    """Within the piece only the piece, outside what was there."""
    flat = list(flatten(clip(given_intervals, 0.0, 300.0)))
    for piece in clip(pieces, 0.0, 300.0):
        assert piece.end is not None
        painted = paint(flat, piece)
        assert piece in painted
        assert cut(painted, piece.start, piece.end) == cut(flat, piece.start, piece.end)


@given(intervals())
def test_merge_joins_equal_neighbours(given_intervals: list[Interval]) -> None:
    """No two neighbours that touch are alike; the length stays."""
    flat = list(flatten(clip(given_intervals, 0.0, 300.0)))
    merged = merge(flat)
    assert sum((i.end or 0.0) - i.start for i in merged) == sum((i.end or 0.0) - i.start for i in flat)
    for a, b in itertools.pairwise(merged):
        assert a.end != b.start or (a.kind, a.detail) != (b.kind, b.detail)


@given(intervals(), MOMENTS, MOMENTS, st.sampled_from(sorted(FORMULAS)))
def test_every_formula_adds_up(given_intervals: list[Interval], start: float, end: float, name: str) -> None:
    """No figure below 0 or above 100; no more seconds than there are; the parts make the whole."""
    counted = count(given_intervals, start, end, name)
    assert min(counted.up_s, counted.down_s, counted.excluded_s, counted.gap_s) >= 0
    assert counted.uptime_pct is None or 0 <= counted.uptime_pct <= 100
    assert counted.base_s <= max(0.0, end - start)
    if name in ("strict", "optimistic", "uk_strict"):
        recorded = length((i.start, i.end or 0.0) for i in clip(given_intervals, start, end))
        assert counted.base_s + counted.excluded_s + counted.gap_s == recorded


@given(intervals())
def test_pessimistic_is_never_above_strict(given_intervals: list[Interval]) -> None:
    """And strict never above optimistic."""
    low, middle, high = (
        count(given_intervals, 0.0, 300.0, name).uptime_pct for name in ("pessimistic", "strict", "optimistic")
    )
    if low is not None and middle is not None:
        assert low <= middle + 1e-9
    if middle is not None and high is not None:
        assert middle <= high + 1e-9
