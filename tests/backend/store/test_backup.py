"""Copies of a database that is written all the while, and their way back."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from contextlib import closing
from pathlib import Path

import pytest

from backend.model.errors import Conflict, NocError
from backend.model.settings import StoreSettings
from backend.store import Store, live_rows
from backend.store.backup import Stopped, back_up
from backend.store.check import check_data, integrity
from backend.store.database import DATABASE_NAME
from backend.store.restore import restore
from backend.store.writer import Statement

NOTE = Statement("notice", "INSERT INTO notice (id, station, at, action, text) VALUES (?, ?, ?, ?, ?)")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store with some megabytes in it."""
    made = Store(StoreSettings(data=tmp_path / "data"))
    made.open()
    fill(made, 0, 5_000)
    made._writer.flush()
    return made


def fill(store: Store, begin: int, end: int) -> None:
    """Rows beside the rooms' own."""
    for number in range(begin, end):
        store._writer.put(NOTE, (number + 1, "CP1", float(number), "note", "x" * 500))


def count(path: Path) -> int:
    """Notices in a file."""
    with closing(sqlite3.connect(path)) as db:
        assert integrity(db) == []
        return int(db.execute("SELECT count(*) FROM notice").fetchone()[0])


def test_a_copy_is_of_one_moment_while_others_write(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The writer never waits for it; the copy is whole, for its owner alone, and has the rows that it says."""
    monkeypatch.setattr("backend.store.backup.PAGES_A_SLICE", 100)
    source, target = tmp_path / "data" / DATABASE_NAME, tmp_path / "copy.db"
    at = [5_000]

    def more() -> bool:
        fill(store, at[0], at[0] + 500)
        at[0] += 500
        assert store._writer.flush(5), "the writer waits for the copy"
        return True

    made = back_up(source, target, more)
    assert at[0] > 5_500, "it was copied in slices"
    assert made.rows["notice"] == count(target) == 5_000
    assert made.path == str(target)
    assert made.bytes == target.stat().st_size
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir() if "copy" in path.name] == ["copy.db"]
    store.close()
    assert count(source) == at[0]


def test_a_copy_that_is_stopped_leaves_nothing(store: Store, tmp_path: Path) -> None:
    """The older copy stays as it was."""
    source, target = tmp_path / "data" / DATABASE_NAME, tmp_path / "copy.db"
    back_up(source, target)
    before = target.read_bytes()
    fill(store, 5_000, 6_000)
    with pytest.raises(Stopped):
        back_up(source, target, lambda: False)
    assert target.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if "copy" in path.name] == ["copy.db"]
    store.close()


def test_nothing_is_overwritten_but_a_copy(store: Store, tmp_path: Path) -> None:
    """Neither the database itself, nor somebody's file, a link, a directory."""
    source = tmp_path / "data" / DATABASE_NAME
    somebodys = tmp_path / "letter.txt"
    somebodys.write_text("dear all, this is no database of anybody's, and longer than its header would be. " * 3)
    link = tmp_path / "link.db"
    link.symlink_to(somebodys)
    empty = tmp_path / "empty"
    empty.touch()
    for target in (source, somebodys, link, empty, tmp_path, tmp_path / "no" / "copy.db", Path("copy.db")):
        with pytest.raises(NocError):
            back_up(source, target)
    assert somebodys.read_text().startswith("dear all")
    assert not empty.stat().st_size
    store.close()


async def test_the_store_remembers_its_last_copy(store: Store, tmp_path: Path) -> None:
    """Also after a restart; two at a time are refused."""
    store.load_last_backup()
    assert store.last_backup is None
    store._backing_up = True
    with pytest.raises(Conflict):
        await store.back_up(tmp_path / "copy.db", 1_000.0)
    store._backing_up = False
    await store.back_up(tmp_path / "copy.db", 1_000.0)
    store.close()
    again = Store(StoreSettings(data=tmp_path / "data"))
    again.open()
    again.load_last_backup()
    assert again.last_backup is not None
    assert (again.last_backup.at, again.last_backup.path) == (1_000.0, str(tmp_path / "copy.db"))
    again.close()


def test_a_copy_comes_back(store: Store, tmp_path: Path) -> None:
    """Refused while a server runs; then what was there is kept beside it, with what its log held."""
    data, copy = tmp_path / "data", tmp_path / "copy.db"
    back_up(data / DATABASE_NAME, copy)
    fill(store, 5_000, 5_100)
    store._writer.flush()
    with pytest.raises(NocError) as refused:
        restore(copy, data)
    assert refused.value.code == "data_in_use"
    store.close()
    done = restore(copy, data)
    assert done.rows["notice"] == count(data / DATABASE_NAME) == 5_000
    assert done.kept is not None
    assert count(Path(done.kept)) == 5_100
    assert check_data(data).ok
    opened = Store(StoreSettings(data=data))
    opened.open()
    opened.close()
    fresh = restore(copy, tmp_path / "other")
    assert fresh.kept is None
    assert count(tmp_path / "other" / DATABASE_NAME) == 5_000


@pytest.mark.parametrize("harm", ["cut", "garbage", "foreign", "missing"])
def test_a_copy_that_is_none_changes_nothing(store: Store, tmp_path: Path, harm: str) -> None:
    """It is looked at before anything is moved."""
    data, copy = tmp_path / "data", tmp_path / "copy.db"
    back_up(data / DATABASE_NAME, copy)
    store.close()
    before = {path.name: path.read_bytes() for path in data.iterdir()}
    content = bytearray(copy.read_bytes())
    if harm == "cut":
        copy.write_bytes(content[:100_000])
    elif harm == "garbage":
        content[40_960:45_056] = os.urandom(4_096)
        copy.write_bytes(content)
    elif harm == "foreign":
        copy.write_bytes(b"x" * 5_000)
    else:
        copy.unlink()
    with pytest.raises(NocError) as refused:
        restore(copy, data)
    assert refused.value.hint
    assert {path.name: path.read_bytes() for path in data.iterdir()} == before


def test_a_damaged_database_is_replaced_and_kept(store: Store, tmp_path: Path) -> None:
    """With the log that belongs to it; the new one never meets the old log."""
    data, copy = tmp_path / "data", tmp_path / "copy.db"
    back_up(data / DATABASE_NAME, copy)
    store.close()
    path = data / DATABASE_NAME
    path.write_bytes(b"garbage" * 2_000)
    path.with_name(path.name + "-wal").write_bytes(b"log" * 2_000)
    done = restore(copy, data)
    assert done.kept is not None
    assert Path(done.kept).read_bytes().startswith(b"garbage")
    assert count(path) == 5_000


def test_a_standing_disk_is_said(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer that is not even refused: after some seconds that is an error, and over as soon as it goes on."""
    stood, goes_on = threading.Event(), threading.Event()

    def stand(_: sqlite3.Connection) -> bool:
        stood.set()
        goes_on.wait(10)
        return False

    monkeypatch.setattr("backend.store.store.STANDSTILL_S", 0.05)
    store._writer.submit(stand)
    assert stood.wait(5)
    store._writer.put(live_rows.ALIVE, ("1.0",))
    store.tick(1.0)
    assert store.error is None
    monkeypatch.setattr("backend.store.store.STANDSTILL_S", 0.0)
    store.tick(1.0)
    assert store.error is not None
    goes_on.set()
    store._writer.flush()
    store.tick(2.0)
    store._writer.flush()
    store.tick(3.0)
    assert store.error is None
    store.close()
