"""The live state of all stations: every event is applied here, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable

from backend.fleet.activity import activity_of, by_status, contradicts
from backend.fleet.doubts import AVAILABLE_S, BOOT_S, Doubts
from backend.fleet.faults import adjust, replace_picture, status_alone
from backend.fleet.links import call_answered, call_lost, connected, disconnected
from backend.fleet.metering import take_reading
from backend.fleet.roster import Roster, connector_of, place_of
from backend.fleet.sessions import Sessions
from backend.fleet.surplus import Surplus
from backend.fleet.timing import measure_skew, resolve
from backend.fleet.transactions import Transactions
from backend.model.change import (
    Change,
    ConnectorChanged,
    FaultsChanged,
    NoticeTaken,
    SessionChanged,
    StationChanged,
)
from backend.model.clock import Clock, Instant
from backend.model.event import (
    AuthorizeAsked,
    Booted,
    Connected,
    Disconnected,
    Fault,
    FaultsReported,
    Heard,
    MeterValuesReported,
    Noticed,
    Sample,
    StationEvent,
    StatusReported,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
)
from backend.model.ports import Register
from backend.model.reply import BootReply, Done, Refused, Reply, Signing, StartReply, TokenReply
from backend.model.session import Reading, Session
from backend.model.settings import OcppSettings
from backend.model.station import Connector, Station
from backend.model.words import Activity, Admission, BootStatus, TokenStatus, Version

SETTLE_S = 30.0
"""A replay is over when nothing late came for that long; the newest late status then is the state."""
BACK_S = 300.0
"""A boot that comes within that time after a restart of ours is part of coming back."""
BOOT_WINDOW_S = 1800.0
BOOTS_KEPT = 200
_DONE = Done()
_ADMITTED, _IDLE, _FAULTED = Admission.ACCEPTED, Activity.IDLE, Activity.FAULTED
"""Named once: Python 3.11 takes 100 ns to look a member of an enum up."""
OWN_CERTIFICATES = ("csr", "ChargingStationCertificate")
"""Kinds of SignCertificate that an authority of the house may answer; `csr`: 1.6, and 2.x without a kind."""


class Fleet:
    """All stations, by registered id. `apply` and `tick` are the only ways in."""

    def __init__(self, clock: Clock, register: Register, settings: OcppSettings, next_session: int = 1) -> None:
        self.signs_certificates = False
        """Whether the house has an authority that answers SignCertificate."""
        self._register = register
        self._settings = settings
        self._roster = Roster()
        self._sessions = Sessions(next_session)
        self._transactions = Transactions(self._sessions)
        self._surplus = Surplus(self._transactions, self._roster)
        self._doubts = Doubts(clock)
        self._draining: dict[str, Instant] = {}
        self._held_status: dict[tuple[str, int, int], tuple[StatusReported, Instant]] = {}

    # -- what others read ------------------------------------------------------------------------------------

    @property
    def stations(self) -> dict[str, Station]:
        """All stations by registered id, the registered ones that never connected included."""
        return self._roster.stations

    @property
    def sessions(self) -> dict[int, Session]:
        """The open sessions."""
        return self._sessions.open

    def find(self, station: str) -> Station | None:
        """A station by its id, whatever the case."""
        return self._roster.find(station)

    def recent_sessions(self, station: str) -> list[Session]:
        """The last sessions of a station, newest first; bounded."""
        return self._sessions.of_station(station)

    # -- the register's stations, and what the store kept ----------------------------------------------------

    def ensure(self, station: str) -> Station:
        """The station of that id; a registered one is known before it ever connects."""
        return self._roster.ensure(station)

    def forget(self, station: str) -> None:
        """Drop a station that left the register."""
        self._roster.forget(station)

    def load(
        self,
        stations: Iterable[Station],
        sessions: Iterable[Session],
        alive_until: Instant | None,
        statuses: Iterable[StatusReported] = (),
        readings: Iterable[Reading] = (),
    ) -> None:
        """Take up what the store kept: stations as last known, open and recent sessions; then what the history of
        statuses and the curves of open sessions tell beyond that, both oldest first."""
        self._roster.restore(stations, alive_until)
        for session in sorted(sessions, key=lambda kept: kept.id):
            self._sessions.add(session)
            holder = self.find(session.station)
            if holder is not None and session.id in self._sessions.open:
                connector = connector_of(holder, session.evse, session.connector)
                connector.session = session
                if by_status(connector.status) is Activity.IDLE and not session.charging_state:
                    self._doubts.cast(session, connector.status_since or session.started, AVAILABLE_S)
        for reading in readings:
            unsettled = self._sessions.open.get(reading.session)
            if unsettled is not None:
                take_reading(unsettled, reading.at, reading.sample)
        for event in statuses:
            holder = self.find(event.station)
            if holder is None:
                continue
            connector = connector_of(holder, event.evse, event.connector)
            if connector.told is None or connector.told < event.learned:
                self._set_status(holder, connector, event, event.learned if event.said is None else event.said)

    # -- events ----------------------------------------------------------------------------------------------

    def heard(self, station: str, learned: Instant) -> Station | None:
        """Proof of life, without anything else."""
        found = self.stations.get(station)
        if found is not None:
            found.last_heard = learned
        return found

    def call_lost(self, station: str, learned: Instant) -> list[Change]:
        """Nobody answered a call of ours in time."""
        found = self.find(station)
        return [] if found is None else call_lost(found, learned)

    def call_answered(self, station: str, learned: Instant) -> list[Change]:
        """A call of ours was answered, by a result or an error."""
        found = self.find(station)
        return [] if found is None else call_answered(found, learned)

    def apply(self, event: StationEvent) -> tuple[Reply, list[Change]]:
        """Apply one event: what to answer, and what became of it."""
        station = self._roster.stations.get(event.station) or self.ensure(event.station)
        if isinstance(event, Connected):
            return _DONE, connected(station, event)
        if isinstance(event, Disconnected):
            return _DONE, disconnected(station, event)
        learned = event.learned
        if station.last_heard is None or station.last_heard < learned:
            station.last_heard = learned
        entry = self._register.station(station.id)
        if entry is not None and entry.admission is _ADMITTED:
            return self._served(station, event)
        if isinstance(event, Booted):
            return self._booted(station, event, admitted=False)
        return self._evidence(station, event)

    def _served(self, station: Station, event: StationEvent) -> tuple[Reply, list[Change]]:
        """The frequent kinds come first; `isinstance`, for each `case` of a class would cost 70 ns."""
        if isinstance(event, StatusReported):
            return _DONE, self._status(station, event)
        if isinstance(event, MeterValuesReported):
            return _DONE, self._metered(station, event)
        if isinstance(event, Heard):
            return _DONE, []
        if isinstance(event, TransactionUpdated):
            return self._updated(station, event)
        if isinstance(event, Booted):
            return self._booted(station, event, admitted=True)
        if isinstance(event, AuthorizeAsked):
            return self._authorize(event)
        if isinstance(event, TransactionStarted):
            return self._started(station, event)
        if isinstance(event, TransactionEnded):
            return self._ended(station, event)
        if isinstance(event, FaultsReported):
            return Done(), self._faults(station, event)
        if isinstance(event, Noticed):
            at = resolve(station, event.said, event.learned).at
            taken = NoticeTaken(station=station, at=at, action=event.action, text=event.text, data=event.data)
            signs = self.signs_certificates and event.action == "SignCertificate" and event.text in OWN_CERTIFICATES
            return Signing() if signs else Done(), [taken]
        return Done(), []

    def _evidence(self, station: Station, event: StationEvent) -> tuple[Reply, list[Change]]:
        """A pending station: what it says of transactions is kept and answered, the rest is refused."""
        if isinstance(event, (TransactionStarted, TransactionUpdated, TransactionEnded, MeterValuesReported)):
            kept = NoticeTaken(
                station=station,
                at=event.learned,
                action=type(event).__name__,
                text="received before the station was accepted",
            )
            reply: Reply = Done()
            if isinstance(event, TransactionStarted):
                reply = StartReply(self._sessions.new_id(), TokenReply(TokenStatus.INVALID))
            return reply, [kept]
        if isinstance(event, Heard):
            return Done(), []
        return Refused("the station is not accepted yet"), []

    # -- boot ------------------------------------------------------------------------------------------------

    def _booted(self, station: Station, event: Booted, *, admitted: bool) -> tuple[Reply, list[Change]]:
        station.vendor = event.vendor
        station.model = event.model
        station.serial = event.serial or station.serial
        station.firmware = event.firmware or station.firmware
        station.iccid = event.iccid or station.iccid
        station.imsi = event.imsi or station.imsi
        station.booted = event.learned
        station.boot_reason = event.reason
        station.boots = [t for t in station.boots if t > event.learned - BOOT_WINDOW_S][-BOOTS_KEPT + 1 :]
        back, station.brought_back = station.brought_back, None
        if back is None or event.learned - back > BACK_S:
            station.boots.append(event.learned)
        changes: list[Change] = [StationChanged(station=station, at=event.learned)]
        if not admitted:
            station.boot_status = BootStatus.PENDING
            return BootReply(BootStatus.PENDING, self._settings.pending_interval_s), changes
        station.boot_status = BootStatus.ACCEPTED
        for connector in station.connectors.values():
            if connector.session is not None and station.version is Version.V16:
                self._doubts.cast(connector.session, event.learned, BOOT_S)
        return BootReply(BootStatus.ACCEPTED, self._settings.heartbeat_s), changes

    # -- connectors ------------------------------------------------------------------------------------------

    def _status(self, station: Station, event: StatusReported) -> list[Change]:
        when = resolve(station, event.said, event.learned)
        connector = station.connectors.get((event.evse, event.connector))
        if connector is None:
            connector = connector_of(station, event.evse, event.connector)
        if when.late:
            self._late(station, event.learned)
            key = (station.id, connector.evse, connector.connector)
            self._held_status[key] = (event, when.at)
            ghost = Connector(
                evse=connector.evse,
                connector=connector.connector,
                status=event.status,
                status_since=when.at,
                activity=by_status(event.status),
                faults=event.faults,
                info=event.info,
            )
            after = ghost.activity
            return [
                ConnectorChanged(station=station, connector=ghost, before=after, after=after, at=when.at, late=True)
            ]
        measure_skew(station, event.said, event.learned)
        if self._held_status:
            self._held_status.pop((station.id, connector.evse, connector.connector), None)
        return self._set_status(station, connector, event, when.at)

    def _set_status(self, station: Station, connector: Connector, event: StatusReported, at: Instant) -> list[Change]:
        raised: tuple[Fault, ...]
        cleared: tuple[Fault, ...]
        said = by_status(event.status)
        if event.status != connector.status:
            connector.status_since = at
        connector.status = event.status
        connector.info = event.info
        if connector.told is None or connector.told < event.learned:
            connector.told = event.learned
        if not (event.faults or connector.faults or said is _FAULTED):
            raised = cleared = ()
        elif station.version is Version.V16 or event.faults:
            raised, cleared = replace_picture(connector, said, event.faults)
        else:
            raised, cleared = status_alone(connector, said)
        if said is _IDLE:
            connector.ended = False
            connector.last_refusal = None
            if connector.session is None:
                connector.power_w = None
            elif not connector.session.charging_state:
                connector.power_w = connector.session.power_w = None
                self._doubts.cast(connector.session, at, AVAILABLE_S)
        changes = [self._refresh(station, connector, at)]
        if raised or cleared:
            changes.append(FaultsChanged(station=station, connector=connector, raised=raised, cleared=cleared, at=at))
        return changes

    def _refresh(self, station: Station, connector: Connector, at: Instant, *, measured: bool = False) -> Change:
        """Work the activity of a connector out again. `measured`: nothing else than readings came."""
        before = connector.activity
        after = connector.activity = activity_of(connector)
        conflict = connector.power_w is not None and contradicts(connector)
        same = before is after and conflict is connector.conflict
        connector.conflict = conflict
        if before is not after or connector.since is None:
            connector.since = at
            same = False
        return ConnectorChanged(
            station=station, connector=connector, before=before, after=after, at=at, measured=measured and same
        )

    def _faults(self, station: Station, event: FaultsReported) -> list[Change]:
        when = resolve(station, event.said, event.learned)
        if when.late:
            self._late(station, event.learned)
            return []
        connector = connector_of(station, event.evse, event.connector)
        raised, cleared = adjust(connector, event.raised, event.cleared)
        if not raised and not cleared:
            return []
        return [
            FaultsChanged(station=station, connector=connector, raised=raised, cleared=cleared, at=when.at),
            ConnectorChanged(
                station=station,
                connector=connector,
                before=connector.activity,
                after=connector.activity,
                at=when.at,
            ),
        ]

    # -- tokens and transactions -----------------------------------------------------------------------------

    def _token(self, id_token: str, learned: Instant, *, starting: bool, station: Station) -> TokenReply:
        reply = self._register.authorise(id_token, learned)
        if not starting or not self._settings.concurrent_tx or reply.status is not TokenStatus.ACCEPTED:
            return reply
        folded = id_token.casefold()
        busy = any(
            (session.id_token or "").casefold() == folded and session.station != station.id
            for session in self._sessions.open.values()
        )
        return TokenReply(TokenStatus.CONCURRENT_TX, reply.group, reply.expires) if busy else reply

    def _authorize(self, event: AuthorizeAsked) -> tuple[Reply, list[Change]]:
        station = self.ensure(event.station)
        reply = self._token(event.id_token, event.learned, starting=False, station=station)
        if reply.status is TokenStatus.ACCEPTED:
            return reply, []
        waiting = [
            connector
            for key, connector in station.connectors.items()
            if key[0] > 0 and connector.session is None and connector.activity is Activity.PLUGGED
        ]
        changes: list[Change] = []
        for connector in waiting if len(waiting) == 1 else []:
            connector.last_refusal = event.learned
            changes.append(self._refresh(station, connector, event.learned))
        return reply, changes

    def _started(self, station: Station, event: TransactionStarted) -> tuple[Reply, list[Change]]:
        connector = place_of(station, event.evse, event.connector) or connector_of(station, 1, 1)
        token = (
            self._token(event.id_token, event.learned, starting=True, station=station)
            if event.id_token is not None
            else None
        )
        refused = token is not None and token.status is not TokenStatus.ACCEPTED
        session, changes = self._transactions.start(station, connector, event, refused=refused)
        if refused:
            connector.last_refusal = event.learned
        late = self._note_time(station, event, changes)
        if not late:
            changes.append(self._refresh(station, connector, session.started))
        # A repeated start gets the token's word as it was given first: its own session must not refuse it.
        return StartReply(session.id, token), changes

    def _updated(self, station: Station, event: TransactionUpdated) -> tuple[Reply, list[Change]]:
        known = self._sessions.by_transaction(station.id, event.transaction_id)
        if known is not None:
            connector: Connector | None = connector_of(station, known.evse, known.connector)
        else:
            connector = place_of(station, event.evse, event.connector) or place_of(station, 0, 0)
        changes = self._transactions.update(station, connector, event)
        late = self._note_time(station, event, changes)
        if connector is not None and not late:
            self._measure(connector, event.samples, event.learned)
            changes.append(self._refresh(station, connector, event.learned, measured=True))
        reply: Reply = _DONE
        if event.id_token is not None:
            reply = self._token(event.id_token, event.learned, starting=False, station=station)
            if reply.status is not TokenStatus.ACCEPTED and connector is not None:
                connector.last_refusal = event.learned
        return reply, changes

    def _ended(self, station: Station, event: TransactionEnded) -> tuple[Reply, list[Change]]:
        place = place_of(station, event.evse, event.connector)
        session, changes = self._transactions.end(station, place, event)
        self._doubts.lift(session.id)
        late = self._note_time(station, event, changes)
        connector = station.connectors.get((session.evse, session.connector))
        if connector is None and session.evse > 0:
            connector = connector_of(station, session.evse, session.connector)
        if connector is not None and not late:
            changes.append(self._refresh(station, connector, session.ended or event.learned))
        reply: Reply = Done()
        if event.id_token is not None:
            reply = self._token(event.id_token, event.learned, starting=False, station=station)
        return reply, changes

    def _metered(self, station: Station, event: MeterValuesReported) -> list[Change]:
        if event.evse <= 0 and event.transaction_id is not None:
            known = self._sessions.by_transaction(station.id, event.transaction_id)
            key = (known.evse, known.connector) if known is not None else (event.evse, event.connector)
        else:
            key = (event.evse, event.connector)
        connector = connector_of(station, *key)
        session, changes = self._transactions.meter(station, connector, event)
        if session is not None:
            self._doubts.lift(session.id)
        late = self._note_time(station, event, changes)
        if not late:
            self._measure(connector, event.samples, event.learned)
            changes.append(self._refresh(station, connector, event.learned, measured=True))
        return changes

    def _measure(self, connector: Connector, samples: tuple[Sample, ...], learned: Instant) -> None:
        for sample in samples:
            if sample.power_w is not None:
                connector.power_w = sample.power_w
            if sample.energy_wh is not None:
                connector.register_wh = sample.energy_wh
            connector.metered = learned

    # -- replays, doubts, time -------------------------------------------------------------------------------

    def _note_time(self, station: Station, event: StationEvent, changes: list[Change]) -> bool:
        """What all messages of transactions have in common; whether this one came late."""
        if any(isinstance(change, SessionChanged) and change.began for change in changes):
            changes += self._surplus.of_station(station, event.learned)
        for change in changes:
            if isinstance(change, SessionChanged) and change.late:
                self._late(station, event.learned)
                return True
        measure_skew(station, event.said, event.learned)
        return False

    def _late(self, station: Station, learned: Instant) -> None:
        station.draining = True
        self._draining[station.id] = learned

    def tick(self, now: Instant) -> list[Change]:
        """Let time pass: replays settle, doubtful sessions end."""
        changes = self._surplus.tick(now)
        for name in [name for name, last in self._draining.items() if now - last >= SETTLE_S]:
            del self._draining[name]
            station = self.find(name)
            if station is not None:
                station.draining = False
                changes += self._settle(station, now)
        for number, evidence in self._doubts.expired():
            session = self._sessions.open.get(number)
            station = self.find(session.station) if session is not None else None
            if session is None or station is None:
                continue
            connector = connector_of(station, session.evse, session.connector)
            changes.append(self._transactions.assume_ended(station, connector, session, evidence))
            changes.append(self._refresh(station, connector, now))
        return changes

    def _settle(self, station: Station, now: Instant) -> list[Change]:
        """The newest late status of a connector is its state when no other came; it raises nothing."""
        changes: list[Change] = []
        for key in [key for key in self._held_status if key[0] == station.id]:
            event, at = self._held_status.pop(key)
            connector = connector_of(station, key[1], key[2])
            if connector.status_since is not None and connector.status_since > at:
                continue
            found = self._set_status(station, connector, event, at)
            changes += [change for change in found if not isinstance(change, FaultsChanged)]
        return changes
