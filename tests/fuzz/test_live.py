"""Stations gone mad among stations that charge: nobody is disturbed, nothing is lost, nothing grows.

`NOC_FUZZ_FRAMES` frames (200,000 unless set) from 50 stations, `NOC_FUZZ_SEED` repeats a run.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import time
from pathlib import Path
from random import Random

import pytest

from backend.client.client import Client
from backend.model.errors import NocError
from backend.model.words import Version
from tests.end_to_end.served import Served
from tests.fuzz.live_station import FuzzStation, HealthyStation, Tally

FRAMES = int(os.environ.get("NOC_FUZZ_FRAMES", "200000"))
SEED = int(os.environ.get("NOC_FUZZ_SEED") or secrets.randbelow(1 << 32))
STATIONS = 50
CACHE_BYTES = 4 << 20
"""Of each connection to the files: full early, so that what grows after that is the server's."""
WARM = 5
"""The tenth of the frames after which memory is to be flat."""
MOST_GROWTH = 12 << 20
"""From there to the end; 120 bytes that are left of each frame would break it."""
PAUSE_S = 0.5
ASKED = 10
"""Fuzzing stations that are called all the while."""
VERSIONS = (Version.V16, Version.V201)


def resident(pid: int) -> int:
    """The memory of a process that is in use, without pages of files, bytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("RssAnon:"))


async def ask(server: str, station: str, over: asyncio.Event) -> None:
    """Calls to one station, one after the other, whatever comes of them."""
    async with Client(server) as client:
        while not over.is_set():
            with contextlib.suppress(NocError):
                await client.call(station, "ClearCache", {}, yes=True, deadline_s=1.0)
            await asyncio.sleep(0.2)


@pytest.mark.slow
async def test_mutated_frames_disturb_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No connection is lost, every call is answered, every healthy session is there with its energy, memory is flat."""
    print(f"\nNOC_FUZZ_SEED={SEED} NOC_FUZZ_FRAMES={FRAMES}")
    (tmp_path / "config.toml").write_text(f"[store]\ncache_bytes = {CACHE_BYTES}\n")
    monkeypatch.setenv("NOC_CONFIG", str(tmp_path / "config.toml"))
    served = await Served(tmp_path, "--accept-unknown").start()
    healthy = [HealthyStation(f"OK-{n}", VERSIONS[n % 2]) for n in range(STATIONS)]
    await asyncio.gather(*(station.connect(served.ocpp) for station in healthy))
    over, tally = asyncio.Event(), Tally()
    charging = [asyncio.create_task(station.charge_until(over, PAUSE_S)) for station in healthy]
    begun = time.monotonic()
    fuzzing = asyncio.gather(
        *(
            FuzzStation(f"FUZZ-{n}", VERSIONS[n % 2], Random(f"{SEED}-{n}"), tally).run(served.ocpp, FRAMES // STATIONS)
            for n in range(STATIONS)
        )
    )
    asking = [asyncio.create_task(ask(served.socket, f"FUZZ-{n}", over)) for n in range(ASKED)]
    memory = []
    for tenth in range(1, 11):
        while tally.sent < FRAMES * tenth / 10 and not fuzzing.done():
            await asyncio.wait((fuzzing,), timeout=0.1)
        memory.append(resident(served.pid))
    await fuzzing
    took = time.monotonic() - begun
    over.set()
    await asyncio.gather(*charging, *asking)
    lost = [station.identity for station in healthy if station.lost]
    sessions = (await served.noc("session", "list", "--limit", "0", "--filter", "station:OK-", "--json")).json
    outlets = (await served.noc("outlet", "list", "--limit", "0", "--filter", "station:OK-", "--json")).json
    await asyncio.gather(*(station.close() for station in healthy))
    ended = await served.stop()
    print(
        f"{tally.sent} frames in {took:.0f} s ({tally.sent / took:.0f}/s): {tally.due} had to be answered, "
        f"{tally.answered} were; {tally.asked} calls of the server got odd answers\n"
        f"answers: {dict(tally.answers.most_common())}\n"
        f"healthy: {sum(s.sessions for s in healthy)} sessions, {sum(s.energy_wh for s in healthy) / 1000:.0f} kWh, "
        f"slowest answer {max(s.slowest_s for s in healthy) * 1000:.0f} ms\n"
        f"memory in MiB, by tenths: {[size >> 20 for size in memory]}"
    )
    assert tally.closed == []
    assert tally.unanswered == []
    assert lost == []
    assert tally.answers["InternalError"] == 0, ended.err
    assert ended.code == 0, ended.err
    assert "could not be handled" not in ended.err
    assert sorted((s["station"], s["energy_wh"]) for s in sessions) == sorted(
        (station.identity, 1_000.0) for station in healthy for _ in range(station.sessions)
    )
    assert {session["state"] for session in sessions} == {"ended"}
    assert len(outlets) == STATIONS
    assert {outlet["state"] for outlet in outlets} == {"Available"}
    assert memory[-1] - memory[WARM - 1] < MOST_GROWTH
    assert tally.asked > ASKED
