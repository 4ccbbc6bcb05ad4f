"""Alarms and their histories."""

from __future__ import annotations

import sqlite3
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from backend.model.alarm import Alarm, AlarmEntry
from backend.model.clock import Instant
from backend.store.table import Table, end_of
from backend.store.writer import Row, Statement

ALARMS = Table("alarm", Alarm, ("id",))
ENTRY = Statement("alarm_entry", 'INSERT INTO alarm_entry (alarm, at, what, who, "text") VALUES (?, ?, ?, ?, ?)')


class AlarmQuery(Struct, kw_only=True, frozen=True):
    """Which alarms; what is None does not matter."""

    station: str | None = None
    evse: int | None = None
    begin: Instant | None = None
    """Raised at this moment or later."""
    end: Instant | None = None
    """Raised before this moment."""
    before: tuple[Instant, int] | None = None
    """(raised, id) of the last alarm of the page before."""
    limit: int | None = 100


def entry_row(entry: AlarmEntry) -> Row:
    """The row of a line of history."""
    return entry.alarm, entry.at, entry.what, entry.who, entry.text


def open_alarms(db: sqlite3.Connection) -> list[Alarm]:
    """All that is not normal, by id."""
    return ALARMS.read(db, "WHERE state <> 'normal' ORDER BY id")


def find_alarms(db: sqlite3.Connection, query: AlarmQuery) -> list[Alarm]:
    """Open and past alarms, the one raised last first."""
    return ALARMS.read(db, *_where(query))


def exceeds(db: sqlite3.Connection, query: AlarmQuery, most: int) -> bool:
    """Whether there are more than `most`."""
    return ALARMS.count(db, *_where(replace(query, limit=most + 1))) > most


def _where(query: AlarmQuery) -> tuple[str, list[Any]]:
    tests = [
        ("station = ?", query.station),
        ("evse = ?", query.evse),
        ("raised >= ?", query.begin),
        ("raised < ?", end_of(query.end, query.before)),
    ]
    used = [(text, value) for text, value in tests if value is not None]
    texts, bound = [text for text, _ in used], [value for _, value in used]
    if query.before is not None:
        texts.append("(raised, id) < (?, ?)")
        bound += query.before
    where = f"WHERE {' AND '.join(texts)} " if texts else ""
    bound.append(-1 if query.limit is None else query.limit)
    return where + "ORDER BY raised DESC, id DESC LIMIT ?", bound


def get_alarm(db: sqlite3.Connection, alarm: int) -> Alarm | None:
    """One alarm, open or past; None: no such."""
    found = ALARMS.read(db, "WHERE id = ?", (alarm,))
    return found[0] if found else None


def alarm_entries(db: sqlite3.Connection, alarm: int) -> list[AlarmEntry]:
    """The history of an alarm, oldest first."""
    rows = db.execute('SELECT at, what, who, "text" FROM alarm_entry WHERE alarm = ? ORDER BY at, id', (alarm,))
    return [AlarmEntry(alarm=alarm, at=at, what=what, who=who, text=text) for at, what, who, text in rows]
