"""Many stations, restarts, and what the server says about itself."""

from __future__ import annotations

from typing import Any, cast

import pytest

from backend.alarms import Alarms, rule_rows, text
from backend.alarms import book as book_module
from backend.alarms.parents import first_of, needed
from backend.model.clock import HeldClock
from backend.model.settings import AlarmSettings
from backend.model.words import AlarmState, Link, Severity
from backend.text.alarms import first_action, rule_name


@pytest.mark.parametrize(
    ("stations", "need"), [(0, 0), (1, 0), (2, 2), (3, 3), (5, 3), (6, 3), (7, 4), (8, 4), (30, 15)]
)
def test_how_many_make_a_site_dark(stations: int, need: int) -> None:
    """Half, at least three; all, where there are fewer."""
    assert needed(stations) == need


def test_first_of_a_window() -> None:
    """The first moment of the first so many that lie within five minutes."""
    assert first_of([0.0, 100.0, 500.0, 700.0, 799.0], 3) == 500.0
    assert first_of([0.0, 300.0], 2) == 0.0
    assert first_of([0.0, 301.0], 2) is None
    assert first_of([], 2) is None


def test_a_dark_dc_site_is_s1_and_tells_its_outlets(sites: Any) -> None:
    """Twelve of twelve outlets; a person phones the host."""
    names = sites.site("Lagan", 6, current="DC", outlets=2)
    for station in names:
        sites.drop(station)
    sites.wait(60)
    alarm = sites.only(rule="site_dark")
    assert alarm.severity is Severity.S1
    assert text(alarm) == "site dark, 12 of 12 outlets"


def test_a_site_that_is_back_at_once_is_no_alarm(sites: Any) -> None:
    """A router that restarts within a minute."""
    names = sites.site("Lagan", 4)
    for station in names:
        sites.drop(station)
    sites.wait(50)
    for station in names:
        sites.connect(station)
    sites.wait(1000)
    assert sites.open() == []


def test_children_that_are_back_end_without_a_word(sites: Any) -> None:
    """One acknowledgement for the site is all that is asked of a person."""
    names = sites.site("Lagan", 6)
    for station in names:
        sites.drop(station)
    sites.wait(1000)
    assert len(sites.open(rule="offline")) == 6
    for station in names:
        sites.connect(station)
    sites.wait(300)
    assert sites.open(rule="offline") == []
    parent = sites.only()
    assert parent.state is AlarmState.RETURNED
    sites.alarms.acknowledge(parent.id, "elin")
    assert sites.open() == []


def test_one_more_station_joins_a_dark_site(sites: Any) -> None:
    """It is suppressed and listed at once, and the text counts it."""
    names = sites.site("Lagan", 6)
    for station in names[:4]:
        sites.drop(station)
    sites.wait(120)
    parent = sites.only(rule="site_dark")
    assert parent.values["n"] == "4"
    sites.drop(names[4])
    assert parent.values["n"] == "5"
    assert len(sites.open(state=AlarmState.SUPPRESSED)) == 5


def test_the_network_going_silent_is_one_alarm(sites: Any) -> None:
    """Half of all stations, at least thirty, within five minutes: one S1, no site alarms; then all is told."""
    names = [name for number in range(10) for name in sites.site(f"Site{number}", 5)]
    for station in names:
        sites.drop(station)
    sites.wait(1000, 10)
    parent = sites.only(rule="network_dark")
    assert (parent.severity, text(parent)) == (Severity.S1, "network dark, 50 of 50 stations")
    assert sites.open(rule="site_dark") == []
    assert {alarm.state for alarm in sites.open(rule="offline")} == {AlarmState.SUPPRESSED}
    assert sites.alarms.rate.last_10_min <= 1
    for station in names[:45]:
        sites.connect(station)
    sites.wait(400, 10)
    assert parent.state is AlarmState.RETURNED
    dark = sites.only(rule="site_dark")
    assert (dark.source, dark.state) == ("Site9", AlarmState.UNACKNOWLEDGED)
    assert {(alarm.state, alarm.parent) for alarm in sites.open(rule="offline")} == {(AlarmState.SUPPRESSED, dark.id)}


def test_a_restart_keeps_alarms_and_their_parents(sites: Any) -> None:
    """Loaded again: acknowledged is acknowledged, shelved is shelved till its end, children have their parent."""
    names = sites.site("Lagan", 4)
    sites.status("Faulted", "ReaderFailure", station=names[3])
    fault = sites.only()
    sites.alarms.acknowledge(fault.id, "elin")
    sites.alarms.shelve(fault.id, "elin", 3600, "known")
    for station in names:
        sites.drop(station)
    sites.wait(100)
    stored = sites.open()
    sites.alarms = again = sites.new_alarms()
    again.load(stored)
    again.start(sites.now, sites.fleet.stations.values())
    assert len(again.open) == 6
    for station in names:
        sites.connect(station)
        sites.status("Available", station=station)
    sites.wait(301)
    assert sites.only(rule="site_dark").state is AlarmState.RETURNED
    assert sites.open(rule="offline") == []
    assert sites.only(rule="fault").state is AlarmState.SHELVED
    sites.wait(3600)
    assert sites.open(rule="fault") == []
    assert sites.fault(station=names[0]).id > max(alarm.id for alarm in stored)


def test_a_fault_that_went_during_a_restart_is_over_when_the_station_returns(sites: Any) -> None:
    """The alarm was open when the server stopped; what was kept of the outlet knows of no fault."""
    (station,) = sites.site("Lagan", 1)
    sites.status("Faulted", "ReaderFailure", station=station)
    sites.drop(station)
    stored = sites.open(rule="fault")
    sites.fleet.stations[station].connectors[1, 1].faults = ()
    sites.alarms = again = sites.new_alarms()
    again.load(stored)
    again.start(sites.now, sites.fleet.stations.values())
    assert sites.only(rule="fault").active
    sites.connect(station)
    sites.wait(sites.settings.fault_clear_s)
    assert not sites.only(rule="fault").active


def test_after_our_own_restart_stations_have_ten_minutes(sites: Any) -> None:
    """A14: the loss that we caused is no alarm; who does not come back is, with a flag, dated from the restart."""
    names = sites.site("Lagan", 4)
    sites.alarms = again = sites.new_alarms()
    for station in sites.fleet.stations.values():
        station.link = Link.OFFLINE
        station.connection = None
    restarted = sites.now
    again.start(sites.now, sites.fleet.stations.values())
    sites.wait(60)
    for station in names[:2]:
        sites.connect(station)
    sites.wait(539)
    assert sites.open() == []
    sites.wait(301)
    late = sites.open(rule="offline")
    assert [(alarm.since, alarm.flags) for alarm in late] == [(restarted, {"gap"})] * 2
    assert sites.open(rule="site_dark") == []


def test_a_site_that_does_not_come_back_after_a_restart(sites: Any) -> None:
    """Ten minutes later it is one alarm, as ever."""
    sites.site("Lagan", 4)
    sites.alarms = again = sites.new_alarms()
    for station in sites.fleet.stations.values():
        station.link = Link.OFFLINE
    again.start(sites.now, sites.fleet.stations.values())
    sites.wait(600)
    assert sites.only(rule="site_dark").active
    assert len(sites.open(state=AlarmState.SUPPRESSED)) == 4


def test_the_server_about_itself(sites: Any) -> None:
    """Raised once however often it is said; cleared once."""
    for _ in range(3):
        sites.alarms.raise_condition("store", info="disk full\x1b[0m")
    alarm = sites.only()
    assert (alarm.rule, alarm.source, alarm.severity, alarm.count) == ("store", "server", Severity.S1, 1)
    assert text(alarm).startswith("cannot write to the disk, disk full")
    assert "\x1b" not in text(alarm)
    sites.alarms.clear_condition("store")
    assert alarm.state is AlarmState.RETURNED
    sites.alarms.clear_condition("store")
    sites.alarms.raise_condition("duplicate_identity", "CP9", station="CP9")
    assert sites.alarms.of_station("cp9") == [sites.only(rule="duplicate_identity")]
    sites.wait(3600)
    assert not sites.only(rule="duplicate_identity").active


def test_the_list_is_bounded(sites: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Past the limit nothing is opened; that is an alarm itself, and ends when there is room."""
    monkeypatch.setattr(book_module, "MAX_OPEN", 20)
    monkeypatch.setattr("backend.alarms.alarms.MAX_OPEN", 20)
    for number in range(30):
        sites.alarms.raise_condition("own", f"thing {number}")
    sites.wait(1)
    assert len(sites.alarms.open) == 21
    assert sites.only(rule="overflow").severity is Severity.S2
    for number in range(20):
        sites.alarms.clear_condition("own", f"thing {number}")
    for alarm in sites.open(rule="own"):
        sites.alarms.acknowledge(alarm.id, "elin")
    sites.wait(1)
    assert not sites.only(rule="overflow").active


def test_flood(sites: Any) -> None:
    """A15: ten in ten minutes are no flood, eleven are; it is over below five in ten minutes."""
    for number in range(11):
        assert not sites.alarms.rate.flood
        sites.alarms.raise_condition("own", f"thing {number}")
    assert sites.alarms.rate.flood
    assert sites.alarms.rate.last_10_min == 11
    sites.wait(500)
    for number in range(4):
        sites.alarms.raise_condition("own", f"late {number}")
    sites.wait(99)
    assert sites.alarms.rate.flood
    sites.wait(1)
    assert not sites.alarms.rate.flood
    assert sum(sites.alarms.rate.per_hour(sites.now)) == 15


def test_every_rule_has_words() -> None:
    """The list of rules names, grades and advises."""
    rows = rule_rows(AlarmSettings(offline_ac_s=60.0))
    assert [row.name for row in rows][:2] == ["fault", "offline"]
    for row in rows:
        assert row.watches == rule_name(row.name) != row.name
        assert row.name == "fault" or first_action(row.name, "")
    assert rows[1].on_delay_s == 60.0


class _Ticking(HeldClock):
    """Each look at the monotonic clock takes a millisecond."""

    def monotonic(self) -> float:
        self._monotonic += 0.001
        return super().monotonic()


def test_a_storm_is_worked_off_in_slices(sites: Any) -> None:
    """No tick does more than some milliseconds' work; nothing is forgotten."""
    clock = _Ticking()
    alarms = Alarms(clock, AlarmSettings(on_delay_s={"site_dark": 1e9}), sites.register, None)
    names = [name for number in range(20) for name in sites.site(f"Site{number}", 1)]
    sites.alarms = cast(Any, alarms)
    for station in names:
        sites.drop(station)
    clock.advance(1000)
    alarms.tick(clock.now())
    assert 0 < len(alarms.open) < 20
    for _ in range(20):
        alarms.tick(clock.now())
    assert len(alarms.open) == 20


def test_the_network_takes_its_members_in_slices(sites: Any) -> None:
    """Thousands that were told of one by one are suppressed some at a time."""
    clock = _Ticking()
    settings = AlarmSettings(offline_ac_s=10, offline_dc_s=10, on_delay_s={"site_dark": 1e9, "network_dark": 300})
    sites.alarms = alarms = cast(Any, Alarms(clock, settings, sites.register, None))
    names = [name for number in range(40) for name in sites.site(f"Site{number}", 1)]
    for station in names:
        sites.drop(station)
    clock.advance(20)
    for _ in range(40):
        alarms.tick(clock.now())
    assert {alarm.state for alarm in alarms.open.values()} == {AlarmState.UNACKNOWLEDGED}
    clock.advance(300)
    taken: list[int] = []
    for _ in range(80):
        alarms.tick(clock.now())
        taken.append(sum(alarm.state is AlarmState.SUPPRESSED for alarm in alarms.open.values()))
    assert len(set(taken)) > 5
    assert taken[-1] == 40
    (parent,) = [alarm for alarm in alarms.open.values() if alarm.rule == "network_dark"]
    assert {alarm.parent for alarm in alarms.open.values() if alarm.rule == "offline"} == {parent.id}
    assert len(alarms.open) == 41
