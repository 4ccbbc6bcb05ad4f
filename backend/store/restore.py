"""Puts a copy in the database's place. There is a whole database under its name at every moment, the old or the new."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import time
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from backend.model.errors import NocError, Unavailable, Unknown
from backend.store.backup import back_up
from backend.store.check import integrity, open_picture
from backend.store.database import DATABASE_NAME, check_file
from backend.store.lock import DirectoryLock
from backend.store.migrations import MAIN
from backend.text import t


class Restored(Struct, kw_only=True):
    """What was put back."""

    path: str
    kept: str | None
    """Where the database is that was there before; None: there was none."""
    schema: int
    rows: dict[str, int]
    took_s: float


def restore(copy: Path, data: Path) -> Restored:
    """Prove `copy`, and put it in place of the database in `data`; that one is kept beside it.

    Raises:
        NocError: a server uses the directory, or the copy cannot be used; nothing was changed.
    """
    begun = time.monotonic()
    if not copy.is_file():
        raise Unknown("no_backup", t("there is no file {path}", path=str(copy)), t("name a file of `noc backup`"))
    _look(copy)
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _failed(data, error) from error
    lock = DirectoryLock(data)
    lock.take()
    try:
        made = back_up(copy.absolute(), data.absolute() / f"{DATABASE_NAME}.restored")
        kept = _exchange(data / f"{DATABASE_NAME}.restored", data / DATABASE_NAME)
    except OSError as error:
        raise _failed(data, error) from error
    finally:
        lock.release()
    took = round(time.monotonic() - begun, 3)
    return Restored(path=str(data / DATABASE_NAME), kept=kept, schema=made.schema, rows=made.rows, took_s=took)


def _look(copy: Path) -> None:
    """See before anything else that a copy is one."""
    check_file(copy, MAIN)
    try:
        picture = open_picture(copy)
        wrong = integrity(picture)
        picture.close()
    except (NocError, sqlite3.Error) as error:
        wrong = [str(error)]
    if wrong:
        message = t("{path} cannot be put back: {why}", path=str(copy), why=wrong[0])
        raise Unavailable("backup_damaged", message, t("nothing was changed; choose another copy"))


def _exchange(new: Path, path: Path) -> str | None:
    kept: Path | None = None
    if path.exists():
        _take_in_log(path)
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        kept = path.with_name(f"{path.name}.before-{stamp}")
        try:
            kept.hardlink_to(path)
        except FileExistsError:
            raise
        except OSError:
            shutil.copy2(path, kept)
        log = path.with_name(path.name + "-wal")
        if log.exists():
            log.replace(kept.with_name(kept.name + "-wal"))
    for suffix in ("-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + suffix).unlink()
    new.replace(path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
    return None if kept is None else str(kept)


def _take_in_log(path: Path) -> None:
    """Bring what a killed server left in the log into the file that is kept. One that is damaged keeps its log."""
    with contextlib.suppress(sqlite3.Error):
        db = sqlite3.connect(path, isolation_level=None)
        try:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        finally:
            db.close()


def _failed(data: Path, error: OSError) -> NocError:
    return Unavailable(
        "restore_failed",
        t("cannot write to {path}: {why}", path=str(data), why=error.strerror or str(error)),
        t("free space there, or choose another directory with --data"),
    )
