"""A server of the console's own: a child process that dies with it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from backend.model.errors import Unavailable
from backend.text import t

READY_S = 60.0
STOP_S = 10.0
TAIL = 20_000


class Child:
    """A child that ends when this process does, however that comes: it reads a pipe whose other end is here."""

    def __init__(self, arguments: Sequence[str], log: Path, environ: Mapping[str, str] | None = None) -> None:
        """Start `noc` with `arguments`; what it says on stderr goes into the file `log`, anew."""
        self._log = log
        reading, self._hold = os.pipe()
        try:
            with log.open("wb") as errors:
                self._process = subprocess.Popen(  # noqa: S603 - our own program
                    [sys.executable, "-m", "noc", *arguments, "--parent", str(reading)],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    pass_fds=(reading,),
                    start_new_session=True,
                    env=environ,
                )
        finally:
            os.close(reading)

    def ready(self) -> str:
        """Wait for the line that begins with `ready`, and return it.

        Raises:
            Unavailable: it ended instead; the message is its own last line.
        """
        out = self._process.stdout
        assert out is not None
        os.set_blocking(out.fileno(), False)
        line = _line(out, time.monotonic() + READY_S, self._process)
        if line.startswith("ready"):
            return line.strip()
        self.stop()
        raise Unavailable(
            "server_did_not_start",
            self._last_words() or t("The server did not start."),
            t("Its log is {path}.", path=self._log),
        )

    def _last_words(self) -> str:
        try:
            lines = self._log.read_text(encoding="utf-8", errors="replace")[-TAIL:].strip().splitlines()
        except OSError:
            return ""
        return lines[-1].removeprefix("noc: ") if lines else ""

    def stop(self) -> None:
        """End it: the pipe first, then harder."""
        if self._hold >= 0:
            os.close(self._hold)
            self._hold = -1
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


def _line(out: IO[bytes], until: float, process: subprocess.Popen[bytes]) -> str:
    import select

    held = b""
    while b"\n" not in held and time.monotonic() < until:
        if select.select([out], [], [], 0.2)[0]:
            got = os.read(out.fileno(), 4096)
            if not got:
                break
            held += got
        elif process.poll() is not None:
            break
    return held.partition(b"\n")[0].decode(errors="replace")


def field(ready: str, name: str) -> str:
    """`ocpp` or `api` of the ready line."""
    for part in ready.split():
        key, _, value = part.partition("=")
        if key == name:
            return value
    return ""
