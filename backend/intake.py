"""One event in: live state, alarms, uptime, operations, the record, and the answer after the commit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Protocol, TypeAlias

from backend.checkpoint import Checkpoint
from backend.fleet import Fleet
from backend.model.change import (
    Change,
    ConnectorChanged,
    LinkChanged,
    NoticeTaken,
    SessionChanged,
    StationChanged,
)
from backend.model.clock import Instant
from backend.model.delivery import Delivery
from backend.model.event import (
    AuthorizeAsked,
    Connected,
    Disconnected,
    Heard,
    MeterValuesReported,
    StationEvent,
    StatusReported,
)
from backend.model.frame import Handshake
from backend.model.ports import Journal, Traced
from backend.model.reply import Refused, Reply
from backend.model.station import Station
from backend.model.words import Link


class ReadsChanges(Protocol):
    """A room that lives on changes: alarms, uptime."""

    def apply(self, changes: Sequence[Change]) -> None: ...


class WatchesEvents(Protocol):
    """A room that looks for proof: operations."""

    def observe(self, event: StationEvent, changes: Sequence[Change]) -> None: ...


Listener: TypeAlias = Callable[[StationEvent | None, Sequence[Change]], None]
Stage: TypeAlias = Callable[[Iterator[Delivery]], None]

_AT_ONCE = frozenset({Connected, Disconnected, Heard, AuthorizeAsked})


class Intake:
    """Implements `model.ports.Takes`: what the gateway delivers goes through here."""

    def __init__(
        self,
        fleet: Fleet,
        journal: Journal,
        *,
        readers: Sequence[ReadsChanges] = (),
    ) -> None:
        self._fleet = fleet
        self._journal = journal
        self._readers = list(readers)
        self.watchers: list[WatchesEvents] = []
        """Told of every event, with what it changed."""
        self.listeners: list[Listener] = []
        """Told of every event with changes, and of changes that time made (event None)."""
        self._listeners_of: dict[type[object], list[Listener]] = {}
        self.frame_listeners: list[Callable[[Traced], None]] = []
        self.handshake_listeners: list[Callable[[Handshake], None]] = []
        self.heard_since: set[str] = set()
        """Stations heard since somebody last emptied this: ages on the screens."""
        self.events = 0
        self.checkpoint = Checkpoint(fleet, journal)
        self.after_commit = journal.after_commit
        self._stages: list[Stage] = []
        self._stages_for = (-1, -1)

    def tell(self, listener: Listener, *kinds: type[StationEvent]) -> None:
        """Have somebody told of events of some kinds, whom no other concerns."""
        for kind in kinds:
            self._listeners_of.setdefault(kind, []).append(listener)

    # -- ports.Takes -----------------------------------------------------------------------------------------

    def take(self, event: StationEvent, answer: Callable[[Reply], None] | None = None) -> None:
        """Apply one event and answer it: at once when it carries nothing to keep, else after the commit."""
        self.events += 1
        reply, changes = self._fleet.apply(event)
        self._record(event, changes)
        self._pass_on(event, changes)
        if answer is None:
            return
        self.heard_since.add(event.station)
        if type(event) in _AT_ONCE or isinstance(reply, Refused):
            answer(reply)
        else:
            self._journal.after_commit(partial(answer, reply))

    def heard(self, station: str, learned: Instant) -> None:
        if self._fleet.heard(station, learned) is not None:
            self.heard_since.add(station)

    def call_answered(self, station: str, learned: Instant) -> None:
        self._changed(self._fleet.call_answered(station, learned))

    def call_lost(self, station: str, learned: Instant) -> None:
        self._changed(self._fleet.call_lost(station, learned))

    def trace(self, frame: Traced) -> None:
        self.trace_all([frame])

    def quarantine(self, handshake: Handshake) -> None:
        self._journal.handshake(handshake)
        for listener in self.handshake_listeners:
            listener(handshake)

    # -- ports.Rooms -----------------------------------------------------------------------------------------

    def trace_all(self, frames: list[Traced]) -> None:
        self._journal.keep_frames(frames)
        for listener in self.frame_listeners:
            for frame in frames:
                listener(frame)

    @property
    def stages(self) -> Sequence[Stage]:
        """Live state, the record, then everybody who wants to know, one after the other."""
        known = len(self.watchers), len(self.listeners)
        if known != self._stages_for:
            self._stages_for = known
            self._stages = [
                self._apply_all,
                self._record_all,
                *(partial(_read_all, reader) for reader in self._readers),
                *(partial(_observe_all, watcher) for watcher in self.watchers),
                *(partial(_listen_all, listener) for listener in self.listeners),
                self._tell_all,
            ]
        return self._stages

    def sorted(self, deliveries: list[Delivery]) -> tuple[list[Delivery], list[Delivery]]:
        at_once: list[Delivery] = []
        later: list[Delivery] = []
        heard = self.heard_since.add
        for delivery in deliveries:
            heard(delivery.event.station)
            nothing_kept = type(delivery.event) in _AT_ONCE or type(delivery.reply) is Refused
            (at_once if nothing_kept else later).append(delivery)
        return at_once, later

    def _apply_all(self, deliveries: Iterator[Delivery]) -> None:
        apply = self._fleet.apply
        for delivery in deliveries:
            self.events += 1
            delivery.reply, delivery.changes = apply(delivery.event)

    def _record_all(self, deliveries: Iterator[Delivery]) -> None:
        record = self._record
        for delivery in deliveries:
            if delivery.changes:
                record(delivery.event, delivery.changes)

    def _tell_all(self, deliveries: Iterator[Delivery]) -> None:
        listeners_of = self._listeners_of
        for delivery in deliveries:
            for listener in listeners_of.get(type(delivery.event), ()):
                listener(delivery.event, delivery.changes)

    # -- time ------------------------------------------------------------------------------------------------

    def tick(self, now: Instant) -> None:
        """Let the fleet's own time pass."""
        self._changed(self._fleet.tick(now))
        self.checkpoint.tick(now)

    def _changed(self, changes: list[Change]) -> None:
        if changes:
            self._record(None, changes)
            self._pass_on(None, changes)

    def _pass_on(self, event: StationEvent | None, changes: list[Change]) -> None:
        if changes:
            for reader in self._readers:
                reader.apply(changes)
        if event is not None:
            for watcher in self.watchers:
                watcher.observe(event, changes)
        if changes:
            for listener in self.listeners:
                listener(event, changes)
        for listener in self._listeners_of.get(type(event), ()):
            listener(event, changes)

    # -- the record ------------------------------------------------------------------------------------------

    def _record(self, event: StationEvent | None, changes: Sequence[Change]) -> None:
        journal = self._journal
        in_session = False
        of_station: Station | None = None
        for change in changes:
            if isinstance(change, ConnectorChanged):
                self._connector(event, change)
            elif isinstance(change, SessionChanged):
                in_session = True
                if change.measured:
                    self.checkpoint.session(change.session)
                else:
                    journal.session(change.session)
                if change.samples:
                    journal.readings(change.session, change.samples)
            elif isinstance(change, LinkChanged):
                of_station = change.station
                journal.link(change.station.id, change.after, change.at, _why(event, change.after))
            elif isinstance(change, StationChanged):
                of_station = change.station
            elif isinstance(change, NoticeTaken):
                journal.notice(change.station.id, change.at, change.action, change.text, change.data)
        if of_station is not None:
            journal.station(of_station)
        if isinstance(event, MeterValuesReported) and not in_session and event.samples:
            timed = tuple((event.learned, sample) for sample in event.samples)
            journal.meter_values(event.station, event.evse, event.connector, timed)

    def _connector(self, event: StationEvent | None, change: ConnectorChanged) -> None:
        station, connector = change.station, change.connector
        recorded = change.measured
        if isinstance(event, StatusReported):
            self._journal.status(station.id, connector, change.at, event.learned, change.late)
            recorded = connector.told == event.learned
        if change.late:
            return
        if recorded:
            self.checkpoint.connector(station, connector)
        else:
            self._journal.connector(station, connector)


def _read_all(reader: ReadsChanges, deliveries: Iterator[Delivery]) -> None:
    apply = reader.apply
    for delivery in deliveries:
        if delivery.changes:
            apply(delivery.changes)


def _observe_all(watcher: WatchesEvents, deliveries: Iterator[Delivery]) -> None:
    observe = watcher.observe
    for delivery in deliveries:
        observe(delivery.event, delivery.changes)


def _listen_all(listener: Listener, deliveries: Iterator[Delivery]) -> None:
    for delivery in deliveries:
        if delivery.changes:
            listener(delivery.event, delivery.changes)


def _why(event: StationEvent | None, link: Link) -> str:
    match event:
        case Disconnected():
            return f"{event.code} {event.reason}".strip()
        case Connected():
            return f"{event.version.subprotocol} from {event.address}"
        case _:
            return link.value
