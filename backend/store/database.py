"""Opens database files: ours, and never anybody else's."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from urllib.parse import quote

from msgspec import Struct

from backend.model.errors import NocError, Unavailable
from backend.text import t

DATABASE_NAME = "noc.db"
TRACE_NAME = "trace.db"
MAGIC = b"SQLite format 3\x00"
_HEADER_BYTES = 100
_VERSION_AT = 60
_APPLICATION_AT = 68
WAL_PAGES = 4_000
"""Pages in the write-ahead log before they go into the database (16 MB)."""
BUSY_S = 2.0
CACHE_BYTES = 64 << 20
"""Pages that a writing connection keeps in memory."""

# The module asks a value that is no number or text how it adapts itself, which takes 300 ns, also of None; one for
# which a function is registered takes 50. Both functions give back what they get.
_empty: dict[None, None] = {}
sqlite3.register_adapter(type(None), _empty.get)
sqlite3.register_adapter(bytes, bytes)


class FileKind(Struct, frozen=True):
    """A kind of database file, as its header tells it."""

    application_id: int
    newest: int
    """The newest schema version that this program knows."""


def check_file(path: Path, kind: FileKind) -> None:
    """See from the file's first bytes, without touching it, whether it is ours and not too new.

    Raises:
        NocError: `database_foreign`, `database_too_new` or `database_unreadable`.
    """
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER_BYTES)
    except FileNotFoundError:
        return
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from error
    if not header:
        return
    application = int.from_bytes(header[_APPLICATION_AT : _APPLICATION_AT + 4], "big")
    if not header.startswith(MAGIC) or len(header) < _HEADER_BYTES or application != kind.application_id:
        raise NocError(
            "database_foreign",
            t("{path} is not a database of noc", path=str(path)),
            t("choose another directory with --data; the file was not touched"),
        )
    check_version(path, int.from_bytes(header[_VERSION_AT : _VERSION_AT + 4], "big"), kind)


def check_is_whole(path: Path) -> None:
    """See that a database is not gone or empty while what belongs to it is there: an empty network in its place would
    look as if nothing had ever been.

    Raises:
        NocError: `database_damaged`.
    """
    try:
        if path.exists() and path.stat().st_size > 0:
            return
        beside = [path.with_name(path.name + "-wal"), path.with_name(TRACE_NAME)]
        left = [part.name for part in beside if part != path and part.exists() and part.stat().st_size > 0]
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from error
    if left:
        raise damaged(path, t("it is missing or empty, but {files} is there", files=", ".join(left)))


def damaged(path: Path, why: str) -> Unavailable:
    """The error for a database whose content cannot be relied on."""
    return Unavailable(
        "database_damaged",
        t("{path} is damaged: {why}", path=str(path), why=why),
        t(
            "look closer with `noc check --data {data}`, put a copy back with `noc restore FILE --data {data}`",
            data=str(path.parent),
        ),
    )


def is_damage(error: Exception) -> bool:
    """Whether it is the file's content that is wrong, and not the disk below or a lock."""
    code = getattr(error, "sqlite_errorcode", 0) or 0
    return code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def check_version(path: Path, version: int, kind: FileKind) -> None:
    """Refuse a schema that a newer program made. Raises NocError `database_too_new`."""
    if version > kind.newest:
        raise NocError(
            "database_too_new",
            t(
                "{path} has schema {version}; this noc knows {newest}",
                path=str(path),
                version=version,
                newest=kind.newest,
            ),
            t("install the noc that wrote it, or a newer one; the file was not touched"),
        )


def open_writing(path: Path, kind: FileKind, *, synchronous: str, cache_bytes: int = CACHE_BYTES) -> sqlite3.Connection:
    """The one connection that writes, in WAL; makes the file, for its owner alone, if there is none.

    The application id is written before the file becomes a WAL one, so its first bytes always tell whose it is.

    Raises:
        NocError: as `check_file`.
    """
    check_file(path, kind)
    try:
        if not path.exists():
            path.touch(mode=0o600)
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from error
    try:
        db = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False, cached_statements=256)
    except sqlite3.Error as error:
        raise _unreadable(path, str(error)) from error
    try:
        if db.execute("PRAGMA application_id").fetchone()[0] == 0:
            db.execute("PRAGMA auto_vacuum=INCREMENTAL")
            db.execute(f"PRAGMA application_id={kind.application_id:d}")
        db.execute("PRAGMA journal_mode=WAL")
        db.execute(f"PRAGMA synchronous={'FULL' if synchronous == 'FULL' else 'NORMAL'}")
        db.execute(f"PRAGMA wal_autocheckpoint={WAL_PAGES:d}")
        db.execute("PRAGMA journal_size_limit=67108864")
        db.execute(f"PRAGMA cache_size=-{max(cache_bytes >> 10, 1):d}")
        db.execute("PRAGMA temp_store=MEMORY")
        version = schema_version(db)
        db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        db.execute("BEGIN IMMEDIATE")
        db.execute("ROLLBACK")
    except sqlite3.Error as error:
        db.close()
        raise file_trouble(path, error) from error
    try:
        check_version(path, version, kind)
    except NocError:
        db.close()
        raise
    return db


def open_reading(path: Path, cache_bytes: int = CACHE_BYTES // 2) -> sqlite3.Connection:
    """A connection that cannot write; one per reading thread."""
    db = sqlite3.connect(
        f"file:{quote(str(path))}?mode=ro",
        uri=True,
        timeout=BUSY_S,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
    )
    db.execute("PRAGMA query_only=1")
    db.execute(f"PRAGMA cache_size=-{max(cache_bytes >> 10, 1):d}")
    db.execute("PRAGMA mmap_size=268435456")
    return db


def schema_version(db: sqlite3.Connection) -> int:
    """The schema's version as the file tells it."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def file_bytes(path: Path) -> int:
    """What a database takes on the disk, its log included."""
    total = 0
    for part in (path, path.with_name(path.name + "-wal")):
        try:
            total += part.stat().st_size
        except OSError:
            continue
    return total


def file_trouble(path: Path, error: sqlite3.Error) -> Unavailable:
    """What to tell when SQLite cannot use a file."""
    return damaged(path, str(error)) if is_damage(error) else _unreadable(path, str(error))


def _unreadable(path: Path, why: str) -> Unavailable:
    return Unavailable(
        "database_unreadable",
        t("cannot use {path}: {why}", path=str(path), why=why),
        t("check the file's owner and the disk, put back a copy, or choose another directory with --data"),
    )
