"""What people do with alarms, and what the life cycle makes of it."""

from __future__ import annotations

from typing import Any

import pytest

from backend.model.errors import Conflict, Invalid
from backend.model.register import OutletEntry
from backend.model.words import AlarmState, Service, Severity


def test_take_back_within_ten_seconds(bench: Any) -> None:
    """An acknowledgement is undone by who gave it, for 10 s."""
    alarm = bench.fault()
    bench.alarms.acknowledge(alarm.id, "elin")
    bench.wait(9)
    bench.alarms.take_back(alarm.id, "elin")
    assert (alarm.state, alarm.acknowledged_by) == (AlarmState.UNACKNOWLEDGED, None)
    assert bench.journal.whats(alarm.id) == ["raised", "acknowledged", "unacknowledged"]


def test_take_back_brings_a_closed_alarm_back(bench: Any) -> None:
    """The acknowledgement of a returned alarm took it off the list; taking it back lists it again."""
    alarm = bench.fault()
    bench.clear()
    bench.alarms.acknowledge(alarm.id, "elin")
    assert bench.open() == []
    bench.alarms.take_back(alarm.id, "elin")
    assert bench.only() is alarm
    assert alarm.state is AlarmState.RETURNED


def test_take_back_is_refused_to_others_too_late_and_twice(bench: Any) -> None:
    """Only who acknowledged, only for 10 s, only once."""
    alarm = bench.fault()
    bench.alarms.acknowledge(alarm.id, "elin")
    with pytest.raises(Conflict, match="elin"):
        bench.alarms.take_back(alarm.id, "johan")
    bench.alarms.take_back(alarm.id, "elin")
    with pytest.raises(Conflict):
        bench.alarms.take_back(alarm.id, "elin")
    bench.alarms.acknowledge(alarm.id, "elin")
    bench.wait(11)
    with pytest.raises(Conflict, match="10 seconds"):
        bench.alarms.take_back(alarm.id, "elin")
    assert alarm.state is AlarmState.ACKNOWLEDGED


def test_take_back_after_it_came_again(bench: Any) -> None:
    """A returned alarm, acknowledged, raised anew within the 10 s: there is nothing to take back."""
    alarm = bench.fault()
    bench.clear()
    bench.alarms.acknowledge(alarm.id, "elin")
    again = bench.fault()
    assert again.id == alarm.id
    bench.alarms.take_back(alarm.id, "elin")
    assert bench.only().state is AlarmState.UNACKNOWLEDGED


def test_a_wrong_time_of_day_neither_ends_the_undo_nor_raises(bench: Any) -> None:
    """Delays run on the monotonic clock."""
    alarm = bench.fault()
    bench.alarms.acknowledge(alarm.id, "elin")
    bench.drop()
    bench.clock.jump(7200)
    bench.alarms.tick(bench.now)
    assert bench.open(rule="offline") == []
    bench.alarms.take_back(alarm.id, "elin")


@pytest.mark.parametrize("code", ["GroundFailure", "PowerSwitchFailure", "PowerMeterFailure", "CX017"])
def test_latched_alarms_need_a_second_acknowledgement(bench: Any, code: str) -> None:
    """Acknowledged while it was there is not enough: it stays until somebody resets it."""
    alarm = bench.fault(code)
    assert "latched" in alarm.flags
    bench.alarms.acknowledge(alarm.id, "elin")
    bench.clear()
    assert (alarm.state, alarm.active) == (AlarmState.RETURNED, False)
    bench.alarms.acknowledge(alarm.id, "elin")
    assert alarm.state is AlarmState.NORMAL


def test_owner(bench: Any) -> None:
    """Owned, handed over, disowned; told once each, and by whom."""
    alarm = bench.fault()
    bench.alarms.own(alarm.id, "elin", "elin")
    bench.alarms.own(alarm.id, "elin", "elin")
    bench.alarms.own(alarm.id, "johan\x1b[2J", "elin")
    assert alarm.owner is not None
    assert "\x1b" not in alarm.owner
    bench.alarms.own(alarm.id, None, "lead")
    assert alarm.owner is None
    owned = [entry for entry in bench.journal.entries if entry.what == "owned"]
    assert [entry.who for entry in owned] == ["elin", "elin", "lead"]


def test_a_new_occurrence_has_no_owner(bench: Any) -> None:
    """Who owned the last one may be at home."""
    alarm = bench.fault()
    bench.alarms.own(alarm.id, "elin", "elin")
    bench.alarms.acknowledge(alarm.id, "elin")
    bench.clear()
    assert bench.fault().owner is None


def test_note(bench: Any) -> None:
    """A note is a line of the history, cleaned; an empty one is refused."""
    alarm = bench.fault()
    bench.alarms.note(alarm.id, "elin", "caller: green light\n\x07")
    assert bench.journal.entries[-1].text.startswith("caller: green light")
    assert bench.journal.entries[-1].text.isprintable()
    with pytest.raises(Invalid):
        bench.alarms.note(alarm.id, "elin", " \n ")


def test_unshelved_by_hand_is_what_it_was(bench: Any) -> None:
    """Taken off the shelf before its time, an acknowledged alarm is acknowledged."""
    alarm = bench.fault()
    bench.alarms.acknowledge(alarm.id, "elin")
    bench.alarms.shelve(alarm.id, "elin", 3600, "known")
    bench.alarms.unshelve(alarm.id, "elin")
    assert alarm.state is AlarmState.ACKNOWLEDGED
    with pytest.raises(Conflict):
        bench.alarms.unshelve(alarm.id, "elin")


def test_a_shelved_alarm_that_clears_is_normal_when_the_shelf_ends(bench: Any) -> None:
    """It stays on the shelf's list; then nobody need do anything."""
    alarm = bench.fault()
    bench.alarms.shelve(alarm.id, "elin", 3600, "known")
    bench.clear()
    assert alarm.state is AlarmState.SHELVED
    bench.wait(3600)
    assert alarm.state is AlarmState.NORMAL
    assert bench.open() == []


def test_a_shelved_alarm_counts_on(bench: Any) -> None:
    """Shelved alarms still count, without leaving the shelf."""
    alarm = bench.fault()
    bench.alarms.shelve(alarm.id, "elin", 3600, "known")
    bench.clear()
    bench.fault()
    assert (alarm.count, alarm.state, alarm.active) == (2, AlarmState.SHELVED, True)


def test_out_of_service_is_quiet_but_not_for_danger(bench: Any) -> None:
    """An outlet out of use by agreement: its alarms are listed as such; S1 is told all the same."""
    bench.register.put_outlet(OutletEntry(station="CP1", evse=1, service=Service.OUT_OF_SERVICE))
    bench.alarms.register_changed("CP1")
    quiet = bench.fault("ReaderFailure")
    assert quiet.state is AlarmState.OUT_OF_SERVICE
    bench.status("Faulted", "ReaderFailure", "GroundFailure")
    assert bench.only(severity=Severity.S1).state is AlarmState.UNACKNOWLEDGED
    bench.register.put_outlet(OutletEntry(station="CP1", evse=1, service=Service.IN_SERVICE))
    bench.alarms.register_changed("CP1")
    assert quiet.state is AlarmState.UNACKNOWLEDGED


def test_an_alarm_that_clears_out_of_service_is_normal(bench: Any) -> None:
    """Nobody was told of it, so nobody need acknowledge it."""
    bench.register.put_outlet(OutletEntry(station="CP1", evse=1, service=Service.OUT_OF_SERVICE))
    bench.fault()
    bench.clear()
    assert bench.open() == []


def test_stale_after_a_day(bench: Any) -> None:
    """Active for more than 24 h."""
    alarm = bench.fault()
    bench.wait(23 * 3600)
    assert "stale" not in alarm.flags
    bench.wait(3600)
    assert "stale" in alarm.flags
    bench.clear()
    bench.fault()
    assert "stale" not in alarm.flags


def test_chatter_that_calms_down(bench: Any) -> None:
    """A fault that chattered and then stands for ten minutes no longer chatters."""
    for _ in range(4):
        bench.status("Faulted", "ReaderFailure")
        bench.wait(10)
        bench.status("Available")
        bench.wait(5)
    alarm = bench.fault()
    assert "chattering" in alarm.flags
    bench.wait(600)
    assert "chattering" not in alarm.flags


def test_listeners_are_told_of_every_change(bench: Any) -> None:
    """Each with the state it has then; the end too."""
    told: list[AlarmState] = []
    bench.alarms.on_change.append(lambda alarm: told.append(alarm.state))
    alarm = bench.fault()
    bench.alarms.acknowledge(alarm.id, "elin")
    bench.clear()
    assert told == [AlarmState.UNACKNOWLEDGED, AlarmState.ACKNOWLEDGED, AlarmState.NORMAL]
    assert bench.journal.alarms == [(alarm.id, state) for state in told]
