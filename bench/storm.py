"""The storm after a restart: every station of the network connects at once, boots, reports four statuses, and a share
of them replays a session; what that costs, how long it takes, and what an operator notices.

    python bench/storm.py [--stations 19500] [--plain N] [--replay-every 10]

The server runs twice over the same store, so that what is measured is a restart. Each process is on its side of the
machine: server on the first core, stations (`storm_stations.py`) and the operator on the second. `plain` is the stock
`ocpp` package's central system without a store, with as many stations; CPU is per station.

Guard rails: every session whose end was acknowledged is in the store once, ended, with its readings; no message got an
error; no alarm is open afterwards.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))

from hot_path import LIMIT, ROOT, cpu_of, on_core
from loop import entries
from loop_clients import Charger

from backend.client.client import Client
from backend.client.mirror import Mirror
from backend.model.settings import StoreSettings
from backend.store import Store

OPERATED = "OPERATED"
"""The station that an operator's commands go to; it comes before the storm."""
IDLE_S = 4.0
PAUSE_S = 0.05
LEFT_FREE = 400
CALM_S = 3.0


class Storm(NamedTuple):
    """What one storm showed."""

    seconds: float
    cpu_s: float
    peak_mib: float
    said: dict[str, Any]
    idle_ms: list[float]
    storm_ms: list[float]
    alarms: dict[str, int]
    start_s: float
    live_s: float


class Operator:
    """Sends one command after the other; milliseconds from asking to the wire of the station."""

    def __init__(self, client: Client, charger: Charger) -> None:
        self._client = client
        self._charger = charger
        self.times: list[float] = []

    async def run(self) -> None:
        while True:
            self._charger.called.clear()
            begun = time.perf_counter()
            asked = asyncio.create_task(
                self._client.call(OPERATED, "TriggerMessage", {"requestedMessage": "Heartbeat"})
            )
            await asyncio.wait_for(self._charger.called.wait(), 60)
            self.times.append((time.perf_counter() - begun) * 1e3)
            await asked
            await asyncio.sleep(PAUSE_S)


def p99(values: list[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * 0.99))] if values else 0.0


def peak_mib(pid: int) -> float:
    """The most that a process ever held, in MiB."""
    return int(Path(f"/proc/{pid}/status").read_text().split("VmHWM:")[1].split()[0]) / 1024


async def stations(address: str, count: int, every: int, life: str) -> asyncio.subprocess.Process:
    """The generator, begun."""
    host, _, port = address.rpartition(":")
    words = [sys.executable, "bench/storm_stations.py", host, port, str(count), str(every), life]
    made = await asyncio.create_subprocess_exec(
        *on_core(1, words), stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, limit=1 << 26
    )
    assert made.stdout is not None
    assert await made.stdout.readline() == b"begin\n"
    return made


async def through(made: asyncio.subprocess.Process) -> dict[str, Any]:
    """Wait until all are green; what the generator says."""
    assert made.stdout is not None
    line = await made.stdout.readline()
    assert line == b"green\n", "not every station came through"
    said: dict[str, Any] = json.loads(await made.stdout.readline())
    return said


async def noc(folder: str, count: int, every: int, life: str, *, watched: bool) -> Storm:
    """One life of the server, with its storm."""
    api = f"unix:{folder}/api.sock"
    words = [sys.executable, "-m", "noc", "serve", "--data", folder, "--ocpp", "127.0.0.1:0", "--api", api]
    begun = time.perf_counter()
    server = await asyncio.create_subprocess_exec(
        *on_core(0, [*words, "--accept-unknown"]), stdout=subprocess.PIPE, cwd=ROOT
    )
    assert server.stdout is not None
    address = (await server.stdout.readline()).decode().split("ocpp=")[1].split()[0]
    start_s = time.perf_counter() - begun
    host, _, port = address.rpartition(":")
    _, charger = await asyncio.get_running_loop().create_connection(lambda: Charger(OPERATED), host, int(port))
    await charger.opened.wait()
    charger.send([2, "boot", "BootNotification", {"chargePointModel": "Duo", "chargePointVendor": "Nordvolt"}])
    async with Client(api) as client:
        await client.snapshot(Mirror().load)
        live_s = time.perf_counter() - begun
        await asyncio.sleep(1.0)
        operator = Operator(client, charger)
        operating = asyncio.create_task(operator.run())
        await asyncio.sleep(IDLE_S if watched else 0.1)
        idle, operator.times = operator.times, []
        cpu = cpu_of(server.pid)
        generator = await stations(address, count, every, life)
        said = await through(generator)
        used = cpu_of(server.pid) - cpu
        stormy = operator.times
        operating.cancel()
        await asyncio.sleep(CALM_S)
        alarms = Counter(alarm.rule for alarm in await client.alarms())
    peak = peak_mib(server.pid)
    server.terminate()
    await server.wait()
    generator.kill()
    await generator.wait()
    charger.transport.close()
    return Storm(said["seconds"], used, peak, said, idle, stormy, dict(alarms), start_s, live_s)


async def plain(count: int, every: int) -> tuple[float, float, float]:
    """Seconds, CPU seconds and MiB of the stock central system."""
    server = await asyncio.create_subprocess_exec(
        *on_core(0, [sys.executable, "bench/plain.py", "stock", "."]), stdout=subprocess.PIPE, cwd=ROOT
    )
    assert server.stdout is not None
    port = (await server.stdout.readline()).decode().split()[1]
    cpu = cpu_of(server.pid)
    generator = await stations(f"127.0.0.1:{port}", count, every, "P")
    said = await through(generator)
    used, peak = cpu_of(server.pid) - cpu, peak_mib(server.pid)
    for process in (server, generator):
        process.kill()
        await process.wait()
    return said["seconds"], used, peak


def kept(folder: str, storms: list[Storm]) -> str:
    """Hold what was acknowledged against the store."""
    with closing(sqlite3.connect(f"{folder}/noc.db")) as db:
        rows = db.execute("SELECT id, id_token, state, energy_wh FROM session").fetchall()
        readings = Counter(number for (number,) in db.execute("SELECT session FROM reading"))
    found = Counter(row[1] for row in rows)
    by_token = {row[1]: row for row in rows}
    told = [token for storm in storms for token in storm.said["stopped"]]
    for token in told:
        assert found[token] == 1, f"session of {token} is there {found[token]} times"
        number, _, state, energy = by_token[token]
        assert (state, energy) == ("ended", 1000), by_token[token]
        assert readings[number] >= 2, f"readings of {token}: {readings[number]}"
    assert len(rows) == len(told), f"{len(rows)} sessions, {len(told)} acknowledged"
    return f"{len(told)} sessions acknowledged, each there once with its readings"


def report(count: int, storm: Storm, stock: tuple[float, float, float], stock_count: int) -> None:
    """The table."""
    cpu, stock_cpu = storm.cpu_s / count * 1e3, stock[1] / stock_count * 1e3
    print(f"{'':42}{'noc':>10}{'plain':>10}{'ratio':>8}   must   aim")
    print(f"{'stations':42}{count:10}{stock_count:10}")
    print(f"{'seconds until all are green':42}{storm.seconds:10.1f}{stock[0]:10.1f}")
    print(f"{'stations a second':42}{count / storm.seconds:10.0f}{stock_count / stock[0]:10.0f}")
    print(f"{'9 CPU ms per station':42}{cpu:10.2f}{stock_cpu:10.2f}{stock_cpu / cpu:8.2f}   3.5    9")
    print(f"{'peak memory, MiB':42}{storm.peak_mib:10.0f}{stock[2]:10.0f}")
    idle, stormy = p99(storm.idle_ms), p99(storm.storm_ms)
    print(f"{'   command to the wire, idle p99 ms':42}{idle:10.1f}      ({len(storm.idle_ms)} commands)")
    print(f"{'12 command to the wire, storm p99 ms':42}{stormy:10.1f}{stormy / idle:18.2f}   10     2")
    print(f"{'   worst ms':42}{max(storm.storm_ms):10.1f}      ({len(storm.storm_ms)} commands)")
    print(f"{'refused and come again':42}{storm.said['refused']:10}")
    print(f"{'answers that were errors':42}{storm.said['errors']:10}")
    print(f"{'alarms afterwards':42}{storm.alarms or 'none'!s:>10}")
    print(f"{'process start to ready, s':42}{storm.start_s:10.1f}")
    print(f"{'   to the first whole picture, s':42}{storm.live_s:10.1f}      (a console that asks when it is ready)")
    busy = storm.said["cpu_s"] / storm.said["seconds"]
    print(f"{'stations process busy':42}{busy:10.0%}{'   it was the limit' if busy > LIMIT else ''}")


async def run(chosen: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = Store(StoreSettings(data=Path(folder)))
        store.open()
        store.insert_all(entries("NKL", chosen.stations, 1000))
        store.close()
        first = await noc(folder, chosen.stations, chosen.replay_every, "A", watched=False)
        second = await noc(folder, chosen.stations, chosen.replay_every, "B", watched=True)
        stock = await plain(chosen.plain, chosen.replay_every)
        report(chosen.stations, second, stock, chosen.plain)
        print(kept(folder, [first, second]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stations", type=int, default=19_500)
    parser.add_argument("--plain", type=int, help="stations for the stock central system; as many unless said")
    parser.add_argument("--replay-every", type=int, default=10)
    chosen = parser.parse_args()
    chosen.plain = chosen.plain or chosen.stations
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = chosen.stations + LEFT_FREE
    if hard != resource.RLIM_INFINITY and wanted > hard:
        sys.exit(f"{chosen.stations} stations need {wanted} open files; at most {hard} are allowed here (ulimit -Hn)")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    os.environ["PYTHONPATH"] = str(ROOT)
    asyncio.run(run(chosen))


if __name__ == "__main__":
    main()
