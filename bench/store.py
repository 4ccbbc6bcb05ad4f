"""What the store costs: rows to the disk, lists at a great number of sessions, the trace.

    python bench/store.py [--sessions 400000] [--runs 3]

Each figure is a ratio to a named baseline of the same run; runs of both alternate, medians count.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

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
STATIONS = 20_000
TOKENS = 200_000
PROBES = 300


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


def make_sessions(count: int) -> Iterator[Session]:
    """Sessions of a year, in the order in which they began."""
    dice = random.Random(1)
    for n in range(1, count + 1):
        started = 1.7e9 + n * 31_536_000 / count
        yield Session(
            id=n,
            station=f"NKL-{dice.randrange(STATIONS):05d}",
            evse=dice.randrange(1, 4),
            connector=1,
            transaction_id=str(n),
            id_token=f"04{dice.randrange(TOKENS):012X}",
            state=SessionState.ENDED,
            started=started,
            ended=started + 3_600,
            meter_start_wh=0,
            meter_stop_wh=22_000,
            energy_wh=22_000,
            stop_reason="Local",
        )


def spread(db: sqlite3.Connection, queries: Iterator[SessionQuery]) -> tuple[float, float]:
    """Milliseconds that half of the queries, and 99 of 100, stay below."""
    times = []
    for query in queries:
        begun = time.perf_counter()
        find_sessions(db, query)
        times.append((time.perf_counter() - begun) * 1e3)
    return statistics.median(times), sorted(times)[int(len(times) * 0.99) - 1]


def lists(directory: Path, count: int) -> None:
    """Lists at a great number of sessions, against counting a quarter of the rows off."""
    store = Store(StoreSettings(data=directory))
    store.open()
    begun = time.perf_counter()
    store.insert_all(make_sessions(count))
    took = time.perf_counter() - begun
    store.close()
    size = file_bytes(directory / DATABASE_NAME)
    print(f"{count:,} sessions: {count / took:,.0f} a second in, {size / count:.0f} bytes each")
    db = open_reading(directory / DATABASE_NAME)
    times = []
    for _ in range(5):
        begun = time.perf_counter()
        db.execute("SELECT * FROM session ORDER BY started DESC LIMIT 50 OFFSET ?", (count // 4,)).fetchall()
        times.append((time.perf_counter() - begun) * 1e3)
    baseline = statistics.median(times)
    print(f"  baseline: OFFSET {count // 4:,}: {baseline:.2f} ms")
    dice = random.Random(2)
    station = (f"NKL-{dice.randrange(STATIONS):05d}" for _ in range(PROBES))
    token = (f"04{dice.randrange(TOKENS):012x}" for _ in range(PROBES))
    page = ((1.7e9 + dice.random() * 31_536_000, 0) for _ in range(PROBES))
    site = (tuple(f"NKL-{dice.randrange(STATIONS):05d}" for _ in range(8)) for _ in range(PROBES))
    kinds: dict[str, Iterator[SessionQuery]] = {
        "latest 50": (SessionQuery(limit=50) for _ in range(PROBES)),
        "any page of 50": (SessionQuery(before=before, limit=50) for before in page),
        "latest 50 of a station": (SessionQuery(stations=(name,), limit=50) for name in station),
        "latest 50 of a site of 8": (SessionQuery(stations=names, limit=50) for names in site),
        "all of a token": (SessionQuery(id_token=name, limit=None) for name in token),
    }
    for name, queries in kinds.items():
        half, most = spread(db, queries)
        print(f"  {name}: median {half:.2f} ms, p99 {most:.2f} ms, 1/{baseline / most:.0f} of the baseline")
    db.close()


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
    for n, frame in enumerate(frames):
        store.frame(frame)
        if n % 5_000 == 0:
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


def main() -> None:
    """Run all, print ratios."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--sessions", type=int, default=400_000)
    arguments.add_argument("--runs", type=int, default=3)
    chosen = arguments.parse_args()
    figures: dict[str, list[float]] = {"store": [], "sqlite-utils": []}
    ways: dict[str, Callable[[Path], float]] = {"store": statuses, "sqlite-utils": peer_statuses}
    for _ in range(chosen.runs):
        for name, way in ways.items():
            with tempfile.TemporaryDirectory() as directory:
                figures[name].append(way(Path(directory)))
    ours, theirs = (statistics.median(figures[name]) for name in ways)
    print(
        f"durable status: {ours:.1f} us; baseline sqlite-utils row by row in WAL {theirs:.0f} us: {theirs / ours:.1f}x"
    )
    with tempfile.TemporaryDirectory() as directory:
        trace(Path(directory))
    with tempfile.TemporaryDirectory() as directory:
        lists(Path(directory), chosen.sessions)


if __name__ == "__main__":
    main()
