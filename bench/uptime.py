"""What a report over a year costs, at 60,000 outlets, against SQLite's window query over the same rows.

    python bench/uptime.py [--outlets 60000] [--each 166] [--runs 2]

`each` is how many stretches an outlet has in the year. CPU seconds of the process, medians of runs that take turns (of
the stretches there is one); the ratio is to the window query of the same span: SQL that lets SQLite alone sum up the
stretches by outlet and kind, and counts nothing else. As delivered: 10 million stretches, 1.5 GB in the directory for
temporary files, some five minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from backend.api.system import memory_bytes
from backend.api.uptime import count
from backend.model.clock import SystemClock
from backend.model.filter import EMPTY
from backend.model.register import OutletEntry, StationEntry
from backend.model.settings import ApiSettings, OcppSettings, Settings, StoreSettings
from backend.model.words import Admission
from backend.server import Server
from backend.store import Store
from backend.store.database import DATABASE_NAME, file_bytes, open_reading
from backend.watches.garbage import Garbage
from noc.serving import new_loop

DAY_S = 86_400.0
STATIONS_AT_ONCE = 500
TARGET = "12 months"
SPANS = {TARGET: 365 * DAY_S, "30 days": 30 * DAY_S}
WINDOW = """SELECT station, evse, kind, sum(max(0, min(coalesce(next, ?2), ?2) - max(start, ?1))) FROM (
    SELECT station, evse, kind, start, lead(start) OVER (PARTITION BY station, evse ORDER BY start) AS next
    FROM interval) WHERE start < ?2 AND coalesce(next, ?2) > ?1 GROUP BY station, evse, kind"""

FILL = """
WITH RECURSIVE station(s) AS (SELECT ?1 UNION ALL SELECT s + 1 FROM station WHERE s + 1 < ?2),
    evse(e) AS (VALUES (1), (2), (3)),
    stretch(k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM stretch WHERE k + 1 < ?3),
    cut AS (SELECT s, e, k, ?4 + (k + (s * 7919 + e * 2741 + k * 5701) % 1000 / 1000.0) * ?5 AS start,
        ?4 + (k + 1 + (s * 7919 + e * 2741 + (k + 1) * 5701) % 1000 / 1000.0) * ?5 AS next,
        (s * 31 + e * 17 + k * 13) % 3 AS other FROM station, evse, stretch)
INSERT INTO interval (station, evse, start, "end", kind, detail)
SELECT printf('NKL-%05d', s), e, start, CASE WHEN k + 1 < ?3 THEN next END,
    CASE WHEN k % 2 = 0 THEN 'up' WHEN other = 0 THEN 'offline' WHEN other = 1 THEN 'faulted' ELSE 'unavailable' END,
    CASE WHEN k % 2 = 1 AND other = 1 THEN 'GroundFailure' ELSE '' END FROM cut ORDER BY 1, 2, 3
"""


def network(stations: int) -> Iterator[StationEntry | OutletEntry]:
    """Three outlets a station."""
    for n in range(stations):
        yield StationEntry(id=f"NKL-{n:05d}", admission=Admission.ACCEPTED, added=1.7e9)
        for evse in (1, 2, 3):
            yield OutletEntry(station=f"NKL-{n:05d}", evse=evse)


def year(path: Path, stations: int, each: int, now: float) -> int:
    """Stretches without a hole, up between whatever else there was; written by SQLite itself, in the order of the
    table, indexes afterwards. Returns how many."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA synchronous=OFF")
    indexes = db.execute("SELECT name, sql FROM sqlite_master WHERE tbl_name = 'interval' AND sql LIKE 'CREATE INDEX%'")
    indexes = indexes.fetchall()
    for name, _ in indexes:
        db.execute(f"DROP INDEX {name}")
    begin, step = now - 366 * DAY_S, (366 * DAY_S - 3600) / each
    for first in range(0, stations, STATIONS_AT_ONCE):
        db.execute(FILL, (first, min(stations, first + STATIONS_AT_ONCE), each, begin, step))
        print(f"\r{min(stations, first + STATIONS_AT_ONCE):,} stations", end="", file=sys.stderr, flush=True)
    for _, sql in indexes:
        db.execute(sql)
    rows: int = db.execute("SELECT count(*) FROM interval").fetchone()[0]
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    print("\r", end="", file=sys.stderr)
    return rows


async def measured(directory: Path, chosen: argparse.Namespace) -> None:
    settings = Settings(
        ocpp=OcppSettings(host="127.0.0.1", port=0),
        store=StoreSettings(data=directory),
        api=ApiSettings(listen=f"unix:{directory / 'api.sock'}"),
    )
    server = Server(settings, SystemClock())
    await server.start()
    garbage = Garbage(memory_bytes, server.kept)
    garbage.begin()
    house, rollups = server.house, server.house.rollups
    await asyncio.sleep(3)
    begun = time.process_time()
    await rollups.sum_up()
    first = time.process_time() - begun
    size = file_bytes(directory / DATABASE_NAME)
    print(f"the year summed up once: {first:.1f} s; database {size / (1 << 20):.0f} MiB", flush=True)
    db = open_reading(directory / DATABASE_NAME)
    days = rollups.days
    times: dict[tuple[str, str], list[float]] = {}
    percents: dict[tuple[str, str], float | None] = {}
    print(f"{'':12}{'window':>10}{'stretches':>12}{'sums':>10}{'ratio':>9}{'must':>7}{'aim':>6}   uptime, both ways")
    for span, seconds in SPANS.items():
        for turn in range(chosen.runs):
            now = time.time()
            for how in ("sums", "window", "sums", "stretches"):
                if how == "stretches" and turn:
                    continue
                begun = time.process_time()
                if how == "window":
                    await asyncio.to_thread(_window, db, now - seconds, now)
                else:
                    rollups.days = days if how == "sums" else []
                    rows = await count(house, now - seconds, now, "network", "strict", EMPTY)
                    percents[span, how] = rows[0].uptime_pct
                rollups.days = days
                times.setdefault((span, how), []).append(time.process_time() - begun)
        window, plain, ours = (statistics.median(times[span, how]) for how in ("window", "stretches", "sums"))
        both = " ".join(f"{percents[span, how]:.6f}" for how in ("stretches", "sums"))
        limits = f"{10:7}{30:6}" if span == TARGET else " " * 13
        print(f"{span:12}{window:9.2f}s{plain:11.2f}s{ours:9.2f}s{window / ours:8.1f}x{limits}   {both}", flush=True)
    db.close()
    garbage.end()
    await server.stop()


def _window(db: sqlite3.Connection, begin: float, end: float) -> None:
    db.execute(WINDOW, (begin, end)).fetchall()


def main() -> None:
    """Fill a store, sum up, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--outlets", type=int, default=60_000)
    parser.add_argument("--each", type=int, default=166)
    parser.add_argument("--runs", type=int, default=2)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        store = Store(StoreSettings(data=Path(name)))
        store.open()
        store.insert_all(network(chosen.outlets // 3))
        store.close()
        rows = year(Path(name) / DATABASE_NAME, chosen.outlets // 3, chosen.each, time.time())
        print(f"{chosen.outlets:,} outlets, {rows:,} stretches in a year", flush=True)
        with asyncio.Runner(loop_factory=new_loop()) as runner:
            runner.run(measured(Path(name), chosen))


if __name__ == "__main__":
    main()
