"""Whatever happens in whatever order: no proof without its evidence, one end, none after the deadline."""

from __future__ import annotations

from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from backend.model.operation import Operation
from backend.model.words import OperationState, Version
from tests.backend.operations.conftest import Stage

ENDS = {state for state in OperationState if state.ended}
REFUSALS = {"reject": "Rejected", "error": "NotSupported"}
HAPPENS = [
    "answer",
    "reject",
    "error",
    "lose",
    "disconnect",
    "drop",
    "connect",
    "boot",
    "triggered",
    "status",
    "other status",
    "start",
    "start elsewhere",
    "stop",
    "stop elsewhere",
    "fault",
    "second",
    "minute",
    "long",
]


class Seen(NamedTuple):
    """What happened, and how long after it was sent."""

    what: str
    after: float


def play(stage: Stage, operation: str, version: Version, what: list[str]) -> tuple[Operation, list[Seen], list[Any]]:
    """Ask for an operation, then let things happen; what happened in time, and every state told of."""
    stage.start(2, "OTHER", transaction=None if version is Version.V16 else "T2")
    target = {"reset": "CP1", "stop": "CP1:2"}.get(operation, "CP1:1")
    told: list[Any] = []
    stage.operations.on_change.append(lambda changed: told.append(changed.state))
    made = stage.ask(operation, target, **({"token": "CARD"} if operation == "start" else {}))
    remote = None if version is Version.V16 else made.id
    log: list[Seen] = []
    waiting = True
    for thing in what:
        if thing in ("answer", "reject", "error", "lose", "disconnect"):
            if not waiting:
                continue
            waiting = False
        log.append(Seen(thing, stage.now - (made.sent or 0.0)))
        happen(stage, operation, thing, remote)
    return made, log, told


def happen(stage: Stage, operation: str, thing: str, remote: int | None) -> None:
    transaction = None if remote is None else "T1"
    actions: dict[str, Any] = {
        "answer": lambda: stage.answer("Unlocked" if operation == "unlock" else "Accepted"),
        "reject": lambda: stage.answer("Rejected"),
        "error": lambda: stage.refuse("NotSupported"),
        "lose": lambda: stage.lose("timeout"),
        "disconnect": lambda: stage.lose("disconnected"),
        "drop": stage.drop,
        "connect": stage.connect,
        "boot": lambda: stage.boot("RemoteReset"),
        "triggered": lambda: stage.boot("Triggered"),
        "status": lambda: stage.status(1, "Preparing"),
        "other status": lambda: stage.status(2, "Charging"),
        "start": lambda: stage.start(1, "card", remote=remote, transaction=transaction),
        "start elsewhere": lambda: stage.start(2, "CARD", transaction=None if remote is None else "T3"),
        "stop": lambda: stage.stop("1" if remote is None else "T2"),
        "stop elsewhere": lambda: stage.stop("2" if remote is None else "T1"),
        "fault": lambda: stage.status(1, "Faulted", "ConnectorLockFailure"),
        "second": lambda: stage.wait(1),
        "minute": lambda: stage.wait(61),
        "long": lambda: stage.wait(200),
    }
    actions[thing]()


def evidence(operation: str, log: list[Seen]) -> bool:
    """Whether what happened in time can prove the operation, told by other means than the proofs do."""
    words = [seen.what for seen in log]
    if operation == "unlock":
        return "answer" in words
    single = {"start": {"start"}, "stop": {"stop"}, "refresh": {"status", "other status", "fault"}}
    if operation in single:
        return bool(single[operation] & set(words))
    gone = next((at for at, word in enumerate(words) if word in ("drop", "connect")), None)
    if gone is None:
        return False
    back = next((at for at in range(gone, len(words)) if words[at] in ("connect", "boot")), None)
    if back is None:
        return False
    reported = any("status" in word or word == "fault" for word in words[back:])
    waited = any(seen.after - log[back].after >= 60 for seen in log[back:]) or "minute" in words or "long" in words
    return reported or waited


@settings(max_examples=400, deadline=None)
@given(
    operation=st.sampled_from(["reset", "unlock", "start", "stop", "refresh"]),
    version=st.sampled_from([Version.V16, Version.V201]),
    what=st.lists(st.sampled_from(HAPPENS), max_size=25),
)
def test_no_order_proves_without_evidence_ends_twice_or_too_late(
    operation: str, version: Version, what: list[str]
) -> None:
    """The oracle knows only what happened; the operation may be stricter, never laxer."""
    stage = Stage(version)
    made, log, told = play(stage, operation, version, what)
    ends = [now for before, now in zip([None, *told], told, strict=False) if now in ENDS and now is not before]
    assert made.sent is not None
    if made.state is OperationState.PROVED or OperationState.PROVED in ends:
        assert evidence(operation, [seen for seen in log if seen.after < made.deadline_s])
    if any(word in REFUSALS for word in (seen.what for seen in log if seen.after < made.deadline_s)):
        assert OperationState.PROVED not in ends[:1] or made.answered is None or made.answer not in REFUSALS.values()
    revised = [OperationState.PROVED, OperationState.UNPROVED]
    assert len(ends) <= 1 or (operation == "unlock" and ends == revised)
    if made.ended is not None:
        assert made.sent <= made.ended <= made.sent + made.deadline_s
        assert made.id not in stage.operations.running
    else:
        assert stage.now < made.sent + made.deadline_s or what[-1:] not in (["second"], ["minute"], ["long"])
    assert len(made.steps) <= 80


@settings(max_examples=100, deadline=None)
@given(
    operation=st.sampled_from(["reset", "unlock", "start", "stop", "refresh"]),
    what=st.lists(st.sampled_from(HAPPENS), max_size=40),
)
def test_all_end_by_their_deadline(operation: str, what: list[str]) -> None:
    """Whatever happened before, nothing runs and nothing is watched for ever."""
    stage = Stage()
    play(stage, operation, Version.V16, what)
    stage.wait(13 * 3600)
    stage.wait(200)
    assert stage.operations.running == {}
    assert stage.operations._of_station == {}
    assert not stage.operations._watched
