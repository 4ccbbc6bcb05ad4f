"""Where a post contradicts itself: it says that a thing is done, and soon after that it is not."""

from __future__ import annotations

from collections.abc import Sequence

from backend.text import t
from screens.trace_pairs import Exchange, payload
from widgets.figures import number

SOON_S = 60.0
_LOCKS = frozenset({"ConnectorLockFailure"})


def contradicted(exchange: Exchange, later: Sequence[Exchange]) -> Exchange | None:
    """The exchange among `later` ones, in order of time, in which the post takes back what it answered."""
    held = payload(exchange.answer)
    if exchange.action != "UnlockConnector" or not isinstance(held, dict) or held.get("status") != "Unlocked":
        return None
    asked = payload(exchange.call)
    outlet = asked.get("connectorId") if isinstance(asked, dict) else None
    for other in later:
        if (other.first.received - exchange.first.received).total_seconds() > SOON_S:
            return None
        said = payload(other.call)
        if other.action == "StatusNotification" and isinstance(said, dict) and said.get("connectorId") == outlet:
            return other if said.get("errorCode") in _LOCKS else None
    return None


def sentence(exchange: Exchange, then: Exchange) -> str:
    """What is odd about it."""
    seconds = (then.first.received - exchange.first.received).total_seconds()
    return t("The post answered Unlocked, then reported a lock fault {n} s later.", n=number(seconds))
