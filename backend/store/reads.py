"""Reads beside the writer: a small pool of threads, each with a connection that cannot write."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from backend.model.alarm import Alarm, AlarmEntry
from backend.model.clock import Instant
from backend.model.event import Sample
from backend.model.frame import Frame, Handshake
from backend.model.interval import Interval
from backend.model.operation import AuditEntry, Operation
from backend.model.session import Reading, Session
from backend.store import (
    alarm_rows,
    history_rows,
    interval_rows,
    operation_rows,
    power_rows,
    rollup_rows,
    session_rows,
)
from backend.store.alarm_rows import AlarmQuery
from backend.store.database import CACHE_BYTES, is_damage, open_reading
from backend.store.history_rows import LinkEntry, Notice, StatusEntry
from backend.store.operation_rows import OperationQuery, Statistics
from backend.store.rollup_rows import Outlet, Stretch
from backend.store.session_rows import SessionQuery
from backend.store.trace import TraceWriter, read_frames
from backend.store.writer import Writer

P = ParamSpec("P")
R = TypeVar("R")

THREADS = 2
SETTLE_S = 1.0
"""How long a read waits for what was written before it."""


class ReaderPool:
    """Threads that read one database file."""

    def __init__(self, path: Path, name: str, threads: int = THREADS, cache_bytes: int = CACHE_BYTES // 2) -> None:
        self._path = path
        self._cache_bytes = cache_bytes
        self._own = threading.local()
        self._generation = 0
        self._connections: list[sqlite3.Connection] = []
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=f"{name}-reader")
        self.damage: str | None = None
        """What a read found broken, since the start."""

    async def run(self, read: Callable[[sqlite3.Connection], R]) -> R:
        """Call `read` with a connection, on a thread of the pool. Raises sqlite3.Error."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._call, read)

    def renew(self) -> None:
        """The path names another file from now on: each thread opens it anew. May be called on any thread."""
        self._generation += 1

    def close(self) -> None:
        """Wait for reads that are under way, and close."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        for connection in self._connections:
            connection.close()
        self._connections.clear()

    def _call(self, read: Callable[[sqlite3.Connection], R]) -> R:
        db: sqlite3.Connection | None = getattr(self._own, "db", None)
        if db is None or self._own.generation != self._generation:
            self._own.generation = self._generation
            db = open_reading(self._path, self._cache_bytes)
            self._own.db = db
            self._connections.append(db)
        try:
            return read(db)
        except sqlite3.Error as error:
            if is_damage(error):
                self.damage = str(error)
            raise


class Reads:
    """What the store can be asked while the server runs. Each answer holds all that was queued before it was asked,
    unless the disk is in trouble. All raise sqlite3.Error when the file cannot be read."""

    _writer: Writer
    _readers: ReaderPool
    _trace: TraceWriter
    _trace_readers: ReaderPool

    async def settled(self) -> None:
        """Wait until what is queued can be read; at most a second, not at all while the disk is in trouble."""
        writer = self._writer
        if not writer.behind or writer.error is not None:
            return
        loop = asyncio.get_running_loop()
        reached = asyncio.Event()

        def tell() -> None:
            loop.call_soon_threadsafe(reached.set)

        writer.after_tables(tell)
        try:
            await asyncio.wait_for(reached.wait(), SETTLE_S)
        except TimeoutError:
            return

    async def _read(
        self, read: Callable[Concatenate[sqlite3.Connection, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        await self.settled()
        return await self._readers.run(lambda db: read(db, *args, **kwargs))

    async def sessions(self, query: SessionQuery) -> list[Session]:
        """Newest first."""
        return await self._read(session_rows.find_sessions, query)

    async def exceeds(self, query: SessionQuery | AlarmQuery | OperationQuery, most: int) -> bool:
        """Whether it finds more than `most`, whatever its limit. Goes through an index, not through the rows."""
        if isinstance(query, SessionQuery):
            return await self._read(session_rows.exceeds, query, most)
        if isinstance(query, AlarmQuery):
            return await self._read(alarm_rows.exceeds, query, most)
        return await self._read(operation_rows.exceeds, query, most)

    async def get_session(self, session: int) -> Session | None:
        """One session; None: no such."""
        return await self._read(session_rows.get_session, session)

    async def session_readings(self, session: int) -> list[Reading]:
        """A session's curve, oldest first."""
        return await self._read(session_rows.readings, session)

    async def outside_readings(
        self, station: str, evse: int, begin: Instant, end: Instant, limit: int = 10_000
    ) -> list[tuple[int, Sample]]:
        """(connector, reading) outside sessions, in [begin, end), oldest first."""
        return await self._read(session_rows.meter_values, station, evse, begin, end, limit)

    async def hourly_power(self, begin: Instant, end: Instant) -> list[tuple[str, int, float]]:
        """(station, hour since 1970, mean W) of every session in [begin, end)."""
        return await self._read(power_rows.hourly_power, begin, end)

    async def alarms(self, query: AlarmQuery) -> list[Alarm]:
        """Open and past alarms, the one raised last first."""
        return await self._read(alarm_rows.find_alarms, query)

    async def get_alarm(self, alarm: int) -> Alarm | None:
        """One alarm, open or past; None: no such."""
        return await self._read(alarm_rows.get_alarm, alarm)

    async def alarm_entries(self, alarm: int) -> list[AlarmEntry]:
        """The history of an alarm, oldest first."""
        return await self._read(alarm_rows.alarm_entries, alarm)

    async def operations(self, query: OperationQuery) -> list[Operation]:
        """Newest first."""
        return await self._read(operation_rows.find_operations, query)

    async def get_operation(self, operation: int) -> Operation | None:
        """One operation; None: no such."""
        return await self._read(operation_rows.get_operation, operation)

    async def operation_statistics(self, operation: str, model: str, station: str, now: Instant) -> Statistics:
        """How an operation fared on a model in 90 days, and the last one on a station."""
        return await self._read(operation_rows.statistics, operation, model, station, now)

    async def audit_entries(
        self, target: str | None = None, before: int | None = None, limit: int = 100
    ) -> list[tuple[int, AuditEntry]]:
        """(number, entry), newest first; of one target or of all, older than number `before`."""
        return await self._read(operation_rows.audit, target, before, limit)

    async def intervals(
        self, outlets: Iterable[tuple[str, int]] | None, begin: Instant, end: Instant
    ) -> list[Interval]:
        """All that touch [begin, end), of these outlets or of all; by outlet, then start. Not clipped."""
        return await self._read(interval_rows.intervals, None if outlets is None else list(outlets), begin, end)

    async def mark_days(self) -> list[Instant]:
        """When there are sums of uptime of all outlets, ascending."""
        return await self._read(rollup_rows.mark_days)

    async def marks(
        self, first: Instant, last: Instant, after: Outlet, limit: int
    ) -> list[tuple[str, int, bytes | None, bytes]]:
        """(station, evse, mark on the one day, mark on the other) by outlet, after that one; of all with a mark on the
        last."""
        return await self._readers.run(lambda db: rollup_rows.marks(db, first, last, after, limit))

    async def marks_between(self, day: Instant, first: Outlet, last: Outlet) -> list[tuple[str, int, bytes]]:
        """(station, evse, mark) of a day, from the one outlet to the other."""
        return await self._readers.run(lambda db: rollup_rows.marks_between(db, day, first, last))

    async def stale(self) -> list[tuple[str, int, Instant, int]]:
        """(station, evse, since, version) of outlets whose marks from `since` on are not true."""
        return await self._read(rollup_rows.stale)

    async def first_interval(self) -> Instant | None:
        """When the first of the stretches that are kept ended."""
        return await self._read(rollup_rows.first_interval)

    async def ended(self, after: Instant, upto: Instant) -> list[Stretch]:
        """Stretches that ended after the one moment, up to the other; in no order."""
        return await self._readers.run(lambda db: rollup_rows.ended(db, after, upto))

    async def open_since(self, start: Instant) -> list[Stretch]:
        """Stretches that last, and began then or later."""
        return await self._readers.run(lambda db: rollup_rows.open_since(db, start))

    async def vandalised(self, begin: Instant, end: Instant) -> list[Stretch]:
        """What somebody did on purpose, as far as it touches [begin, end); by outlet and start."""
        return await self._read(rollup_rows.vandalised, begin, end)

    async def status_history(
        self, station: str, evse: int | None = None, before: Instant | None = None, limit: int = 100
    ) -> list[StatusEntry]:
        """Newest first."""
        return await self._read(history_rows.status_entries, station, evse, before, limit)

    async def link_history(self, station: str, before: Instant | None = None, limit: int = 100) -> list[LinkEntry]:
        """When a station came and went, newest first."""
        return await self._read(history_rows.link_entries, station, before, limit)

    async def notices(
        self, station: str | None = None, before: Instant | None = None, limit: int = 100
    ) -> list[Notice]:
        """Kept messages of a station or of all, newest first."""
        return await self._read(history_rows.notices, station, before, limit)

    async def handshakes(self, limit: int = 100) -> list[Handshake]:
        """Connections that could not be served, the latest first."""
        return await self._read(history_rows.handshakes, limit)

    async def frames(self, station: str, limit: int = 100, before: Instant | None = None) -> list[Frame]:
        """The latest frames of a station from before `before`, newest first; the newest of all included."""
        waiting = self._trace.waiting()
        return await self._trace_readers.run(lambda db: read_frames(db, waiting, station, before, limit))
