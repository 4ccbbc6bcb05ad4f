"""What has changed since it was last told: names, and the last state of what may be gone when its turn comes."""

from __future__ import annotations

from itertools import islice
from typing import TypeVar

from backend.model.alarm import Alarm
from backend.model.operation import Operation
from backend.model.session import Session

V = TypeVar("V")
MOST_OPERATIONS = 8
"""Taken at a time: everything that was asked and answered is looked through for secrets, a tenth of a millisecond."""


class Dirty:
    """Bounded by the number of objects there are, however long it is not read."""

    __slots__ = ("alarms", "operations", "outlets", "sessions", "sites", "stations", "totals")

    def __init__(self) -> None:
        self.sites: set[str] = set()
        self.stations: set[str] = set()
        self.outlets: set[tuple[str, int]] = set()
        self.alarms: dict[int, Alarm] = {}
        self.operations: dict[int, Operation] = {}
        self.sessions: dict[int, Session] = {}
        self.totals = False

    def __bool__(self) -> bool:
        return self.totals or len(self) > 0

    def __len__(self) -> int:
        return (
            len(self.sites)
            + len(self.stations)
            + len(self.outlets)
            + len(self.alarms)
            + len(self.operations)
            + len(self.sessions)
        )

    def add(self, other: Dirty) -> None:
        """Take in what another holds."""
        self.sites |= other.sites
        self.stations |= other.stations
        self.outlets |= other.outlets
        self.alarms.update(other.alarms)
        self.operations.update(other.operations)
        self.sessions.update(other.sessions)
        self.totals = self.totals or other.totals

    def take(self, most: int) -> Dirty:
        """Remove and return at most `most` of them; people's things first."""
        part = Dirty()
        part.totals, self.totals = self.totals, False
        part.operations = _first(self.operations, min(most, MOST_OPERATIONS))
        part.alarms = _first(self.alarms, most - len(part))
        part.sessions = _first(self.sessions, most - len(part))
        part.outlets = _some(self.outlets, most - len(part))
        part.stations = _some(self.stations, most - len(part))
        part.sites = _some(self.sites, most - len(part))
        return part


def _first(held: dict[int, V], most: int) -> dict[int, V]:
    return {key: held.pop(key) for key in list(islice(held, max(0, most)))}


def _some(held: set[V], most: int) -> set[V]:
    return {held.pop() for _ in range(min(len(held), max(0, most)))}
