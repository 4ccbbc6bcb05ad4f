"""The live feed: collects what changes, and tells all readers some times a second.

What has changed is built and encoded once for all readers. A reader that is slow gets, when it is ready again, the
latest state of everything it missed: never an ever longer queue. Work is done in slices of some milliseconds.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from backend.api import outlet_view, views
from backend.api.board import Board
from backend.api.dirty import Dirty
from backend.api.pace import Work
from backend.api.reader import Reader
from backend.api.snapshot import Snapshots
from backend.model.alarm import Alarm
from backend.model.change import (
    Change,
    ConnectorChanged,
    FaultsChanged,
    LinkChanged,
    SessionChanged,
    StationChanged,
)
from backend.model.clock import Instant, as_datetime
from backend.model.event import StationEvent
from backend.model.operation import Operation
from backend.model.ports import Traced
from backend.model.resources import Changes, OutletResource, StationResource, Totals

if TYPE_CHECKING:
    from backend.api.house import House
    from backend.register.register import Key

MOST_TOLD = 150
"""Objects in a message."""
BUILT_AT_ONCE = 25
"""Between two looks at the clock."""
MESSAGES_A_FLUSH = 6
QUIET_S = 2.0
"""Something is said at least that often, so that silence is a sign."""
SITES_S = 2.0
HEARD_LOOKED_AT = 500
"""Stations at a flush of which *heard* may be due."""
HEARD_S = 20.0
"""A new *heard* alone is told that often; ages on screens change by the minute."""
ALONE_S = 1.0
"""While nobody reads, the sums are brought up to date that often: what changes ten times a second is built once."""
MOST_READERS = 100
NAMES_AT_ONCE = 200
_HEAD = len(b'{"kind":"changes","seq":0,')
_TAIL = len(b'"frames":[]}')


class Feed:
    """Collects and tells. Listens to the rooms of a house; `flush` tells what has come together."""

    def __init__(self, house: House, board: Board) -> None:
        self._house = house
        self._board = board
        self.readers: set[Reader] = set()
        self._dirty = Dirty()
        self._dirty_sites: set[str] = set()
        self._sites_told: Instant = 0.0
        self._told: Instant = 0.0
        self._heard: dict[str, None] = {}
        self._heard_told: dict[str, Instant] = {}
        self._totals: Totals | None = None
        self.known: dict[str, list[int]] = {}
        """All stations, and the numbers of their outlets."""
        self.names: list[str] = []
        """The stations by id."""
        self._folded: str | None = None
        """All their names, without case, a line each."""
        self._encoder = msgspec.json.Encoder()
        self.snapshots = Snapshots(house)
        self.work = Work()
        """What the readers do together: hand on messages, catch up."""
        self._flushing = Work()

    # What the rooms tell

    def listen(self) -> None:
        """Begin to listen to the rooms."""
        house = self._house
        house.intake.listeners.append(self._changes)
        house.alarms.on_change.append(self._alarm)
        house.operations.on_change.append(self._operation)
        house.register.on_change.append(self._registered)

    def _changes(self, _event: StationEvent | None, changes: Sequence[Change]) -> None:
        dirty = self._dirty
        for change in changes:
            station = change.station
            if isinstance(change, (ConnectorChanged, FaultsChanged)):
                evse = change.connector.evse
                if evse > 0:
                    dirty.outlets.add((station.id, evse))
                    if evse not in self.known.get(station.id, ()):
                        dirty.stations.add(station.id)
                        self._learn(station.id)
                else:
                    dirty.stations.add(station.id)
            elif isinstance(change, SessionChanged):
                dirty.sessions[change.session.id] = change.session
                dirty.outlets.add((station.id, change.session.evse))
            elif isinstance(change, LinkChanged):
                dirty.stations.add(station.id)
                dirty.outlets.update([(station.id, evse) for evse in self.known.get(station.id, ())])
            elif isinstance(change, StationChanged):
                dirty.stations.add(station.id)
                if station.id not in self.known:
                    self._learn(station.id)

    def _all_outlets(self, station: str) -> None:
        live = self._house.views.live(station)
        known = set(self.known.get(station, ()))
        if live is not None:
            known.update(self._house.views.evses(live))
            station = live.id
        self._dirty.outlets.update((station, evse) for evse in known)

    def _learn(self, station: str) -> None:
        """Note at once which outlets a station has, so that lists are never behind."""
        live = self._house.views.live(station)
        if live is not None:
            if live.id not in self.known:
                insort(self.names, live.id)
                self._folded = None
            self.known[live.id] = self._house.views.evses(live)
        elif self.known.pop(station, None) is not None:
            del self.names[bisect_left(self.names, station)]
            self._folded = None

    def is_alone(self, text: str) -> bool:
        """Whether one station alone has the text in its name, in whatever case."""
        if self._folded is None:
            self._folded = "\n".join(self.names).casefold()
        held, folded = self._folded, text.casefold()
        first = held.find(folded)
        if first < 0:
            return False
        end = held.find("\n", first)
        return end < 0 or held.find(folded, end) < 0

    def names_from(self, first: str) -> Iterator[str]:
        """The stations by id, from `first` on; what comes and goes meanwhile does not disturb it."""
        at = bisect_left(self.names, first)
        while some := self.names[at : at + NAMES_AT_ONCE]:
            yield from some
            at = bisect_right(self.names, some[-1])

    def _alarm(self, alarm: Alarm) -> None:
        self._house.views.open_alarms.put(alarm)
        self._dirty.alarms[alarm.id] = alarm
        self._dirty.totals = True
        if alarm.station is None:
            return
        if alarm.evse is None:
            self._all_outlets(alarm.station)
        else:
            self._dirty.outlets.add((alarm.station, alarm.evse))

    def _operation(self, operation: Operation) -> None:
        self._house.views.operations_changed()
        self._dirty.operations[operation.id] = operation
        self._dirty.stations.add(operation.station)

    def _registered(self, kind: str, key: Key) -> None:
        if kind == "token":
            return
        self._dirty.totals = True
        if isinstance(key, tuple):
            self._dirty.stations.add(key[0])
            self._dirty.outlets.add(key)
            self._learn(key[0])
        elif kind == "station":
            self._dirty.stations.add(key)
            self._all_outlets(key)
            self._learn(key)
            site = self._house.register.site_of(key)
            if site is not None:
                self._dirty_sites.add(site.id)
        else:
            self._dirty.sites.add(key)

    def note_heard(self, stations: set[str]) -> None:
        """These were heard; told when it is worth it."""
        self._heard.update(dict.fromkeys(stations))

    def station_changed(self, station: str) -> None:
        """Something about a station is new that no event tells."""
        self._dirty.stations.add(station)
        self._all_outlets(station)

    def _frame(self, frame: Traced) -> None:
        if not any(frame.station in reader.follows for reader in self.readers):
            return
        text = self._encoder.encode(views.frame(frame.shown())).decode()
        for reader in self.readers:
            if frame.station in reader.follows:
                reader.frames.append(text)

    # Readers

    def join(self, reader: Reader) -> bool:
        """Let a reader in; False: there are too many."""
        if len(self.readers) >= MOST_READERS:
            return False
        if not self.readers:
            self._house.intake.frame_listeners.append(self._frame)
        self.readers.add(reader)
        return True

    def leave(self, reader: Reader) -> None:
        if reader in self.readers:
            self.readers.remove(reader)
            if not self.readers:
                self._house.intake.frame_listeners.remove(self._frame)

    # Telling

    def begin(self) -> Iterator[None]:
        """Put all outlets and stations on the board at the start, station by station."""
        names = list(self._house.fleet.stations)
        held = set(names)
        names += [entry.id for entry in self._house.register.stations.values() if entry.id not in held]
        for name in names:
            self._build_station(name)
            for evse in self.known.get(name, ()):
                self._build_outlet(name, evse)
            yield

    async def run(self) -> None:
        """Flush for ever, on the machine's clock."""
        pause, clock = self._house.settings.api.flush_s, self._house.clock
        due = clock.monotonic()
        while True:
            await asyncio.sleep(pause)
            if not self.readers and clock.monotonic() < due:
                continue
            due = clock.monotonic() + ALONE_S
            for _ in range(MESSAGES_A_FLUSH):
                for _ in self._telling():
                    if self._flushing.spent:
                        await self._flushing.rest()
                if not self._dirty:
                    break

    def flush(self) -> None:
        """Tell everything now; for tests on a held clock."""
        while True:
            for _ in self._telling():
                pass
            if not self._dirty:
                return

    def _telling(self) -> Iterator[None]:
        """Make one message of what has changed and offer it, in steps."""
        now = self._house.clock.now()
        self._collect(now)
        yield
        dirty, part = self._dirty, Dirty()
        changes = Changes(seq=0, sent=as_datetime(now))
        while dirty and len(part) < MOST_TOLD:
            some = dirty.take(BUILT_AT_ONCE)
            self._build(some, changes)
            part.add(some)
            yield
        totals = self._house.views.totals()
        if totals != self._totals or now - self._told >= QUIET_S:
            self._totals = totals
            changes.totals = totals
        elif not part:
            self._wake_followers()
            return
        self._told = now
        if self.readers:
            body = self._body(changes)
            for reader in self.readers:
                reader.offer(body, part)

    def _collect(self, now: Instant) -> None:
        """What becomes due with time: *heard*, and the power of sites."""
        if now < self._told:
            self._told = self._sites_told = 0.0
        for name in list(islice(self._heard, HEARD_LOOKED_AT)):
            del self._heard[name]
            if now - self._heard_told.get(name, 0.0) >= HEARD_S:
                self._dirty.stations.add(name)
                self._dirty.outlets.update((name, evse) for evse in self.known.get(name, ()))
            else:
                self._heard[name] = None
        if now - self._sites_told >= SITES_S and self._dirty_sites:
            self._sites_told = now
            self._dirty.sites |= self._dirty_sites
            self._dirty_sites.clear()

    def sample_power(self, now: Instant) -> None:
        """Once a minute: note the power of every site; once an hour all sites have a new history."""
        power = self._house.power
        if not power.due(now):
            return
        sites = [entry.id for entry in self._house.register.sites.values()]
        if power.sample(now, {site: self._board.site_power_w(site) for site in sites}):
            self._dirty_sites.update(sites)

    def all_sites(self) -> None:
        """Every site has something new."""
        self._dirty_sites.update(entry.id for entry in self._house.register.sites.values())

    def _wake_followers(self) -> None:
        for reader in self.readers:
            if reader.frames:
                reader.wake()

    def _body(self, changes: Changes) -> str:
        """The message without its number and its frames, which differ from reader to reader."""
        return self._encoder.encode(changes)[_HEAD:-_TAIL].decode()

    def catch_up(self, missed: Dirty) -> str:
        """The latest state of some of what a slow reader missed, as a body."""
        changes = Changes(seq=0, sent=as_datetime(self._house.clock.now()))
        self._build(missed.take(2 * BUILT_AT_ONCE), changes)
        return self._body(changes)

    # Building

    def _build(self, part: Dirty, changes: Changes) -> None:
        """Add the state of what is in `part`."""
        house = self._house
        made = house.views
        gone = changes.gone
        for name in part.stations:
            station = self._build_station(name)
            if station is None:
                gone.setdefault("stations", []).append(name)
            else:
                changes.stations.append(station)
        for name, evse in part.outlets:
            outlet = self._build_outlet(name, evse)
            if outlet is None:
                gone.setdefault("outlets", []).append(f"{name}:{evse}")
            else:
                changes.outlets.append(outlet)
        for name in part.sites:
            entry = house.register.site(name)
            if entry is None:
                gone.setdefault("sites", []).append(name)
            else:
                changes.sites.append(made.site(entry))
        if self.readers:
            changes.alarms += [made.alarm(alarm) for alarm in part.alarms.values()]
            changes.operations += [made.operation(operation) for operation in part.operations.values()]
            changes.sessions += [made.session(session) for session in part.sessions.values()]
        if part.totals:
            changes.totals = made.totals()

    def _build_station(self, name: str) -> StationResource | None:
        live = self._house.views.live(name)
        self._learn(name)
        if live is None:
            self._board.drop_station(name)
            self._heard_told.pop(name, None)
            return None
        station = self._house.views.station(live)
        self._board.put_station(station)
        return station

    def _build_outlet(self, name: str, evse: int) -> OutletResource | None:
        live = self._house.views.live(name)
        known = live is not None and (
            (any(number == evse for number, _ in live.connectors) and evse not in self._house.quirks.phantoms(live.id))
            or self._house.register.outlet(name, evse) is not None
        )
        if live is None or not known:
            site = self._board.drop_outlet(f"{name}:{evse}")
            if site is not None:
                self._dirty_sites.add(site)
            return None
        outlet = outlet_view.outlet(self._house, live, evse)
        if live.last_heard is not None:
            self._heard_told[live.id] = self._house.clock.now()
        site = self._board.put_outlet(outlet)
        if site is not None:
            self._dirty_sites.add(site)
        return outlet
