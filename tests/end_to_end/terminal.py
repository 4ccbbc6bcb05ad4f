"""A real terminal for tests: a tmux of its own, keys in, cells out."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self
from uuid import uuid4


class Terminal:
    """One program in one tmux window of a server of its own."""

    def __init__(
        self, command: list[str], *, width: int = 80, height: int = 24, environment: dict[str, str] | None = None
    ) -> None:
        self._name = f"noc-test-{uuid4().hex[:12]}"
        self._size = (width, height)
        set_ = {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", **(environment or {})}
        self._command = "env " + " ".join(f"{key}={shlex.quote(value)}" for key, value in set_.items())
        self._command += " " + shlex.join(command)

    def _tmux(self, *words: str) -> str:
        done = subprocess.run(
            ["tmux", "-L", self._name, "-f", os.devnull, *words], capture_output=True, text=True, check=False
        )
        return done.stdout

    def __enter__(self) -> Self:
        width, height = self._size
        self._tmux("new-session", "-d", "-x", str(width), "-y", str(height), self._command + "; echo END $?; read wait")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._tmux("kill-server")

    def press(self, *keys: str) -> None:
        """Keys in tmux's words: `2`, `Enter`, `Escape`, `C-r`."""
        self._tmux("send-keys", *keys)

    def type(self, text: str) -> None:
        """Text as it is."""
        self._tmux("send-keys", "-l", text)

    def screen(self) -> str:
        """The cells, lines without trailing blanks."""
        return self._tmux("capture-pane", "-p")

    def until(self, wanted: str | Callable[[str], bool], seconds: float = 30.0) -> str:
        """The screen once it shows `wanted` (a regular expression, or a test of the whole screen)."""
        found = (lambda shown: re.search(wanted, shown) is not None) if isinstance(wanted, str) else wanted
        end = time.monotonic() + seconds
        while True:
            shown = self.screen()
            if found(shown):
                return shown
            assert time.monotonic() < end, f"did not come: {wanted}\n{shown}"
            time.sleep(0.05)
