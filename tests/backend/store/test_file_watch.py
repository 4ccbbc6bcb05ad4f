"""The watch over a database's files: every harm is seen, nothing that SQLite does itself is taken for one."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from backend.store.database import DATABASE_NAME, open_writing
from backend.store.file_watch import FileWatch
from backend.store.migrations import MAIN, migrate


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A database with rows in its file and in its log."""
    db = open_writing(tmp_path / DATABASE_NAME, MAIN, synchronous="FULL")
    migrate(db)
    grow(db, 2_000)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    grow(db, 10)
    yield db
    db.close()


@pytest.fixture
def watch(db: sqlite3.Connection, tmp_path: Path) -> Iterator[FileWatch]:
    watch = FileWatch(tmp_path / DATABASE_NAME)
    assert watch.trouble() is None
    yield watch
    db.close()
    watch.close()


def grow(db: sqlite3.Connection, rows: int) -> None:
    """In one commit."""
    db.execute("BEGIN")
    db.executemany("INSERT INTO notice (station, at, action, text) VALUES ('A', 1, 'x', ?)", [("x" * 500,)] * rows)
    db.execute("COMMIT")


def test_what_sqlite_does_itself_is_no_trouble(db: sqlite3.Connection, watch: FileWatch, tmp_path: Path) -> None:
    """Commits, checkpoints of all kinds, a log that begins again, a file that becomes smaller."""
    db.execute("PRAGMA wal_autocheckpoint=50")
    db.execute("PRAGMA journal_size_limit=50000").fetchall()
    for _ in range(200):
        grow(db, 5)
        assert watch.trouble() is None
    with closing(sqlite3.connect(tmp_path / DATABASE_NAME)) as other:
        for kind in ("PASSIVE", "FULL", "RESTART", "TRUNCATE"):
            other.execute(f"PRAGMA wal_checkpoint({kind})").fetchall()
            assert watch.trouble() is None
            grow(db, 100)
            assert watch.trouble() is None
    for kind in ("PASSIVE", "FULL", "RESTART", "TRUNCATE"):
        db.execute(f"PRAGMA wal_checkpoint({kind})").fetchall()
        assert watch.trouble() is None
        grow(db, 5)
        assert watch.trouble() is None
    before = (tmp_path / DATABASE_NAME).stat().st_size
    db.execute("DELETE FROM notice")
    for _ in range(300):
        db.execute("PRAGMA incremental_vacuum")
    assert watch.trouble() is None
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    assert (tmp_path / DATABASE_NAME).stat().st_size < before
    assert watch.trouble() is None
    grow(db, 5)
    assert watch.trouble() is None


HARMS: list[tuple[str, Callable[[Path], object]]] = [
    ("removed", lambda path: path.unlink()),
    ("cut off", lambda path: os.truncate(path, path.stat().st_size - 4096)),
    ("cut off", lambda path: os.truncate(path, 0)),
    (
        "replaced",
        lambda path: path.with_name("new").write_bytes(path.read_bytes()) and path.with_name("new").replace(path),
    ),
    ("removed", lambda path: wal(path).unlink()),
    ("cut off", lambda path: os.truncate(wal(path), wal(path).stat().st_size - 5_000)),
    ("cut off", lambda path: os.truncate(wal(path), 0)),
    (
        "replaced",
        lambda path: wal(path).with_name("new").write_bytes(b"x") and wal(path).with_name("new").replace(wal(path)),
    ),
]


def wal(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


@pytest.mark.parametrize(("says", "harm"), HARMS)
def test_every_harm_is_seen_at_the_next_commit(
    db: sqlite3.Connection, watch: FileWatch, tmp_path: Path, says: str, harm: Callable[[Path], object]
) -> None:
    """Though the commit itself succeeds."""
    harm(tmp_path / DATABASE_NAME)
    db.execute("INSERT INTO notice (station, at, action, text) VALUES ('A', 2, 'x', 'after')")
    assert says in (watch.trouble() or "")
