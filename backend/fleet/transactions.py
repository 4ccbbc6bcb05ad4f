"""Transactions of both worlds become sessions (domain.md 1.5, 1.6; field lessons 30-38)."""

from __future__ import annotations

import math

from msgspec import Struct

from backend.fleet.activity import CONFLICT_W
from backend.fleet.metering import begin_meter, close_meter, take_reading
from backend.fleet.sequence import is_behind, take_sequence
from backend.fleet.sessions import Sessions
from backend.fleet.timing import When, brings_queue, plausible, resolve
from backend.model.change import Change, SessionChanged
from backend.model.clock import Instant
from backend.model.event import (
    MeterValuesReported,
    Sample,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
)
from backend.model.session import Session
from backend.model.station import Connector, Station
from backend.model.words import Activity, SessionFlag, SessionState

ORPHANS_KEPT = 10_000


class Orphan(Struct):
    """Readings of a transaction that never got an id from us: what its stop will need (R11)."""

    evse: int
    connector: int
    register_wh: int | None
    at: Instant


def reading_times(
    station: Station, samples: tuple[Sample, ...], when: When, learned: Instant, said: Instant | None
) -> tuple[tuple[Instant, Sample], ...]:
    """When each sample was read: its own time where that can be meant, else the message's (`when`, from `said`)."""
    timed = []
    for sample in samples:
        at = when.at
        if sample.at != said and plausible(sample.at, learned):
            own = resolve(station, sample.at, learned, offline=when.late)
            if own.late == when.late:
                at = own.at
        timed.append((at, sample))
    return tuple(timed)


def _take(session: Session, timed: tuple[tuple[Instant, Sample], ...], *, behind: bool = False) -> bool:
    """Let a session learn its readings. True: there are some and each is the newest of its curve, so that the curve
    alone can teach the session the same again. `behind`: later ones have come already, whatever their seconds say."""
    newest = bool(timed)
    for said, sample in timed:
        at = said
        if behind and session.sampled is not None:
            at = min(said, math.nextafter(session.sampled, 0.0))
        if session.sampled is not None and at < session.sampled:
            newest = False
        take_reading(session, at, sample)
    return newest


class Transactions:
    """Begins, continues and ends sessions; puts them on their connectors."""

    def __init__(self, sessions: Sessions) -> None:
        self.sessions = sessions
        self._orphans: dict[str, Orphan] = {}

    # -- begin -----------------------------------------------------------------------------------------------

    def start(
        self, station: Station, connector: Connector, event: TransactionStarted, *, refused: bool
    ) -> tuple[Session, list[Change]]:
        """A 1.6 StartTransaction or a TransactionEvent Started; a repeated one gives its session again."""
        when = _when(station, event)
        known = self._known_start(station, connector, event)
        if known is not None:
            if event.seq_no is None or not take_sequence(known, event.seq_no):
                known.flags.add(SessionFlag.REPEATED)
                return known, [SessionChanged(station=station, session=known, late=when.late, at=when.at)]
            return known, self._start_of_known(station, known, event, when, refused=refused)
        changes = self._displace(station, connector, when)
        number = self.sessions.new_id()
        session = Session(
            id=number,
            station=station.id,
            evse=connector.evse,
            connector=connector.connector,
            transaction_id=event.transaction_id or str(number),
            id_token=event.id_token,
            started=when.at,
            start_said=event.said,
            learned=event.learned,
            meter_start_wh=event.meter_start_wh,
            register_wh=event.meter_start_wh,
            charging_state=event.charging_state,
            start_trigger=event.trigger,
            remote_start_id=event.remote_start_id,
            next_seq=None if event.seq_no is None else event.seq_no + 1,
        )
        if when.late:
            session.flags.add(SessionFlag.RECEIVED_LATE)
        if refused:
            session.flags.add(SessionFlag.REFUSED)
        self.sessions.add(session)
        if connector.session is None:
            connector.session = session
            connector.ended = False
        timed = reading_times(station, event.samples, when, event.learned, event.said)
        _take(session, timed)
        changes.append(
            SessionChanged(station=station, session=session, began=True, late=when.late, samples=timed, at=when.at)
        )
        return session, changes

    def _known_start(self, station: Station, connector: Connector, event: TransactionStarted) -> Session | None:
        if event.transaction_id is not None:
            return self.sessions.by_transaction(station.id, event.transaction_id)
        return self.sessions.same_start(
            station.id,
            (connector.evse, connector.connector),
            event.id_token,
            event.meter_start_wh,
            event.said,
            event.learned,
        )

    def _start_of_known(
        self, station: Station, session: Session, event: TransactionStarted, when: When, *, refused: bool
    ) -> list[Change]:
        """The start comes after what it began: it brings the token, the time and the register of the begin."""
        session.flags -= {SessionFlag.START_MISSING, SessionFlag.UNKNOWN_TRANSACTION}
        if refused:
            session.flags.add(SessionFlag.REFUSED)
        session.started = min(session.started, when.at)
        session.start_said = event.said
        session.id_token = event.id_token or session.id_token
        session.start_trigger = event.trigger or session.start_trigger
        timed = reading_times(station, event.samples, when, event.learned, event.said)
        register = next((sample.energy_wh for _, sample in timed if sample.energy_wh is not None), None)
        if register is not None:
            begin_meter(session, register)
        return [SessionChanged(station=station, session=session, late=when.late, samples=timed, at=when.at)]

    def _displace(self, station: Station, connector: Connector, when: When) -> list[Change]:
        """A new start on a busy connector ends what was open there, unless it tells of an earlier time."""
        old = connector.session
        if old is None or (when.late and old.started > when.at):
            return []
        return [self.assume_ended(station, connector, old, when.at, late=when.late)]

    # -- go on -----------------------------------------------------------------------------------------------

    def update(self, station: Station, connector: Connector | None, event: TransactionUpdated) -> list[Change]:
        """A TransactionEvent Updated; one of an unknown transaction makes its session (start missing)."""
        when = _when(station, event)
        session = self.sessions.by_transaction(station.id, event.transaction_id)
        if session is None:
            if connector is None:
                return []
            session, changes = self._reconstruct(station, connector, event, when)
            return changes + self._go_on(station, session, event, when)
        gap, behind = bool(session.seen_seq), is_behind(session, event.seq_no)
        if event.seq_no is not None and not take_sequence(session, event.seq_no):
            session.flags.add(SessionFlag.REPEATED)
            return [SessionChanged(station=station, session=session, late=when.late, at=when.at)]
        orderly = not gap and not session.seen_seq
        return self._go_on(station, session, event, when, orderly=orderly, behind=behind)

    def _go_on(
        self,
        station: Station,
        session: Session,
        event: TransactionUpdated,
        when: When,
        *,
        orderly: bool = False,
        behind: bool = False,
    ) -> list[Change]:
        """`orderly`: it goes on as it was, so that readings can be all that is new. `behind`: it fills a gap."""
        measured = orderly and not when.late and session.state is SessionState.ACTIVE
        if session.state is SessionState.ACTIVE:
            if event.charging_state and not (when.late or behind) and event.charging_state != session.charging_state:
                session.charging_state = event.charging_state
                measured = False
            if event.id_token and not session.id_token:
                session.id_token = event.id_token
                measured = False
            if event.remote_start_id is not None and event.remote_start_id != session.remote_start_id:
                session.remote_start_id = event.remote_start_id
                measured = False
        timed = reading_times(station, event.samples, when, event.learned, event.said)
        measured = _take(session, timed, behind=behind) and measured
        return [
            SessionChanged(
                station=station, session=session, late=when.late, samples=timed, at=when.at, measured=measured
            )
        ]

    def _reconstruct(
        self,
        station: Station,
        connector: Connector,
        event: TransactionUpdated | TransactionEnded,
        when: When,
    ) -> tuple[Session, list[Change]]:
        changes = self._displace(station, connector, when)
        number = self.sessions.new_id()
        session = Session(
            id=number,
            station=station.id,
            evse=connector.evse,
            connector=connector.connector,
            transaction_id=event.transaction_id,
            id_token=event.id_token,
            started=when.at,
            learned=event.learned,
            charging_state=event.charging_state,
            start_trigger=event.trigger,
            remote_start_id=event.remote_start_id,
            next_seq=None if event.seq_no is None else event.seq_no + 1,
        )
        session.flags.add(SessionFlag.START_MISSING)
        if event.seq_no:
            session.flags.add(SessionFlag.GAP)
        if when.late:
            session.flags.add(SessionFlag.RECEIVED_LATE)
        self.sessions.add(session)
        if connector.session is None and isinstance(event, TransactionUpdated):
            connector.session = session
            connector.ended = False
        changes.append(SessionChanged(station=station, session=session, began=True, late=when.late, at=when.at))
        return session, changes

    def meter(
        self, station: Station, connector: Connector, event: MeterValuesReported
    ) -> tuple[Session | None, list[Change]]:
        """MeterValues: to the transaction that they name; without one, or with one that we never gave, to the
        session open on the connector. A closed session is never reopened (field lesson 34)."""
        said = _sampled(event)
        when = resolve(station, said, event.learned, offline=brings_queue(station, said, event.learned))
        session = None
        orphan = False
        if event.transaction_id is not None:
            session = self.sessions.by_transaction(station.id, event.transaction_id)
            orphan = session is None and (connector.session is None or _is_no_id(event.transaction_id))
        if session is None and (event.transaction_id is None or _is_no_id(event.transaction_id)):
            session = connector.session
        changes: list[Change] = []
        if session is None and event.transaction_id is not None and _goes_on_unseen(connector, event):
            session, changes = self._foreign(station, connector, event.transaction_id, when, event.learned)
        if session is None:
            if orphan:
                self._remember_orphan(station, connector, event, when)
            return None, []
        if session.state is not SessionState.ACTIVE and not when.late:
            return None, []
        timed = reading_times(station, event.samples, when, event.learned, said)
        measured = _take(session, timed) and not when.late and not changes
        changes.append(
            SessionChanged(
                station=station, session=session, late=when.late, samples=timed, at=when.at, measured=measured
            )
        )
        return session, changes

    def _foreign(
        self, station: Station, connector: Connector, transaction_id: str, when: When, learned: Instant
    ) -> tuple[Session, list[Change]]:
        """A charge that began before we knew the station: its start is missing, its stop will come by this id."""
        session = Session(
            id=self.sessions.new_id(),
            station=station.id,
            evse=connector.evse,
            connector=connector.connector,
            transaction_id=transaction_id,
            started=when.at,
            learned=learned,
            flags={SessionFlag.START_MISSING, SessionFlag.UNKNOWN_TRANSACTION},
        )
        self.sessions.add(session)
        connector.session = session
        return session, [SessionChanged(station=station, session=session, began=True, late=when.late, at=when.at)]

    def _remember_orphan(self, station: Station, connector: Connector, event: MeterValuesReported, when: When) -> None:
        registers = [sample.energy_wh for sample in event.samples if sample.energy_wh is not None]
        known = self._orphans.get(station.id)
        if known is not None and (known.evse, known.connector) == (connector.evse, connector.connector):
            return
        if len(self._orphans) >= ORPHANS_KEPT:
            self._orphans.pop(next(iter(self._orphans)))
        self._orphans[station.id] = Orphan(
            connector.evse, connector.connector, registers[0] if registers else None, when.at
        )

    # -- end -------------------------------------------------------------------------------------------------

    def end(
        self, station: Station, connector: Connector | None, event: TransactionEnded
    ) -> tuple[Session, list[Change]]:
        """A 1.6 StopTransaction or a TransactionEvent Ended. Always finds or makes a session, never closes a
        different one (RULINGS.md, boot and acceptance)."""
        when = _when(station, event)
        changes: list[Change] = []
        session = None
        if not _is_no_id(event.transaction_id):
            session = self.sessions.by_transaction(station.id, event.transaction_id)
        if session is None:
            session = self._repeated_stop(station, event)
        if session is None:
            session = self._by_token(station, event)
            if session is not None:
                session.flags.add(SessionFlag.UNKNOWN_TRANSACTION)
        if session is None:
            session, changes = self._from_stop(station, connector, event, when)
        elif session.state is SessionState.ENDED:
            return session, self._end_again(station, session, event, when)
        if event.seq_no is not None:
            take_sequence(session, event.seq_no)
        timed = reading_times(station, event.samples, when, event.learned, event.said)
        _take(session, timed)
        self._close(station, session, when.at, event.meter_stop_wh, event.reason)
        if when.late:
            session.flags.add(SessionFlag.RECEIVED_LATE)
        changes.append(
            SessionChanged(station=station, session=session, ended=True, late=when.late, samples=timed, at=when.at)
        )
        return session, changes

    def _repeated_stop(self, station: Station, event: TransactionEnded) -> Session | None:
        for session in self.sessions.of_station(station.id):
            same = (
                SessionFlag.UNKNOWN_TRANSACTION in session.flags
                and session.state is SessionState.ENDED
                and session.meter_stop_wh == event.meter_stop_wh
                and (session.id_token or "").casefold() == (event.id_token or session.id_token or "").casefold()
            )
            if same and (
                event.said is None
                or session.ended in (event.said, event.learned)
                or not plausible(event.said, event.learned)
            ):
                return session
        return None

    def _by_token(self, station: Station, event: TransactionEnded) -> Session | None:
        if not event.id_token:
            return None
        token = event.id_token.casefold()
        found = [
            session
            for session in self.sessions.open_at(station.id)
            if (session.id_token or "").casefold() == token
            and session.meter_start_wh is not None
            and (event.meter_stop_wh is None or session.meter_start_wh <= event.meter_stop_wh)
        ]
        return found[0] if len(found) == 1 else None

    def _from_stop(
        self, station: Station, connector: Connector | None, event: TransactionEnded, when: When
    ) -> tuple[Session, list[Change]]:
        orphan = self._orphans.pop(station.id, None)
        if connector is None:
            connector = _likely_connector(station, orphan)
        number = self.sessions.new_id()
        session = Session(
            id=number,
            station=station.id,
            evse=connector.evse,
            connector=connector.connector,
            transaction_id=event.transaction_id,
            id_token=event.id_token,
            started=min(orphan.at, when.at) if orphan is not None else when.at,
            learned=event.learned,
            meter_start_wh=orphan.register_wh if orphan is not None else None,
            register_wh=orphan.register_wh if orphan is not None else None,
        )
        session.flags |= {SessionFlag.START_MISSING, SessionFlag.UNKNOWN_TRANSACTION}
        begins = [(s.at, s) for s in event.samples if s.context == "Transaction.Begin" and s.at is not None]
        if begins and plausible(begins[0][0], event.learned):
            session.started = min(session.started, begins[0][0])
        if session.meter_start_wh is None and begins:
            session.meter_start_wh = session.register_wh = begins[0][1].energy_wh
        self.sessions.add(session)
        return session, [
            SessionChanged(station=station, session=session, began=True, late=when.late, at=session.started)
        ]

    def _end_again(self, station: Station, session: Session, event: TransactionEnded, when: When) -> list[Change]:
        """The stop of a session that is closed: a repetition, or the truth after an assumption."""
        if SessionFlag.ASSUMED_ENDED in session.flags and session.stop_reason == "":
            self._close(station, session, when.at, event.meter_stop_wh, event.reason)
        else:
            session.flags.add(SessionFlag.REPEATED)
        return [SessionChanged(station=station, session=session, late=when.late, at=when.at)]

    def _close(self, station: Station, session: Session, at: Instant, meter_stop_wh: int | None, reason: str) -> None:
        self.sessions.close(session)
        session.ended = max(at, session.started)
        session.stop_reason = reason
        close_meter(session, meter_stop_wh)
        connector = station.connectors.get((session.evse, session.connector))
        if connector is not None and connector.session is session:
            connector.session = None
            connector.ended = True
            connector.power_w = None

    def assume_ended(
        self, station: Station, connector: Connector | None, session: Session, at: Instant, *, late: bool = False
    ) -> Change:
        """Close a session whose stop never came; a stop that comes later still tells the truth."""
        session.flags.add(SessionFlag.ASSUMED_ENDED)
        end = at if session.sampled is None else min(at, max(session.sampled, session.started))
        self._close(station, session, end, None, "")
        if connector is not None and connector.session is session:
            connector.session = None
        return SessionChanged(station=station, session=session, ended=True, late=late, at=session.ended or at)


def _when(station: Station, event: TransactionStarted | TransactionUpdated | TransactionEnded) -> When:
    queued = event.offline or brings_queue(station, event.said, event.learned)
    return resolve(station, event.said, event.learned, offline=queued)


def _is_no_id(transaction_id: str) -> bool:
    """-1 and 0 are sent by a station that never got an id (field lesson 31)."""
    try:
        return int(transaction_id) <= 0
    except ValueError:
        return not transaction_id


def _goes_on_unseen(connector: Connector, event: MeterValuesReported) -> bool:
    """Whether readings of a transaction that we never gave tell of a charge under way, and not of an old one that
    the station goes on naming (field lesson 34)."""
    if event.evse <= 0 or connector.session is not None or _is_no_id(event.transaction_id or ""):
        return False
    flows = any((sample.power_w or 0.0) > CONFLICT_W for sample in event.samples)
    return flows or connector.activity in (Activity.CHARGING, Activity.SUSPENDED_EV, Activity.SUSPENDED_EVSE)


def _sampled(event: MeterValuesReported) -> Instant | None:
    for sample in event.samples:
        if sample.at is not None:
            return sample.at
    return event.said


def _likely_connector(station: Station, orphan: Orphan | None) -> Connector:
    """Where a stop without a connector belongs: where its readings came from, else the only outlet there is."""
    if orphan is not None:
        found = station.connectors.get((orphan.evse, orphan.connector))
        if found is not None:
            return found
    outlets = [connector for key, connector in station.connectors.items() if key[0] > 0]
    if len(outlets) == 1:
        return outlets[0]
    ending = [c for c in outlets if c.session is None and c.status.casefold() in ("finishing", "charging")]
    if len(ending) == 1:
        return ending[0]
    return Connector(evse=outlets[0].evse if outlets else 1, connector=outlets[0].connector if outlets else 1)
