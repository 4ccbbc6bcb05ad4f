"""The writer thread: groups, promises, and a disk that fails."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backend.store import writer as writer_module
from backend.store.writer import Statement, Writer

PUT = Statement("thing", "INSERT INTO thing (id, text) VALUES (?, ?)")
DROP = Statement("thing", "DELETE FROM thing WHERE id = ?")
OTHER = Statement("other", "INSERT INTO other (id) VALUES (?)")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database with two tables."""
    path = tmp_path / "test.db"
    db = sqlite3.connect(path)
    db.execute("PRAGMA journal_mode=WAL")
    db.executescript("CREATE TABLE thing (id INTEGER PRIMARY KEY, text TEXT); CREATE TABLE other (id INTEGER)")
    db.close()
    return path


@pytest.fixture
def make(path: Path) -> Iterator[Callable[..., Writer]]:
    """Starts writers on it."""
    made: list[tuple[Writer, sqlite3.Connection]] = []

    def make(*, start: bool = True) -> Writer:
        db = sqlite3.connect(path, timeout=0.01, isolation_level=None, check_same_thread=False)
        db.execute("PRAGMA synchronous=FULL")
        writer = Writer(db, window_s=0.002)
        made.append((writer, db))
        if start:
            writer.start()
        return writer

    yield make
    for writer, db in made:
        writer.stop(0.1)
        db.close()


def rows(path: Path) -> list[tuple[int, str]]:
    """What another connection sees."""
    db = sqlite3.connect(path)
    found = db.execute("SELECT id, text FROM thing ORDER BY id").fetchall()
    db.close()
    return found


def promise(writer: Writer) -> threading.Event:
    """Set when everything put until now is on disk."""
    kept = threading.Event()
    writer.after_commit(kept.set)
    return kept


def test_rows_are_there_when_the_promise_is_kept(path: Path, make: Callable[..., Writer]) -> None:
    """Another connection reads them from then on."""
    writer = make()
    for n in range(1_000):
        writer.put(PUT, (n, "x"))
    assert promise(writer).wait(5)
    assert len(rows(path)) == 1_000
    assert writer.queued == 0
    assert writer.commits <= 5


def test_order_holds_within_a_table(path: Path, make: Callable[..., Writer]) -> None:
    """Insert, delete and insert again of one row in one batch end as they were said."""
    writer = make(start=False)
    for n in range(50):
        writer.put(PUT, (1, str(n)))
        writer.put(OTHER, (n,))
        writer.put(DROP, (1,))
    writer.put(PUT, (1, "last"))
    kept = promise(writer)
    writer.start()
    assert kept.wait(5)
    assert rows(path) == [(1, "last")]


def test_a_group_is_one_commit(make: Callable[..., Writer]) -> None:
    """What waits together is committed together."""
    writer = make(start=False)
    for n in range(500):
        writer.put(PUT, (n, "x"))
    kept = promise(writer)
    writer.start()
    assert kept.wait(5)
    assert writer.commits == 1
    assert writer.commit_ms > 0


def test_nothing_queued_needs_no_commit(make: Callable[..., Writer]) -> None:
    """A promise about nothing is kept at once."""
    writer = make()
    assert promise(writer).is_set()
    assert writer.commits == 0


def test_a_full_disk_keeps_the_batch(path: Path, make: Callable[..., Writer]) -> None:
    """No promise is kept while the disk is full; the error is shown; once there is room all is written."""
    writer = make(start=False)
    writer._db.execute("PRAGMA max_page_count=3")
    writer.start()
    for n in range(100):
        writer.put(PUT, (n, "x" * 1_000))
    kept = promise(writer)
    assert not kept.wait(0.3)
    assert writer.error is not None
    assert "full" in writer.error
    assert writer.queued >= 100
    writer.put(PUT, (100, "later"))
    second = promise(writer)
    writer._db.execute("PRAGMA max_page_count=1000000")
    assert kept.wait(5)
    assert second.wait(5)
    assert len(rows(path)) == 101
    assert writer.flush()
    assert writer.error is None
    assert writer.refused == 0


def test_another_process_in_the_way_is_waited_for(path: Path, make: Callable[..., Writer]) -> None:
    """Somebody holds the database: nothing is lost, nothing is promised, then all goes through."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    writer = make()
    writer.put(PUT, (1, "x"))
    kept = promise(writer)
    assert not kept.wait(0.2)
    assert writer.error == "database is locked"
    other.execute("ROLLBACK")
    other.close()
    assert kept.wait(5)
    assert rows(path) == [(1, "x")]


def test_a_row_that_cannot_be_written_stops_no_other(path: Path, make: Callable[..., Writer]) -> None:
    """A value that SQLite cannot take, and a statement it does not know, are counted and left out."""
    writer = make()
    writer.put(PUT, (1, "a"))
    writer.put(PUT, (2, object()))
    writer.put(PUT, (3, "\ud800"))
    writer.put(PUT, (1 << 70, "b"))
    writer.put(PUT, (1, "the key is taken"))
    writer.put(Statement("none", "INSERT INTO none VALUES (?)"), (1,))
    writer.put(PUT, (4, "c"))
    assert promise(writer).wait(5)
    assert rows(path) == [(1, "a"), (4, "c")]
    assert writer.refused == 5
    assert writer.error is None


def test_stopping_writes_what_is_queued(path: Path, make: Callable[..., Writer]) -> None:
    """A clean stop leaves nothing behind."""
    writer = make(start=False)
    for n in range(12_000):
        writer.put(PUT, (n, "x"))
    writer.start()
    assert writer.stop()
    assert len(rows(path)) == 12_000


def test_stopping_gives_up_on_a_dead_disk(make: Callable[..., Writer]) -> None:
    """It does not hang; it says that rows were lost."""
    writer = make(start=False)
    writer._db.execute("PRAGMA max_page_count=3")
    writer.put(PUT, (1, "x" * 10_000))
    writer.start()
    assert not writer.stop(0.1)


def test_a_full_queue_says_so_and_breaks_every_promise(
    path: Path, make: Callable[..., Writer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """First those who deliver are asked to wait; when rows had to be refused, nothing is promised any more."""
    monkeypatch.setattr(writer_module, "FULL_ROWS", 10)
    monkeypatch.setattr(writer_module, "MOST_ROWS", 20)
    writer = make(start=False)
    before = promise_of_nothing = None
    for n in range(10):
        assert not writer.full
        writer.put(PUT, (n, "x"))
    assert writer.full
    before = promise(writer)
    for n in range(10, 30):
        writer.put(PUT, (n, "x"))
    promise_of_nothing = promise(writer)
    writer.start()
    assert writer.flush()
    assert len(rows(path)) == 19
    assert not before.is_set()
    assert not promise_of_nothing.is_set()
    assert writer.error is not None
    assert "restart" in writer.error


def test_background_work_goes_beside_commits(path: Path, make: Callable[..., Writer]) -> None:
    """Slices alternate with rows, each in a transaction; one that fails is dropped, rows go on."""
    writer = make()
    slices: list[int] = []
    finished = threading.Event()

    def job(db: sqlite3.Connection) -> bool:
        slices.append(len(slices))
        db.execute("INSERT INTO other VALUES (?)", (len(slices),))
        if len(slices) == 3:
            finished.set()
            return False
        return True

    def broken(db: sqlite3.Connection) -> bool:
        db.execute("INSERT INTO other VALUES (99)")
        db.execute("SELECT * FROM nowhere")
        return True

    writer.submit(broken)
    writer.submit(job)
    for n in range(100):
        writer.put(PUT, (n, "x"))
    assert finished.wait(5)
    assert promise(writer).wait(5)
    assert len(rows(path)) == 100
    assert writer.flush()
    db = sqlite3.connect(path)
    assert db.execute("SELECT id FROM other").fetchall() == [(1,), (2,), (3,)]
    db.close()
