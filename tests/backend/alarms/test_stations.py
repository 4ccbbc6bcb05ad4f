"""One alarm per station for its link, its boots and its clock."""

from __future__ import annotations

from typing import Any

import pytest

from backend.alarms import text
from backend.model.change import ConnectorChanged, NoticeTaken, StationChanged
from backend.model.register import OutletEntry, StationEntry
from backend.model.settings import AlarmSettings
from backend.model.station import Connector
from backend.model.words import Activity, Admission, AlarmState, Severity


@pytest.mark.parametrize(("current", "delay", "severity"), [("AC", 900, 3), ("DC", 300, 2), ("", 900, 3)])
def test_offline_after_its_on_delay_dated_from_the_loss(
    make_bench: Any, current: str, delay: int, severity: int
) -> None:
    """15 min for AC, 5 for DC; the alarm tells since when the link is gone."""
    bench = make_bench(current=current)
    lost = bench.now
    bench.drop()
    bench.wait(delay - 1)
    assert bench.open() == []
    bench.wait(1)
    alarm = bench.only(rule="offline")
    assert (alarm.source, alarm.since, alarm.severity) == ("CP1", lost, severity)
    assert text(alarm) == "offline"


def test_dc_is_told_from_the_outlets_where_the_entry_does_not_say(make_bench: Any) -> None:
    """A CCS plug, or more power than AC can give."""
    bench = make_bench(current="")
    bench.register.put_outlet(OutletEntry(station="CP1", evse=1, max_power_kw=150.0))
    bench.drop()
    bench.wait(300)
    assert bench.only(rule="offline").severity is Severity.S2


def test_offline_delays_are_settings(make_bench: Any) -> None:
    """What the operator sets counts, for both currents."""
    bench = make_bench(AlarmSettings(offline_ac_s=5.0, offline_clear_s=0.0))
    bench.drop()
    bench.wait(5)
    alarm = bench.only(rule="offline")
    bench.connect()
    assert alarm.state is AlarmState.RETURNED


def test_a_short_loss_is_no_alarm(bench: Any) -> None:
    """Back before the on-delay is over."""
    bench.drop()
    bench.wait(800)
    bench.connect()
    bench.wait(1000)
    assert bench.open() == []


def test_offline_returns_when_the_link_was_stable_for_two_minutes(bench: Any) -> None:
    """A connection that does not hold counts another occurrence and ends nothing."""
    bench.drop()
    bench.wait(900)
    alarm = bench.only(rule="offline")
    bench.connect()
    bench.wait(60)
    bench.drop()
    assert (alarm.active, alarm.count) == (True, 2)
    bench.wait(600)
    bench.connect()
    bench.wait(119)
    assert alarm.active
    bench.wait(1)
    assert alarm.state is AlarmState.RETURNED


def test_pending_and_blocked_stations_raise_nothing(bench: Any) -> None:
    """Nobody waits for them. Blocking an accepted one ends its alarms."""
    bench.register.put_station(StationEntry(id="NEW", admission=Admission.PENDING))
    bench.connect("NEW")
    bench.drop("NEW")
    bench.drop("CP1")
    bench.wait(1000)
    assert bench.only(rule="offline").source == "CP1"
    bench.register.block("CP1")
    bench.alarms.register_changed("CP1")
    assert all(not alarm.active for alarm in bench.open())


def test_deaf(bench: Any) -> None:
    """Three calls unanswered while it talks; one good call ends it."""
    for _ in range(3):
        bench.alarms.apply(bench.fleet.call_lost("CP1", bench.now))
    alarm = bench.only(rule="deaf")
    assert text(alarm) == "talks, answers no command"
    bench.alarms.apply(bench.fleet.call_answered("CP1", bench.now))
    assert alarm.state is AlarmState.RETURNED


def test_a_deaf_station_that_drops_is_offline(bench: Any) -> None:
    """One trouble at a time."""
    for _ in range(3):
        bench.alarms.apply(bench.fleet.call_lost("CP1", bench.now))
    bench.drop()
    assert not bench.only(rule="deaf").active
    bench.wait(900)
    assert bench.only(rule="offline").active


def test_flapping_from_six_connects_in_an_hour_until_two_calm_hours(bench: Any) -> None:
    """S4, one alarm, its figure in the text."""
    for _ in range(5):
        bench.wait(300)
        bench.drop()
        bench.connect()
    alarm = bench.only(rule="flapping")
    assert (alarm.severity, alarm.count) == (Severity.S4, 1)
    assert text(alarm) == "link flaps, 6 connects in 1 h"
    bench.wait(7199)
    assert alarm.active
    bench.wait(1)
    assert alarm.state is AlarmState.RETURNED


def test_boot_loop(bench: Any) -> None:
    """Three boots within 30 min: S2; it counts on without becoming another alarm."""
    bench.wait(60)
    bench.boot()
    assert bench.open() == []
    bench.wait(60)
    bench.boot()
    alarm = bench.only(rule="boot_loop")
    assert (alarm.severity, text(alarm)) == (Severity.S2, "boot loop, 3 in 30 min")
    bench.wait(60)
    bench.boot()
    assert text(bench.only(rule="boot_loop")) == "boot loop, 4 in 30 min"
    bench.wait(7200)
    assert alarm.state is AlarmState.RETURNED


def test_boots_that_we_caused_are_no_loop(bench: Any) -> None:
    """A18: after our own reset; and what a 2.x station says was our reset."""
    bench.wait(3600)
    for _ in range(4):
        bench.alarms.expect_silence("CP1", bench.now + 600)
        bench.wait(60)
        bench.boot()
    for _ in range(4):
        bench.wait(700)
        bench.boot(reason="RemoteReset")
    assert bench.open() == []


def test_the_silence_of_our_own_reset_is_expected(make_bench: Any) -> None:
    """A18: ten minutes, then the normal rules; a DC station would have alarmed after five."""
    bench = make_bench(current="DC")
    bench.alarms.expect_silence("cp1", bench.now + 600)
    bench.drop()
    bench.wait(599)
    assert bench.open() == []
    bench.wait(1)
    assert bench.only(rule="offline").active


def test_boots_before_the_acceptance_do_not_count(bench: Any) -> None:
    """A pending station boots again and again, because we ask it to."""
    bench.register.put_station(StationEntry(id="NEW", admission=Admission.PENDING))
    bench.connect("NEW")
    for _ in range(5):
        bench.boot("NEW")
        bench.wait(30)
    bench.register.accept("NEW", bench.now)
    bench.boot("NEW")
    assert bench.open() == []


def test_clock_drift(bench: Any) -> None:
    """Over a minute for 15 min: S4; over five: S3; below 45 s it is over."""
    station = bench.fleet.stations["CP1"]

    def skew(seconds: float) -> None:
        station.clock_skew_s = seconds
        bench.alarms.apply([StationChanged(station=station, at=bench.now)])

    skew(71.0)
    bench.wait(900)
    alarm = bench.only(rule="clock")
    assert (alarm.severity, text(alarm)) == (Severity.S4, "clock drifts, +71 s")
    skew(50.0)
    bench.wait(600)
    assert alarm.active
    skew(0.0)
    bench.wait(300)
    assert not alarm.active
    skew(-7200.0)
    bench.wait(900)
    assert bench.only(rule="clock").severity is Severity.S3


def test_conflict_between_status_and_measurement(bench: Any) -> None:
    """It says free, but power flows, for two minutes."""
    station = bench.fleet.stations["CP1"]
    connector = station.connectors[1, 1]

    def say(conflict: bool, late: bool = False) -> None:
        connector.conflict = conflict
        connector.power_w = 7200.0
        same = Activity.IDLE
        change = ConnectorChanged(
            station=station, connector=connector, before=same, after=same, at=bench.now, late=late
        )
        bench.alarms.apply([change])

    say(True, late=True)
    bench.wait(120)
    assert bench.open() == []
    say(True)
    bench.wait(120)
    alarm = bench.only(rule="conflict")
    assert (alarm.source, text(alarm)) == ("CP1:1", "says free, but 7.2 kW flows")
    say(False)
    bench.wait(60)
    assert not alarm.active


def _notice(bench: Any, action: str, what: str, age: float = 0.0) -> None:
    station = bench.fleet.stations["CP1"]
    bench.alarms.apply([NoticeTaken(station=station, at=bench.now - age, action=action, text=what)])


def test_tamper_stays_until_somebody_acknowledges(bench: Any) -> None:
    """An event has no end of its own. Said again, it is counted."""
    _notice(bench, "SecurityEventNotification", "TamperDetectionActivated: door")
    _notice(bench, "SecurityEventNotification", "TamperDetectionActivated: door")
    alarm = bench.only(rule="tamper")
    assert (alarm.severity, alarm.count, text(alarm)) == (Severity.S1, 2, "tampered with, door")
    bench.wait(100_000)
    assert alarm.state is AlarmState.UNACKNOWLEDGED
    bench.alarms.acknowledge(alarm.id, "elin")
    assert alarm.state is AlarmState.NORMAL
    _notice(bench, "SecurityEventNotification", "TamperDetectionActivated: door")
    assert (alarm.state, alarm.count) == (AlarmState.UNACKNOWLEDGED, 3)


def test_which_notices_are_alarms(bench: Any) -> None:
    """Old ones, ordinary ones and unknown ones are not; a failed firmware update is, until one is installed."""
    _notice(bench, "SecurityEventNotification", "TamperDetectionActivated", age=700.0)
    _notice(bench, "SecurityEventNotification", "FailedToAuthenticateAtCsms")
    _notice(bench, "DataTransfer", "Nordlys hello")
    _notice(bench, "FirmwareStatusNotification", "Downloading")
    assert bench.open() == []
    _notice(bench, "SecurityEventNotification", "SecurityLogWasCleared")
    assert text(bench.only(rule="security")) == "security event: SecurityLogWasCleared"
    _notice(bench, "SignedFirmwareStatusNotification", "InstallationFailed (7)")
    firmware = bench.only(rule="firmware")
    assert text(firmware) == "firmware update failed: InstallationFailed"
    _notice(bench, "FirmwareStatusNotification", "Installed")
    assert not firmware.active


@pytest.mark.parametrize("word", ["StartupOfTheDevice", "ResetOrReboot", "FirmwareUpdated", "SettingSystemTime"])
def test_routine_security_events_are_alarms_unless_they_are_our_doing(bench: Any, word: str) -> None:
    """On the critical list (domain.md 1.8): S4 by themselves, journal only after a reset of ours."""
    bench.alarms.expect_silence("CP1", bench.clock.now() + 600)
    _notice(bench, "SecurityEventNotification", f"{word}: x")
    assert bench.open() == []
    bench.wait(700)
    _notice(bench, "SecurityEventNotification", f"{word}: x")
    assert bench.only(rule="security").severity is Severity.S4


def _restart(bench: Any, station: str, word: str = "StartupOfTheDevice") -> None:
    told = NoticeTaken(
        station=bench.fleet.stations[station], at=bench.now, action="SecurityEventNotification", text=word
    )
    bench.alarms.apply([told])


def test_a_power_cut_at_a_site_is_one_alarm_of_its_restarts(bench: Any) -> None:
    """The third of five stations within five minutes makes it one; the first two give way without a word."""
    names = bench.site("Hamnen", 5)
    _restart(bench, names[0])
    bench.wait(60)
    _restart(bench, names[1])
    assert [alarm.source for alarm in bench.open(rule="security")] == names[:2]
    for name in names[2:]:
        bench.wait(60)
        _restart(bench, name)
    alarm = bench.only(rule="security")
    assert (alarm.source, alarm.site, alarm.station) == ("Hamnen", "Hamnen", None)
    assert text(alarm) == "security event: StartupOfTheDevice, 5 stations"
    bench.alarms.acknowledge(alarm.id, "elin")
    bench.wait(400)
    _restart(bench, names[0])
    assert bench.only(rule="security").source == names[0]


def test_a_power_cut_of_a_region_is_one_alarm_of_its_restarts(bench: Any) -> None:
    """Thirty stations at many sites: their alarms, and those of their sites, give way to one of the network."""
    names = [name for n in range(25) for name in bench.site(f"S{n}", 2)]
    for name in names:
        _restart(bench, name)
    alarm = bench.only(rule="security")
    assert (alarm.source, alarm.site, alarm.severity) == ("network", None, Severity.S4)
    assert int(alarm.values["n"]) > 40
    assert len(bench.alarms.open) == 1


def test_restarts_that_lie_apart_are_alarms_of_their_own(bench: Any) -> None:
    """One an hour is no power cut."""
    names = bench.site("Hamnen", 4)
    for name in names:
        _restart(bench, name)
        bench.wait(3600)
    assert [alarm.source for alarm in bench.open(rule="security")] == names


def test_a_firmware_update_explains_its_restart(bench: Any) -> None:
    """What a station told of beforehand is no surprise; a changed clock is."""
    _notice(bench, "FirmwareStatusNotification", "Installing")
    for word in ("FirmwareUpdated", "StartupOfTheDevice", "ResetOrReboot"):
        _notice(bench, "SecurityEventNotification", word)
    assert bench.open() == []
    _notice(bench, "SecurityEventNotification", "SettingSystemTime")
    assert text(bench.only(rule="security")) == "security event: SettingSystemTime"


@pytest.mark.parametrize("word", ["MemoryExhaustion", "MaintenanceLoginAccepted", "InvalidTLSVersion"])
def test_the_critical_list_is_alarms(bench: Any, word: str) -> None:
    """S3, latched until somebody acknowledges."""
    _notice(bench, "SecurityEventNotification", word)
    assert bench.only(rule="security").severity is Severity.S3


def test_a_ghost_connector_of_a_replay_changes_nothing(bench: Any) -> None:
    """Late changes carry connectors that are not the live ones."""
    alarm = bench.fault()
    ghost = Connector(evse=1, connector=1, status="Available", activity=Activity.IDLE)
    bench.alarms.apply(
        [
            ConnectorChanged(
                station=bench.fleet.stations["CP1"],
                connector=ghost,
                before=Activity.IDLE,
                after=Activity.IDLE,
                at=bench.now - 5000,
                late=True,
            )
        ]
    )
    bench.wait(100)
    assert alarm.active
