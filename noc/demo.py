"""`noc demo`: a server, a virtual network with a past, and where to look; gone without a trace afterwards."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NoReturn, Self

from backend.model.errors import Unavailable
from backend.text import t
from noc.embedded import Child, field

PREFIX = "noc-demo-"


class Demo:
    """Everything that a demonstration needs, in a temporary directory; as a context manager."""

    def __init__(self, *, stations: int, seed: int, speed: float) -> None:
        self._stations = stations
        self._seed = seed
        self._speed = speed
        self._children: list[Child] = []
        _take_away_left_over()
        self._directory = Path(tempfile.mkdtemp(prefix=PREFIX))
        self._lock = _locked(self._directory)
        self.address = f"unix:{self._directory / 'api.sock'}"

    def __enter__(self) -> Self:
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _leave)
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
        log = ["--log-file", str(self._directory / "server.log")]
        ports = ["--ocpp", "127.0.0.1:0", "--ocpps", "127.0.0.1:0", "--tls-name", "localhost"]
        server = self._child(["serve", "--data", str(data), *ports, "--api", self.address, *log], "server.err")
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
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _leave(number: int, _: object) -> NoReturn:
    """The terminal is closed: clean up on the way out."""
    raise SystemExit(128 + number)


def _locked(directory: Path) -> int | None:
    """Hold a directory as long as this process lives; None: somebody else holds it, or it is not ours."""
    try:
        held = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError:
        return None
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(held)
        return None
    return held


def _take_away_left_over() -> None:
    """Directories of demonstrations that were killed: nobody holds them any more."""
    for found in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/lock"):
        if found.lstat().st_uid != os.geteuid():
            continue
        held = _locked(found.parent)
        if held is not None:
            shutil.rmtree(found.parent, ignore_errors=True)
            os.close(held)


def _progress(text: str) -> None:
    from noc.cli.output import end_progress, progress_line

    if text:
        progress_line(text)
    else:
        end_progress()
