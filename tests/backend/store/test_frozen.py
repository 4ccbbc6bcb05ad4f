"""Databases of every released version, filled, brought to today's schema: nothing is lost, whatever comes between."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from backend.model.settings import StoreSettings
from backend.store import Store, migrations
from backend.store.alarm_rows import AlarmQuery
from backend.store.check import check_data, count_rows, integrity
from backend.store.database import DATABASE_NAME, FileKind, open_writing, schema_version
from backend.store.inbox import recover
from backend.store.migrations import MAIN, STEPS, add_columns, migrate
from backend.store.operation_rows import OperationQuery
from backend.store.session_rows import SessionQuery
from tests.backend.store.frozen import FIXTURES, restore
from tests.recipes.net import Net

FROZEN = sorted(FIXTURES.glob("*.sql"))
LEAST_ROWS = 10
NEXT = FileKind(MAIN.application_id, MAIN.newest + 1)
Rows = dict[str, list[tuple[Any, ...]]]


def next_step(db: Database) -> None:
    """What a later version may do: make a table out of another, fill a new column, drop what is not needed."""
    db.execute("CREATE TABLE told (session INTEGER PRIMARY KEY, station TEXT)")
    db.execute("INSERT INTO told SELECT id, station FROM session")
    db.execute("ALTER TABLE session ADD COLUMN doubled INTEGER")
    db.execute("UPDATE session SET doubled = energy_wh * 2")
    db.execute("DROP TABLE handshake")


@pytest.fixture(params=FROZEN, ids=lambda path: path.stem)
def frozen(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The data directory of a released version."""
    return restore(request.param.read_text(), tmp_path / "data").parent


def columns_of(db: sqlite3.Connection) -> dict[str, list[str]]:
    """By table."""
    return {name: [row[1] for row in db.execute(f'PRAGMA table_info("{name}")')] for name in count_rows(db)}


def rows_of(db: sqlite3.Connection, columns: dict[str, list[str]]) -> Rows:
    """Every row of these tables, in these columns."""
    found = {}
    for table, held in columns.items():
        names = ", ".join(f'"{name}"' for name in held)
        found[table] = sorted(db.execute(f'SELECT {names} FROM "{table}"').fetchall(), key=repr)
    return found


def bring_up(data: Path) -> sqlite3.Connection:
    """As the store does when it opens."""
    db = open_writing(data / DATABASE_NAME, NEXT, synchronous="FULL")
    recover(db)
    migrate(db, len(migrations.STEPS))
    add_columns(db)
    return db


def test_there_is_one_of_every_release() -> None:
    """The first release is among them, and each has rows in every table."""
    assert "0.1.0" in {path.stem for path in FROZEN}


async def test_every_row_is_there_and_can_be_read(frozen: Path) -> None:
    """All columns hold what they held, all loaders and queries take it, and the check finds nothing."""
    with closing(sqlite3.connect(frozen / DATABASE_NAME, isolation_level=None)) as db:
        counts = count_rows(db)
        assert min(count for name, count in counts.items() if name not in ("meta", "_sqlite_migrations")) >= LEAST_ROWS
        recover(db)
        columns = {name: held for name, held in columns_of(db).items() if name not in ("meta", "_sqlite_migrations")}
        before = rows_of(db, columns)
    store = Store(StoreSettings(data=frozen, history_days=100_000, reading_days=100_000))
    store.open()
    with closing(sqlite3.connect(frozen / DATABASE_NAME)) as db:
        assert schema_version(db) == MAIN.newest
        assert rows_of(db, columns) == before
    loaded = {
        "site": store.load_sites(), "station": store.load_stations(), "outlet": store.load_outlets(),
        "token": store.load_tokens(), "quirk": store.load_quirks(), "credential": store.load_credentials(),
        "issued_certificate": store.load_certificates(), "wanted_setting": store.load_wanted(),
        "station_state": store.load_live(), "session": await store.sessions(SessionQuery(limit=10_000)),
        "alarm": await store.alarms(AlarmQuery(limit=10_000)),
        "operation": await store.operations(OperationQuery(limit=10_000)),
        "audit": await store.audit_entries(limit=10_000), "handshake": await store.handshakes(10_000),
        "notice": await store.notices(limit=10_000), "interval": await store.intervals(None, 0, 9e9),
        "certificate_request": store.load_certificate_requests(),
        "uptime_stale": await store.stale(), "uptime_day": await store.mark_days(),
    }  # fmt: skip
    assert {name: len(found) for name, found in loaded.items()} == {name: len(before.get(name, ())) for name in loaded}
    assert sum(len(station.connectors) for station in store.load_live()) == len(before["connector"])
    store.close()
    assert check_data(frozen).ok


async def test_a_server_goes_on_from_it(frozen: Path, tmp_path: Path) -> None:
    """The whole server, asked as a console asks."""
    with closing(sqlite3.connect(frozen / DATABASE_NAME)) as db:
        counts = count_rows(db)
    net = Net(tmp_path)
    net.settings.store.data = frozen
    await net.start()
    assert len(await net.client.stations(limit=0)) == counts["station"]
    assert len(await net.client.sessions(limit=0)) == counts["session"]
    assert len(await net.client.tokens(limit=0)) == counts["token"]
    assert len(await net.client.sites(limit=0)) == counts["site"]
    await net.stop()


def shape(db: sqlite3.Connection) -> set[tuple[str, str]]:
    """Tables and indexes, by the SQL that made them."""
    named = db.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'")
    return {(name, " ".join(sql.split())) for name, sql in named}


def test_what_was_released_is_what_the_steps_make(frozen: Path, tmp_path: Path) -> None:
    """A step of a released version that is changed afterwards would leave old databases as they were."""
    with closing(sqlite3.connect(frozen / DATABASE_NAME)) as db:
        version, released = schema_version(db), shape(db)
    (tmp_path / "new").mkdir()
    with closing(open_writing(tmp_path / "new" / DATABASE_NAME, MAIN, synchronous="FULL")) as made:
        migrate(made, version)
        if version == MAIN.newest:
            add_columns(made)
        assert released == shape(made)


def killed_at(statement: int) -> Callable[[sqlite3.Connection, str], None]:
    """Ends the process, as kill -9 does, when it comes to that statement."""
    left = [statement]

    def count(_: sqlite3.Connection, __: str) -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return count


def interrupted_at(statement: int) -> Callable[[sqlite3.Connection, str], None]:
    """Fails that statement, as a disk does."""
    left = [statement]

    def count(db: sqlite3.Connection, _: str) -> None:
        left[0] -= 1
        if left[0] == 0:
            db.interrupt()

    return count


def attempt(data: Path, at: Callable[[sqlite3.Connection, str], None]) -> int:
    """Bring it up in a process of its own; how that ended: 0 done, 1 an error of SQLite, negative a signal."""
    child = os.fork()
    if child == 0:
        code = 2
        try:
            db = open_writing(data / DATABASE_NAME, NEXT, synchronous="FULL")
            db.set_trace_callback(lambda sql: at(db, sql))
            recover(db)
            migrate(db, len(migrations.STEPS))
            add_columns(db)
            db.set_trace_callback(None)
            db.close()
            code = 0
        except sqlite3.Error:
            code = 1
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.parametrize("ends", [killed_at, interrupted_at])
def test_it_can_end_at_any_statement_and_is_begun_again(
    frozen: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ends: Callable[[int], Any]
) -> None:
    """To a version that does not exist yet: after each end the database is whole, at a version, and none of the rows
    of the inbox or of the tables is gone or doubled; the next try comes to the end."""
    monkeypatch.setattr(migrations, "STEPS", (*STEPS, next_step))
    with closing(sqlite3.connect(frozen / DATABASE_NAME)) as db:
        first = schema_version(db)
    whole = tmp_path / "whole"
    shutil.copytree(frozen, whole)
    with closing(bring_up(whole)) as db:
        counts, sums = count_rows(db), db.execute("SELECT count(*), sum(doubled) FROM session").fetchone()
    statement = 0
    while True:
        statement += 1
        data = tmp_path / f"{statement}"
        shutil.copytree(frozen, data)
        ended = attempt(data, ends(statement))
        with closing(sqlite3.connect(data / DATABASE_NAME, isolation_level=None)) as db:
            assert first <= schema_version(db) <= NEXT.newest
            assert integrity(db) == []
        with closing(bring_up(data)) as db:
            assert schema_version(db) == NEXT.newest
            assert count_rows(db) == counts
            assert db.execute("SELECT count(*), sum(doubled) FROM session").fetchone() == sums
        shutil.rmtree(data)
        if ended == 0:
            break
        assert ended in (-signal.SIGKILL, 1), ended
    assert statement > 10
