"""What is older than it is kept goes; what is open or live stays."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from backend.model.alarm import Alarm, AlarmEntry
from backend.model.event import Sample
from backend.model.frame import Handshake
from backend.model.interval import Interval, Minutes
from backend.model.operation import AuditEntry, Operation
from backend.model.session import Reading, Session
from backend.model.settings import StoreSettings
from backend.model.words import AlarmState, Link, OperationState, SessionState, Severity
from backend.store import Store
from backend.store import retention as retention_module
from backend.store.bulk import Thing
from backend.store.database import DATABASE_NAME
from backend.store.history_rows import LinkEntry, Notice, StatusEntry
from backend.store.retention import Kept, bounding, retention, shrinking, used_bytes

DAY = 86_400.0


def history(days: int) -> list[Thing]:
    """One of each a day, for stations A to C; the first of everything is still open."""
    things: list[Thing] = []
    for n in range(days):
        at = n * DAY
        station = "ABC"[n % 3]
        first = n == 0
        session = Session(id=n + 1, station=station, evse=1, connector=1, transaction_id=str(n), started=at)
        if not first:
            session.state, session.ended = SessionState.ENDED, at + 60
        things += [
            session,
            Reading(session=n + 1, at=at, sample=Sample(energy_wh=1)),
            Reading(session=n + 1, at=at + 1, sample=Sample(energy_wh=2)),
            StatusEntry(station=station, evse=1, connector=1, at=at, learned=at, status="Available", activity="idle"),
            LinkEntry(station=station, at=at, link="online"),
            Notice(station=station, at=at, action="X", text="x"),
            Interval(station=station, evse=1, start=at, end=None if first else at + 60, kind=Minutes.UP),
            AlarmEntry(alarm=n + 1, at=at, what="raised"),
            AuditEntry(at=at, who="a", what="b", target="c"),
            Alarm(
                id=n + 1,
                rule="fault",
                code="X",
                source="A:1",
                station="A",
                evse=1,
                site=None,
                severity=Severity.S3,
                state=AlarmState.UNACKNOWLEDGED if first else AlarmState.NORMAL,
                active=first,
                since=at,
                raised=at,
            ),
            Operation(
                id=n + 1,
                operation="reset",
                target="A",
                station="A",
                requested=at,
                state=OperationState.SENT if first else OperationState.PROVED,
            ),
        ]
    return things


def remove(path: Path, before: float) -> int:
    """Run the background work to its end on a closed store's file; returns how many slices it took."""
    db = sqlite3.connect(path / DATABASE_NAME)
    job = retention(Kept(before, before))
    slices = 1
    while job(db):
        slices += 1
    db.commit()
    db.close()
    return slices


def counts(path: Path) -> dict[str, list[int]]:
    """Days that are left, by table."""
    db = sqlite3.connect(path / DATABASE_NAME)
    columns = {
        "session": "started",
        "reading": "at",
        "status_entry": "at",
        "link_entry": "at",
        "notice": "at",
        "interval": "start",
        "alarm": "raised",
        "alarm_entry": "at",
        "audit": "at",
        "operation": "requested",
    }
    found = {
        table: sorted({int(row[0] // DAY) for row in db.execute(f"SELECT {column} FROM {table}")})
        for table, column in columns.items()
    }
    db.close()
    return found


def test_old_history_goes_and_open_things_stay(tmp_path: Path) -> None:
    """400 days are kept of 1,000: everything older is gone, but for what is still open."""
    store = Store(StoreSettings(data=tmp_path))
    store.open()
    store.insert_all(history(1_000))
    store.close()
    remove(tmp_path, 600 * DAY)
    left = counts(tmp_path)
    kept = list(range(600, 1_000))
    for table in ("session", "reading", "interval", "alarm", "alarm_entry", "operation"):
        assert left[table] == [0, *kept], table
    for table in ("status_entry", "link_entry", "notice", "audit"):
        assert left[table] == kept, table


def test_numbers_are_never_given_twice(tmp_path: Path) -> None:
    """When all history is gone, the next numbers go on from the last."""
    store = Store(StoreSettings(data=tmp_path))
    store.open()
    store.insert_all(history(50))
    store.close()
    remove(tmp_path, 5_000 * DAY)
    store.open()
    ids = store.load_next_ids()
    store.close()
    assert (ids.session, ids.alarm, ids.operation) == (51, 51, 51)


def test_the_server_does_it_by_itself(tmp_path: Path) -> None:
    """The first tick begins, beside the commits; readings outside sessions go too."""
    store = Store(StoreSettings(data=tmp_path, history_days=1.0))
    store.open()
    for n in range(5):
        store.meter_values("A", 1, 1, ((n * DAY, Sample(energy_wh=n)),))
    store.tick(5 * DAY)
    db = sqlite3.connect(tmp_path / DATABASE_NAME)
    deadline = time.monotonic() + 10
    while (left := db.execute("SELECT energy_wh FROM meter_value").fetchall()) != [
        (4,)
    ] and time.monotonic() < deadline:
        store.link("A", Link.ONLINE, 5 * DAY, "")
        assert store.vitals().error is None
        time.sleep(0.01)
    db.close()
    store.close()
    assert left == [(4,)]


def test_the_list_of_refused_connections_is_bounded(tmp_path: Path) -> None:
    """The newest 10,000 stay."""
    store = Store(StoreSettings(data=tmp_path))
    store.open()
    for n in range(10_700):
        store.handshake(Handshake(at=float(n), address="192.0.2.1:1", reason="unknown", identity=str(n)))
    store.close()
    remove(tmp_path, 0.0)
    db = sqlite3.connect(tmp_path / DATABASE_NAME)
    assert db.execute("SELECT count(*), min(at) FROM handshake").fetchone() == (10_000, 700.0)
    db.close()


def size(path: Path) -> int:
    """Bytes of the file."""
    return (path / DATABASE_NAME).stat().st_size


def run(path: Path, *jobs: Callable[[sqlite3.Connection], bool]) -> None:
    """Run background work to its end, each slice in a transaction of its own, as the writer does."""
    db = sqlite3.connect(path / DATABASE_NAME, isolation_level=None)
    for job in jobs:
        more = True
        while more:
            db.execute("BEGIN IMMEDIATE")
            more = job(db)
            db.execute("COMMIT")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


def fill(path: Path, days: int, each: int = 100) -> None:
    """So many readings a day."""
    store = Store(StoreSettings(data=path))
    store.open()
    store.insert_all(history(days))
    store.insert_all(
        Reading(session=day + 1, at=day * DAY + n, sample=Sample(energy_wh=n, power_w=7000.0))
        for day in range(days)
        for n in range(each)
    )
    store.close()


def test_a_database_above_its_bound_loses_its_oldest_days_and_the_file_shrinks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It fills, is brought below its bound, gives the pages back, and fills again: the disk holds what was set."""
    monkeypatch.setattr(retention_module, "FREE_PAGES", 20)
    fill(tmp_path, 150, 1_000)
    before = size(tmp_path)
    most = before // 2
    run(tmp_path, bounding(most, 150 * DAY), shrinking())
    assert size(tmp_path) <= most + 20 * 4096
    left = counts(tmp_path)
    assert 40 <= len(left["session"]) <= 100
    newest = range(150 - len(left["session"]) + 1, 150)
    assert left["session"] == [0, *newest]
    assert set(left["reading"]) <= {0, *newest}
    assert left["notice"][-1] == 149
    fill(tmp_path, 150, 1_000)
    run(tmp_path, bounding(most, 150 * DAY), shrinking())
    assert size(tmp_path) <= most + 20 * 4096


def test_the_last_week_stays_whatever_the_bound(tmp_path: Path) -> None:
    """A bound that is too small for a week is said in the log, and does not eat what happened just now."""
    fill(tmp_path, 30)
    run(tmp_path, bounding(4096, 30 * DAY), shrinking())
    assert counts(tmp_path)["session"] == [0, *range(23, 30)]
    db = sqlite3.connect(tmp_path / DATABASE_NAME)
    assert used_bytes(db) > 4096
    db.close()


def test_curves_may_go_before_their_sessions(tmp_path: Path) -> None:
    """`reading_days` is for the largest part alone; open sessions keep theirs."""
    fill(tmp_path, 40)
    run(tmp_path, retention(Kept(0.0, 30 * DAY)))
    left = counts(tmp_path)
    assert left["session"] == list(range(40))
    assert left["reading"] == [0, *range(30, 40)]


def test_a_slice_ends_when_its_time_is_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A commit never waits for all that is to be removed."""
    monkeypatch.setattr(retention_module, "SLICE_S", 0.0)
    fill(tmp_path, 20)
    db = sqlite3.connect(tmp_path / DATABASE_NAME, isolation_level=None)
    job = retention(Kept(10 * DAY, 10 * DAY))
    assert job(db)
    assert db.total_changes == 0
    db.close()


GROWS = {
    "alarm",
    "alarm_entry",
    "audit",
    "handshake",
    "interval",
    "link_entry",
    "meter_value",
    "notice",
    "operation",
    "reading",
    "session",
    "status_entry",
    "uptime_day",
    "uptime_mark",
}
"""With time; `history_days`, `reading_days` and `max_bytes` bound them, some a number. All are in the guide."""
STAYS = {
    "certificate_request",
    "connector",
    "credential",
    "deviation",
    "inbox",
    "issued_certificate",
    "meta",
    "outlet",
    "quirk",
    "site",
    "station",
    "station_state",
    "token",
    "uptime_stale",
    "wanted_setting",
    "_sqlite_migrations",
}
"""As large as the network and what people put in."""


def test_every_table_has_a_bound(tmp_path: Path) -> None:
    """A new table is put on one of the two lists, and what grows stands in the guide with its bound."""
    store = Store(StoreSettings(data=tmp_path))
    store.open()
    store.close()
    db = sqlite3.connect(tmp_path / DATABASE_NAME)
    tables = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    db.close()
    assert tables == GROWS | STAYS
    guide = (Path(__file__).parents[3] / "docs" / "operations-guide.md").read_text(encoding="utf-8")
    for table in GROWS:
        assert f"`{table}`" in guide, table


def test_readings_outside_sessions_go_with_the_curves(tmp_path: Path) -> None:
    """They are a table of their own, by station."""
    store = Store(StoreSettings(data=tmp_path))
    store.open()
    store.close()
    db = sqlite3.connect(tmp_path / DATABASE_NAME)
    for n in range(300):
        db.execute(
            "INSERT INTO meter_value (station, evse, connector, at, energy_wh) VALUES (?, 1, 1, ?, 1)",
            ("AB"[n % 2], n * DAY),
        )
    job = retention(Kept(history=0.0, readings=250 * DAY))
    while job(db):
        pass
    left = [row[0] for row in db.execute("SELECT at FROM meter_value ORDER BY at")]
    db.close()
    assert left == [n * DAY for n in range(250, 300)]
