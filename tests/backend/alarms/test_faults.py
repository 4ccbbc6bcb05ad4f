"""Reported faults: one alarm per outlet and code, with the severity of the tables."""

from __future__ import annotations

import re
from typing import Any

import pytest

from backend.alarms import next_action, text
from backend.alarms.codes import LATCHED, SEVERITIES, judge
from backend.model.event import Fault, FaultsReported
from backend.model.words import AlarmState, Severity, Version
from backend.text.alarms import FAULTS, alarm_text, first_action


def test_every_code_has_a_severity_and_words() -> None:
    """The two tables name the same codes: 15 of OCPP 1.6 and the plain one, 26 of MREC, the components of 2.x."""
    assert set(SEVERITIES) == set(FAULTS)
    assert set(SEVERITIES) >= LATCHED
    assert sum(1 for code in SEVERITIES if re.fullmatch(r"CX\d{3}", code)) == 26
    for code in SEVERITIES:
        assert alarm_text("fault", code, {})
        assert first_action("fault", code)


@pytest.mark.parametrize(
    ("code", "severity"),
    [
        ("ConnectorLockFailure", 2),
        ("EVCommunicationError", 4),
        ("GroundFailure", 1),
        ("HighTemperature", 2),
        ("InternalError", 3),
        ("LocalListConflict", 4),
        ("OtherError", 3),
        ("OverCurrentFailure", 2),
        ("OverVoltage", 2),
        ("UnderVoltage", 3),
        ("PowerMeterFailure", 2),
        ("PowerSwitchFailure", 1),
        ("ReaderFailure", 3),
        ("ResetFailure", 3),
        ("WeakSignal", 4),
        ("CX008", 1),
        ("CX019", 2),
        ("CX026", 1),
        ("Error", 3),
    ],
)
def test_severity_of_a_fault(bench: Any, code: str, severity: int) -> None:
    """domain.md 1.4 and 3.4, with status Faulted; unknown words are S3."""
    assert bench.fault(code).severity == severity


@pytest.mark.parametrize(
    ("code", "severity"),
    [("HighTemperature", 3), ("ReaderFailure", 4), ("WeakSignal", 4), ("GroundFailure", 1)],
)
def test_a_warning_counts_one_step_lower_except_where_it_is_dangerous(bench: Any, code: str, severity: int) -> None:
    """A code beside another status than Faulted: the outlet can still charge."""
    bench.status("Charging", code)
    assert bench.only().severity == severity


def test_one_alarm_per_outlet_and_code(bench: Any) -> None:
    """Two outlets with two codes each are four alarms; the station's own is named after the station."""
    for evse in (1, 2):
        bench.status("Faulted", "ReaderFailure", "OverVoltage", evse=evse)
    bench.status("Faulted", "InternalError", evse=0)
    assert sorted((alarm.source, alarm.code) for alarm in bench.open()) == [
        ("CP1", "InternalError"),
        ("CP1:1", "OverVoltage"),
        ("CP1:1", "ReaderFailure"),
        ("CP1:2", "OverVoltage"),
        ("CP1:2", "ReaderFailure"),
    ]


def test_repeated_reports_of_a_standing_fault_are_not_counted(bench: Any) -> None:
    """The same picture said again is no new occurrence."""
    alarm = bench.fault()
    for _ in range(3):
        bench.wait(60)
        bench.status("Faulted", "ReaderFailure")
    assert (alarm.count, len(bench.journal.whats(alarm.id))) == (1, 1)


def test_the_next_status_replaces_the_picture(bench: Any) -> None:
    """OCPP 1.6: a fault that is no longer named is gone after the off-delay, the other stands."""
    bench.status("Faulted", "ReaderFailure", "OverVoltage")
    bench.status("Faulted", "OverVoltage")
    bench.wait(60)
    assert bench.only(code="ReaderFailure").state is AlarmState.RETURNED
    assert bench.only(code="OverVoltage").active


def test_faulted_without_a_code_is_a_fault_of_its_own(bench: Any) -> None:
    """Status Faulted, NoError: code `Faulted`, with the station's words as its text."""
    bench.status("Faulted")
    alarm = bench.only()
    assert (alarm.rule, alarm.code, alarm.severity) == ("fault", "Faulted", Severity.S3)
    assert text(alarm) == "out of order, no reason given"


def test_noerror_while_faulted_does_not_clear_the_reason(bench: Any) -> None:
    """OverVoltage, then Faulted with NoError (field frames 38, 39): the reason stands."""
    alarm = bench.fault("OverVoltage")
    bench.status("Faulted")
    bench.wait(120)
    assert bench.only() is alarm
    assert alarm.active


def test_an_unknown_vendor_code_is_shown(bench: Any) -> None:
    """OtherError with the maker's code and words: S3, both in the text."""
    bench.status("Faulted", Fault(code="OtherError", vendor_code="210", info="Modbus TCP/IP lost"), evse=0)
    alarm = bench.only()
    assert (alarm.severity, alarm.vendor_code) == (Severity.S3, "210")
    assert text(alarm) == "fault 210: Modbus TCP/IP lost"
    assert next_action(alarm) == "look up the maker's code"


def test_vendor_codes_under_other_error_are_different_faults(bench: Any) -> None:
    """The maker's code is what tells them apart; under a code that explains itself it is not."""
    bench.status("Faulted", Fault(code="OtherError", vendor_code="E1"), Fault(code="OtherError", vendor_code="E2"))
    assert len(bench.open()) == 2
    bench.status("Faulted", Fault(code="GroundFailure", vendor_code="0x1"), evse=2)
    bench.status("Faulted", Fault(code="GroundFailure", vendor_code="0x2"), evse=2)
    alarm = bench.only(code="GroundFailure")
    assert (alarm.count, alarm.vendor_code) == (1, "0x2")


def test_mrec_in_the_vendor_code() -> None:
    """CX019 counts with or without the vendorId, under OtherError as the code, beside a plain code as its grade."""
    assert judge(Fault(code="OtherError", vendor_code="cx019"), warning=False)[:3] == ("CX019", "", Severity.S2)
    beside = judge(Fault(code="InternalError", vendor_code="CX022"), warning=False)
    assert (beside.code, beside.severity) == ("CX022", Severity.S1)
    worse = judge(Fault(code="HighTemperature", vendor_code="CX002"), warning=False)
    assert (worse.code, worse.severity, worse.latched) == ("HighTemperature", Severity.S1, True)


def test_texts_as_the_console_shows_them(bench: Any) -> None:
    """Short enough for their column, with the MREC code behind."""
    assert text(bench.fault("CX019")) == "cable too hot (CX019)"
    assert alarm_text("fault", "ConnectorLockFailure", {}) == "plug will not unlock"
    assert first_action("fault", "ConnectorLockFailure") == "unlock, driver pushing"
    assert alarm_text("fault", "OtherError", {}, "out of coffee") == "out of coffee"
    assert alarm_text("fault", "Rost", {"vendor_code": "E7"}) == "fault Rost E7"
    assert alarm_text("fault", "Connector", {}) == "fault at the plug"
    assert alarm_text("fault", "Connector", {"vendor_code": "E7"}, "pin 3") == "fault at the plug (E7): pin 3"
    assert first_action("fault", "Connector") == first_action("fault", "Faulted")
    assert alarm_text("no_such_rule", "x", {}, "y") == "no such rule x y"
    assert all(len(alarm_text("fault", code, {})) <= 34 for code in SEVERITIES)
    assert all(len(first_action("fault", code)) <= 28 for code in SEVERITIES)


def test_hostile_values_are_not_formatted() -> None:
    """Braces in what a station says are text, not places to fill in."""
    assert alarm_text("fault", "{0.__class__}", {"vendor_code": "{x}"}, "{y}") == "fault {0.__class__} {x}: {y}"


def test_two_connectors_of_an_evse_are_one_outlet(bench: Any) -> None:
    """OCPP 2.x: the alarm ends when neither connector has the fault."""
    bench.connect(version=Version.V201)

    def report(connector: int, raised: tuple[Fault, ...] = (), cleared: tuple[Fault, ...] = ()) -> None:
        bench.apply(
            FaultsReported(
                station="CP1", learned=bench.now, evse=1, connector=connector, raised=raised, cleared=cleared
            )
        )
        bench.wait(60)

    fault = Fault(code="OverCurrentProtection")
    report(1, raised=(fault,))
    report(2, raised=(fault,))
    alarm = bench.only()
    assert (alarm.count, alarm.severity) == (1, Severity.S2)
    report(1, cleared=(fault,))
    assert alarm.active
    report(2, cleared=(fault,))
    assert not alarm.active


def test_what_a_replay_cleared_is_cleared(bench: Any) -> None:
    """The fault ended while the station was away; its last late status is its state, and the alarm follows."""
    alarm = bench.fault()
    bench.drop()
    bench.wait(1500, 60)
    bench.connect()
    bench.status("Available", said=bench.now - 1200)
    bench.wait(40)
    bench.alarms.apply(bench.fleet.tick(bench.now))
    bench.wait(60)
    assert alarm.state is AlarmState.RETURNED


def test_a_station_that_makes_codes_up_fills_no_list(bench: Any) -> None:
    """Past 32 open alarms of a station, unknown codes share one; known ones still get their own."""
    for number in range(200):
        bench.status("Faulted", f"Made{number}")
        bench.wait(61)
    assert len(bench.open()) <= 34
    assert bench.fault("GroundFailure").severity is Severity.S1
