"""Removes what is older than it is kept, keeps the file below its bound, and gives freed pages back: in slices that
hold a commit up for some milliseconds at most.

What is open, running or live stays, however old. The newest session, alarm and operation stay too: their numbers are
never given twice.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable, Iterator

from msgspec import Struct

from backend.model.clock import Instant
from backend.store.history_rows import HANDSHAKES_KEPT

log = logging.getLogger(__name__)

SLICE_S = 0.004
"""How long a commit may wait for it. A step is a hundred rows or so."""
SESSIONS_A_STEP = 5
ROWS_A_STEP = 100
DAY_S = 86_400.0
LEAST_DAYS = 7.0
"""The last week is not removed, however large it is."""
ROOM = 0.95
"""How full the file is left when it was above its bound."""
FREE_PAGES = 2_000
"""Empty pages that stay in the file to be filled again."""
PAGES_A_STEP = 50
_BY_STATION = {
    "status_entry": "station, at, evse, connector, learned",
    "link_entry": "station, at, link",
    "meter_value": "station, evse, connector, at",
}
"""Tables that are clustered by station, and their keys."""


class Kept(Struct, frozen=True):
    """Until when what is older goes."""

    history: Instant
    readings: Instant
    """Curves of sessions, and readings outside them."""


def retention(kept: Kept) -> Callable[[sqlite3.Connection], bool]:
    """Background work for the writer: remove what is older."""
    return _in_slices(lambda db: _remove(db, kept))


def bounding(most_bytes: int, now: Instant) -> Callable[[sqlite3.Connection], bool]:
    """Background work for the writer: while the file holds more than `most_bytes`, remove the oldest days."""
    return _in_slices(lambda db: _bound(db, most_bytes, now))


def shrinking() -> Callable[[sqlite3.Connection], bool]:
    """Background work for the writer: give empty pages back to the disk."""
    return _in_slices(_shrink)


def _in_slices(begin: Callable[[sqlite3.Connection], Iterator[None]]) -> Callable[[sqlite3.Connection], bool]:
    steps: Iterator[None] | None = None

    def one_slice(db: sqlite3.Connection) -> bool:
        nonlocal steps
        if steps is None:
            steps = begin(db)
        until = time.monotonic() + SLICE_S
        while time.monotonic() < until:
            try:
                next(steps)
            except StopIteration:
                return False
        return True

    return one_slice


def used_bytes(db: sqlite3.Connection) -> int:
    """What is in the file, without its empty pages."""
    pages, empty, size = (db.execute(f"PRAGMA {name}").fetchone()[0] for name in _SIZES)
    return int((pages - empty) * size)


_SIZES = ("page_count", "freelist_count", "page_size")


def _remove(db: sqlite3.Connection, kept: Kept) -> Iterator[None]:
    before = kept.history
    yield from _readings(db, max(kept.readings, before))
    yield from _sessions(db, before)
    for table, key in _BY_STATION.items():
        yield from _by_station(db, table, key, max(kept.readings, before) if table == "meter_value" else before)
    yield from _alarms(db, before)
    yield from _rows(db, _INTERVALS, (before, ROWS_A_STEP))
    yield from _rows(db, _OPERATIONS, (before, ROWS_A_STEP))
    yield from _rows(db, _NOTICES, (before, ROWS_A_STEP))
    yield from _rows(db, _AUDIT, (before, ROWS_A_STEP))
    yield from _rows(db, _HANDSHAKES, (HANDSHAKES_KEPT, ROWS_A_STEP))


def _bound(db: sqlite3.Connection, most_bytes: int, now: Instant) -> Iterator[None]:
    """Of what is too much, that part of the time that is kept goes, a day at least; then what is left is weighed."""
    newest = now - LEAST_DAYS * DAY_S
    target = most_bytes
    while (used := used_bytes(db)) > target:
        target = int(most_bytes * ROOM)
        oldest = _oldest(db)
        if oldest is None or oldest >= newest:
            log.warning("the database holds %d bytes of %d, and nothing older than a week", used, most_bytes)
            return
        share = 1 - target / used
        before = min(newest, max(oldest + DAY_S, oldest + share * (now - oldest)))
        log.info("the database holds %d bytes of %d: what is older than %.0f goes", used, most_bytes, before)
        yield from _remove(db, Kept(before, before))


def _oldest(db: sqlite3.Connection) -> Instant | None:
    """When the oldest began of what may go; statuses and readings are not older."""
    found = [db.execute(statement).fetchone()[0] for statement in _OLDEST]
    return min((at for at in found if at is not None), default=None)


_OLDEST = (
    "SELECT (SELECT started FROM session WHERE state = 'ended' ORDER BY started LIMIT 1)",
    'SELECT min("end") FROM interval WHERE "end" IS NOT NULL',
    "SELECT min(at) FROM notice",
    "SELECT min(at) FROM audit",
    "SELECT (SELECT at FROM status_entry LIMIT 1)",
)


def _shrink(db: sqlite3.Connection) -> Iterator[None]:
    while db.execute("PRAGMA freelist_count").fetchone()[0] > FREE_PAGES:
        db.execute(f"PRAGMA incremental_vacuum({PAGES_A_STEP:d})").fetchall()
        yield


_INTERVALS = """DELETE FROM interval WHERE (station, evse, start) IN
    (SELECT station, evse, start FROM interval WHERE "end" IS NOT NULL AND "end" < ? LIMIT ?)"""
_OPERATIONS = """DELETE FROM operation WHERE id IN (SELECT id FROM operation WHERE requested < ?
    AND state NOT IN ('queued', 'sent', 'answered') AND id < (SELECT max(id) FROM operation) LIMIT ?)"""
_NOTICES = "DELETE FROM notice WHERE id IN (SELECT id FROM notice WHERE at < ? LIMIT ?)"
_AUDIT = "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < ? LIMIT ?)"
_HANDSHAKES = """DELETE FROM handshake WHERE id IN
    (SELECT id FROM handshake ORDER BY at LIMIT min(max(0, (SELECT count(*) FROM handshake) - ?), ?))"""


def _rows(db: sqlite3.Connection, statement: str, values: tuple[float | str, ...]) -> Iterator[None]:
    while db.execute(statement, values).rowcount > 0:
        yield


def _readings(db: sqlite3.Connection, before: Instant) -> Iterator[None]:
    """Curves of ended sessions: numbers follow the time, so the first that is young enough ends it."""
    session = -1
    while True:
        session = db.execute("SELECT min(session) FROM reading WHERE session > ?", (session,)).fetchone()[0]
        if session is None:
            return
        found = db.execute("SELECT started, state FROM session WHERE id = ?", (session,)).fetchone()
        if found is not None and found[0] >= before:
            return
        if found is None or found[1] == "ended":
            yield from _rows(db, _CURVE, (session, ROWS_A_STEP))


_CURVE = """DELETE FROM reading WHERE (session, at) IN (SELECT session, at FROM reading WHERE session = ? LIMIT ?)"""


def _sessions(db: sqlite3.Connection, before: Instant) -> Iterator[None]:
    while True:
        found = db.execute(
            """SELECT id FROM session WHERE started < ? AND state = 'ended' AND ended < ?
            AND id < (SELECT max(id) FROM session) ORDER BY started LIMIT ?""",
            (before, before, SESSIONS_A_STEP),
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
            (before, before, SESSIONS_A_STEP),
        ).fetchall()
        if not found:
            return
        db.executemany("DELETE FROM alarm_entry WHERE alarm = ?", found)
        db.executemany("DELETE FROM alarm WHERE id = ?", found)
        yield


def _by_station(db: sqlite3.Connection, table: str, key: str, before: Instant) -> Iterator[None]:
    """From one station to the next, never through all rows."""
    station = ""
    following = f"SELECT min(station) FROM {table} WHERE station > ?"  # noqa: S608 - names of ours
    delete = f"""DELETE FROM {table} WHERE ({key}) IN
        (SELECT {key} FROM {table} WHERE station = ? AND at < ? LIMIT ?)"""  # noqa: S608 - names of ours
    while True:
        station = db.execute(following, (station,)).fetchone()[0]
        if station is None:
            return
        yield from _rows(db, delete, (station, before, ROWS_A_STEP))
        yield
