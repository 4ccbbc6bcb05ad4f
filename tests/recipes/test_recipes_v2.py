"""The sequence recipes of the domain in OCPP 2.0.1 and 2.1, through real sockets (R1, R4, R5, R8, R15)."""

from __future__ import annotations

import pytest

from backend.model.words import Activity, Link, OperationState, SessionFlag, SessionState
from tests.recipes.net import Net
from tests.recipes.station import RawStation

CARD = {"idToken": "CARD", "type": "ISO14443"}
EVSE = {"id": 1, "connectorId": 1}


def energy(at: str, wh: float) -> list[dict[str, object]]:
    """One meterValue with an import register."""
    return [{"timestamp": at, "sampledValue": [{"value": wh, "measurand": "Energy.Active.Import.Register"}]}]


async def begin(station: RawStation, net: Net, **more: object) -> None:
    """A charge on EVSE 1 under way: transaction `T1`, sequence 0 and 1."""
    await station.status(1, "Occupied", net.iso())
    await station.event(
        "Started", 0, "Authorized", net.iso(), {"transactionId": "T1", "chargingState": "EVConnected"},
        evse=EVSE, idToken=CARD, meterValue=energy(net.iso(), 100), **more,
    )  # fmt: skip
    await station.event(
        "Updated", 1, "ChargingStateChanged", net.iso(), {"transactionId": "T1", "chargingState": "Charging"}
    )


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
async def test_r1_normal_session(net: Net, version: str) -> None:
    """TransactionEvents tell it all; energy comes from the readings."""
    station = await net.booted("CS1", version)
    await begin(station, net)
    assert net.outlet("CS1:1").activity is Activity.CHARGING
    await net.wait(600)
    await station.event(
        "Ended", 2, "EVDeparted", net.iso(), {"transactionId": "T1", "stoppedReason": "EVDisconnected"},
        meterValue=energy(net.iso(), 2100),
    )  # fmt: skip
    await station.status(1, "Available", net.iso())
    session = (await net.client.sessions())[0]
    assert (session.state, session.energy_wh, session.stop_reason) == (SessionState.ENDED, 2000, "EVDisconnected")
    assert session.flags == []
    assert net.outlet("CS1:1").activity is Activity.IDLE


async def test_r4_reset_on_idle_waits_for_the_session(net: Net) -> None:
    """Scheduled; the session runs on and ends; boot ScheduledReset proves it."""
    station = await net.booted("CS1", "2.0.1")
    await begin(station, net)
    station.replies["Reset"] = {"status": "Scheduled"}
    operation = await net.operate("reset", "CS1", {}, deadline_s=3600)
    assert (await station.heard("Reset"))["type"] == "OnIdle"
    answered = await net.reaches(operation, OperationState.ANSWERED)
    assert answered.answer == "Scheduled"
    await net.wait(900)
    assert net.outlet("CS1:1").activity is Activity.CHARGING
    await station.event("Ended", 2, "EVDeparted", net.iso(), {"transactionId": "T1"}, meterValue=energy(net.iso(), 900))
    await station.close()
    await net.until(lambda: net.station_resource("CS1").link is Link.OFFLINE)
    await net.wait(30)
    await station.connect(net.ocpp)
    await station.boot(reason="ScheduledReset")
    await station.status(1, "Available", net.iso())
    await net.reaches(operation, OperationState.PROVED)


async def test_r5_immediate_reset_ends_the_session(net: Net) -> None:
    """Ended by ResetCommand without a token, boot RemoteReset, the connector still Occupied."""
    station = await net.booted("CS1", "2.0.1")
    await begin(station, net)
    station.replies["Reset"] = {"status": "Accepted"}
    operation = await net.operate("reset", "CS1", {"hard": True}, typed="CS1")
    assert (await station.heard("Reset"))["type"] == "Immediate"
    await station.event(
        "Ended", 2, "ResetCommand", net.iso(),
        {"transactionId": "T1", "stoppedReason": "ImmediateReset", "chargingState": "EVConnected"},
    )  # fmt: skip
    await station.close()
    await net.wait(20)
    await station.connect(net.ocpp)
    await station.boot(reason="RemoteReset")
    await station.status(1, "Occupied", net.iso())
    await net.reaches(operation, OperationState.PROVED)
    assert (await net.client.sessions())[0].stop_reason == "ImmediateReset"


async def test_r8_unlock_is_refused_during_a_session(net: Net) -> None:
    """OngoingAuthorizedTransaction is the station's no."""
    station = await net.booted("CS1", "2.0.1")
    await begin(station, net)
    station.replies["UnlockConnector"] = {"status": "OngoingAuthorizedTransaction"}
    operation = await net.operate("unlock", "CS1:1")
    assert await station.heard("UnlockConnector") == {"evseId": 1, "connectorId": 1}
    ended = await net.reaches(operation, OperationState.REFUSED)
    assert ended.answer == "OngoingAuthorizedTransaction"


async def test_r15_offline_events_with_one_missing(net: Net) -> None:
    """Replayed with offline=true; number 2 is missing: a gap until it comes."""
    station = await net.booted("CS1", "2.0.1")
    gone = net.clock.now()
    await station.close()
    await net.until(lambda: net.station_resource("CS1").link is Link.OFFLINE)
    await net.wait(3 * 3600)
    await station.connect(net.ocpp)
    parts = [
        ("Started", 0, "Authorized", 600, 100.0),
        ("Updated", 1, "MeterValuePeriodic", 1200, 600.0),
        ("Ended", 3, "EVDeparted", 2400, 1600.0),
    ]
    for kind, seq, trigger, after, wh in parts:
        at = net.iso(gone + after)
        more = {"idToken": CARD} if kind == "Started" else {}
        await station.event(
            kind, seq, trigger, at, {"transactionId": "T9"}, offline=True, evse=EVSE, meterValue=energy(at, wh), **more
        )
    session = (await net.client.sessions())[0]
    assert {SessionFlag.GAP, SessionFlag.RECEIVED_LATE} <= set(session.flags)
    assert session.energy_wh == 1500
    assert int(session.started.timestamp()) == int(gone + 600)
    at = net.iso(gone + 1800)
    await station.event(
        "Updated", 2, "MeterValuePeriodic", at, {"transactionId": "T9"}, offline=True, evse=EVSE,
        meterValue=energy(at, 1100),
    )  # fmt: skip
    assert SessionFlag.GAP not in (await net.session(session.id)).flags


async def test_remote_start_and_stop_are_proved_by_the_transaction(net: Net) -> None:
    """remoteStartId comes back in the Started event; the Ended event proves the stop."""
    station = await net.booted("CS1", "2.0.1")
    await station.status(1, "Occupied", net.iso())
    station.replies["RequestStartTransaction"] = {"status": "Accepted"}
    station.replies["RequestStopTransaction"] = {"status": "Accepted"}
    start = await net.operate("start", "CS1:1", {"id_token": "CARD"})
    asked = await station.heard("RequestStartTransaction")
    await station.event(
        "Started", 0, "RemoteStart", net.iso(),
        {"transactionId": "T1", "chargingState": "Charging", "remoteStartId": asked["remoteStartId"]},
        evse=EVSE, idToken=asked["idToken"],
    )  # fmt: skip
    await net.reaches(start, OperationState.PROVED)
    stop = await net.operate("stop", "CS1:1")
    assert await station.heard("RequestStopTransaction") == {"transactionId": "T1"}
    await net.reaches(stop, OperationState.ANSWERED)
    await station.event("Ended", 1, "RemoteStop", net.iso(), {"transactionId": "T1", "stoppedReason": "Remote"})
    await net.reaches(stop, OperationState.PROVED)
