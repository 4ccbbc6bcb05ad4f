"""The vectors A1-A12 and A16 of the domain: what operators expect of alarms."""

from __future__ import annotations

from typing import Any

import pytest

from backend.model.change import SessionChanged
from backend.model.errors import Conflict, Invalid, Unknown
from backend.model.event import Sample
from backend.model.session import Session
from backend.model.settings import AlarmSettings
from backend.model.words import AlarmState, Severity


def test_a1_a_toggling_fault_is_one_chattering_alarm(bench: Any) -> None:
    """A1: a fault that comes every 20 s for 5 min is one alarm with a flag and a count, not fifteen."""
    for _ in range(15):
        bench.status("Faulted", "ConnectorLockFailure")
        bench.wait(10)
        bench.status("Available")
        bench.wait(10)
    alarm = bench.only()
    assert alarm.count == 15
    assert "chattering" in alarm.flags
    assert len(bench.journal.whats(alarm.id)) < 6


def test_a1_slower_toggling_chatters_too(bench: Any) -> None:
    """A1 read the other way: the status changes every 20 s, so the fault comes every 40 s."""
    for _ in range(8):
        bench.status("Faulted", "ConnectorLockFailure")
        bench.wait(20)
        bench.status("Available")
        bench.wait(20)
    assert "chattering" in bench.only().flags


def test_a2_a_short_fault_under_its_on_delay_is_no_alarm(make_bench: Any) -> None:
    """A2: with an on-delay of 10 s, a fault of 3 s leaves no alarm; one of 10 s does."""
    bench = make_bench(AlarmSettings(on_delay_s={"fault": 10.0}))
    bench.status("Faulted", "ReaderFailure")
    bench.wait(3)
    bench.status("Available")
    bench.wait(60)
    assert bench.open() == []
    assert bench.journal.entries == []
    bench.status("Faulted", "ReaderFailure")
    bench.wait(10)
    assert bench.only().state is AlarmState.UNACKNOWLEDGED


def test_a3_a_temperature_between_set_and_clear_is_one_activation(bench: Any) -> None:
    """A3: 81, 79, 81, 79 degrees with set 80 and clear 75 is one activation; 75 ends it."""
    station = bench.fleet.stations["CP1"]
    session = Session(id=1, station="CP1", evse=1, connector=1, transaction_id="1")

    def measure(celsius: float) -> None:
        sample = Sample(temperature_c=celsius)
        change = SessionChanged(station=station, session=session, samples=((bench.now, sample),), at=bench.now)
        bench.alarms.apply([change])
        bench.wait(60)

    for celsius in (81.0, 79.0, 81.0, 79.0):
        measure(celsius)
    alarm = bench.only(rule="temperature")
    assert (alarm.count, alarm.active, alarm.source) == (1, True, "CP1:1")
    measure(75.0)
    assert alarm.state is AlarmState.RETURNED


def test_a4_what_clears_before_the_acknowledgement_stays_listed(bench: Any) -> None:
    """A4: returned to normal but unacknowledged stays in the list; the acknowledgement takes it out."""
    alarm = bench.fault()
    bench.clear()
    assert alarm.state is AlarmState.RETURNED
    assert alarm.id in bench.alarms.open
    bench.alarms.acknowledge(alarm.id, "elin")
    assert alarm.state is AlarmState.NORMAL
    assert alarm.id not in bench.alarms.open
    assert bench.journal.whats(alarm.id) == ["raised", "returned", "acknowledged", "normal"]


def test_a5_the_same_fault_after_its_end_is_a_new_occurrence(bench: Any) -> None:
    """A5: acknowledged, cleared, then there again: unacknowledged, counted on the same alarm."""
    first = bench.fault()
    bench.alarms.acknowledge(first.id, "elin")
    bench.clear()
    assert first.state is AlarmState.NORMAL
    bench.wait(100)
    again = bench.fault()
    assert (again.id, again.count, again.state) == (first.id, 2, AlarmState.UNACKNOWLEDGED)
    assert again.acknowledged_by is None
    assert again.raised == bench.now


def test_a6_the_second_acknowledgement_is_told_who_was_faster(bench: Any) -> None:
    """A6: of two agents one wins, and the other reads who."""
    alarm = bench.fault()
    bench.alarms.acknowledge(alarm.id, "elin")
    with pytest.raises(Conflict, match="elin"):
        bench.alarms.acknowledge(alarm.id, "johan")
    assert alarm.acknowledged_by == "elin"


def test_a7_s1_is_not_shelved_and_nothing_is_shelved_longer_than_a_shift(bench: Any) -> None:
    """A7: shelving S1 is refused; so is a shelf without a reason, without a time, or above the maximum."""
    danger = bench.fault("GroundFailure")
    with pytest.raises(Conflict, match="S1"):
        bench.alarms.shelve(danger.id, "elin", 3600, "known")
    bench.status("Faulted", "ReaderFailure", evse=2)
    alarm = bench.only(code="ReaderFailure")
    for seconds, reason, why in (
        (8 * 3600 + 1, "known", "8 hours at most"), (0, "known", "to come"), (-5, "known", "to come"),
        (3600, "  ", "for a reason"),
    ):  # fmt: skip
        with pytest.raises(Invalid, match=why):
            bench.alarms.shelve(alarm.id, "elin", seconds, reason)
    assert alarm.state is AlarmState.UNACKNOWLEDGED
    bench.alarms.shelve(alarm.id, "elin", 8 * 3600, "known")
    assert alarm.state is AlarmState.SHELVED


def test_a8_a_shelf_that_ends_while_the_cause_is_there_brings_it_back_unacknowledged(bench: Any) -> None:
    """A8: also when it had been acknowledged before."""
    alarm = bench.fault()
    bench.alarms.acknowledge(alarm.id, "elin")
    bench.alarms.shelve(alarm.id, "elin", 3600, "part ordered")
    bench.wait(3599)
    assert alarm.state is AlarmState.SHELVED
    bench.wait(1)
    assert alarm.state is AlarmState.UNACKNOWLEDGED
    assert (alarm.shelved_until, alarm.shelved_by, alarm.shelve_reason) == (None, None, "")


def test_a9_a_rise_of_severity_takes_the_acknowledgement(bench: Any) -> None:
    """A9: a warning that somebody has seen becomes a fault: S3 to S2, unacknowledged again."""
    bench.status("Charging", "HighTemperature")
    alarm = bench.only()
    assert alarm.severity is Severity.S3
    bench.alarms.acknowledge(alarm.id, "elin")
    bench.status("Faulted", "HighTemperature")
    assert (alarm.severity, alarm.state) == (Severity.S2, AlarmState.UNACKNOWLEDGED)
    assert "severity" in bench.journal.whats(alarm.id)


def test_a9_a_rise_to_s1_takes_it_off_the_shelf(bench: Any) -> None:
    """A9: what is S1 may not lie on the shelf."""
    bench.alarms.raise_condition("own", "server", Severity.S3)
    alarm = bench.only()
    bench.alarms.shelve(alarm.id, "elin", 3600, "known")
    bench.alarms.raise_condition("own", "server", Severity.S1)
    assert (alarm.severity, alarm.state) == (Severity.S1, AlarmState.UNACKNOWLEDGED)
    bench.wait(4000)
    assert alarm.state is AlarmState.UNACKNOWLEDGED


def test_a10_half_a_site_going_silent_is_one_alarm(sites: Any) -> None:
    """A10: of 8, 4 go within 5 min: a site alarm, 4 children suppressed; 7 back for 5 min: it clears, 1 surfaces."""
    names = sites.site("Lagan", 8)
    for station in names[:4]:
        sites.drop(station)
        sites.wait(30)
    parent = sites.only(rule="site_dark")
    children = sites.open(rule="offline")
    assert (parent.source, parent.severity) == ("Lagan", Severity.S2)
    assert parent.state is AlarmState.UNACKNOWLEDGED
    assert [child.source for child in children] == names[:4]
    assert {child.state for child in children} == {AlarmState.SUPPRESSED}
    assert {child.parent for child in children} == {parent.id}
    sites.wait(1800)
    for station in names[:3]:
        sites.connect(station)
    sites.wait(299)
    assert parent.active
    sites.wait(1)
    assert parent.state is AlarmState.RETURNED
    left = sites.only(rule="offline")
    assert (left.source, left.state, left.parent) == (names[3], AlarmState.UNACKNOWLEDGED, None)


def test_a11_of_two_both_must_go(sites: Any) -> None:
    """A11: a site of 2 is dark when both are offline, not when one is."""
    names = sites.site("Visby", 2)
    sites.drop(names[0])
    sites.wait(100)
    assert sites.open(rule="site_dark") == []
    sites.drop(names[1])
    sites.wait(100)
    assert sites.only(rule="site_dark").active
    assert {child.state for child in sites.open(rule="offline")} == {AlarmState.SUPPRESSED}


def test_a12_three_of_eight_in_twenty_minutes_are_three_alarms(sites: Any) -> None:
    """A12: too few, and too far apart."""
    names = sites.site("Tornby", 8)
    for station in names[:3]:
        sites.drop(station)
        sites.wait(600, 60)
    sites.wait(900, 60)
    assert sites.open(rule="site_dark") == []
    assert [alarm.state for alarm in sites.open(rule="offline")] == [AlarmState.UNACKNOWLEDGED] * 3


def test_a12_half_a_site_over_twenty_minutes_is_no_site_alarm(sites: Any) -> None:
    """Four of eight, but never within five minutes of each other."""
    names = sites.site("Tornby", 8)
    for station in names[:4]:
        sites.drop(station)
        sites.wait(301, 60)
    sites.wait(900, 60)
    assert sites.open(rule="site_dark") == []
    assert len(sites.open(rule="offline")) == 4


def test_a16_a_replayed_status_raises_nothing(bench: Any) -> None:
    """A16: a fault said for a time when the station was away, 20 min ago, raises no alarm."""
    bench.drop()
    bench.wait(1500, 60)
    assert bench.only(rule="offline").active
    bench.connect()
    bench.status("Faulted", "GroundFailure", said=bench.now - 1200)
    bench.wait(40)
    bench.alarms.apply(bench.fleet.tick(bench.now))
    assert bench.open(rule="fault") == []


def test_unknown_alarms_are_told(bench: Any) -> None:
    """Every act on an alarm that is not open says so."""
    for act in (
        lambda: bench.alarms.acknowledge(7, "elin"),
        lambda: bench.alarms.take_back(7, "elin"),
        lambda: bench.alarms.own(7, "elin", "elin"),
        lambda: bench.alarms.shelve(7, "elin", 60, "why"),
        lambda: bench.alarms.unshelve(7, "elin"),
        lambda: bench.alarms.note(7, "elin", "text"),
    ):
        with pytest.raises(Unknown):
            act()
