"""The writer thread: takes rows from a queue and commits them in groups.

A first row after a quiet time is committed at once; while rows keep coming, one commit takes what came within the
window (`group_commit_ms`). A batch is safe in the inbox first and comes into its tables with others (`inbox.py`). One
that the disk refuses is kept and tried again, and nobody is told that it is safe.
"""

from __future__ import annotations

import logging
import re
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable
from itertools import repeat
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeAlias

from msgspec import Struct

from backend.model.histogram import Histogram
from backend.store import inbox
from backend.store.batch import WRITE_ERRORS, Batch, insert_rows, is_rows_fault
from backend.store.database import is_damage
from backend.text import t

if TYPE_CHECKING:
    from backend.store.batch import Group

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
COMMITS_KEPT = 1_000
COMMITS_OF_MEAN = 32
_COMMIT_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
KEPT_S = 0.002
"""How long promises are kept in one go; each may be some dozens of answers."""
INBOX_ROWS = 2_000
INBOX_S = 1.0
"""So many rows, or the first of them so long, stay in the inbox: 7 ms of work at once."""
JOB_REST_S = 0.05
"""Pause after a slice of background work."""

Row: TypeAlias = tuple[Any, ...]
Done: TypeAlias = Callable[[], None]
LoopCall: TypeAlias = Callable[[Done], None]
"""Has a function called on the server's loop, from any thread."""
Job: TypeAlias = Callable[[sqlite3.Connection], bool]
"""A slice of background work, in a transaction of its own; True: there is more to do."""


class Statement(Struct, frozen=True, eq=False, gc=False):
    """One SQL statement, and the table that it writes: order is kept within a table, not between tables."""

    table: str
    sql: str
    reads: str = ""
    """Another table that it reads: what is queued for that later is written later."""
    clustered: bool = False
    """Its table lies in the order of its first column: rows that come in that order change each page once."""

    def for_rows(self, rows: int) -> str | None:
        """The same INSERT for that many rows at once; None: it is none, or its values are not all bound."""
        found = _BOUND_VALUES.search(self.sql)
        return None if found is None else self.sql.replace(found[1], ", ".join([found[1]] * rows))


_BOUND_VALUES = re.compile(r"^INSERT\b[^?]*\bVALUES\s*(\(\?(?:, \?)*\))[^?]*$", re.DOTALL)

_first_column = itemgetter(0)

_AFTER = Statement("", "")
_IN_TABLES = Statement("", "")
_FLUSHED = Statement("", "")


class Writer:
    """Owns the one connection that writes, from `start` to `stop`."""

    def __init__(
        self,
        db: sqlite3.Connection,
        *,
        window_s: float,
        loop_call: LoopCall | None = None,
        name: str = "store",
        inbox: bool = False,
        files_trouble: Callable[[], str | None] = lambda: None,
    ) -> None:
        """`inbox`: the database has one; without it every batch goes to its tables at once. `files_trouble`: what was
        done to its files behind SQLite's back; nothing is safe while it says something."""
        self._files_trouble = files_trouble
        self._db = db
        self._has_inbox = inbox
        self._kept = Batch()
        """What is in the inbox."""
        self._kept_since = 0.0
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
        self.commit_times = Histogram(_COMMIT_S)
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
    def behind(self) -> int:
        """Rows that are not in their tables yet, on disk or not."""
        return self.queued + self._kept.rows

    @property
    def full(self) -> bool:
        """Whether those who deliver should wait before they read more."""
        return len(self._queue) >= FULL_ROWS

    @property
    def commit_ms(self) -> float:
        """Mean of the last commits."""
        last = self._commit_ms.copy()
        while len(last) > COMMITS_OF_MEAN:
            last.popleft()
        return sum(last) / len(last) if last else 0.0

    @property
    def commit_p99_ms(self) -> float:
        """Of the last thousand commits, all but the slowest hundredth took less."""
        kept = sorted(self._commit_ms.copy())
        return kept[min(len(kept) - 1, len(kept) * 99 // 100)] if kept else 0.0

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

    def after_tables(self, done: Done) -> None:
        """The same once all of it can be read, too."""
        self._queue.append((_IN_TABLES, done))
        self._wake.set()

    def submit(self, job: Job) -> None:
        """Do background work slice by slice, each after a commit or while nothing is queued. It finds all tables
        complete."""
        self._jobs.append(job)
        self._wake.set()

    def flush(self, timeout_s: float = 30.0) -> bool:
        """Wait until everything queued until now is in its tables; not on the loop. False: it took too long."""
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
        return not self._queue and not self._busy and self.error is None

    def _run(self) -> None:
        last = 0.0
        while self._queue or self._kept.rows or not self._stopping:
            if not self._queue:
                if self._kept.rows and (self._stopping or self._jobs or self._inbox_is_due(0)):
                    if not self._commit(Batch()):
                        return
                    continue
                if self._jobs:
                    self._slice()
                self._rest(JOB_REST_S if self._jobs else INBOX_S if self._kept.rows else None)
                continue
            wait = last + self._window_s - time.monotonic()
            if wait > 0 and not self._stopping and len(self._queue) < BATCH_ROWS:
                time.sleep(wait)
            last = time.monotonic()
            batch = self._take()
            if not self._into_inbox(batch) and not self._commit(batch):
                return
            if self._jobs and not self._stopping and last - self._sliced > JOB_REST_S:
                if self._kept.rows and not self._commit(Batch()):
                    return
                self._slice()

    def _rest(self, timeout_s: float | None) -> None:
        self._idle = True
        if not self._queue and not self._stopping:
            self._wake.wait(timeout_s)
        self._wake.clear()
        self._idle = False

    def _take(self) -> Batch:
        """What is queued, up to BATCH_ROWS. It counts as under way before it leaves the queue: `after_commit` must
        never find both empty."""
        batch = Batch()
        take = self._queue.popleft
        most = self._busy = min(len(self._queue), BATCH_ROWS)
        last: Statement | None = None
        rows: list[Row] = []
        for _ in repeat(None, most):
            statement, row = take()
            if statement is last:
                # Most rows of a busy second are of the same kind as the one before.
                rows.append(row)
                batch.rows += 1
                continue
            last = None
            if statement is _AFTER:
                batch.done.append(row)
            elif statement is _IN_TABLES:
                batch.done.append(row)
                batch.to_tables = True
            elif statement is _FLUSHED:
                batch.flushed.append(row)
                batch.to_tables = True
            else:
                rows = batch.add(statement, row)
                last = statement
        return batch

    def _inbox_is_due(self, rows: int) -> bool:
        """Whether the inbox has to be emptied before it takes so many rows more."""
        return self._kept.rows + rows > INBOX_ROWS or time.monotonic() - self._kept_since >= INBOX_S

    def _into_inbox(self, batch: Batch) -> bool:
        """Make a batch safe without its tables. False: it has to go to them, with all that is kept."""
        if not self._has_inbox or batch.to_tables or self._stopping:
            return False
        if not self._kept.rows:
            self._kept_since = time.monotonic()
        if self._inbox_is_due(batch.rows):
            return False
        if batch.groups:
            begun = time.perf_counter()
            try:
                inbox.keep(self._db, batch.groups)
            except WRITE_ERRORS:
                return False
            self._count(batch, begun)
            self._kept.take_up(batch)
        self._is_safe(batch)
        return True

    def _commit(self, batch: Batch) -> bool:
        """Bring a batch, and what is kept, into the tables, however long that takes. False: told to give up."""
        attempt = 0
        emptied = self._kept.rows > 0
        self._kept.take_up(batch)
        groups = self._kept.groups
        while groups:
            begun = time.perf_counter()
            try:
                self._execute(groups, emptied=emptied)
                break
            except WRITE_ERRORS as error:
                self._roll_back()
                if is_rows_fault(error):
                    groups = self._sift(groups)
                    continue
                self._trouble(error)
                if self._give_up or (self._stopping and is_damage(error)):
                    return False
                self._wake.wait(BACKOFF_S[min(attempt, len(BACKOFF_S) - 1)])
                self._wake.clear()
                attempt += 1
        if groups:
            self._count(batch, begun)
        self._kept = Batch()
        self._is_safe(batch)
        return True

    def _count(self, batch: Batch, begun: float) -> None:
        took_s = time.perf_counter() - begun
        self._commit_ms.append(took_s * 1000)
        self.commit_times.note(took_s)
        self.commits += 1
        self.rows += batch.rows

    def _is_safe(self, batch: Batch) -> None:
        """What a batch promised is true now, if the files are still what they were."""
        if not self._wait_for_files():
            self._busy = 0
            return
        if self.error is not None and not self.overflowed:
            log.warning("the store writes again")
            self.error = None
        if not self.overflowed:
            self._promises.extend(batch.done)
        self._busy = 0
        for flushed in batch.flushed:
            flushed.set()
        self._tell()

    def _wait_for_files(self) -> bool:
        """False: the server stops while they are not what was opened; no time heals that."""
        attempt = 0
        while (trouble := self._files_trouble()) is not None:
            self._say(trouble)
            if self._give_up or self._stopping:
                return False
            self._wake.wait(BACKOFF_S[min(attempt, len(BACKOFF_S) - 1)])
            self._wake.clear()
            attempt += 1
        return True

    def _execute(self, groups: list[Group], *, emptied: bool) -> None:
        """`emptied`: the inbox holds some of it."""
        db = self._db
        db.execute("BEGIN IMMEDIATE")
        for statement, rows in groups:
            if statement.clustered:
                rows.sort(key=_first_column)
            insert_rows(db, statement, rows)
        if emptied:
            db.execute(inbox.EMPTY)
        db.execute("COMMIT")

    def _sift(self, groups: list[Group]) -> list[Group]:
        """Without the rows that cannot be written whatever the disk does, so that the others can."""
        sound: list[Group] = []
        try:
            self._db.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            self._trouble(error)
            return groups
        for statement, rows in groups:
            kept = []
            for row in rows:
                try:
                    self._db.execute(statement.sql, row)
                    kept.append(row)
                except WRITE_ERRORS as error:
                    if not is_rows_fault(error):
                        kept.append(row)
                        continue
                    self.refused += 1
                    log.exception("a row for %s cannot be written", statement.table)
            if kept:
                sound.append((statement, kept))
        self._roll_back()
        return sound

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
        if is_damage(error):
            self._say(t("the database is damaged ({why}): put a copy back with `noc restore`", why=str(error)))
        else:
            self._say(str(error))

    def _say(self, text: str) -> None:
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
        until = time.perf_counter() + KEPT_S
        while promises and time.perf_counter() < until:
            promises.popleft()()
        if promises:
            self._loop_call(self._keep)
