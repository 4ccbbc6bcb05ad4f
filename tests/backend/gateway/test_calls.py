"""Our calls to stations: one at a time, in order, with deadlines; both directions know nothing of each other."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from backend.model.event import Connected
from backend.model.operation import CallFailed, CallLost, CallResult


class Asker:
    """Makes calls and keeps what came of them."""

    def __init__(self, gateway: Any, takes: Any) -> None:
        self.gateway = gateway
        self.takes = takes
        self.outcomes: list[Any] = []
        self.sent: list[str] = []

    def call(self, action: str, payload: Any = None, station: str = "CP1", **options: Any) -> None:
        options.setdefault("deadline_s", 30.0)
        self.gateway.call(
            station,
            action,
            payload or {},
            done=self.outcomes.append,
            sent=lambda: self.sent.append(action),
            **options,
        )


@pytest.fixture
def asker(gateway: Any, takes: Any) -> Asker:
    return Asker(gateway, takes)


async def test_a_call_and_its_result(station: Any, asker: Any, takes: Any) -> None:
    """Compact JSON out, the payload back, the time it took in the trace, with who asked."""
    cp = await station()
    await cp.boot()
    asker.call("Reset", {"type": "Soft"}, requested_by="anna")
    async with asyncio.timeout(5):
        text = str(await cp.socket.recv())
    assert text.startswith('[2,"')
    assert text.endswith('","Reset",{"type":"Soft"}]')
    message_id = text.split('"')[1]
    await cp.say(f'[3, "{message_id}",\n{{\n"status": "Accepted"\n}}]')
    await takes.until(lambda: asker.outcomes)
    assert asker.outcomes == [CallResult(payload={"status": "Accepted"})]
    assert takes.answered == ["CP1"]
    out, back = takes.frames[-2:]
    assert (out.direction, out.kind, out.action, out.requested_by) == ("out", 2, "Reset", "anna")
    assert (back.direction, back.kind, back.action, back.latency_ms) == ("in", 3, "Reset", 0)


async def test_an_offline_station_gives_its_outcome_at_once(asker: Any) -> None:
    """Nothing is kept for later: a remote start hours late would be worse than none."""
    asker.call("Reset", station="nobody")
    assert asker.outcomes == [CallLost(why="offline")]
    assert asker.sent == []


async def test_one_at_a_time_operators_first(station: Any, asker: Any) -> None:
    """Background work waits for operators; among equals the first comes first."""
    cp = await station()
    await cp.boot()
    for action, background in (("A", True), ("B", True), ("C", False), ("D", False)):
        asker.call(action, background=background)
    order = []
    for _ in range(4):
        frame = await cp.hear()
        assert asker.sent[-1] == frame[2]
        order.append(frame[2])
        await cp.say([3, frame[1], {}])
    assert order == ["A", "C", "D", "B"]


async def test_both_directions_are_independent(station: Any, asker: Any) -> None:
    """A station that asks while it owes us an answer is answered."""
    cp = await station()
    await cp.boot()
    asker.call("GetConfiguration")
    ours = await cp.hear()
    assert (await cp.ask([2, "x", "Heartbeat", {}]))[:2] == [3, "x"]
    await cp.say([3, ours[1], {"configurationKey": [], "unknownKey": ["MeterValuesSampledData"]}])
    await cp.silence()
    assert asker.outcomes[0].payload["unknownKey"] == ["MeterValuesSampledData"]


async def test_errors_odd_ones_too(station: Any, asker: Any) -> None:
    """CALLERROR with five, four or three elements."""
    cp = await station()
    await cp.boot()
    for rest in (["PropertyConstraintViolation", "why\x1b[2J", {}], ["NotSupported", ""], ["GenericError"], []):
        asker.call("SetChargingProfile")
        frame = await cp.hear()
        await cp.say([4, frame[1], *rest])
    await cp.silence()
    assert [o.code for o in asker.outcomes] == [
        "PropertyConstraintViolation",
        "NotSupported",
        "GenericError",
        "GenericError",
    ]
    assert all(isinstance(o, CallFailed) for o in asker.outcomes)
    assert "\x1b" not in asker.outcomes[0].description


async def test_the_deadline_counts_from_sent(station: Any, asker: Any, gateway: Any, clock: Any, takes: Any) -> None:
    """Time in the queue does not count; a late answer is recorded and belongs to nobody; the next call goes out."""
    cp = await station()
    await cp.boot()
    asker.call("First", deadline_s=10)
    asker.call("Second", deadline_s=10)
    first = await cp.hear()
    clock.advance(9)
    gateway.tick(clock.now())
    assert asker.outcomes == []
    clock.advance(2)
    gateway.tick(clock.now())
    assert asker.outcomes == [CallLost(why="timeout")]
    assert takes.lost == ["CP1"]
    second = await cp.hear()
    clock.advance(9)
    gateway.tick(clock.now())
    await cp.say([3, first[1], {"status": "Accepted"}])
    await cp.say([3, second[1], {"status": "Rejected"}])
    await cp.silence()
    assert asker.outcomes[1:] == [CallResult(payload={"status": "Rejected"})]
    assert takes.answered == ["CP1"]
    late = [f for f in takes.frames if "late_answer" in f.deviations]
    assert [(f.action, f.latency_ms) for f in late] == [("First", 20_000)]


async def test_answers_to_nothing_are_recorded(station: Any, takes: Any) -> None:
    """They get no answer and do no harm."""
    cp = await station()
    await cp.say([3, "never asked", {}])
    await cp.say([4, 17, "x"])
    await cp.silence()
    assert [f.deviations for f in takes.frames[:2]] == [("answer_to_nothing",)] * 2


async def test_an_answer_that_cannot_be_read_ends_its_call(station: Any, asker: Any) -> None:
    """An operator does not wait for a deadline that says less."""
    cp = await station()
    await cp.boot()
    asker.call("GetConfiguration")
    frame = await cp.hear()
    await cp.say(f'[3,"{frame[1]}",{{"configurationKey":[,]}}]')
    await cp.silence()
    assert asker.outcomes == [
        CallFailed(code="FormationViolation", description="the station's answer could not be read")
    ]


async def test_a_lost_connection_loses_its_calls(station: Any, asker: Any, takes: Any) -> None:
    """What was sent is lost on the way, what was not is offline."""
    cp = await station()
    await cp.boot()
    asker.call("A")
    asker.call("B")
    await cp.hear()
    cp.socket.transport.abort()
    await takes.until(lambda: len(asker.outcomes) == 2)
    assert [o.why for o in asker.outcomes] == ["disconnected", "offline"]


async def test_a_new_connection_takes_over_what_was_not_sent(station: Any, asker: Any) -> None:
    """Sent is lost with its socket; queued goes out on the new one."""
    old = await station()
    await old.boot()
    asker.call("A")
    asker.call("B")
    assert (await old.hear())[2] == "A"
    new = await station()
    assert [o.why for o in asker.outcomes] == ["disconnected"]
    await new.boot()
    assert (await new.hear())[2] == "B"


async def test_calls_wait_for_the_boot_or_for_a_settled_station(
    station: Any, asker: Any, gateway: Any, clock: Any
) -> None:
    """Some stations reconnect for ever when they are called before their boot is answered."""
    cp = await station()
    asker.call("A")
    assert asker.sent == []
    await cp.boot()
    assert (await cp.hear())[2] == "A"
    quiet = await station("CP2")
    asker.call("B", station="CP2")
    assert asker.sent == ["A"]
    clock.advance(10)
    gateway.tick(clock.now())
    assert (await quiet.hear())[2] == "B"


async def test_a_station_that_goes_on_without_a_boot_may_be_called(station: Any, asker: Any) -> None:
    """No boot after a reconnect is normal."""
    cp = await station()
    asker.call("A")
    await cp.silence()
    assert (await cp.hear())[2] == "A"


async def test_the_queue_is_bounded(station: Any, asker: Any) -> None:
    """Past its end a call is lost at once."""
    await station()
    for _ in range(502):
        asker.call("A", background=True)
    assert [o.why for o in asker.outcomes] == ["timeout", "timeout"]


async def test_closing_a_deaf_station(station: Any, gateway: Any, takes: Any) -> None:
    """First aid: the socket is closed, for it to come back; False when there is none."""
    cp = await station()
    await takes.until(lambda: takes.of(Connected))
    assert gateway.close("cp1", "deaf")
    assert await cp.closed() == 1012
    await takes.until(lambda: gateway.vitals.connections == 0 and len(takes.events) == 2)
    assert takes.events[-1].reason == "deaf"
    assert not gateway.close("CP1", "deaf")
