"""Sessions and their readings."""

from __future__ import annotations

import heapq
import sqlite3
from collections.abc import Iterable
from itertools import islice
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from backend.model.clock import Instant
from backend.model.event import Sample
from backend.model.session import Reading, Session
from backend.model.words import SessionState
from backend.store.table import Table, end_of
from backend.store.writer import Row, Statement

SESSIONS = Table("session", Session, ("id",))
MOST_MERGED = 300
"""Stations whose sessions are looked up one by one and merged; beyond that all sessions are gone through."""
_VALUES = "energy_wh, power_w, offered_w, soc_pct, current_a, voltage_v, temperature_c, context"


def _reading_statement(table: str, key: str, values: str = _VALUES) -> Statement:
    places = ", ".join("?" * (key.count(",") + 1 + values.count(",") + 1))
    merge = ", ".join(f"{name} = coalesce(excluded.{name}, {name})" for name in values.split(", "))
    return Statement(
        table,
        f"INSERT INTO {table} ({key}, {values}) VALUES ({places}) ON CONFLICT ({key}) DO UPDATE SET {merge}",  # noqa: S608
        clustered=True,
    )


READING = _reading_statement("reading", "session, at", f"{_VALUES}, next_seq")
"""Two readings of one moment become one: a station may send energy and state of charge apart."""
METER_VALUE = _reading_statement("meter_value", "station, evse, connector, at")


_STATES = {SessionState.ACTIVE: "state = 'active'", SessionState.ENDED: "state = 'ended'"}
"""Spelt out, because only then the index of the open ones is used."""


class SessionQuery(Struct, kw_only=True, frozen=True):
    """Which sessions; what is None does not matter."""

    stations: tuple[str, ...] | None = None
    """As registered; for a site, its stations."""
    evse: int | None = None
    connector: int | None = None
    id_token: str | None = None
    """In full, without case."""
    state: SessionState | None = None
    begin: Instant | None = None
    """Started at this moment or later."""
    end: Instant | None = None
    """Started before this moment."""
    transaction_id: str | None = None
    """With `stations`: as the station knows it."""
    before: tuple[Instant, int] | None = None
    """(started, id) of the last session of the page before."""
    limit: int | None = 100
    """None: all."""


def sample_values(sample: Sample) -> tuple[Any, ...]:
    """The columns of a reading, without its key."""
    return (
        sample.energy_wh,
        sample.power_w,
        sample.offered_w,
        sample.soc_pct,
        _phases(sample.current_a),
        _phases(sample.voltage_v),
        sample.temperature_c,
        None if sample.context == "Sample.Periodic" else sample.context,
    )


def reading_row(session: int, at: Instant, sample: Sample, next_seq: int | None = None) -> Row:
    """The row of a reading of a session; `next_seq` as the session has it after the message that brought it."""
    return (session, at, *sample_values(sample), next_seq)


def _phases(values: tuple[float, ...]) -> str | None:
    if len(values) == 1:
        return f"{values[0]:g}"
    return " ".join(f"{value:g}" for value in values) if values else None


def _sample(at: Instant, row: Iterable[Any]) -> Sample:
    energy, power, offered, soc, current, voltage, temperature, context = row
    return Sample(
        at=at,
        energy_wh=energy,
        power_w=power,
        offered_w=offered,
        current_a=tuple(map(float, current.split())) if current else (),
        voltage_v=tuple(map(float, voltage.split())) if voltage else (),
        soc_pct=soc,
        temperature_c=temperature,
        context=context or "Sample.Periodic",
    )


def find_sessions(db: sqlite3.Connection, query: SessionQuery) -> list[Session]:
    """Newest first (started, then id). Each filter has its index; pages are found by key, never by counting."""
    stations = None if query.stations is None else tuple(dict.fromkeys(query.stations))
    if stations is None:
        return SESSIONS.read(db, *_where(query, None))
    if len(stations) == 1:
        return SESSIONS.read(db, *_where(query, stations[0]))
    if len(stations) > MOST_MERGED:
        return SESSIONS.read(db, *_where_any(query, stations))
    return _merged(db, query, stations)


def exceeds(db: sqlite3.Connection, query: SessionQuery, most: int) -> bool:
    """Whether there are more than `most`."""
    asked = replace(query, limit=most + 1)
    stations = query.stations
    if stations is None:
        return SESSIONS.count(db, *_where(asked, None)) > most
    if len(stations) > MOST_MERGED:
        return SESSIONS.count(db, *_where_any(asked, stations)) > most
    found = 0
    for station in stations:
        found += SESSIONS.count(db, *_where(asked, station))
        if found > most:
            return True
    return False


def _where_any(query: SessionQuery, stations: tuple[str, ...]) -> tuple[str, list[Any]]:
    return _where(query, None, "station IN (SELECT value FROM json_each(?))", [msgspec.json.encode(stations)])


def _merged(db: sqlite3.Connection, query: SessionQuery, stations: tuple[str, ...]) -> list[Session]:
    """Of some stations: their keys first, each station's in order, then the sessions that made it to the page."""
    keys = []
    for station in stations:
        where, values = _where(query, station)
        keys.append(db.execute(f"SELECT started, id FROM session {where}", values))  # noqa: S608 - constant text
    newest = islice(heapq.merge(*keys, reverse=True), query.limit)
    wanted = msgspec.json.encode([number for _, number in newest])
    return SESSIONS.read(db, "WHERE id IN (SELECT value FROM json_each(?)) ORDER BY started DESC, id DESC", (wanted,))


def _where(
    query: SessionQuery, station: str | None, further: str = "", values: Iterable[Any] = ()
) -> tuple[str, list[Any]]:
    tests: list[tuple[str, Any]] = [
        ("station = ?", station),
        ("evse = ?", query.evse),
        ("connector = ?", query.connector),
        ("id_token = ? COLLATE NOCASE", query.id_token),
        ("started >= ?", query.begin),
        ("started < ?", end_of(query.end, query.before)),
        ("transaction_id = ?", query.transaction_id),
    ]
    used = [(text, value) for text, value in tests if value is not None]
    texts, bound = [text for text, _ in used], [value for _, value in used]
    if query.state is not None:
        texts.append(_STATES[query.state])
    if query.before is not None:
        texts.append("(started, id) < (?, ?)")
        bound += query.before
    if further:
        texts.append(further)
        bound += values
    where = f"WHERE {' AND '.join(texts)} " if texts else ""
    bound.append(-1 if query.limit is None else query.limit)
    return where + "ORDER BY started DESC, id DESC LIMIT ?", bound


def get_session(db: sqlite3.Connection, session: int) -> Session | None:
    """One session; None: no such."""
    found = SESSIONS.read(db, "WHERE id = ?", (session,))
    return found[0] if found else None


def open_sessions(db: sqlite3.Connection) -> list[Session]:
    """Those that had not ended, by id. The number expected next stands at the readings: a session's own row may be a
    minute older than they are."""
    found = SESSIONS.read(db, "INDEXED BY session_open WHERE state = 'active' ORDER BY id")
    expected = dict(db.execute(f"SELECT session.id, max(reading.next_seq) {_UNSETTLED} GROUP BY session.id"))
    for session in found:
        number = expected.get(session.id)
        if number is not None and session.next_seq is not None:
            session.next_seq = max(session.next_seq, number)
    return found


_UNSETTLED = """FROM session INDEXED BY session_open JOIN reading ON reading.session = session.id
    AND reading.at >= coalesce(session.sampled, -9e99) WHERE session.state = 'active'"""


def unsettled_readings(db: sqlite3.Connection) -> list[Reading]:
    """Readings of open sessions that their rows may not know yet, oldest first."""
    columns = ", ".join(f"reading.{name}" for name in _VALUES.split(", "))
    rows = db.execute(f"SELECT session.id, at, {columns} {_UNSETTLED} ORDER BY session.id, at")
    return [Reading(session=row[0], at=row[1], sample=_sample(row[1], row[2:])) for row in rows]


def recent_sessions(db: sqlite3.Connection, since: Instant, limit: int) -> list[Session]:
    """Those that ended at `since` or later, by id: replays may still speak of them. At most the newest `limit`."""
    found = SESSIONS.read(
        db,
        "WHERE started >= ? AND state = 'ended' AND ended >= ? ORDER BY started DESC LIMIT ?",
        (since - LONGEST_S, since, limit),
    )
    return sorted(found, key=lambda session: session.id)


LONGEST_S = 7 * 86_400.0
"""A session that began longer before `since` than this is not looked for."""


def readings(db: sqlite3.Connection, session: int) -> list[Reading]:
    """A session's curve, oldest first."""
    rows = db.execute(f"SELECT at, {_VALUES} FROM reading WHERE session = ? ORDER BY at", (session,))  # noqa: S608
    return [Reading(session=session, at=row[0], sample=_sample(row[0], row[1:])) for row in rows]


def meter_values(
    db: sqlite3.Connection, station: str, evse: int, begin: Instant, end: Instant, limit: int
) -> list[tuple[int, Sample]]:
    """(connector, reading) outside sessions, in [begin, end), oldest first, at most `limit`."""
    rows = db.execute(
        f"SELECT connector, at, {_VALUES} FROM meter_value "  # noqa: S608 - names of ours
        "WHERE station = ? AND evse = ? AND at >= ? AND at < ? ORDER BY at LIMIT ?",
        (station, evse, begin, end, limit),
    )
    return [(row[0], _sample(row[1], row[2:])) for row in rows]
