"""Copies a database while it is written, and proves the copy before it has its name.

The copy is of one moment: it is read under one picture in SQLite's own copying, slice by slice, on a thread and a
connection of its own; writers and readers go on beside it.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

from backend.model.errors import Conflict, Invalid, NocError, Unavailable
from backend.model.resources import BackupResource
from backend.store.check import count_rows, integrity, open_picture
from backend.store.database import check_file, damaged, file_bytes, schema_version
from backend.store.migrations import MAIN
from backend.text import t

PAGES_A_SLICE = 1_000
"""4 MB."""
REST_S = 0.002
"""Between two slices."""

GoesOn = Callable[[], bool]


class Stopped(Exception):
    """The server stops, the copy is not wanted any more."""


def check_target(target: Path, source: Path) -> None:
    """See that a copy may be put there: nothing is overwritten but an older copy.

    Raises:
        Invalid, Conflict: why not.
    """
    if not target.is_absolute() or not target.parent.is_dir():
        message = t("{path} is no file name in a directory that is there", path=str(target))
        raise Invalid("bad_file", message, t("name an absolute path on the server's machine"))
    with contextlib.suppress(OSError):
        if target.samefile(source):
            raise Conflict("bad_file", t("{path} is the database itself", path=str(target)))
    if target.is_symlink() or (target.exists() and (not target.is_file() or target.stat().st_size == 0)):
        raise Conflict("file_exists", t("{path} is there and is no backup", path=str(target)), t("choose another name"))
    check_file(target, MAIN)


def back_up(source: Path, target: Path, goes_on: GoesOn = lambda: True) -> BackupResource:
    """Copy the database `source` to `target`; blocks for as long as that takes. `goes_on` is asked between slices.

    Raises:
        NocError: it could not be read or written, or the copy is not what it should be; `target` is as it was.
        Stopped: `goes_on` said no.
    """
    check_target(target, source)
    begun = time.monotonic()
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        rows = _copy(source, part, goes_on)
        copied = _prove(part, rows)
        _sync(part)
        part.replace(target)
        _sync(target.parent)
    except OSError as error:
        raise _failed(target, error.strerror or str(error)) from error
    except sqlite3.Error as error:
        raise _failed(target, str(error)) from error
    finally:
        for left in (part, part.with_name(part.name + "-journal"), part.with_name(part.name + "-wal")):
            with contextlib.suppress(OSError):
                left.unlink()
    return BackupResource(
        path=str(target), bytes=file_bytes(target), schema=copied, rows=rows, took_s=round(time.monotonic() - begun, 3)
    )


def _copy(source: Path, part: Path, goes_on: GoesOn) -> dict[str, int]:
    """Returns how many rows each table has in what was copied."""

    def progress(_status: int, _left: int, _all: int) -> None:
        if not goes_on():
            raise Stopped

    old = open_picture(source)
    new = sqlite3.connect(part, isolation_level=None)
    try:
        rows = count_rows(old)
        old.backup(new, pages=PAGES_A_SLICE, progress=progress, sleep=REST_S)
        new.execute("PRAGMA journal_mode=DELETE")
    finally:
        new.close()
        old.close()
    return rows


def _prove(part: Path, rows: dict[str, int]) -> int:
    """Returns the schema's version.

    Raises:
        NocError: the copy is damaged, or has not the rows that it should have.
    """
    copy = open_picture(part)
    try:
        wrong = integrity(copy)
        if wrong:
            raise damaged(part, wrong[0])
        found = count_rows(copy)
        for table, count in rows.items():
            if found.get(table) != count:
                why = t(
                    "{table} has {found} rows in place of {count}", table=table, found=found.get(table), count=count
                )
                raise damaged(part, why)
        return schema_version(copy)
    finally:
        copy.close()


def _sync(path: Path) -> None:
    """Have the disk keep a file, or the names in a directory."""
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _failed(target: Path, why: str) -> NocError:
    return Unavailable(
        "backup_failed",
        t("no backup was made at {path}: {why}", path=str(target), why=why),
        t("free space there, or choose another place"),
    )
