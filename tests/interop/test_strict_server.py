"""A strict client of another maker against the whole program: `noc serve`, and the command line as the operator."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


class Program:
    """A running `noc serve` on free ports, and its command line."""

    def __init__(self, process: asyncio.subprocess.Process, endpoint: str, api: str) -> None:
        self.process = process
        self.endpoint = endpoint
        self._api = api

    async def noc(self, *arguments: str) -> tuple[int, Any]:
        """Run one command with `--json`: its exit code and its document."""
        command = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "noc", *arguments, "--json", "--server", self._api),
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(60):
            out, err = await command.communicate()
        assert b"Traceback" not in err, err.decode()
        return command.returncode or 0, json.loads(out) if out.strip() else err.decode()


@pytest.fixture
async def program(tmp_path: Path) -> AsyncIterator[Program]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "noc", "serve", "--accept-unknown"),
        *("--data", str(tmp_path / "data"), "--ocpp", "127.0.0.1:0", "--api", f"unix:{tmp_path / 'api.sock'}"),
        cwd=ROOT,
        env={**os.environ, "XDG_CONFIG_HOME": str(tmp_path / "config")},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(30):
        line = (await process.stdout.readline()).decode().split()
    assert line[:1] == ["ready"], line
    told = dict(part.split("=", 1) for part in line[1:])
    yield Program(process, f"ws://{told['ocpp']}/ocpp", told["api"])
    process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(20):
        assert await process.wait() == 0


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
async def test_a_strict_station_and_an_operator(program: Program, strict_station: Any, version: str) -> None:
    """Boot, status, a whole session, then unlock, start, stop, refresh and reset, each proved: exit code 0."""
    station = await strict_station(version, program.endpoint, "STRICT-1")
    await station.until("ready")

    code, shown = await program.noc("station", "show", "strict-1")
    assert (code, shown["id"], shown["ocpp_version"], shown["link"]) == (0, "STRICT-1", version, "online")
    assert (shown["vendor"], shown["boot_status"]) == ("Interop", "accepted")
    assert shown["outlets"] == ["STRICT-1:1", "STRICT-1:2"]
    code, outlets = await program.noc("outlet", "list")
    assert (code, [outlet["state"] for outlet in outlets]) == (0, ["Available", "Available"])

    code, sessions = await program.noc("session", "list")
    assert (code, len(sessions)) == (0, 1)
    first = sessions[0]
    assert (first["outlet"], first["state"], first["energy_wh"]) == ("STRICT-1:1", "ended", 200)
    assert (first["stop_reason"], first["flags"]) == ("Local", [])
    assert "AABBCC" not in first["id_token"]

    code, done = await program.noc("unlock", "STRICT-1:2", "--reason", "interop")
    assert (code, done["state"], done["answer"]) == (0, "proved", "Unlocked")

    code, done = await program.noc("start", "STRICT-1:2", "--token", "REMOTE", "--reason", "interop")
    assert (code, done["state"], done["answer"]) == (0, "proved", "Accepted")
    await station.until("charging", evse=2)

    code, done = await program.noc("stop", "STRICT-1:2", "--reason", "interop", "--yes")
    assert (code, done["state"]) == (0, "proved")
    await station.until("ended", evse=2)

    code, done = await program.noc("refresh", "STRICT-1:1", "--reason", "interop")
    assert (code, done["state"]) == (0, "proved")

    code, done = await program.noc("reset", "STRICT-1", "--reason", "interop", "--yes", "--deadline", "60")
    assert (code, done["state"]) == (0, "proved")
    await station.until("restarted")

    code, sessions = await program.noc("session", "list")
    assert [(s["outlet"], s["energy_wh"]) for s in sessions] == [("STRICT-1:2", 200), ("STRICT-1:1", 200)]
    code, frames = await program.noc("trace", "STRICT-1")
    assert code == 0
    assert not [frame for frame in frames if frame["deviations"]]
    await station.leave()
