"""What an idle station costs, and its way in: memory and server CPU per connection, against the stock `ocpp` package.

    python bench/connections.py [--stations 2000] [--rounds 3]

A station connects, boots and is silent. Memory is the growth of the server's resident set over its rest state with a
few stations; CPU is user and system time from the first connect to the last boot's answer. Medians of alternating runs.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from hot_path import ROOT, command, cpu_of
from load import BATCH, Station, frame

WARM = 50
"""Stations that come first: what is made once is not counted."""
SETTLE_S = 1.0
BOOT = frame(json.dumps([2, "boot", "BootNotification", {"chargePointVendor": "Bench", "chargePointModel": "B1"}]))


def resident_kib(pid: int) -> int:
    """Resident memory of a process, in KiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])


async def connect(port: int, first: int, count: int) -> list[Station]:
    """`count` stations that have booted."""
    loop = asyncio.get_running_loop()
    made = [Station(first + n, "1.6", BOOT, []) for n in range(count)]
    for start in range(0, count, BATCH):
        part = made[start : start + BATCH]
        await asyncio.gather(*(loop.create_connection(lambda s=s: s, "127.0.0.1", port) for s in part))
        await asyncio.gather(*(station.ready for station in part))
    return made


async def load(pid: int, port: int, count: int) -> tuple[float, float, float]:
    """KiB per idle station, CPU milliseconds per station that comes in, stations that came in per second."""
    held = await connect(port, 0, WARM)
    await asyncio.sleep(SETTLE_S)
    memory, cpu, begun = resident_kib(pid), cpu_of(pid), time.perf_counter()
    held += await connect(port, WARM, count)
    took = time.perf_counter() - begun
    used = cpu_of(pid) - cpu
    await asyncio.sleep(SETTLE_S)
    grown = resident_kib(pid) - memory
    for station in held:
        station.done.cancel()
        station.transport.close()
    return grown / count, used / count * 1000, count / took


def measure(server: str, count: int) -> tuple[float, float, float]:
    """One server, from its start to its end."""
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(command(server, folder), stdout=subprocess.PIPE, text=True, cwd=ROOT) as process,
    ):
        assert process.stdout is not None
        line = process.stdout.readline()
        port = line.split("ocpp=")[1].split()[0].rpartition(":")[2] if "ocpp=" in line else line.split()[1]
        try:
            return asyncio.run(load(process.pid, int(port), count))
        finally:
            process.terminate()
            process.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stations", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = chosen.stations + WARM + 100
    if hard != resource.RLIM_INFINITY and wanted > hard:
        sys.exit(f"{chosen.stations} stations need {wanted} open files; at most {hard} are allowed here (ulimit -Hn)")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    runs: dict[str, list[tuple[float, float, float]]] = {"noc": [], "stock": []}
    for _ in range(chosen.rounds):
        for server, found in runs.items():
            found.append(measure(server, chosen.stations))
    print(f"{chosen.stations} stations {'noc':>9} {'plain':>9} {'noc/plain':>10}")
    for place, what in enumerate(("KiB per idle station", "CPU ms per connect", "connects per second")):
        noc, plain = (statistics.median(run[place] for run in runs[server]) for server in ("noc", "stock"))
        print(f"{what:22} {noc:9.2f} {plain:9.2f} {noc / plain:10.2f}", flush=True)


if __name__ == "__main__":
    main()
