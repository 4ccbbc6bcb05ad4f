"""Records, for every outlet, stretches of up, faulted, unavailable, offline, agreed and unseen time.

An outlet counts while its station is accepted and it is not retired: one that somebody registered from then on, seen
or not; one of a station that introduced itself from its first boot. Our own absence is a gap, which lasts until the
station is back, for ten minutes at most: what our restart took from it is not its fault.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from itertools import islice

from msgspec.structs import replace

from backend.model.change import Change, ConnectorChanged, LinkChanged, SessionChanged
from backend.model.clock import Clock, Instant
from backend.model.interval import Interval, Minutes
from backend.model.ports import Journal, Register
from backend.model.register import OutletEntry, StationEntry
from backend.model.sharded import Sharded
from backend.model.station import Station
from backend.model.words import Admission, Link, Service
from backend.uptime.intervals import Span
from backend.uptime.replays import NOT_UP, Replays, said_by

RESTART_GRACE_S = 600.0
FIRST_BOOT_S = 600.0
"""A first status so long after the boot still belongs to it."""
SLICE = 500

Outlet = tuple[str, int]


class Recorder:
    """Writes intervals as they begin and end. Everything happens on the server's loop."""

    def __init__(self, clock: Clock, register: Register, journal: Journal | None) -> None:
        self.current: Sharded[Outlet, Interval] = Sharded()
        """The stretch that lasts, by station as registered and EVSE."""
        self._clock = clock
        self._register = register
        self._journal = journal
        self._replays = Replays()
        self._stations: dict[str, Station] = {}
        self._evses: dict[str, set[int]] = {}
        self._agreed: Sharded[Outlet, tuple[Minutes, str] | None] = Sharded()
        self._restarted: Instant | None = None
        self._grace_until = 0.0
        self._waiting: dict[Outlet, None] = {}
        self._future: list[tuple[Instant, str]] = []

    # -- start -----------------------------------------------------------------------------------------------

    def start(
        self,
        now: Instant,
        alive_until: Instant | None,
        open_intervals: Iterable[Interval],
        outlets: Iterable[OutletEntry] = (),
    ) -> None:
        """Go on after a restart: what lasted when we stopped ended then, and our absence is a gap.

        Args:
            alive_until: when the server was last known to run; None: it never ran, or nobody knows.
            outlets: all registered ones, so that those without any interval begin to count.
        """
        self._restarted = now
        self._grace_until = self._clock.monotonic() + RESTART_GRACE_S
        for interval in open_intervals:
            self._resume(interval, now, alive_until)
        for station in {entry.station for entry in outlets}:
            self.register_changed(station)

    def _resume(self, interval: Interval, now: Instant, alive_until: Instant | None) -> None:
        outlet = (interval.station, interval.evse)
        self._hold(outlet, interval)
        if interval.kind in (Minutes.PLANNED, Minutes.NOT_COMMISSIONED) or alive_until is None:
            return
        stopped = min(max(alive_until, interval.start), now)
        if interval.kind is Minutes.OFFLINE:
            self._set(outlet, Minutes.GAP, "", stopped)
            self._set(outlet, Minutes.OFFLINE, "", now)
        elif interval.kind is not Minutes.GAP:
            self._set(outlet, Minutes.GAP, "", stopped)
        if self.current[outlet].kind is Minutes.GAP:
            self._waiting[outlet] = None

    # -- changes ---------------------------------------------------------------------------------------------

    def apply(self, changes: Sequence[Change]) -> None:
        """Look at what has changed."""
        for change in changes:
            match change:
                case ConnectorChanged():
                    if change.late:
                        self._late_status(change)
                    elif change.connector.evse > 0 and not change.measured:
                        current = self.current.get((change.station.id, change.connector.evse))
                        if current is not None and current.kind is Minutes.UP and change.after not in NOT_UP:
                            continue  # one connector that is up is enough; links and agreements come by themselves
                        self._connector(change)
                case LinkChanged():
                    self._station(change.station, change.at)
                case SessionChanged():
                    if change.late:
                        self._late_session(change)
                case _:  # what is new about the station itself, a boot above all, makes no outlet go up or down
                    pass

    def _station(self, station: Station, at: Instant) -> None:
        name = station.id
        self._stations[name] = station
        entry = self._register.station(name)
        for evse in self._evses_of(name):
            self._judge((name, evse), entry, station, at)

    def _connector(self, change: ConnectorChanged) -> None:
        station = change.station
        self._stations[station.id] = station
        entry = self._register.station(station.id)
        self._judge((station.id, change.connector.evse), entry, station, change.at)

    def register_changed(self, station: str) -> None:
        """A station was accepted, blocked or removed, or an outlet of it was put in, changed or removed."""
        entry = self._register.station(station)
        name = entry.id if entry is not None else station
        now = self._clock.now()
        live = self._stations.get(name)
        for evse in self._evses_of(name):
            self._agreed.pop((name, evse), None)
            self._judge((name, evse), entry, live, now)
        if entry is None:
            self._stations.pop(name, None)
            self._evses.pop(name, None)

    def tick(self, now: Instant) -> None:
        """Let time pass: outlets come into service, stations that do not come back after our restart are offline."""
        while self._future and self._future[0][0] <= now:
            self.register_changed(heapq.heappop(self._future)[1])
        if self._waiting and self._clock.monotonic() >= self._grace_until:
            for outlet in list(islice(self._waiting, SLICE)):
                del self._waiting[outlet]
                self._end_grace(outlet)
        self._replays.tick(self._clock.monotonic())

    # -- judgement -------------------------------------------------------------------------------------------

    def _judge(self, outlet: Outlet, entry: StationEntry | None, station: Station | None, at: Instant) -> None:
        """Whether an outlet's minutes count differently from `at` on."""
        current = self.current.get(outlet)
        if (current is None or outlet not in self._agreed) and not self._counts(outlet, entry, station):
            if current is not None:
                self._end(outlet, at)
            return
        kind, detail = self._kind(outlet, entry, station)
        if current is None:
            self._set(outlet, kind, detail, self._first(outlet, entry, station, at))
        elif current.kind is Minutes.GAP and kind is Minutes.OFFLINE and outlet in self._waiting:
            return
        elif current.kind is not kind or current.detail != detail:
            self._set(outlet, kind, detail, at)

    def _counts(self, outlet: Outlet, entry: StationEntry | None, station: Station | None) -> bool:
        if entry is None or entry.admission is Admission.PENDING:
            return False
        registered = self._register.outlet(*outlet)
        if registered is not None:
            if registered.service is Service.RETIRED:
                return False
            if outlet in self.current or not entry.first_address:
                return True
        if station is None:
            return outlet in self.current
        return any(connector.evse == outlet[1] and connector.status for connector in station.connectors.values())

    def _kind(self, outlet: Outlet, entry: StationEntry | None, station: Station | None) -> tuple[Minutes, str]:
        agreed = self._agreement(outlet, entry)
        if agreed is not None:
            return agreed
        if station is None or station.link in (Link.OFFLINE, Link.NEVER_SEEN):
            return Minutes.OFFLINE, ""
        worst: tuple[Minutes, str] | None = None
        for connector in station.connectors.values():
            if connector.evse != outlet[1] or not connector.status:
                continue
            said = said_by(connector)
            if said[0] is Minutes.UP:
                return said
            if worst is None or said[0] is Minutes.FAULTED:
                worst = said
        return worst or (Minutes.OFFLINE, "no_status")

    def _agreement(self, outlet: Outlet, entry: StationEntry | None) -> tuple[Minutes, str] | None:
        """What the register says of an outlet's time; None: what is seen counts."""
        if outlet in self._agreed:
            return self._agreed[outlet]
        found: tuple[Minutes, str] | None = None
        registered = self._register.outlet(*outlet)
        if entry is not None and entry.admission is Admission.BLOCKED:
            found = (Minutes.PLANNED, "blocked")
        elif registered is not None and registered.service is Service.PLANNED:
            found = (Minutes.NOT_COMMISSIONED, "")
        elif registered is not None and registered.service is Service.OUT_OF_SERVICE:
            found = (Minutes.PLANNED, "out_of_service")
        elif registered is not None and (registered.in_service_since or 0.0) > self._clock.now():
            found = (Minutes.NOT_COMMISSIONED, "")
            heapq.heappush(self._future, (registered.in_service_since or 0.0, outlet[0]))
        self._agreed[outlet] = found
        return found

    def _first(self, outlet: Outlet, entry: StationEntry | None, station: Station | None, at: Instant) -> Instant:
        """Since when a new outlet counts: the boot before its first status, unless somebody registered it."""
        registered = self._register.outlet(*outlet) is not None and entry is not None and not entry.first_address
        if registered or station is None or station.booted is None or not 0 <= at - station.booted <= FIRST_BOOT_S:
            return at
        return station.booted

    # -- late knowledge --------------------------------------------------------------------------------------

    def _late_status(self, change: ConnectorChanged) -> None:
        outlet = (change.station.id, change.connector.evse)
        now = self._clock.monotonic()
        self._rewrite(outlet, self._replays.status(outlet, change.connector, change.at, now))

    def _late_session(self, change: SessionChanged) -> None:
        session = change.session
        if session.energy_wh <= 0 or session.evse <= 0:
            return
        last = max((at for at, _ in change.samples), default=session.sampled or session.started)
        until = session.ended if session.ended is not None else last
        outlet = (change.station.id, session.evse)
        self._rewrite(outlet, self._replays.energy(outlet, session.started, until, self._clock.monotonic()))

    def _rewrite(self, outlet: Outlet, changes: list[tuple[Span, list[Interval]]]) -> None:
        if self._journal is not None:
            for (start, end), pieces in changes:
                self._journal.cut_intervals(outlet[0], outlet[1], start, end, pieces)

    # -- inside ----------------------------------------------------------------------------------------------

    def _set(self, outlet: Outlet, kind: Minutes, detail: str, at: Instant) -> None:
        """Another stretch begins; one that would be empty is replaced."""
        current = self.current.get(outlet)
        start = at
        if current is not None:
            start = max(at, current.start)
            if start > current.start:
                self._write(replace(current, end=start))
                if current.kind is Minutes.OFFLINE:
                    self._replays.away(outlet, current.start, start)
        begun = Interval(station=outlet[0], evse=outlet[1], start=start, end=None, kind=kind, detail=detail)
        self._hold(outlet, begun)
        self._write(begun)

    def _end(self, outlet: Outlet, at: Instant) -> None:
        """The outlet no longer counts."""
        current = self.current.pop(outlet)
        self._evses[outlet[0]].discard(outlet[1])
        self._replays.forget(outlet)
        self._agreed.pop(outlet, None)
        self._write(replace(current, end=max(at, current.start)))

    def _hold(self, outlet: Outlet, interval: Interval) -> None:
        self.current[outlet] = interval
        known = self._evses.get(outlet[0])
        if known is None:
            self._evses[outlet[0]] = {outlet[1]}
        else:
            known.add(outlet[1])

    def _end_grace(self, outlet: Outlet) -> None:
        """It did not come back after our restart: the gap ended with it."""
        current = self.current.get(outlet)
        if current is not None and current.kind is Minutes.GAP and self._restarted is not None:
            self._set(outlet, Minutes.OFFLINE, "", self._restarted)

    def _evses_of(self, station: str) -> list[int]:
        """All outlets of a station: those that count, those registered, those that it has reported."""
        found = set(self._evses.get(station, ()))
        for entry in self._register.outlets_of(station):
            found.add(entry.evse)
        live = self._stations.get(station)
        if live is not None:
            for evse, _ in live.connectors:
                if evse > 0:
                    found.add(evse)
        return sorted(found)

    def _write(self, interval: Interval) -> None:
        if self._journal is not None:
            self._journal.interval(interval)
