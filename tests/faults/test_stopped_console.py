"""A console that is stopped (SIGSTOP) costs the server nothing, and has a true picture when it goes on.

`NOC_FAULT_ROUNDS` multiplies the load while it stands still."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.end_to_end.served import Served
from tests.faults.charger import said
from tests.recipes.station import RawStation

STATIONS = 10
STATUSES = 400
"""Per station, in a short run: 32 MB of frames."""
DATA = "x" * 8_000
CACHE = 4 << 20
"""The store's cache would grow beside what is looked for."""
MOST_GROWTH = 20 << 20
SLOW_S = 2.0
ROOT = Path(__file__).parents[2]


def resident(pid: int) -> int:
    """Bytes of memory that a process holds."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


async def busy(station: RawStation, times: int) -> float:
    """Statuses and large messages; the longest wait for an answer, in seconds."""
    longest = 0.0
    for number in range(times):
        begun = time.monotonic()
        await station.status(1, ("Preparing", "Available")[number % 2], said())
        await station.call("DataTransfer", vendorId="Fjord", data=DATA)
        longest = max(longest, time.monotonic() - begun)
    return longest


async def test_a_stopped_console_slows_nobody(tmp_path: Path, rounds: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped while it follows the frames of busy stations: they are answered as before, the server holds 2,000 frames
    for it and no more, and after SIGCONT the console shows what is."""
    monkeypatch.setenv("NOC_STORE_CACHE_BYTES", str(CACHE))
    served = await Served(tmp_path, "--accept-unknown").start()
    names = [f"CP{number}" for number in range(STATIONS)]
    stations = [await RawStation(name).connect(served.ocpp) for name in names]
    for station in stations:
        await station.boot()
    await asyncio.gather(*(busy(station, STATUSES) for station in stations))
    for station in stations:
        await station.status(1, "Available", said())
    console = await asyncio.create_subprocess_exec(
        sys.executable, str(Path(__file__).with_name("follower.py")), served.socket, *names,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert console.stdin is not None
    assert console.stdout is not None
    try:
        assert await asyncio.wait_for(console.stdout.readline(), 10) == b"ready\n"
        console.send_signal(signal.SIGSTOP)
        before = resident(served.pid)
        waits = await asyncio.gather(*(busy(station, STATUSES * rounds // 3) for station in stations))
        assert max(waits) < SLOW_S
        assert resident(served.pid) - before < MOST_GROWTH
        for station in stations:
            await station.status(1, "Finishing", said())
        console.send_signal(signal.SIGCONT)
        console.stdin.write(b"Finishing\n")
        assert await asyncio.wait_for(console.stdout.readline(), 20) == f"same {STATIONS}\n".encode()
        await console.wait()
    finally:
        if console.returncode is None:
            console.kill()
            await console.wait()
        for station in stations:
            await station.close()
        await served.stop()
