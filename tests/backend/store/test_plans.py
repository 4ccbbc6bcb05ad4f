"""No list and no look-up goes through all there is: what SQLite means to do for each of them."""

from __future__ import annotations

import itertools
import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from backend.model.session import Session
from backend.model.settings import StoreSettings
from backend.model.words import OperationState, SessionState
from backend.store import (
    Store,
    alarm_rows,
    history_rows,
    interval_rows,
    operation_rows,
    power_rows,
    rollup_rows,
    session_rows,
)
from backend.store.alarm_rows import AlarmQuery
from backend.store.database import DATABASE_NAME, TRACE_NAME, open_reading
from backend.store.operation_rows import OperationQuery
from backend.store.session_rows import SessionQuery
from backend.store.trace import read_frames

BIG = (
    "session|reading|meter_value|status_entry|link_entry|interval|notice|alarm|alarm_entry|operation|audit|"
    "uptime_mark|chunk|holds|outlet|token|station"
)
THROUGH_ALL = re.compile(rf"^SCAN (?:{BIG})\b(?! USING (?:COVERING )?INDEX)")
BEFORE = (1.7e9, 17)
SESSIONS = {
    "latest": SessionQuery(),
    "a page": SessionQuery(before=BEFORE),
    "from a time": SessionQuery(begin=1.6e9, end=1.7e9),
    "of a station": SessionQuery(stations=("A",), before=BEFORE),
    "of an outlet": SessionQuery(stations=("A",), evse=1),
    "of a site": SessionQuery(stations=("A", "B", "C"), before=BEFORE),
    "of a token": SessionQuery(id_token="04", before=BEFORE),
    "open ones": SessionQuery(state=SessionState.ACTIVE),
    "by its transaction": SessionQuery(stations=("A",), transaction_id="7"),
}
ALARMS = {
    "latest": AlarmQuery(),
    "a page": AlarmQuery(before=BEFORE),
    "of a station": AlarmQuery(station="A", before=BEFORE),
    "of an outlet": AlarmQuery(station="A", evse=1),
    "from a time": AlarmQuery(begin=1.6e9, end=1.7e9),
}
OPERATIONS = {
    "latest": OperationQuery(),
    "a page": OperationQuery(before=BEFORE),
    "of a station": OperationQuery(station="A", before=BEFORE),
    "of a kind": OperationQuery(operation="reset"),
    "of a person": OperationQuery(requested_by="anna", before=BEFORE),
    "of a station and kind": OperationQuery(station="A", operation="reset", state=OperationState.PROVED),
}
FEW = ("sessions of a site", "open sessions", "readings to be settled", "readings outside", "vandalism")
"""These sort a few rows that they have found."""
Read = Callable[[sqlite3.Connection], Any]
READS: dict[str, Read] = {
    **{f"sessions {name}": lambda db, q=q: session_rows.find_sessions(db, q) for name, q in SESSIONS.items()},
    **{f"alarms {name}": lambda db, q=q: alarm_rows.find_alarms(db, q) for name, q in ALARMS.items()},
    **{f"operations {name}": lambda db, q=q: operation_rows.find_operations(db, q) for name, q in OPERATIONS.items()},
    **{f"how many sessions {name}": lambda db, q=q: session_rows.exceeds(db, q, 9) for name, q in SESSIONS.items()},
    **{f"how many alarms {name}": lambda db, q=q: alarm_rows.exceeds(db, q, 9) for name, q in ALARMS.items()},
    **{
        f"how many operations {name}": lambda db, q=q: operation_rows.exceeds(db, q, 9)
        for name, q in OPERATIONS.items()
    },
    "a session": lambda db: session_rows.get_session(db, 1),
    "open sessions": session_rows.open_sessions,
    "readings to be settled": session_rows.unsettled_readings,
    "recent sessions": lambda db: session_rows.recent_sessions(db, 1.7e9, 10),
    "a curve": lambda db: session_rows.readings(db, 1),
    "readings outside": lambda db: session_rows.meter_values(db, "A", 1, 1.6e9, 1.7e9, 10),
    "an alarm": lambda db: alarm_rows.get_alarm(db, 1),
    "open alarms": alarm_rows.open_alarms,
    "an alarm's history": lambda db: alarm_rows.alarm_entries(db, 1),
    "an operation": lambda db: operation_rows.get_operation(db, 1),
    "unfinished operations": operation_rows.unfinished_operations,
    "how an operation fared": lambda db: operation_rows.statistics(db, "reset", "F", "A", 1.7e9),
    "the audit": lambda db: operation_rows.audit(db, None, None, 10),
    "a page of the audit": lambda db: operation_rows.audit(db, None, 17, 10),
    "the audit of a station": lambda db: operation_rows.audit(db, "A", 17, 10),
    "a station's statuses": lambda db: history_rows.status_entries(db, "A", None, None, 10),
    "a station's link": lambda db: history_rows.link_entries(db, "A", 1.7e9, 10),
    "a station's notices": lambda db: history_rows.notices(db, "A", None, 10),
    "notices": lambda db: history_rows.notices(db, None, None, 10),
    "quarantine": lambda db: history_rows.handshakes(db, 10),
    "an outlet's stretches": lambda db: interval_rows.intervals(db, [("A", 1)], 1.6e9, 1.7e9),
    "open stretches": interval_rows.open_intervals,
    "power of past hours": lambda db: power_rows.hourly_power(db, 1.7e9, 1.7001e9),
    "first stretch": rollup_rows.first_interval,
    "marks": lambda db: rollup_rows.marks(db, 1.6e9, 1.7e9, ("A", 1), 10),
    "some marks": lambda db: rollup_rows.marks_between(db, 1.7e9, ("A", 1), ("B", 1)),
    "ended stretches": lambda db: rollup_rows.ended(db, 1.6e9, 1.7e9),
    "newest stretches": lambda db: rollup_rows.open_since(db, 1.7e9),
    "vandalism": lambda db: rollup_rows.vandalised(db, 1.6e9, 1.7e9),
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty store: without statistics of its own SQLite plans as for any size."""
    data = tmp_path_factory.mktemp("plans")
    store = Store(StoreSettings(data=data))
    store.open()
    yield data
    store.close()


def plans(db: sqlite3.Connection, read: Read) -> list[str]:
    """What SQLite means to do for each statement of a read."""
    said: list[str] = []
    db.set_trace_callback(said.append)
    read(db)
    db.set_trace_callback(None)
    return [row[3] for sql in said for row in db.execute(f"EXPLAIN QUERY PLAN {sql}")]


@pytest.mark.parametrize("name", READS)
def test_no_read_goes_through_all(files: Path, name: str) -> None:
    """Each finds its rows by a key or an index, in the order in which it wants them."""
    db = open_reading(files / DATABASE_NAME)
    found = plans(db, READS[name])
    db.close()
    assert found
    assert not [line for line in found if THROUGH_ALL.match(line)], found
    sorts = [line for line in found if "TEMP B-TREE FOR ORDER BY" in line]
    assert not sorts or name in FEW, found


def test_a_stations_frames_are_found_by_station(files: Path) -> None:
    """Not by unpacking the trace."""
    db = open_reading(files / TRACE_NAME)
    found = plans(db, lambda db: read_frames(db, [], "A", None, 10))
    db.close()
    assert found
    assert not [line for line in found if THROUGH_ALL.match(line)], found


def test_a_scan_is_seen(files: Path) -> None:
    """The test can fail."""
    db = open_reading(files / DATABASE_NAME)
    found = plans(db, lambda db: db.execute("SELECT * FROM session WHERE stop_reason = 'x'").fetchall())
    db.close()
    assert [line for line in found if THROUGH_ALL.match(line)]


@pytest.mark.parametrize("stations", [None, ("A",)])
def test_a_later_page_costs_little_more_than_the_first(tmp_path: Path, stations: tuple[str, ...] | None) -> None:
    """Nearly: it begins where the page before has ended, not at the end of the time that was asked for."""
    store = Store(StoreSettings(data=tmp_path))
    store.open()
    for number in range(1, 2_001):
        store.session(
            Session(id=number, station="A", evse=1, connector=1, transaction_id=str(number), started=1.7e9 + number)
        )
    store.close()
    db = open_reading(tmp_path / DATABASE_NAME)
    first = SessionQuery(stations=stations, end=1.8e9, limit=50)
    assert steps(db, replace(first, before=(1.7e9 + 100, 100))) <= steps(db, first) * 2
    db.close()


def steps(db: sqlite3.Connection, query: SessionQuery) -> int:
    """How many steps SQLite takes."""
    taken = itertools.count()
    db.set_progress_handler(lambda: next(taken) < 0, 1)
    session_rows.find_sessions(db, query)
    db.set_progress_handler(None, 1)
    return next(taken)
