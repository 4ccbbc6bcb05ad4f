"""Puts many things in at once: the history of a demonstration, a copy from elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from backend.model.alarm import Alarm, AlarmEntry
from backend.model.frame import Frame
from backend.model.interval import Interval
from backend.model.operation import AuditEntry, Operation
from backend.model.register import OutletEntry, SiteEntry, StationEntry, TokenEntry
from backend.model.session import Reading, Session
from backend.model.station import Station
from backend.store import (
    alarm_rows,
    history_rows,
    interval_rows,
    live_rows,
    operation_rows,
    register_rows,
    session_rows,
)
from backend.store.history_rows import LinkEntry, Notice, StatusEntry
from backend.store.table import to_json
from backend.store.trace import TraceWriter
from backend.store.writer import FULL_ROWS, Row, Statement, Writer

Thing: TypeAlias = (
    SiteEntry
    | StationEntry
    | OutletEntry
    | TokenEntry
    | Station
    | Session
    | Reading
    | Interval
    | StatusEntry
    | LinkEntry
    | Notice
    | Alarm
    | AlarmEntry
    | Operation
    | AuditEntry
    | Frame
)
REST_S = 0.005


def _status(entry: StatusEntry) -> Row:
    faults = to_json(entry.faults) if entry.faults else None
    return (
        entry.station,
        entry.at,
        entry.evse,
        entry.connector,
        entry.learned,
        entry.status,
        entry.activity,
        faults,
        entry.info or None,
        entry.late,
    )


_HOW: dict[type, tuple[Statement, Callable[[Any], Row]]] = {
    SiteEntry: (register_rows.SITES.put, lambda site: register_rows.SITES.row(site, site.id.casefold())),
    StationEntry: (
        register_rows.STATIONS.put,
        lambda station: register_rows.STATIONS.row(station, station.id.casefold()),
    ),
    OutletEntry: (
        register_rows.OUTLETS.put,
        lambda outlet: register_rows.OUTLETS.row(outlet, outlet.station.casefold()),
    ),
    TokenEntry: (register_rows.TOKENS.put, lambda token: register_rows.TOKENS.row(token, token.token.casefold())),
    Session: (session_rows.SESSIONS.put, session_rows.SESSIONS.row),
    Reading: (session_rows.READING, lambda one: session_rows.reading_row(one.session, one.at, one.sample)),
    Interval: (interval_rows.INTERVALS.put, interval_rows.INTERVALS.row),
    StatusEntry: (history_rows.STATUS, _status),
    LinkEntry: (history_rows.LINK, lambda one: (one.station, one.at, one.link, one.detail)),
    Notice: (history_rows.NOTICE, lambda one: (one.station, one.at, one.action, one.text, one.data)),
    Alarm: (alarm_rows.ALARMS.put, alarm_rows.ALARMS.row),
    AlarmEntry: (alarm_rows.ENTRY, alarm_rows.entry_row),
    AuditEntry: (operation_rows.AUDIT, operation_rows.audit_row),
}


class Bulk:
    """The store's way in for things in great number."""

    _writer: Writer
    _trace: TraceWriter

    def insert_all(self, things: Iterable[Thing]) -> int:
        """Write `things`, in their order, and wait until they are on disk; not on the loop. Returns how many."""
        put = self._writer.put
        count = 0
        for thing in things:
            count += 1
            how = _HOW.get(type(thing))
            if how is not None:
                put(how[0], how[1](thing))
            elif isinstance(thing, Frame):
                self._trace.add([thing])
            elif isinstance(thing, Station):
                self._whole_station(thing)
            elif isinstance(thing, Operation):
                put(operation_rows.OPERATIONS.put, operation_rows.OPERATIONS.row(thing))
                put(operation_rows.SET_MODEL, (thing.id,))
            else:
                raise TypeError(f"the store keeps no {type(thing).__name__}")
            while self._writer.queued >= FULL_ROWS:
                time.sleep(REST_S)
        self._writer.flush()
        return count

    def _whole_station(self, station: Station) -> None:
        self._writer.put(live_rows.STATIONS.put, live_rows.STATIONS.row(station))
        for connector in station.connectors.values():
            self._writer.put(live_rows.CONNECTORS.put, live_rows.CONNECTORS.row(connector, station.id))
