"""Sees that the files below an open database are those that were opened, and whole.

SQLite works on the files it has open: when somebody removes, replaces or cuts one off, commits go on succeeding into
what the next start does not find. Asked after every commit, before anybody is told that it is safe; 5 us.
"""

from __future__ import annotations

import os
from pathlib import Path

from backend.store.database import MAGIC
from backend.text import t

_PAGE_SIZE_AT = 16
_PAGES_AT = 28
_WAL_MAGIC = (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")
_WAL_HEADER_BYTES = 32
_FRAME_HEADER_BYTES = 24
_LOG_PAGE_SIZE = slice(8, 12)
_SALTS = slice(16, 24)
"""What changes when the log begins at its front again (sqlite.org/fileformat2.html, 4.1)."""


class FileWatch:
    """Of one database in WAL. `close` it after the database: closing a file gives its locks back."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._log_path = path.with_name(path.name + "-wal")
        self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self._log: int | None = None
        self._salts = b""
        self._log_bytes = 0

    def close(self) -> None:
        """Give the files back."""
        os.close(self._file)
        if self._log is not None:
            os.close(self._log)
            self._log = None

    def trouble(self) -> str | None:
        """What was done to the files behind our back; None: nothing. Any one thread at a time."""
        try:
            return self._of_database() or self._of_log()
        except FileNotFoundError as error:
            return t("{path} was removed while the server runs", path=str(error.filename))
        except OSError as error:
            return t("cannot use {path}: {why}", path=str(self._path), why=error.strerror or str(error))

    def _of_database(self) -> str | None:
        there = os.stat(self._path)  # noqa: PTH116 - at every commit
        if not os.path.samestat(there, os.fstat(self._file)):
            return t("{path} was replaced while the server runs", path=str(self._path))
        header = os.pread(self._file, 100, 0)
        pages = int.from_bytes(header[_PAGES_AT : _PAGES_AT + 4], "big")
        page = int.from_bytes(header[_PAGE_SIZE_AT : _PAGE_SIZE_AT + 2], "big")
        if not header.startswith(MAGIC) or there.st_size < pages * (page if page > 1 else 65_536):
            return t("{path} was cut off or overwritten while the server runs", path=str(self._path))
        return None

    def _of_log(self) -> str | None:
        if self._log is None:
            self._log = os.open(self._log_path, os.O_RDONLY | os.O_CLOEXEC)
        there = os.stat(self._log_path)  # noqa: PTH116 - at every commit
        if not os.path.samestat(there, os.fstat(self._log)):
            return t("{path} was replaced while the server runs", path=str(self._log_path))
        header = os.pread(self._log, _WAL_HEADER_BYTES, 0)
        if not header:
            return None
        cut = header[_SALTS] == self._salts and (there.st_size < self._log_bytes or self._has_hole(header))
        if cut or header[:4] not in _WAL_MAGIC:
            return t("{path} was cut off or overwritten while the server runs", path=str(self._log_path))
        self._salts, self._log_bytes = header[_SALTS], there.st_size
        return None

    def _has_hole(self, header: bytes) -> bool:
        """Whether what was its end is zeros now: cut off, and written beyond since."""
        page = int.from_bytes(header[_LOG_PAGE_SIZE], "big")
        last = self._log_bytes - page - _FRAME_HEADER_BYTES
        return last >= _WAL_HEADER_BYTES and not any(os.pread(self._log or 0, _FRAME_HEADER_BYTES, last))
