"""What an operation would end, and what must be answered before it goes out."""

from __future__ import annotations

from backend.model.clock import Instant
from backend.model.errors import Conflict, Invalid
from backend.model.mask import mask_token
from backend.model.ports import Register
from backend.model.resources import LiveCharge, Question
from backend.model.session import Session
from backend.model.words import Admission, Version
from backend.operations.plan import is_hard
from backend.operations.request import Aim, Request
from backend.text import t


def ended_by(aim: Aim, request: Request) -> list[Session]:
    """The open sessions that this would end or cut (domain.md 2)."""
    what, parameters = _meaning(request)
    running = [connector.session for connector in aim.connectors() if connector.session is not None]
    old = aim.version is Version.V16
    match what:
        case "reset":
            hard = is_hard(request) or parameters.get("type") in ("Hard", "Immediate", "ImmediateAndResume")
            return running if hard or old else []
        case "unlock" if old:
            return running
        case "stop":
            wanted = str(parameters.get("transactionId", ""))
            if wanted:
                return [session for session in running if session.transaction_id == wanted]
            return [aim.session] if aim.session is not None else running
        case _:
            return []


def _meaning(request: Request) -> tuple[str, dict[str, object]]:
    """A free call that does what an operation does is guarded like it."""
    if request.operation != "call":
        return request.operation, {}
    payload = request.parameters.get("payload")
    found = payload if isinstance(payload, dict) else {}
    names = {
        "Reset": "reset",
        "UnlockConnector": "unlock",
        "RemoteStopTransaction": "stop",
        "RequestStopTransaction": "stop",
    }
    return names.get(str(request.parameters.get("action")), ""), found


def question(aim: Aim, request: Request, register: Register, now: Instant) -> Question | None:
    """What to ask before this goes out; None: nothing."""
    ends = ended_by(aim, request)
    hard = request.operation == "reset" and is_hard(request)
    if not ends:
        return None
    charges = []
    for session in ends:
        entry = register.outlet(session.station, session.evse)
        name = f"{session.station}:{session.evse}"
        charges.append(
            LiveCharge(
                outlet=name,
                label=entry.label if entry is not None and entry.label else name,
                session=str(session.id),
                id_token=mask_token(session.id_token),
                minutes=int(max(0.0, now - session.started) // 60),
                energy_wh=session.energy_wh,
                power_w=session.power_w,
            )
        )
    gentler = {"reset": "" if not hard else "reset", "unlock": "stop"}.get(request.operation, "")
    return Question(
        operation=request.operation,
        target=request.target,
        station=aim.station.id,
        ends=charges,
        must_type=aim.station.id if hard else None,
        advice=gentler,
    )


def check_answered(found: Question | None, request: Request) -> None:
    """Raises Conflict: the question was not answered (`confirmation_needed`), or what had to be typed was not.
    Raises Invalid: no reason was given for ending a charge."""
    if found is None:
        return
    typed = found.must_type is None or request.typed.strip().casefold() == found.must_type.casefold()
    if not request.yes or not typed:
        raise Conflict(
            "confirmation_needed",
            t("this ends {n} live charges", n=len(found.ends))
            if len(found.ends) != 1
            else t("this ends 1 live charge"),
            t("type {station} to confirm", station=found.must_type)
            if request.yes and found.must_type
            else t("answer the question, or say --yes"),
            detail=found,
        )
    if not request.reason.strip():
        raise Invalid("reason_needed", t("ending a charge needs a reason"), t("say why, with --reason"))


def check_admitted(aim: Aim, request: Request, register: Register) -> None:
    """Raises Conflict: the station is not accepted, and this needs that (domain.md 1.2, table)."""
    entry = register.station(aim.station.id)
    if entry is None or entry.admission is Admission.ACCEPTED:
        return
    if request.operation in ("start", "stop", "unlock", "reserve"):
        raise Conflict(
            "station_not_accepted",
            t("{station} is {admission}", station=aim.station.id, admission=entry.admission.value),
            t("accept it first: noc station accept {station}", station=aim.station.id),
        )
