"""Which stations and connectors there are."""

from __future__ import annotations

from collections.abc import Iterable

from backend.model.clock import Instant
from backend.model.station import Connector, Station
from backend.model.words import Activity, Link

MOST_CONNECTORS = 100
"""Of one station; what it says of more is not kept."""


class Roster:
    """Stations by registered id, found without case; their connectors appear as they are named."""

    def __init__(self) -> None:
        self.stations: dict[str, Station] = {}
        self._folded: dict[str, Station] = {}

    def find(self, station: str) -> Station | None:
        """A station by its id, whatever the case."""
        return self.stations.get(station) or self._folded.get(station.casefold())

    def ensure(self, station: str) -> Station:
        """The station of that id; a registered one is known before it ever connects."""
        found = self.find(station)
        if found is None:
            found = Station(id=station)
            self._add(found)
        return found

    def forget(self, station: str) -> None:
        """Drop a station that left the register."""
        found = self.find(station)
        if found is not None:
            del self.stations[found.id]
            del self._folded[found.id.casefold()]

    def restore(self, stations: Iterable[Station], alive_until: Instant | None) -> None:
        """Take up stored stations. Nobody is connected yet: what was online is offline since we stopped."""
        for station in stations:
            station.connection = None
            if station.link not in (Link.OFFLINE, Link.NEVER_SEEN):
                station.link = Link.OFFLINE
                station.lost_by_us = True
                station.link_since = alive_until or station.last_heard
            self._add(station)

    def _add(self, station: Station) -> None:
        self.stations[station.id] = station
        self._folded[station.id.casefold()] = station


def connector_of(station: Station, evse: int, connector: int) -> Connector:
    """The connector of that number; it comes into being when it is named first."""
    found = station.connectors.get((evse, connector))
    if found is None:
        found = Connector(evse=evse, connector=connector)
        if len(station.connectors) < MOST_CONNECTORS:
            station.connectors[evse, connector] = found
    return found


def place_of(station: Station, evse: int | None, connector: int | None) -> Connector | None:
    """The connector that a transaction message means; None when it names none and none is certain."""
    if evse is None:
        return None
    if evse <= 0:
        outlets = [c for key, c in station.connectors.items() if key[0] > 0]
        if not outlets:
            return connector_of(station, 1, 1)
        return outlets[0] if len(outlets) == 1 else None
    if connector:
        return connector_of(station, evse, connector)
    known = [c for key, c in station.connectors.items() if key[0] == evse]
    if not known:
        return connector_of(station, evse, 1)
    return next((c for c in known if c.session is not None or c.activity is not Activity.IDLE), known[0])
