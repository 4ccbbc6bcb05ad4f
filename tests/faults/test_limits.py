"""What one station may cost: it is slowed, named and never closed, and its neighbours do not notice."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from websockets.exceptions import InvalidMessage

from backend.gateway import door
from backend.gateway.station_socket import BURST_S
from tests.recipes.net import Net
from tests.recipes.station import RawStation


async def flood(net: Net, station: RawStation, frames: list[str]) -> None:
    """Put frames on the wire as fast as the server takes them."""
    for at in range(0, len(frames), 100):
        for frame in frames[at : at + 100]:
            await station.send(frame)
        await net._tick()


def open_rules(net: Net) -> list[str]:
    return [f"{alarm.rule} {alarm.source}" for alarm in net.alarms(active=True)]


async def test_a_flooder_is_slowed_and_named_and_its_neighbour_does_not_notice(tmp_path: Path) -> None:
    """Twice the frames that a burst may have: what is beyond is not read before its share has caught up; the alarm
    comes when it goes on, and goes when it stops. Nothing is lost, nobody is closed."""
    net = Net(tmp_path)
    await net.start()
    bad, good = await net.booted("CP1"), await net.booted("CP2")
    burst = int(BURST_S * net.settings.ocpp.frames_s)
    frames = [json.dumps([2, f"f{number}", "Heartbeat", {}]) for number in range(2 * burst)]
    bad.said.clear()
    sending = asyncio.create_task(flood(net, bad, frames))
    await net.until(lambda: len(bad.said) >= burst)
    for _ in range(20):
        await net._tick()
        assert await good.call("Heartbeat")
    held_at = len(bad.said)
    assert burst <= held_at < burst + 500
    assert not open_rules(net)
    for second in range(8):
        net.clock.advance(1)
        await net._tick()
        assert await good.call("Heartbeat")
        await net.until(lambda least=held_at + second * 300: len(bad.said) >= least)  # type: ignore[misc]
    assert open_rules(net) == ["flooding CP1"]
    assert len(bad.said) < held_at + 9 * 300
    while len(bad.said) < len(frames):
        net.clock.advance(1)
        await net._tick()
        await asyncio.sleep(0.01)
    await sending
    assert {json.loads(text)[1] for text in bad.said} == {f"f{number}" for number in range(len(frames))}
    await net.wait(BURST_S + 70)
    assert not open_rules(net)
    assert not bad.closed.is_set()
    await net.stop()


async def test_bytes_have_a_share_too_and_a_new_connection_brings_no_new_one(tmp_path: Path) -> None:
    """Few frames, all of them large; the station drops its link and comes back, and is still ahead of its share."""
    net = Net(tmp_path)
    net.settings.ocpp.bytes_s = 100_000
    await net.start()
    station = await net.booted("CP1")
    heavy = json.dumps([2, "x", "DataTransfer", {"vendorId": "V", "data": "x" * 100_000}])
    for number in range(12):
        await station.send(heavy.replace('"x"', f'"x{number}"', 1))
    gateway = net.server.house.gateway
    await net.until(lambda: len(gateway.floods))
    net.clock.advance(1)
    again = await net.station("CP1")
    await again.boot()
    await net.until(lambda: station.closed.is_set())
    for _ in range(2):
        await again.send(heavy)
    await net.until(lambda: len(gateway.floods))
    await net.wait(10)
    await net.until(lambda: not len(gateway.floods))
    assert await again.call("Heartbeat")
    await net.stop()


async def test_a_disk_that_is_behind_holds_the_stations_and_not_the_operator(tmp_path: Path) -> None:
    """While the store is full no station is read; a command goes out all the same and its answer comes in. When there
    is room again everything is answered."""
    net = Net(tmp_path)
    await net.start()
    station, other = await net.booted("CP1"), await net.booted("CP2")
    station.replies["Reset"] = {"status": "Accepted"}
    gateway = net.server.house.gateway
    full = True
    gateway._store_full = lambda: full
    await net._tick()
    first = asyncio.create_task(station.call("Heartbeat"))
    assert await first
    assert set(gateway._waiting) == {gateway._live["cp1"]}
    second = asyncio.create_task(station.call("Heartbeat"))
    for _ in range(20):
        await net._tick()
    assert not second.done()
    number = await net.operate("reset", "CP1", {"type": "Soft"})
    await net.until(lambda: ("Reset", {"type": "Soft"}) in station.asked)
    await second
    assert (await net.operation(number)).state.value == "answered"
    assert await other.call("Heartbeat")
    third = asyncio.create_task(other.call("Heartbeat"))
    for _ in range(20):
        await net._tick()
    assert not third.done()
    full = False
    await net._tick()
    assert await third
    assert not gateway._waiting
    await net.stop()


async def test_a_door_without_files_shuts_keeps_who_is_in_and_opens_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An alarm names it; when files are free again it lets in by itself."""
    monkeypatch.setattr(door, "RETRY_S", 0.05)
    net = Net(tmp_path)
    await net.start()
    station = await net.booted("CP1")
    monkeypatch.setattr(door, "KEPT_FILES", 1 << 30)
    with pytest.raises((OSError, InvalidMessage)):
        await net.station("CP2")
    net.stations.pop()
    await net.until(lambda: open_rules(net) == ["open_files server"])
    assert await station.call("Heartbeat")
    monkeypatch.setattr(door, "KEPT_FILES", 64)
    assert await (await net.station("CP2")).boot()
    await net.wait(70)
    await net.until(lambda: not open_rules(net))
    await net.stop()
