"""Settings, lists, limits, logs, firmware, reports, reservations, certificates: each by its own evidence."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import Raw

from backend.gateway import notices
from backend.gateway.letter import Letter
from backend.model.errors import Invalid
from backend.model.words import OperationState, Version

HASH = {"hashAlgorithm": "SHA256", "issuerNameHash": "ab", "issuerKeyHash": "cd", "serialNumber": "01AF"}


def setting(value: str | None, name: str = "HeartbeatInterval") -> dict[str, Any]:
    row: dict[str, Any] = {"key": name, "readonly": False}
    return {"configurationKey": [row if value is None else {**row, "value": value}]}


def variable(status: str, value: str | None = None) -> dict[str, Any]:
    row = {"attributeStatus": status, "component": {"name": "A"}, "variable": {"name": "B"}}
    return row if value is None else {**row, "attributeValue": value}


@pytest.mark.parametrize(
    ("written", "back", "state"),
    [
        ("300", "300", OperationState.PROVED),
        ("300", "300.0", OperationState.PROVED),
        ("True", "true", OperationState.PROVED),
        ("Voltage,SoC", "Voltage, SoC", OperationState.PROVED),
        ("300", "60", OperationState.UNPROVED),
        ("300", None, OperationState.UNPROVED),
    ],
)
def test_a_setting_is_proved_by_reading_the_same_value_back(
    stage: Any, written: str, back: str | None, state: OperationState
) -> None:
    """As a value means it, not as it is spelled."""
    write = stage.ask("configuration", key="HeartbeatInterval", value=written)
    stage.answer()
    assert write.state is OperationState.ANSWERED
    stage.answer(None, **setting(back))
    assert write.state is state


def test_a_setting_that_is_active_after_a_reboot_says_so(stage: Any) -> None:
    """RebootRequired: stored, not active."""
    write = stage.ask("configuration", key="HeartbeatInterval", value="300")
    stage.answer("RebootRequired")
    stage.answer(None, **setting("300"))
    assert (write.state, write.proof) == (OperationState.PROVED, "read back: 300, active after a reboot")


def test_a_setting_that_nobody_reads_back_is_not_proved(stage: Any) -> None:
    """No answer to the second call."""
    write = stage.ask("configuration", key="HeartbeatInterval", value="300")
    stage.answer()
    stage.lose("timeout")
    assert (write.state, write.proof) == (OperationState.UNPROVED, "it could not be read back: no answer")


def test_a_read_shows_the_value_or_says_that_there_is_none(stage: Any, stage2: Any) -> None:
    """An unknown key is a refusal, though 1.6 has no word for it."""
    read = stage.ask("configuration", key="HeartbeatInterval")
    stage.answer(None, **setting("300"))
    assert (read.state, read.proof) == (OperationState.PROVED, "HeartbeatInterval = 300")
    unknown = stage.ask("configuration", key="Nonsense")
    stage.answer(None, configurationKey=[], unknownKey=["Nonsense"])
    assert (unknown.state, unknown.answer) == (OperationState.REFUSED, "UnknownKey")
    read2 = stage2.ask("configuration", key="A.B,A.C")
    stage2.answer(None, getVariableResult=[variable("Accepted", "1"), variable("UnknownVariable")])
    assert (read2.state, read2.proof) == (OperationState.PROVED, "1 settings read, 1 not")
    none = stage2.ask("configuration", key="A.B")
    stage2.answer(None, getVariableResult=[variable("UnknownComponent")])
    assert (none.state, none.answer) == (OperationState.REFUSED, "UnknownComponent")


def test_2x_refuses_a_setting_by_its_item(stage2: Any) -> None:
    """SetVariables has no status of its own; the item's counts."""
    write = stage2.ask("configuration", key="A.B", value="1")
    stage2.answer(None, setVariableResult=[variable("Rejected")])
    assert (write.state, write.answer) == (OperationState.REFUSED, "Rejected")


@pytest.mark.parametrize("key", ["HeartbeatInterval", "A.B.C", ".B", "A[.B"])
def test_a_name_that_2x_cannot_have_is_refused(stage2: Any, key: str) -> None:
    """With the form that it has."""
    with pytest.raises(Invalid) as refused:
        stage2.ask("configuration", key=key)
    assert refused.value.code == "bad_setting"


def test_a_local_list_is_proved_by_its_version(stage: Any) -> None:
    """GetLocalListVersion equals what was sent."""
    for version, state in ((5, OperationState.PROVED), (4, OperationState.UNPROVED)):
        sent = stage.ask("local_list", version=5)
        stage.answer()
        stage.answer(None, listVersion=version)
        assert sent.state is state


def test_a_limit_is_proved_by_the_schedule_and_by_the_current_where_a_charge_runs(stage2: Any) -> None:
    """Read back first; then the charge must keep it."""
    schedule = {"chargingSchedulePeriod": [{"startPeriod": 0, "limit": 10.0}]}
    free = stage2.ask("limit", "CP1:1", amperes=10)
    stage2.answer()
    stage2.answer(schedule=schedule)
    assert (free.state, free.proof) == (OperationState.PROVED, "read back: at most 10 A")
    stage2.start(1, "CARD", transaction="T1")
    busy = stage2.ask("limit", "CP1:1", amperes=10)
    stage2.answer()
    stage2.answer(schedule=schedule)
    stage2.update("T1", current_a=(16.0, 15.0, 16.0))
    assert busy.state is OperationState.ANSWERED
    stage2.update("T1", current_a=(9.8, 9.9, 9.7))
    assert busy.state is OperationState.PROVED
    high = stage2.ask("limit", "CP1:1", amperes=8)
    stage2.answer()
    stage2.answer(schedule=schedule)
    assert (high.state, high.proof) == (OperationState.UNPROVED, "it reads back at most 10 A")


def test_a_log_is_proved_when_it_is_uploaded(stage: Any) -> None:
    """Of this request; another upload may have been broken off for it."""
    log = stage.ask("log", location="https://logs.example/1")
    stage.answer("AcceptedCanceled", filename="a.log")
    stage.notice("LogStatusNotification", "Uploading (1)")
    stage.notice("LogStatusNotification", "Uploaded (99)")
    assert log.state is OperationState.ANSWERED
    stage.notice("LogStatusNotification", "Uploaded (1)")
    assert log.state is OperationState.PROVED
    assert [step.name for step in log.steps[3:]] == ["cancelled_other", "file", "progress", "progress", "proved"]
    failed = stage.ask("log", location="https://logs.example/2")
    stage.answer()
    stage.notice("LogStatusNotification", f"UploadFailure ({failed.id})")
    assert (failed.state, failed.proof) == (OperationState.UNPROVED, "UploadFailure")


def test_diagnostics_without_a_file_are_nothing(stage: Any) -> None:
    """1.6: no fileName means that there is nothing to send."""
    nothing = stage.ask("diagnostics", location="https://logs.example/1")
    stage.answer(None)
    assert (nothing.state, nothing.proof) == (OperationState.UNPROVED, "the station has nothing to send")
    some = stage.ask("diagnostics", location="https://logs.example/1")
    stage.answer(None, fileName="a.zip")
    stage.notice("DiagnosticsStatusNotification", "Uploaded")
    assert some.state is OperationState.PROVED


@pytest.mark.parametrize(("last", "state"), [("Installed", "proved"), ("InvalidSignature", "unproved")])
def test_r14_firmware_good_and_bad(stage2: Any, last: str, state: str) -> None:
    """Through a boot to Installed; or a word that ends it."""
    update = stage2.ask("firmware", location="https://fw.example/4.2")
    stage2.answer()
    for status in ("Downloading", "Downloaded", "Installing"):
        stage2.notice("FirmwareStatusNotification", f"{status} ({update.id})")
    stage2.drop()
    stage2.connect()
    stage2.boot("FirmwareUpdate")
    stage2.notice("FirmwareStatusNotification", f"{last} ({update.id})")
    assert update.state.value == state
    assert "booted" in [step.name for step in update.steps]


@pytest.mark.parametrize(
    ("operation", "word"),
    [
        ("report", "EmptyResultSet"),
        ("profiles", "NoProfiles"),
        ("display_messages", "Unknown"),
        ("certificates", "NotFound"),
    ],
)
def test_that_there_is_nothing_is_an_answer(stage2: Any, operation: str, word: str) -> None:
    """Who asked for a list has it: it is empty. Nothing was refused."""
    made = stage2.ask(operation)
    stage2.answer(word)
    assert made.state is OperationState.PROVED
    assert word in made.proof


def test_a_report_is_proved_by_all_its_parts(stage2: Any) -> None:
    """In any order; the last says that no more will come, and none may be missing."""
    report = stage2.ask("report")
    stage2.answer()
    stage2.notice("NotifyReport", f"request {report.id} part 0 (more)")
    stage2.notice("NotifyReport", f"request {report.id + 1} part 1")
    stage2.notice("NotifyReport", f"request {report.id} part 2")
    assert report.state is OperationState.ANSWERED
    stage2.notice("NotifyReport", f"request {report.id} part 1 (more)")
    assert (report.state, report.proof) == (OperationState.PROVED, "all 3 parts came")
    lost = stage2.ask("report")
    stage2.answer()
    stage2.notice("NotifyReport", f"request {lost.id} part 1")
    stage2.wait(301)
    assert (lost.state, lost.proof) == (OperationState.UNPROVED, "1 parts came, others are missing")


def letter(stage: Any, action: str) -> Letter:
    made = Letter("CP1", Version.V201, {})
    made.learned, made.action = stage.now, action
    return made


@pytest.mark.parametrize("action", ["NotifyReport", "NotifyMonitoringReport", "NotifyCustomerInformation"])
def test_parts_and_progress_are_read_as_the_gateway_writes_them(stage2: Any, action: str) -> None:
    """Both ends of that agreement in one test."""
    operation = {"NotifyReport": "report", "NotifyMonitoringReport": "monitoring_report"}.get(
        action, "customer_information"
    )
    made = stage2.ask(operation, **({"token": "CARD"} if operation == "customer_information" else {}))
    stage2.answer()
    payload = b'{"requestId":%d,"seqNo":0,"generatedAt":"2025-11-14T14:32:07Z"}' % made.id
    for event in notices.report(Raw(payload), letter(stage2, action)):
        stage2.see(event)
    assert made.state is OperationState.PROVED
    log = stage2.ask("log", location="https://logs.example/1")
    stage2.answer()
    for event in notices.by_status(
        Raw(b'{"status":"Uploaded","requestId":%d}' % log.id), letter(stage2, "LogStatusNotification")
    ):
        stage2.see(event)
    assert log.state is OperationState.PROVED


def test_reserve_and_cancel(stage2: Any) -> None:
    """Reserved at that outlet; then anything else there, or the station's word that it is removed."""
    reserve = stage2.ask("reserve", "CP1:1", token="CARD", minutes=15)
    stage2.answer()
    stage2.status(2, "Reserved")
    assert reserve.state is OperationState.ANSWERED
    stage2.status(1, "Reserved")
    assert reserve.state is OperationState.PROVED
    cancel = stage2.ask("cancel_reservation", reservation=reserve.id)
    stage2.answer()
    stage2.status(1, "Reserved")
    assert cancel.state is OperationState.ANSWERED
    stage2.status(1, "Available")
    assert cancel.state is OperationState.PROVED
    removed = stage2.ask("cancel_reservation", reservation=77)
    stage2.answer()
    stage2.notice("ReservationStatusUpdate", "Removed (77)")
    assert removed.state is OperationState.PROVED


def test_a_certificate_is_gone_when_the_list_says_so(stage: Any) -> None:
    """Listed again, it is not gone."""
    for listed, state in (([], OperationState.PROVED), ([HASH], OperationState.UNPROVED)):
        delete = stage.ask("delete_certificate", hash=HASH)
        stage.answer()
        stage.answer(certificateHashData=listed)
        assert delete.state is state


def test_a_status_of_all_outlets_is_asked_of_each_in_2x(stage2: Any) -> None:
    """2.x gives a status for one connector at a time; one that refuses is not waited for."""
    refresh = stage2.ask("refresh")
    assert stage2.calls[-1].payload["evse"] == {"id": 1, "connectorId": 1}
    stage2.status(1, "Available")
    stage2.answer()
    assert stage2.calls[-1].payload["evse"] == {"id": 2, "connectorId": 1}
    assert refresh.state is OperationState.ANSWERED
    stage2.answer()
    stage2.status(2, "Occupied")
    assert (refresh.state, refresh.proof) == (OperationState.PROVED, "StatusNotification after 0 s, 2 outlets")
    again = stage2.ask("refresh")
    stage2.answer()
    stage2.status(1, "Available")
    stage2.answer("Rejected")
    assert again.state is OperationState.PROVED


@pytest.mark.parametrize(
    ("message", "event"),
    [
        ("MeterValues", lambda s: s.meter(1)),
        ("Heartbeat", lambda s: s.heartbeat()),
        ("BootNotification", lambda s: s.boot("Triggered")),
        ("TransactionEvent", lambda s: s.update("T2", trigger="Trigger")),
        ("FirmwareStatusNotification", lambda s: s.notice("FirmwareStatusNotification", "Idle")),
        ("SignChargingStationCertificate", lambda s: s.notice("SignCertificate", "csr")),
    ],
)
def test_each_asked_message_proves_its_own_refresh_alone(stage2: Any, message: str, event: Any) -> None:
    """A status is no heartbeat."""
    stage2.start(2, "OTHER", transaction="T2")
    refresh = stage2.ask("refresh", message=message)
    stage2.answer()
    stage2.status(1, "Available")
    stage2.notice("SecurityEventNotification", "StartupOfTheDevice")
    assert refresh.state is OperationState.ANSWERED
    event(stage2)
    assert refresh.state is OperationState.PROVED
