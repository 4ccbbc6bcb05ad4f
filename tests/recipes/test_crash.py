"""A crash: live rows may be a minute old, what was answered since is in the history, and nobody sees a difference."""

from __future__ import annotations

from backend.model.event import Fault
from backend.model.words import Activity
from tests.recipes.net import Net
from tests.recipes.station import RawStation


async def test_statuses_that_no_live_row_knows_come_from_the_history(net: Net) -> None:
    """The last word, its time and its faults; an outlet without any row too; a late word stays out of it."""
    station = await net.booted("CP1")
    await net.wait(90)
    began = net.clock.now()
    await station.status(1, "Preparing", net.iso())
    net.clock.advance(10)
    await station.status(1, "Faulted", net.iso(), "GroundFailure")
    await station.status(3, "Unavailable", net.iso())
    await net.crash()
    live = net.server.house.fleet.stations["CP1"]
    assert live.connectors[1, 1].faults == (Fault(code="GroundFailure"),)
    assert (live.connectors[1, 1].activity, live.connectors[1, 1].status_since) == (Activity.FAULTED, began + 10)
    assert live.connectors[2, 1].status == "Available"
    assert live.connectors[3, 1].activity is Activity.UNAVAILABLE


async def test_a_session_goes_on_from_its_curve(net: Net) -> None:
    """Energy, power and charge as of the last reading that was answered, and the stop adds up."""
    station = await net.booted("CP1")
    transaction = await station.start(1, "CARD", 1000, net.iso())
    await station.status(1, "Charging", net.iso())
    await net.wait(90)
    await meter(station, net, transaction, 2000, 7000, 40)
    net.clock.advance(20)
    await meter(station, net, transaction, 3500, 11000, 42)
    before = await net.session(transaction)
    await net.crash()
    session = await net.session(transaction)
    assert (session.energy_wh, session.power_w, session.soc_pct) == (2500, 11000.0, 42.0)
    assert (session.max_power_w, session.flags) == (before.max_power_w, before.flags)
    assert net.outlet("CP1:1").activity is Activity.CHARGING
    await station.connect(net.ocpp)
    await station.stop(transaction, 4000, net.iso())
    assert (await net.session(transaction)).energy_wh == 3000


async def test_sequence_numbers_go_on_over_a_crash(net: Net) -> None:
    """2.0.1: neither a gap nor something new where the station goes on, or repeats what it did not hear answered."""
    station = await net.booted("CP1", "2.0.1", outlets=1)
    await event(station, net, "Started", 0, 1000)
    await net.wait(90)
    for number in (1, 2, 3):
        await event(station, net, "Updated", number, 1000 + number)
        net.clock.advance(5)
    await net.crash()
    await station.connect(net.ocpp)
    await event(station, net, "Updated", 4, 1010)
    session = next(iter(net.server.house.fleet.sessions.values()))
    assert (session.next_seq, session.energy_wh, session.flags) == (5, 10, set())
    await event(station, net, "Updated", 3, 1003)
    assert {str(flag) for flag in session.flags} == {"repeated"}


async def meter(station: RawStation, net: Net, transaction: int, register: int, power: int, charge: int) -> None:
    values = (("Energy.Active.Import.Register", register), ("Power.Active.Import", power), ("SoC", charge))
    units = ("Wh", "W", "Percent")
    read = zip(values, units, strict=True)
    sampled = [{"measurand": name, "value": str(value), "unit": unit} for (name, value), unit in read]
    readings = [{"timestamp": net.iso(), "sampledValue": sampled}]
    await station.call("MeterValues", connectorId=1, transactionId=transaction, meterValue=readings)


async def event(station: RawStation, net: Net, kind: str, number: int, register: int) -> None:
    await station.call(
        "TransactionEvent",
        eventType=kind,
        timestamp=net.iso(),
        triggerReason="MeterValuePeriodic",
        seqNo=number,
        transactionInfo={"transactionId": "T1", "chargingState": "Charging"},
        evse={"id": 1, "connectorId": 1},
        meterValue=[{"timestamp": net.iso(), "sampledValue": [{"value": register}]}],
    )
