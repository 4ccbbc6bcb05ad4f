"""Recipes R2 to R8 of the domain, at the level of operations."""

from __future__ import annotations

from typing import Any

import pytest

from backend.model.operation_exit import exit_code
from backend.model.words import Exit, OperationState


def names(operation: Any) -> list[str]:
    return [step.name for step in operation.steps]


def test_r2_the_driver_never_plugs_in(stage: Any) -> None:
    """Accepted, Preparing, Available: not proved at the operation's own deadline, and the agent is told why."""
    start = stage.ask("start", "CP1:1", token="CARD")
    stage.answer()
    stage.status(1, "Preparing")
    stage.wait(60)
    stage.status(1, "Available")
    stage.wait(89)
    assert start.state is OperationState.ANSWERED
    stage.wait(1)
    assert (start.state, start.proof) == (OperationState.UNPROVED, "driver did not plug in")
    assert names(start) == ["queued", "sent", "answered", "plugged", "reported", "unproved"]


def test_r2_a_charge_that_began_before_in_2x_goes_on_under_our_start(stage2: Any) -> None:
    """TxStartPoint EVConnected: the transaction is there already; our remoteStartId on it is the proof."""
    stage2.start(1, None, transaction="T1")
    start = stage2.ask("start", "CP1:1", token="CARD")
    stage2.answer(transactionId="T1")
    stage2.update("T1", remote=start.id + 1)
    assert start.state is OperationState.ANSWERED
    stage2.update("T1", remote=start.id)
    assert start.state is OperationState.PROVED


def test_r2_the_first_power_is_added_after_the_proof(stage2: Any) -> None:
    """A transaction is not energy yet."""
    start = stage2.ask("start", "CP1:1", token="CARD")
    stage2.answer()
    stage2.start(1, "CARD", remote=start.id, transaction="T1")
    assert start.state is OperationState.PROVED
    stage2.wait(19)
    stage2.update("T1", power_w=7400.0)
    assert start.steps[-1].name == "charging"
    assert start.steps[-1].values == {"power_kw": "7.4"}


def test_r3_soft_reset_ends_the_charge_and_says_so(stage: Any) -> None:
    """1.6: asked before; then the stop, the drop, the boot, the status; and the other outlet later."""
    stage.start(1, "CARD")
    reset = stage.ask("reset")
    stage.answer()
    stage.stop("1", 900)
    stage.clock.advance(5)
    stage.drop()
    stage.clock.advance(40)
    stage.connect()
    stage.boot()
    stage.status(1, "Preparing")
    assert (reset.state, reset.proof) == (OperationState.PROVED, "back in 45 s")
    expected = ["queued", "sent", "answered", "ended", "went_down", "booted", "reported", "proved"]
    assert names(reset) == expected
    stage.status(2, "Available")
    assert names(reset) == [*expected, "all_reported"]


def test_r4_on_idle_waits_for_the_charge(stage2: Any) -> None:
    """Scheduled: followed for hours, and a mere loss of the link while it waits proves nothing."""
    stage2.start(1, "CARD", transaction="T1")
    reset = stage2.ask("reset")
    assert stage2.calls[-1].payload == {"type": "OnIdle"}
    stage2.answer("Scheduled")
    assert names(reset)[-1] == "scheduled"
    assert reset.deadline_s == 12 * 3600
    stage2.wait(3600)
    stage2.drop()
    stage2.connect()
    stage2.status(1, "Occupied")
    assert reset.state is OperationState.ANSWERED
    stage2.stop("T1")
    stage2.drop()
    stage2.wait(30)
    stage2.connect()
    stage2.boot("ScheduledReset")
    stage2.status(1, "Available")
    assert reset.state is OperationState.PROVED


def test_r4_a_deadline_that_somebody_named_bounds_a_scheduled_reset_too(stage2: Any) -> None:
    """Exit 4: scheduled, and not proved in time."""
    stage2.start(1, "CARD", transaction="T1")
    reset = stage2.ask("reset", deadline_s=90)
    stage2.answer("Scheduled")
    stage2.wait(89)
    assert reset.state is OperationState.ANSWERED
    stage2.wait(1)
    assert (reset.state, reset.proof) == (OperationState.UNPROVED, "it is scheduled, and charges still run")
    assert exit_code(reset) is Exit.NOT_PROVED


def test_r5_immediate_reset(stage2: Any) -> None:
    """Ended by ResetCommand, boot RemoteReset, the connector still Occupied. A boot that was triggered is none."""
    stage2.start(1, "CARD", transaction="T1")
    reset = stage2.ask("reset", type="hard", typed="CP1")
    assert stage2.calls[-1].payload == {"type": "Immediate"}
    stage2.answer()
    stage2.stop("T1")
    stage2.drop()
    stage2.connect()
    stage2.boot("Triggered")
    assert "booted" not in names(reset)
    stage2.boot("RemoteReset")
    stage2.status(1, "Occupied")
    assert reset.state is OperationState.PROVED
    assert next(step for step in reset.steps if step.name == "booted").values["reason"] == "RemoteReset"


def test_r5_one_evse_restarts_while_the_link_stays(stage2: Any) -> None:
    """2.x with an EVSE: its own status after the answer, not its neighbour's, not Unavailable."""
    reset = stage2.ask("reset", "CP1:1")
    stage2.answer()
    stage2.status(2, "Available")
    stage2.status(1, "Unavailable")
    assert reset.state is OperationState.ANSWERED
    stage2.status(1, "Available")
    assert reset.state is OperationState.PROVED


def test_r6_hard_reset_without_an_answer(stage: Any) -> None:
    """The link drops before the answer: that is how the proof begins. The stop may come after the boot."""
    stage.start(1, "CARD")
    reset = stage.ask("reset", hard=True, typed="CP1")
    stage.lose("disconnected")
    stage.drop()
    assert reset.state is OperationState.SENT
    stage.wait(70)
    stage.connect()
    stage.boot()
    stage.stop("1", 700)
    stage.status(1, "Available")
    assert (reset.state, reset.answer) == (OperationState.PROVED, None)


def test_r6_a_station_that_does_not_come_back(stage: Any) -> None:
    """Accepted, down, silence: not proved, and it says where it stands."""
    reset = stage.ask("reset", hard=True)
    stage.answer()
    stage.drop()
    stage.wait(601)
    assert (reset.state, reset.proof) == (OperationState.UNPROVED, "it went down and has not come back")
    assert reset.ended == pytest.approx(reset.sent + 600)


def test_r7_nothing_happens_in_two_minutes(stage: Any) -> None:
    """Accepted and still up after 120 s: no effect, long before a boot would be too late."""
    reset = stage.ask("reset")
    stage.answer()
    stage.wait(119)
    assert reset.state is OperationState.ANSWERED
    stage.status(1, "Available")
    stage.wait(1)
    assert (reset.state, reset.proof) == (OperationState.UNPROVED, "it did not go down in 2 min")


def test_r7_a_named_deadline_is_waited_for_in_full(stage: Any) -> None:
    """Whoever names 300 s wants 300 s."""
    reset = stage.ask("reset", deadline_s=300)
    stage.answer()
    stage.wait(299)
    assert reset.state is OperationState.ANSWERED
    stage.drop()
    stage.connect()
    stage.status(1, "Available")
    assert (reset.state, reset.proof) == (OperationState.PROVED, "back in 5 min, without a boot")


def test_r8_failed_failed_unlocked(stage: Any) -> None:
    """Each failure is the station's no, with what to do next; then Finishing and Available are added."""
    for _ in range(2):
        failed = stage.ask("unlock", "CP1:1")
        stage.answer("UnlockFailed")
        assert (failed.state, failed.answer) == (OperationState.REFUSED, "UnlockFailed")
        assert "push the plug in" in str(failed.proof)
    worked = stage.ask("unlock", "CP1:1")
    stage.answer("Unlocked")
    assert worked.state is OperationState.PROVED
    stage.status(1, "Finishing")
    stage.wait(20)
    stage.status(1, "Available")
    assert [step.text for step in worked.steps[-2:]] == ["outlet 1 Finishing", "outlet 1 Available"]


def test_r8_2x_refuses_during_a_charge_and_names_the_way(stage2: Any) -> None:
    """OngoingAuthorizedTransaction: stop, then unlock."""
    stage2.start(1, "CARD", transaction="T1")
    refused = stage2.ask("unlock", "CP1:1")
    stage2.answer("OngoingAuthorizedTransaction", statusInfo={"reasonCode": "TxInProgress"})
    assert refused.state is OperationState.REFUSED
    assert refused.answer == "OngoingAuthorizedTransaction"
    assert "TxInProgress" in str(refused.proof)
    assert "stop it, then unlock" in str(refused.proof)
    assert refused.steps[-2].values == {"status": "OngoingAuthorizedTransaction", "reason_code": "TxInProgress"}


@pytest.mark.parametrize("code", ["ConnectorLockFailure", "CX001", "CX025", "ConnectorPlugRetentionLock"])
def test_r8_every_word_for_a_broken_lock_contradicts(stage: Any, code: str) -> None:
    """At that outlet only; a lock that was reported broken before is a contradiction when it is said again."""
    stage.status(1, "Faulted", code)
    unlock = stage.ask("unlock", "CP1:1")
    stage.answer("Unlocked")
    stage.wait(5)
    stage.status(2, "Faulted", code)
    assert unlock.state is OperationState.PROVED
    stage.status(1, "Faulted", code)
    assert unlock.state is OperationState.UNPROVED
    assert code in str(unlock.proof)


def test_r9_inoperative_during_a_charge(stage: Any) -> None:
    """Scheduled, then after the charge Unavailable; a reboot in between changes nothing; Operative brings it back."""
    stage.start(1, "CARD")
    stage.status(1, "Charging")
    off = stage.ask("availability", "CP1:1", operative=False)
    stage.answer("Scheduled")
    stage.wait(3600)
    stage.stop("1")
    stage.status(1, "Finishing")
    assert off.state is OperationState.ANSWERED
    stage.status(1, "Unavailable")
    assert (off.state, off.proof) == (OperationState.PROVED, "out of use")
    on = stage.ask("availability", "CP1:1", operative=True)
    stage.answer()
    stage.status(1, "Available")
    assert (on.state, on.proof) == (OperationState.PROVED, "in use again")


def test_r6_a_station_that_boots_and_falls_again_is_not_back(stage: Any) -> None:
    """The evidence begins anew with the last drop: a boot before it is none."""
    reset = stage.ask("reset", deadline_s=900)
    stage.answer()
    stage.drop()
    stage.connect()
    stage.boot()
    stage.drop()
    stage.wait(120)
    assert reset.state is OperationState.ANSWERED
    stage.connect()
    stage.boot()
    stage.status(1, "Available")
    assert reset.state is OperationState.PROVED


def test_r9_a_whole_station_is_out_of_use_when_all_its_outlets_say_so(stage: Any) -> None:
    """The station's own word says nothing of its outlets (connector 0), one outlet nothing of the other."""
    off = stage.ask("availability", operative=False)
    assert stage.calls[-1].payload == {"connectorId": 0, "type": "Inoperative"}
    stage.answer()
    stage.status(0, "Unavailable")
    stage.status(1, "Unavailable")
    assert off.state is OperationState.ANSWERED
    stage.status(2, "Unavailable")
    assert (off.state, off.proof) == (OperationState.PROVED, "out of use, 2 outlets")
