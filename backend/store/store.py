"""The store: opens the files, loads what a server needs to start, writes, reads, and keeps itself in bounds."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from backend.model.alarm import Alarm
from backend.model.certificate import CertificateRequest, IssuedCertificate
from backend.model.clock import Instant
from backend.model.credential import Credential
from backend.model.deviation import Deviation
from backend.model.errors import Conflict, NocError, Unavailable
from backend.model.event import StatusReported
from backend.model.histogram import Histogram
from backend.model.interval import Interval
from backend.model.operation import Operation
from backend.model.ports import Traced
from backend.model.quirk import Quirk
from backend.model.register import OutletEntry, SiteEntry, StationEntry, TokenEntry
from backend.model.resources import BackupResource
from backend.model.session import Reading, Session
from backend.model.settings import StoreSettings
from backend.model.station import Station
from backend.model.wanted import WantedSetting
from backend.store import (
    alarm_rows,
    history_rows,
    interval_rows,
    live_rows,
    operation_rows,
    register_rows,
    rollup_rows,
    session_rows,
)
from backend.store.backup import Stopped, back_up, check_target
from backend.store.bulk import Bulk
from backend.store.database import (
    DATABASE_NAME,
    TRACE_NAME,
    check_is_whole,
    damaged,
    file_bytes,
    file_trouble,
    is_damage,
    open_reading,
    open_writing,
)
from backend.store.file_watch import CAN_WATCH, FileWatch
from backend.store.inbox import recover
from backend.store.journal import RowJournal
from backend.store.lock import DirectoryLock
from backend.store.migrations import MAIN, add_columns, migrate
from backend.store.reads import ReaderPool, Reads
from backend.store.retention import DAY_S, Kept, bounding, retention, shrinking
from backend.store.trace import TraceWriter
from backend.store.writer import LoopCall, Writer
from backend.text import t

R = TypeVar("R")

ALIVE_S = 5.0
"""How often the store notes that the server is there: how well a restart knows our own gap."""
RETENTION_S = 3_600.0
SIZES_S = 5.0
STANDSTILL_S = 5.0
"""Rows wait that long and nothing is committed: that is said."""
RECENT_S = 86_400.0
RECENT_SESSIONS = 50_000


class NextIds(Struct, kw_only=True, frozen=True):
    """The numbers to give next."""

    session: int
    alarm: int
    operation: int


class StoreVitals(Struct, kw_only=True, frozen=True):
    """Is the store in order."""

    queued: int
    """Rows that are not on disk yet."""
    commit_ms: float
    """Mean of the last commits."""
    commits: int
    rows: int
    refused: int
    """Rows that could not be written, a fault of ours."""
    database_bytes: int
    trace_bytes: int
    frames_dropped: int
    error: str | None
    trace_error: str | None
    commit_p99_ms: float
    """Of the last thousand commits."""
    commit_times: Histogram
    """Of all commits since the start, in seconds."""
    behind: int
    """Rows that are not in their tables yet, on disk or not."""
    frames_waiting: int
    """Of the trace, not on disk yet."""


class LastBackup(Struct, frozen=True):
    """When a copy was made last, and where it was put."""

    at: Instant
    path: str


class Store(RowJournal, Reads, Bulk):
    """Implements `model.ports.Journal`. Everything but `open`, `close` and the `load_` methods is for the loop.

    `loop_call` has a function called on the loop, from any thread (`loop.call_soon_threadsafe`); without it promises
    are kept on the writer's thread.
    """

    def __init__(self, settings: StoreSettings, loop_call: LoopCall | None = None) -> None:
        self.settings = settings
        self._loop_call = loop_call
        self._path = settings.data / DATABASE_NAME
        self._trace_path = settings.data / TRACE_NAME
        self._lock = DirectoryLock(settings.data)
        self._db: sqlite3.Connection | None = None
        self._alive = self._retained = self._sized = float("-inf")
        self._sizes = (0, 0)
        self._moved = (-1, 0.0)
        self._standstill: str | None = None
        self._backing_up = False
        self.last_backup: LastBackup | None = None
        self.keep_frames: Callable[[list[Traced]], None]
        """Into the trace; never in the way of a commit."""

    def open(self) -> None:
        """Make or open the files, bring them to the newest schema, begin to write.

        Raises:
            NocError: `data_unusable`, `data_in_use`, `database_foreign`, `database_too_new`, `database_unreadable`;
                nothing was changed.
        """
        data = self.settings.data
        try:
            data.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            message = t("cannot make {path}: {why}", path=str(data), why=error.strerror or str(error))
            raise Unavailable("data_unusable", message, t("choose another directory with --data")) from error
        self._lock.take()
        try:
            self._open_files()
        except NocError:
            self._lock.release()
            raise

    def _open_files(self) -> None:
        settings = self.settings
        check_is_whole(self._path)
        goes_on = self._path.exists()
        db = open_writing(self._path, MAIN, synchronous="FULL", cache_bytes=settings.cache_bytes)
        self._trace = TraceWriter(
            self._trace_path,
            days=settings.trace_days,
            most_bytes=settings.trace_bytes,
            cache_bytes=settings.cache_bytes,
        )
        self.keep_frames = self._trace.add
        try:
            recover(db)
            migrate(db)
            add_columns(db)
            self._trace.start(heal=goes_on)
        except NocError:
            db.close()
            raise
        except sqlite3.Error as error:
            db.close()
            if is_damage(error):
                raise damaged(self._path, str(error)) from error
            message = t("cannot bring {path} to the newest schema: {why}", path=str(self._path), why=str(error))
            raise Unavailable("database_unreadable", message, t("nothing was changed; put back a copy")) from error
        self._db = db
        self._readers = ReaderPool(self._path, "store", cache_bytes=settings.cache_bytes // 2)
        self._trace_readers = ReaderPool(self._trace_path, "trace", threads=1, cache_bytes=settings.cache_bytes // 2)
        self._trace.renewed = self._trace_readers.renew
        self._loading: sqlite3.Connection | None = open_reading(self._path, settings.cache_bytes // 2)
        self._watch = FileWatch(self._path) if CAN_WATCH else None
        self._writer = Writer(
            db,
            window_s=settings.group_commit_ms / 1000,
            loop_call=self._loop_call,
            inbox=True,
            files_trouble=self._watch.trouble if self._watch is not None else lambda: None,
        )
        self.rolled_until = rollup_rows.newest_day(db)
        self._writer.start()
        self._measure()

    def close(self, timeout_s: float = 10.0) -> bool:
        """Write what is queued, and close. False: the disk did not take all of it in time."""
        if self._db is None:
            return True
        drained = self._writer.stop(timeout_s)
        self._trace.stop()
        self._readers.close()
        self._trace_readers.close()
        if self._loading is not None:
            self._loading.close()
        self._db.close()
        if self._watch is not None:
            self._watch.close()
        self._db = None
        self._lock.release()
        return drained

    def tick(self, now: Instant) -> None:
        """Let time pass: the sign of life every five seconds, retention every hour."""
        steady = time.monotonic()
        self._watch_writer(steady)
        if steady - self._alive >= ALIVE_S:
            self._alive = steady
            self._writer.put(live_rows.ALIVE, live_rows.alive_row(now))
        if steady - self._retained >= RETENTION_S:
            self._retained = steady
            self.retain(now)
        if steady - self._sized >= SIZES_S:
            self._measure()

    def _watch_writer(self, steady: float) -> None:
        """A disk that does not even refuse leaves the writer standing: rows wait, and nothing is committed."""
        writer = self._writer
        if writer.commits != self._moved[0] or not writer.queued:
            self._moved = (writer.commits, steady)
            self._standstill = None
        elif steady - self._moved[1] >= STANDSTILL_S:
            self._standstill = t("the disk has not answered for {n} s", n=int(STANDSTILL_S))

    def retain(self, now: Instant) -> None:
        """Begin to remove what is older than it is kept, and what is too much, in slices beside the commits."""
        settings = self.settings
        history, readings = (now - days * DAY_S for days in (settings.history_days, settings.reading_days))
        self._writer.submit(retention(Kept(history, readings)))
        self._writer.submit(bounding(settings.max_bytes, now))
        self._writer.submit(shrinking())

    @property
    def full(self) -> bool:
        """Whether those who deliver should wait before they read more."""
        return self._writer.full

    @property
    def queued(self) -> int:
        """Rows that are not on disk yet."""
        return self._writer.queued

    @property
    def error(self) -> str | None:
        """Why nothing can be written at present; None: it can."""
        return self._writer.error or self._standstill

    @property
    def damage(self) -> str | None:
        """What a read found broken in the database since the start; None: nothing."""
        return self._readers.damage

    @property
    def trace_error(self) -> str | None:
        """Why frames are not kept at present, or that older ones were lost; None: all is well."""
        return self._trace.error

    async def back_up(self, target: Path, now: Instant) -> BackupResource:
        """Copy the database to `target` while everything goes on; one at a time.

        Raises:
            NocError: no copy was made.
        """
        if self._backing_up:
            raise Conflict("busy", t("another backup is running"), t("try again when it has ended"))
        check_target(target, self._path)
        self._backing_up = True
        try:
            made = await asyncio.to_thread(back_up, self._path, target, lambda: self._db is not None)
        except Stopped:
            raise Unavailable("backup_failed", t("the server stops, no backup was made")) from None
        finally:
            self._backing_up = False
        self.last_backup = LastBackup(at=now, path=made.path)
        self._writer.put(live_rows.META, ("last_backup", msgspec.json.encode(self.last_backup).decode()))
        return made

    def vitals(self) -> StoreVitals:
        """Is the store in order."""
        writer = self._writer
        return StoreVitals(
            queued=writer.queued,
            commit_ms=writer.commit_ms,
            commits=writer.commits,
            rows=writer.rows,
            refused=writer.refused,
            database_bytes=self._sizes[0],
            trace_bytes=self._sizes[1],
            frames_dropped=self._trace.dropped,
            error=self.error,
            trace_error=self._trace.error,
            commit_p99_ms=writer.commit_p99_ms,
            commit_times=writer.commit_times,
            behind=writer.behind,
            frames_waiting=self._trace.frames_waiting,
        )

    def _measure(self) -> None:
        self._sized = time.monotonic()
        self._sizes = (file_bytes(self._path), file_bytes(self._trace_path))

    # At the start; these wait for the disk.

    def load_sites(self) -> list[SiteEntry]:
        return self._load(register_rows.load_sites)

    def load_stations(self) -> list[StationEntry]:
        """The register's stations."""
        return self._load(register_rows.load_stations)

    def load_outlets(self) -> list[OutletEntry]:
        return self._load(register_rows.load_outlets)

    def load_tokens(self) -> list[TokenEntry]:
        return self._load(register_rows.load_tokens)

    def load_deviations(self) -> list[Deviation]:
        """How stations broke the standard."""
        return self._load(register_rows.load_deviations)

    def load_quirks(self) -> list[Quirk]:
        return self._load(register_rows.load_quirks)

    def load_credentials(self) -> list[Credential]:
        """The hashed keys of stations."""
        return self._load(register_rows.load_credentials)

    def load_certificates(self) -> list[IssuedCertificate]:
        """What our own authority has issued, the oldest first."""
        return self._load(register_rows.load_certificates)

    def load_certificate_requests(self) -> list[CertificateRequest]:
        """What waits for an outside authority's signature."""
        return self._load(register_rows.load_certificate_requests)

    def load_wanted(self) -> list[WantedSetting]:
        """The settings that are wanted of stations."""
        return self._load(register_rows.load_wanted)

    def load_live(self) -> list[Station]:
        """All stations with their connectors as last known; nobody is connected, no session is attached."""
        return self._load(live_rows.load_live)

    def load_open_sessions(self) -> list[Session]:
        """Those that had not ended, by id."""
        return self._load(session_rows.open_sessions)

    def load_unsettled_readings(self) -> list[Reading]:
        """Readings of open sessions that their rows may not know yet, oldest first."""
        return self._load(session_rows.unsettled_readings)

    def load_statuses(self, since: Instant | None) -> list[StatusReported]:
        """Statuses after `since` that the live rows may not know yet, oldest first; `said` is when they count."""
        return [] if since is None else self._load(lambda db: history_rows.statuses_since(db, since))

    def load_recent_sessions(self, now: Instant, within_s: float = RECENT_S) -> list[Session]:
        """Those that ended lately, by id: replays may still speak of them."""
        return self._load(lambda db: session_rows.recent_sessions(db, now - within_s, RECENT_SESSIONS))

    def load_open_alarms(self) -> list[Alarm]:
        """All that is not normal, by id."""
        return self._load(alarm_rows.open_alarms)

    def load_open_intervals(self) -> list[Interval]:
        return self._load(interval_rows.open_intervals)

    def load_unfinished_operations(self) -> list[Operation]:
        """Those that had not ended, by id."""
        return self._load(operation_rows.unfinished_operations)

    def load_next_ids(self) -> NextIds:
        """The numbers to give next; none is ever given twice."""
        return self._load(_next_ids)

    def load_last_backup(self) -> LastBackup | None:
        """The copy that was made last; None: none was."""
        found = self._load(lambda db: register_rows.get_meta(db, "last_backup"))
        self.last_backup = None if found is None else msgspec.json.decode(found, type=LastBackup)
        return self.last_backup

    def load_alive_until(self) -> Instant | None:
        """When the last server that ran was there for sure; None: none ever was."""
        found = self._load(lambda db: register_rows.get_meta(db, "alive_until"))
        return None if found is None else float(found)

    def _load(self, read: Callable[[sqlite3.Connection], R]) -> R:
        self._writer.flush()
        assert self._loading is not None
        try:
            return read(self._loading)
        except sqlite3.Error as error:
            raise file_trouble(self._path, error) from error


def _next_ids(db: sqlite3.Connection) -> NextIds:
    return NextIds(
        session=_next(db, "session"),
        alarm=_next(db, "alarm"),
        operation=_next(db, "operation"),
    )


def _next(db: sqlite3.Connection, table: str) -> int:
    return int(db.execute(f"SELECT coalesce(max(id), 0) + 1 FROM {table}").fetchone()[0])  # noqa: S608 - names of ours
