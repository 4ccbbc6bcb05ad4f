"""Which outlet an event or a change is about, and what is known of a station's outlets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from backend.model.change import Change, ConnectorChanged, SessionChanged
from backend.model.event import Fault, StatusReported
from backend.model.session import Session
from backend.model.station import Connector, Station

LOCK_CODES = frozenset({"connectorlockfailure", "cx001", "cx025", "connectorplugretentionlock"})
"""Faults of the lock: 1.6 errorCode, MREC ConnectorLockFailure and BrokenLatch, the component of 2.x."""


def is_at(evse: int | None, connector: int | None, wanted_evse: int | None, wanted_connector: int | None) -> bool:
    """Whether something said of (evse, connector) is about the wanted place; None wants all."""
    if wanted_evse is None:
        return True
    if evse != wanted_evse:
        return False
    return wanted_connector is None or connector is None or connector in (0, wanted_connector)


def outlets(station: Station) -> list[Connector]:
    """The known connectors of a station, without the station itself."""
    return [connector for key, connector in sorted(station.connectors.items()) if key[0] > 0]


def is_late(changes: Sequence[Change]) -> bool:
    """Whether a status was a replay: it tells of the past."""
    return any(isinstance(change, ConnectorChanged) and change.late for change in changes)


def sessions(changes: Sequence[Change]) -> Iterable[tuple[SessionChanged, Session]]:
    """What became of sessions."""
    for change in changes:
        if isinstance(change, SessionChanged):
            yield change, change.session


def lock_fault(faults: Sequence[Fault]) -> str:
    """The code of a fault of the lock among `faults`; empty when there is none."""
    for fault in faults:
        for code in (fault.code, fault.vendor_code):
            if code.casefold() in LOCK_CODES:
                return code
    return ""


def still_waits(station: Station) -> str:
    """Why what was put off until charges have ended has not begun, as far as we know."""
    if any(connector.session is not None for connector in station.connectors.values()):
        return "charges still run"
    return "has not begun, though no charge is known to run"


def place_text(event: StatusReported) -> str:
    """Where a status is from: `outlet 2`, or `station`."""
    return f"outlet {event.evse}" if event.evse > 0 else "station"
