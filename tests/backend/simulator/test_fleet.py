"""Many stations: repeatable by their seed, lively, carrying on from a history, and honest about bad input."""

from __future__ import annotations

import asyncio
import json

import pytest

from backend.model.clock import HeldClock
from backend.model.errors import Invalid
from backend.model.words import Version
from backend.simulator.fleet import VirtualFleet
from backend.simulator.network import make_network
from backend.simulator.opening import make_opening
from backend.simulator.scenarios import SCENARIOS, find_scenario, names
from backend.simulator.simulate import simulate
from backend.simulator.timers import HeldTimers
from tests.backend.simulator.stage import Stage


async def run(
    stage: Stage, scenario: str, seconds: float, *, seed: int = 3, stations: int = 12, **more: object
) -> VirtualFleet:
    """A fleet on the stage's server, after so many seconds."""
    fleet = VirtualFleet(
        stage.server.url, make_network(stations, seed), SCENARIOS[scenario], stage.timers, seed=seed, **more
    )
    stage.stations += fleet.stations.values()
    fleet.start()
    await stage.timers.advance(seconds)
    return fleet


def masked(frames: list[str]) -> list[str]:
    """Frames without the answers' contents that the server chose."""
    return [json.dumps(json.loads(frame)) for frame in frames]


async def test_the_same_seed_says_the_same_frames(stage: Stage) -> None:
    """Two runs on a held clock: every station says the same, frame for frame."""
    fleet = await run(stage, "daily", 900.0)
    first = {name: masked(frames) for name, frames in stage.server.frames.items()}
    fleet.stop()
    for _ in range(20):
        await asyncio.sleep(0)
    stage.stations.clear()
    stage.server.frames.clear()
    stage.server.restart()
    stage.timers = HeldTimers(HeldClock(), stage.settle)
    stage.server.clock = stage.timers.clock
    await run(stage, "daily", 900.0)
    second = {name: masked(frames) for name, frames in stage.server.frames.items()}
    assert first == second
    assert sum(len(frames) for frames in first.values()) > 200


async def test_another_seed_is_another_fleet(stage: Stage) -> None:
    """Names, makers and cars differ."""
    one, other = make_network(30, 1), make_network(30, 2)
    assert [site.name for site in one.sites] != [site.name for site in other.sites]


async def test_a_daily_fleet_speaks_all_versions(stage: Stage) -> None:
    """Charges begin and end, and every frame passes its schema (the stage sees to that)."""
    await run(stage, "daily", 2_700.0, stations=14)
    said = [action for calls in stage.server.said.values() for action, _ in calls]
    assert {"StartTransaction", "StopTransaction", "TransactionEvent", "MeterValues", "Heartbeat"} <= set(said)
    versions = {str(socket.subprotocol) for socket in stage.server.sockets.values()}
    assert versions == {"ocpp1.6", "ocpp2.0.1", "ocpp2.1"}


async def test_faults_come_and_go(stage: Stage) -> None:
    """Scenario faults: errors, drops, reboots within minutes."""
    await run(stage, "faults", 600.0)
    assert max(stage.server.connects.values()) > 1
    words = [p.get("errorCode") for calls in stage.server.said.values() for _, p in calls if "errorCode" in p]
    events = [action for calls in stage.server.said.values() for action, _ in calls if action == "NotifyEvent"]
    assert set(words) - {"NoError"} or events


async def test_a_storm_brings_all_back_at_once(stage: Stage) -> None:
    """Everybody reconnects after the blackout, without a boot."""
    await run(stage, "storm", 130.0)
    assert set(stage.server.connects.values()) == {2}
    boots = [stage.server.actions(name).count("BootNotification") for name in stage.server.said]
    assert set(boots) == {1}


async def test_steady_is_one_message_a_minute(stage: Stage) -> None:
    """Each station says about one message a minute; about a tenth of the outlets charges."""
    fleet = await run(stage, "steady", 120.0, stations=60)
    before = sum(len(calls) for calls in stage.server.said.values())
    await stage.timers.advance(600.0)
    minutes = (sum(len(calls) for calls in stage.server.said.values()) - before) / 10 / len(fleet.stations)
    assert 0.95 <= minutes <= 1.4
    charging = sum(1 for s in fleet.stations.values() for o in s.outlets.values() if o.charge is not None)
    assert 0.05 <= charging / sum(len(s.outlets) for s in fleet.stations.values()) <= 0.17


async def test_speed_makes_events_denser_and_no_clock_faster(stage: Stage) -> None:
    """Four times the speed: more charges in the same hour; power stays below the rating."""
    slow = await run(stage, "quiet", 3_600.0)
    begun = _starts(stage)
    slow.stop()
    stage.stations.clear()
    stage.server.said.clear()
    await run(stage, "quiet", 3_600.0, speed=6.0)
    assert _starts(stage) > 2 * begun


def _starts(stage: Stage) -> int:
    return sum(
        action == "StartTransaction" or payload.get("eventType") == "Started"
        for calls in stage.server.said.values()
        for action, payload in calls
    )


async def test_carries_on_from_the_history(stage: Stage) -> None:
    """Nobody boots; who is away stays away; running charges go on under their numbers; the deaf one is deaf."""
    network = make_network(60, 5)
    opening = make_opening(network, stage.timers.now(), 5)
    fleet = VirtualFleet(stage.server.url, network, SCENARIOS["daily"], stage.timers, seed=5, opening=opening)
    stage.stations += fleet.stations.values()
    fleet.start()
    await stage.timers.advance(10.0)
    away = {name for name, start in opening.stations.items() if start.away}
    assert away
    assert away.isdisjoint(stage.server.connects)
    await stage.timers.advance(60.0)
    booting = {name for name in stage.server.said if "BootNotification" in stage.server.actions(name)}
    assert all(opening.stations[name].presence == "boot_loop" for name in booting)
    carried = {
        str(outlet.charge.transaction)
        for name, start in opening.stations.items()
        if not start.away
        for outlet in start.outlets.values()
        if outlet.charge is not None and not outlet.charge.full
    }
    said = set()
    for calls in stage.server.said.values():
        for _, payload in calls:
            said.add(str(payload.get("transactionId", payload.get("transactionInfo", {}).get("transactionId"))))
    assert len(carried & said) > 0.8 * len(carried)


async def test_recipes_can_be_run_as_a_scenario(stage: Stage) -> None:
    """`--scenario R1`: every station plays it once."""
    fleet = VirtualFleet(stage.server.url, make_network(3, 1), find_scenario("r1"), stage.timers, seed=1)
    stage.stations += fleet.stations.values()
    fleet.start()
    for _ in range(300):
        await stage.timers.advance(5.0)
        await asyncio.sleep(0)
    assert all("StopTransaction" in stage.server.actions(name) for name in fleet.stations)
    assert fleet.failed == []
    fleet.stop()


async def test_simulate_runs_until_it_is_stopped(stage: Stage) -> None:
    """The public entry: connects, tells its progress, closes all connections at the end."""
    stop = asyncio.Event()
    seen: list[tuple[int, int]] = []

    def progress(connected: int, total: int) -> None:
        seen.append((connected, total))
        if connected == total:
            stop.set()

    await asyncio.wait_for(
        simulate(stage.server.url, stations=5, scenario="storm", seed=2, stop=stop, progress=progress), 10
    )
    assert seen[-1] == (5, 5)
    for socket in stage.server.sockets.values():
        await asyncio.wait_for(socket.wait_closed(), 5)


async def test_one_version_for_all(stage: Stage) -> None:
    """`--ocpp-version 1.6`."""
    stop = asyncio.Event()

    def progress(connected: int, total: int) -> None:
        if connected == total:
            stop.set()

    await asyncio.wait_for(
        simulate(stage.server.url, stations=8, version=Version.V16, stop=stop, progress=progress), 10
    )
    assert {str(socket.subprotocol) for socket in stage.server.sockets.values()} == {"ocpp1.6"}


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"url": "http://x/ocpp"}, "bad_url"),
        ({"scenario": "weekend"}, "unknown_scenario"),
        ({"stations": 0}, "bad_count"),
        ({"speed": 0.0}, "bad_speed"),
    ],
)
async def test_bad_input_is_told(wrong: dict[str, object], code: str) -> None:
    """A code, a sentence, the next step; the scenario's hint names all there are."""
    arguments: dict[str, object] = {"url": "ws://127.0.0.1:1/ocpp"} | wrong
    url = str(arguments.pop("url"))
    with pytest.raises(Invalid) as caught:
        await simulate(url, **arguments)  # type: ignore[arg-type]
    assert caught.value.code == code
    assert caught.value.hint
    if code == "unknown_scenario":
        assert all(name in caught.value.hint for name in names())
