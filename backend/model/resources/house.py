"""The server's own vital signs."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct, field


class Vitals(Struct, kw_only=True):
    """Is our own house in order."""

    version: str
    started: datetime
    now: datetime
    connections: int
    frames_in: int
    frames_out: int
    frames_per_s: float
    events: int
    loop_lag_ms: float
    writer_queue: int
    commit_ms: float
    """Mean of the last commits."""
    commits: int
    database_bytes: int
    trace_bytes: int
    memory_bytes: int
    consoles: int
    database_most_bytes: int = 0
    """What the database may grow to: beyond it the oldest days go."""
    trace_most_bytes: int = 0
    commit_p99_ms: float = 0.0
    """Of the last thousand commits."""
    open_files: int = 0
    open_files_limit: int = 0
    """What the system lets this process have open: each connection is one."""
    disk_free_bytes: int = 0
    disk_bytes: int = 0
    last_backup: datetime | None = None
    last_backup_path: str | None = None
    files_needed: int = 0
    """How many open files it needs when every registered station is connected."""
    store_error: str | None = None
    trace_error: str | None = None
    settings: dict[str, str] = field(default_factory=dict)


class Readiness(Struct, kw_only=True):
    """Whether stations and people are served as they should be."""

    ready: bool
    reasons: list[str]
    """Why not."""


class BackupResource(Struct, kw_only=True):
    """A copy of the database, proved."""

    path: str
    bytes: int
    schema: int
    rows: dict[str, int]
    """By table."""
    took_s: float
