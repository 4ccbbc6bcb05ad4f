"""Live state, sessions, alarms, uptime and trace through the API, with a station on a real socket."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from backend.api import searching
from backend.client.client import Client
from backend.model.clock import as_datetime, iso
from backend.model.errors import Conflict, Invalid
from backend.model.session import Session
from backend.model.words import Activity, Admission, AlarmState, Known, Link, SessionState


async def test_a_pending_station_is_accepted(house: Any, client: Client) -> None:
    """An unknown station waits, is let in, and serves; then it is blocked and thrown out."""
    post = await house.post("CP-7")
    assert (await post.call("BootNotification", chargePointVendor="Fjord", chargePointModel="Solo"))[
        "status"
    ] == "Pending"
    assert [one.id for one in await client.pending()] == ["CP-7"]
    await client.put_site("malmo", name="Malmö C")
    accepted = await client.accept("CP-7", site="malmo")
    assert (accepted.admission, accepted.site, accepted.link) == (Admission.ACCEPTED, "malmo", Link.ONLINE)
    assert await client.pending() == []
    await post.boot()
    outlet = await client.outlet("CP-7:1")
    assert (outlet.activity, outlet.known, outlet.state, outlet.site) == (
        Activity.IDLE,
        Known.LIVE,
        "Available",
        "malmo",
    )
    blocked = await client.block("CP-7")
    assert blocked.admission is Admission.BLOCKED
    await post.socket.wait_closed()


async def test_a_session_from_start_to_curve(house: Any, client: Client) -> None:
    """A charge is seen while it runs and afterwards, found by place, token and state, its token masked."""
    await client.put_token("04A1B2C3D49F")
    await client.put_station("CP-1")
    post = await house.post("CP-1")
    await post.boot("Preparing")
    begun = await post.call(
        "StartTransaction", connectorId=1, idTag="04A1B2C3D49F", meterStart=1000, timestamp=iso(house.clock.now())
    )
    number = begun["transactionId"]
    await post.status(1, "Charging")
    house.pass_time(600)
    sample = [
        {"value": "3000", "measurand": "Energy.Active.Import.Register", "unit": "Wh"},
        {"value": "11000", "measurand": "Power.Active.Import", "unit": "W"},
    ]
    await post.call(
        "MeterValues",
        connectorId=1,
        transactionId=number,
        meterValue=[{"timestamp": iso(house.clock.now()), "sampledValue": sample}],
    )
    (session,) = await client.sessions("state:active")
    assert (session.id, session.id_token, session.energy_wh, session.power_w) == (
        str(number),
        "04••••••9F",
        2000,
        11000,
    )
    assert session.duration_s == pytest.approx(600, abs=1)
    outlet = await client.outlet("CP-1:1")
    assert (outlet.session, outlet.id_token, outlet.power_w, outlet.energy_wh) == (
        session.id,
        "04••••••9F",
        11000,
        2000,
    )
    house.server.tick()
    totals = await client.totals()
    assert (totals.power_w, totals.activities["charging"], totals.online) == (11000.0, 1, 1)
    house.pass_time(60)
    await post.call(
        "StopTransaction",
        transactionId=number,
        meterStop=3500,
        timestamp=iso(house.clock.now()),
        reason="EVDisconnected",
    )
    for text in ("token:04a1b2c3d49f", "outlet:CP-1:1", "station:CP-1", "state:ended kwh:>2", "", "reason:evdis",
                 'outlet:"CP-1:1"', 'station:"cp-1"', "station:P-1"):  # fmt: skip
        assert [one.id for one in await client.sessions(text)] == [session.id], text
    for text in ("token:04a1", "outlet:CP-1:2", "state:active", "station:CP-2", 'outlet:"CP-1:"', 'station:"P-1"'):
        assert await client.sessions(text) == [], text
    ended = await client.session(session.id, reveal="bill disputed")
    assert (ended.state, ended.energy_wh, ended.stop_reason, ended.id_token) == (
        SessionState.ENDED,
        2500,
        "EVDisconnected",
        "04A1B2C3D49F",
    )
    curve = await client.readings(session.id)
    assert 3000 in [reading.energy_wh for reading in curve]
    assert 11000 in [reading.power_w for reading in curve]


async def test_sessions_page_backwards(house: Any, client: Client) -> None:
    """`before` continues below the last one, in the same order."""
    await client.put_token("04A1B2C3D49F")
    await client.put_station("CP-1")
    post = await house.post("CP-1")
    await post.boot()
    for meter in range(5):
        house.pass_time(60)
        begun = await post.call(
            "StartTransaction", connectorId=1, idTag="04A1B2C3D49F", meterStart=meter, timestamp=iso(house.clock.now())
        )
        await post.call(
            "StopTransaction",
            transactionId=begun["transactionId"],
            meterStop=meter + 1,
            timestamp=iso(house.clock.now() + 1),
        )
    newest = await client.sessions(limit=2)
    rest = await client.sessions(before=newest[-1].id)
    assert [one.id for one in newest + rest] == sorted((one.id for one in newest + rest), key=int, reverse=True)
    assert len(newest + rest) == 5


async def test_a_search_that_does_not_come_to_the_end_says_so(
    house: Any, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No index helps with a reason: the newest are looked at. With a time that leads to the old ones they are found."""
    monkeypatch.setattr(searching, "MOST_LOOKED_AT", 200)
    sessions = [
        Session(
            id=number,
            station="CP-1",
            evse=1,
            connector=1,
            transaction_id=str(number),
            id_token=None,
            state=SessionState.ENDED,
            started=house.clock.now() - 1_000.0 * (500 - number),
            stop_reason="Remote" if number == 7 else "Local",
        )
        for number in range(1, 451)
    ]
    for session in sessions:
        house.server.house.store.session(session)
    found = await client.sessions("reason:Remote")
    assert (found, found.looked_at) == ([], 200)
    older = as_datetime(sessions[150].started).isoformat()
    found = await client.sessions(f"reason:Remote started:<{older}")
    assert ([one.id for one in found], found.looked_at) == (["7"], None)
    everything = await client.sessions(limit=0)
    assert (len(everything), everything.looked_at) == (450, None)


async def test_nothing_is_searched_for_who_has_gone(
    house: Any, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who types on hangs up on the search before: it ends where it is."""
    begun, ended = asyncio.Event(), asyncio.Event()

    async def reading(_query: object) -> list[Session]:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        raise AssertionError

    monkeypatch.setattr(house.server.house.store, "sessions", reading)
    asked = asyncio.create_task(client.sessions("reason:Remote"))
    await asyncio.wait_for(begun.wait(), 5)
    asked.cancel()
    await asyncio.wait_for(ended.wait(), 5)


async def test_alarms_are_handled_by_people(house: Any, client: Client) -> None:
    """Acknowledged, taken back, owned, noted, shelved, returned: with who did it, in its history."""
    await client.put_station("CP-1")
    post = await house.post("CP-1")
    await post.boot()
    await post.status(1, "Faulted", "OverVoltage")
    (alarm,) = await client.alarms()
    assert (alarm.rule, alarm.code, alarm.source, alarm.state) == (
        "fault",
        "OverVoltage",
        "CP-1:1",
        AlarmState.UNACKNOWLEDGED,
    )
    assert (await client.outlet("CP-1:1")).alarm_severity is alarm.severity
    assert [one.id for one in await client.alarms(f"alarm:s{alarm.severity.value} code:overv")] == [alarm.id]
    assert await client.alarms("code:other") == []
    me = (await client.whoami()).name
    acknowledged = await client.acknowledge(alarm.id)
    assert (acknowledged.state, acknowledged.acknowledged_by) == (AlarmState.ACKNOWLEDGED, me)
    assert (await client.take_back(alarm.id)).state is AlarmState.UNACKNOWLEDGED
    assert (await client.own(alarm.id, "anna")).owner == "anna"
    assert (await client.own(alarm.id, None)).owner is None
    with pytest.raises(Invalid):
        await client.own(alarm.id, " ")
    with pytest.raises(Invalid):
        await client.note(alarm.id, "  ")
    await client.note(alarm.id, "called the\x1b[31m site")
    shelved = await client.shelve(alarm.id, 3600, "technician on the way")
    assert (shelved.state, shelved.shelve_reason) == (AlarmState.SHELVED, "technician on the way")
    assert (await client.unshelve(alarm.id)).state is not AlarmState.SHELVED
    await client.acknowledge(alarm.id)
    await post.status(1, "Available")
    house.pass_time(120)
    assert await client.alarms() == []
    (past,) = await client.alarms(history=True)
    assert past.state is AlarmState.NORMAL
    entries = [(entry.what, entry.who) for entry in await client.alarm_entries(alarm.id)]
    assert ("acknowledged", me) in entries
    assert all("\x1b" not in entry.text for entry in await client.alarm_entries(alarm.id))
    with pytest.raises(Exception, match="alarm"):
        await client.acknowledge(alarm.id)
    assert {rule.rule for rule in await client.alarm_rules()} >= {"fault", "offline"}


async def test_uptime_and_its_intervals(house: Any, client: Client) -> None:
    """An hour in order and an hour faulted are 50 %, by outlet, station, site and network."""
    await client.put_site("malmo", name="Malmö C")
    await client.put_station("CP-1", site="malmo")
    post = await house.post("CP-1")
    await post.boot()
    house.pass_time(3600)
    await post.status(1, "Faulted", "GroundFailure")
    house.pass_time(3600)
    begin = (as_datetime(house.clock.now()) - timedelta(hours=2)).isoformat()
    for by, key in (("outlet", "CP-1:1"), ("station", "CP-1"), ("site", "malmo"), ("network", "network")):
        (row,) = await client.uptime(by, begin, days=True)
        assert row.key == key
        assert row.uptime_pct == pytest.approx(50, abs=0.5)
        assert sum(row.lost_per_day_s) == pytest.approx(3600, abs=20)
    assert await client.uptime("outlet", begin, filter="site:lund") == []
    stretches = await client.intervals("CP-1:1", begin)
    assert [one.kind for one in stretches] == ["up", "faulted"]
    assert stretches[-1].end is None
    await house.server._uptime.refresh()
    assert (await client.totals()).uptime_30d_pct == pytest.approx(50, abs=0.5)


async def test_the_trace_is_masked(house: Any, client: Client) -> None:
    """What was said is there, oldest first, without the token."""
    await client.put_station("CP-1")
    post = await house.post("CP-1")
    await post.boot()
    await post.call("Authorize", idTag="04A1B2C3D49F")
    frames = await client.trace("cp-1")
    assert [frame.action for frame in frames if frame.direction == "in"] == [
        "BootNotification",
        "StatusNotification",
        "Authorize",
    ]
    assert "04A1B2C3D49F" not in "".join(frame.frame for frame in frames)
    assert [frame.action for frame in await client.trace("CP-1", limit=1)] == ["Authorize"]
    links = await client.links("CP-1")
    assert links[0].link == "online"
    assert await client.quarantine() == []


async def test_connections_that_cannot_be_served_are_listed(house: Any, client: Client) -> None:
    """Garbage on the stations' port is a row with its first bytes."""
    import asyncio

    host, port = house.server.ocpp_address.split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET / HTTP/1.0\r\n\r\n")
    await writer.drain()
    while not (found := await client.quarantine()):
        house.server.tick()
    writer.close()
    assert "GET / HTTP/1.0" in found[0].raw


async def test_last_heard_survives_a_restart(house: Any, client: Client) -> None:
    """A server that comes back shows the same stations, as last known."""
    from backend.server import Server

    await client.put_station("CP-1")
    post = await house.post("CP-1")
    await post.boot("Charging")
    house.pass_time(5)
    await house.until(lambda: house.server.house.intake.heard_since == set())
    await post.close()
    await house.server.stop()
    again = Server(house.server.settings, house.clock)
    await again.start()
    try:
        async with Client(again.api_address) as after:
            outlet = await after.outlet("CP-1:1")
            station = await after.station("CP-1")
    finally:
        await again.stop()
    assert (outlet.known, outlet.state, outlet.activity) == (Known.LAST_KNOWN, "Charging", Activity.CHARGING)
    assert (station.link, station.model) == (Link.OFFLINE, "Solo 11")
    assert station.last_heard is not None


async def test_one_import_at_a_time(house: Any, client: Client) -> None:
    """A second import is refused while one runs."""
    house.server.house.importing = True
    with pytest.raises(Conflict):
        await client.import_csv(b"site,name\na,b\n")
