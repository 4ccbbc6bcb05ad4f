"""The remote operations: reset, unlock, start, stop, refresh, availability, call. Each is followed to its proof."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from backend.model.errors import Conflict, Invalid
from backend.text import t
from noc.cli.figures import kw, kwh
from noc.cli.options import Deadline, Json, Reason, Server, Yes, with_client
from noc.cli.output import note, put_json, say

if TYPE_CHECKING:
    from backend.client.client import Client
    from backend.model.resources import OperationResource, Question, StepResource

Station = Annotated[str, typer.Argument(metavar="ID", help=t("The station's identity."))]
Outlet = Annotated[str, typer.Argument(metavar="OUTLET", help=t("STATION:EVSE or STATION:EVSE:CONNECTOR."))]
WAIT_S = 20.0
FROM_COMMAND_LINE = "command line"
"""The reason on record when `--yes` answers the question and none was said."""


class Availability(StrEnum):
    OPERATIVE = "operative"
    INOPERATIVE = "inoperative"


def reset(
    station: Station,
    hard: Annotated[bool, typer.Option("--hard", help=t("At once, whatever runs."))] = False,
    reason: Reason = "",
    yes: Yes = False,
    deadline: Deadline = None,
    as_json: Json = False,
    server: Server = None,
) -> int:
    """Restart a station; proved when it has gone, booted and reported."""
    parameters = {"type": "hard" if hard else "soft"}
    return operate(server, "reset", station, parameters, reason, yes, deadline, as_json)


def unlock(
    outlet: Outlet,
    reason: Reason = "",
    yes: Yes = False,
    deadline: Deadline = None,
    as_json: Json = False,
    server: Server = None,
) -> int:
    """Unlock a plug; proved by the station's own word."""
    return operate(server, "unlock", outlet, {}, reason, yes, deadline, as_json)


def start(
    outlet: Outlet,
    token: Annotated[str, typer.Option("--token", metavar="T", help=t("Who pays."))],
    reason: Reason = "",
    yes: Yes = False,
    deadline: Deadline = None,
    as_json: Json = False,
    server: Server = None,
) -> int:
    """Begin a charge; proved when the transaction begins."""
    return operate(server, "start", outlet, {"token": token}, reason, yes, deadline, as_json)


def stop(
    target: Annotated[str, typer.Argument(metavar="OUTLET|SESSION", help=t("An outlet, or a session's number."))],
    reason: Reason = "",
    yes: Yes = False,
    deadline: Deadline = None,
    as_json: Json = False,
    server: Server = None,
) -> int:
    """End a charge; proved when the transaction ends."""
    return operate(server, "stop", target, {}, reason, yes, deadline, as_json)


def refresh(
    target: Annotated[str, typer.Argument(metavar="ID|OUTLET", help=t("A station or an outlet."))],
    message: Annotated[
        str | None,
        typer.Option(
            "--message",
            metavar="NAME",
            help=t("StatusNotification (default), MeterValues, Heartbeat, BootNotification, ..."),
        ),
    ] = None,
    reason: Reason = "",
    yes: Yes = False,
    deadline: Deadline = None,
    as_json: Json = False,
    server: Server = None,
) -> int:
    """Ask a station to send a message now; proved when it comes."""
    parameters = {} if message is None else {"message": message}
    return operate(server, "refresh", target, parameters, reason, yes, deadline, as_json)


def availability(
    target: Annotated[str, typer.Argument(metavar="ID|OUTLET", help=t("A station or an outlet."))],
    state: Annotated[Availability, typer.Argument(help=t("What it shall be."))],
    reason: Reason = "",
    yes: Yes = False,
    deadline: Deadline = None,
    as_json: Json = False,
    server: Server = None,
) -> int:
    """Take a station or an outlet out of use, or back."""
    parameters = {"operative": state is Availability.OPERATIVE}
    return operate(server, "availability", target, parameters, reason, yes, deadline, as_json)


def call(
    station: Station,
    action: Annotated[str, typer.Argument(metavar="ACTION", help=t("The OCPP action."))],
    payload: Annotated[str, typer.Argument(metavar="JSON", help=t("Its payload; `-` reads it from stdin."))] = "{}",
    reason: Reason = "",
    yes: Yes = False,
    deadline: Deadline = None,
    as_json: Json = False,
    server: Server = None,
) -> int:
    """Send any OCPP call to a station and print the answer's payload."""
    body = _payload(payload)

    async def do(client: Client) -> OperationResource:
        async def send(answers: dict[str, Any]) -> OperationResource:
            return await client.call(station, action, body, deadline_s=deadline, **answers)

        return await _follow(client, await _confirmed(send, reason, yes), None)

    return _print_call(with_client(server, do), as_json)


def _payload(text: str) -> dict[str, Any]:
    import msgspec

    raw = sys.stdin.read() if text == "-" else text
    try:
        found = msgspec.json.decode(raw)
    except msgspec.DecodeError as error:
        raise Invalid(
            "bad_json", t("The payload is no JSON: {why}.", why=error), t("Put it into single quotes: '{}'.")
        ) from None
    if not isinstance(found, dict):
        raise Invalid("bad_json", t("The payload is no JSON object."), t("Put it into single quotes: '{}'."))
    return found


def _print_call(done: OperationResource, as_json: bool) -> int:
    from backend.model.operation_exit import exit_code
    from backend.model.words import Exit

    code = exit_code(done.state)
    if code == Exit.DONE:
        put_json(done.answer_payload)
    elif as_json:
        message = done.proof or done.answer or done.state.value
        put_json({"error": {"code": done.answer or done.state.value, "message": message, "hint": _next(done)}})
    else:
        if done.answer_payload is not None:
            put_json(done.answer_payload)
        said = " ".join(part for part in (done.answer, done.proof) if part)
        note(f"{done.state.value}: {said}. {_next(done)}")
    return int(code)


def _next(done: OperationResource) -> str:
    if done.state.value == "offline":
        return t("`noc station show {station}` says since when.", station=done.station)
    return t("`noc trace {station}` shows what was said.", station=done.station)


def operate(
    server: str | None,
    operation: str,
    target: str,
    parameters: dict[str, Any],
    reason: str,
    yes: bool,
    deadline: float | None,
    as_json: bool,
) -> int:
    from backend.model.operation_exit import exit_code

    async def do(client: Client) -> OperationResource:
        async def send(answers: dict[str, Any]) -> OperationResource:
            return await client.operate(operation, target, parameters=parameters, deadline_s=deadline, **answers)

        begun = await _confirmed(send, reason, yes)
        return await _follow(client, begun, None if as_json else _say_step)

    done = with_client(server, do)
    if as_json:
        put_json(done)
    else:
        say(f"{operation} {done.target}  {_verdict(done)}")
    return int(exit_code(done.state))


async def _confirmed(send: Any, reason: str, yes: bool) -> OperationResource:
    """Send; when a live charge would end, ask, and send again with the answer."""
    answers: dict[str, Any] = {"reason": reason or (FROM_COMMAND_LINE if yes else ""), "yes": yes}
    for _ in range(2):
        try:
            found: OperationResource = await send(answers)
        except Conflict as error:
            question: Question | None = error.detail if error.code == "confirmation_needed" else None
            if question is None or answers.get("typed"):
                raise
            answers = _answered(question, reason, yes, error)
        else:
            return found
    last: OperationResource = await send(answers)
    return last


def _answered(question: Question, reason: str, yes: bool, error: Conflict) -> dict[str, Any]:
    if yes:
        return {"reason": reason or FROM_COMMAND_LINE, "yes": True, "typed": question.must_type or ""}
    _put_question(question)
    if not sys.stdin.isatty():
        raise Invalid(
            "confirmation_needed",
            t(
                "Not sent: {operation} {target} ends a live charge.",
                operation=question.operation,
                target=question.target,
            )
            if question.ends
            else t("Not sent: {message}", message=error.message),
            t("Answer with --yes."),
        )
    said = reason or _prompt(t("Reason: "))
    if not said:
        raise Invalid("reason_needed", t("Not sent: no reason was given."), t("Say it with --reason."))
    if question.must_type:
        typed = _prompt(t("Type {text} to go on: ", text=question.must_type))
        if typed != question.must_type:
            raise Invalid("not_confirmed", t("Not sent: that was something else."))
        return {"reason": said, "yes": True, "typed": typed}
    if _prompt(t("Go on? [y/N] ")).casefold() not in ("y", "yes", "j", "ja"):
        raise Invalid("not_confirmed", t("Not sent."))
    return {"reason": said, "yes": True}


def _prompt(text: str) -> str:
    sys.stderr.write(text)
    sys.stderr.flush()
    return sys.stdin.readline().strip()


def _put_question(question: Question) -> None:
    note(f"{question.operation} {question.target}")
    for charge in question.ends:
        note(
            t(
                "  ends a charge: {outlet}, token {token}, {minutes} min, {energy} kWh, {power} kW now",
                outlet=charge.outlet,
                token=charge.id_token or "?",
                minutes=charge.minutes,
                energy=kwh(charge.energy_wh),
                power=kw(charge.power_w) or "?",
            )
        )
    if question.tried:
        note(t("  on this model it worked {worked} of {tried} times", worked=question.worked, tried=question.tried))
    if question.advice:
        note(t("  gentler: {advice}", advice=question.advice))


async def _follow(client: Client, begun: OperationResource, tell: Any) -> OperationResource:
    """Wait for its end; `tell` every step as it comes."""
    told = 0
    found = begun
    while True:
        if tell is not None:
            for step in found.steps[told:]:
                tell(step)
            told = len(found.steps)
        if found.state.ended:
            return found
        found = await client.operation(found.id, wait_s=WAIT_S, seen=len(found.steps))


def _say_step(step: StepResource) -> None:
    note(f"{step.at.astimezone():%H:%M:%S}  {step.name}  {step.text}".rstrip())


def _verdict(done: OperationResource) -> str:
    """As the console's result line says it."""
    sign = "✓" if done.state.value == "proved" else "✖"
    return f"{sign} {done.state.value}: {done.proof or done.answer or ''}".rstrip(": ")
