"""What an operation turns into for one station: the call, the proof, the time it may take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from backend.model.clock import iso
from backend.model.errors import Conflict, Invalid
from backend.model.words import Version
from backend.operations import requests_v2, requests_v16
from backend.operations.proofs.configuration import ReadBackProof
from backend.operations.proofs.message import MessageProof
from backend.operations.proofs.proof import AnswerProof, Proof
from backend.operations.proofs.reset import EvseResetProof, ResetProof
from backend.operations.proofs.status import StatusProof
from backend.operations.proofs.transaction import StartProof, StopProof
from backend.operations.proofs.unlock import UnlockProof
from backend.operations.request import Aim, Request, text_of
from backend.text import t

RESET_AC_S, RESET_DC_S = 300.0, 600.0
ON_IDLE_S = 4 * 3600.0
"""OCPP 2.x OnIdle during a charge: as long as a charge may last."""
ANSWER_S = 30.0
STOP_S, STATUS_S, CONFIGURATION_S, REFRESH_S = 60.0, 60.0, 60.0, 30.0
START_S = 90.0
"""ConnectionTimeOut, usually 60 s, and 30 s more."""
RESERVED_S = 30.0

_MESSAGES_V16 = frozenset(
    {
        "BootNotification",
        "DiagnosticsStatusNotification",
        "FirmwareStatusNotification",
        "Heartbeat",
        "MeterValues",
        "StatusNotification",
    }
)
_EXTENDED_V16 = frozenset({"LogStatusNotification", "SignChargePointCertificate"})
_MESSAGES_V2 = frozenset(
    {
        "BootNotification",
        "FirmwareStatusNotification",
        "Heartbeat",
        "LogStatusNotification",
        "MeterValues",
        "PublishFirmwareStatusNotification",
        "SignChargingStationCertificate",
        "SignCombinedCertificate",
        "SignV2GCertificate",
        "StatusNotification",
        "TransactionEvent",
    }
)


class Plan(NamedTuple):
    action: str
    payload: dict[str, Any]
    proof: Proof
    deadline_s: float


def _evse(aim: Aim) -> int:
    """The EVSE that is meant. Raises Invalid: a whole station with several."""
    if aim.evse is not None:
        return aim.evse
    evses = {connector.evse for connector in aim.connectors()}
    if len(evses) == 1:
        return evses.pop()
    raise Invalid(
        "outlet_needed",
        t("{station} has {n} outlets; name the one that is meant", station=aim.station.id, n=len(evses)),
        t("write {station}:EVSE", station=aim.station.id),
    )


def _connector(aim: Aim, evse: int) -> int:
    if aim.connector is not None:
        return aim.connector
    here = [c for c in aim.station.connectors.values() if c.evse == evse]
    busy = next((c for c in here if c.session is not None), None)
    return (busy or here[0]).connector if here else 1


def is_hard(request: Request) -> bool:
    """Whether a reset is the hard one (1.6 Hard, 2.x Immediate)."""
    return bool(request.parameters.get("hard"))


def reset(aim: Aim, request: Request, number: int, now: float) -> Plan:
    hard = is_hard(request)
    usual = RESET_DC_S if aim.direct_current else RESET_AC_S
    if aim.version is Version.V16:
        return Plan(*requests_v16.reset(hard=hard), ResetProof(), usual)
    proof = ResetProof() if aim.evse is None else EvseResetProof(aim.evse)
    waits = not hard and any(connector.session is not None for connector in aim.connectors())
    return Plan(*requests_v2.reset(hard=hard, evse=aim.evse), proof, ON_IDLE_S if waits else usual)


def unlock(aim: Aim, request: Request, number: int, now: float) -> Plan:
    evse = _evse(aim)
    if aim.version is Version.V16:
        return Plan(*requests_v16.unlock(evse), UnlockProof(evse), ANSWER_S)
    return Plan(*requests_v2.unlock(evse, _connector(aim, evse)), UnlockProof(evse), ANSWER_S)


def start(aim: Aim, request: Request, number: int, now: float) -> Plan:
    evse = _evse(aim)
    token = text_of(request.parameters, "id_token", 20 if aim.version is Version.V16 else 36)
    proof = StartProof(evse, token, number)
    if aim.version is Version.V16:
        return Plan(*requests_v16.start(evse, token), proof, START_S)
    kind = str(request.parameters.get("token_type") or "ISO14443")
    return Plan(*requests_v2.start(evse, token, kind, number), proof, START_S)


def stop(aim: Aim, request: Request, number: int, now: float) -> Plan:
    session = aim.session
    if session is None and aim.evse is None:
        running = [connector.session for connector in aim.connectors() if connector.session is not None]
        session = running[0] if len(running) == 1 else None
    if session is None:
        raise Conflict("no_session", t("no charge runs at {target}", target=request.target), t("see: noc session list"))
    proof = StopProof(session.id)
    if aim.version is Version.V16:
        try:
            transaction = int(session.transaction_id)
        except ValueError:
            transaction = session.id
        return Plan(*requests_v16.stop(transaction), proof, STOP_S)
    return Plan(*requests_v2.stop(session.transaction_id), proof, STOP_S)


def refresh(aim: Aim, request: Request, number: int, now: float) -> Plan:
    message = str(request.parameters.get("message") or "StatusNotification")
    known = _MESSAGES_V16 | _EXTENDED_V16 if aim.version is Version.V16 else _MESSAGES_V2
    if message not in known:
        raise Invalid(
            "invalid_parameter",
            t("OCPP {version} triggers no {message}", version=aim.version.value, message=message),
            t("it triggers {names}", names=", ".join(sorted(known))),
        )
    proof = MessageProof(message, aim.evse)
    if message in _EXTENDED_V16 and aim.version is Version.V16:
        return Plan(*requests_v16.extended_trigger(message), proof, REFRESH_S)
    if aim.version is Version.V16:
        return Plan(*requests_v16.trigger(message, aim.evse), proof, REFRESH_S)
    evse = aim.evse
    if evse is None and message == "StatusNotification":
        evse = next((connector.evse for connector in aim.connectors()), None)
    return Plan(*requests_v2.trigger(message, evse, _connector(aim, evse or 1)), proof, REFRESH_S)


def availability(aim: Aim, request: Request, number: int, now: float) -> Plan:
    operative = request.parameters.get("operative")
    if not isinstance(operative, bool):
        raise Invalid(
            "invalid_parameter", t("say whether it is to be operative"), t("parameter operative: true or false")
        )
    proof = StatusProof(aim.connectors(), frozenset({"Unavailable"}), negate=operative)
    busy = not operative and any(connector.session is not None for connector in aim.connectors())
    deadline = ON_IDLE_S if busy else STATUS_S
    if aim.version is Version.V16:
        return Plan(*requests_v16.availability(aim.evse, operative=operative), proof, deadline)
    return Plan(*requests_v2.availability(aim.evse, operative=operative), proof, deadline)


def configuration(aim: Aim, request: Request, number: int, now: float) -> Plan:
    """Without a value it is read, with one it is written and read back."""
    key, value = request.parameters.get("key"), request.parameters.get("value")
    keys = [str(key)] if key else [str(name) for name in request.parameters.get("keys", ())]
    old = aim.version is Version.V16
    read = requests_v16.read_configuration if old else requests_v2.read_configuration
    if value is None or value == "":
        return Plan(*read(keys), AnswerProof(), CONFIGURATION_S)
    name = text_of(request.parameters, "key", 50 if old else 101)
    written = text_of(request.parameters, "value", 500 if old else 1000)
    write = requests_v16.write_configuration if old else requests_v2.write_configuration
    return Plan(*write(name, written), ReadBackProof(name, written, read([name])), CONFIGURATION_S)


def clear_cache(aim: Aim, request: Request, number: int, now: float) -> Plan:
    build = requests_v16.clear_cache if aim.version is Version.V16 else requests_v2.clear_cache
    return Plan(*build(), AnswerProof(), ANSWER_S)


def reserve(aim: Aim, request: Request, number: int, now: float) -> Plan:
    evse = _evse(aim)
    token = text_of(request.parameters, "id_token", 20 if aim.version is Version.V16 else 36)
    minutes = request.parameters.get("minutes", 15)
    if not isinstance(minutes, int) or not 1 <= minutes <= 24 * 60:
        raise Invalid("invalid_parameter", t("minutes must be a whole number up to a day"), t("for example 15"))
    expires = iso(now + minutes * 60)
    proof = StatusProof([c for c in aim.connectors() if c.evse == evse], frozenset({"Reserved"}))
    if aim.version is Version.V16:
        return Plan(*requests_v16.reserve(evse, token, number, expires), proof, RESERVED_S)
    kind = str(request.parameters.get("token_type") or "ISO14443")
    return Plan(*requests_v2.reserve(evse, token, kind, number, expires), proof, RESERVED_S)


def cancel_reservation(aim: Aim, request: Request, number: int, now: float) -> Plan:
    reservation = request.parameters.get("reservation")
    if not isinstance(reservation, int):
        raise Invalid(
            "invalid_parameter", t("name the reservation by its number"), t("see: noc operation list --filter reserve")
        )
    proof = StatusProof(aim.connectors(), frozenset({"Reserved"}), negate=True)
    build = requests_v16.cancel_reservation if aim.version is Version.V16 else requests_v2.cancel_reservation
    return Plan(*build(reservation), proof, RESERVED_S)


Planner = Callable[[Aim, Request, int, float], Plan]
