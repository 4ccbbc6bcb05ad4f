"""What the store costs: rows to the disk, lists at a great number of sessions, the trace.

    python bench/store.py [--sessions 400000] [--runs 3] [--only lists]

Each figure is a ratio to a named baseline of the same run; runs of both alternate, medians count.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from sqlite_utils import Database

sys.path.insert(0, str(Path(__file__).parents[1]))

from backend.model.frame import Frame
from backend.model.session import Session
from backend.model.settings import StoreSettings
from backend.model.station import Connector, Station
from backend.model.words import Activity, SessionState
from backend.store import Store
from backend.store.database import DATABASE_NAME, TRACE_NAME, file_bytes, open_reading
from backend.store.session_rows import SessionQuery, find_sessions
from backend.store.trace import read_frames

STATUSES = 20_000
PEERS = 2_000
FRAMES = 60_000
FRAMES_A_TURN = 50
STATIONS = 20_000
TOKENS = 200_000
PROBES, WARM_UP = 1_000, 100
BASELINE_EVERY = 50
AT_ONCE = 200_000
BEGIN, YEAR_S = 1.7e9, 31_536_000.0
FIRST: dict[str, Any] = {
    "id": 1,
    "station": "NKL-00000",
    "evse": 1,
    "connector": 1,
    "transaction_id": "1",
    "id_token": "04000000000001",
    "state": SessionState.ENDED,
    "started": BEGIN,
    "ended": BEGIN + 3_600,
    "meter_start_wh": 0,
    "meter_stop_wh": 22_000,
    "energy_wh": 22_000,
    "stop_reason": "Local",
}


def statuses(directory: Path) -> float:
    """Microseconds of CPU for one durable status: connector, history, promise; 20 in flight for every turn."""
    store = Store(StoreSettings(data=directory))
    store.open()
    station = Station(id="X")
    connector = Connector(evse=1, connector=1, status="Available", activity=Activity.IDLE)
    kept = threading.Semaphore(0)
    begun = time.process_time()
    for n in range(STATUSES):
        station.id = f"S{n % STATIONS:05d}"
        store.connector(station, connector)
        store.status(station.id, connector, float(n), float(n), False)
        store.after_commit(kept.release)
        if n % 100 == 99:
            for _ in range(100):
                kept.acquire()
    took = time.process_time() - begun
    store.close()
    return took / STATUSES * 1e6


def peer_statuses(directory: Path) -> float:
    """The baseline: sqlite-utils in WAL, one insert and one upsert for every status, committed one by one."""
    db = Database(directory / "peer.db")
    db.enable_wal()
    db.conn.execute("PRAGMA synchronous=FULL")
    begun = time.process_time()
    for n in range(PEERS):
        station = f"S{n % STATIONS:05d}"
        values = {"station": station, "evse": 1, "connector": 1, "status": "Available", "at": float(n)}
        db["connector"].upsert(values, pk=("station", "evse", "connector"))
        db["history"].insert(values)
    took = time.process_time() - begun
    db.close()
    return took / PEERS * 1e6


COMPUTED = {
    "id": "n",
    "station": "printf('NKL-%05d', (n * 2654435761 >> 9) % ?3)",
    "evse": "n % 3 + 1",
    "transaction_id": "cast(n AS TEXT)",
    "id_token": "printf('04%012X', (n * 40503 >> 3) % ?4)",
    "started": "?5 + n * ?6",
    "ended": "?5 + n * ?6 + 3600",
}
"""Of session n. The rest is as in session 1."""


def fill(path: Path, count: int) -> None:
    """Sessions of a year, in the order in which they began; written by SQLite itself, indexes afterwards."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA synchronous=OFF")
    indexes = db.execute("SELECT name, sql FROM sqlite_master WHERE tbl_name = 'session' AND sql LIKE 'CREATE INDEX%'")
    indexes = indexes.fetchall()
    for name, _ in indexes:
        db.execute(f"DROP INDEX {name}")
    columns = [row[1] for row in db.execute("PRAGMA table_info(session)")]
    values = ", ".join(COMPUTED.get(name, f"session.{name}") for name in columns)
    for first in range(2, count + 1, AT_ONCE):
        last = min(count, first + AT_ONCE - 1)
        db.execute(
            f"""WITH RECURSIVE number(n) AS (SELECT ?1 UNION ALL SELECT n + 1 FROM number WHERE n < ?2)
            INSERT INTO session ({", ".join(columns)}) SELECT {values} FROM number, session WHERE session.id = 1""",
            (first, last, STATIONS, TOKENS, BEGIN, YEAR_S / count),
        )
    for _, sql in indexes:
        db.execute(sql)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


def queries(dice: random.Random) -> dict[str, SessionQuery]:
    """One of each kind."""
    return {
        "latest 50": SessionQuery(limit=50),
        "any page of 50": SessionQuery(before=(BEGIN + dice.random() * YEAR_S, 0), limit=50),
        "latest 50 of a station": SessionQuery(stations=(f"NKL-{dice.randrange(STATIONS):05d}",), limit=50),
        "latest 50 of a site of 8": SessionQuery(
            stations=tuple(f"NKL-{dice.randrange(STATIONS):05d}" for _ in range(8)), limit=50
        ),
        "all of a token": SessionQuery(id_token=f"04{dice.randrange(TOKENS):012x}", limit=None),
    }


class Times:
    """Milliseconds of calls: by the wall's clock, and CPU of the thread."""

    def __init__(self) -> None:
        self.wall: list[float] = []
        self.cpu: list[float] = []

    def take(self, work: Callable[[], object]) -> None:
        """One call."""
        wall, cpu = time.perf_counter(), time.thread_time()
        work()
        self.cpu.append((time.thread_time() - cpu) * 1e3)
        self.wall.append((time.perf_counter() - wall) * 1e3)

    def line(self) -> str:
        """Medians and the 99th of a hundred."""
        return "".join(f"{value:9.2f}" for kept in (self.wall, self.cpu) for value in (median(kept), p99(kept)))


def p99(values: list[float]) -> float:
    """What 99 of 100 stay below."""
    return sorted(values)[min(len(values) - 1, len(values) * 99 // 100)]


def lists(directory: Path, count: int) -> None:
    """Lists at a great number of sessions, against counting a quarter of the rows off, on one connection of the kind
    that the server reads with; the kinds take turns, so that whatever else the machine does meets all of them. Where it
    is allowed (root), the machine's other work does not take the core away meanwhile."""
    store = Store(StoreSettings(data=directory))
    store.open()
    store.insert_all([Session(**FIRST)])
    store.close()
    begun = time.perf_counter()
    fill(directory / DATABASE_NAME, count)
    size = file_bytes(directory / DATABASE_NAME)
    print(
        f"{count:,} sessions, {size / count:.0f} bytes each, filled in {time.perf_counter() - begun:.0f} s", flush=True
    )
    db = open_reading(directory / DATABASE_NAME)
    with contextlib.suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    dice = random.Random(2)
    times: dict[str, Times] = {}
    baseline = Times()
    for turn in range(-WARM_UP, PROBES):
        if turn == 0:
            times.clear()
        for name, query in queries(dice).items():
            times.setdefault(name, Times()).take(partial(find_sessions, db, query))
        if turn >= 0 and turn % BASELINE_EVERY == 0:
            baseline.take(partial(_offset, db, count // 4))
    db.close()
    print(f"{'ms':28}{'median':>9}{'p99':>9}{'CPU':>9}{'p99':>9}   p99 / baseline's median: time, CPU")
    print(f"{f'OFFSET {count // 4:,}, the baseline':28}{baseline.line()}")
    for name, kept in times.items():
        wall, cpu = median(baseline.wall) / p99(kept.wall), median(baseline.cpu) / p99(kept.cpu)
        print(f"{name:28}{kept.line()}   1/{wall:.0f}, 1/{cpu:.0f}, must 1/20, aim 1/100")


def _offset(db: sqlite3.Connection, rows: int) -> None:
    db.execute("SELECT * FROM session ORDER BY started DESC LIMIT 50 OFFSET ?", (rows,)).fetchall()


def trace(directory: Path) -> None:
    """Bytes and CPU of a frame in the trace, against a row with an index for each."""
    frames = [
        Frame(
            station=f"NKL-{n * 7919 % 300:05d}",
            direction="in" if n % 2 else "out",
            received=1.7e9 + n / 10,
            action="StatusNotification",
            message_id=f"{n * 2654435761 % (1 << 64):016x}",
            kind=2 if n % 2 else 3,
            frame=f'[2,"{n * 2654435761 % (1 << 64):016x}","StatusNotification",{{"connectorId":{n % 3},"errorCode":'
            f'"NoError","status":"Available","timestamp":"2026-11-14T12:00:{n % 60:02d}Z"}}]',
        )
        for n in range(FRAMES)
    ]
    store = Store(StoreSettings(data=directory))
    store.open()
    begun = time.process_time()
    for at in range(0, FRAMES, FRAMES_A_TURN):
        store.keep_frames(frames[at : at + FRAMES_A_TURN])
        if at % 5_000 < FRAMES_A_TURN:
            time.sleep(0.05)
    store.close()
    took = (time.process_time() - begun) / FRAMES * 1e6
    ours = file_bytes(directory / TRACE_NAME) / FRAMES
    rows = sqlite3.connect(directory / "rows.db")
    rows.execute("PRAGMA journal_mode=WAL")
    rows.execute(
        "CREATE TABLE frame (id INTEGER PRIMARY KEY, station, received, direction, action, message_id, kind, frame)"
    )
    rows.execute("CREATE INDEX frame_station ON frame (station, id)")
    begun = time.process_time()
    values = [(f.station, f.received, f.direction, f.action, f.message_id, f.kind, f.frame) for f in frames]
    for at in range(0, FRAMES, 1_000):
        rows.executemany(
            "INSERT INTO frame (station, received, direction, action, message_id, kind, frame) VALUES (?,?,?,?,?,?,?)",
            values[at : at + 1_000],
        )
        rows.commit()
    peer = (time.process_time() - begun) / FRAMES * 1e6
    rows.close()
    theirs = file_bytes(directory / "rows.db") / FRAMES
    print(f"trace: {ours:.0f} bytes a frame, 1/{theirs / ours:.1f} of rows; {took:.1f} us, {took / peer:.1f}x of rows")
    db = open_reading(directory / TRACE_NAME)
    begun = time.perf_counter()
    found = read_frames(db, [], "NKL-00007", None, 200)
    print(f"  the latest {len(found)} frames of a station: {(time.perf_counter() - begun) * 1e3:.1f} ms")
    db.close()


def rows(runs: int) -> None:
    """A durable status, against a row at a time."""
    figures: dict[str, list[float]] = {"store": [], "sqlite-utils": []}
    ways: dict[str, Callable[[Path], float]] = {"store": statuses, "sqlite-utils": peer_statuses}
    for _ in range(runs):
        for name, way in ways.items():
            with tempfile.TemporaryDirectory() as directory:
                figures[name].append(way(Path(directory)))
    ours, theirs = (median(figures[name]) for name in ways)
    print(
        f"durable status: {ours:.1f} us; baseline sqlite-utils row by row in WAL {theirs:.0f} us: {theirs / ours:.1f}x"
    )


def main() -> None:
    """Run all, print ratios."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--sessions", type=int, default=400_000)
    arguments.add_argument("--runs", type=int, default=3)
    arguments.add_argument("--only", choices=("rows", "trace", "lists"))
    chosen = arguments.parse_args()
    if chosen.only in (None, "rows"):
        rows(chosen.runs)
    if chosen.only in (None, "trace"):
        with tempfile.TemporaryDirectory() as directory:
            trace(Path(directory))
    if chosen.only in (None, "lists"):
        with tempfile.TemporaryDirectory() as directory:
            lists(Path(directory), chosen.sessions)


if __name__ == "__main__":
    main()
