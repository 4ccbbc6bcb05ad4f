"""Stations and connectors as they were last known."""

from __future__ import annotations

import sqlite3

from backend.model.clock import Instant
from backend.model.station import Connector, Station
from backend.store.table import Table
from backend.store.writer import Row, Statement

STATIONS = Table(
    "station_state",
    Station,
    ("id",),
    leave_out=("connection", "draining", "connectors", "lost_by_us", "brought_back"),
)
CONNECTORS = Table(
    "connector",
    Connector,
    ("station", "evse", "connector"),
    leading=("station",),
    leave_out=("session",),
)
HEARD = Statement("station_state", "UPDATE station_state SET last_heard = ? WHERE id = ?")
FORGET_STATION = Statement("station_state", "DELETE FROM station_state WHERE id = ?")
FORGET_CONNECTORS = Statement("connector", "DELETE FROM connector WHERE station = ?")
FORGET_DEVIATIONS = Statement("deviation", "DELETE FROM deviation WHERE station_key = ?")
META = Statement("meta", "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)")
ALIVE = Statement("meta", "INSERT OR REPLACE INTO meta (key, value) VALUES ('alive_until', ?)")


def alive_row(now: Instant) -> Row:
    """The row that says that we were there at `now`."""
    return (repr(now),)


def load_live(db: sqlite3.Connection) -> list[Station]:
    """All stations with their connectors; nobody is connected, no session is attached."""
    stations = {station.id: station for station in STATIONS.read(db)}
    rest = f"SELECT station, {', '.join(CONNECTORS.fields)} FROM connector"  # noqa: S608 - names of ours
    for row in db.execute(rest):
        holder = stations.get(row[0])
        if holder is not None:
            connector = CONNECTORS.thing(row[1:])
            holder.connectors[connector.evse, connector.connector] = connector
    return list(stations.values())
