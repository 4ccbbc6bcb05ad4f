"""From queued to the end: queues, deadlines, silence, limits, the record."""

from __future__ import annotations

from typing import Any

import pytest

from backend.model.errors import Conflict, Invalid
from backend.model.operation import Operation
from backend.model.operation_exit import exit_code
from backend.model.register import StationEntry
from backend.model.words import Exit, OperationState
from backend.operations.operations import MOST_PER_STATION, RECENT


def names(operation: Any) -> list[str]:
    return [step.name for step in operation.steps]


def test_time_in_the_queue_does_not_count(stage: Any) -> None:
    """The deadline runs from *sent*; events before that are no proof."""
    stage.holds = True
    refresh = stage.ask("refresh", "CP1:1", deadline_s=30)
    stage.wait(500)
    stage.status(1, "Available")
    assert (refresh.state, refresh.sent) == (OperationState.QUEUED, None)
    stage.send()
    stage.answer()
    stage.wait(29)
    assert refresh.state is OperationState.ANSWERED
    stage.wait(1)
    assert (refresh.state, exit_code(refresh)) == (OperationState.UNPROVED, Exit.NOT_PROVED)


def test_the_link_that_goes_while_it_waits_for_its_turn(stage: Any) -> None:
    """Never sent: offline, not a timeout."""
    stage.holds = True
    refresh = stage.ask("refresh")
    stage.lose("offline")
    assert (refresh.state, exit_code(refresh)) == (OperationState.OFFLINE, Exit.NO_ANSWER)


def test_an_event_that_was_learned_before_it_was_sent_is_no_proof(stage: Any) -> None:
    """Even when it is told of afterwards."""
    stage.clock.advance(10)
    refresh = stage.ask("refresh", "CP1:1")
    stage.answer()
    stage.clock.jump(-5)
    stage.status(1, "Available")
    assert refresh.state is OperationState.ANSWERED
    stage.clock.jump(5)
    stage.status(1, "Available")
    assert refresh.state is OperationState.PROVED


def test_a_jump_of_the_time_of_day_does_not_move_a_deadline(stage: Any) -> None:
    """Deadlines go by the clock that only grows."""
    refresh = stage.ask("refresh")
    stage.answer()
    stage.clock.jump(86_400)
    stage.operations.tick(stage.now)
    assert refresh.state is OperationState.ANSWERED
    stage.wait(31)
    assert refresh.state is OperationState.UNPROVED


def test_what_comes_after_the_deadline_is_too_late_even_before_the_tick(stage: Any) -> None:
    """The evidence is a second late, and time has not been noticed yet."""
    refresh = stage.ask("refresh", "CP1:1")
    stage.answer()
    stage.clock.advance(31)
    stage.status(1, "Available")
    assert refresh.state is OperationState.UNPROVED
    assert refresh.ended == refresh.sent + 30


def test_an_answer_after_the_deadline_changes_nothing(stage: Any) -> None:
    """It ended, and stays so."""
    unlock = stage.ask("unlock", "CP1:1")
    stage.clock.advance(60)
    stage.answer("Unlocked")
    assert unlock.state is OperationState.TIMEOUT
    stage.answer("Unlocked")
    assert (unlock.state, unlock.answer) == (OperationState.TIMEOUT, None)


def test_a_silent_station_does_not_block_its_queue_for_as_long_as_a_boot_takes(stage: Any) -> None:
    """The call is given up sooner than the reset; a boot without an answer still proves it."""
    reset = stage.ask("reset", deadline_s=600)
    assert stage.calls[-1].deadline_s == 120
    stage.wait(120)
    stage.lose("timeout")
    assert (reset.state, names(reset)[-1]) == (OperationState.SENT, "silent")
    stage.drop()
    stage.connect()
    stage.boot()
    stage.status(1, "Available")
    assert reset.state is OperationState.PROVED


def test_a_silent_station_that_does_nothing_is_a_timeout(stage: Any) -> None:
    """Not idempotent: whoever repeats it should look first."""
    reset = stage.ask("reset", deadline_s=600)
    stage.wait(120)
    stage.lose("timeout")
    stage.wait(480)
    assert (reset.state, exit_code(reset)) == (OperationState.TIMEOUT, Exit.NO_ANSWER)
    assert reset.proof == "no answer in 10 min; unknown whether it was done: look before repeating it"


def test_an_answer_alone_is_waited_for_as_long_as_was_asked(stage: Any) -> None:
    """Nothing but the answer can prove a call, so its deadline is the operation's."""
    stage.ask("call", action="ClearCache", payload={}, deadline_s=500)
    assert stage.calls[-1].deadline_s == 500


def test_an_answer_without_a_status_is_no_proof(stage: Any) -> None:
    """`{}` says nothing of the cache."""
    clear = stage.ask("clear_cache")
    stage.answer(None)
    assert (clear.state, clear.answer) == (OperationState.UNPROVED, None)


def test_a_callerror_is_told_by_its_code(stage: Any) -> None:
    """The station could not; its own words are kept."""
    reset = stage.ask("reset")
    stage.refuse("InternalError")
    assert (reset.state, reset.answer) == (OperationState.REFUSED, "InternalError")
    assert reset.answer_payload == {"errorCode": "InternalError", "errorDescription": ""}


def test_text_of_stations_is_harmless(stage2: Any) -> None:
    """Words, reasons, notices: nothing moves a cursor."""
    refresh = stage2.ask("refresh", "CP1:1")
    stage2.answer("Rej\x1b[31mected", statusInfo={"reasonCode": "\x9b2J", "additionalInfo": "a\nb\u202e"})
    told = [refresh.answer, refresh.proof, *(step.text for step in refresh.steps)]
    assert all(text is None or text.isprintable() for text in told)
    assert all(value.isprintable() for step in refresh.steps for value in step.values.values())


def test_a_huge_answer_is_not_kept(stage: Any) -> None:
    """The trace has it."""
    call = stage.ask("call", action="GetLocalListVersion", payload={})
    stage.answer(None, listVersion=1, padding=["x" * 1000] * 300)
    assert call.answer_payload["cut"] is True


def test_steps_are_bounded(stage: Any) -> None:
    """A station that talks without end fills no memory, and the end still has its step."""
    start = stage.ask("start", "CP1:1", token="CARD")
    stage.answer()
    for number in range(300):
        stage.status(1, f"Status{number}")
    assert len(start.steps) < 80
    stage.start(1, "CARD")
    assert names(start)[-1] == "proved"


def test_operations_of_one_station_and_the_past_are_bounded(stage: Any) -> None:
    """More of them are refused; of the past the last ones stay at hand."""
    stage.holds = True
    for _ in range(MOST_PER_STATION):
        stage.ask("refresh")
    with pytest.raises(Conflict) as refused:
        stage.ask("refresh")
    assert refused.value.code == "too_many"
    assert stage.operations.recent.maxlen == RECENT


def test_one_start_at_a_time_and_outlet(stage: Any) -> None:
    """Two starts at one outlet may charge two cars; next door it is another matter."""
    stage.ask("start", "CP1:1", token="CARD")
    with pytest.raises(Conflict) as refused:
        stage.ask("start", "CP1:1", token="OTHER")
    assert refused.value.code == "already_running"
    second = stage.ask("start", "CP1:2", token="OTHER")
    stage.start(2, "OTHER")
    stage.answer()
    assert second.state is OperationState.PROVED
    assert stage.ask("start", "CP1:2", token="OTHER")


def test_a_hard_reset_may_follow_a_soft_one(stage: Any) -> None:
    """The soft one has no effect, so the agent takes the hammer; a second hammer is too many."""
    stage.ask("reset")
    stage.answer()
    stage.ask("reset", hard=True)
    with pytest.raises(Conflict):
        stage.ask("reset", hard=True)


def test_nothing_is_kept_of_secrets(stage: Any) -> None:
    """Neither what was written nor what was answered; the station gets the real one."""
    write = stage.ask("configuration", key="AuthorizationKey", value="0123456789abcdef")
    assert stage.calls[-1].payload["value"] == "0123456789abcdef"
    stage.answer()
    assert write.state is OperationState.UNPROVED
    assert "secret" in str(write.proof)
    read = stage.ask("configuration", key="AuthorizationKey")
    stage.answer(None, configurationKey=[{"key": "AuthorizationKey", "readonly": False, "value": "0123456789abcdef"}])
    assert read.state is OperationState.PROVED
    payload = {"key": "BasicAuthPassword", "value": "0123456789abcdef"}
    stage.ask("call", action="ChangeConfiguration", payload=payload)
    assert stage.calls[-1].payload == payload
    assert "0123456789abcdef" not in repr(stage.book.operations)


def test_who_did_what_is_on_record(stage: Any) -> None:
    """Asked, and how it ended; an offline one too."""
    stage.ask("refresh")
    stage.answer("Rejected")
    stage.drop()
    stage.ask("refresh", "CP1:1")
    told = [(entry.who, entry.what, entry.target, entry.reason, entry.result) for entry in stage.book.audits]
    assert told == [
        ("elin", "refresh", "CP1", "test", "requested (1)"),
        ("elin", "refresh", "CP1", "test", "refused (1)"),
        ("elin", "refresh", "CP1:1", "test", "offline (2)"),
    ]


def test_every_state_is_written_down(stage: Any) -> None:
    """Each as it was then."""
    stage.ask("refresh", "CP1:1")
    stage.answer()
    stage.status(1, "Available")
    states = list(dict.fromkeys(kept.state for kept in stage.book.operations))
    assert states == [OperationState.QUEUED, OperationState.SENT, OperationState.ANSWERED, OperationState.PROVED]


def test_a_stop_ends_what_still_waits(stage: Any) -> None:
    """As a restart would, while who waits for it can still be told."""
    answered = stage.ask("reset")
    stage.answer()
    sent = stage.ask("unlock", "CP1:1")
    stage.operations.stop()
    assert [one.state.value for one in (answered, sent)] == ["unproved", "timeout"]
    assert {one.proof for one in (answered, sent)} == {"server restarted"}
    assert not stage.operations.running


def test_a_restart_ends_each_by_how_far_it_was(stage: Any) -> None:
    """And numbers go on after the highest."""
    kept = [
        Operation(id=7, operation="reset", target="CP1", station="CP1", state=OperationState.ANSWERED),
        Operation(id=9, operation="start", target="CP1:1", station="CP1", state=OperationState.SENT),
        Operation(id=8, operation="start", target="CP1:1", station="CP1", state=OperationState.QUEUED),
    ]
    stage.operations.restore(kept)
    assert [one.state.value for one in kept] == ["unproved", "timeout", "timeout"]
    assert {one.proof for one in kept} == {"server restarted"}
    assert stage.calls == []
    assert list(stage.operations.recent) == kept
    assert stage.ask("refresh").id == 10


def test_a_pending_station_charges_nobody(stage: Any) -> None:
    """Start, stop, unlock and reserve wait until it is accepted; a refresh does not."""
    stage.register.put_station(StationEntry(id="CP9", admission=stage.register.admission("CP1")[1].PENDING))
    stage.see_new("CP9")
    for operation in ("start", "unlock", "reserve"):
        with pytest.raises(Conflict) as refused:
            stage.ask(operation, "CP9:1", **({} if operation == "unlock" else {"token": "CARD"}))
        assert refused.value.code == "station_not_accepted"
    assert stage.ask("refresh", "CP9").state is OperationState.SENT


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf"), 1e9])
def test_a_deadline_that_makes_no_sense_is_refused(stage: Any, seconds: float) -> None:
    """More than nothing, at most a week."""
    with pytest.raises(Invalid):
        stage.ask("refresh", deadline_s=seconds)


def test_dc_stations_may_take_longer_to_boot(stage: Any) -> None:
    """5 minutes AC, 10 minutes DC, by the register's word."""
    assert stage.ask("reset").deadline_s == 300
    stage.register.put_station(StationEntry(id="CP1", current="DC"))
    stage.answer("Rejected")
    assert stage.ask("reset").deadline_s == 600


@pytest.mark.parametrize(("state", "code"), [(state, None) for state in OperationState])
def test_every_state_has_an_exit_code(state: OperationState, code: None) -> None:
    """Also those that have not ended: who stops waiting knows no more than that."""
    wanted = {"proved": 0, "refused": 3, "unproved": 4, "answered": 4}
    assert exit_code(state) == wanted.get(state.value, 5)
