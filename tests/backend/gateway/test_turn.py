"""What comes in one turn of the loop goes through the rooms together, and is none the worse for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

from backend.gateway.entrance import Entrance
from backend.gateway.turn import MOST, Turn
from backend.model.clock import Instant
from backend.model.delivery import Delivery
from backend.model.event import Booted, Connected, Disconnected, StationEvent, StatusReported
from backend.model.frame import Frame, Handshake
from backend.model.ports import Traced
from backend.model.reply import Done, Reply
from backend.model.words import Version


class Call(Delivery, eq=False, kw_only=True):
    """A question that notes how it ended."""

    told: list[str]

    def __call__(self, reply: Reply) -> None:
        self.told.append(f"answered {self.event.station}")

    def failed(self, error: Exception) -> None:
        self.told.append(f"failed {self.event.station}: {error}")


class House:
    """Two rooms that write down what passes; the first one chokes on one station. Answers wait for `commit`."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.traced: list[list[str]] = []
        self.choke = ""
        self.stages: list[Callable[[Iterator[Delivery]], None]] = [self._first, self._second]
        self.promises: list[Callable[[], None]] = []

    def _first(self, deliveries: Iterator[Delivery]) -> None:
        for delivery in deliveries:
            if delivery.event.station == self.choke:
                raise ValueError("cannot be")
            self.seen.append(f"1 {delivery.event.station}")

    def _second(self, deliveries: Iterator[Delivery]) -> None:
        self.seen += [f"2 {delivery.event.station}" for delivery in deliveries]

    def take(self, event: StationEvent, answer: Delivery | None = None) -> None:
        if event.station == self.choke:
            raise ValueError("cannot be")
        self.seen.append(f"alone {type(event).__name__} {event.station}")
        if answer is not None:
            self.promises.append(lambda: answer(Done()))

    def sorted(self, deliveries: list[Delivery]) -> tuple[list[Delivery], list[Delivery]]:
        return [], deliveries

    def after_commit(self, done: Callable[[], None]) -> None:
        self.promises.append(done)

    def commit(self) -> None:
        """The disk has it all."""
        while self.promises:
            self.promises.pop(0)()

    def heard(self, station: str, learned: Instant) -> None: ...

    def trace(self, frame: Traced) -> None: ...

    def trace_all(self, frames: list[Traced]) -> None:
        self.traced.append([frame.station for frame in frames])

    def quarantine(self, handshake: Handshake) -> None: ...

    def call_answered(self, station: str, learned: Instant) -> None:
        self.seen.append(f"call answered by {station}")

    def call_lost(self, station: str, learned: Instant) -> None: ...


def status(station: str, told: list[str]) -> Call:
    event = StatusReported(station=station, learned=1.0, evse=1, connector=1, status="Available")
    return Call(event=event, reply=Done(), changes=(), told=told)


class Holder:
    """A dialogue with a call that is not read yet."""

    def __init__(self, station: str, turn: Turn, house: House) -> None:
        self.station = station
        self._turn = turn
        self._house = house

    def read(self) -> None:
        self._house.seen.append(f"read {self.station}")
        call = status(self.station, [])
        self._turn.take(call.event, call)


class Cut:
    """A connection that notes why it was cut off."""

    def __init__(self) -> None:
        self.why: list[str] = []

    def abort(self, reason: str = "") -> None:
        self.why.append(reason)


def entrance(station: str, socket: Cut) -> Entrance:
    event = Connected(station=station, learned=1.0, connection=1, version=Version.V16, address="192.0.2.1")
    return Entrance(event=event, reply=Done(), changes=(), socket=socket)


async def test_all_go_through_one_room_before_the_next() -> None:
    """Nothing happens before the turn ends; then room by room, and one promise stands for all answers."""
    house, told = House(), list[str]()
    turn = Turn(house)
    for name in ("A", "B", "C"):
        call = status(name, told)
        turn.take(call.event, call)
    assert house.seen == []
    await asyncio.sleep(0)
    assert house.seen == ["1 A", "1 B", "1 C", "2 A", "2 B", "2 C"]
    assert (len(house.promises), told) == (1, [])
    house.commit()
    assert told == ["answered A", "answered B", "answered C"]


async def test_what_arrived_is_read_together() -> None:
    """Before the first of it comes into a room."""
    house = House()
    turn = Turn(house)
    for name in ("A", "B"):
        turn.arrived(Holder(name, turn, house))
    assert house.seen == []
    await asyncio.sleep(0)
    assert house.seen == ["read A", "read B", "1 A", "1 B", "2 A", "2 B"]


async def test_what_arrived_comes_before_what_happens_next() -> None:
    """A connection that is lost, or made anew, finds what was said before in the rooms."""
    house = House()
    turn = Turn(house)
    turn.arrived(Holder("A", turn, house))
    turn.take(Disconnected(station="B", learned=1.0, connection=1, code=1006, reason=""))
    assert house.seen == ["read A", "alone StatusReported A", "alone Disconnected B"]
    turn.arrived(Holder("C", turn, house))
    again = entrance("C", Cut())
    turn.take(again.event, again)
    assert house.seen[3:] == ["read C", "alone StatusReported C"]
    await asyncio.sleep(0)
    assert house.seen[5:] == ["alone Connected C"]


async def test_what_arrives_in_one_turn_is_bounded() -> None:
    """Not more is read at once than goes through the rooms at once."""
    house = House()
    turn = Turn(house)
    for number in range(MOST + 1):
        turn.arrived(Holder(f"S{number}", turn, house))
    assert len(house.seen) == 3 * MOST
    await asyncio.sleep(0)
    assert len(house.seen) == 3 * MOST + 2


async def test_what_a_room_cannot_take_harms_no_other() -> None:
    """The one in the middle is told of our mistake at once; those before and behind it are answered."""
    house, told = House(), list[str]()
    house.choke = "B"
    turn = Turn(house)
    for name in ("A", "B", "C"):
        call = status(name, told)
        turn.take(call.event, call)
    await asyncio.sleep(0)
    house.commit()
    assert told == ["failed B: cannot be", "answered A", "answered C"]
    assert house.seen == ["1 A", "1 C", "2 A", "2 C"]


async def test_one_that_comes_alone_and_fails_is_told_so() -> None:
    """A turn with a single message takes the plain way; a mistake there reaches its station and nobody else."""
    house, told = House(), list[str]()
    house.choke = "A"
    turn = Turn(house)
    call = status("A", told)
    turn.take(call.event, call)
    await asyncio.sleep(0)
    assert told == ["failed A: cannot be"]


async def test_a_second_message_of_a_station_waits_for_the_first() -> None:
    """Each room finds a station as its message left it: two of one station are never in one group."""
    house, told = House(), list[str]()
    turn = Turn(house)
    for name in ("A", "B", "A"):
        call = status(name, told)
        turn.take(call.event, call)
    assert house.seen == ["1 A", "1 B", "2 A", "2 B"]
    await asyncio.sleep(0)
    assert house.seen[4:] == ["alone StatusReported A"]


async def test_what_is_no_daily_message_comes_after_what_was_before_it() -> None:
    """The end of a connection and the answer to a call of ours never overtake a status, of whatever station."""
    house, told = House(), list[str]()
    turn = Turn(house)
    call = status("A", told)
    turn.take(call.event, call)
    turn.take(Disconnected(station="B", learned=1.0, connection=1, code=1000))
    call = status("A", told)
    turn.take(call.event, call)
    turn.call_answered("A", 1.0)
    assert house.seen == [
        "alone StatusReported A",
        "alone Disconnected B",
        "alone StatusReported A",
        "call answered by A",
    ]


async def test_stations_come_back_together() -> None:
    """In a storm one connects while another boots and a third reports; of each there is one event in a group."""
    house, told = House(), list[str]()
    turn = Turn(house)
    boot = Call(event=Booted(station="B", learned=1.0, vendor="V", model="M"), reply=Done(), changes=(), told=told)
    for delivery in (entrance("A", Cut()), boot, status("C", told)):
        turn.take(delivery.event, delivery)
    booted = Call(event=Booted(station="A", learned=1.0, vendor="V", model="M"), reply=Done(), changes=(), told=told)
    turn.take(booted.event, booted)
    assert house.seen == ["1 A", "1 B", "1 C", "2 A", "2 B", "2 C"]
    await asyncio.sleep(0)
    assert house.seen[6:] == ["alone Booted A"]


async def test_a_station_that_the_rooms_cannot_take_is_cut_off() -> None:
    """It has to come again; the others are in."""
    house, first, second = House(), Cut(), Cut()
    house.choke = "A"
    turn = Turn(house)
    for delivery in (entrance("A", first), entrance("B", second)):
        turn.take(delivery.event, delivery)
    await asyncio.sleep(0)
    assert house.seen == ["1 B", "2 B"]
    assert (len(first.why), second.why) == (1, [])


async def test_a_group_of_connects_is_smaller() -> None:
    """Each is the work of some statuses."""
    house = House()
    turn = Turn(house)
    for number in range(MOST):
        delivery = entrance(f"S{number}", Cut())
        turn.take(delivery.event, delivery)
    assert house.seen[:2] == ["1 S0", "1 S1"]
    assert house.seen.index("2 S0") < MOST // 2


async def test_frames_are_handed_over_together() -> None:
    """At the end of the turn in the order in which they came, or sooner when there are many."""
    house = House()
    turn = Turn(house)
    for number in range(MOST + 2):
        turn.trace(
            Frame(station=f"S{number}", direction="in", received=1.0, action="X", message_id="1", kind=2, frame="[2]")
        )
    assert [len(frames) for frames in house.traced] == [MOST]
    await asyncio.sleep(0)
    assert house.traced == [[f"S{number}" for number in range(MOST)], [f"S{MOST}", f"S{MOST + 1}"]]


async def test_a_group_is_bounded() -> None:
    """However much comes in one turn, a group is small enough not to hold the loop."""
    house, told = House(), list[str]()
    turn = Turn(house)
    for number in range(MOST + 1):
        call = status(f"S{number}", told)
        turn.take(call.event, call)
    assert len(house.seen) == 2 * MOST
    await asyncio.sleep(0)
    assert len(house.seen) == 2 * MOST + 1
