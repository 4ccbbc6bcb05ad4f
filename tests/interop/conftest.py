"""Stations that nobody here wrote: the npm package `ocpp-rpc`, fetched into a temporary folder once a run."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest

SCRIPT = Path(__file__).with_name("station.js")
PACKAGE = "ocpp-rpc@2"


def _without(why: str) -> NoReturn:
    """Skip; where everything has to be there (`.ci/run`), fail."""
    if os.environ.get("NOC_EVERYTHING"):
        pytest.fail(why)
    pytest.skip(why)


@pytest.fixture(scope="session")
def node_modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the package; skips, and says why, where there is no node or no registry."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        _without("node and npm are not installed: the strict ocpp-rpc stations were not tried")
    folder = tmp_path_factory.mktemp("npm")
    command = [npm, "install", "--no-package-lock", "--no-audit", "--no-fund", PACKAGE]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        _without(f"npm could not install {PACKAGE}, the strict stations were not tried: {last}")
    return folder / "node_modules"


class StrictStation:
    """One node process, and the steps that it has told."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.steps: list[dict[str, Any]] = []

    async def until(self, step: str, **wanted: Any) -> dict[str, Any]:
        """Read on until a step with these values; a failure of the station is a failure of the test."""
        assert self._process.stdout is not None
        async with asyncio.timeout(20):
            while True:
                line = await self._process.stdout.readline()
                assert line, f"the station ended; last steps: {self.steps[-3:]}"
                told = json.loads(line)
                assert told["step"] != "failed", told["error"]
                self.steps.append(told)
                if told["step"] == step and all(told.get(key) == value for key, value in wanted.items()):
                    return told

    def sent(self, action: str) -> list[Any]:
        """What the server answered to the calls of one action."""
        return [told["answer"] for told in self.steps if told["step"] == "sent" and told["action"] == action]

    async def leave(self) -> None:
        """Let it end; it must not have died before."""
        assert self._process.stdin is not None
        assert self._process.returncode is None
        self._process.stdin.close()
        async with asyncio.timeout(10):
            await self._process.wait()


Come = Callable[[str, str, str], Awaitable[StrictStation]]


@pytest.fixture
async def strict_station(node_modules: Path) -> AsyncIterator[Come]:
    """Starts a station: `await strict_station("1.6", "ws://127.0.0.1:9000/ocpp", "CP1")`."""
    started: list[asyncio.subprocess.Process] = []

    async def come(version: str, endpoint: str, identity: str) -> StrictStation:
        process = await asyncio.create_subprocess_exec(
            "node",
            str(SCRIPT),
            version,
            endpoint,
            identity,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "NODE_PATH": str(node_modules)},
        )
        started.append(process)
        return StrictStation(process)

    yield come
    for process in started:
        if process.returncode is None:
            process.kill()
            await process.wait()
