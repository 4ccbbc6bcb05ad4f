"""The inbox: what is safe before it is in its table."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from backend.model.event import Sample
from backend.model.session import Session
from backend.model.settings import StoreSettings
from backend.store import Store, inbox
from backend.store.database import DATABASE_NAME
from backend.store.writer import Statement
from tests.backend.store.test_writer import promise

NOW = 1_763_130_727.0
SESSION = Session(id=1, station="A", evse=1, connector=1, transaction_id="T", started=NOW)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """As a kill leaves it: a session is in its table, twenty readings are promised and in the inbox."""
    store = Store(StoreSettings(data=tmp_path / "data"))
    store.open()
    store.session(SESSION)
    assert store._writer.flush()
    for n in range(20):
        store.readings(SESSION, ((NOW + n, Sample(energy_wh=n)),))
    assert promise(store._writer).wait(5)
    left = tmp_path / "left"
    shutil.copytree(tmp_path / "data", left, ignore=shutil.ignore_patterns("*lock*"))
    store.close()
    return left


def count(folder: Path, table: str) -> int:
    db = sqlite3.connect(folder / DATABASE_NAME)
    found = db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    db.close()
    return int(found)


async def test_what_a_crash_left_is_in_its_table_before_anything_is_read(folder: Path) -> None:
    """Each row once, however often the crash comes again."""
    assert (count(folder, "reading"), count(folder, "inbox") > 0) == (0, True)
    for _ in range(2):
        store = Store(StoreSettings(data=folder))
        store.open()
        assert [one.sample.energy_wh for one in await store.session_readings(1)] == list(range(20))
        store.close()
    assert (count(folder, "reading"), count(folder, "inbox")) == (20, 0)


def test_a_row_that_cannot_be_written_is_left_out(folder: Path) -> None:
    """It stops neither the others nor the start."""
    db = sqlite3.connect(folder / DATABASE_NAME, isolation_level=None)
    put = Statement("reading", "INSERT INTO reading (session, at) VALUES (?, ?)")
    inbox.keep(db, [(put, [(1, NOW + 100), (None, NOW), (1, NOW + 101)])])
    assert inbox.recover(db) == 23
    db.close()
    assert (count(folder, "reading"), count(folder, "inbox")) == (22, 0)


async def test_a_read_finds_what_was_promised(tmp_path: Path) -> None:
    """Whether it is in its table yet or not."""
    store = Store(StoreSettings(data=tmp_path))
    store.open()
    store.session(SESSION)
    for n in range(50):
        store.readings(SESSION, ((NOW + n, Sample(energy_wh=n)),))
        assert len(await store.session_readings(1)) == n + 1
    store.close()


async def test_rows_of_one_moment_merge_in_the_order_in_which_they_came(tmp_path: Path) -> None:
    """They reach their table sorted by session, from several commits at once; the last word of each moment counts, and
    what belongs between two kinds of row stays there."""
    other = Session(id=2, station="B", evse=1, connector=1, transaction_id="U", started=NOW)
    store = Store(StoreSettings(data=tmp_path))
    store.open()
    store.session(SESSION)
    store.session(other)
    for n in range(30):
        for session in (other, SESSION):
            store.readings(session, ((NOW, Sample(energy_wh=n, soc_pct=float(n) if n < 10 else None)),))
        assert promise(store._writer).wait(5)
    for session in (1, 2):
        (only,) = await store.session_readings(session)
        assert (only.sample.energy_wh, only.sample.soc_pct) == (29, 9.0)
    store.close()
