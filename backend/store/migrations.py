"""Brings a database to the newest schema. Forward only; each step is one transaction with its version number."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

from sqlite_utils import Database, Migrations

from backend.store import (
    alarm_rows,
    interval_rows,
    live_rows,
    operation_rows,
    register_rows,
    session_rows,
)
from backend.store.database import FileKind, schema_version
from backend.store.schema import (
    add_recall,
    create_deviations,
    create_history,
    create_inbox,
    create_live,
    create_lookups,
    create_people,
    create_quirks,
    create_register,
    create_requests,
    create_rollups,
    create_security,
    create_wanted,
)
from backend.store.table import Table

STEPS: tuple[Callable[[Database], None], ...] = (
    create_register,
    create_live,
    create_history,
    create_people,
    add_recall,
    create_quirks,
    create_wanted,
    create_rollups,
    create_inbox,
    create_lookups,
    create_security,
    create_requests,
    create_deviations,
)
"""Step n makes version n out of version n - 1."""
TABLES: tuple[Table[Any], ...] = (
    register_rows.SITES,
    register_rows.STATIONS,
    register_rows.OUTLETS,
    register_rows.TOKENS,
    register_rows.QUIRKS,
    register_rows.WANTED,
    register_rows.CREDENTIALS,
    register_rows.CERTIFICATES,
    register_rows.CERTIFICATE_REQUESTS,
    register_rows.DEVIATIONS,
    live_rows.STATIONS,
    live_rows.CONNECTORS,
    session_rows.SESSIONS,
    interval_rows.INTERVALS,
    alarm_rows.ALARMS,
    operation_rows.OPERATIONS,
)
"""Those whose columns follow a Struct."""
MAIN = FileKind(0x6E6F6331, len(STEPS))
"""`noc1`: the main database."""


def migrate(db: sqlite3.Connection, upto: int = MAIN.newest) -> int:
    """Apply what is missing, up to version `upto`; returns the version reached.

    Raises:
        sqlite3.Error: a step failed; the database stands where it stood before that step.
    """
    steps = Migrations("noc")
    for version, step in enumerate(STEPS[:upto], 1):
        steps(name=f"{version:04d}_{step.__name__}")(_numbered(version, step))
    steps.apply(Database(db, execute_plugins=False, recursive_triggers=False))
    return schema_version(db)


def add_columns(db: sqlite3.Connection) -> None:
    """Give fields that the vocabulary gained a column each, empty for the rows that are there; a field reads as its
    default then. Programs that do not know the column are not disturbed by it."""
    store = Database(db, execute_plugins=False, recursive_triggers=False)
    for table in TABLES:
        there = store.table(table.name).columns_dict
        missing = [(name, kind) for name, kind in table.columns.items() if name not in there]
        with store.atomic():
            for name, kind in missing:
                store.table(table.name).add_column(name, kind)


def _numbered(version: int, step: Callable[[Database], None]) -> Callable[[Database], None]:
    def apply(db: Database) -> None:
        step(db)
        db.execute("INSERT OR REPLACE INTO meta (key, value) VALUES ('schema', ?)", [str(version)])
        db.execute("INSERT OR REPLACE INTO meta (key, value) VALUES ('application', 'noc')")
        db.execute(f"PRAGMA user_version={version:d}")

    return apply
