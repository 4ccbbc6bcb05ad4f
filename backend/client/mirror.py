"""A live copy of the fleet on the client's side, fed by snapshots and numbered changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import TypeAlias

from backend.model.clock import Clock, Instant, SystemClock
from backend.model.resources import (
    AlarmResource,
    Changes,
    FrameResource,
    OperationResource,
    OutletResource,
    SessionResource,
    SiteResource,
    Snapshot,
    StationResource,
    Totals,
)

OPERATIONS_KEPT = 500
FRAMES_KEPT = 2_000
SESSIONS_KEPT = 2_000
"""Ended sessions that stay in the mirror for screens that show them; the rest is asked from the server."""


class Lamp(StrEnum):
    """How honest the picture is."""

    LIVE = "live"
    BEHIND = "behind"
    GONE = "gone"


class Touched:
    """Which objects one message of the feed touched, by kind. `everything`: a new snapshot is in place."""

    __slots__ = ("alarms", "everything", "frames", "operations", "outlets", "sessions", "sites", "stations")

    def __init__(self, *, everything: bool = False) -> None:
        self.everything = everything
        self.sites: set[str] = set()
        self.stations: set[str] = set()
        self.outlets: set[str] = set()
        self.alarms: set[str] = set()
        self.operations: set[str] = set()
        self.sessions: set[str] = set()
        self.frames: list[FrameResource] = []


Listener: TypeAlias = Callable[[Touched], None]


class Mirror:
    """The client's model: plain dictionaries of resources, and who wants to know when they change.

    It does no I/O: `backend.client.feed` fills it from a server, tests and pictures fill it by hand.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock: Clock = clock or SystemClock()
        self.totals = Totals()
        self.sites: dict[str, SiteResource] = {}
        self.stations: dict[str, StationResource] = {}
        self.outlets: dict[str, OutletResource] = {}
        self.alarms: dict[str, AlarmResource] = {}
        self.operations: dict[str, OperationResource] = {}
        self.sessions: dict[str, SessionResource] = {}
        self.frames: dict[str, list[FrameResource]] = {}
        """Of the followed stations, oldest first."""
        self.lamp = Lamp.GONE
        self.lamp_since: Instant = self.clock.now()
        self.lag_s = 0.0
        """How far the feed is behind, while the lamp says so."""
        self.next_try: Instant | None = None
        """When the next attempt to reach the server is made, while there is none."""
        self.loaded: tuple[int, int] = (0, 0)
        """Parts of the snapshot that are here, of how many."""
        self.seq = 0
        self._listeners: list[Listener] = []
        self._staged: Mirror | None = None

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` after each message; returns what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def set_lamp(self, lamp: Lamp, *, lag_s: float = 0.0, next_try: Instant | None = None) -> None:
        """Say how honest the picture is; tells the listeners when that is new."""
        changed = lamp != self.lamp or lag_s != self.lag_s or next_try != self.next_try
        if lamp != self.lamp:
            self.lamp_since = self.clock.now()
        self.lamp, self.lag_s, self.next_try = lamp, lag_s, next_try
        if changed:
            self._tell(Touched())

    def outlets_of(self, station: str) -> list[OutletResource]:
        """The outlets of a station, by EVSE number."""
        entry = self.stations.get(station)
        if entry is None:
            return []
        return [found for name in entry.outlets if (found := self.outlets.get(name)) is not None]

    def load(self, snapshot: Snapshot) -> bool:
        """Take one part of a snapshot. The old picture stands until the last part is here. True: complete."""
        if snapshot.part == 1 or self._staged is None:
            self._staged = Mirror(self.clock)
        staged = self._staged
        staged._put(snapshot, Touched())
        if snapshot.totals is not None:
            staged.totals = snapshot.totals
        self.loaded = (snapshot.part, snapshot.parts)
        complete = snapshot.part >= snapshot.parts
        if complete:
            self._staged = None
            self.totals = staged.totals
            self.sites, self.stations, self.outlets = staged.sites, staged.stations, staged.outlets
            self.alarms, self.operations, self.sessions = staged.alarms, staged.operations, staged.sessions
            self.seq = snapshot.seq
        self._tell(Touched(everything=complete))
        return complete

    def apply(self, changes: Changes) -> bool:
        """Take one numbered message. False: one is missing before it; ask for a new snapshot."""
        if changes.seq <= self.seq:
            return True
        if changes.seq != self.seq + 1:
            return False
        self.seq = changes.seq
        touched = Touched()
        self._put(changes, touched)
        if changes.totals is not None:
            self.totals = changes.totals
        for kind, ids in changes.gone.items():
            held: dict[str, object] = getattr(self, kind)
            for name in ids:
                held.pop(name, None)
                getattr(touched, kind).add(name)
        for frame in changes.frames:
            kept = self.frames.setdefault(frame.station, [])
            kept.append(frame)
            del kept[:-FRAMES_KEPT]
        touched.frames = changes.frames
        self._tell(touched)
        return True

    def _put(self, message: Snapshot | Changes, touched: Touched) -> None:
        for site in message.sites:
            self.sites[site.id] = site
            touched.sites.add(site.id)
        for station in message.stations:
            self.stations[station.id] = station
            touched.stations.add(station.id)
        for outlet in message.outlets:
            self.outlets[outlet.outlet] = outlet
            touched.outlets.add(outlet.outlet)
        for alarm in message.alarms:
            touched.alarms.add(alarm.id)
            if alarm.state == "normal":
                self.alarms.pop(alarm.id, None)
            else:
                self.alarms[alarm.id] = alarm
        for operation in message.operations:
            self.operations[operation.id] = operation
            touched.operations.add(operation.id)
        _bound(self.operations, OPERATIONS_KEPT, (o.id for o in self.operations.values() if o.state.ended))
        for session in message.sessions:
            self.sessions[session.id] = session
            touched.sessions.add(session.id)
        _bound(self.sessions, SESSIONS_KEPT, (s.id for s in self.sessions.values() if s.ended is not None))

    def _tell(self, touched: Touched) -> None:
        for listener in list(self._listeners):
            listener(touched)


def _bound(
    held: dict[str, OperationResource] | dict[str, SessionResource], most: int, removable: Iterable[str]
) -> None:
    """Drop the oldest removable entries once there are `most` removable ones and a tenth more."""
    if len(held) <= most * 11 // 10:
        return
    names = list(removable)
    for name in names[: max(0, len(names) - most)]:
        del held[name]
