"""Disks and files that misbehave under a server in a process of its own: locked by another program, read-only, standing
still, damaged. The stations stay, transactions wait for their answer, people are told why, and it heals by itself."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from backend.store.check import check_data
from backend.store.database import DATABASE_NAME, TRACE_NAME
from tests.end_to_end.served import Served, noc
from tests.faults.charger import said
from tests.recipes.station import RawStation

PATIENCE_S = 25.0
DISK_BYTES = 32 << 20


@contextmanager
def locked(data: Path) -> Iterator[None]:
    """Another program keeps the write lock."""
    with closing(sqlite3.connect(data / DATABASE_NAME, isolation_level=None)) as other:
        other.execute("PRAGMA busy_timeout=5000")
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def unwritable(data: Path) -> Iterator[None]:
    """The kernel refuses every write, as on a disk that was made read-only."""
    files = [str(data / name) for name in (DATABASE_NAME, f"{DATABASE_NAME}-wal")]
    subprocess.run(["chattr", "+i", *files], check=True)
    try:
        yield
    finally:
        subprocess.run(["chattr", "-i", *files], check=True)


@contextmanager
def only_read(disk: Path) -> Iterator[None]:
    """The whole file system, as the kernel makes it after an error of the device."""
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    try:
        yield
    finally:
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)


@contextmanager
def frozen(data: Path) -> Iterator[None]:
    """The disk takes a write and never comes back with it: the writer's thread stands still in the kernel."""
    subprocess.run(["fsfreeze", "--freeze", str(data)], check=True)
    try:
        yield
    finally:
        subprocess.run(["fsfreeze", "--unfreeze", str(data)], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, for `data`."""
    place, image = tmp_path / "data", tmp_path / "image"
    place.mkdir()
    with image.open("wb") as file:
        file.truncate(DISK_BYTES)
    steps = (["mkfs.ext4", "-q", str(image)], ["mount", "-o", "loop", str(image), str(place)])
    if os.geteuid() != 0 or not shutil.which("fsfreeze") or not shutil.which("mkfs.ext4"):
        pytest.skip("only root, with the tools for it, can make a file system")
    for step in steps:
        if subprocess.run(step, check=False, capture_output=True).returncode:
            pytest.skip("no file system can be mounted here")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


async def alarms(served: Served, rule: str) -> list[dict[str, Any]]:
    """Those of a rule that are not over."""
    listed = (await served.noc("alarm", "list", "--json")).json
    return [alarm for alarm in listed if alarm["rule"] == rule]


@contextlib.asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[tuple[Served, RawStation]]:
    """A server with a station that has booted."""
    served = await Served(folder, "--accept-unknown").start()
    try:
        station = await RawStation("CP1").connect(served.ocpp)
        await station.boot()
        yield served, station
        await station.close()
    finally:
        await served.stop()


@pytest.mark.parametrize(
    ("trouble", "says"),
    [(locked, "locked"), (unwritable, ""), pytest.param(frozen, "not answered", marks=pytest.mark.slow)],
)
async def test_answers_wait_for_a_disk_that_takes_nothing(disk: Path, tmp_path: Path, trouble: Any, says: str) -> None:
    """Heartbeats go on, the transaction waits, the alarm says why; without it all is answered, kept once, and over."""
    async with serving(tmp_path) as (served, station):
        before = await station.start(1, "BEFORE", 0, said())
        cause: AbstractContextManager[None] = trouble(disk)
        with cause:
            held = asyncio.create_task(station.start(2, "HELD", 100, said()))
            async with asyncio.timeout(PATIENCE_S):
                while not (found := await alarms(served, "store")):
                    assert await station.call("Heartbeat")
            assert says in found[0]["text"], found
            assert await station.call("Heartbeat")
            assert not held.done(), "answered while the disk takes nothing"
        async with asyncio.timeout(PATIENCE_S):
            given = await held
            while any(alarm["state"] in ("unacknowledged", "acknowledged") for alarm in await alarms(served, "store")):
                assert await station.call("Heartbeat")
        assert not station.closed.is_set()
        kept = (await served.noc("session", "list", "--json")).json
        assert sorted(int(session["id"]) for session in kept) == sorted((before, given))
    assert check_data(disk).ok


async def test_a_disk_that_can_only_be_read_is_told_at_the_start(disk: Path, tmp_path: Path) -> None:
    """The server ends with 1 and names the folder; writable again, it starts and goes on."""
    async with serving(tmp_path) as (_, station):
        number = await station.start(1, "CARD", 0, said())
    with only_read(disk):
        refused = await noc("serve", "--data", str(disk), "--ocpp", "127.0.0.1:0", "--api", f"unix:{tmp_path}/api.sock")
    assert (refused.code, refused.out) == (1, "")
    assert str(disk) in refused.err
    assert "Traceback" not in refused.err
    async with serving(tmp_path) as (served, _):
        assert [session["id"] for session in (await served.noc("session", "list", "--json")).json] == [str(number)]


async def test_a_lock_of_another_program_is_told_at_the_start(tmp_path: Path) -> None:
    """The server ends with 1 and says what is locked, for the service manager to try again; then it starts."""
    async with serving(tmp_path) as (_, station):
        await station.start(1, "CARD", 0, said())
    data = tmp_path / "data"
    with locked(data):
        refused = await noc("serve", "--data", str(data), "--ocpp", "127.0.0.1:0", "--api", f"unix:{tmp_path}/api.sock")
    assert (refused.code, refused.out) == (1, "")
    assert "locked" in refused.err
    async with serving(tmp_path) as (served, _):
        assert (await served.noc("health")).code == 0


def harm(path: Path) -> None:
    """Garbage in every page but the first."""
    content = bytearray(path.read_bytes())
    for page in range(4096, len(content), 4096):
        content[page : page + 512] = os.urandom(512)
    path.write_bytes(content)


async def test_a_damaged_database_is_not_an_empty_network(tmp_path: Path) -> None:
    """The server ends with 1 and says what to do; a copy put back as it says serves again."""
    async with serving(tmp_path) as (served, station):
        await station.start(1, "CARD", 0, said())
        made = await served.noc("backup", str(tmp_path / "copy.db"), "--json")
        assert made.code == 0, made
    data = tmp_path / "data"
    harm(data / DATABASE_NAME)
    refused = await noc("serve", "--data", str(data), "--ocpp", "127.0.0.1:0", "--api", f"unix:{tmp_path}/api.sock")
    assert (refused.code, refused.out) == (1, "")
    assert "noc check" in refused.err
    assert "noc restore" in refused.err
    assert (await noc("check", "--data", str(data), "--json")).code == 1
    back = await noc("restore", str(tmp_path / "copy.db"), "--data", str(data), "--json")
    assert back.code == 0, back
    assert back.json["kept"]
    async with serving(tmp_path) as (served, _):
        assert [session["id_token"] for session in (await served.noc("session", "list", "--json")).json]


async def test_a_damaged_trace_stands_in_nobodys_way(tmp_path: Path) -> None:
    """It is kept under another name, a new one is begun, and an alarm says so."""
    async with serving(tmp_path) as (_, station):
        await station.status(1, "Available", said())
    harm(tmp_path / "data" / TRACE_NAME)
    async with serving(tmp_path) as (served, station):
        await station.start(1, "CARD", 0, said())
        (alarm,) = await alarms(served, "trace")
        assert "damaged" in alarm["text"]
        frames = (await served.noc("trace", "CP1", "--json")).json
        assert {frame["action"] for frame in frames} >= {"BootNotification", "StartTransaction"}
    assert (tmp_path / "data" / f"{TRACE_NAME}.damaged").exists()
