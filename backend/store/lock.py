"""One server per data directory."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from backend.model.errors import Conflict, Unavailable
from backend.text import t

LOCK_NAME = "noc.lock"


class DirectoryLock:
    """Held from `take` until `release`, or until the process ends, however it ends."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / LOCK_NAME
        self._file: int | None = None

    def take(self) -> None:
        """Take it.

        Raises:
            Conflict: another server has it.
            Unavailable: the directory cannot be written.
        """
        try:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        except OSError as error:
            raise Unavailable(
                "data_unusable",
                t("cannot write to {path}: {why}", path=str(self._path.parent), why=error.strerror or str(error)),
                t("choose another directory with --data, or change its owner"),
            ) from error
        if not _lock(file):
            holder = os.read(file, 32).decode("ascii", "replace").strip() or "?"
            os.close(file)
            raise Conflict(
                "data_in_use",
                t("{path} is in use by another server (process {pid})", path=str(self._path.parent), pid=holder),
                t("stop that one, attach to it with `noc console`, or choose another directory with --data"),
            )
        os.ftruncate(file, 0)
        os.write(file, f"{os.getpid()}\n".encode())
        self._file = file

    def release(self) -> None:
        """Give it back."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> bool:
        try:
            os.lseek(file, 1 << 20, os.SEEK_SET)
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
            os.lseek(file, 0, os.SEEK_SET)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _lock(file: int) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
