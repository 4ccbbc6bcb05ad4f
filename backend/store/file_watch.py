"""Sees that the files below an open database are those that were opened, and whole.

SQLite works on the files it has open: when somebody removes, replaces or cuts one off, commits go on succeeding into
what the next start does not find. Asked after every commit, before anybody is told that it is safe; some 10 us. The
layouts are those of sqlite.org/fileformat2.html (1.3, 4.1, 4.2) and sqlite.org/walformat.html (2.1).
"""

from __future__ import annotations

import os
from pathlib import Path
from struct import Struct
from sys import byteorder

from backend.store.database import MAGIC
from backend.text import t

CAN_WATCH = hasattr(os, "pread")
"""Windows has no need of it: there a file that is open can be neither removed nor cut off."""
_DATABASE = Struct(">16x H 10x I")
"""Page size (1: 65,536) and number of pages, as of the last checkpoint."""
_INDEX = Struct(f"{'<' if byteorder == 'little' else '>'}14x H I 12x 8s")
"""Page size, number of the last frame that counts, salts of the log: in the order of the machine."""
_LOG_BYTES = 32
_LOG_SALTS = slice(16, 24)
_FRAME_BYTES = 24
_FRAME_SALTS = slice(8, 16)


class FileWatch:
    """Of one open database in WAL. `close` it after the database: closing a file gives its locks back."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._log_path = path.with_name(path.name + "-wal")
        self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self._log = os.open(self._log_path, os.O_RDONLY | os.O_CLOEXEC)
        self._index = os.open(path.with_name(path.name + "-shm"), os.O_RDONLY | os.O_CLOEXEC)
        self._last = (b"", 0)
        """The log's salts, and where its last frame was: neither changes until the log begins anew."""
        self._opened = (os.fstat(self._file), os.fstat(self._log))

    def close(self) -> None:
        """Give the files back."""
        for file in (self._file, self._log, self._index):
            os.close(file)

    def trouble(self) -> str | None:
        """What was done to the files behind our back; None: nothing. Not while this process writes to them."""
        try:
            return self._of_database() or self._of_log()
        except FileNotFoundError as error:
            return t("{path} was removed while the server runs", path=str(error.filename))
        except OSError as error:
            return t("cannot use {path}: {why}", path=str(self._path), why=error.strerror or str(error))

    def _of_database(self) -> str | None:
        there = os.stat(self._path)  # noqa: PTH116 - at every commit
        if not os.path.samestat(there, self._opened[0]):
            return t("{path} was replaced while the server runs", path=str(self._path))
        header = os.pread(self._file, _DATABASE.size, 0)
        if header.startswith(MAGIC) and len(header) == _DATABASE.size:
            page, pages = _DATABASE.unpack(header)
            if there.st_size >= pages * (page if page > 1 else 65_536):
                return None
        return t("{path} was cut off or overwritten while the server runs", path=str(self._path))

    def _of_log(self) -> str | None:
        """The last frame that counts, by the index that SQLite keeps in memory, has to be in the file; so has the last
        one of before: who cuts the log off leaves a hole that the next commit writes behind."""
        if not os.path.samestat(os.stat(self._log_path), self._opened[1]):  # noqa: PTH116 - at every commit
            return t("{path} was replaced while the server runs", path=str(self._log_path))
        page, last, salts = _INDEX.unpack(os.pread(self._index, _INDEX.size, 0))
        if last == 0:
            return None
        at = _LOG_BYTES + (last - 1) * (_FRAME_BYTES + (page if page > 1 else 65_536))
        before = self._last[1] if self._last[0] == salts else at
        whole = os.pread(self._log, _LOG_BYTES, 0)[_LOG_SALTS] == salts
        if whole and self._salts_at(at) == salts and (before >= at or self._salts_at(before) == salts):
            self._last = (salts, at)
            return None
        return t("{path} was cut off or overwritten while the server runs", path=str(self._log_path))

    def _salts_at(self, frame: int) -> bytes:
        return os.pread(self._log, _FRAME_BYTES, frame)[_FRAME_SALTS]
