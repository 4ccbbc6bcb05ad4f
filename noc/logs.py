"""The server's log: one line per event that matters, as text or JSON, on stderr. Text from outside is made harmless,
and what repeats is told a few times and then counted."""

from __future__ import annotations

import logging
import os
import sys
import time
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, TextIO

from backend.model.sanitise import clean

MOST_OF_A_KIND = 20
WINDOW_S = 10.0
MOST_KINDS = 1_000
LONGEST = 2_000
FILE_BYTES = 4 << 20
OLD_FILES = 3


class Rationed(logging.Filter):
    """Of one kind of line (its logger and its text without the values) lets 20 through in ten seconds; the next that
    passes says how many did not. Errors of ours always pass."""

    def __init__(self) -> None:
        super().__init__()
        self._kinds: dict[tuple[str, str], list[float]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is written."""
        if record.levelno >= logging.ERROR:
            return True
        now = time.monotonic()
        if len(self._kinds) >= MOST_KINDS:
            self._kinds.clear()
        kind = self._kinds.setdefault((record.name, str(record.msg)), [now, 0.0, 0.0])
        if now - kind[0] >= WINDOW_S:
            kind[0], kind[1] = now, 0.0
        kind[1] += 1
        if kind[1] > MOST_OF_A_KIND:
            kind[2] += 1
            return False
        if kind[2]:
            record.suppressed = int(kind[2])
            kind[2] = 0.0
        return True


class Harmless(logging.Filter):
    """Control and escape sequences of stations and people never reach a terminal or a log's reader."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always lets the line through, changed."""
        record.msg = clean(record.getMessage(), LONGEST)
        record.args = None
        return True


class OwnFile(RotatingFileHandler):
    """For its owner alone."""

    def _open(self) -> TextIOWrapper:
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        return os.fdopen(descriptor, "a", encoding=self.encoding)


def set_up_logs(form: str, level: str, stream: TextIO | None = None, *, file: Path | None = None) -> logging.Handler:
    """Write logs of `level` and above, `text` or `json`, to `stream` (stderr) or to a small `file` that turns over."""
    handler: logging.Handler = logging.StreamHandler(stream or sys.stderr)
    if file is not None:
        handler = OwnFile(file, maxBytes=FILE_BYTES, backupCount=OLD_FILES, encoding="utf-8")
    handler.addFilter(Rationed())
    handler.addFilter(Harmless())
    handler.setFormatter(_formatter(form))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("asyncio", "httpx", "httpcore", "uvicorn", "websockets"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))
    return handler


def _formatter(form: str) -> logging.Formatter:
    if form == "json":
        from pythonjsonlogger.json import JsonFormatter

        return JsonFormatter(
            "%(levelname)s %(name)s %(message)s",
            rename_fields={"levelname": "level", "name": "logger"},
            timestamp="time",
        )
    return TextLines("%(asctime)s %(levelname)s %(name)s: %(message)s")


class TextLines(logging.Formatter):
    """Lines for people; what was raised follows, as harmless as the message."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's own name
        """The traceback line by line: an exception may quote what a station sent."""
        lines = super().formatException(ei).splitlines()
        return "\n".join(clean(line, LONGEST) for line in lines)
