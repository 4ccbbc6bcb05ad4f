"""What a station's answer means, whatever the operation."""

from __future__ import annotations

from enum import Enum
from typing import Any

from backend.model.sanitise import clean

_TAKEN = frozenset({"accepted", "unlocked", "rebootrequired", "acceptedcanceled"})
_LATER = frozenset({"scheduled"})


class Verdict(Enum):
    """Whether the station will do it."""

    TAKEN = "taken"
    LATER = "later"
    """Scheduled: when the running sessions have ended."""
    REFUSED = "refused"


def status_of(payload: dict[str, Any]) -> str | None:
    """The status word of an answer; of OCPP 2.x result lists the first that is not Accepted."""
    status = payload.get("status")
    if isinstance(status, str):
        return clean(status, 64)
    for name, key in (("setVariableResult", "attributeStatus"), ("getVariableResult", "attributeStatus")):
        results = payload.get(name)
        if isinstance(results, list):
            words = [r.get(key) for r in results if isinstance(r, dict)]
            odd = [word for word in words if isinstance(word, str) and word != "Accepted"]
            if odd:
                return clean(odd[0], 64)
            return "Accepted" if words else None
    return None


def reason_of(payload: dict[str, Any]) -> str:
    """OCPP 2.x statusInfo: the best text for an agent."""
    info = payload.get("statusInfo")
    if not isinstance(info, dict):
        return ""
    parts = [info.get("reasonCode"), info.get("additionalInfo")]
    return clean(": ".join(part for part in parts if isinstance(part, str) and part), 200)


def verdict(status: str | None) -> Verdict:
    """An answer without a status is a yes: it carries what was asked for."""
    if status is None or status.casefold() in _TAKEN:
        return Verdict.TAKEN
    return Verdict.LATER if status.casefold() in _LATER else Verdict.REFUSED
