"""The sequence recipes of the domain in OCPP 1.6, through real sockets (R1-R3, R6-R8, R10-R12, R16)."""

from __future__ import annotations

import json
from typing import Any

from backend.model.words import Activity, Link, OperationState, SessionFlag, SessionState
from tests.recipes.net import Net


async def test_r1_normal_session(net: Net) -> None:
    """Preparing, Authorize, Start, Charging, MeterValues, Stop, Finishing, Available: each is seen."""
    station = await net.booted("CP1")
    await station.status(1, "Preparing", net.iso())
    assert (await station.call("Authorize", idTag="CARD"))["idTagInfo"]["status"] == "Accepted"
    transaction = await station.start(1, "CARD", 1000, net.iso())
    await station.status(1, "Charging", net.iso())
    await net.wait(600)
    samples = [
        {"value": "3000", "measurand": "Energy.Active.Import.Register", "unit": "Wh"},
        {"value": "11.0", "measurand": "Power.Active.Import", "unit": "kW"},
    ]
    await station.call(
        "MeterValues",
        connectorId=1,
        transactionId=transaction,
        meterValue=[{"timestamp": net.iso(), "sampledValue": samples}],
    )
    outlet = net.outlet("CP1:1")
    assert (outlet.activity, outlet.power_w, outlet.energy_wh) == (Activity.CHARGING, 11_000.0, 2000)
    assert outlet.id_token != "CARD"
    await net.wait(600)
    await station.stop(transaction, 5200, net.iso(), idTag="CARD")
    await station.status(1, "Finishing", net.iso())
    await station.status(1, "Available", net.iso())
    session = await net.session(transaction)
    assert (session.state, session.energy_wh, session.stop_reason) == (SessionState.ENDED, 4200, "Local")
    assert session.flags == []
    assert net.outlet("CP1:1").activity is Activity.IDLE
    assert [reading.energy_wh for reading in await net.client.readings(session.id)] == [3000]


async def test_r2_remote_start_without_a_cable_is_not_proved(net: Net) -> None:
    """Accepted, Preparing, then nobody plugs in: the operation ends unproved, exit 4."""
    station = await net.booted("CP1")
    station.replies["RemoteStartTransaction"] = {"status": "Accepted"}
    operation = await net.operate("start", "CP1:1", {"id_token": "CARD"}, deadline_s=60)
    await station.heard("RemoteStartTransaction")
    await net.reaches(operation, OperationState.ANSWERED)
    await station.status(1, "Preparing", net.iso())
    await net.wait(30)
    await station.status(1, "Available", net.iso())
    await net.wait(31)
    ended = await net.reaches(operation, OperationState.UNPROVED)
    assert ended.answer == "Accepted"


async def test_r2_remote_start_with_a_cable_is_proved_by_the_transaction(net: Net) -> None:
    """The transaction with that token on that outlet is the proof."""
    station = await net.booted("CP1")
    station.replies["RemoteStartTransaction"] = {"status": "Accepted"}
    operation = await net.operate("start", "CP1:1", {"id_token": "CARD"})
    asked = await station.heard("RemoteStartTransaction")
    assert asked == {"connectorId": 1, "idTag": "CARD"}
    await net.reaches(operation, OperationState.ANSWERED)
    await station.start(1, asked["idTag"], 10, net.iso())
    await net.reaches(operation, OperationState.PROVED)


async def test_r3_soft_reset_during_a_session_is_asked_about_and_followed_to_the_end(net: Net) -> None:
    """The question names the charge; stop, drop, boot, statuses: proved only at the end."""
    station = await net.booted("CP1")
    transaction = await station.start(1, "CARD", 0, net.iso())
    await station.status(1, "Charging", net.iso())
    await net.wait(60)
    question = await net.client.ask("reset", "CP1", parameters={})
    assert question is not None
    assert [charge.session for charge in question.ends] == [str(transaction)]
    station.replies["Reset"] = {"status": "Accepted"}
    operation = await net.operate("reset", "CP1", {})
    assert await station.heard("Reset") == {"type": "Soft"}
    await net.reaches(operation, OperationState.ANSWERED)
    await station.stop(transaction, 900, net.iso(), reason="SoftReset")
    await station.close()
    await net.until(lambda: net.station_resource("CP1").link is Link.OFFLINE)
    assert (await net.operation(operation)).state is OperationState.ANSWERED
    await net.wait(40)
    await station.connect(net.ocpp)
    await station.boot()
    assert (await net.operation(operation)).state is OperationState.ANSWERED
    await station.status(1, "Preparing", net.iso())
    ended = await net.reaches(operation, OperationState.PROVED)
    assert {"went_down", "booted"} <= {step.name for step in ended.steps}


async def test_r6_hard_reset_with_the_stop_after_the_boot(net: Net) -> None:
    """Accepted, silence, boot, then the queued stop: the session ends by its own stop."""
    station = await net.booted("CP1")
    transaction = await station.start(1, "CARD", 0, net.iso())
    station.replies["Reset"] = {"status": "Accepted"}
    operation = await net.operate("reset", "CP1", {"hard": True}, typed="CP1")
    assert await station.heard("Reset") == {"type": "Hard"}
    stopped = net.iso()
    await station.close()
    await net.wait(70)
    await station.connect(net.ocpp)
    await station.boot()
    await station.stop(transaction, 700, stopped, reason="HardReset")
    await station.status(1, "Available", net.iso())
    await net.reaches(operation, OperationState.PROVED)
    session = await net.session(transaction)
    assert (session.stop_reason, session.flags) == ("HardReset", [])


async def test_r6_hard_reset_with_a_lost_stop_leaves_a_ghost_that_is_closed(net: Net) -> None:
    """No stop within a quarter of an hour of the boot: assumed ended."""
    station = await net.booted("CP1")
    transaction = await station.start(1, "CARD", 0, net.iso())
    await station.close()
    await net.wait(70)
    await station.connect(net.ocpp)
    await station.boot()
    await net.wait(910)
    session = await net.session(transaction)
    assert session.state is SessionState.ENDED
    assert SessionFlag.ASSUMED_ENDED in session.flags


async def test_r7_reset_accepted_and_nothing_happens(net: Net) -> None:
    """No drop is no proof, whatever was answered."""
    station = await net.booted("CP1")
    station.replies["Reset"] = {"status": "Accepted"}
    operation = await net.operate("reset", "CP1", {}, deadline_s=120)
    await net.reaches(operation, OperationState.ANSWERED)
    await station.status(1, "Available", net.iso())
    await net.wait(121)
    ended = await net.reaches(operation, OperationState.UNPROVED)
    assert ended.answer == "Accepted"
    assert "went_down" not in [step.name for step in ended.steps]


async def test_r8_unlock_fails_twice_then_works(net: Net) -> None:
    """UnlockFailed is a refusal by the station; Unlocked is OCPP's own evidence."""
    station = await net.booted("CP1")
    station.replies["UnlockConnector"] = {"status": "UnlockFailed"}
    for _ in range(2):
        failed = await net.operate("unlock", "CP1:1")
        assert (await net.reaches(failed, OperationState.REFUSED)).answer == "UnlockFailed"
    station.replies["UnlockConnector"] = {"status": "Unlocked"}
    worked = await net.operate("unlock", "CP1:1")
    await net.reaches(worked, OperationState.PROVED)


async def test_r8_a_lock_fault_contradicts_the_unlock(net: Net) -> None:
    """Unlocked, then ConnectorLockFailure inside a minute: the record says so."""
    station = await net.booted("CP1")
    station.replies["UnlockConnector"] = {"status": "Unlocked"}
    operation = await net.operate("unlock", "CP1:1")
    await net.reaches(operation, OperationState.PROVED)
    await net.wait(20)
    await station.status(1, "Faulted", net.iso(), "ConnectorLockFailure")
    await net.until(lambda: any(step.name == "contradicted" for step in net.live_operation(operation).steps))
    assert "ConnectorLockFailure" in str(net.live_operation(operation).proof)


async def test_r10_offline_replay(net: Net) -> None:
    """Three hours without a link, two sessions inside: their own times, no alarm from the replay, live state intact."""
    station = await net.booted("CP1")
    gone = net.clock.now()
    await station.close()
    await net.until(lambda: net.station_resource("CP1").link is Link.OFFLINE)
    await net.wait(3 * 3600)
    assert [alarm.rule for alarm in net.alarms()] == ["offline"]
    await station.connect(net.ocpp)
    first = await station.start(1, "CARD", 1000, net.iso(gone + 600))
    await station.stop(first, 4000, net.iso(gone + 3600), reason="Local")
    await station.status(1, "Faulted", net.iso(gone + 3700), "GroundFailure")
    second = await station.start(1, "CARD", 4000, net.iso(gone + 5000))
    await station.stop(second, 4500, net.iso(gone + 6000), reason="Local")
    await station.status(1, "Available", net.iso())
    for number, begin, end, energy in ((first, 600, 3600, 3000), (second, 5000, 6000, 500)):
        session = await net.session(number)
        assert session.ended is not None
        assert (int(session.started.timestamp()), int(session.ended.timestamp())) == (
            int(gone + begin),
            int(gone + end),
        )
        assert session.energy_wh == energy
        assert SessionFlag.RECEIVED_LATE in session.flags
    await net.wait(180)
    assert net.alarms(active=True) == []
    assert net.outlet("CP1:1").activity is Activity.IDLE


async def test_r11_start_never_acknowledged(net: Net) -> None:
    """Meter values and stop with transaction -1 are answered, and become a session of their own."""
    station = await net.booted("CP1")
    reading = {"value": "7000", "measurand": "Energy.Active.Import.Register"}
    await station.call(
        "MeterValues", connectorId=1, transactionId=-1, meterValue=[{"timestamp": net.iso(), "sampledValue": [reading]}]
    )
    await net.wait(300)
    answer = await station.stop(-1, 9000, net.iso(), idTag="CARD")
    assert answer["idTagInfo"]["status"] == "Accepted"
    sessions = await net.client.sessions()
    assert [(s.outlet, s.energy_wh, s.state) for s in sessions] == [("CP1:1", 2000, SessionState.ENDED)]
    assert SessionFlag.START_MISSING in sessions[0].flags


async def test_r12_duplicated_start(net: Net) -> None:
    """The same start under a new message id: the same transaction, one session."""
    station = await net.booted("CP1")
    at = net.iso()
    first = await station.start(1, "CARD", 5, at)
    await net.wait(10)
    assert await station.start(1, "CARD", 5, at) == first
    assert len(await net.client.sessions()) == 1


async def test_r12_duplicated_start_after_a_restart_of_the_server(net: Net) -> None:
    """What identifies a start is on disk: the repeated one gets its id from the next process too."""
    station = await net.booted("CP1")
    at = net.iso()
    first = await station.start(1, "CARD", 5, at)
    await station.close()
    await net.restart()
    await station.connect(net.ocpp)
    assert await station.start(1, "CARD", 5, at) == first


async def test_r16_refused_tag_at_start(net: Net) -> None:
    """Invalid at the start: the session says refused, ends DeAuthorized, and the outlet remembers when."""
    station = await net.booted("CP1")
    await station.status(1, "Preparing", net.iso())
    answer = await station.call("StartTransaction", connectorId=1, idTag="STRANGER", meterStart=0, timestamp=net.iso())
    assert answer["idTagInfo"]["status"] == "Invalid"
    assert net.outlet("CP1:1").refused_at is not None
    await station.stop(answer["transactionId"], 0, net.iso(), reason="DeAuthorized")
    session = await net.session(answer["transactionId"])
    assert session.stop_reason == "DeAuthorized"
    assert SessionFlag.REFUSED in session.flags


async def test_a_restart_shows_the_same_network(net: Net) -> None:
    """Stations, states as last known, open sessions and history survive the process."""
    station = await net.booted("CP1")
    transaction = await station.start(1, "CARD", 100, net.iso())
    await station.status(1, "Charging", net.iso())
    await station.close()
    await net.restart()
    outlet = net.outlet("CP1:1")
    assert (outlet.state, outlet.known, outlet.session) == ("Charging", "last_known", str(transaction))
    assert net.station_resource("CP1").link is Link.OFFLINE
    await station.connect(net.ocpp)
    await station.stop(transaction, 1100, net.iso())
    assert (await net.session(transaction)).energy_wh == 1000


async def test_every_frame_is_in_the_trace_without_its_secrets(net: Net) -> None:
    """Both directions, the token masked."""
    station = await net.booted("CP1")
    await station.call("Authorize", idTag="04A2B3C4D5E69F")
    await net.until_trace("CP1", "Authorize", 2)
    frames = [frame for frame in await net.client.trace("CP1") if frame.action == "Authorize"]
    assert {frame.direction for frame in frames} == {"in", "out"}
    assert "04A2B3C4D5E69F" not in json.dumps([frame.frame for frame in frames])


async def test_a_pending_station_waits_until_it_is_accepted(net: Net) -> None:
    """Unknown: Pending; accepted by the operator: the next boot is Accepted."""
    station: Any = await net.station("NEW-1")
    assert (await station.boot())["status"] == "Pending"
    assert [entry.id for entry in await net.client.pending()] == ["NEW-1"]
    await net.client.accept("NEW-1")
    assert (await station.boot())["status"] == "Accepted"
