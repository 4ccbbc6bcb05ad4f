"""What happened to stations: statuses, links, notices, and who could not be served."""

from __future__ import annotations

import sqlite3
from typing import Any

import msgspec
from msgspec import Struct

from backend.model.clock import Instant
from backend.model.event import Fault, StatusReported
from backend.model.frame import Handshake
from backend.model.station import Connector
from backend.register.pending import host_of
from backend.store.table import to_json
from backend.store.writer import Row, Statement

STATUS = Statement(
    "status_entry",
    """INSERT OR REPLACE INTO status_entry (station, at, evse, connector, learned, status, activity, faults, info, late)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
    clustered=True,
)
LINK = Statement("link_entry", "INSERT OR REPLACE INTO link_entry (station, at, link, detail) VALUES (?, ?, ?, ?)")
NOTICE = Statement("notice", 'INSERT INTO notice (station, at, action, "text", data) VALUES (?, ?, ?, ?, ?)')
HANDSHAKE = Statement(
    "handshake",
    """INSERT INTO handshake (at, host, address, reason, identity, offered, raw, count) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (host, reason, identity) DO UPDATE SET at = excluded.at, address = excluded.address,
    offered = excluded.offered, raw = excluded.raw,
    count = count + excluded.count""",
)
"""One row per host, reason and identity; what is reported again is added up."""
HANDSHAKES_KEPT = 10_000


class StatusEntry(Struct, kw_only=True, frozen=True):
    """One line of the status history."""

    station: str
    evse: int
    connector: int
    at: Instant
    """When it was so."""
    learned: Instant
    status: str
    activity: str
    faults: tuple[Fault, ...] = ()
    info: str = ""
    late: bool = False


class LinkEntry(Struct, kw_only=True, frozen=True):
    """One line of the link history."""

    station: str
    at: Instant
    link: str
    detail: str = ""


class Notice(Struct, kw_only=True, frozen=True):
    """A message that was kept."""

    station: str
    at: Instant
    action: str
    text: str
    data: str = ""


def status_row(station: str, connector: Connector, at: Instant, learned: Instant, late: bool) -> Row:
    """The row of a line of the status history."""
    faults = to_json(connector.faults) if connector.faults else None
    return (
        station,
        at,
        connector.evse,
        connector.connector,
        learned,
        connector.status,
        str(connector.activity),
        faults,
        connector.info or None,
        1 if late else 0,
    )


def handshake_row(handshake: Handshake) -> Row:
    """The row of a connection that could not be served."""
    return (
        handshake.at,
        host_of(handshake.address),
        handshake.address,
        handshake.reason,
        handshake.identity,
        handshake.offered,
        handshake.raw,
        handshake.count,
    )


def status_entries(
    db: sqlite3.Connection, station: str, evse: int | None, before: Instant | None, limit: int
) -> list[StatusEntry]:
    """Of a station or one of its EVSEs, newest first, from before `before`."""
    rows = db.execute(
        """SELECT evse, connector, at, learned, status, activity, faults, info, late FROM status_entry
        WHERE station = ?1 AND at < coalesce(?2, 9e99) AND (?3 IS NULL OR evse = ?3) ORDER BY at DESC LIMIT ?4""",
        (station, before, evse, limit),
    )
    return [_status_entry(station, row) for row in rows]


def _status_entry(station: str, row: tuple[Any, ...]) -> StatusEntry:
    number, connector, at, learned, status, activity, faults, info, late = row
    return StatusEntry(
        station=station,
        evse=number,
        connector=connector,
        at=at,
        learned=learned,
        status=status,
        activity=activity,
        faults=_faults(faults),
        info=info or "",
        late=bool(late),
    )


def statuses_since(db: sqlite3.Connection, since: Instant) -> list[StatusReported]:
    """Of all stations, those of live state that we learned after `since`, oldest first. A live status counts for ten
    minutes before we learned it at most, which is what the key can find."""
    rows = db.execute(
        """SELECT said.station, said.evse, said.connector, said.at, said.learned, said.status, said.faults, said.info
        FROM station_state CROSS JOIN status_entry AS said ON said.station = station_state.id AND said.at > ?1 - 600
        WHERE said.learned > ?1 AND said.late = 0 ORDER BY said.learned""",
        (since,),
    )
    return [
        StatusReported(
            station=station,
            learned=learned,
            said=at,
            evse=evse,
            connector=connector,
            status=status,
            faults=_faults(faults),
            info=info or "",
        )
        for station, evse, connector, at, learned, status, faults, info in rows
    ]


def _faults(text: str | None) -> tuple[Fault, ...]:
    return msgspec.json.decode(text, type=tuple[Fault, ...]) if text else ()


def link_entries(db: sqlite3.Connection, station: str, before: Instant | None, limit: int) -> list[LinkEntry]:
    """When a station came and went, newest first."""
    rows = db.execute(
        "SELECT at, link, detail FROM link_entry WHERE station = ? AND at < coalesce(?, 9e99) ORDER BY at DESC LIMIT ?",
        (station, before, limit),
    )
    return [LinkEntry(station=station, at=at, link=link, detail=detail) for at, link, detail in rows]


def notices(db: sqlite3.Connection, station: str | None, before: Instant | None, limit: int) -> list[Notice]:
    """Kept messages of a station or of all, newest first."""
    if station is None:
        rows = db.execute(
            'SELECT station, at, action, "text", data FROM notice WHERE at < coalesce(?, 9e99) '
            "ORDER BY at DESC, id DESC LIMIT ?",
            (before, limit),
        )
    else:
        rows = db.execute(
            'SELECT station, at, action, "text", data FROM notice WHERE station = ? AND at < coalesce(?, 9e99) '
            "ORDER BY at DESC, id DESC LIMIT ?",
            (station, before, limit),
        )
    return [Notice(station=name, at=at, action=action, text=text, data=data) for name, at, action, text, data in rows]


def handshakes(db: sqlite3.Connection, limit: int) -> list[Handshake]:
    """Connections that could not be served, the latest first."""
    rows = db.execute(
        "SELECT at, address, reason, identity, offered, raw, count FROM handshake ORDER BY at DESC LIMIT ?", (limit,)
    )
    return [
        Handshake(at=at, address=address, reason=reason, identity=identity, offered=offered, raw=raw, count=count)
        for at, address, reason, identity, offered, raw, count in rows
    ]
