"""The time of day jumps, both ways: deadlines hold, nobody is called offline for it, and causes are not forgotten."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from backend.model.words import Link, OperationState
from tests.recipes.net import Net

JUMPS = [86_400.0, -86_400.0, 3 * 365 * 86_400.0]


@pytest.mark.parametrize("jump", JUMPS)
async def test_a_jump_makes_no_alarm(tmp_path: Path, jump: float) -> None:
    """Stations that are connected stay, no alarm is raised, a charge goes on and adds up."""
    net = Net(tmp_path)
    net.settings.ocpp.ping_s = 20.0
    await net.start()
    station = await net.booted("CP1")
    number = await station.start(1, "CARD", 0, net.iso())
    net.clock.jump(jump)
    for _ in range(5):
        net.server.tick()
        assert await station.call("Heartbeat")
        net.clock.advance(1)
    await net.wait(60)
    assert not [alarm for alarm in net.server.house.alarms.open.values() if alarm.rule in ("offline", "flapping")]
    live = net.server.house.fleet.find("CP1")
    assert live is not None
    assert live.link is Link.ONLINE
    await station.stop(number, 700, net.iso())
    session = await net.client.session(str(number))
    assert (session.energy_wh, session.state.value) == (700, "ended")
    assert session.ended is not None
    await net.stop()


@pytest.mark.parametrize("jump", JUMPS)
async def test_an_operation_keeps_its_deadline(tmp_path: Path, jump: float) -> None:
    """Not over at once because the clock went forward, not for ever because it went back."""
    net = Net(tmp_path)
    await net.start()
    station = await net.booted("CP1")
    station.replies["TriggerMessage"] = None
    asked = await net.client.operate("refresh", "CP1", deadline_s=30)
    await station.heard("TriggerMessage")
    net.clock.jump(jump)
    await net.wait(10)
    assert (await net.client.operation(asked.id)).state is OperationState.SENT
    await net.wait(25)
    assert (await net.client.operation(asked.id)).state is OperationState.TIMEOUT
    await net.stop()


@pytest.mark.parametrize("jump", JUMPS[:2])
async def test_a_station_that_is_gone_is_an_alarm_in_time(tmp_path: Path, jump: float) -> None:
    """It went before the clock jumped: its alarm is there once its delay has passed, whatever the time of day."""
    net = Net(tmp_path)
    await net.start()
    station = await net.booted("CP1")
    await station.close()
    fleet, alarms = net.server.house.fleet, net.server.house.alarms
    await net.until(lambda: (live := fleet.find("CP1")) is not None and live.link is Link.OFFLINE)
    net.clock.jump(jump)
    await net.wait(1)
    assert not [alarm for alarm in alarms.open.values() if alarm.rule == "offline"], "before its delay"
    await net.wait(net.settings.alarms.offline_ac_s + 60)
    assert [alarm for alarm in alarms.open.values() if alarm.rule == "offline"]
    await asyncio.sleep(0)
    await net.stop()
