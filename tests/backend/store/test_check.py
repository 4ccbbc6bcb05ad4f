"""`noc check`: a sound database has no findings, each thing that must not be is found by its own test."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from backend.model.errors import NocError
from backend.model.settings import StoreSettings
from backend.store import Store
from backend.store.check import check_data
from backend.store.database import DATABASE_NAME

SESSION = """INSERT INTO session (id, station, evse, connector, transaction_id, state, started, ended, meter_start_wh,
    meter_stop_wh, energy_wh, flags) VALUES (?, 'CP1', 1, 1, ?, ?, ?, ?, 100, ?, ?, ?)"""
SOUND = (1, "1", "ended", 10.0, 20.0, 600, 500, "[]")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A database with one station and one session, closed."""
    store = Store(StoreSettings(data=tmp_path / "data"))
    store.open()
    store.close()
    with closing(write(tmp_path / "data")) as db:
        db.execute("INSERT INTO station (key, id) VALUES ('cp1', 'CP1')")
        db.execute(SESSION, SOUND)
        db.execute("INSERT INTO reading (session, at, energy_wh) VALUES (1, 15, 300)")
    return tmp_path / "data"


def write(data: Path) -> sqlite3.Connection:
    """A connection past all our rooms."""
    return sqlite3.connect(data / DATABASE_NAME, isolation_level=None)


def found(data: Path) -> set[str]:
    """The tests that found something."""
    report = check_data(data)
    assert report.ok == (not report.findings)
    assert all(finding.text and finding.examples and finding.count for finding in report.findings)
    return {finding.check for finding in report.findings}


def test_a_sound_database_has_no_findings(data: Path) -> None:
    """And every table is counted, beside a server that runs as without one; nothing is left behind."""
    before = sorted(path.name for path in data.iterdir())
    report = check_data(data)
    assert (report.ok, report.findings) == (True, [])
    assert report.files[0].rows["session"] == report.files[0].rows["reading"] == 1
    assert sorted(path.name for path in data.iterdir()) == before
    store = Store(StoreSettings(data=data))
    store.open()
    try:
        assert check_data(data, quick=True).ok
    finally:
        store.close()


WRONG = {
    "session_energy": (SESSION, (2, "2", "ended", 10.0, 20.0, 600, 777, "[]")),
    "session_readings": ("INSERT INTO reading (session, at, energy_wh) VALUES (1, 16, 900)", ()),
    "session_times": (SESSION, (2, "2", "ended", 30.0, 20.0, 600, 500, "[]")),
    "open_sessions": (SESSION.replace("'CP1'", "'CP9'"), (2, "2", "active", 30.0, None, None, 0, "[]")),
    "orphan_readings": ("INSERT INTO reading (session, at, energy_wh) VALUES (77, 15, 300)", ()),
    "orphan_alarm_entries": ("INSERT INTO alarm_entry (id, alarm, at) VALUES (1, 77, 15)", ()),
    "counters": (SESSION, (-1, "2", "ended", 10.0, 20.0, 600, 500, "[]")),
}


@pytest.mark.parametrize("check", WRONG)
def test_what_must_not_be_is_found(data: Path, check: str) -> None:
    """Each by the test that is there for it, and by no other."""
    statement, row = WRONG[check]
    with closing(write(data)) as db:
        db.execute(statement, row)
    assert found(data) == {check}


@pytest.mark.parametrize("flag", ["register_fell", "unknown_transaction"])
def test_a_flag_explains_energy_that_does_not_add_up(data: Path, flag: str) -> None:
    """What was told apart when it happened is no finding."""
    with closing(write(data)) as db:
        db.execute(SESSION, (2, "2", "ended", 10.0, 20.0, 600, 777, f'["{flag}"]'))
    assert found(data) == set()


def test_one_transaction_is_open_once(data: Path) -> None:
    """Two open sessions of a station with one transaction id."""
    with closing(write(data)) as db:
        for number in (2, 3):
            db.execute(SESSION, (number, "T", "active", 30.0, None, None, 0, "[]"))
    assert found(data) == {"transaction_ids"}


@pytest.mark.parametrize(
    ("first", "second", "wrong"),
    [((0, 10), (10, 20), False), ((0, 10), (10, None), False), ((0, 11), (10, 20), True), ((0, None), (10, 20), True)],
)
def test_intervals_follow_each_other(
    data: Path, first: tuple[int, int | None], second: tuple[int, int | None], wrong: bool
) -> None:
    """Uptime would count a minute twice."""
    with closing(write(data)) as db:
        for begin, end in (first, second):
            db.execute("INSERT INTO interval VALUES ('CP1', 1, ?, ?, 'available', '')", (begin, end))
    assert found(data) == ({"intervals"} if wrong else set())


def test_damage_is_found_wherever_it_is(data: Path) -> None:
    """Garbage in the pages of a table: a finding, or the plain word that it cannot be read; never an exception."""
    with closing(write(data)) as db:
        rows = [(number, str(number), "ended", 10.0, 20.0, 600, 500, "[]") for number in range(2, 3_000)]
        db.executemany(SESSION, rows)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    path = data / DATABASE_NAME
    whole = path.read_bytes()
    dice = random.Random(4)
    for _ in range(12):
        content = bytearray(whole)
        page = dice.randrange(1, len(content) // 4096) * 4096
        content[page : page + 4096] = dice.randbytes(4096)
        path.write_bytes(content)
        assert found(data) & {"integrity", "database_damaged"}, page


def test_no_database_is_no_empty_report(tmp_path: Path) -> None:
    """Nothing there, and something gone, are told apart."""
    with pytest.raises(NocError) as error:
        check_data(tmp_path)
    assert error.value.code == "no_database"
    (tmp_path / "trace.db").write_bytes(b"x" * 100)
    with pytest.raises(NocError) as error:
        check_data(tmp_path)
    assert error.value.code == "database_damaged"


@pytest.fixture
def opened(data: Path) -> Iterator[Store]:
    """A store that runs on the data."""
    store = Store(StoreSettings(data=data))
    store.open()
    yield store
    store.close()


def test_it_writes_nothing_beside_a_server(data: Path, opened: Store) -> None:
    """The server's files are the same before and after."""
    assert opened.error is None
    path = data / DATABASE_NAME
    before = path.read_bytes()
    assert check_data(data).ok
    assert path.read_bytes() == before
