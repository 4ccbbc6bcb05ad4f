"""Intervals: late knowledge replaces a stretch; what touches a time is found. Compared with the same done by hand."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.model.interval import Interval, Minutes
from backend.store.database import DATABASE_NAME, open_writing
from backend.store.interval_rows import INTERVALS, cut, intervals, open_intervals
from backend.store.migrations import MAIN, migrate


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """An empty database."""
    path: Path = tmp_path_factory.mktemp("intervals")
    db = open_writing(path / DATABASE_NAME, MAIN, synchronous="NORMAL")
    migrate(db)
    yield db
    db.close()


def one(start: float, end: float | None, kind: Minutes = Minutes.UP, station: str = "A", evse: int = 1) -> Interval:
    """A stretch of outlet A:1, unless said otherwise."""
    return Interval(station=station, evse=evse, start=start, end=end, kind=kind, detail=kind.value)


def put(db: sqlite3.Connection, *rows: Interval) -> None:
    """Into an empty table."""
    db.execute("DELETE FROM interval")
    db.executemany(INTERVALS.put.sql, [INTERVALS.row(row) for row in rows])


def apply_cut(db: sqlite3.Connection, start: float, end: float, *pieces: Interval) -> None:
    """As the writer does it."""
    for statement, row in cut("A", 1, start, end, list(pieces)):
        db.execute(statement.sql, row)


def test_a_stretch_in_the_middle_is_replaced(db: sqlite3.Connection) -> None:
    """What spans both edges is cut on both sides; others are not touched."""
    other = one(0.0, None, station="B")
    put(db, one(0.0, 100.0), one(100.0, None, Minutes.OFFLINE), other)
    apply_cut(db, 40.0, 60.0, one(40.0, 60.0, Minutes.FAULTED))
    assert intervals(db, None, 0.0, 1e9) == [
        one(0.0, 40.0),
        one(40.0, 60.0, Minutes.FAULTED),
        one(60.0, 100.0),
        one(100.0, None, Minutes.OFFLINE),
        other,
    ]


def test_the_open_end_stays_open(db: sqlite3.Connection) -> None:
    """A cut into what still lasts leaves the rest of it lasting."""
    put(db, one(0.0, None))
    apply_cut(db, 10.0, 20.0, one(10.0, 15.0, Minutes.OFFLINE), one(15.0, 20.0, Minutes.DELIVERING))
    assert [(row.start, row.end) for row in intervals(db, [("A", 1)], 0.0, 99.0)] == [
        (0.0, 10.0),
        (10.0, 15.0),
        (15.0, 20.0),
        (20.0, None),
    ]
    assert open_intervals(db) == [one(20.0, None)]


kinds = st.sampled_from(Minutes)
edges = st.lists(st.integers(0, 40).map(float), min_size=2, max_size=9, unique=True).map(sorted)


@given(edges=edges, names=st.lists(kinds, min_size=8, max_size=8), lasting=st.booleans(), data=st.data())
def test_cuts_are_what_a_ruler_says(
    db: sqlite3.Connection, edges: list[float], names: list[Minutes], lasting: bool, data: st.DataObject
) -> None:
    """Every half second of an outlet's time has the kind that it should have, after any cut."""
    rows = [one(a, b, kind) for a, b, kind in zip(edges, edges[1:], names, strict=False)]
    if lasting:
        rows.append(one(edges[-1], None, names[-1]))
    put(db, *rows)
    start = data.draw(st.integers(-1, 41)) / 1.0
    end = start + data.draw(st.integers(1, 20))
    middle = data.draw(st.integers(int(start), int(end))) / 1.0
    pieces = [one(a, b, Minutes.GAP) for a, b in ((start, middle), (middle, end)) if a < b]
    apply_cut(db, start, end, *pieces)
    after = intervals(db, [("A", 1)], -5.0, 1e9)
    for tick in range(-4, 140):
        moment = tick / 2
        expected = "gap" if start <= moment < end else _kind_at(rows, moment)
        assert _kind_at(after, moment) == expected, moment


def _kind_at(rows: list[Interval], moment: float) -> str | None:
    found = [row.kind.value for row in rows if row.start <= moment and (row.end is None or moment < row.end)]
    assert len(found) <= 1
    return found[0] if found else None


@given(edges=edges, lasting=st.booleans(), begin=st.integers(-2, 45), length=st.integers(1, 20))
def test_what_touches_a_time_is_found(
    db: sqlite3.Connection, edges: list[float], lasting: bool, begin: int, length: int
) -> None:
    """For one outlet and for all, whatever the edges."""
    rows = [one(a, b) for a, b in itertools.pairwise(edges)]
    if lasting:
        rows.append(one(edges[-1], None))
    put(db, *rows)
    end = begin + length
    expected = [row for row in rows if row.start < end and (row.end is None or row.end > begin)]
    assert intervals(db, [("A", 1)], begin, end) == expected
    assert intervals(db, None, begin, end) == expected
    assert intervals(db, [("B", 1)], begin, end) == []
