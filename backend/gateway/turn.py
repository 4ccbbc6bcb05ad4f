"""What comes in one turn of the loop is read together and goes through the rooms together: each room works off all of
it before the next room has its turn.

One message alone runs through some seventy functions, more code than a processor keeps at hand, so that each message
fetches all of it again. Room by room the same work costs a quarter less for a status, 40 percent less for readings
(docs/performance.md). One commit is waited for, and one call from the writer's thread, for all of them.

Of one station there is at most one message in a group, and nothing else happens to any station before the group is
worked off: each room finds everything as it would have, had the message come alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from operator import length_hint
from typing import Protocol

from backend.model.clock import Instant
from backend.model.delivery import Delivery
from backend.model.event import (
    Booted,
    Connected,
    Heard,
    MeterValuesReported,
    StationEvent,
    StatusReported,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
)
from backend.model.frame import Handshake
from backend.model.ports import Rooms, Takes, Traced

MOST = 64
"""Of one group, statuses being counted: 1 to 2 ms of work."""

_WORK = {
    Heard: 1,
    StatusReported: 1,
    MeterValuesReported: 1,
    TransactionStarted: 1,
    TransactionUpdated: 1,
    TransactionEnded: 1,
    Booted: 2,
    Connected: 4,
}
"""What makes the load of a network, daily and when all come back at once, and how many statuses it counts for.
Everything else comes alone."""


class Reads(Protocol):
    """Who holds a call of a station that is not read yet."""

    @property
    def station(self) -> str: ...
    def read(self) -> None:
        """Read it, and deliver what it says."""
        ...


class Gathers(Takes, Protocol):
    """Where the dialogues deliver."""

    def arrived(self, reader: Reads) -> None:
        """A call came that can be read together with others: soon, and before anything else happens to its station."""
        ...

    def work_off(self) -> None:
        """Read and take now what arrived."""
        ...


class Turn:
    """Implements `Gathers` before the rooms."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._arrived: dict[str, Reads] = {}
        self._group: dict[str, Delivery] = {}
        self._work = 0
        self._frames: list[Traced] = []

    def arrived(self, reader: Reads) -> None:
        """A call that is read with others before this turn ends. Who holds one has it worked off before the next."""
        arrived = self._arrived
        if not arrived and not self._group:
            asyncio.get_running_loop().call_soon(self.work_off)
        arrived[reader.station] = reader
        if len(arrived) >= MOST:
            self.work_off()

    def take(self, event: StationEvent, answer: Delivery | None = None) -> None:
        """One event: into the group, or at once through all rooms."""
        group = self._group
        work = _WORK.get(type(event), 0)
        if answer is None or not work:
            if group or self._arrived:
                self.work_off()
            self._rooms.take(event, answer)
            return
        if event.station in group or event.station in self._arrived:
            self.work_off()
            group = self._group
        if not group:
            asyncio.get_running_loop().call_soon(self.work_off)
        group[event.station] = answer
        self._work += work
        if self._work >= MOST:
            self.work_off()

    def work_off(self) -> None:
        """Read what arrived, and bring it through the rooms, one room after the other."""
        if self._arrived:
            arrived, self._arrived = self._arrived, {}
            for reader in arrived.values():
                reader.read()
        if not self._group:
            return
        group, self._group = list(self._group.values()), {}
        self._work = 0
        if len(group) == 1:
            _through(self._alone, group)
            return
        for stage in self._rooms.stages:
            group = _through(stage, group)
        at_once, later = self._rooms.sorted(group)
        _answer(at_once)
        if later:
            self._rooms.after_commit(partial(_answer, later))

    def _alone(self, deliveries: Iterator[Delivery]) -> None:
        """Nothing is gained by going through the rooms by stages."""
        for delivery in deliveries:
            self._rooms.take(delivery.event, delivery)

    def trace(self, frame: Traced) -> None:
        """Frames are handed over together, at the end of the turn at the latest."""
        frames = self._frames
        if not frames:
            asyncio.get_running_loop().call_soon(self._hand_over)
        frames.append(frame)
        if len(frames) >= MOST:
            self._hand_over()

    def _hand_over(self) -> None:
        frames = self._frames
        if frames:
            self._frames = []
            self._rooms.trace_all(frames)

    def heard(self, station: str, learned: Instant) -> None:
        self._rooms.heard(station, learned)

    def quarantine(self, handshake: Handshake) -> None:
        self._rooms.quarantine(handshake)

    def call_answered(self, station: str, learned: Instant) -> None:
        self.work_off()
        self._rooms.call_answered(station, learned)

    def call_lost(self, station: str, learned: Instant) -> None:
        self.work_off()
        self._rooms.call_lost(station, learned)


def _answer(group: list[Delivery]) -> None:
    _through(_tell, group)


def _tell(deliveries: Iterable[Delivery]) -> None:
    for delivery in deliveries:
        delivery(delivery.reply)


def _through(stage: Callable[[Iterator[Delivery]], None], group: list[Delivery]) -> list[Delivery]:
    """Bring a group through one stage. What a room cannot take is told so and left out; the others go on."""
    rest = iter(group)
    failed: list[Delivery] = []
    while True:
        try:
            stage(rest)
            break
        except Exception as error:
            fallen = group[len(group) - length_hint(rest) - 1]
            failed.append(fallen)
            fallen.failed(error)
    return group if not failed else [delivery for delivery in group if delivery not in failed]
