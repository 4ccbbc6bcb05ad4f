"""What an operation would end, and the question that has to be answered before it goes out."""

from __future__ import annotations

from typing import Any

from backend.model.clock import Instant
from backend.model.mask import mask_token
from backend.model.ports import Register
from backend.model.resources import LiveCharge, Question
from backend.model.session import Session
from backend.model.words import Version
from backend.operations.targets import Target, Targets

_RESETS_AT_ONCE = frozenset({"hard", "immediate", "immediateandresume"})


class Guards:
    """Reads live state, and says whose charge would end."""

    def __init__(self, targets: Targets, register: Register) -> None:
        self._targets = targets
        self._register = register

    def question(
        self, operation: str, name: str, target: Target, parameters: dict[str, Any], now: Instant
    ) -> Question | None:
        """What must be answered first; None: it ends no charge."""
        ends = self._ends(operation, target, parameters)
        if not ends:
            return None
        typed = target.station.id if _is_hard_reset(operation, parameters) else None
        return Question(
            operation=operation,
            target=name,
            station=target.station.id,
            ends=[self._charge(session, now) for session in ends],
            must_type=typed,
            advice=_advice(operation, target, parameters),
        )

    def _ends(self, operation: str, target: Target, parameters: dict[str, Any]) -> list[Session]:
        old = target.station.version is Version.V16
        match operation:
            case "reset":
                return self._targets.open_at(target) if old or parameters["type"] == "hard" else []
            case "security_profile" if parameters["reset"] != "none":
                return self._targets.open_at(target) if old or parameters["reset"] == "hard" else []
            case "unlock":
                # 1.6 ends a running session first; 2.x refuses (domain.md 2).
                return self._targets.open_at(target) if old else []
            case "stop":
                return [target.session] if target.session is not None else self._targets.open_at(target)[:1]
            case "call":
                return self._ends_by_call(target, str(parameters["action"]), parameters["payload"])
            case _:
                return []

    def _ends_by_call(self, target: Target, action: str, payload: dict[str, Any]) -> list[Session]:
        """The charges that a call of the caller's own making would end."""
        station = Target(station=target.station)
        old = target.station.version is Version.V16
        match action:
            case "Reset":
                at_once = old or str(payload.get("type", "")).casefold() in _RESETS_AT_ONCE
                return self._targets.open_at(_at(target, payload.get("evseId"))) if at_once else []
            case "UnlockConnector" if old:
                return self._targets.open_at(_at(target, payload.get("connectorId")))
            case "RemoteStopTransaction" | "RequestStopTransaction":
                wanted = str(payload.get("transactionId"))
                return [one for one in self._targets.open_at(station) if one.transaction_id == wanted]
            case _:
                return []

    def _charge(self, session: Session, now: Instant) -> LiveCharge:
        outlet = self._register.outlet(session.station, session.evse)
        name = f"{session.station}:{session.evse}"
        return LiveCharge(
            outlet=name,
            label=(outlet.label if outlet is not None else "") or name,
            session=str(session.id),
            id_token=mask_token(session.id_token),
            minutes=max(0, int((now - session.started) // 60)),
            energy_wh=session.energy_wh,
            power_w=session.power_w,
        )


def _at(target: Target, evse: Any) -> Target:
    """One EVSE of a station, when a payload names one."""
    named = isinstance(evse, int) and evse > 0
    return Target(station=target.station, evse=evse if named else None)


def _is_hard_reset(operation: str, parameters: dict[str, Any]) -> bool:
    if operation in ("reset", "security_profile"):
        return bool(parameters["type" if operation == "reset" else "reset"] == "hard")
    if operation != "call" or parameters["action"] != "Reset":
        return False
    return str(parameters["payload"].get("type", "")).casefold() in _RESETS_AT_ONCE


def _advice(operation: str, target: Target, parameters: dict[str, Any]) -> str:
    """The gentler way, by name of an operation."""
    if operation == "unlock":
        return "stop"
    if operation == "reset" and parameters["type"] == "hard":
        return "reset"
    return ""
