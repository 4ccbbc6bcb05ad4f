"""Brings a database to the newest schema. Forward only; each step is one transaction with its version number."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from sqlite_utils import Database, Migrations

from backend.store.database import FileKind, schema_version
from backend.store.schema import create_history, create_live, create_people, create_register

STEPS: tuple[Callable[[Database], None], ...] = (create_register, create_live, create_history, create_people)
"""Step n makes version n out of version n - 1."""
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


def _numbered(version: int, step: Callable[[Database], None]) -> Callable[[Database], None]:
    def apply(db: Database) -> None:
        step(db)
        db.execute("INSERT OR REPLACE INTO meta (key, value) VALUES ('schema', ?)", [str(version)])
        db.execute("INSERT OR REPLACE INTO meta (key, value) VALUES ('application', 'noc')")
        db.execute(f"PRAGMA user_version={version:d}")

    return apply
