"""Intervals of state and link, from which uptime is counted."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any, TypeAlias

from backend.model.clock import Instant
from backend.model.interval import Interval, Minutes
from backend.store.table import Table
from backend.store.writer import Row, Statement

INTERVALS = Table("interval", Interval, ("station", "evse", "start"))
Outlet: TypeAlias = tuple[str, int]
_COLUMNS = 'station, evse, start, "end", kind, detail'
_SPLIT = Statement(
    "interval",
    f"""INSERT OR REPLACE INTO interval ({_COLUMNS})
    SELECT station, evse, ?3, "end", kind, detail FROM interval
    WHERE station = ?1 AND evse = ?2 AND start < ?3 AND ("end" IS NULL OR "end" > ?3)
    ORDER BY start DESC LIMIT 1""",  # noqa: S608 - names of ours
)
_CLEAR = Statement("interval", "DELETE FROM interval WHERE station = ? AND evse = ? AND start >= ? AND start < ?")
_TRIM = Statement(
    "interval",
    """UPDATE interval SET "end" = ?3
    WHERE station = ?1 AND evse = ?2 AND start < ?3 AND ("end" IS NULL OR "end" > ?3)""",
)
_KINDS = {kind.value: kind for kind in Minutes}


def cut(station: str, evse: int, start: Instant, end: Instant, pieces: list[Interval]) -> list[tuple[Statement, Row]]:
    """What replaces all that lies in [start, end) by `pieces`: what spans an edge is cut there and stays outside."""
    return [
        (_SPLIT, (station, evse, end)),
        (_CLEAR, (station, evse, start, end)),
        (_TRIM, (station, evse, start)),
        *((INTERVALS.put, INTERVALS.row(piece)) for piece in pieces),
    ]


def open_intervals(db: sqlite3.Connection) -> list[Interval]:
    """Those that had not ended."""
    return INTERVALS.read(db, 'WHERE "end" IS NULL')


def intervals(db: sqlite3.Connection, outlets: Iterable[Outlet] | None, begin: Instant, end: Instant) -> list[Interval]:
    """All that touch [begin, end), of these outlets or of all; by outlet, then start. Not clipped."""
    if outlets is None:
        rows = db.execute(
            f"""SELECT {_COLUMNS} FROM interval WHERE "end" > ?1 AND start < ?2 UNION ALL
            SELECT {_COLUMNS} FROM interval WHERE "end" IS NULL AND start < ?2 ORDER BY 1, 2, 3""",  # noqa: S608
            (begin, end),
        ).fetchall()
    else:
        rows = [row for outlet in outlets for row in _of_outlet(db, outlet, begin, end)]
    return [_interval(row) for row in rows]


def _of_outlet(db: sqlite3.Connection, outlet: Outlet, begin: Instant, end: Instant) -> list[Any]:
    """Intervals of an outlet follow each other, so only the last one that began before `begin` can reach into it."""
    return db.execute(
        f"""SELECT {_COLUMNS} FROM interval WHERE station = ?1 AND evse = ?2 AND start < ?4
        AND start >= coalesce((SELECT max(start) FROM interval WHERE station = ?1 AND evse = ?2 AND start <= ?3), ?3)
        AND ("end" IS NULL OR "end" > ?3) ORDER BY start""",  # noqa: S608 - names of ours
        (*outlet, begin, end),
    ).fetchall()


def _interval(row: tuple[Any, ...]) -> Interval:
    station, evse, start, end, kind, detail = row
    return Interval(station=station, evse=evse, start=start, end=end, kind=_KINDS[kind], detail=detail)
