"""Our own restart: stations come back at once, late, or not at all. An alarm is what is true: who is really away."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.model.register import SiteEntry, StationEntry
from backend.model.settings import AlarmSettings
from backend.model.words import Link
from tests.recipes.net import Net
from tests.recipes.station import RawStation

SITES = {"S1": 6, "S2": 4, "S3": 4}
LATE_S = 90.0


def open_rules(net: Net) -> set[tuple[str, str]]:
    """(rule, source) of what is active."""
    return {(alarm.rule, alarm.source) for alarm in net.alarms(active=True)}


async def booted(net: Net) -> dict[str, RawStation]:
    """A network of three sites, everybody connected."""
    register = net.server.house.register
    stations = {}
    for site, count in SITES.items():
        register.put_site(SiteEntry(id=site, name=site))
        for number in range(count):
            name = f"{site}-{number}"
            register.put_station(StationEntry(id=name, site=site, current="AC"))
            stations[name] = await net.station(name)
            await stations[name].boot()
            await stations[name].status(1, "Available", net.iso())
    await net.wait(600)
    assert not open_rules(net)
    return stations


async def come_back(net: Net, station: RawStation, *, boots: bool) -> None:
    """As stations do whose server went: a new socket, mostly a boot, their statuses."""
    await station.connect(net.ocpp)
    if boots:
        await station.boot()
    await station.status(1, "Available", net.iso())


@pytest.mark.parametrize("boots", [True, False])
async def test_offline_is_only_who_stays_away(tmp_path: Path, boots: bool) -> None:
    """Most come back over a minute, one after nine; two of one site and all of another never: two alarms of stations,
    one of the dark site, and none of anybody else in the half hour after."""
    net = Net(tmp_path)
    await net.start()
    stations = await booted(net)
    await net.restart()
    away = {"S1-0", "S1-1", *(f"S3-{number}" for number in range(SITES["S3"]))}
    late = "S2-3"
    seen: set[tuple[str, str]] = set()
    for name, station in stations.items():
        if name not in away and name != late:
            await net.wait(LATE_S / len(stations))
            await come_back(net, station, boots=boots)
            seen |= open_rules(net)
    await net.wait(540 - LATE_S)
    seen |= open_rules(net)
    assert not {alarm for alarm in seen if alarm[0] != "site_dark"}
    await come_back(net, stations[late], boots=boots)
    for _ in range(30):
        await net.wait(60)
        seen |= open_rules(net)
    dark = {("site_dark", "S3")}
    assert open_rules(net) - dark == {("offline", name) for name in away}
    assert seen == open_rules(net) >= dark
    live = net.server.house.fleet.stations
    assert {name for name, station in live.items() if station.link is Link.OFFLINE} == away
    await net.stop()


@pytest.mark.parametrize("crash", [False, True])
async def test_restarts_of_ours_make_no_flapping_and_no_boot_loop(tmp_path: Path, crash: bool) -> None:
    """Eight restarts within an hour, after each of them every station comes back with a boot."""
    net = Net(tmp_path)
    await net.start()
    stations = await booted(net)
    for _ in range(8):
        await (net.crash() if crash else net.restart())
        for station in stations.values():
            await come_back(net, station, boots=True)
        await net.wait(300)
        assert not open_rules(net)
    await net.wait(1_200)
    assert not open_rules(net)
    await net.stop()


async def test_a_station_that_loops_is_told_all_the_same(tmp_path: Path) -> None:
    """One that boots by itself again and again, between our restarts."""
    net = Net(tmp_path)
    await net.start()
    stations = await booted(net)
    await net.restart()
    for name in ("S1-0", "S1-1"):
        await come_back(net, stations[name], boots=True)
    for _ in range(4):
        await net.wait(120)
        await stations["S1-0"].boot()
    assert open_rules(net) == {("boot_loop", "S1-0")}
    await net.stop()


async def test_replayed_sessions_raise_nothing(tmp_path: Path) -> None:
    """What stations did while we were away comes late: sessions, faults that are over, a clock as it was then."""
    net = Net(tmp_path)
    net.settings.alarms = AlarmSettings()
    await net.start()
    stations = await booted(net)
    began = net.clock.now()
    await net.client.close()
    await net.server.stop()
    net.clock.advance(7_200)
    net.server = type(net.server)(net.settings, clock=net.clock)
    await net.start()
    net.client = type(net.client)(net.settings.api.listen)
    for number, station in enumerate(stations.values()):
        await station.connect(net.ocpp)
        await station.boot()
        at = began + 600.0 + 60 * number
        first = await station.start(1, "CARD", 0, net.iso(at))
        await station.status(1, "Charging", net.iso(at))
        await station.status(1, "Faulted", net.iso(at + 900), error="GroundFailure")
        await station.status(1, "Available", net.iso(at + 1_200))
        await station.stop(first, 5_000, net.iso(at + 1_500))
        await station.status(1, "Available", net.iso())
    for _ in range(20):
        await net.wait(60)
        assert not open_rules(net)
    sessions = await net.client.sessions(limit=0)
    assert len(sessions) == len(stations)
    assert {session.state.value for session in sessions} == {"ended"}
    await net.stop()
