"""Looks a database over: SQLite's own tests, and what our rooms take for granted. Changes nothing, and works beside a
server that writes: all of it is one moment's picture."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from msgspec import Struct, field

from backend.model.errors import NocError, Unknown
from backend.store.database import (
    DATABASE_NAME,
    TRACE_NAME,
    FileKind,
    check_file,
    check_is_whole,
    damaged,
    file_bytes,
    schema_version,
)
from backend.store.migrations import MAIN
from backend.store.trace import TRACE
from backend.text import t

EXAMPLES = 10
"""Of each finding so many are named."""
BUSY_S = 10.0


class Finding(Struct, kw_only=True):
    """Something that should not be."""

    check: str
    """Which test found it."""
    text: str
    count: int
    examples: list[str] = field(default_factory=list)


class FileReport(Struct, kw_only=True):
    """What one database file is."""

    path: str
    bytes: int
    schema: int
    rows: dict[str, int] = field(default_factory=dict)
    """By table."""


class Report(Struct, kw_only=True):
    """What was looked at, and what was found."""

    ok: bool
    files: list[FileReport]
    findings: list[Finding]


def check_data(data: Path, *, quick: bool = False) -> Report:
    """Look over the databases in a data directory. `quick`: leave out the comparison of tables with their indexes.

    Raises:
        NocError: there is no database, or it is not one of ours.
    """
    path = data / DATABASE_NAME
    check_is_whole(path)
    if not path.exists():
        message = t("there is no database in {path}", path=str(data))
        raise Unknown("no_database", message, t("name the directory with --data"))
    files: list[FileReport] = []
    findings: list[Finding] = []
    for kind, file in ((MAIN, path), (TRACE, data / TRACE_NAME)):
        if file.exists():
            found = _check_file(file, kind, findings, quick=quick)
            files.append(found)
    return Report(ok=not findings, files=files, findings=findings)


def open_picture(path: Path) -> sqlite3.Connection:
    """A connection that reads one moment's picture, until it is closed. Leaves no file behind, also where no server
    runs: a log that another user owns would lock the server out.

    Raises:
        NocError: `database_damaged`.
    """
    logged = path.with_name(path.name + "-wal").exists()
    mode = "mode=ro" if logged else "mode=ro&immutable=1"
    try:
        db = sqlite3.connect(
            f"file:{quote(str(path))}?{mode}", uri=True, timeout=BUSY_S, isolation_level=None, check_same_thread=False
        )
        db.execute("PRAGMA query_only=1")
        db.execute("BEGIN")
        schema_version(db)
        db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.Error as error:
        raise damaged(path, str(error)) from error
    return db


def count_rows(db: sqlite3.Connection) -> dict[str, int]:
    """How many rows each table has. Raises sqlite3.Error."""
    names = db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
    return {name: db.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for (name,) in names.fetchall()}  # noqa: S608


def integrity(db: sqlite3.Connection, *, quick: bool = False) -> list[str]:
    """What SQLite itself finds wrong with a file; empty: nothing. Raises sqlite3.Error."""
    found = [row[0] for row in db.execute(f"PRAGMA {'quick_check' if quick else 'integrity_check'}(100)")]
    return [] if found == ["ok"] else found


def _check_file(path: Path, kind: FileKind, findings: list[Finding], *, quick: bool) -> FileReport:
    report = FileReport(path=str(path), bytes=file_bytes(path), schema=0)
    try:
        check_file(path, kind)
        db = open_picture(path)
    except NocError as error:
        findings.append(Finding(check=error.code, text=error.message, count=1, examples=[path.name]))
        return report
    try:
        report.schema = schema_version(db)
        findings += _sqlite_findings(db, path, quick=quick)
        report.rows = count_rows(db)
        if kind is MAIN:
            findings += _own_findings(db)
    except sqlite3.Error as error:
        findings.append(_broken(path, [str(error)]))
    finally:
        db.close()
    return report


def _broken(path: Path, found: list[str]) -> Finding:
    text = t("{file} is damaged; put back a copy with `noc restore`", file=path.name)
    return Finding(check="integrity", text=text, count=len(found), examples=found[:EXAMPLES])


def _sqlite_findings(db: sqlite3.Connection, path: Path, *, quick: bool) -> Iterator[Finding]:
    broken = integrity(db, quick=quick)
    if broken:
        yield _broken(path, broken)
    missing = [f"{row[0]} {row[1]}" for row in db.execute("PRAGMA foreign_key_check")]
    if missing:
        text = t("rows name others that are not there")
        yield Finding(check="foreign_keys", text=text, count=len(missing), examples=missing[:EXAMPLES])


def _own_findings(db: sqlite3.Connection) -> Iterator[Finding]:
    tables = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for check, text, needed, query in _checks():
        if not needed <= tables:
            continue
        examples: list[str] = []
        count = 0
        for (example,) in db.execute(query):
            count += 1
            if count <= EXAMPLES:
                examples.append(str(example))
        if count:
            yield Finding(check=check, text=text, count=count, examples=examples)


def _checks() -> list[tuple[str, str, set[str], str]]:
    """(name, what it means, the tables it needs, a query that names each offender)."""
    return [
        (
            "session_energy",
            t("the energy of ended sessions is not the difference of their meter values"),
            {"session"},
            """SELECT 'session ' || id FROM session WHERE state = 'ended' AND meter_start_wh IS NOT NULL
            AND meter_stop_wh >= meter_start_wh AND energy_wh <> meter_stop_wh - meter_start_wh
            AND flags NOT LIKE '%register_fell%' AND flags NOT LIKE '%unknown_transaction%'
            AND flags NOT LIKE '%gap%'""",
        ),
        (
            "session_readings",
            t("readings lie outside the meter values of their session"),
            {"session", "reading"},
            """SELECT 'session ' || session.id FROM session JOIN reading ON reading.session = session.id
            WHERE session.state = 'ended' AND session.meter_start_wh IS NOT NULL AND session.meter_stop_wh IS NOT NULL
            AND session.flags = '[]' GROUP BY session.id
            HAVING min(reading.energy_wh) < session.meter_start_wh OR max(reading.energy_wh) > session.meter_stop_wh""",
        ),
        (
            "session_times",
            t("sessions end before they begin, or are over without an end"),
            {"session"},
            """SELECT 'session ' || id FROM session
            WHERE ended < started OR (state = 'ended' AND ended IS NULL) OR (state = 'active' AND ended IS NOT NULL)""",
        ),
        (
            "open_sessions",
            t("sessions are open on stations that the register does not have"),
            {"session", "station"},
            """SELECT 'session ' || session.id || ' ' || session.station FROM session
            LEFT JOIN station ON station.id = session.station
            WHERE session.state = 'active' AND station.id IS NULL""",
        ),
        (
            "transaction_ids",
            t("two open sessions of a station have one transaction"),
            {"session"},
            """SELECT station || ' ' || transaction_id FROM session WHERE state = 'active'
            GROUP BY station, transaction_id HAVING count(*) > 1""",
        ),
        (
            "orphan_readings",
            t("readings belong to sessions that are not there"),
            {"session", "reading"},
            """SELECT 'session ' || session FROM (SELECT DISTINCT session FROM reading)
            WHERE NOT EXISTS (SELECT 1 FROM session AS found WHERE found.id = session)""",
        ),
        (
            "orphan_alarm_entries",
            t("entries belong to alarms that are not there"),
            {"alarm", "alarm_entry"},
            """SELECT 'alarm ' || alarm FROM (SELECT DISTINCT alarm FROM alarm_entry)
            WHERE NOT EXISTS (SELECT 1 FROM alarm AS found WHERE found.id = alarm)""",
        ),
        (
            "intervals",
            t("intervals of one outlet overlap, or end before they begin"),
            {"interval"},
            """SELECT station || ':' || evse || ' ' || start FROM (
                SELECT station, evse, start, "end",
                    lead(start) OVER (PARTITION BY station, evse ORDER BY start) AS following FROM interval)
            WHERE "end" < start OR (following IS NOT NULL AND ("end" IS NULL OR "end" > following + 0.001))""",
        ),
        (
            "counters",
            t("numbers are not positive: they are given from one on"),
            {"session", "alarm", "operation"},
            """SELECT 'session ' || id FROM session WHERE id < 1 UNION ALL SELECT 'alarm ' || id FROM alarm WHERE id < 1
            UNION ALL SELECT 'operation ' || id FROM operation WHERE id < 1""",
        ),
    ]
