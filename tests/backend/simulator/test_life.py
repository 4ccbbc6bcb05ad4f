"""Boot, statuses, a whole charge, faults, links: in each version, against a strict server."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from backend.model.clock import iso
from backend.model.words import Version
from backend.simulator.cars import KINDS, Car
from backend.simulator.faults import CABLE_HOT, READER
from backend.simulator.outlet import Plug
from tests.backend.simulator.stage import Stage

VERSIONS = [Version.V16, Version.V201, Version.V21]
SALOON = next(kind for kind in KINDS if kind.name == "saloon")
ID = "NK-00001"


@pytest.mark.parametrize("version", VERSIONS)
async def test_boots_and_reports_every_outlet(stage: Stage, version: Version) -> None:
    """After Accepted: the status of every outlet, and in 1.6 of connector 0."""
    await stage.up(version)
    assert stage.server.actions(ID)[0] == "BootNotification"
    assert stage.server.statuses(ID, 1) == ["Available"]
    assert stage.server.statuses(ID, 2) == ["Available"]
    assert stage.server.statuses(ID, 0) == (["Available"] if version is Version.V16 else [])


@pytest.mark.parametrize("version", VERSIONS)
async def test_offers_the_subprotocol_of_its_version(stage: Stage, version: Version) -> None:
    """The handshake names one version, and the identity is the last segment of the path."""
    await stage.up(version)
    assert stage.server.sockets[ID].subprotocol == version.subprotocol


async def test_pending_station_says_boot_alone_until_it_is_accepted(stage: Stage) -> None:
    """Pending: nothing but boots, spaced by the interval; then all statuses."""
    stage.server.boot_status = "Pending"
    station = stage.station()
    station.start()
    await asyncio.wait_for(station.booted("Pending"), 5)
    await stage.timers.advance(300)
    assert set(stage.server.actions(ID)) == {"BootNotification"}
    stage.server.boot_status = "Accepted"
    await stage.timers.advance(301)
    assert stage.server.statuses(ID, 1) == ["Available"]


async def test_heartbeats_come_at_the_interval_of_the_boot_answer(stage: Stage) -> None:
    """300 s were asked for: four in twenty minutes."""
    await stage.up()
    await stage.timers.advance(1_210)
    assert stage.server.actions(ID).count("Heartbeat") == 4


async def test_a_whole_charge_of_16(stage: Stage) -> None:
    """R1: Preparing, Authorize, Start, Charging, meter values, Stop, Finishing, Available."""
    station = await stage.charging()
    await stage.timers.advance(600)
    station.authorise(1)
    await stage.settle()
    station.unplug(1)
    await stage.settle()
    words = stage.server.statuses(ID, 1)
    assert words == ["Available", "Preparing", "Charging", "Finishing", "Available"]
    start = stage.server.payloads(ID, "StartTransaction")[0]
    stop = stage.server.payloads(ID, "StopTransaction")[0]
    assert stop["transactionId"] == 501
    assert stop["reason"] == "Local"
    assert stop["meterStop"] > start["meterStart"] + 400
    assert 9 <= len(stage.server.payloads(ID, "MeterValues")) <= 11


@pytest.mark.parametrize("version", [Version.V201, Version.V21])
async def test_a_whole_charge_of_2(stage: Stage, version: Version) -> None:
    """Occupied, Started, Charging, periodic updates, Ended, Available; sequence numbers without a gap."""
    station = await stage.charging(version)
    await stage.timers.advance(600)
    station.authorise(1)
    await stage.settle()
    station.unplug(1)
    await stage.settle()
    assert stage.server.statuses(ID, 1) == ["Available", "Occupied", "Available"]
    events = stage.server.payloads(ID, "TransactionEvent")
    assert [event["seqNo"] for event in events] == list(range(len(events)))
    assert events[0]["eventType"] == "Started"
    assert events[0]["triggerReason"] == "Authorized"
    assert events[1]["transactionInfo"]["chargingState"] == "Charging"
    assert events[-1]["eventType"] == "Ended"
    assert events[-1]["transactionInfo"]["stoppedReason"] == "Local"
    assert len({event["transactionInfo"]["transactionId"] for event in events}) == 1


async def test_dc_power_follows_the_battery(stage: Stage) -> None:
    """A saloon at 150 kW: strong at 15 %, weak above 80 %; SoC never falls; the register holds the integral."""
    station = await stage.up(Version.V201, plugs=(Plug(evse=1, current="DC", max_kw=150.0, tethered=True),))
    station.plug(1, Car(SALOON, 10.0, 90.0))
    station.authorise(1)
    await stage.settle()
    await stage.timers.advance(3_600)
    powers, charges, registers = [], [], []
    for event in stage.server.payloads(ID, "TransactionEvent"):
        for value in event.get("meterValue", []):
            for sample in value["sampledValue"]:
                kind = {"Power.Active.Import": powers, "SoC": charges, "Energy.Active.Import.Register": registers}
                kind.get(sample["measurand"], []).append(sample["value"])
    assert max(powers) <= 151_000
    assert max(powers[:8]) > 140_000
    assert powers[-1] == 0
    assert charges == sorted(charges)
    assert charges[-1] == 90
    assert (registers[-1] - registers[0]) / 1000 == pytest.approx(75.0 * 0.8 / 0.95, rel=0.02)


async def test_a_full_car_pauses_by_itself(stage: Stage) -> None:
    """SuspendedEV once the car has what it wants."""
    station = await stage.up()
    station.plug(1, Car(SALOON, 79.9, 80.0))
    station.authorise(1)
    await stage.settle()
    await stage.timers.advance(300)
    assert stage.server.statuses(ID, 1)[-1] == "SuspendedEV"


async def test_single_phase_cars_draw_on_one_phase(stage: Stage) -> None:
    """A 1-phase car on a 3-phase outlet: one current, at most 7.4 kW."""
    small = next(kind for kind in KINDS if kind.name == "small hatch")
    station = await stage.up()
    station.plug(1, Car(small, 30.0))
    station.authorise(1)
    await stage.settle()
    await stage.timers.advance(130)
    sampled = stage.server.payloads(ID, "MeterValues")[-1]["meterValue"][0]["sampledValue"]
    assert [s["phase"] for s in sampled if s["measurand"] == "Current.Import"] == ["L1"]
    power = next(float(s["value"]) for s in sampled if s["measurand"] == "Power.Active.Import")
    assert 6_000 < power < 7_500


@pytest.mark.parametrize("version", VERSIONS)
async def test_unplugging_ends_the_charge(stage: Stage, version: Version) -> None:
    """The reason is EVDisconnected, and the outlet is free."""
    station = await stage.charging(version)
    assert station.unplug(1)
    await stage.settle()
    if version is Version.V16:
        assert stage.server.payloads(ID, "StopTransaction")[0]["reason"] == "EVDisconnected"
    else:
        info = stage.server.payloads(ID, "TransactionEvent")[-1]["transactionInfo"]
        assert (info["stoppedReason"], info["chargingState"]) == ("EVDisconnected", "Idle")
    assert stage.server.statuses(ID, 1)[-1] == "Available"


async def test_a_fault_of_16_carries_its_mrec_code(stage: Stage) -> None:
    """Faulted with the vendor code and vendorId; NoError and Available when it is mended; the charge ended first."""
    station = await stage.charging()
    station.fault(1, CABLE_HOT)
    await stage.settle()
    assert stage.server.actions(ID)[-3:] == ["StopTransaction", "StatusNotification", "StatusNotification"]
    faulted = stage.server.payloads(ID, "StatusNotification")[-1]
    assert faulted["status"] == "Faulted"
    assert (faulted["errorCode"], faulted["vendorErrorCode"]) == ("OtherError", "CX019")
    assert faulted["vendorId"] == "https://chargex.inl.gov"
    station.mend(1)
    await stage.settle()
    after = stage.server.payloads(ID, "StatusNotification")[-1]
    assert (after["status"], after["errorCode"]) == ("Finishing", "NoError")


async def test_a_fault_of_2_is_an_event_and_a_status(stage: Stage) -> None:
    """NotifyEvent with techCode true, then cleared; the status follows."""
    station = await stage.up(Version.V201)
    station.fault(2, CABLE_HOT)
    await stage.settle()
    station.mend(2)
    await stage.settle()
    first, second = (payload["eventData"][0] for payload in stage.server.payloads(ID, "NotifyEvent"))
    assert (first["techCode"], first["actualValue"], first["component"]["evse"]["id"]) == ("CX019", "true", 2)
    assert second["cleared"] is True
    assert stage.server.statuses(ID, 2) == ["Available", "Faulted", "Available"]


async def test_a_warning_does_not_stop_the_charge(stage: Stage) -> None:
    """errorCode beside a status other than Faulted."""
    station = await stage.charging()
    station.fault(1, READER)
    await stage.settle()
    last = stage.server.payloads(ID, "StatusNotification")[-1]
    assert (last["status"], last["errorCode"]) == ("Charging", "ReaderFailure")
    assert "StopTransaction" not in stage.server.actions(ID)


async def test_comes_back_without_a_boot_and_reports_changes_only(stage: Stage) -> None:
    """A plain reconnect: no BootNotification; the outlet that changed meanwhile is reported, the other not."""
    station = await stage.up()
    station.drop_link(60.0)
    station.plug(2)
    await stage.timers.advance(62)
    assert stage.server.connects[ID] == 2
    assert stage.server.actions(ID).count("BootNotification") == 1
    assert stage.server.statuses(ID, 2) == ["Available", "Preparing"]
    assert stage.server.statuses(ID, 1) == ["Available"]


async def test_reconnects_with_growing_waits_while_nobody_listens(stage: Stage) -> None:
    """A refused handshake is tried again; the waits double up to the longest."""
    station = stage.station(name="NK-404")
    station.link._uri.port = 1
    failed: list[float] = []
    station.on_offline = lambda: failed.append(stage.timers.now())
    station.start()
    await stage.settle()
    await stage.timers.advance(120)
    waits = [later - earlier for earlier, later in pairwise(failed)]
    assert len(waits) >= 4
    assert waits[0] < 6
    assert waits[2] > waits[1] > waits[0]
    assert max(waits) <= 31


@pytest.mark.parametrize("version", VERSIONS)
async def test_offline_charges_are_replayed_with_their_own_times(stage: Stage, version: Version) -> None:
    """Start, meter values and stop wait for the link, in order, with the times when they happened."""
    station = await stage.up(version)
    station.drop_link(3_600.0)
    began = stage.timers.now()
    station.plug(1)
    station.authorise(1)
    await stage.timers.advance(1_200)
    station.authorise(1)
    station.unplug(1)
    assert len(stage.server.said[ID]) == (4 if version is Version.V16 else 3)
    await stage.timers.advance(3_000)
    if version is Version.V16:
        start, stop = stage.server.payloads(ID, "StartTransaction")[0], stage.server.payloads(ID, "StopTransaction")[0]
        assert start["timestamp"] < stop["timestamp"] < _iso(began + 1_300)
        assert stop["transactionId"] == 501
        assert {p["transactionId"] for p in stage.server.payloads(ID, "MeterValues")} == {501}
    else:
        events = stage.server.payloads(ID, "TransactionEvent")
        assert all(event["offline"] for event in events)
        assert [event["seqNo"] for event in events] == list(range(len(events)))
        assert events[-1]["timestamp"] < _iso(began + 1_300)


async def test_a_refused_card_at_the_start_locks_the_cable(stage: Stage) -> None:
    """R16: StopTransaction(DeAuthorized); the cable is held until the same card is shown."""
    station = await stage.up()
    station.plug(1)
    stage.server.token_status = "Invalid"
    station.charging.begin(1, "04FFFF", "ISO14443", "Authorized")
    await stage.settle()
    assert stage.server.payloads(ID, "StopTransaction")[0]["reason"] == "DeAuthorized"
    assert not station.unplug(1)
    station.authorise(1, "04AAAA")
    assert not station.unplug(1)
    station.authorise(1, "04FFFF")
    assert station.unplug(1)


async def test_a_refused_card_starts_nothing(stage: Stage) -> None:
    """Authorize answered Invalid: no transaction."""
    station = await stage.up(Version.V201)
    stage.server.token_status = "Invalid"
    station.plug(1)
    station.authorise(1)
    await stage.settle()
    await stage.timers.advance(30)
    assert "TransactionEvent" not in stage.server.actions(ID)


async def test_a_card_before_the_cable_waits_for_it(stage: Stage) -> None:
    """Preparing from the card on; Available again when nobody plugs in within ConnectionTimeOut."""
    station = await stage.up()
    station.authorise(1)
    await stage.settle()
    assert stage.server.statuses(ID, 1) == ["Available", "Preparing"]
    await stage.timers.advance(61)
    assert stage.server.statuses(ID, 1)[-1] == "Available"
    station.authorise(1)
    await stage.settle()
    station.plug(1)
    await stage.settle()
    assert "StartTransaction" in stage.server.actions(ID)


async def test_an_unanswered_start_is_sent_again(stage: Stage) -> None:
    """No answer in 30 s: the same payload again, until there is one."""
    station = await stage.up()
    stage.server.mute.add("StartTransaction")
    stage.timers.settle = None
    station.plug(1)
    station.authorise(1)
    await asyncio.wait_for(stage.server.heard(ID, "StartTransaction"), 5)
    await stage.timers.advance(31)
    stage.server.mute.clear()
    stage.timers.settle = stage.settle
    await stage.timers.advance(25)
    first, second = stage.server.payloads(ID, "StartTransaction")
    assert first == second
    assert station.charge_at(1).transaction == 501


def _iso(at: float) -> str:
    return iso(at)
