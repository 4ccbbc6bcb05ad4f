"""Virtual stations against the real server, in one process and on one held clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from random import Random

import pytest

from backend.model.clock import HeldClock
from backend.model.settings import ApiSettings, OcppSettings, Settings, StoreSettings
from backend.model.words import Activity, BootStatus, Link, SessionState, Version
from backend.server import Server
from backend.simulator.cars import KINDS, Car
from backend.simulator.faults import LOCK
from backend.simulator.fleet import VirtualFleet
from backend.simulator.history import history
from backend.simulator.network import make_network
from backend.simulator.opening import make_opening
from backend.simulator.scenarios import SCENARIOS
from backend.simulator.speech import Nameplate
from backend.simulator.station import VirtualStation
from backend.simulator.timers import HeldTimers
from backend.store import Store

VERSIONS = [Version.V16, Version.V201, Version.V21]
PATIENCE_S = 10.0


class House:
    """A server and stations on one clock."""

    def __init__(self, folder: Path) -> None:
        self.clock = HeldClock()
        self.timers = HeldTimers(self.clock)
        self.settings = Settings(
            ocpp=OcppSettings(host="127.0.0.1", port=0, accept_unknown=True, ping_s=1e9),
            store=StoreSettings(data=folder / "data"),
            api=ApiSettings(listen=f"unix:{folder}/api.sock"),
        )
        self.stations: list[VirtualStation] = []
        self.server: Server | None = None

    async def start(self) -> Server:
        self.server = Server(self.settings, self.clock)
        await self.server.start()
        self.timers.settle = self.settle
        return self.server

    @property
    def url(self) -> str:
        assert self.server is not None
        return f"ws://{self.server.ocpp_address}/ocpp"

    async def settle(self) -> None:
        """Until every station is quiet, and the server had a tick."""
        for station in self.stations:
            await asyncio.wait_for(station.quiet(), PATIENCE_S)
        if self.server is not None:
            self.server.tick()

    async def station(self, version: Version, name: str = "SIM-1") -> VirtualStation:
        station = VirtualStation(self.url, Nameplate(id=name), version, self.timers, dice=Random(1))
        self.stations.append(station)
        station.start()
        await asyncio.wait_for(station.booted(), PATIENCE_S)
        await self.settle()
        return station

    async def until(self, found: Callable[[], object]) -> None:
        """Wait in real time, not in the held one."""
        async with asyncio.timeout(PATIENCE_S):
            while not (result := found()):  # noqa: ASYNC110 - the server has no event for everything
                await asyncio.sleep(0.005)
            assert result


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    found = House(tmp_path)
    yield found
    for station in found.stations:
        station.stop()
    if found.server is not None:
        await found.server.stop()


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_whole_charge_is_one_session(house: House, version: Version) -> None:
    """Boot, statuses, a charge with its energy, and the outlet free again."""
    server = await house.start()
    fleet = server.house.fleet
    station = await house.station(version)
    live = fleet.find("SIM-1")
    assert live is not None
    assert (live.boot_status, live.link, live.version) == (BootStatus.ACCEPTED, Link.ONLINE, version)
    station.plug(1, Car(KINDS[3], 40.0))
    await house.settle()
    station.authorise(1, "04A1B2C3D4E5F6")
    await house.settle()
    await house.timers.advance(1_203)
    session = next(iter(fleet.sessions.values()))
    assert live.connectors[1, 1].activity is Activity.CHARGING
    assert session.energy_wh == pytest.approx(11_000 / 3, rel=0.06)
    station.authorise(1, "04A1B2C3D4E5F6")
    await house.settle()
    assert session.state is SessionState.ENDED
    assert session.stop_reason == "Local"
    assert session.flags == set()
    station.unplug(1)
    await house.settle()
    assert live.connectors[1, 1].activity is Activity.IDLE


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_fault_is_one_alarm_until_it_is_mended(house: House, version: Version) -> None:
    """The lock fault is raised at once, and returns a minute after it is gone."""
    server = await house.start()
    station = await house.station(version)
    station.fault(1, LOCK)
    await house.settle()
    (alarm,) = server.house.alarms.open.values()
    assert (alarm.rule, alarm.source, alarm.active) == ("fault", "SIM-1:1", True)
    station.mend(1)
    await house.settle()
    await house.timers.advance(61)
    await house.settle()
    assert not alarm.active


async def test_charges_of_an_offline_time_are_late_sessions(house: House) -> None:
    """R10 against the real thing: two sessions, both flagged, with their own times."""
    server = await house.start()
    station = await house.station(Version.V16)
    began = house.clock.now()
    station.drop_link(3 * 3_600.0)
    await house.until(lambda: server.house.fleet.find("SIM-1").link is Link.OFFLINE)
    for _ in range(2):
        await house.timers.advance(600)
        station.plug(1, Car(KINDS[3], 40.0))
        station.authorise(1)
        await house.timers.advance(1_800)
        station.authorise(1)
        station.unplug(1)
    await house.timers.advance(3 * 3_600)
    sessions = server.house.fleet.recent_sessions("SIM-1")
    assert len(sessions) == 2
    assert {flag.value for session in sessions for flag in session.flags} == {"received_late"}
    assert [round((s.started - began) / 600) for s in reversed(sessions)] == [1, 5]


async def test_the_demonstration_goes_on_where_its_history_ends(house: House) -> None:
    """Stored past, then stations: no running session is lost or doubled, and the alarms stand."""
    network = make_network(60, 9)
    now = house.clock.now()
    opening = make_opening(network, now, 9)
    store = Store(house.settings.store)
    store.open()
    store.insert_all(network.entries())
    store.insert_all(history(network, now, 9, opening=opening))
    store.tick(now)
    store.close()
    server = await house.start()
    before = set(server.house.fleet.sessions)
    assert len(before) == opening.sessions
    fleet = VirtualFleet(house.url, network, SCENARIOS["quiet"], house.timers, seed=9, opening=opening)
    house.stations += fleet.stations.values()
    fleet.start()
    await house.timers.advance(70.0)
    away = {identity for identity, start in opening.stations.items() if start.away}
    live = server.house.fleet.stations
    assert {name for name, station in live.items() if station.link is Link.OFFLINE} == away
    running = server.house.fleet.sessions
    assert before <= set(running) | {s.id for name in live for s in server.house.fleet.recent_sessions(name)}
    sampled = [running[number] for number in before & set(running) if running[number].station not in away]
    assert sampled
    assert sum((session.sampled or 0) > now for session in sampled) > 0.7 * len(sampled)
    assert not any(session.flags for session in sampled)
    open_alarms = server.house.alarms.open.values()
    assert any(alarm.rule == "site_dark" and alarm.active for alarm in open_alarms)
    standing = {
        (identity, evse) for identity, s in opening.stations.items() for evse, o in s.outlets.items() if o.trouble
    }
    told = {(alarm.station, alarm.evse) for alarm in open_alarms if alarm.rule == "fault" and alarm.active}
    assert standing <= told
