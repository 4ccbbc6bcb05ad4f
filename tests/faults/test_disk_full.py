"""A full disk: the stations stay, transactions wait for their answer, people are told, and it heals by itself."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.served import Served
from tests.faults.charger import said
from tests.recipes.station import RawStation

DISK = "4m"
PATIENCE_S = 10.0


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own, for `data`."""
    place = tmp_path / "data"
    place.mkdir()
    mounted = (
        os.geteuid() == 0
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "none", str(place)], check=False, capture_output=True
        ).returncode
    )
    if not mounted:
        pytest.skip("only root, where it may mount, can make a small disk")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(place: Path) -> Path:
    """Take every byte that is left."""
    ballast = place / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 12):
            try:
                while file.write(b"\0" * size):
                    pass
            except OSError:
                pass
    return ballast


async def alarms(served: Served) -> list[dict[str, Any]]:
    """The store's alarms that are not over."""
    listed = (await served.noc("alarm", "list", "--json")).json
    return [alarm for alarm in listed if alarm["rule"] == "store"]


async def test_a_full_disk_holds_answers_and_nothing_else(disk: Path, tmp_path: Path) -> None:
    """Heartbeats are answered, transactions are not; the alarm is there; with space again all that was held is
    answered and kept, and the alarm is over."""
    served = await Served(tmp_path, "--accept-unknown").start()
    try:
        station = await RawStation("CP1").connect(served.ocpp)
        await station.boot()
        await station.start(1, "BEFORE", 0, said())
        ballast = fill(disk)
        held: list[asyncio.Task[int]] = []
        async with asyncio.timeout(PATIENCE_S):
            while not await alarms(served):
                number = len(held)
                held.append(asyncio.create_task(station.start(2 + number, f"HELD-{number}", 100, said())))
                assert await station.call("Heartbeat")
        last = asyncio.create_task(station.start(90, "LAST", 100, said()))
        for _ in range(3):
            assert await station.call("Heartbeat")
        assert not last.done(), "answered while the disk takes nothing"
        (alarm,) = await alarms(served)
        assert "disk is full" in alarm["text"], alarm
        ballast.unlink()
        given = await asyncio.gather(*held, last)
        assert len(set(given)) == len(given)
        async with asyncio.timeout(PATIENCE_S):
            while any(alarm["state"] in ("unacknowledged", "acknowledged") for alarm in await alarms(served)):
                assert await station.call("Heartbeat")
        await station.close()
    finally:
        await served.kill()
    await served.start()
    try:
        kept = (await served.noc("session", "list", "--limit", "0", "--json")).json
        assert {int(session["id"]) for session in kept} >= set(given)
        assert len(kept) == len(given) + 1
    finally:
        await served.stop()
