"""What proves an operation, and what does not (CONTRACT.md; recipes R2-R8 of the domain)."""

from __future__ import annotations

from typing import Any

import pytest

from backend.model.operation_exit import exit_code
from backend.model.words import Exit, OperationState


def names(operation: Any) -> list[str]:
    return [step.name for step in operation.steps]


def test_reset_is_proved_by_drop_boot_and_status(stage: Any) -> None:
    """Each step is seen in its order; only the last proves."""
    reset = stage.ask("reset")
    assert stage.calls[-1].action == "Reset"
    stage.answer()
    stage.clock.advance(12)
    stage.drop()
    stage.clock.advance(30)
    stage.connect()
    stage.boot()
    assert reset.state is OperationState.ANSWERED
    stage.status(1, "Available")
    assert (reset.state, reset.proof) == (OperationState.PROVED, "back in 42 s")
    assert names(reset) == ["queued", "sent", "answered", "went_down", "booted", "reported", "proved"]
    assert exit_code(reset.state) is Exit.DONE


def test_reset_with_the_statuses_missing_is_proved_a_minute_after_the_boot(stage: Any) -> None:
    """And it says that they are missing."""
    reset = stage.ask("reset")
    stage.answer()
    stage.drop()
    stage.connect()
    stage.boot()
    stage.wait(59)
    assert reset.state is OperationState.ANSWERED
    stage.wait(2)
    assert reset.state is OperationState.PROVED
    assert "statuses missing" in str(reset.proof)


def test_r7_a_boot_without_a_drop_proves_nothing(stage: Any) -> None:
    """Accepted, statuses, even a boot on the same connection: not proved, exit 4."""
    reset = stage.ask("reset", deadline_s=120)
    stage.answer()
    stage.boot()
    stage.status(1, "Available")
    stage.wait(121)
    assert (reset.state, reset.proof) == (OperationState.UNPROVED, "it did not go down in 2 min")
    assert exit_code(reset.state) is Exit.NOT_PROVED


def test_a_scheduled_reset_blames_no_charge_that_nobody_knows(stage2: Any) -> None:
    """It says Scheduled and does nothing, with no charge on the station."""
    reset = stage2.ask("reset", deadline_s=60)
    stage2.answer("Scheduled")
    stage2.wait(61)
    assert reset.state is OperationState.UNPROVED
    assert reset.proof == "it is scheduled, and has not begun, though no charge is known to run"


def test_accepted_is_not_unlocked(stage: Any) -> None:
    """The word of OCPP 1.5: no refusal, and no proof."""
    unlock = stage.ask("unlock", "CP1:1")
    stage.answer("Accepted")
    assert (unlock.state, exit_code(unlock.state)) == (OperationState.UNPROVED, Exit.NOT_PROVED)
    assert "does not say that the plug is free" in str(unlock.proof)


@pytest.mark.parametrize("operation", ["start", "stop"])
def test_a_station_that_went_leaves_it_unknown(stage: Any, operation: str) -> None:
    """Whether a charge began, or ended, nobody knows then."""
    if operation == "stop":
        stage.start(1, "CARD")
    made = stage.ask(operation, "CP1:1", deadline_s=60, **({"token": "CARD"} if operation == "start" else {}))
    stage.answer("Accepted")
    stage.drop()
    stage.wait(61)
    assert made.state is OperationState.UNPROVED
    assert "the station went offline" in str(made.proof)
    assert "not known" in str(made.proof)


def test_reset_may_drop_the_link_before_it_answers(stage: Any) -> None:
    """The drop is the beginning of the proof, not a failure."""
    reset = stage.ask("reset")
    stage.drop()
    stage.lose("disconnected")
    stage.connect()
    stage.boot()
    stage.status(0, "Available")
    assert (reset.state, reset.answer) == (OperationState.PROVED, None)


def test_what_happened_before_it_was_sent_proves_nothing(stage: Any) -> None:
    """A drop and a boot earlier are not the effect."""
    stage.drop()
    stage.connect()
    reset = stage.ask("reset")
    stage.answer()
    stage.boot()
    stage.status(1, "Available")
    assert reset.state is OperationState.ANSWERED


def test_r2_remote_start_without_a_cable(stage: Any) -> None:
    """Preparing, then Available again: unproved, and it says what happened."""
    start = stage.ask("start", "CP1:1", id_token="CARD", deadline_s=60)
    stage.answer()
    stage.status(1, "Preparing")
    stage.wait(50)
    stage.status(1, "Available")
    stage.wait(11)
    assert (start.state, start.proof) == (OperationState.UNPROVED, "driver did not plug in")


def test_start_needs_that_outlet_and_that_token(stage: Any) -> None:
    """Another driver's charge, or one next door, is no proof."""
    start = stage.ask("start", "CP1:1", id_token="CARD")
    stage.answer()
    stage.start(2, "CARD")
    stage.start(1, "OTHER")
    assert start.state is OperationState.ANSWERED
    stage.stop("2")
    stage.start(1, "card")
    assert start.state is OperationState.PROVED


def test_a_transaction_that_began_before_the_answer_counts(stage: Any) -> None:
    """Both directions are independent: the start may overtake the answer."""
    start = stage.ask("start", "CP1:1", id_token="CARD")
    stage.start(1, "CARD")
    assert start.state is OperationState.SENT
    stage.answer()
    assert start.state is OperationState.PROVED


def test_start_of_2x_goes_by_its_remote_start_id(stage2: Any) -> None:
    """The same token with another id is somebody else's charge."""
    start = stage2.ask("start", "CP1:1", id_token="CARD")
    stage2.answer()
    wanted = stage2.calls[-1].payload["remoteStartId"]
    stage2.start(1, "CARD", remote=wanted + 1, transaction="A")
    assert start.state is OperationState.ANSWERED
    stage2.stop("A")
    stage2.start(1, "CARD", remote=wanted, transaction="B")
    assert start.state is OperationState.PROVED


def test_stop_is_proved_by_the_end_of_that_transaction(stage: Any) -> None:
    """By outlet or by session; the energy is told."""
    stage.start(1, "CARD")
    stage.start(2, "OTHER")
    stop = stage.ask("stop", "CP1:1")
    assert stage.calls[-1].payload == {"transactionId": 1}
    stage.answer()
    stage.stop("2")
    assert stop.state is OperationState.ANSWERED
    stage.stop("1", 1500)
    assert (stop.state, stop.proof) == (OperationState.PROVED, "ended, 1.5 kWh")


def test_r8_unlock_and_its_contradiction(stage: Any) -> None:
    """Unlocked proves; a lock fault within a minute contradicts: no longer proved, and the record says why."""
    unlock = stage.ask("unlock", "CP1:1")
    stage.answer("Unlocked")
    assert unlock.state is OperationState.PROVED
    stage.clock.advance(30)
    stage.status(1, "Faulted", "ConnectorLockFailure")
    assert "contradicted" in names(unlock)
    assert unlock.state is OperationState.UNPROVED
    assert unlock.proof == "contradicted: ConnectorLockFailure 30 s after Unlocked"
    assert stage.book.operations[-1].proof == unlock.proof


def test_what_comes_later_than_a_minute_does_not_contradict(stage: Any) -> None:
    """A new fault is a new fault; Finishing and Available are added as seen."""
    unlock = stage.ask("unlock", "CP1:1")
    stage.answer("Unlocked")
    stage.status(1, "Finishing")
    stage.wait(61)
    stage.status(1, "Faulted", "ConnectorLockFailure")
    assert "contradicted" not in names(unlock)
    assert names(unlock).count("reported") == 1


def test_refresh_is_proved_by_the_message(stage: Any) -> None:
    """About that outlet."""
    refresh = stage.ask("refresh", "CP1:2")
    assert stage.calls[-1].payload == {"requestedMessage": "StatusNotification", "connectorId": 2}
    stage.answer()
    stage.status(1, "Available")
    assert refresh.state is OperationState.ANSWERED
    stage.status(2, "Available")
    assert refresh.state is OperationState.PROVED


def test_availability_that_is_so_already_is_asked_for(stage: Any) -> None:
    """A station says nothing when nothing changes, and what was known before is no proof: the status is asked for."""
    on = stage.ask("availability", "CP1:1", operative=True)
    stage.answer()
    assert on.state is OperationState.ANSWERED
    assert stage.calls[-1].payload == {"requestedMessage": "StatusNotification", "connectorId": 1}
    stage.answer()
    stage.status(1, "Available")
    assert on.state is OperationState.PROVED
    off = stage.ask("availability", "CP1:1", operative=False)
    stage.answer()
    assert off.state is OperationState.ANSWERED
    stage.status(1, "Unavailable")
    assert off.state is OperationState.PROVED


def test_configuration_is_read_back(stage: Any) -> None:
    """Equal proves; different does not."""
    for value, state in (("300", OperationState.PROVED), ("60", OperationState.UNPROVED)):
        write = stage.ask("configuration", key="HeartbeatInterval", value="300", deadline_s=30)
        stage.answer()
        assert stage.calls[-1].action == "GetConfiguration"
        stage.answer(None, configurationKey=[{"key": "HeartbeatInterval", "readonly": False, "value": value}])
        stage.wait(31)
        assert write.state is state


@pytest.mark.parametrize(
    ("happens", "state", "code"),
    [
        (lambda s: s.answer("Rejected"), OperationState.REFUSED, Exit.REFUSED),
        (lambda s: s.refuse("NotImplemented"), OperationState.REFUSED, Exit.REFUSED),
        (lambda s: s.lose("timeout"), OperationState.TIMEOUT, Exit.NO_ANSWER),
        (lambda s: s.lose("disconnected"), OperationState.TIMEOUT, Exit.NO_ANSWER),
        (lambda s: s.wait(31), OperationState.TIMEOUT, Exit.NO_ANSWER),
    ],
)
def test_how_else_it_ends(stage: Any, happens: Any, state: OperationState, code: Exit) -> None:
    """Refused, lost, too late: each its own end and exit code."""
    refresh = stage.ask("refresh", deadline_s=30)
    happens(stage)
    assert (refresh.state, exit_code(refresh.state)) == (state, code)
    assert stage.operations.running == {}


def test_an_offline_station_is_sent_nothing(stage: Any) -> None:
    """Ends at once, exit 5."""
    stage.drop()
    calls = len(stage.calls)
    assert stage.ask("refresh").state is OperationState.OFFLINE
    assert len(stage.calls) == calls


def test_a_reason_code_is_shown(stage2: Any) -> None:
    """statusInfo is the best text for an agent."""
    refused = stage2.ask("refresh", "CP1:1")
    stage2.answer("Rejected", statusInfo={"reasonCode": "FwUpdateInProgress"})
    assert refused.proof == "Rejected: FwUpdateInProgress"


def test_a_free_call_is_proved_by_its_result(stage: Any) -> None:
    """Whatever the status says; a CALLERROR is a refusal."""
    call = stage.ask("call", action="GetLocalListVersion", payload={})
    stage.answer(None, listVersion=3)
    assert (call.state, call.answer_payload) == (OperationState.PROVED, {"listVersion": 3})
