"""What goes on at an outlet, from the station's word, the charging state and the meter."""

from __future__ import annotations

from functools import lru_cache

from backend.model.session import Session
from backend.model.station import Connector
from backend.model.words import Activity

CONFLICT_W = 100.0
"""Power above this contradicts a status that says that nothing flows."""

_IDLE, _PLUGGED = Activity.IDLE, Activity.PLUGGED
"""Named once: Python 3.11 takes 100 ns to look a member of an enum up, and each status asks several times."""
_ALL_THERE_IS_TO_SAY = frozenset({Activity.FAULTED, Activity.UNAVAILABLE})
"""Whatever a transaction tells."""
_TOLD_BY_TRANSACTION = frozenset({Activity.PLUGGED, Activity.UNKNOWN, Activity.IDLE, Activity.RESERVED})
_WORDS = {
    "available": Activity.IDLE,
    "preparing": Activity.PLUGGED,
    "occupied": Activity.PLUGGED,
    "connected": Activity.PLUGGED,
    "pluggedin": Activity.PLUGGED,
    "charging": Activity.CHARGING,
    "suspendedev": Activity.SUSPENDED_EV,
    "suspendedevse": Activity.SUSPENDED_EVSE,
    "finishing": Activity.FINISHING,
    "finished": Activity.FINISHING,
    "reserved": Activity.RESERVED,
    "unavailable": Activity.UNAVAILABLE,
    "inoperative": Activity.UNAVAILABLE,
    "faulted": Activity.FAULTED,
    "error": Activity.FAULTED,
}
_CHARGING_STATES = {
    "evconnected": Activity.PLUGGED,
    "charging": Activity.CHARGING,
    "suspendedev": Activity.SUSPENDED_EV,
    "suspendedevse": Activity.SUSPENDED_EVSE,
    "idle": Activity.FINISHING,
}


@lru_cache(maxsize=256)
def by_status(status: str) -> Activity:
    """The activity that a status word means; unknown words (field lesson 19) are unknown."""
    return _WORDS.get(status.replace("_", "").replace(" ", "").casefold(), Activity.UNKNOWN)


def activity_of(connector: Connector) -> Activity:
    """The activity of a connector now. An `Occupied` of OCPP 2.x takes its detail from the transaction."""
    said = by_status(connector.status)
    session = connector.session
    if said in _ALL_THERE_IS_TO_SAY:
        return said
    if session is not None and session.charging_state:
        detail = _CHARGING_STATES.get(session.charging_state.casefold())
        if detail is not None and said in _TOLD_BY_TRANSACTION:
            return detail
    if said is _PLUGGED and session is None and connector.ended and connector.status.casefold() == "occupied":
        return Activity.FINISHING
    return said


def contradicts(connector: Connector) -> bool:
    """Whether the meter says that energy flows where the status says that nobody charges."""
    if connector.power_w is None or connector.power_w <= CONFLICT_W or by_status(connector.status) is not _IDLE:
        return False
    after = connector.metered is not None and (
        connector.status_since is None or connector.metered > connector.status_since
    )
    return after and not _transaction_tells(connector.session)


def _transaction_tells(session: Session | None) -> bool:
    return session is not None and bool(session.charging_state)
