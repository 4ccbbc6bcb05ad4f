"""Marks of uptime (`backend.uptime.rollup`): sums of each outlet at the begin of days.

A change of what lies before the newest mark makes an outlet *stale*: until its marks are counted anew, reports look at
its stretches.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import TypeAlias

from backend.model.clock import Instant
from backend.store.writer import Statement

Outlet: TypeAlias = tuple[str, int]
Stretch: TypeAlias = tuple[str, int, Instant, Instant | None, str, str]
"""Station, EVSE, start, end, kind, detail."""

MARK = Statement("uptime_mark", "INSERT OR REPLACE INTO uptime_mark (day, station, evse, mark) VALUES (?, ?, ?, ?)")
DAY = Statement("uptime_day", "INSERT OR IGNORE INTO uptime_day (day) VALUES (?)")
FORGET_DAY = Statement("uptime_day", "DELETE FROM uptime_day WHERE day = ?")
STALE = Statement(
    "uptime_stale",
    """INSERT INTO uptime_stale (station, evse, since, version) VALUES (?, ?, ?, 1) ON CONFLICT (station, evse)
    DO UPDATE SET since = min(since, excluded.since), version = version + 1""",
)
SOUND = Statement("uptime_stale", "DELETE FROM uptime_stale WHERE station = ? AND evse = ? AND version = ?")
_STRETCH = "station, evse, start, \"end\", kind, coalesce(detail, '')"


ROWS_A_SLICE = 500


def newest_day(db: sqlite3.Connection) -> Instant:
    """The newest day of which there are marks of all outlets; minus infinity: there is none."""
    found: Instant | None = db.execute("SELECT max(day) FROM uptime_day").fetchone()[0]
    return float("-inf") if found is None else found


def forget_marks() -> Callable[[sqlite3.Connection], bool]:
    """Background work for the writer: remove the marks of days that are not needed any more."""
    days: list[Instant] | None = None

    def one_slice(db: sqlite3.Connection) -> bool:
        nonlocal days
        if days is None:
            days = _unneeded_days(db)
        if not days:
            return False
        removed = db.execute(
            """DELETE FROM uptime_mark WHERE (day, station, evse) IN
            (SELECT day, station, evse FROM uptime_mark WHERE day = ? LIMIT ?)""",
            (days[-1], ROWS_A_SLICE),
        )
        if removed.rowcount < ROWS_A_SLICE:
            days.pop()
        return bool(days)

    return one_slice


def _unneeded_days(db: sqlite3.Connection) -> list[Instant]:
    found: list[Instant] = []
    day: Instant | None = float("-inf")
    while True:
        day = db.execute("SELECT min(day) FROM uptime_mark WHERE day > ?", (day,)).fetchone()[0]
        if day is None:
            return found
        if db.execute("SELECT 1 FROM uptime_day WHERE day = ?", (day,)).fetchone() is None:
            found.append(day)


def mark_days(db: sqlite3.Connection) -> list[Instant]:
    """When there are marks of all outlets, ascending."""
    return [row[0] for row in db.execute("SELECT day FROM uptime_day ORDER BY day")]


def first_interval(db: sqlite3.Connection) -> Instant | None:
    """When the first of the stretches that are kept ended; None: none did."""
    found: Instant | None = db.execute('SELECT min("end") FROM interval WHERE "end" IS NOT NULL').fetchone()[0]
    return found


def marks(
    db: sqlite3.Connection, first: Instant, last: Instant, after: Outlet, limit: int
) -> list[tuple[str, int, bytes | None, bytes]]:
    """(station, evse, mark on the one day, mark on the other) by outlet, after that one; of all with a mark on the
    last."""
    return db.execute(
        """SELECT station, evse, (SELECT mark FROM uptime_mark f
        WHERE f.day = ?1 AND f.station = m.station AND f.evse = m.evse), mark FROM uptime_mark m
        WHERE day = ?2 AND station >= ?3 AND (station, evse) > (?3, ?4) ORDER BY station, evse LIMIT ?5""",
        (first, last, *after, limit),
    ).fetchall()


def marks_between(db: sqlite3.Connection, day: Instant, first: Outlet, last: Outlet) -> list[tuple[str, int, bytes]]:
    """(station, evse, mark) of a day, from the one outlet to the other."""
    return db.execute(
        """SELECT station, evse, mark FROM uptime_mark WHERE day = ?1 AND station >= ?2 AND station <= ?4
        AND (station, evse) >= (?2, ?3) AND (station, evse) <= (?4, ?5)""",
        (day, *first, *last),
    ).fetchall()


def stale(db: sqlite3.Connection) -> list[tuple[str, int, Instant, int]]:
    """(station, evse, since, version) of outlets whose marks from `since` on are not true."""
    return db.execute("SELECT station, evse, since, version FROM uptime_stale").fetchall()


def ended(db: sqlite3.Connection, after: Instant, upto: Instant) -> list[Stretch]:
    """Stretches that ended after the one moment, up to the other."""
    return db.execute(
        f'SELECT {_STRETCH} FROM interval WHERE "end" > ? AND "end" <= ?',  # noqa: S608 - names of ours
        (after, upto),
    ).fetchall()


def open_since(db: sqlite3.Connection, start: Instant) -> list[Stretch]:
    """Stretches that last, and began then or later."""
    return db.execute(
        f'SELECT {_STRETCH} FROM interval WHERE "end" IS NULL AND start >= ?',  # noqa: S608 - names of ours
        (start,),
    ).fetchall()


def vandalised(db: sqlite3.Connection, begin: Instant, end: Instant) -> list[Stretch]:
    """What somebody did on purpose, as far as it touches [begin, end)."""
    return db.execute(
        f"""SELECT {_STRETCH} FROM interval INDEXED BY interval_vandalism
        WHERE detail >= 'vandalism' AND detail < 'vandalisn' AND start < ? AND coalesce("end", 9e99) > ?
        ORDER BY station, evse, start""",  # noqa: S608 - names of ours
        (end, begin),
    ).fetchall()
