"""What a report over a year costs, at 60,000 outlets, against SQLite's window query over the same rows.

    python bench/uptime.py [--outlets 60000] [--each 40] [--runs 3]

`each` is how many stretches an outlet has in the year. CPU seconds of the process, medians; the ratio is to the window
query of the same span: SQL that lets SQLite alone sum up the stretches by outlet and kind, and counts nothing else.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from backend.api.uptime import count
from backend.model.clock import SystemClock
from backend.model.filter import EMPTY
from backend.model.interval import Interval, Minutes
from backend.model.register import OutletEntry, StationEntry
from backend.model.settings import ApiSettings, OcppSettings, Settings, StoreSettings
from backend.model.words import Admission
from backend.server import Server
from backend.store import Store
from backend.store.database import DATABASE_NAME, file_bytes, open_reading
from noc.serving import new_loop

DAY_S = 86_400.0
SPANS = {"12 months": 365 * DAY_S, "30 days": 30 * DAY_S}
WINDOW = """SELECT station, evse, kind, sum(max(0, min(coalesce(next, ?2), ?2) - max(start, ?1))) FROM (
    SELECT station, evse, kind, start, lead(start) OVER (PARTITION BY station, evse ORDER BY start) AS next
    FROM interval) WHERE start < ?2 AND coalesce(next, ?2) > ?1 GROUP BY station, evse, kind"""


def network(stations: int) -> Iterator[StationEntry | OutletEntry]:
    """Three outlets a station."""
    for n in range(stations):
        yield StationEntry(id=f"NKL-{n:05d}", admission=Admission.ACCEPTED, added=1.7e9)
        for evse in (1, 2, 3):
            yield OutletEntry(station=f"NKL-{n:05d}", evse=evse)


def year(stations: int, each: int, now: float) -> Iterator[Interval]:
    """Stretches without a hole, up between whatever else there was."""
    dice = random.Random(1)
    others = ((Minutes.OFFLINE, ""), (Minutes.FAULTED, "GroundFailure"), (Minutes.UNAVAILABLE, ""))
    for n in range(stations):
        name = f"NKL-{n:05d}"
        for evse in (1, 2, 3):
            cuts = sorted(dice.uniform(now - 366 * DAY_S, now - 3600) for _ in range(each))
            for k, start in enumerate(cuts):
                kind, detail = (Minutes.UP, "") if k % 2 == 0 else dice.choice(others)
                end = cuts[k + 1] if k + 1 < each else None
                yield Interval(station=name, evse=evse, start=start, end=end, kind=kind, detail=detail)


async def measured(directory: Path, chosen: argparse.Namespace) -> None:
    settings = Settings(
        ocpp=OcppSettings(host="127.0.0.1", port=0),
        store=StoreSettings(data=directory),
        api=ApiSettings(listen=f"unix:{directory / 'api.sock'}"),
    )
    server = Server(settings, SystemClock())
    await server.start()
    house, rollups = server.house, server.house.rollups
    await asyncio.sleep(3)
    begun = time.process_time()
    await rollups.sum_up()
    first = time.process_time() - begun
    size = file_bytes(directory / DATABASE_NAME)
    print(f"the year summed up once: {first:.1f} s; database {size / (1 << 20):.0f} MiB", flush=True)
    db = open_reading(directory / DATABASE_NAME)
    times: dict[tuple[str, str], list[float]] = {}
    percents: dict[tuple[str, str], float | None] = {}
    for _ in range(chosen.runs):
        for span, seconds in SPANS.items():
            now = time.time()
            for how in ("sums", "stretches", "window"):
                days = rollups.days
                begun = time.process_time()
                if how == "window":
                    await asyncio.to_thread(_window, db, now - seconds, now)
                else:
                    rollups.days = days if how == "sums" else []
                    rows = await count(house, now - seconds, now, "network", "strict", EMPTY)
                    percents[span, how] = rows[0].uptime_pct
                rollups.days = days
                times.setdefault((span, how), []).append(time.process_time() - begun)
    db.close()
    await server.stop()
    print(f"{'':12}{'window':>10}{'stretches':>12}{'sums':>10}{'ratio':>9}{'must':>7}{'aim':>6}   uptime, both ways")
    for span in SPANS:
        window, plain, ours = (statistics.median(times[span, how]) for how in ("window", "stretches", "sums"))
        both = " ".join(f"{percents[span, how]:.6f}" for how in ("stretches", "sums"))
        print(f"{span:12}{window:9.2f}s{plain:11.2f}s{ours:9.2f}s{window / ours:8.1f}x{10:7}{30:6}   {both}")


def _window(db: sqlite3.Connection, begin: float, end: float) -> None:
    db.execute(WINDOW, (begin, end)).fetchall()


def main() -> None:
    """Fill a store, sum up, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--outlets", type=int, default=60_000)
    parser.add_argument("--each", type=int, default=40)
    parser.add_argument("--runs", type=int, default=3)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        store = Store(StoreSettings(data=Path(name)))
        store.open()
        store.insert_all(network(chosen.outlets // 3))
        rows = store.insert_all(year(chosen.outlets // 3, chosen.each, time.time()))
        store.close()
        print(f"{chosen.outlets:,} outlets, {rows:,} stretches in a year")
        with asyncio.Runner(loop_factory=new_loop()) as runner:
            runner.run(measured(Path(name), chosen))


if __name__ == "__main__":
    main()
