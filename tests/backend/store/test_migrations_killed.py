"""kill -9 in the middle of a migration: the database stands at a whole version, and the next start goes on there."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

from backend.store.check import check_data, integrity
from backend.store.database import DATABASE_NAME, open_writing, schema_version
from backend.store.migrations import MAIN, STEPS, add_columns, migrate

FIRST = 4
"""The oldest version that had all rooms' tables."""
ROUNDS = 25
SITES = 2_000


def filled(data: Path) -> None:
    """A database of version FIRST with rows in it."""
    data.mkdir(exist_ok=True)
    db = open_writing(data / DATABASE_NAME, MAIN, synchronous="FULL")
    migrate(db, FIRST)
    db.execute("BEGIN")
    rows = [(f"s{number}", f"S{number}", "x" * 100) for number in range(SITES)]
    db.executemany("INSERT INTO site (key, id, name) VALUES (?, ?, ?)", rows)
    session = "INSERT INTO session (id, station, state, started, ended, flags) VALUES (?, 'CP1', 'ended', 1, 2, '[]')"
    db.executemany(session, [(number + 1,) for number in range(SITES)])
    db.execute("COMMIT")
    db.close()


def migrate_until_killed(data: Path, statements: int) -> bool:
    """In a process of its own that kills itself at that statement. False: it came to the end before."""
    child = os.fork()
    if child == 0:
        left = [statements]

        def count(_: str) -> None:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            db = open_writing(data / DATABASE_NAME, MAIN, synchronous="FULL")
            db.set_trace_callback(count)
            migrate(db)
            add_columns(db)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def test_a_killed_migration_goes_on(tmp_path: Path) -> None:
    """At random statements: each step is there whole or not at all, no row is lost, and it ends at the newest."""
    dice = random.Random(7)
    killed = 0
    for number in range(ROUNDS):
        data = tmp_path / str(number)
        filled(data)
        while migrate_until_killed(data, dice.randrange(1, 120)):
            killed += 1
            with closing(sqlite3.connect(data / DATABASE_NAME)) as db:
                version = schema_version(db)
                assert FIRST <= version <= len(STEPS)
                applied = db.execute("SELECT count(*) FROM _sqlite_migrations").fetchone()[0]
                assert (
                    applied == version == int(db.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()[0])
                )
                assert integrity(db) == []
        with closing(sqlite3.connect(data / DATABASE_NAME)) as db:
            assert schema_version(db) == MAIN.newest
            for table in ("site", "session"):
                assert db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] == SITES
        assert check_data(data).ok
    assert killed >= ROUNDS
