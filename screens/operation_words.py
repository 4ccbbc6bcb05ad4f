"""What the console says about operations: their names, and how far they came."""

from __future__ import annotations

from typing import NamedTuple

from backend.client.mirror import Mirror
from backend.model.resources import OperationResource
from backend.model.words import OperationState
from backend.text import LANGUAGES, language, t, tc
from screens.operation_steps import awaited, awaited_word, step_word
from screens.outlet_words import outlet_name
from widgets.figures import length

OPERATIONS = frozenset(
    {
        "reset",
        "unlock",
        "start",
        "stop",
        "refresh",
        "availability",
        "configuration",
        "install_certificate",
        "rotate_key",
        "security_profile",
        "call",
    }
)
"""Those that have words of their own."""


class Outcome(NamedTuple):
    """How far an operation came, as it is drawn."""

    symbol: str
    text: str
    style: str

    @property
    def words(self) -> str:
        return f"{self.symbol} {self.text}"


def operation_word(name: str, *, hard: bool = False) -> str:
    """An operation's name in plain words; an OCPP action keeps its own."""
    if name == "reset" and hard:
        return tc("operation", "hard reset")
    return {
        "reset": tc("operation", "reset"),
        "unlock": tc("operation", "unlock"),
        "start": tc("operation", "begin charge"),
        "stop": tc("operation", "stop charge"),
        "refresh": tc("operation", "refresh"),
        "availability": tc("operation", "availability"),
        "configuration": tc("operation", "configuration"),
        "install_certificate": tc("operation", "install certificate"),
        "rotate_key": tc("operation", "new key"),
        "security_profile": tc("operation", "security profile"),
        "call": tc("operation", "call"),
    }.get(name, name.replace("_", " "))


def is_hard(operation: OperationResource) -> bool:
    """Whether it is a reset of the hard kind."""
    wanted = operation.parameters
    return operation.operation == "reset" and bool(
        wanted.get("hard") or str(wanted.get("type", "")).lower() in ("hard", "immediate")
    )


def name_of(operation: OperationResource) -> str:
    """What was done: `hard reset`, `call TriggerMessage`."""
    if operation.operation == "call":
        action = operation.parameters.get("action")
        return f"{operation_word('call')} {action}" if action else operation_word("call")
    return operation_word(operation.operation, hard=is_hard(operation))


def outcome(operation: OperationResource) -> Outcome:
    """`✓ proved: back in 47 s`, `✖ accepted, but nothing happened in 5 min`, `▸ sent`."""
    state = operation.state
    proof, answer = proof_words(operation), operation.answer or ""
    if state is OperationState.PROVED:
        return Outcome("✓", t("proved: {proof}", proof=proof) if proof else t("proved"), "ok")
    if state is OperationState.UNPROVED:
        text = t("accepted, but {why}", why=proof) if proof else t("accepted, but nothing happened")
        return Outcome("✖", text, "crit")
    if state is OperationState.REFUSED:
        return Outcome("✖", t("refused: {answer}", answer=proof or answer_word(answer) or "?"), "crit")
    if state is OperationState.TIMEOUT:
        silent = t("no answer")
        return Outcome("✖", proof if proof.startswith(silent) else ", ".join(filter(None, (silent, proof))), "crit")
    if state is OperationState.OFFLINE:
        return Outcome("✖", t("not sent: the post is offline"), "crit")
    if state is OperationState.ANSWERED:
        left = awaited(operation)
        text = t("{answer}, {what} awaited", answer=answer or t("answered"), what=awaited_word(left[0] if left else ""))
        return Outcome("▸", text, "text")
    if state is OperationState.SENT:
        return Outcome("▸", t("sent, answer awaited"), "text")
    return Outcome("·", t("waits for its turn"), "muted")


def proof_words(operation: OperationResource) -> str:
    """What proved it, or why it is not proved.

    The record is in English; in other languages it is told by the last thing that was seen, and how long it took.
    """
    if language() == LANGUAGES[0]:
        return operation.proof or ""
    seen = [step for step in operation.steps if step.name not in ("queued", "sent", "answered", *OperationState)]
    sent, ended = operation.times.get("sent"), operation.times.get("ended")
    took = length((ended - sent).total_seconds()) if sent is not None and ended is not None else ""
    if seen:
        return ", ".join(part for part in (step_word(seen[-1].name), took) if part)
    if operation.state is OperationState.UNPROVED:
        return t("nothing happened in {time}", time=took) if took else t("nothing happened")
    return ""


def answer_word(answer: str) -> str:
    """What a station's no means, where its word says little to those who do not read OCPP."""
    return {
        "UnlockFailed": t("the lock did not let go"),
        "OngoingAuthorizedTransaction": t("a charge is under way there"),
        "UnknownConnector": t("it knows no such outlet"),
        "NotSupported": t("it cannot do that"),
        "NotImplemented": t("it cannot do that"),
        "NotFound": t("it knows no such thing"),
        "UnknownKey": t("it knows no such key"),
        "UnknownComponent": t("it knows no such component"),
        "UnknownVariable": t("it knows no such variable"),
    }.get(answer, answer)


def short_outcome(operation: OperationResource) -> str:
    """The same in a word or two: `no effect`, `proved`."""
    if operation.state.ended:
        return step_word(str(operation.state))
    return t("runs")


def target_name(mirror: Mirror, operation: OperationResource) -> str:
    """The outlet's or station's number."""
    outlet = mirror.outlets.get(operation.outlet or operation.target)
    return outlet_name(outlet) if outlet is not None else operation.target


def done_here(mirror: Mirror, station: str) -> list[OperationResource]:
    """What was done to a station, newest first."""
    found = [operation for operation in mirror.operations.values() if operation.station == station]
    found.sort(key=lambda operation: (_asked(operation), operation.id), reverse=True)
    return found


def _asked(operation: OperationResource) -> float:
    moment = operation.times.get("requested")
    return moment.timestamp() if moment is not None else 0.0
