"""The writer thread: takes rows from a queue and commits them in groups.

A first row after a quiet time is committed at once; while rows keep coming, one commit takes what came within the
window (`group_commit_ms`). A batch that the disk refuses is kept and tried again, and nobody is told that it is safe.
"""

from __future__ import annotations

import logging
import re
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import lru_cache
from itertools import chain, repeat
from typing import Any, TypeAlias

from msgspec import Struct

from backend.text import t

log = logging.getLogger(__name__)

FULL_ROWS = 50_000
"""From here on `full` asks those who deliver to wait."""
MOST_ROWS = 1_000_000
"""From here on rows are refused, and so is every promise from then on."""
BATCH_ROWS = 5_000
"""Most rows of one commit."""
BACKOFF_S = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
BUSY_JOIN_S = 5.0
"""How long an attempt that is under way may take when the writer was told to give up."""
COMMITS_KEPT = 32
KEPT_AT_ONCE = 100
"""Promises kept in one go: about 3 ms of answers."""
ROWS_A_STEP = (64, 16, 4)
"""How many rows one INSERT takes, where there are so many."""
JOB_REST_S = 0.05
"""Pause after a slice of background work."""

Row: TypeAlias = tuple[Any, ...]
Done: TypeAlias = Callable[[], None]
LoopCall: TypeAlias = Callable[[Done], None]
"""Has a function called on the server's loop, from any thread."""
Job: TypeAlias = Callable[[sqlite3.Connection], bool]
"""A slice of background work, in a transaction of its own; True: there is more to do."""


class Statement(Struct, frozen=True, eq=False):
    """One SQL statement, and the table that it writes: order is kept within a table, not between tables."""

    table: str
    sql: str

    def for_rows(self, rows: int) -> str | None:
        """The same INSERT for that many rows at once; None: it is none, or its values are not all bound."""
        found = _BOUND_VALUES.search(self.sql)
        return None if found is None else self.sql.replace(found[1], ", ".join([found[1]] * rows))


_BOUND_VALUES = re.compile(r"^INSERT\b[^?]*\bVALUES\s*(\(\?(?:, \?)*\))[^?]*$", re.DOTALL)

_AFTER = Statement("", "")
_FLUSHED = Statement("", "")
_WRITE_ERRORS = (sqlite3.Error, OverflowError, UnicodeError, TypeError)
_ROW_ERRORS = (
    sqlite3.IntegrityError,
    sqlite3.InterfaceError,
    sqlite3.ProgrammingError,
    sqlite3.DataError,
    OverflowError,
    UnicodeError,
    TypeError,
)


def is_rows_fault(error: Exception) -> bool:
    """Whether it is the row (or its statement) that is wrong, and not the disk: such a row would stop all others for
    ever."""
    return isinstance(error, _ROW_ERRORS) or getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR


@lru_cache(maxsize=64)
def _for_rows(statement: Statement, rows: int) -> str | None:
    return statement.for_rows(rows)


def insert_rows(db: sqlite3.Connection, statement: Statement, rows: list[Row]) -> None:
    """Like `executemany`. An INSERT takes many rows at a step: between two steps the interpreter's lock changes hands
    with the server's loop, which costs more than the row."""
    at, left = 0, len(rows)
    for size in ROWS_A_STEP:
        many = _for_rows(statement, size) if left >= size else None
        if many is None:
            continue
        while left >= size:
            db.execute(many, tuple(chain.from_iterable(rows[at : at + size])))
            at += size
            left -= size
    if left:
        db.executemany(statement.sql, rows[at:])


class _Batch:
    """Rows in groups, each for one `executemany`, and who waits for them."""

    def __init__(self) -> None:
        self.groups: list[tuple[Statement, list[Row]]] = []
        self.done: list[Done] = []
        self.flushed: list[threading.Event] = []
        self.rows = 0
        self._last: dict[str, tuple[Statement, list[Row]]] = {}

    def add(self, statement: Statement, row: Row) -> None:
        self.rows += 1
        last = self._last.get(statement.table)
        if last is not None and last[0] is statement:
            last[1].append(row)
            return
        group = (statement, [row])
        self._last[statement.table] = group
        self.groups.append(group)


class Writer:
    """Owns the one connection that writes, from `start` to `stop`."""

    def __init__(
        self,
        db: sqlite3.Connection,
        *,
        window_s: float,
        loop_call: LoopCall | None = None,
        name: str = "store",
    ) -> None:
        self._db = db
        self._window_s = window_s
        self._loop_call: LoopCall = loop_call or (lambda done: done())
        self._queue: deque[tuple[Statement, Any]] = deque()
        self._jobs: deque[Job] = deque()
        self._wake = threading.Event()
        self._idle = False
        self._stopping = False
        self._give_up = False
        self._busy = 0
        self._promises: deque[Done] = deque()
        self._thread = threading.Thread(target=self._run, name=f"{name}-writer", daemon=True)
        self._commit_ms: deque[float] = deque(maxlen=COMMITS_KEPT)
        self._sliced = 0.0
        self.commits = 0
        self.rows = 0
        self.refused = 0
        """Rows that SQLite could not take, whatever the disk: a fault of ours, logged."""
        self.error: str | None = None
        """Why it cannot write at present; None: it can."""
        self.overflowed = False
        """Rows were lost because the disk did not take them for too long: nothing is promised until a restart."""

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    @property
    def queued(self) -> int:
        """Rows that are not on disk yet."""
        return len(self._queue) + self._busy

    @property
    def full(self) -> bool:
        """Whether those who deliver should wait before they read more."""
        return len(self._queue) >= FULL_ROWS

    @property
    def commit_ms(self) -> float:
        """Mean of the last commits."""
        return sum(self._commit_ms) / len(self._commit_ms) if self._commit_ms else 0.0

    def put(self, statement: Statement, row: Row) -> None:
        """Queue a row. Values are what SQLite takes: None, int (64 bits), float, str, bytes."""
        queue = self._queue
        if len(queue) >= MOST_ROWS:
            self.overflowed = True
            self.error = t("the disk took nothing for too long, rows were lost: restart the server")
            return
        queue.append((statement, row))
        if self._idle:
            self._idle = False
            self._wake.set()

    def after_commit(self, done: Done) -> None:
        """Call `done` on the loop once everything queued until now is on disk."""
        if self.overflowed:
            return
        if not (self._queue or self._busy or self._promises) and self.error is None:
            self._loop_call(done)
            return
        self._queue.append((_AFTER, done))
        if self._idle:
            self._idle = False
            self._wake.set()

    def submit(self, job: Job) -> None:
        """Do background work slice by slice, each after a commit or while nothing is queued."""
        self._jobs.append(job)
        self._wake.set()

    def flush(self, timeout_s: float = 30.0) -> bool:
        """Wait until everything queued until now is on disk; not on the loop. False: it took too long."""
        reached = threading.Event()
        self._queue.append((_FLUSHED, reached))
        self._wake.set()
        return reached.wait(timeout_s)

    def stop(self, timeout_s: float = 10.0) -> bool:
        """Write what is queued, then end. False: the disk did not take it in time, and it is lost."""
        self._stopping = True
        self._wake.set()
        if not self._thread.is_alive():
            return True
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            self._give_up = True
            self._wake.set()
            self._thread.join(BUSY_JOIN_S)
        return not self._queue and not self._busy

    def _run(self) -> None:
        last = 0.0
        while self._queue or not self._stopping:
            if not self._queue:
                if self._jobs:
                    self._slice()
                self._rest(JOB_REST_S if self._jobs else None)
                continue
            wait = last + self._window_s - time.monotonic()
            if wait > 0 and not self._stopping and len(self._queue) < BATCH_ROWS:
                time.sleep(wait)
            last = time.monotonic()
            if not self._commit(self._take()):
                return
            if self._jobs and not self._stopping and last - self._sliced > JOB_REST_S:
                self._slice()

    def _rest(self, timeout_s: float | None) -> None:
        self._idle = True
        if not self._queue and not self._stopping:
            self._wake.wait(timeout_s)
        self._wake.clear()
        self._idle = False

    def _take(self) -> _Batch:
        """What is queued, up to BATCH_ROWS. It counts as under way before it leaves the queue: `after_commit` must
        never find both empty."""
        batch = _Batch()
        take = self._queue.popleft
        most = self._busy = min(len(self._queue), BATCH_ROWS)
        for _ in repeat(None, most):
            statement, row = take()
            if statement is _AFTER:
                batch.done.append(row)
            elif statement is _FLUSHED:
                batch.flushed.append(row)
            else:
                batch.add(statement, row)
        return batch

    def _commit(self, batch: _Batch) -> bool:
        """Bring a batch to the disk, however long that takes. False: told to give up."""
        attempt = 0
        while batch.groups:
            begun = time.perf_counter()
            try:
                self._execute(batch)
                break
            except _WRITE_ERRORS as error:
                self._roll_back()
                if is_rows_fault(error):
                    self._sift(batch)
                    continue
                self._trouble(error)
                if self._give_up:
                    return False
                self._wake.wait(BACKOFF_S[min(attempt, len(BACKOFF_S) - 1)])
                self._wake.clear()
                attempt += 1
        if batch.groups:
            self._commit_ms.append((time.perf_counter() - begun) * 1000)
            self.commits += 1
            self.rows += batch.rows
        if self.error is not None and not self.overflowed:
            log.warning("the store writes again")
            self.error = None
        if not self.overflowed:
            self._promises.extend(batch.done)
        self._busy = 0
        for flushed in batch.flushed:
            flushed.set()
        self._tell()
        return True

    def _execute(self, batch: _Batch) -> None:
        db = self._db
        db.execute("BEGIN IMMEDIATE")
        for statement, rows in batch.groups:
            insert_rows(db, statement, rows)
        db.execute("COMMIT")

    def _sift(self, batch: _Batch) -> None:
        """Drop the rows that cannot be written whatever the disk does, so that the others can."""
        sound: list[tuple[Statement, list[Row]]] = []
        try:
            self._db.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            self._trouble(error)
            return
        for statement, rows in batch.groups:
            kept = []
            for row in rows:
                try:
                    self._db.execute(statement.sql, row)
                    kept.append(row)
                except _WRITE_ERRORS as error:
                    if not is_rows_fault(error):
                        kept.append(row)
                        continue
                    self.refused += 1
                    log.exception("a row for %s cannot be written", statement.table)
            if kept:
                sound.append((statement, kept))
        self._roll_back()
        batch.groups = sound

    def _slice(self) -> None:
        job = self._jobs[0]
        self._sliced = time.monotonic()
        try:
            self._db.execute("BEGIN IMMEDIATE")
            more = job(self._db)
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            self._roll_back()
            log.warning("background work on the store stopped: %s", error)
            more = False
        if not more:
            self._jobs.popleft()

    def _trouble(self, error: Exception) -> None:
        text = str(error)
        if self.error != text and not self.overflowed:
            log.warning("the store cannot write: %s", text)
            self.error = text

    def _roll_back(self) -> None:
        if self._db.in_transaction:
            try:
                self._db.execute("ROLLBACK")
            except sqlite3.Error as error:
                log.warning("rollback failed: %s", error)

    def _tell(self) -> None:
        if not self._promises:
            return
        try:
            self._loop_call(self._keep)
        except RuntimeError:
            log.warning("%d promises were kept after the loop had ended", len(self._promises))

    def _keep(self) -> None:
        """On the loop: keep some promises; after them the loop's other business has its turn."""
        promises = self._promises
        for _ in range(min(len(promises), KEPT_AT_ONCE)):
            promises.popleft()()
        if promises:
            self._loop_call(self._keep)
