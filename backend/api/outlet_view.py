"""An outlet as one row: its connectors, its session, its station's link, its entry in the register, in one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from backend.api.views import seen_now, when
from backend.model.mask import mask_token
from backend.model.resources import OutletResource
from backend.model.session import Session
from backend.model.station import Connector, Station
from backend.model.words import Activity, Known, Service

if TYPE_CHECKING:
    from backend.api.house import House

_RANK = {
    Activity.FAULTED: 0,
    Activity.CHARGING: 1,
    Activity.SUSPENDED_EVSE: 2,
    Activity.SUSPENDED_EV: 3,
    Activity.FINISHING: 4,
    Activity.PLUGGED: 5,
    Activity.RESERVED: 6,
    Activity.UNAVAILABLE: 7,
    Activity.IDLE: 8,
    Activity.UNKNOWN: 9,
}
"""Which of several connectors of one EVSE speaks for it."""


def outlet(house: House, station: Station, evse: int) -> OutletResource:
    """The outlet `evse` of `station`; one that never reported is unknown."""
    speaker, connectors = _speaker(station, evse)
    entry = house.register.outlet(station.id, evse)
    site = house.register.site_of(station.id)
    name = f"{station.id}:{evse}"
    known = seen_now(station.link)
    session = speaker.session
    shown = session if session is not None else _last(house, station, speaker)
    severity, alarms = house.views.open_alarms.worst(station.id, evse)
    return OutletResource(
        outlet=name,
        state=speaker.status or "Unknown",
        activity=speaker.activity,
        since=when(speaker.since),
        known=known,
        session=None if session is None else str(session.id),
        station=station.id,
        evse=evse,
        label=entry.label if entry is not None and entry.label else name,
        evse_id="" if entry is None else entry.evse_id,
        site=None if site is None else site.id,
        place="" if entry is None else entry.place,
        link=station.link,
        link_since=when(station.link_since),
        heard=when(station.last_heard),
        power_w=_power(speaker, session) if known is Known.LIVE else None,
        energy_wh=None if shown is None else shown.energy_wh,
        soc_pct=None if session is None else session.soc_pct,
        id_token=None if session is None else mask_token(session.id_token),
        session_since=None if session is None else when(session.started),
        error_codes=[fault.code for fault in speaker.faults if fault.code],
        vendor_error_codes=[fault.vendor_code for fault in speaker.faults if fault.vendor_code],
        info=speaker.info or next((fault.info for fault in speaker.faults if fault.info), ""),
        conflict=speaker.conflict,
        refused_at=when(speaker.last_refusal),
        max_power_w=None if entry is None or entry.max_power_kw is None else entry.max_power_kw * 1000,
        connector_type="" if entry is None else entry.connector_type,
        connectors=_each(connectors),
        service=Service.IN_SERVICE if entry is None else entry.service,
        alarm_severity=severity,
        alarms=alarms,
        model=station.model,
    )


def _speaker(station: Station, evse: int) -> tuple[Connector, list[Connector]]:
    mine = [connector for (number, _), connector in station.connectors.items() if number == evse]
    if not mine:
        return Connector(evse=evse, connector=1), []
    if len(mine) == 1:
        return mine[0], mine
    mine.sort(key=lambda connector: connector.connector)
    return min(mine, key=lambda c: (c.session is None, _RANK.get(c.activity, 9))), mine


def _power(connector: Connector, session: Session | None) -> float | None:
    if session is not None and session.power_w is not None:
        return session.power_w
    return connector.power_w


def _last(house: House, station: Station, connector: Connector) -> Session | None:
    """The session that ended here, while its car is still in."""
    if not connector.ended:
        return None
    for session in house.fleet.recent_sessions(station.id):
        if session.evse == connector.evse and session.connector == connector.connector:
            return session
    return None


def _each(connectors: list[Connector]) -> list[dict[str, Any]]:
    if len(connectors) < 2:
        return []
    return [{"connector": one.connector, "state": one.status or "Unknown"} for one in connectors]
