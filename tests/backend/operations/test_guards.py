"""What is asked before harm, who must type what, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from backend.model.errors import Conflict, Invalid, NocError, Unknown
from backend.model.words import OperationState, Right
from backend.operations.catalogue import right_of
from backend.operations.request import Request


def wanted(operation: str, target: str = "CP1", **parameters: Any) -> Request:
    return Request(operation=operation, target=target, parameters=parameters)


def test_the_question_names_the_charges(stage: Any) -> None:
    """Whose (masked), how long, how many kWh."""
    stage.start(1, "04A2B3C4D5E69F")
    stage.clock.advance(38 * 60)
    question = stage.operations.ask(wanted("reset"))
    (charge,) = question.ends
    assert (charge.outlet, charge.minutes, charge.id_token) == ("CP1:1", 38, "04••••••9F")
    assert question.must_type is None


def test_a_hard_reset_under_a_charge_has_to_be_typed(stage: Any) -> None:
    """`yes` alone is not enough; the right id is."""
    stage.start(1)
    request = Request(operation="reset", target="CP1", parameters={"hard": True}, yes=True, reason="frozen")
    with pytest.raises(Conflict) as refused:
        stage.operations.submit(request)
    assert refused.value.code == "confirmation_needed"
    assert refused.value.detail.must_type == "CP1"
    request.typed = "cp1"
    assert stage.operations.submit(request).state is OperationState.SENT


def test_nothing_to_end_is_nothing_to_ask(stage: Any, stage2: Any) -> None:
    """No charge: no question. 2.x OnIdle waits for the charges, its unlock refuses: no question either."""
    assert stage.operations.ask(wanted("reset", hard=True)) is None
    stage2.start(1, transaction="A")
    assert stage2.operations.ask(wanted("reset")) is None
    assert stage2.operations.ask(wanted("unlock", "CP1:1")) is None
    assert stage2.operations.ask(wanted("reset", hard=True)) is not None


def test_a_free_call_is_guarded_like_the_operation_it_is(stage: Any) -> None:
    """Reset through `call` asks as well."""
    stage.start(1)
    assert stage.operations.ask(wanted("call", action="Reset", payload={"type": "Soft"})) is not None
    assert stage.operations.ask(wanted("call", action="ClearCache", payload={})) is None


def test_ending_a_charge_needs_a_reason(stage: Any) -> None:
    """An empty one is no reason."""
    stage.start(1)
    with pytest.raises(Invalid, match="reason"):
        stage.operations.submit(Request(operation="stop", target="CP1:1", yes=True, reason="  "))


def test_the_same_reset_does_not_run_twice(stage: Any) -> None:
    """Not idempotent: one at a time per target; a refresh may be repeated."""
    stage.ask("reset")
    with pytest.raises(Conflict) as refused:
        stage.ask("reset")
    assert refused.value.code == "already_running"
    stage.ask("refresh")
    stage.ask("refresh")


@pytest.mark.parametrize(
    ("request_", "kind"),
    [
        (wanted("reset", "NOBODY"), Unknown),
        (wanted("unlock", "CP1:9"), Unknown),
        (wanted("unlock", "CP1"), Invalid),
        (wanted("stop", "4711"), Unknown),
        (wanted("stop", "CP1:1"), Conflict),
        (wanted("dance"), Invalid),
        (wanted("reset", softly=True), Invalid),
        (wanted("start", "CP1:1"), Invalid),
        (wanted("start", "CP1:1", id_token="X" * 21), Invalid),
        (wanted("refresh", message="Nonsense"), Invalid),
        (wanted("call", action="BootNotification", payload={}), Invalid),
        (wanted("call", action="Reset", payload={"type": "Sideways"}), Invalid),
    ],
)
def test_what_makes_no_sense_is_told_with_the_next_step(stage: Any, request_: Request, kind: type[NocError]) -> None:
    """Nothing is sent; the error has a code, a sentence and a hint."""
    calls = len(stage.calls)
    with pytest.raises(kind) as refused:
        stage.operations.submit(request_)
    assert refused.value.code
    assert refused.value.hint
    assert len(stage.calls) == calls


@pytest.mark.parametrize(
    ("request_", "ends", "right"),
    [
        (wanted("reset"), False, Right.OPERATE),
        (wanted("reset"), True, Right.OPERATE_HARD),
        (wanted("reset", hard=True), False, Right.OPERATE_HARD),
        (wanted("stop", "CP1:1"), True, Right.OPERATE),
        (wanted("configuration", key="A"), False, Right.OPERATE),
        (wanted("configuration", key="A", value="1"), False, Right.OPERATE_HARD),
        (wanted("call", action="Reset", payload={}), False, Right.CALL),
    ],
)
def test_rights(request_: Request, ends: bool, right: Right) -> None:
    """What is hard, cuts a charge or writes needs more than what an agent does all day."""
    assert right_of(request_, ends_charge=ends) is right


def test_a_restart_ends_what_was_under_way(stage: Any) -> None:
    """Answered: unproved; sent: timeout; and nothing is sent again."""
    answered = stage.ask("reset")
    stage.answer()
    sent = stage.ask("refresh")
    from backend.operations.operations import Operations

    calls = len(stage.calls)
    fresh = Operations(stage.clock, stage.fleet, stage.register, stage, None)
    fresh.restore([answered, sent])
    assert (answered.state, sent.state) == (OperationState.UNPROVED, OperationState.TIMEOUT)
    assert answered.proof == sent.proof == "server restarted"
    assert len(stage.calls) == calls
    assert fresh.running == {}
