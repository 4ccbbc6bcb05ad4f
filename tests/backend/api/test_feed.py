"""The live feed: snapshot, changes, slow readers, frames."""

from __future__ import annotations

import asyncio
import gc
import weakref
from typing import Any

import msgspec
import pytest

from backend.api.dirty import Dirty
from backend.api.reader import FRAMES_WAITING, Reader
from backend.api.snapshot import Pass
from backend.client.client import Client
from backend.client.feed import Feed
from backend.client.mirror import Lamp, Mirror
from backend.model.resources import Snapshot
from backend.model.words import Activity, Known


@pytest.fixture
async def mirror(house: Any, client: Client) -> Any:
    """A mirror that is fed, and live."""
    found = Mirror(house.clock)
    feed = Feed(found, client)
    found.feed = feed  # type: ignore[attr-defined]
    task = asyncio.create_task(feed.run())
    await house.until(lambda: found.lamp is Lamp.LIVE)
    yield found
    task.cancel()


async def test_snapshot_then_changes(house: Any, client: Client, mirror: Any) -> None:
    """What is there comes with the snapshot, what happens comes as changes, what goes is taken away."""
    await client.put_site("malmo", name="Malmö C")
    await client.put_station("CP-1", site="malmo")
    await client.put_outlet("CP-1:1", label="4217")
    await house.until(lambda: "CP-1:1" in mirror.outlets)
    post = await house.post("CP-1")
    await post.boot()
    await house.until(lambda: mirror.outlets["CP-1:1"].activity is Activity.IDLE)
    assert mirror.outlets["CP-1:1"].label == "4217"
    assert mirror.totals.activities["idle"] == 1
    await post.status(1, "Faulted", "GroundFailure")
    await house.until(lambda: mirror.alarms and mirror.outlets["CP-1:1"].alarm_severity)
    assert mirror.totals.unacknowledged != {}
    await post.socket.close()
    await house.until(lambda: mirror.outlets["CP-1:1"].known is Known.LAST_KNOWN)
    assert mirror.outlets["CP-1:1"].power_w is None
    await client.remove("stations", "CP-1")
    await house.until(lambda: not mirror.stations and not mirror.outlets)


async def test_a_second_console_sees_the_same(house: Any, client: Client, mirror: Any) -> None:
    """A reader that comes later gets the whole picture in parts, and no change twice."""
    for number in range(300):
        await client.put_station(f"CP-{number:03}")
        if number % 3 == 0:
            await client.put_outlet(f"CP-{number:03}:1")
    await house.until(lambda: len(mirror.stations) == 300)
    late = Mirror(house.clock)
    parts: list[int] = []
    await client.snapshot(lambda part: (parts.append(part.parts), late.load(part)))  # type: ignore[func-returns-value,arg-type]
    assert parts[0] == len(parts) > 2
    assert late.stations == mirror.stations
    assert late.outlets == mirror.outlets


async def test_a_gap_asks_for_a_new_snapshot(house: Any, client: Client, mirror: Any) -> None:
    """A reader that lost a message starts anew, and is whole again."""
    mirror.seq -= 5
    await client.put_station("CP-1")
    await house.until(lambda: "CP-1" in mirror.stations)
    await client.put_station("CP-2")
    await house.until(lambda: "CP-2" in mirror.stations)


async def test_followed_frames_come_live(house: Any, client: Client, mirror: Any) -> None:
    """Only those of the stations that are followed."""
    for name in ("CP-1", "CP-2"):
        await client.put_station(name)
    one, two = await house.post("CP-1"), await house.post("CP-2")
    await mirror.feed.follow(["cp-1"])
    await house.until(lambda: any(reader.follows for reader in house.server.house.feed.readers))
    await one.boot()
    await two.boot()
    await house.until(lambda: len(mirror.frames.get("CP-1", ())) >= 4)
    assert "CP-2" not in mirror.frames
    frames = client.follow("CP-2")
    task = asyncio.ensure_future(anext(frames))
    await house.until(lambda: any(reader.follows == {"CP-2"} for reader in house.server.house.feed.readers))
    await two.status(1, "Available")
    await house.until(task.done)
    assert task.result().action == "StatusNotification"
    await frames.aclose()  # type: ignore[attr-defined]


async def test_the_lamp_tells_when_the_server_goes_and_comes(house: Any, client: Client, mirror: Any) -> None:
    """Gone with a next try, then live again by itself, with what the new server knows."""
    from backend.server import Server

    await client.put_station("CP-1")
    await house.until(lambda: "CP-1" in mirror.stations)
    await house.server.stop()
    gone = asyncio.Event()
    mirror.listen(lambda _: gone.set() if mirror.lamp is Lamp.GONE else None)
    if mirror.lamp is not Lamp.GONE:
        await asyncio.wait_for(gone.wait(), 5)
    assert mirror.next_try is not None
    assert "CP-1" in mirror.stations, "the last picture stays"
    again = Server(house.server.settings, house.clock)
    await again.start()
    try:
        async with asyncio.timeout(5):
            while mirror.lamp is not Lamp.LIVE:
                again.tick()
                await asyncio.sleep(0.005)
        assert mirror.next_try is None
        assert "CP-1" in mirror.stations
    finally:
        await again.stop()


async def test_silence_is_behind(house: Any, mirror: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that says nothing at all is not live."""
    monkeypatch.setattr("backend.client.feed.QUIET_S", 0.05)
    house.server.tick()
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        while mirror.lamp is not Lamp.BEHIND:
            house.pass_time(3)
            await asyncio.sleep(0.02)
            house.clock.advance(3)
            await asyncio.sleep(0.06)


async def test_a_slow_reader_gets_the_latest_state_once(house: Any, client: Client) -> None:
    """However long it does not read, what waits for it is one entry per object, and its last state."""
    feed = house.server.house.feed
    slow = Reader("slow")
    slow._wants_snapshot = False
    assert feed.join(slow)
    await client.put_station("CP-1")
    post = await house.post("CP-1")
    await post.boot()
    for number in range(20):
        await post.status(1, "Faulted" if number % 2 else "Available", "GroundFailure" if number % 2 else "NoError")
        house.server.tick()
    assert len(slow._missed) <= 4
    slow._missed.sessions.clear()
    body = feed.catch_up(slow._missed)
    assert body.count('"outlet":"CP-1:1"') == 1
    assert '"state":"Faulted"' in body
    assert not slow._missed
    for number in range(FRAMES_WAITING + 10):
        slow.frames.append(str(number))
    assert len(slow.frames) == FRAMES_WAITING
    feed.leave(slow)


def test_dirty_takes_peoples_things_first() -> None:
    """Operations and alarms do not wait behind a storm of outlets; nothing is lost in parts."""
    dirty = Dirty()
    dirty.outlets.update(("CP", number) for number in range(1000))
    dirty.operations[1] = object()  # type: ignore[assignment]
    dirty.alarms[7] = object()  # type: ignore[assignment]
    first = dirty.take(10)
    assert (list(first.operations), list(first.alarms), len(first.outlets)) == ([1], [7], 8)
    assert len(dirty) == 992
    while dirty:
        first.add(dirty.take(300))
    assert len(first.outlets) == 1000


async def test_readers_who_come_together_share_a_pass(house: Any, client: Client) -> None:
    """After a restart all consoles come at once: the network is built and encoded twice at most, not for each."""
    for number in range(100):
        await client.put_station(f"CP-{number:03d}")
    house.server.tick()
    feed = house.server.house.feed
    made: list[int] = []
    plain = Pass._make

    def counted(this: Pass) -> None:
        made.append(id(this))
        plain(this)

    mirrors = [Mirror(house.clock) for _ in range(8)]

    async def read(mirror: Mirror) -> None:
        decoder = msgspec.json.Decoder(Snapshot)
        async for part in feed.snapshots.parts(lambda: None):
            mirror.load(decoder.decode(part))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Pass, "_make", counted)
        await asyncio.gather(*map(read, mirrors))
    assert all(len(mirror.stations) == 100 for mirror in mirrors)
    assert len(set(made)) <= 2


async def test_a_pass_is_freed_without_a_search_for_garbage(house: Any, client: Client) -> None:
    """It holds megabytes: nothing in it refers back to it. The last one is kept until the next begins."""
    await client.put_station("CP-1")
    snapshots = house.server.house.feed.snapshots
    gc.disable()
    try:
        async for _part in snapshots.parts(lambda: None):
            pass
        gone = weakref.ref(snapshots._now)
        async for _part in snapshots.parts(lambda: None):
            pass
        await asyncio.sleep(0)
        assert gone() is None
    finally:
        gc.enable()


async def test_a_reader_far_behind_the_others_goes_on_alone(
    house: Any, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It begins anew with a pass of its own, and its picture is whole."""
    monkeypatch.setattr("backend.api.snapshot.KEPT", 1)
    for number in range(100):
        await client.put_station(f"CP-{number:03d}")
    house.server.tick()
    snapshots = house.server.house.feed.snapshots
    begun: list[str] = []
    slow = snapshots.parts(lambda: begun.append("slow"))
    fast = snapshots.parts(lambda: begun.append("fast"))
    first, _ = await asyncio.gather(anext(slow), anext(fast))
    async for _part in fast:
        pass
    mirror = Mirror(house.clock)
    decoder = msgspec.json.Decoder(Snapshot)
    mirror.load(decoder.decode(first))
    async for part in slow:
        mirror.load(decoder.decode(part))
    assert begun.count("slow") == 2
    assert len(mirror.stations) == 100


async def test_what_changes_while_a_snapshot_is_sent_is_told_as_it_is_afterwards(house: Any, client: Client) -> None:
    """A part that was made later than a change must not be overwritten by it: the reader catches up with the latest."""
    feed = house.server.house.feed
    await client.put_station("CP-1")
    house.server.tick()
    reader = Reader("late")
    assert feed.join(reader)
    messages = reader.messages(feed, feed.snapshots)
    first = await anext(messages)
    assert '"kind":"snapshot"' in first
    await client.put_station("CP-1", note="one")
    house.server.tick()
    await client.put_station("CP-1", note="two")
    house.server.tick()
    told = []
    async for message in messages:
        told.append(message)
        if message.startswith('{"kind":"changes"'):
            break
    assert sum('"note":"one"' in message for message in told) == 0
    assert '"note":"two"' in told[-1]
    feed.leave(reader)
