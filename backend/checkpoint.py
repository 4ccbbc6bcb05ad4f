"""Live rows that may wait: what is new in them is on disk already, as a status or a reading.

A status is kept as a line of the history, a reading as a point of its session's curve, both before the answer. The rows
of the connector and of the session repeat them; they are written about once a minute, and at the stop. After a crash
`Fleet.load` takes up the rows and what the history tells since.
"""

from __future__ import annotations

from itertools import islice

from backend.fleet import Fleet
from backend.model.clock import Instant
from backend.model.ports import Journal
from backend.model.session import Session
from backend.model.station import Connector, Station

WITHIN_S = 60.0
"""A row is written about that long after it became due."""
SLICES = 60


class Checkpoint:
    """The rows that are due."""

    def __init__(self, fleet: Fleet, journal: Journal) -> None:
        self._fleet = fleet
        self._journal = journal
        self._connectors: dict[tuple[str, int, int], tuple[Station, Connector]] = {}
        self._sessions: dict[int, Session] = {}
        self._due: Instant = 0.0

    def connector(self, station: Station, connector: Connector) -> None:
        """Its row is due."""
        self._connectors[station.id, connector.evse, connector.connector] = station, connector

    def session(self, session: Session) -> None:
        """Its row is due."""
        self._sessions[session.id] = session

    def tick(self, now: Instant) -> None:
        """Write some of what is due, once a second."""
        if abs(now - self._due) >= WITHIN_S / SLICES:
            self._due = now
            self._write(len(self._connectors) // SLICES + 1, len(self._sessions) // SLICES + 1)

    def write(self) -> None:
        """Write all that is due."""
        self._write(None, None)

    def _write(self, connectors: int | None, sessions: int | None) -> None:
        for key in list(islice(self._connectors, connectors)):
            station, connector = self._connectors.pop(key)
            if self._fleet.stations.get(key[0]) is station:
                self._journal.connector(station, connector)
        for number in list(islice(self._sessions, sessions)):
            self._journal.session(self._sessions.pop(number))
