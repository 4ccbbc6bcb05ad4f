"""What stations do when they are told something, in each version; every answer passes its schema."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

import pytest

from backend.model.clock import iso
from backend.model.words import Version
from backend.simulator.faults import LOCK, METER, READER
from backend.simulator.outlet import Plug
from backend.simulator.script import CARD
from tests.backend.simulator.stage import Stage

ID = "NK-00001"
NEW = [Version.V201, Version.V21]
DC = (Plug(evse=1, current="DC", max_kw=150.0, tethered=True),)


async def told(stage: Stage, action: str, payload: dict[str, Any] | None = None) -> Any:
    """Call the station, let it settle; its answer."""
    answer = await stage.server.call(ID, action, payload or {})
    await stage.settle()
    return answer


def last_event(stage: Stage) -> dict[str, Any]:
    return stage.server.payloads(ID, "TransactionEvent")[-1]


# -- reset ---------------------------------------------------------------------------------------------------


async def test_soft_reset_of_16_ends_the_charge_and_boots(stage: Stage) -> None:
    """R3: Accepted, StopTransaction(SoftReset), Finishing, close, boot, all statuses; the car is still there."""
    station = await stage.charging()
    assert await told(stage, "Reset", {"type": "Soft"}) == {"status": "Accepted"}
    assert stage.server.payloads(ID, "StopTransaction")[0]["reason"] == "SoftReset"
    before = len(stage.server.said[ID])
    await stage.timers.advance(40)
    assert stage.server.connects[ID] == 2
    after = stage.server.said[ID][before:]
    assert after[0][0] == "BootNotification"
    assert [p["status"] for a, p in after if a == "StatusNotification"] == ["Available", "Finishing", "Available"]
    assert station.charge_at(1) is None


async def test_hard_reset_of_16_stops_after_the_boot(stage: Stage) -> None:
    """R6: the link drops at once; StopTransaction(HardReset) comes after the boot."""
    await stage.charging()
    await told(stage, "Reset", {"type": "Hard"})
    assert "StopTransaction" not in stage.server.actions(ID)
    await stage.timers.advance(40)
    names = stage.server.actions(ID)
    assert names.index("StopTransaction") > len(names) - 1 - names[::-1].index("BootNotification")
    assert stage.server.payloads(ID, "StopTransaction")[0]["reason"] == "HardReset"


@pytest.mark.parametrize("version", NEW)
async def test_reset_on_idle_waits_for_the_charge(stage: Stage, version: Version) -> None:
    """R4: Scheduled; the charge goes on; then a boot with ScheduledReset."""
    station = await stage.charging(version)
    assert await told(stage, "Reset", {"type": "OnIdle"}) == {"status": "Scheduled"}
    await stage.timers.advance(300)
    assert station.charge_at(1) is not None
    station.authorise(1)
    await stage.settle()
    await stage.timers.advance(40)
    assert stage.server.payloads(ID, "BootNotification")[-1]["reason"] == "ScheduledReset"


@pytest.mark.parametrize("version", NEW)
async def test_immediate_reset_ends_the_charge_first(stage: Stage, version: Version) -> None:
    """R5: Ended by ResetCommand, ImmediateReset, EVConnected, no token; boot RemoteReset; Occupied, Available."""
    await stage.charging(version)
    assert await told(stage, "Reset", {"type": "Immediate"}) == {"status": "Accepted"}
    event = last_event(stage)
    assert (event["eventType"], event["triggerReason"]) == ("Ended", "ResetCommand")
    assert event["transactionInfo"]["stoppedReason"] == "ImmediateReset"
    assert event["transactionInfo"]["chargingState"] == "EVConnected"
    assert "idToken" not in event
    await stage.timers.advance(40)
    assert stage.server.payloads(ID, "BootNotification")[-1]["reason"] == "RemoteReset"
    assert stage.server.statuses(ID, 1)[-1] == "Occupied"
    assert stage.server.statuses(ID, 2)[-1] == "Available"


async def test_reset_of_one_evse_is_refused(stage: Stage) -> None:
    """Not supported by these models, and said so."""
    await stage.up(Version.V201)
    answer = await told(stage, "Reset", {"type": "Immediate", "evseId": 1})
    assert answer["status"] == "Rejected"
    assert answer["statusInfo"]["reasonCode"] == "UnsupportedRequest"


# -- unlock, start, stop -------------------------------------------------------------------------------------


async def test_unlock_of_16_ends_a_charge(stage: Stage) -> None:
    """UnlockCommand; the driver pulls the plug."""
    await stage.charging()
    assert await told(stage, "UnlockConnector", {"connectorId": 1}) == {"status": "Unlocked"}
    assert stage.server.payloads(ID, "StopTransaction")[0]["reason"] == "UnlockCommand"
    await stage.timers.advance(30)
    assert stage.server.statuses(ID, 1)[-1] == "Available"


async def test_unlock_of_2_refuses_during_a_charge(stage: Stage) -> None:
    """OngoingAuthorizedTransaction; unknown connectors and fixed cables are told apart."""
    await stage.charging(Version.V201)
    answer = await told(stage, "UnlockConnector", {"evseId": 1, "connectorId": 1})
    assert answer["status"] == "OngoingAuthorizedTransaction"
    answer = await told(stage, "UnlockConnector", {"evseId": 7, "connectorId": 1})
    assert answer["status"] == "UnknownConnector"
    assert (await told(stage, "UnlockConnector", {"evseId": 2, "connectorId": 1}))["status"] == "Unlocked"


async def test_a_fixed_cable_cannot_be_unlocked(stage: Stage) -> None:
    """1.6: NotSupported."""
    await stage.up(plugs=DC)
    assert await told(stage, "UnlockConnector", {"connectorId": 1}) == {"status": "NotSupported"}


async def test_remote_start_of_16_with_the_cable_in(stage: Stage) -> None:
    """Accepted, then StartTransaction with the tag of the request, no Authorize."""
    station = await stage.up()
    station.plug(1)
    await stage.settle()
    answer = await told(stage, "RemoteStartTransaction", {"idTag": "AGENT1", "connectorId": 1})
    assert answer == {"status": "Accepted"}
    assert stage.server.payloads(ID, "StartTransaction")[0]["idTag"] == "AGENT1"
    assert "Authorize" not in stage.server.actions(ID)
    assert await told(stage, "RemoteStartTransaction", {"idTag": "X", "connectorId": 1}) == {"status": "Rejected"}


async def test_remote_start_without_a_cable_gives_up(stage: Stage) -> None:
    """R2: Preparing, then Available after ConnectionTimeOut, and no StartTransaction."""
    await stage.up()
    await told(stage, "RemoteStartTransaction", {"idTag": "AGENT1", "connectorId": 1})
    assert stage.server.statuses(ID, 1)[-1] == "Preparing"
    await stage.timers.advance(61)
    assert stage.server.statuses(ID, 1)[-1] == "Available"
    assert "StartTransaction" not in stage.server.actions(ID)


async def test_remote_authorisation_can_be_asked_for(stage: Stage) -> None:
    """AuthorizeRemoteTxRequests true: Authorize first."""
    station = await stage.up()
    await told(stage, "ChangeConfiguration", {"key": "AuthorizeRemoteTxRequests", "value": "true"})
    station.plug(1)
    await told(stage, "RemoteStartTransaction", {"idTag": "AGENT1", "connectorId": 1})
    names = stage.server.actions(ID)
    assert names.index("Authorize") < names.index("StartTransaction")


@pytest.mark.parametrize("version", NEW)
async def test_request_start_carries_its_number(stage: Stage, version: Version) -> None:
    """Started by RemoteStart with the remoteStartId; a second one is refused as TxInProgress."""
    station = await stage.up(version)
    station.plug(1)
    request = {"idToken": {"idToken": "AGENT1", "type": "Central"}, "remoteStartId": 77, "evseId": 1}
    assert await told(stage, "RequestStartTransaction", request) == {"status": "Accepted"}
    event = stage.server.payloads(ID, "TransactionEvent")[0]
    assert event["triggerReason"] == "RemoteStart"
    assert event["transactionInfo"]["remoteStartId"] == 77
    assert event["idToken"] == {"idToken": "AGENT1", "type": "Central"}
    again = await told(stage, "RequestStartTransaction", request)
    assert (again["status"], again["statusInfo"]["reasonCode"]) == ("Rejected", "TxInProgress")


async def test_remote_stop(stage: Stage) -> None:
    """Accepted for a known transaction, StopTransaction(Remote); Rejected for an unknown one."""
    await stage.charging()
    assert await told(stage, "RemoteStopTransaction", {"transactionId": 9}) == {"status": "Rejected"}
    assert await told(stage, "RemoteStopTransaction", {"transactionId": 501}) == {"status": "Accepted"}
    assert stage.server.payloads(ID, "StopTransaction")[0]["reason"] == "Remote"


async def test_request_stop(stage: Stage) -> None:
    """Ended by RemoteStop, reason Remote."""
    station = await stage.charging(Version.V21)
    number = str(station.charge_at(1).transaction)
    assert await told(stage, "RequestStopTransaction", {"transactionId": number}) == {"status": "Accepted"}
    event = last_event(stage)
    assert (event["triggerReason"], event["transactionInfo"]["stoppedReason"]) == ("RemoteStop", "Remote")
    answer = await told(stage, "RequestStopTransaction", {"transactionId": number})
    assert answer["statusInfo"]["reasonCode"] == "TxNotFound"


@pytest.mark.parametrize("version", [Version.V16, *NEW])
async def test_an_unlock_that_works_mends_the_lock(stage: Stage, version: Version) -> None:
    """The plug of a lock fault cannot be pulled; after Unlocked the fault is gone and the driver leaves."""
    station = await stage.up(version)
    station.plug(1)
    station.fault(1, LOCK)
    await stage.settle()
    assert not station.unplug(1)
    where = {"connectorId": 1} if version is Version.V16 else {"evseId": 1, "connectorId": 1}
    assert await told(stage, "UnlockConnector", where) == {"status": "Unlocked"}
    await stage.timers.advance(30)
    assert stage.server.statuses(ID, 1)[-1] == "Available"
    assert station.outlets[1].trouble is None


async def test_a_reset_heals_what_software_broke(stage: Stage) -> None:
    """The card reader works again after the boot, and the clearance is told; a broken meter stays broken."""
    station = await stage.up(Version.V201)
    station.fault(1, READER)
    station.fault(2, METER)
    await told(stage, "Reset", {"type": "Immediate"})
    await stage.timers.advance(40)
    told_then = [payload["eventData"][0] for payload in stage.server.payloads(ID, "NotifyEvent")][2:]
    found = {(event["component"]["name"], event["actualValue"]) for event in told_then}
    assert found == {("TokenReader", "false"), ("FiscalMetering", "true")}
    assert stage.server.statuses(ID, 2)[-1] == "Faulted"


# -- trigger, availability, configuration --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "comes"),
    [
        ("Heartbeat", "Heartbeat"),
        ("StatusNotification", "StatusNotification"),
        ("MeterValues", "MeterValues"),
        ("FirmwareStatusNotification", "FirmwareStatusNotification"),
        ("DiagnosticsStatusNotification", "DiagnosticsStatusNotification"),
    ],
)
async def test_trigger_message_of_16(stage: Stage, asked: str, comes: str) -> None:
    """The message that was asked for comes."""
    await stage.up()
    before = stage.server.actions(ID).count(comes)
    assert await told(stage, "TriggerMessage", {"requestedMessage": asked}) == {"status": "Accepted"}
    assert stage.server.actions(ID).count(comes) > before


@pytest.mark.parametrize("version", NEW)
@pytest.mark.parametrize(
    "asked",
    ["Heartbeat", "StatusNotification", "MeterValues", "TransactionEvent", "FirmwareStatusNotification",
     "LogStatusNotification"],
)  # fmt: skip
async def test_trigger_message_of_2(stage: Stage, version: Version, asked: str) -> None:
    """The message that was asked for comes."""
    await stage.charging(version)
    before = stage.server.actions(ID).count(asked)
    assert await told(stage, "TriggerMessage", {"requestedMessage": asked}) == {"status": "Accepted"}
    assert stage.server.actions(ID).count(asked) > before


async def test_trigger_message_that_cannot_be(stage: Stage) -> None:
    """An unknown connector and a boot of an accepted station are Rejected; what it has not, NotImplemented."""
    await stage.up()
    status = {"requestedMessage": "StatusNotification", "connectorId": 9}
    assert await told(stage, "TriggerMessage", status) == {"status": "Rejected"}
    assert await told(stage, "TriggerMessage", {"requestedMessage": "BootNotification"}) == {"status": "Rejected"}
    unheard = {"requestedMessage": "PublishFirmwareStatusNotification"}
    answer = await stage.server.call(ID, "ExtendedTriggerMessage", unheard, check=False)
    assert answer == {"status": "NotImplemented"}


async def test_availability_waits_for_the_charge_and_survives_a_reboot(stage: Stage) -> None:
    """R9: Scheduled, Unavailable after the charge, still so after a reboot, Available when set back."""
    station = await stage.charging()
    answer = await told(stage, "ChangeAvailability", {"connectorId": 1, "type": "Inoperative"})
    assert answer == {"status": "Scheduled"}
    station.authorise(1)
    await stage.settle()
    station.unplug(1)
    await stage.settle()
    assert stage.server.statuses(ID, 1)[-1] == "Unavailable"
    station.reboot("PowerUp")
    await stage.timers.advance(40)
    assert stage.server.statuses(ID, 1)[-1] == "Unavailable"
    await told(stage, "ChangeAvailability", {"connectorId": 1, "type": "Operative"})
    assert stage.server.statuses(ID, 1)[-1] == "Available"


@pytest.mark.parametrize("version", NEW)
async def test_availability_of_the_whole_station(stage: Stage, version: Version) -> None:
    """Without an EVSE all outlets go."""
    await stage.up(version)
    assert await told(stage, "ChangeAvailability", {"operationalStatus": "Inoperative"}) == {"status": "Accepted"}
    assert stage.server.statuses(ID, 1)[-1] == stage.server.statuses(ID, 2)[-1] == "Unavailable"


async def test_configuration_of_16(stage: Stage) -> None:
    """Read all and some, unknown keys named; written, refused, needing a reboot, unknown; keys stay secret."""
    station = await stage.up()
    everything = await told(stage, "GetConfiguration")
    assert len(everything["configurationKey"]) > 25
    some = await told(stage, "GetConfiguration", {"key": ["heartbeatinterval", "Nonsense", "AuthorizationKey"]})
    assert some["unknownKey"] == ["Nonsense"]
    assert some["configurationKey"][0] == {"key": "HeartbeatInterval", "readonly": False, "value": "300"}
    assert "value" not in some["configurationKey"][1]
    change = "ChangeConfiguration"
    assert await told(stage, change, {"key": "ConnectionTimeOut", "value": "90"}) == {"status": "Accepted"}
    assert station.config.number("ConnectionTimeOut") == 90
    assert await told(stage, change, {"key": "ConnectionTimeOut", "value": "-3"}) == {"status": "Rejected"}
    assert await told(stage, change, {"key": "NumberOfConnectors", "value": "3"}) == {"status": "Rejected"}
    url = {"key": "CentralSystemURL", "value": "wss://localhost/ocpp"}
    assert await told(stage, change, url) == {"status": "RebootRequired"}
    assert await told(stage, change, {"key": "SecurityProfile", "value": "2"}) == {"status": "Rejected"}
    assert await told(stage, change, {"key": "Nonsense", "value": "2"}) == {"status": "NotSupported"}


@pytest.mark.parametrize("version", [Version.V16, Version.V201])
async def test_a_new_key_is_used_at_once(stage: Stage, version: Version) -> None:
    """It comes back with the new Basic password: in 1.6 the text behind the hexadecimal digits."""
    await stage.up(version)
    if version is Version.V16:
        key = {"key": "AuthorizationKey", "value": b"a-secret-of-ours".hex()}
        assert await told(stage, "ChangeConfiguration", key) == {"status": "Accepted"}
    else:
        item = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"}}
        answer = await told(stage, "SetVariables", {"setVariableData": [item | {"attributeValue": "a-secret-of-ours"}]})
        assert answer["setVariableResult"][0]["attributeStatus"] == "Accepted"
    await stage.timers.advance(2)
    await stage.settle()
    assert stage.server.connects[ID] == 2
    header = stage.server.sockets[ID].request.headers["Authorization"]
    assert b64decode(header.removeprefix("Basic ")).decode() == f"{ID}:a-secret-of-ours"


@pytest.mark.parametrize("version", NEW)
async def test_variables_of_2(stage: Stage, version: Version) -> None:
    """Each item is answered for itself."""
    station = await stage.up(version)

    def item(component: str, variable: str, **more: str) -> dict[str, Any]:
        return {"component": {"name": component}, "variable": {"name": variable}, **more}

    asked = [
        item("OCPPCommCtrlr", "HeartbeatInterval"),
        item("OCPPCommCtrlr", "Nonsense"),
        item("Nonsense", "X"),
        item("OCPPCommCtrlr", "HeartbeatInterval", attributeType="MaxSet"),
        item("SecurityCtrlr", "BasicAuthPassword"),
    ]
    got = await told(stage, "GetVariables", {"getVariableData": asked})
    assert [r["attributeStatus"] for r in got["getVariableResult"]] == [
        "Accepted", "UnknownVariable", "UnknownComponent", "NotSupportedAttributeType", "Rejected",
    ]  # fmt: skip
    assert got["getVariableResult"][0]["attributeValue"] == "300"
    wanted = [
        item("SampledDataCtrlr", "TxUpdatedInterval", attributeValue="30"),
        item("TxCtrlr", "TxStartPoint", attributeValue="Authorized"),
        item("LocalAuthListCtrlr", "Entries", attributeValue="9"),
    ]
    put = await told(stage, "SetVariables", {"setVariableData": wanted})
    assert [r["attributeStatus"] for r in put["setVariableResult"]] == ["Accepted", "RebootRequired", "Rejected"]
    assert station.config.number("MeterValueSampleInterval") == 30


@pytest.mark.parametrize("version", NEW)
async def test_base_report_comes_in_parts(stage: Stage, version: Version) -> None:
    """Accepted, then NotifyReport with running numbers, the last one not to be continued."""
    await stage.up(version)
    asked = {"requestId": 5, "reportBase": "FullInventory"}
    assert await told(stage, "GetBaseReport", asked) == {"status": "Accepted"}
    parts = stage.server.payloads(ID, "NotifyReport")
    assert [part["seqNo"] for part in parts] == list(range(len(parts)))
    assert [part["tbc"] for part in parts] == [True] * (len(parts) - 1) + [False]
    assert {part["requestId"] for part in parts} == {5}


# -- reservations, lists, profiles ---------------------------------------------------------------------------


async def test_reserve_and_cancel_of_16(stage: Stage) -> None:
    """Reserved until cancelled; a taken outlet is Occupied; an unknown number is Rejected."""
    station = await stage.up()
    until = iso(stage.timers.now() + 900)
    request = {"connectorId": 1, "expiryDate": until, "idTag": CARD, "reservationId": 4}
    assert await told(stage, "ReserveNow", request) == {"status": "Accepted"}
    assert stage.server.statuses(ID, 1)[-1] == "Reserved"
    assert await told(stage, "ReserveNow", request | {"reservationId": 5}) == {"status": "Occupied"}
    assert await told(stage, "CancelReservation", {"reservationId": 9}) == {"status": "Rejected"}
    assert await told(stage, "CancelReservation", {"reservationId": 4}) == {"status": "Accepted"}
    assert stage.server.statuses(ID, 1)[-1] == "Available"
    station.plug(1)
    assert await told(stage, "ReserveNow", request) == {"status": "Occupied"}


async def test_a_reservation_of_2_expires(stage: Stage) -> None:
    """ReservationStatusUpdate Expired, and Available again."""
    await stage.up(Version.V201)
    request = {
        "id": 4,
        "evseId": 1,
        "expiryDateTime": iso(stage.timers.now() + 60),
        "idToken": {"idToken": CARD, "type": "ISO14443"},
    }
    assert await told(stage, "ReserveNow", request) == {"status": "Accepted"}
    await stage.timers.advance(61)
    assert stage.server.payloads(ID, "ReservationStatusUpdate") == [
        {"reservationId": 4, "reservationUpdateStatus": "Expired"}
    ]
    assert stage.server.statuses(ID, 1) == ["Available", "Reserved", "Available"]


async def test_cache_and_local_list_of_16(stage: Stage) -> None:
    """A full list sets the version; an older difference is a VersionMismatch."""
    station = await stage.charging()
    assert station.charging.cache
    assert await told(stage, "ClearCache") == {"status": "Accepted"}
    assert not station.charging.cache
    entry = {"idTag": CARD, "idTagInfo": {"status": "Accepted"}}
    full = {"listVersion": 7, "updateType": "Full", "localAuthorizationList": [entry]}
    assert await told(stage, "SendLocalList", full) == {"status": "Accepted"}
    assert await told(stage, "GetLocalListVersion") == {"listVersion": 7}
    assert await told(stage, "SendLocalList", {"listVersion": 6, "updateType": "Differential"}) == {
        "status": "VersionMismatch"
    }


def profile_16(limit: float, purpose: str = "TxDefaultProfile") -> dict[str, Any]:
    schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}]}
    return {
        "chargingProfileId": 3,
        "stackLevel": 1,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Relative",
        "chargingSchedule": schedule,
    }


async def test_a_profile_limits_the_charge(stage: Stage) -> None:
    """10 A on three phases are 6.9 kW; 5 A are too few to charge with; cleared, the car takes 11 kW again."""
    station = await stage.charging()
    put = {"connectorId": 1, "csChargingProfiles": profile_16(10.0)}
    assert await told(stage, "SetChargingProfile", put) == {"status": "Accepted"}
    await stage.timers.advance(70)
    assert station.outlets[1].power_kw == pytest.approx(6.9)
    composite = await told(stage, "GetCompositeSchedule", {"connectorId": 1, "duration": 600})
    assert composite["chargingSchedule"]["chargingSchedulePeriod"] == [{"startPeriod": 0, "limit": 10.0}]
    await told(stage, "SetChargingProfile", {"connectorId": 1, "csChargingProfiles": profile_16(5.0)})
    assert stage.server.statuses(ID, 1)[-1] == "SuspendedEVSE"
    assert await told(stage, "ClearChargingProfile", {}) == {"status": "Accepted"}
    await stage.timers.advance(70)
    assert station.outlets[1].power_kw == pytest.approx(11.0)
    assert await told(stage, "ClearChargingProfile", {"id": 99}) == {"status": "Unknown"}
    wrong = {"connectorId": 2, "csChargingProfiles": profile_16(9.0, "TxProfile")}
    assert await told(stage, "SetChargingProfile", wrong) == {"status": "Rejected"}


@pytest.mark.parametrize("version", NEW)
async def test_profiles_of_2(stage: Stage, version: Version) -> None:
    """Set, combined, reported, cleared."""
    station = await stage.charging(version)
    schedule = {
        "id": 1,
        "chargingRateUnit": "W",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 5000.0}],
    }
    wanted = {
        "id": 9,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Relative",
        "transactionId": str(station.charge_at(1).transaction),
        "chargingSchedule": [schedule],
    }
    assert await told(stage, "SetChargingProfile", {"evseId": 1, "chargingProfile": wanted}) == {"status": "Accepted"}
    await stage.timers.advance(70)
    assert station.outlets[1].power_kw == pytest.approx(5.0)
    composite = await told(stage, "GetCompositeSchedule", {"evseId": 1, "duration": 60, "chargingRateUnit": "W"})
    assert composite["schedule"]["chargingSchedulePeriod"] == [{"startPeriod": 0, "limit": 5000.0}]
    asked = {"requestId": 8, "chargingProfile": {"chargingProfileId": [9]}}
    assert await told(stage, "GetChargingProfiles", asked) == {"status": "Accepted"}
    assert stage.server.payloads(ID, "ReportChargingProfiles")[0]["chargingProfile"][0]["id"] == 9
    assert await told(stage, "ClearChargingProfile", {"chargingProfileId": 9}) == {"status": "Accepted"}
    assert await told(stage, "GetChargingProfiles", asked) == {"status": "NoProfiles"}


# -- firmware, logs, the rest --------------------------------------------------------------------------------


async def test_firmware_of_16(stage: Stage) -> None:
    """Downloading, Downloaded, Installing, a boot with the new version, Installed."""
    await stage.up()
    update = {"location": "https://fw.example/duo-4.13.2.bin", "retrieveDate": iso(stage.timers.now())}
    assert await told(stage, "UpdateFirmware", update) == {}
    await stage.timers.advance(120)
    words = [p["status"] for p in stage.server.payloads(ID, "FirmwareStatusNotification")]
    assert words == ["Downloading", "Downloaded", "Installing", "Installed"]
    assert stage.server.payloads(ID, "BootNotification")[-1]["firmwareVersion"] == "4.13.2"
    assert "Unavailable" in stage.server.statuses(ID, 1)
    assert stage.server.statuses(ID, 1)[-1] == "Available"


@pytest.mark.parametrize("version", NEW)
async def test_firmware_of_2_waits_for_the_charge(stage: Stage, version: Version) -> None:
    """The free outlet goes out of use; installing begins when the last charge is over; boot FirmwareUpdate."""
    station = await stage.charging(version)
    firmware = {"location": "https://fw.example/vipa-2.8.0.bin", "retrieveDateTime": iso(stage.timers.now())}
    assert await told(stage, "UpdateFirmware", {"requestId": 6, "firmware": firmware}) == {"status": "Accepted"}
    await stage.timers.advance(60)
    assert stage.server.statuses(ID, 2)[-1] == "Unavailable"
    assert "Installing" not in [p["status"] for p in stage.server.payloads(ID, "FirmwareStatusNotification")]
    station.authorise(1)
    await stage.settle()
    await stage.timers.advance(120)
    words = [p["status"] for p in stage.server.payloads(ID, "FirmwareStatusNotification")]
    assert words == ["Downloading", "Downloaded", "Installing", "InstallRebooting", "Installed"]
    assert stage.server.payloads(ID, "BootNotification")[-1]["reason"] == "FirmwareUpdate"
    assert stage.server.payloads(ID, "SecurityEventNotification")[-1]["type"] == "FirmwareUpdated"


async def test_logs_are_uploaded(stage: Stage) -> None:
    """GetDiagnostics and GetLog: a file name, Uploading, Uploaded; a bad place fails."""
    await stage.up()
    answer = await told(stage, "GetDiagnostics", {"location": "ftp://logs.example/"})
    assert answer["fileName"].startswith(ID)
    await stage.timers.advance(20)
    words = [p["status"] for p in stage.server.payloads(ID, "DiagnosticsStatusNotification")]
    assert words == ["Uploading", "Uploaded"]
    log = {"remoteLocation": "nowhere"}
    asked = {"logType": "SecurityLog", "requestId": 3, "log": log}
    assert (await told(stage, "GetLog", asked))["status"] == "Accepted"
    await stage.timers.advance(20)
    words = [p["status"] for p in stage.server.payloads(ID, "LogStatusNotification")]
    assert words == ["Uploading", "UploadFailure"]


@pytest.mark.parametrize("version", NEW)
async def test_odds_and_ends_of_2(stage: Stage, version: Version) -> None:
    """Logs, transaction status, customer information, vendor data."""
    station = await stage.charging(version)
    asked = {"logType": "DiagnosticsLog", "requestId": 3, "log": {"remoteLocation": "https://logs.example/"}}
    assert (await told(stage, "GetLog", asked))["status"] == "Accepted"
    number = str(station.charge_at(1).transaction)
    assert await told(stage, "GetTransactionStatus", {"transactionId": number}) == {
        "ongoingIndicator": True,
        "messagesInQueue": False,
    }
    about = {"requestId": 1, "report": True, "clear": True, "idToken": {"idToken": CARD, "type": "ISO14443"}}
    assert await told(stage, "CustomerInformation", about) == {"status": "Accepted"}
    assert stage.server.payloads(ID, "NotifyCustomerInformation")[0]["tbc"] is False
    assert await told(stage, "DataTransfer", {"vendorId": "nobody"}) == {"status": "UnknownVendorId"}
    ping = {"vendorId": "Tallvik", "messageId": "Ping", "data": "x"}
    assert await told(stage, "DataTransfer", ping) == {"status": "Accepted", "data": "x"}


@pytest.mark.parametrize("version", [Version.V16, *NEW])
async def test_what_it_does_not_do_is_an_error(stage: Stage, version: Version) -> None:
    """Known in the protocol: NotSupported; unknown: NotImplemented; incomplete: an occurrence error."""
    await stage.up(version)
    found = [await stage.server.call(ID, action, {}, check=False) for action in ("BootNotification", "Blink", "Reset")]
    occurrence = "OccurenceConstraintViolation" if version is Version.V16 else "OccurrenceConstraintViolation"
    assert found == ["NotSupported", "NotImplemented", occurrence]
