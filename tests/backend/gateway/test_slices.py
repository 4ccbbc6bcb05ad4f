"""Stations share a slice of each turn of the loop; who stands in line is served in order, and an operator is not."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from backend.gateway import slices
from backend.gateway.slices import Slices
from backend.model.event import Booted, Connected, Disconnected, StatusReported
from backend.model.reply import Done

STATUS = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}


@pytest.fixture
def no_slice(monkeypatch: pytest.MonkeyPatch) -> None:
    """One piece of work uses up the slice of a turn: all others stand in line."""
    monkeypatch.setattr(slices, "SLICE_S", 0.0)


async def test_a_slice_is_spent_for_the_rest_of_its_turn(no_slice: None) -> None:
    """The first who asks begins it; a turn later there is a new one."""
    line = Slices()
    assert not line.spent
    assert line.spent
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not line.spent


async def test_who_waits_is_served_in_order_one_slice_a_turn(no_slice: None) -> None:
    """As they came, but for the one whom somebody waits for; in between the loop goes round."""
    line, done = Slices(), list[str]()
    assert not line.spent
    for name in ("a", "b", "c"):
        line.later(lambda name=name: done.append(name))  # type: ignore[misc]
    line.next(lambda: done.append("first"))
    assert done == []
    turns = 0
    while len(done) < 4:
        before = len(done)
        await asyncio.sleep(0)
        turns += 1
        assert len(done) <= before + 1
    assert done == ["first", "a", "b", "c"]
    assert turns >= 4


async def test_who_comes_stands_behind_those_who_wait() -> None:
    """However much of the slice is left."""
    line = Slices()
    assert not line.spent
    line.later(lambda: None)
    assert line.spent


async def test_a_stumble_does_not_hold_up_the_line(no_slice: None) -> None:
    """What one piece of work raises is the loop's to tell; the next has its turn."""
    line, done, told = Slices(), list[str](), list[BaseException]()
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: told.append(context["exception"]))
    line.later(lambda: done.append(str(1 // 0)))
    line.later(lambda: done.append("next"))
    for _ in range(5):
        await asyncio.sleep(0)
    assert done == ["next"]
    assert isinstance(told[0], ZeroDivisionError)


async def test_stations_in_line_lose_nothing(station: Any, takes: Any, no_slice: None) -> None:
    """Handshake, boot and messages of many at once: each is answered, each station's in its order."""
    made = await asyncio.gather(*[station(f"CP{n}") for n in range(12)])
    await asyncio.gather(*[one.boot() for one in made])
    for n in range(4):
        answers = await asyncio.gather(*[one.ask([2, str(n), "StatusNotification", STATUS]) for one in made])
        assert answers == [[3, str(n), {}]] * 12
    for n in range(12):
        kinds = [type(event) for event in takes.events if event.station == f"CP{n}"]
        assert kinds == [Connected, Booted, *[StatusReported] * 4]


async def test_what_was_said_before_the_end_is_heard(station: Any, takes: Any, no_slice: None) -> None:
    """A station that says something and goes at once: its message comes before its end."""
    made = await asyncio.gather(*[station(f"CP{n}") for n in range(6)])
    for one in made:
        await one.say([2, "1", "StatusNotification", STATUS])
        one.socket.transport.close()
    await takes.until(lambda: len(takes.of(Disconnected)) == 6)
    for n in range(6):
        kinds = [type(event) for event in takes.events if event.station == f"CP{n}"]
        assert kinds == [Connected, StatusReported, Disconnected]


async def test_an_operator_does_not_stand_in_line(gateway: Any, station: Any, takes: Any, clock: Any) -> None:
    """While the line is long, a station that was asked is read at once, its answer included; a background call's
    answer stands in line like everything else."""
    cp, other = await station("CP1"), await station("CP2")
    await cp.boot()
    await other.boot()
    outcomes: list[str] = []
    waiting = True

    def in_front() -> None:
        if waiting:
            gateway.slices.next(in_front)

    in_front()
    gateway.call("CP1", "Reset", {"type": "Soft"}, deadline_s=30.0, done=lambda _: outcomes.append("reset"))
    gateway.call("CP2", "ClearCache", {}, deadline_s=30.0, done=lambda _: outcomes.append("cache"), background=True)
    asked = await other.hear()
    await other.say([3, asked[1], {"status": "Accepted"}])
    asked = await cp.hear()
    await cp.say([3, asked[1], {"status": "Accepted"}])
    await takes.until(lambda: outcomes)
    assert outcomes == ["reset"]
    waiting = False
    await takes.until(lambda: len(outcomes) == 2)
    assert outcomes == ["reset", "cache"]


async def test_what_a_station_said_before_it_was_asked_goes_to_the_front(
    gateway: Any, station: Any, takes: Any
) -> None:
    """Its answer cannot be read before what it said is worked off."""
    cp = await station("CP1")
    await cp.boot()
    waiting = True
    turned = asyncio.Event()

    def in_line() -> None:
        turned.set()
        if waiting:
            gateway.slices.later(in_line)

    blocked = asyncio.Event()
    real = gateway.slices.later
    kept: list[Any] = []

    def later(work: Any) -> None:
        if work is in_line:
            real(work)
        else:
            kept.append(work)
            blocked.set()

    gateway.slices.later = later
    in_line()
    await cp.say([2, "1", "StatusNotification", STATUS])
    async with asyncio.timeout(5):
        await blocked.wait()
    assert not takes.of(StatusReported)
    outcomes: list[Any] = []
    gateway.call("CP1", "Reset", {"type": "Soft"}, deadline_s=30.0, done=outcomes.append)
    await takes.until(lambda: takes.of(StatusReported))
    heard = [await cp.hear(), await cp.hear()]
    asked = next(one for one in heard if one[0] == 2)
    await cp.say([3, asked[1], {"status": "Accepted"}])
    await takes.until(lambda: outcomes)
    waiting = False
    gateway.slices.later = real
    for work in kept:
        real(work)
    await cp.silence()


async def test_connections_that_are_lost_together_stand_in_line(station: Any, takes: Any, no_slice: None) -> None:
    """A thousand at once, as when a network between goes down, do not hold the loop: one is told of in a turn."""
    made = await asyncio.gather(*[station(f"CP{n}") for n in range(8)])
    loop, turn, told = asyncio.get_running_loop(), 0, dict[str, int]()

    def count() -> None:
        nonlocal turn
        turn += 1
        if len(told) < 8:
            loop.call_soon(count)

    def note(event: Any) -> Done:
        if isinstance(event, Disconnected):
            told[event.station] = turn
        return Done()

    takes.reply = note
    count()
    for one in made:
        one.socket.transport.abort()
    await takes.until(lambda: len(told) == 8)
    assert len(set(told.values())) == 8


async def test_who_is_back_before_its_end_was_told_stays(
    gateway: Any, station: Any, takes: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end of the connection before stood in line meanwhile, and is the end of nothing else."""
    first, in_line = await station("CP1"), asyncio.Queue[Any]()
    with monkeypatch.context() as line:
        line.setattr(Slices, "spent", True)
        line.setattr(gateway.slices, "later", in_line.put_nowait)
        first.socket.transport.abort()
        gone = await asyncio.wait_for(in_line.get(), 5)
    again = await station("CP1")
    assert len(takes.of(Connected)) == 2
    gone()
    assert takes.of(Disconnected) == []
    await again.boot()
