"""Between the quirk book and the rest of the house: what is learned, and who has to know."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Protocol

from backend.fleet import Fleet
from backend.model.change import Change
from backend.model.clock import Instant
from backend.model.deviation import Deviation
from backend.model.event import Booted, StationEvent
from backend.model.quirk import Quirk
from backend.model.words import Admission
from backend.register.lessons import lesson
from backend.register.quirks import QuirkBook
from backend.register.register import Register

WRITTEN_S = 10.0
"""How often what stations do wrong is written."""
A_TICK = 500
"""Stations that are looked at in one tick, after an entry about a model has changed."""


class Remembers(Protocol):
    """What the gateway remembers of stations."""

    def changed(self, most: int) -> list[Deviation]: ...


class AppliesTraits(Protocol):
    """The gateway."""

    @property
    def memories(self) -> Remembers: ...
    def traits_changed(self, station: str) -> None: ...


class KeepsDeviations(Protocol):
    """The store."""

    def deviation(self, deviation: Deviation) -> None: ...


class TellsStations(Protocol):
    """The feed."""

    def station_changed(self, station: str) -> None: ...


class QuirkWatch:
    """Teaches the book what stations show, and has the gateway apply what is in force."""

    def __init__(
        self,
        book: QuirkBook,
        fleet: Fleet,
        register: Register,
        gateway: AppliesTraits,
        feed: TellsStations,
        journal: KeepsDeviations,
    ) -> None:
        self._journal = journal
        self._written = float("-inf")
        self._book = book
        self._fleet = fleet
        self._register = register
        self._gateway = gateway
        self._feed = feed
        self._now: Instant = 0.0
        self._subjects: set[str] = set()
        """Models whose entries have changed."""
        self._stations: deque[str] = deque()
        """Who is still to be looked at for it."""

    def event(self, event: StationEvent | None, changes: Sequence[Change]) -> None:
        """A boot tells the model: before it is answered, its traits are in force."""
        if isinstance(event, Booted):
            self._gateway.traits_changed(event.station)

    def deviated(self, station: str, deviation: str) -> None:
        """A station has shown a deviation for the first time. Only those that were let in teach us something."""
        live, entry = self._fleet.find(station), self._register.station(station)
        if live is None or entry is None or entry.admission is not Admission.ACCEPTED:
            return
        site = self._register.site_of(station)
        found = lesson(deviation, live, site.time_zone if site is not None else "", self._now)
        if found is not None:
            self._book.learn(live.id, *found)

    def changed(self, quirk: Quirk) -> None:
        """An entry is new, or gone."""
        if quirk.station:
            self._tell(quirk.station)
        else:
            self._subjects.add(quirk.subject)
            self._stations = deque(self._fleet.stations)

    def tick(self, now: Instant) -> None:
        """Go on with the stations of models whose entries have changed."""
        self._now = now
        if abs(now - self._written) >= WRITTEN_S:
            self._written = now
            self._write(A_TICK)
        for _ in range(min(len(self._stations), A_TICK)):
            station = self._stations.popleft()
            if not self._subjects.isdisjoint(self._book.subjects(station)):
                self._tell(station)
        if not self._stations:
            self._subjects.clear()

    def close(self) -> None:
        """Write what is left."""
        self._write(1 << 30)

    def _write(self, most: int) -> None:
        for deviation in self._gateway.memories.changed(most):
            self._journal.deviation(deviation)

    def _tell(self, station: str) -> None:
        self._gateway.traits_changed(station)
        self._feed.station_changed(station)
