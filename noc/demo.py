"""`noc demo`: a server, a virtual network with a past, and where to look; gone without a trace afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Self

from backend.model.errors import Unavailable
from backend.text import t
from noc.embedded import Child, field

MOST_SECONDS = 600.0


class Demo:
    """Everything that a demonstration needs, in a temporary directory; as a context manager."""

    def __init__(self, *, stations: int, seed: int, speed: float) -> None:
        self._stations = stations
        self._seed = seed
        self._speed = speed
        self._children: list[Child] = []
        self._directory = Path(tempfile.mkdtemp(prefix="noc-demo-"))
        self.address = f"unix:{self._directory / 'api.sock'}"

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start(self) -> None:
        now = time.time()
        data = self._directory / "data"
        self._write_past(data, now)
        server = self._child(
            ["serve", "--data", str(data), "--ocpp", "127.0.0.1:0", "--api", self.address], "server.log"
        )
        _progress(t("starting the server"))
        ready = server.ready()
        self._child(
            [
                "simulate",
                "--to",
                f"ws://{field(ready, 'ocpp')}/ocpp",
                "--stations",
                str(self._stations),
                "--seed",
                str(self._seed),
                "--speed",
                str(self._speed),
                "--opening",
                repr(now),
            ],
            "simulator.log",
        )
        _progress("")

    def _child(self, arguments: list[str], log: str) -> Child:
        from backend.simulator.network import OPERATOR

        environ = {**os.environ, "NOC_NETWORK": OPERATOR, "NOC_CONFIG": os.devnull}
        child = Child(arguments, self._directory / log, environ)
        self._children.append(child)
        return child

    def _write_past(self, data: Path, now: float) -> None:
        _progress(t("inventing {n} stations and their last 30 days", n=self._stations))
        command = [sys.executable, "-m", "noc.demo_history", str(data), str(self._stations), str(self._seed), repr(now)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own program
            assert process.stdout is not None
            assert process.stderr is not None
            for line in process.stdout:
                _progress(
                    t("inventing {n} stations and their last 30 days: {rows} rows", n=self._stations, rows=line.strip())
                )
            complaint = process.stderr.read().strip().splitlines()
        if process.returncode != 0:
            raise Unavailable("demo_failed", complaint[-1] if complaint else t("The history could not be written."))

    def close(self) -> None:
        """End the children, the simulator first, and take the directory away."""
        for child in reversed(self._children):
            child.stop()
        self._children.clear()
        shutil.rmtree(self._directory, ignore_errors=True)


def _progress(text: str) -> None:
    from noc.cli.output import end_progress, progress_line

    if text:
        progress_line(text)
    else:
        end_progress()
