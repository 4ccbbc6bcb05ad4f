"""What an operation is done to: a station, an outlet or a session, by name."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from backend.model.errors import Conflict, Invalid, Unknown
from backend.model.outlet_id import OutletId, parse_outlet
from backend.model.ports import Register
from backend.model.sanitise import clean
from backend.model.session import Session
from backend.model.station import Station
from backend.model.words import Version
from backend.text import t


class Place(StrEnum):
    """A kind of target."""

    STATION = "station"
    OUTLET = "outlet"
    SESSION = "session"


class FleetView(Protocol):
    """What operations read of live state."""

    @property
    def sessions(self) -> dict[int, Session]:
        """The open sessions."""
        ...

    def find(self, station: str) -> Station | None:
        """A station by its id, whatever the case."""
        ...


class Target(Struct, frozen=True, kw_only=True):
    """A name, looked up."""

    station: Station
    evse: int | None = None
    connector: int | None = None
    session: Session | None = None


class Targets:
    """Looks names up in live state and in the register."""

    def __init__(self, fleet: FleetView, register: Register) -> None:
        self._fleet = fleet
        self._register = register

    def find(self, name: str, places: tuple[Place, ...]) -> Target:
        """The target of that name.

        Raises:
            Unknown: no such station, outlet or session.
            Invalid: this operation is not done to such a thing.
        """
        if Place.SESSION in places and name.isascii() and name.isdigit() and len(name) <= 18:
            session = self._fleet.sessions.get(int(name))
            if session is not None:
                return self._of_session(session)
            if self._fleet.find(name) is None or Place.STATION not in places:
                raise Unknown(
                    "unknown_session",
                    t("There is no open session {name}.", name=name),
                    t("`noc session list` shows them; name the outlet instead, as STATION:EVSE."),
                )
        if Place.STATION in places:
            station = self._fleet.find(name)
            if station is not None:
                return Target(station=station)
        if Place.OUTLET not in places:
            raise _unknown_station(name)
        return self._outlet(name, places)

    def session_at(self, target: Target) -> Session:
        """The open session of an outlet.

        Raises:
            Conflict: none is open there.
        """
        if target.session is not None:
            return target.session
        for session in self.open_at(target):
            return session
        raise Conflict(
            "no_session",
            t("No charge runs at {station}:{evse}.", station=target.station.id, evse=target.evse),
            t("`noc session list --filter state:active` shows those that run."),
        )

    def open_at(self, target: Target) -> list[Session]:
        """The open sessions at a target, newest first."""
        station = target.station.id
        found = [
            session
            for session in self._fleet.sessions.values()
            if session.station == station and target.evse in (None, session.evse)
        ]
        named = [one for one in found if target.connector in (None, one.connector)]
        return sorted(named or found, key=lambda session: (session.started, session.id), reverse=True)

    def _of_session(self, session: Session) -> Target:
        station = self._fleet.find(session.station)
        if station is None:
            raise _unknown_station(session.station)
        return Target(station=station, evse=session.evse, connector=session.connector, session=session)

    def _outlet(self, name: str, places: tuple[Place, ...]) -> Target:
        for wanted in _readings(name):
            station = self._fleet.find(wanted.station)
            if station is None:
                continue
            if wanted.evse == 0 and Place.STATION in places:
                return Target(station=station)
            if self._exists(station, wanted.evse, wanted.connector):
                connector = None if station.version is Version.V16 else wanted.connector
                return Target(station=station, evse=wanted.evse, connector=connector)
        station = self._fleet.find(name)
        if station is not None:
            return _only_outlet(station)
        if Place.STATION in places and ":" not in name:
            raise _unknown_station(name)
        raise _unknown_outlet(name)

    def _exists(self, station: Station, evse: int, connector: int | None) -> bool:
        """Whether there is such an outlet, as far as anybody knows: a station that has named none may have any."""
        if evse <= 0:
            return False
        named = {key for key in station.connectors if key[0] > 0}
        registered = {entry.evse for entry in self._register.outlets_of(station.id)}
        if not named and not registered:
            return True
        if evse not in registered and evse not in {key[0] for key in named}:
            return False
        if connector is None:
            return True
        if station.version is Version.V16:
            return connector == 1
        of_evse = {key[1] for key in named if key[0] == evse}
        return connector > 0 and (not of_evse or connector in of_evse)


def _readings(name: str) -> tuple[OutletId, ...]:
    try:
        return parse_outlet(name)
    except ValueError:
        return ()


def _only_outlet(station: Station) -> Target:
    """A station with one outlet is named by its id alone."""
    only = {key[0] for key in station.connectors if key[0] > 0}
    if len(only) == 1:
        return Target(station=station, evse=only.pop())
    raise Invalid(
        "outlet_needed",
        t("{name} is a station; this is done to one outlet of it.", name=station.id),
        t("Write {name}:1 for its first outlet.", name=station.id),
    )


def _unknown_station(name: str) -> Unknown:
    return Unknown(
        "unknown_station",
        t("There is no station {name!r}.", name=clean(name, 80)),
        t("`noc station list` names those there are."),
    )


def _unknown_outlet(name: str) -> Unknown:
    return Unknown(
        "unknown_outlet",
        t("There is no outlet {name!r}.", name=clean(name, 80)),
        t("Write STATION:EVSE; `noc outlet list` names those there are."),
    )
