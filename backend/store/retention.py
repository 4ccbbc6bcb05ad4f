"""Removes what is older than it is kept, in slices that hold a commit up for some milliseconds at most.

What is open, running or live stays, however old. The newest session, alarm and operation stay too: their numbers are
never given twice.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator

from backend.model.clock import Instant
from backend.store.history_rows import HANDSHAKES_KEPT

SESSIONS_A_SLICE = 50
STATIONS_A_SLICE = 50
ROWS_A_SLICE = 500
_BY_STATION = ("status_entry", "link_entry", "meter_value")


def retention(before: Instant) -> Callable[[sqlite3.Connection], bool]:
    """Background work for the writer: remove what ended before `before`."""
    slices: Iterator[None] | None = None

    def one_slice(db: sqlite3.Connection) -> bool:
        nonlocal slices
        if slices is None:
            slices = _slices(db, before)
        try:
            next(slices)
        except StopIteration:
            return False
        return True

    return one_slice


def _slices(db: sqlite3.Connection, before: Instant) -> Iterator[None]:
    yield from _sessions(db, before)
    for table in _BY_STATION:
        yield from _by_station(db, table, before)
    yield from _alarms(db, before)
    yield from _rows(db, _INTERVALS, (before, ROWS_A_SLICE))
    yield from _rows(db, _OPERATIONS, (before, ROWS_A_SLICE))
    yield from _rows(db, _NOTICES, (before, ROWS_A_SLICE))
    yield from _rows(db, _AUDIT, (before, ROWS_A_SLICE))
    yield from _rows(db, _HANDSHAKES, (HANDSHAKES_KEPT, ROWS_A_SLICE))


_INTERVALS = """DELETE FROM interval WHERE (station, evse, start) IN
    (SELECT station, evse, start FROM interval WHERE "end" IS NOT NULL AND "end" < ? LIMIT ?)"""
_OPERATIONS = """DELETE FROM operation WHERE id IN (SELECT id FROM operation WHERE requested < ?
    AND state NOT IN ('queued', 'sent', 'answered') AND id < (SELECT max(id) FROM operation) LIMIT ?)"""
_NOTICES = "DELETE FROM notice WHERE id IN (SELECT id FROM notice WHERE at < ? LIMIT ?)"
_AUDIT = "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < ? LIMIT ?)"
_HANDSHAKES = """DELETE FROM handshake WHERE id IN
    (SELECT id FROM handshake ORDER BY at LIMIT min(max(0, (SELECT count(*) FROM handshake) - ?), ?))"""


def _rows(db: sqlite3.Connection, statement: str, values: tuple[float, ...]) -> Iterator[None]:
    while db.execute(statement, values).rowcount > 0:
        yield


def _sessions(db: sqlite3.Connection, before: Instant) -> Iterator[None]:
    while True:
        found = db.execute(
            """SELECT id FROM session WHERE started < ? AND state = 'ended' AND ended < ?
            AND id < (SELECT max(id) FROM session) ORDER BY started LIMIT ?""",
            (before, before, SESSIONS_A_SLICE),
        ).fetchall()
        if not found:
            return
        db.executemany("DELETE FROM reading WHERE session = ?", found)
        db.executemany("DELETE FROM session WHERE id = ?", found)
        yield


def _alarms(db: sqlite3.Connection, before: Instant) -> Iterator[None]:
    while True:
        found = db.execute(
            """SELECT id FROM alarm WHERE raised < ? AND state = 'normal' AND coalesce(cleared, raised) < ?
            AND id < (SELECT max(id) FROM alarm) ORDER BY raised LIMIT ?""",
            (before, before, ROWS_A_SLICE),
        ).fetchall()
        if not found:
            return
        db.executemany("DELETE FROM alarm_entry WHERE alarm = ?", found)
        db.executemany("DELETE FROM alarm WHERE id = ?", found)
        yield


def _by_station(db: sqlite3.Connection, table: str, before: Instant) -> Iterator[None]:
    """Tables that are clustered by station: from one to the next, never through all rows."""
    station = ""
    following = f"SELECT min(station) FROM {table} WHERE station > ?"  # noqa: S608 - names of ours
    delete = f"DELETE FROM {table} WHERE station = ? AND at < ?"  # noqa: S608 - names of ours
    while True:
        for _ in range(STATIONS_A_SLICE):
            station = db.execute(following, (station,)).fetchone()[0]
            if station is None:
                return
            db.execute(delete, (station, before))
        yield
