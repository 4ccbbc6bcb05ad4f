"""Remote operations, how often they worked, and the audit."""

from __future__ import annotations

import sqlite3
from statistics import median
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from backend.model.clock import Instant
from backend.model.operation import AuditEntry, Operation
from backend.model.words import OperationState
from backend.store.table import Table, end_of
from backend.store.writer import Row, Statement

OPERATIONS = Table("operation", Operation, ("id",))
SET_MODEL = Statement(
    "station_state",
    """UPDATE operation SET model = (SELECT model FROM station_state s WHERE s.id = operation.station)
    WHERE id = ? AND model IS NULL""",
    reads="station_state",
)
"""What the station was when it was asked: statistics count by model. It counts as one of the station's rows, so that it
is written before what the station becomes later."""
AUDIT = Statement("audit", "INSERT INTO audit (at, who, what, target, reason, result) VALUES (?, ?, ?, ?, ?, ?)")
STATISTICS_S = 90 * 86_400.0
MOST_COUNTED = 5_000
"""The newest that statistics look at."""
MOST_ROWS = (1 << 63) - 1
_ENDS = "('proved', 'refused', 'unproved', 'timeout', 'offline')"


class OperationQuery(Struct, kw_only=True, frozen=True):
    """Which operations; what is None does not matter."""

    station: str | None = None
    operation: str | None = None
    state: OperationState | None = None
    requested_by: str | None = None
    background: bool | None = None
    begin: Instant | None = None
    """Requested at this moment or later."""
    end: Instant | None = None
    before: tuple[Instant, int] | None = None
    """(requested, id) of the last operation of the page before."""
    limit: int | None = 100


class Statistics(Struct, kw_only=True, frozen=True):
    """How an operation fared on a model in 90 days, and on one station last."""

    tried: int = 0
    worked: int = 0
    """Proved."""
    median_s: float | None = None
    """From sent to proved."""
    last_here: Instant | None = None
    last_result: OperationState | None = None


def audit_row(entry: AuditEntry) -> Row:
    """The row of a line of the audit."""
    return entry.at, entry.who, entry.what, entry.target, entry.reason, entry.result


def unfinished_operations(db: sqlite3.Connection) -> list[Operation]:
    """Those that had not ended, by id."""
    return OPERATIONS.read(db, "WHERE state IN ('queued', 'sent', 'answered') ORDER BY id")


def get_operation(db: sqlite3.Connection, operation: int) -> Operation | None:
    """One operation; None: no such."""
    found = OPERATIONS.read(db, "WHERE id = ?", (operation,))
    return found[0] if found else None


def find_operations(db: sqlite3.Connection, query: OperationQuery) -> list[Operation]:
    """Newest first."""
    return OPERATIONS.read(db, *_where(query))


def exceeds(db: sqlite3.Connection, query: OperationQuery, most: int) -> bool:
    """Whether there are more than `most`."""
    return OPERATIONS.count(db, *_where(replace(query, limit=most + 1))) > most


def _where(query: OperationQuery) -> tuple[str, list[Any]]:
    tests = [
        ("station = ?", query.station),
        ("operation = ?", query.operation),
        ("state = ?", query.state),
        ("requested_by = ?", query.requested_by),
        ("background = ?", query.background),
        ("requested >= ?", query.begin),
        ("requested < ?", end_of(query.end, query.before)),
    ]
    used = [(text, value) for text, value in tests if value is not None]
    texts, bound = [text for text, _ in used], [value for _, value in used]
    if query.before is not None:
        texts.append("(requested, id) < (?, ?)")
        bound += query.before
    where = f"WHERE {' AND '.join(texts)} " if texts else ""
    bound.append(-1 if query.limit is None else query.limit)
    return where + "ORDER BY requested DESC, id DESC LIMIT ?", bound


def statistics(db: sqlite3.Connection, operation: str, model: str, station: str, now: Instant) -> Statistics:
    """Of the last 90 days on all stations of `model` (its newest 5,000), and the last one on `station`."""
    rows = db.execute(
        f"""SELECT state, ended - sent FROM operation WHERE operation = ? AND model = ? AND requested >= ?
        AND state IN {_ENDS} ORDER BY requested DESC LIMIT ?""",  # noqa: S608 - words of ours
        (operation, model, now - STATISTICS_S, MOST_COUNTED),
    ).fetchall()
    took = [seconds for state, seconds in rows if state == OperationState.PROVED]
    timed = [seconds for seconds in took if seconds is not None]
    last = db.execute(
        f"""SELECT requested, state FROM operation WHERE station = ? AND operation = ? AND state IN {_ENDS}
        ORDER BY requested DESC LIMIT 1""",  # noqa: S608 - words of ours
        (station, operation),
    ).fetchone()
    return Statistics(
        tried=len(rows),
        worked=len(took),
        median_s=median(timed) if timed else None,
        last_here=last[0] if last else None,
        last_result=OperationState(last[1]) if last else None,
    )


def audit(db: sqlite3.Connection, target: str | None, before: int | None, limit: int) -> list[tuple[int, AuditEntry]]:
    """(number, entry), newest first; of one target or of all, older than number `before`."""
    where, values = ("", []) if target is None else ("target = ? AND ", [target])
    rows = db.execute(
        f"""SELECT id, at, who, what, target, reason, result FROM audit
        WHERE {where}id < ? ORDER BY id DESC LIMIT ?""",  # noqa: S608 - constant text
        (*values, MOST_ROWS if before is None else before, limit),
    )
    return [
        (number, AuditEntry(at=at, who=who, what=what, target=what_to, reason=reason, result=result))
        for number, at, who, what, what_to, reason, result in rows
    ]
