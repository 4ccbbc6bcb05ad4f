"""The trace: every frame, in a file of its own, written by a thread of its own.

Frames of many stations lie together, 128 in a chunk, packed (MessagePack, Zstandard level 1); a small table says which
chunks speak of which station. Measured on 60,000 frames of 223 bytes: 34 bytes a frame and 1.4 us, against 240 bytes
and 5 us as rows; zlib made 59 to 75 bytes of it. Nobody waits for it: when the disk does not keep up,
the oldest frames that are not written are dropped and counted.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from operator import attrgetter
from pathlib import Path

import msgspec
import zstandard
from sqlite_utils import Database, Migrations

from backend.model.clock import Instant
from backend.model.errors import NocError, Unavailable
from backend.model.frame import Frame, from_row
from backend.model.ports import Traced
from backend.store.batch import insert_rows
from backend.store.database import CACHE_BYTES, FileKind, file_trouble, is_damage, open_writing
from backend.store.file_watch import CAN_WATCH, FileWatch
from backend.store.writer import Row, Statement
from backend.text import t

log = logging.getLogger(__name__)

CHUNK_FRAMES = 128
FLUSH_S = 1.0
"""A chunk that is not full is written after that long."""
WAKE_CHUNKS = 16
"""So many full ones are written at once."""
MOST_CHUNKS = 200
"""Chunks that wait for the disk."""
RETENTION_S = 60.0
SAID_S = 60.0
"""How long it is said that a damaged file was put aside."""
CHUNKS_A_SLICE = 50
_EMPTY_PAGES = 5_000

_HOLDS = Statement("holds", "INSERT OR IGNORE INTO holds VALUES (?, ?)")
_pack = msgspec.msgpack.Encoder()
_STATION = Frame.__struct_fields__.index("station")


def create_trace(db: Database) -> None:
    """Version 1: chunks, and who is in them."""
    db.table("chunk").create({"id": int, "first": float, "last": float, "stations": str, "data": bytes}, pk="id")
    db.execute("CREATE TABLE holds (station TEXT, chunk INTEGER, PRIMARY KEY (station, chunk)) WITHOUT ROWID")
    db.execute("PRAGMA user_version=1")


TRACE = FileKind(0x6E6F6354, 1)
"""`nocT`: the trace."""


class Chunk:
    """Frames that are written together."""

    __slots__ = ("frames", "id")

    def __init__(self, number: int) -> None:
        self.id = number
        self.frames: list[Traced] = []


class TraceWriter:
    """Takes frames on the loop, writes them on its thread, and keeps the file within its bounds."""

    def __init__(self, path: Path, *, days: float, most_bytes: int, cache_bytes: int = CACHE_BYTES) -> None:
        self._path = path
        self._days = days
        self._most_bytes = most_bytes
        self._cache_bytes = cache_bytes
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._ready: deque[Chunk] = deque()
        self._open = Chunk(1)
        self._stopping = False
        self._db: sqlite3.Connection | None = None
        self._watch: FileWatch | None = None
        self._thread = threading.Thread(target=self._run, name="trace-writer", daemon=True)
        self.dropped = 0
        self.renewed: Callable[[], None] = lambda: None
        """Called on the writer's thread when another file has taken the place of the old one."""
        self._error: str | None = None
        self._put_aside = ("", 0.0)

    @property
    def error(self) -> str | None:
        """Why frames are not kept at present, or, for a minute, that older ones were put aside; None: all is well."""
        said, at = self._put_aside
        return self._error or (said if said and time.monotonic() - at < SAID_S else None)

    def start(self, *, heal: bool = False) -> None:
        """Open the file and begin. `heal`: one that cannot be read is put aside, and a new one begun.

        Raises:
            NocError: the file is not ours or cannot be used.
        """
        try:
            self._db = self._opened()
        except NocError as error:
            if not heal or error.code not in ("database_damaged", "database_foreign"):
                raise
            self._set_aside()
            self._db = self._opened()
        self._thread.start()

    def _opened(self) -> sqlite3.Connection:
        """The file at its newest schema; numbers go on after those that it holds. Raises NocError."""
        db = open_writing(self._path, TRACE, synchronous="NORMAL", cache_bytes=self._cache_bytes)
        try:
            steps = Migrations("trace")
            steps(name="0001_create_trace")(create_trace)
            steps.apply(Database(db, execute_plugins=False, recursive_triggers=False))
            newest = db.execute("SELECT coalesce(max(id), 0) FROM chunk").fetchone()[0]
        except sqlite3.Error as error:
            db.close()
            raise file_trouble(self._path, error) from error
        self._watch = FileWatch(self._path) if CAN_WATCH else None
        with self._lock:
            if newest >= self._open.id:
                self._open.id = newest + 1
        return db

    def _close(self, db: sqlite3.Connection) -> None:
        db.close()
        if self._watch is not None:
            self._watch.close()
            self._watch = None

    def _set_aside(self) -> None:
        """Keep a file that cannot be read under another name, for who wants to look; only the last one."""
        kept = self._path.with_name(self._path.name + ".damaged")
        try:
            there = self._path.exists()
            if there:
                self._path.replace(kept)
            for suffix in ("-wal", "-shm"):
                self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
        except OSError as error:
            message = t("cannot use {path}: {why}", path=str(self._path), why=error.strerror or str(error))
            raise Unavailable("database_unreadable", message, t("move the file away; a new one is made")) from error
        if there:
            log.warning("the trace was damaged: it is kept as %s, a new one is begun", kept)
            said = t("it was damaged and is kept as {path}; a new one was begun", path=str(kept))
        else:
            log.warning("the trace was removed: a new one is begun")
            said = t("it was removed while the server runs; a new one was begun")
        self._put_aside = said, time.monotonic()

    def _begin_anew(self, db: sqlite3.Connection) -> sqlite3.Connection:
        """In the place of a file that turned out to be damaged or is gone; the old connection, closed, when that cannot
        be done yet."""
        self._close(db)
        try:
            self._set_aside()
            new = self._db = self._opened()
        except NocError as error:
            self._error = str(error)
            return db
        self.renewed()
        return new

    def add(self, frames: list[Traced]) -> None:
        """Keep frames, oldest first."""
        wake = False
        with self._lock:
            at = 0
            while at < len(frames):
                held = self._open.frames
                part = frames[at : at + CHUNK_FRAMES - len(held)]
                held += part
                at += len(part)
                if len(held) == CHUNK_FRAMES:
                    self._close_chunk()
                    wake |= len(self._ready) % WAKE_CHUNKS == 0
        if wake:
            self._wake.set()

    def waiting(self) -> list[tuple[int, list[Traced]]]:
        """(chunk, frames) of what may not be in the file yet, oldest first."""
        with self._lock:
            return [(chunk.id, list(chunk.frames)) for chunk in (*self._ready, self._open)]

    @property
    def frames_waiting(self) -> int:
        """How many are not in the file yet."""
        with self._lock:
            return sum(len(chunk.frames) for chunk in self._ready) + len(self._open.frames)

    def stop(self, timeout_s: float = 5.0) -> None:
        """Write what is left, and close."""
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        if self._db is not None and not self._thread.is_alive():
            self._close(self._db)
            self._db = None

    def _close_chunk(self) -> None:
        self._ready.append(self._open)
        self._open = Chunk(self._open.id + 1)
        if len(self._ready) > MOST_CHUNKS:
            self.dropped += len(self._ready.popleft().frames)

    def _run(self) -> None:
        db = self._db
        assert db is not None
        flushed = cleaned = time.monotonic()
        while True:
            stopping = self._stopping
            now = time.monotonic()
            if now - flushed >= FLUSH_S or stopping:
                flushed = now
                with self._lock:
                    if self._open.frames:
                        self._close_chunk()
            if self._write_ready(db):
                db = self._begin_anew(db)
            if stopping:
                return
            if now - cleaned >= RETENTION_S:
                cleaned = now
                self.clean(db, time.time())
            self._wake.wait(FLUSH_S)
            self._wake.clear()

    def _write_ready(self, db: sqlite3.Connection) -> bool:
        """Commit all full chunks in one transaction; on an error they stay. True: the file itself is damaged or gone,
        or its connection is closed."""
        with self._lock:
            chunks = list(self._ready)
        if not chunks:
            return False
        packed, holds = _packed(chunks)
        try:
            db.execute("BEGIN IMMEDIATE")
            db.executemany("INSERT OR REPLACE INTO chunk VALUES (?, ?, ?, ?, ?)", packed)
            insert_rows(db, _HOLDS, holds)
            db.execute("COMMIT")
        except sqlite3.Error as error:
            with contextlib.suppress(sqlite3.Error):
                db.execute("ROLLBACK")
            if self._error is None:
                log.warning("the trace cannot be written: %s", error)
            self._error = str(error)
            return is_damage(error) or isinstance(error, sqlite3.ProgrammingError)
        if self._watch is not None and (trouble := self._watch.trouble()) is not None:
            log.warning("the trace: %s", trouble)
            return True
        self._error = None
        with self._lock:
            written = {chunk.id for chunk in chunks}
            while self._ready and self._ready[0].id in written:
                self._ready.popleft()
        return False

    def clean(self, db: sqlite3.Connection, now: Instant) -> None:
        """Remove the oldest chunks until days and bytes are kept, in slices."""
        try:
            while not self._stopping:
                oldest = db.execute("SELECT id, last, stations FROM chunk ORDER BY id LIMIT ?", (CHUNKS_A_SLICE,))
                too_big = _used_bytes(db) > self._most_bytes
                gone = [row for row in oldest.fetchall() if too_big or row[1] < now - self._days * 86_400]
                if not gone:
                    break
                db.execute("BEGIN IMMEDIATE")
                pairs = [(name, row[0]) for row in gone for name in msgspec.json.decode(row[2])]
                db.executemany("DELETE FROM holds WHERE station = ? AND chunk = ?", pairs)
                db.executemany("DELETE FROM chunk WHERE id = ?", [(row[0],) for row in gone])
                db.execute("COMMIT")
            if db.execute("PRAGMA freelist_count").fetchone()[0] > _EMPTY_PAGES:
                db.execute(f"PRAGMA incremental_vacuum({_EMPTY_PAGES:d})").fetchall()
        except sqlite3.Error as error:
            if db.in_transaction:
                db.execute("ROLLBACK")
            log.warning("the trace could not be shortened: %s", error)


def _packed(chunks: list[Chunk]) -> tuple[list[Row], list[Row]]:
    """Rows for `chunk` and `holds`. What is written together is sorted by station first (and stays in order for each):
    a station then is in one chunk or two, not in all of them, and a row that says so costs more than a frame."""
    frames = sorted(chain.from_iterable(chunk.frames for chunk in chunks), key=attrgetter("station"))
    squeeze = zstandard.ZstdCompressor(level=1).compress
    packed: list[Row] = []
    holds: list[Row] = []
    for number, at in enumerate(range(0, len(frames), CHUNK_FRAMES), chunks[0].id):
        part = frames[at : at + CHUNK_FRAMES]
        times = [frame.received for frame in part]
        stations = list(dict.fromkeys([frame.station for frame in part]))
        data = squeeze(_pack.encode([frame.row() for frame in part]))
        packed.append((number, min(times), max(times), msgspec.json.encode(stations).decode(), data))
        holds += [(name, number) for name in stations]
    return packed, holds


def _unpacked(data: bytes, station: str) -> list[Frame]:
    """The frames of a station in a chunk; none when it is damaged, so that those of the others are seen."""
    try:
        rows = msgspec.msgpack.decode(zstandard.ZstdDecompressor().decompress(data))
    except (zstandard.ZstdError, msgspec.DecodeError) as error:
        log.warning("a part of the trace of station %s cannot be read: %s", station, error)
        return []
    return [from_row(row) for row in rows if row[_STATION] == station]


def _used_bytes(db: sqlite3.Connection) -> int:
    pages, empty, size = (db.execute(f"PRAGMA {name}").fetchone()[0] for name in _SIZES)
    return int((pages - empty) * size)


_SIZES = ("page_count", "freelist_count", "page_size")


def read_frames(
    db: sqlite3.Connection,
    waiting: list[tuple[int, list[Traced]]],
    station: str,
    before: Instant | None,
    limit: int,
) -> list[Frame]:
    """The latest `limit` frames of a station from before `before`, newest first; more when several of the oldest
    moment share it, so that asking on with that moment misses none. `waiting`: what is not in the file yet."""
    found: list[Frame] = []
    for frame in _backwards(db, waiting, station, before):
        if before is not None and frame.received >= before:
            continue
        if len(found) >= limit and frame.received != found[-1].received:
            break
        found.append(frame)
    return found


def _backwards(
    db: sqlite3.Connection, waiting: list[tuple[int, list[Traced]]], station: str, before: Instant | None
) -> Iterator[Frame]:
    first_waiting = waiting[0][0] if waiting else 1 << 62
    for _, frames in reversed(waiting):
        yield from (frame.shown() for frame in reversed(frames) if frame.station == station)
    rows: Iterable[tuple[bytes]] = db.execute(
        """SELECT data FROM holds CROSS JOIN chunk ON chunk.id = holds.chunk
        WHERE holds.station = ? AND holds.chunk < ? AND chunk.first < ? ORDER BY holds.chunk DESC""",
        (station, first_waiting, 9e99 if before is None else before),
    )
    for (data,) in rows:
        yield from reversed(_unpacked(data, station))
