"""What is asked for, and what it means at the station."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from backend.model.errors import Invalid, Unknown
from backend.model.outlet_id import parse_outlet
from backend.model.ports import Register
from backend.model.session import Session
from backend.model.station import Connector, Station
from backend.model.words import Version
from backend.operations.view import FleetView
from backend.text import t


class Request(Struct, kw_only=True):
    """An operation as somebody asks for it."""

    operation: str
    target: str
    parameters: dict[str, Any] = field(default_factory=dict)
    reason: str = ""
    yes: bool = False
    """The question was asked and answered."""
    typed: str = ""
    """What was typed to confirm, where that is asked for."""
    deadline_s: float | None = None
    requested_by: str = ""
    background: bool = False


class Aim(Struct, kw_only=True):
    """Where an operation goes."""

    station: Station
    version: Version
    evse: int | None = None
    connector: int | None = None
    session: Session | None = None
    direct_current: bool = False

    def connectors(self) -> list[Connector]:
        """The connectors that are meant: of the EVSE, or all of the station."""
        return [
            connector
            for key, connector in self.station.connectors.items()
            if key[0] > 0 and self.evse in (None, key[0])
        ]


def resolve(fleet: FleetView, register: Register, target: str) -> Aim:
    """Read a target: a station, an outlet, or a session's number.

    Raises:
        Unknown: there is none of that name.
    """
    station = fleet.find(target)
    if station is not None:
        return _aim(register, station)
    if target.isascii() and target.isdigit():
        session = fleet.sessions.get(int(target))
        if session is None:
            raise Unknown(
                "unknown_session", t("no session {target} is open", target=target), t("see: noc session list")
            )
        holder = fleet.find(session.station)
        assert holder is not None
        aim = _aim(register, holder)
        aim.session, aim.evse, aim.connector = session, session.evse, session.connector
        return aim
    try:
        outlet = parse_outlet(target)
    except ValueError:
        raise Unknown("unknown_station", t("no station {target}", target=target), t("see: noc station list")) from None
    station = fleet.find(outlet.station)
    if station is None:
        raise Unknown("unknown_station", t("no station {target}", target=outlet.station), t("see: noc station list"))
    known = any(key[0] == outlet.evse for key in station.connectors) or register.outlet(station.id, outlet.evse)
    if not known or outlet.evse < 1:
        raise Unknown(
            "unknown_outlet",
            t("station {station} has no outlet {evse}", station=station.id, evse=outlet.evse),
            t("see: noc outlet list --filter {station}", station=station.id),
        )
    aim = _aim(register, station)
    aim.evse, aim.connector = outlet.evse, outlet.connector
    aim.session = next((c.session for c in aim.connectors() if c.session is not None), None)
    return aim


def _aim(register: Register, station: Station) -> Aim:
    entry = register.station(station.id)
    return Aim(
        station=station,
        version=station.version or (entry.pinned_version if entry is not None else None) or Version.V16,
        direct_current=entry is not None and entry.current.upper() == "DC",
    )


def text_of(parameters: dict[str, Any], name: str, most: int) -> str:
    """A text parameter. Raises Invalid: missing or too long."""
    value = parameters.get(name)
    if not isinstance(value, str) or not value or len(value) > most:
        raise Invalid(
            "invalid_parameter",
            t("{name} must be a text of 1 to {most} characters", name=name, most=most),
            t("give it as a parameter of the operation"),
        )
    return value
