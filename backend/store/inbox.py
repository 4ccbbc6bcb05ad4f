"""Rows that are safe before they are in their tables.

The tables of the history are clustered by station or session, so that a commit of a hundred messages changes a hundred
pages, and SQLite writes each page whole: 13 us a row. Here the same commit is one row at the end of one table, 1 us for
each of its rows; the tables follow two thousand rows or a second later in one transaction, which empties the inbox too.
What a crash leaves here is put into the tables when the store is opened, before anything is read.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from backend.store.batch import WRITE_ERRORS, is_rows_fault

if TYPE_CHECKING:
    from backend.store.batch import Group

log = logging.getLogger(__name__)

KEEP = "INSERT INTO inbox (held) VALUES (?)"
EMPTY = "DELETE FROM inbox"

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode


def keep(db: sqlite3.Connection, groups: Iterable[Group]) -> None:
    """Put groups of rows, with the statements that they are for, into the inbox: one statement, a commit by itself.

    Raises:
        sqlite3.Error, TypeError, OverflowError: not kept.
    """
    db.execute(KEEP, (_encode([(statement.sql, rows) for statement, rows in groups]),))


def recover(db: sqlite3.Connection) -> int:
    """Bring what is left in the inbox into its tables, in one transaction. Returns how many rows there were.

    The statements are those of the program that left them, so it comes before any change of the schema. A row that
    cannot be written (a fault of ours) is left out, as the writer does.

    Raises:
        sqlite3.Error: nothing was changed.
    """
    if db.execute("SELECT 1 FROM sqlite_master WHERE name = 'inbox'").fetchone() is None:
        return 0
    count = 0
    db.execute("BEGIN IMMEDIATE")
    try:
        for (held,) in db.execute("SELECT held FROM inbox ORDER BY id").fetchall():
            for sql, rows in _decode(held):
                count += len(rows)
                for row in rows:
                    try:
                        db.execute(sql, row)
                    except WRITE_ERRORS as error:
                        if not is_rows_fault(error):
                            raise
                        log.exception("a row that was left in the inbox cannot be written")
        db.execute(EMPTY)
        db.execute("COMMIT")
    finally:
        if db.in_transaction:
            db.execute("ROLLBACK")
    return count
