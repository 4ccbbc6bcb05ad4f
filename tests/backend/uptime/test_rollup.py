"""Roll-ups give what the stretches give, whatever happened, wherever a report begins and ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.model.interval import Interval, Minutes
from backend.uptime.formulas import FORMULAS, Tally, causes, tally, word_of
from backend.uptime.intervals import cut, merge
from backend.uptime.rollup import DAILY, EMPTY, EVERY, Edge, Mark, between, decode, encode, mark_days, marks_at

DAY = 86_400.0
BEGIN = datetime(2025, 3, 20, tzinfo=UTC).timestamp()
ZONES = ("Europe/Stockholm", "UTC", "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe")
DETAILS = {Minutes.FAULTED: ("GroundFailure", "vandalism:cable"), Minutes.PLANNED: ("closed", "out_of_service")}


@st.composite
def histories(draw: st.DrawFn) -> list[Interval]:
    """Stretches of one outlet over two months and a clock change: with holes, open at the end or not."""
    at = BEGIN + draw(st.floats(0, 5 * DAY))
    found = []
    for _ in range(draw(st.integers(0, 25))):
        at += draw(st.sampled_from((0.0, 0.0, 0.0, 3600.0, 2 * DAY)))
        length = draw(st.one_of(st.floats(0.5, DAY), st.floats(DAY, 9 * DAY)))
        kind = draw(st.sampled_from(list(Minutes)))
        detail = draw(st.sampled_from(DETAILS.get(kind, ("",))))
        found.append(Interval(station="S", evse=1, start=at, end=at + length, kind=kind, detail=detail))
        at += length
    found = merge(found)
    if found and draw(st.booleans()):
        last = found[-1]
        found[-1] = Interval(station="S", evse=1, start=last.start, end=None, kind=last.kind, detail=last.detail)
    return found


def rolled(intervals: list[Interval], days: list[float], begin: float, end: float) -> Tally:
    """The seconds of [begin, end) by marks, as a report makes them."""
    marks = marks_at(intervals, days)
    assert marks is not None
    held = dict(zip(days, (decode(encode(mark)) for mark in marks), strict=True))
    edges = []
    for moment in (begin, end):
        edge = Edge(moment, days)
        first, last = edge.span
        for one in intervals:
            ended = one.end is not None and first < one.end <= last
            is_open = one.end is None and edge.open_from is not None and one.start >= edge.open_from
            if ended or is_open:
                edge.take("S", 1, one.start, one.end, word_of(one.kind, one.detail))
        edges.append(edge)
    found = between(edges[0], held[edges[0].day], edges[1], held[edges[1].day], ("S", 1))
    found.vandalism = tally(intervals, begin, end).vandalism
    return found


@settings(deadline=None)
@given(histories(), st.sampled_from(ZONES), st.data())
def test_a_report_by_marks_is_the_report_by_stretches(
    intervals: list[Interval], zone: str, data: st.DataObject
) -> None:
    """For every formula, any zone, any begin and end, with the last mark any time ago."""
    now = BEGIN + 75 * DAY
    begin = data.draw(st.floats(BEGIN - DAY, now - 1.0))
    end = data.draw(st.floats(begin + 1.0, now))
    days = mark_days(BEGIN - 5 * DAY, data.draw(st.floats(BEGIN, now)), zone)
    by_marks = rolled(intervals, days, begin, end)
    by_stretches = tally(intervals, begin, end)
    ours, theirs = causes(by_marks.seconds), causes(by_stretches.seconds)
    for cause in {*ours, *theirs}:
        assert ours.get(cause, 0.0) == pytest.approx(theirs.get(cause, 0.0), abs=1e-3)
    for name, formula in FORMULAS.items():
        one, other = formula(by_marks), formula(by_stretches)
        for part in ("up_s", "down_s", "excluded_s", "gap_s"):
            assert getattr(one, part) == pytest.approx(getattr(other, part), abs=1e-3), (name, part)
        if other.base_s > 1.0:
            assert one.uptime_pct == pytest.approx(other.uptime_pct, abs=1e-4)


@given(histories(), st.sampled_from(ZONES), st.floats(0, 60 * DAY), st.floats(60, 5 * DAY))
def test_marks_counted_on_from_a_mark_are_the_marks_from_the_start(
    intervals: list[Interval], zone: str, at: float, length: float
) -> None:
    """A late message cuts into the past: what lies before stays, the marks after it are counted anew from the last
    one that stands."""
    days = mark_days(BEGIN, BEGIN + 75 * DAY, zone)
    start = BEGIN + at
    piece = Interval(station="S", evse=1, start=start, end=start + length, kind=Minutes.OFFLINE)
    closed = [one for one in intervals if one.end is not None]
    before = marks_at(closed, days)
    changed = sorted([*cut(closed, start, start + length), piece], key=lambda one: one.start)
    whole = marks_at(changed, days)
    assert before is not None
    assert whole is not None
    sound = [n for n, day in enumerate(days) if day <= start]
    last, mark = (days[sound[-1]], before[sound[-1]]) if sound else (float("-inf"), EMPTY)
    rest = days[len(sound) :]
    touching = [one for one in changed if one.end is not None and one.end > last]
    again = marks_at(touching, rest, last, mark)
    assert again is not None
    for one, other in zip(again, whole[len(sound) :], strict=True):
        assert one.seconds == pytest.approx(other.seconds, abs=1e-3)
        assert (one.lasting, one.since) == (other.lasting, other.since)


def test_overlapping_stretches_give_no_mark() -> None:
    """Then the report looks at the stretches themselves."""
    rows = [
        Interval(station="S", evse=1, start=BEGIN, end=BEGIN + 100, kind=Minutes.UP),
        Interval(station="S", evse=1, start=BEGIN + 50, end=BEGIN + 200, kind=Minutes.OFFLINE),
    ]
    assert marks_at(rows, [BEGIN + DAY]) is None


@pytest.mark.parametrize("zone", ZONES)
def test_marks_stand_at_local_midnights(zone: str) -> None:
    """Each of the last five weeks, every seventh before; a mark once due stays due, or gives way to a weekly one."""
    now = BEGIN + 200 * DAY
    days = mark_days(BEGIN, now, zone)
    where = ZoneInfo(zone)
    local = [datetime.fromtimestamp(day, where) for day in days]
    assert all((day.hour, day.minute, day.second) == (0, 0, 0) for day in local)
    newest = datetime.fromtimestamp(now, where)
    assert [day.date() for day in local[-DAILY:]] == [
        (newest - timedelta(days=back)).date() for back in range(DAILY - 1, -1, -1)
    ]
    assert {day.toordinal() % EVERY for day in local[:-DAILY]} == {0}
    later = set(mark_days(BEGIN, now + 3 * DAY, zone))
    assert all(day in later or datetime.fromtimestamp(day, where).toordinal() % EVERY for day in days)


def test_a_mark_travels_as_bytes() -> None:
    """A few bytes a kind."""
    mark = Mark({"up": 12.5, "faulted:GroundFailure": 3.0}, "up", 17.0)
    assert decode(encode(mark)) == mark
    assert len(encode(mark)) < 70
