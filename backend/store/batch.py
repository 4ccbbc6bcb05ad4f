"""Rows on their way to the disk: in groups, each with its statement, and how a group is written."""

from __future__ import annotations

import sqlite3
import threading
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from backend.store.writer import Done, Row, Statement

    Group: TypeAlias = tuple[Statement, list[Row]]

ROWS_A_STEP = (64, 16, 4)
"""How many rows one INSERT takes, where there are so many."""

WRITE_ERRORS = (sqlite3.Error, OverflowError, UnicodeError, TypeError)
_ROW_ERRORS = (
    sqlite3.IntegrityError,
    sqlite3.InterfaceError,
    sqlite3.ProgrammingError,
    sqlite3.DataError,
    OverflowError,
    UnicodeError,
    TypeError,
)


def is_rows_fault(error: Exception) -> bool:
    """Whether it is the row (or its statement) that is wrong, and not the disk: such a row would stop all others for
    ever."""
    return isinstance(error, _ROW_ERRORS) or getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR


@lru_cache(maxsize=64)
def _for_rows(statement: Statement, rows: int) -> str | None:
    return statement.for_rows(rows)


def insert_rows(db: sqlite3.Connection, statement: Statement, rows: list[Row]) -> None:
    """Like `executemany`. An INSERT takes many rows at a step: between two steps the interpreter's lock changes hands
    with the server's loop, which costs more than the row."""
    at, left = 0, len(rows)
    for size in ROWS_A_STEP:
        many = _for_rows(statement, size) if left >= size else None
        if many is None:
            continue
        while left >= size:
            db.execute(many, tuple(chain.from_iterable(rows[at : at + size])))
            at += size
            left -= size
    if left:
        db.executemany(statement.sql, rows[at:])


class Batch:
    """Rows in groups, each for one `executemany`, and who waits for them."""

    def __init__(self) -> None:
        self.groups: list[Group] = []
        self.done: list[Done] = []
        self.flushed: list[threading.Event] = []
        self.rows = 0
        self.to_tables = False
        """Somebody waits for the tables, not only for the disk."""
        self._last: dict[str, tuple[Statement, list[Row]]] = {}

    def add(self, statement: Statement, row: Row) -> list[Row]:
        """Put a row where it belongs. Returns its group, which takes what follows directly for the same statement."""
        self.rows += 1
        if statement.reads:
            self._last.pop(statement.reads, None)
        last = self._last.get(statement.table)
        if last is not None and last[0] is statement:
            last[1].append(row)
            return last[1]
        group = (statement, [row])
        self._last[statement.table] = group
        self.groups.append(group)
        return group[1]

    def take_up(self, later: Batch) -> None:
        """Add the rows of a later batch, those of one statement in as few groups as their order allows."""
        self.rows += later.rows
        for statement, rows in later.groups:
            if statement.reads:
                self._last.pop(statement.reads, None)
            last = self._last.get(statement.table)
            if last is not None and last[0] is statement:
                last[1].extend(rows)
            else:
                self._last[statement.table] = (statement, rows)
                self.groups.append(self._last[statement.table])
