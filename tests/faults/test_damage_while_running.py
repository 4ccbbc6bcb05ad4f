"""The database is overwritten, cut off, removed or moved under a server in a process of its own: an alarm says so, the
stations stay, nothing is acknowledged that is not stored, and a copy put back takes up what waited."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from backend.store.database import DATABASE_NAME, TRACE_NAME
from tests.end_to_end.served import Served, noc
from tests.faults.charger import said
from tests.recipes.station import RawStation

PATIENCE_S = 25.0
SESSIONS = 60


def overwritten(database: Path) -> None:
    """Every page but the first."""
    with database.open("r+b") as file:
        for at in range(4096, database.stat().st_size, 4096):
            file.seek(at)
            file.write(os.urandom(512))


def cut_off(database: Path) -> None:
    """After two pages."""
    os.truncate(database, 8192)


def emptied(database: Path) -> None:
    """Of all that it held."""
    os.truncate(database, 0)


def removed(database: Path) -> None:
    """By somebody who needed room."""
    database.unlink()


def log_cut_off(database: Path) -> None:
    """What was committed last, and is in no table yet."""
    os.truncate(f"{database}-wal", 0)


@contextlib.asynccontextmanager
async def charging(folder: Path) -> AsyncIterator[tuple[Served, RawStation]]:
    """A server with some sessions on disk, a copy of them, and a station that has booted."""
    served = await Served(folder, "--accept-unknown").start()
    station = await RawStation("CP1").connect(served.ocpp)
    await station.boot()
    for number in range(SESSIONS):
        await station.stop(await station.start(1, "BEFORE", number, said()), number + 1, said())
    await station.close()
    await served.stop()
    await served.start()
    try:
        made = await served.noc("backup", str(folder / "copy.db"), "--json")
        assert made.code == 0, made
        await station.connect(served.ocpp)
        await station.boot()
        yield served, station
        await station.close()
    finally:
        await served.kill()


async def alarms(served: Served) -> dict[str, str]:
    """What is wrong with the database, by rule."""
    listed = (await served.noc("alarm", "list", "--json")).json
    return {
        alarm["rule"]: alarm["text"]
        for alarm in listed
        if alarm["active"] and alarm["rule"] in ("store", "database", "trace")
    }


async def hold(served: Served, station: RawStation) -> asyncio.Task[int]:
    """Begin a session once the alarm is there; it waits for its answer while heartbeats are answered. What is
    overwritten is seen when SQLite reads it, so that the first row after it may still be taken."""
    first = asyncio.create_task(station.status(1, "Available", said()))
    async with asyncio.timeout(PATIENCE_S):
        while "store" not in await alarms(served):
            assert await station.call("Heartbeat")
    held = asyncio.create_task(station.start(2, "HELD", 100, said()))
    for _ in range(3):
        assert await station.call("Heartbeat")
        await alarms(served)
    first.cancel()
    assert not station.closed.is_set()
    assert not held.done(), "answered, and a kill would have lost it"
    return held


@pytest.mark.parametrize(
    "harm",
    [cut_off, *(pytest.param(harm, marks=pytest.mark.slow) for harm in (overwritten, emptied, removed, log_cut_off))],
)
async def test_harm_is_told_and_a_copy_takes_up_what_waited(tmp_path: Path, harm: Callable[[Path], None]) -> None:
    """Ready no more; `noc check` finds it; the server stops in time and does not start on it; restored as documented
    it serves, and the message that was held is answered when it is said again."""
    data = tmp_path / "data"
    async with charging(tmp_path) as (served, station):
        harm(data / DATABASE_NAME)
        held = await hold(served, station)
        assert (await served.noc("health")).code == 1
        assert (await noc("check", "--data", str(data), "--json")).code == 1
        held.cancel()
        await station.close()
        await served.stop()
        back = await noc("restore", str(tmp_path / "copy.db"), "--data", str(data), "--json")
        assert back.code == 0, back
        await served.start()
        await station.connect(served.ocpp)
        await station.boot()
        assert await station.start(2, "HELD", 100, said())
        kept = (await served.noc("session", "list", "--limit", "0", "--json")).json
        tokens = [session["meter_start_wh"] for session in kept]
        assert sorted(tokens) == [*range(SESSIONS), 100]
        assert not await alarms(served)
    assert (await noc("check", "--data", str(data), "--json")).code == 0


@pytest.mark.slow
async def test_a_list_that_cannot_be_read_is_an_answer(tmp_path: Path) -> None:
    """Not a broken connection; live state is shown all the same."""
    async with charging(tmp_path) as (served, _):
        overwritten(tmp_path / "data" / DATABASE_NAME)
        listed: Any = await served.noc("session", "list", "--limit", "0", "--json")
        assert (listed.code, listed.json["error"]["code"]) == (1, "database_unreadable")
        assert "database" in await alarms(served)
        shown = (await served.noc("station", "show", "CP1", "--json")).json
        assert shown["link"] == "online"


async def test_a_file_that_was_moved_away_and_back_heals_by_itself(tmp_path: Path) -> None:
    """What waited is answered, and the alarm is over."""
    async with charging(tmp_path) as (served, station):
        database = tmp_path / "data" / DATABASE_NAME
        database.rename(tmp_path / "elsewhere.db")
        held = await hold(served, station)
        (tmp_path / "elsewhere.db").rename(database)
        async with asyncio.timeout(PATIENCE_S):
            assert await held
            while await alarms(served):
                assert await station.call("Heartbeat")
        assert (await served.noc("health")).code == 0


async def test_a_trace_that_was_removed_is_begun_anew(tmp_path: Path) -> None:
    """An alarm says so, and what comes from then on is kept over a restart."""
    async with charging(tmp_path) as (served, station):
        trace = tmp_path / "data" / TRACE_NAME
        trace.unlink()
        async with asyncio.timeout(PATIENCE_S):
            while not trace.exists() or "trace" not in await alarms(served):
                assert await station.call("Heartbeat")
        await station.status(1, "Preparing", said())
        await station.close()
        await served.stop()
        await served.start()
        frames = (await served.noc("trace", "CP1", "--json")).json
        assert "StatusNotification" in {frame["action"] for frame in frames}
