"""`noc serve` and `noc ...` as programs of their own, the way scripts and acceptance checks use them."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Self


class Ran(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Served:
    """A server in a process of its own, with its data in `folder`."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.socket = f"unix:{folder}/api.sock"
        self._options = options
        self._process: asyncio.subprocess.Process | None = None
        self.ocpp = ""
        self.metrics = ""
        """Of `--metrics`."""

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    async def start(self) -> Self:
        """It minds a hang-up, also where the tests were started to outlive one."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "noc", "serve", "--data", str(self.folder / "data"), "--ocpp", "127.0.0.1:0",
            "--api", self.socket, *self._options, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            preexec_fn=partial(signal.signal, signal.SIGHUP, signal.SIG_DFL),
        )  # fmt: skip
        assert self._process.stdout is not None
        line = (await asyncio.wait_for(self._process.stdout.readline(), 30)).decode()
        assert line.startswith("ready ocpp="), (line, await self._process.communicate())
        self.ocpp = line.split("ocpp=")[1].split()[0]
        self.metrics = line.partition("metrics=")[2].strip()
        return self

    async def stop(self) -> Ran:
        """SIGTERM, and what it left."""
        assert self._process is not None
        self._process.terminate()
        out, err = await asyncio.wait_for(self._process.communicate(), 30)
        return Ran(self._process.returncode or 0, out.decode(), err.decode())

    async def kill(self) -> None:
        """SIGKILL."""
        assert self._process is not None
        self._process.kill()
        await self._process.wait()

    async def noc(self, *words: str) -> Ran:
        """One command against this server."""
        return await noc("--server", self.socket, *words)


async def noc(*words: str, **environment: str) -> Ran:
    """One command, without a terminal."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "noc", *words,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **environment},
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(), 60)
    return Ran(process.returncode or 0, out.decode(), err.decode())
