"""All remote operations: asked about, submitted, followed, ended, remembered (CONTRACT.md, what is proof)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence

from backend.model.change import Change
from backend.model.clock import Clock, Instant
from backend.model.credential import Standing
from backend.model.errors import Conflict, Invalid
from backend.model.event import StationEvent
from backend.model.operation import AuditEntry, Operation, Step
from backend.model.ports import Journal, KeyRing, Register, Standings, Stations
from backend.model.resources import Question
from backend.model.sanitise import clean
from backend.model.secrets import hidden, without_secrets
from backend.model.station import Station
from backend.model.words import Admission, BootStatus, Link, OperationState
from backend.operations.boots import AskedBoots
from backend.operations.catalogue import Entry, find_entry
from backend.operations.deadlines import checked, deadline_of
from backend.operations.guards import Guards
from backend.operations.identity import KEY
from backend.operations.order import Order
from backend.operations.pursuit import Pursuit
from backend.operations.request import Request
from backend.operations.targets import FleetView, Place, Target, Targets
from backend.text import t

MOST_PER_STATION = 30
MOST_RUNNING = 5_000
MOST_WATCHED = 2_000
RECENT = 500
RESTARTED = "server restarted"


class Operations:
    """Implements what the intake tells (`observe`) and what the API asks; time passes by `tick`."""

    def __init__(
        self,
        clock: Clock,
        fleet: FleetView,
        register: Register,
        stations: Stations,
        journal: Journal | None,
        next_id: int = 1,
        keys: KeyRing | None = None,
        standings: Standings | None = None,
    ) -> None:
        self._clock = clock
        self._fleet = fleet
        self._register = register
        self._stations = stations
        self._journal = journal
        self._keys = keys
        self._standings = standings
        self._next_id = next_id
        self._targets = Targets(fleet, register)
        self._guards = Guards(self._targets, register)
        self._boots = AskedBoots()
        self._pursuits: dict[int, Pursuit] = {}
        self._of_station: dict[str, list[Pursuit]] = {}
        self._watched: deque[Pursuit] = deque()
        self.running: dict[int, Operation] = {}
        """Those that have not ended, by id."""
        self.recent: deque[Operation] = deque(maxlen=RECENT)
        """The last that ended, oldest first."""
        self.on_change: list[Callable[[Operation], None]] = []
        """Told of every step and state."""

    # -- before anything is sent -----------------------------------------------------------------------------

    def ask(self, request: Request) -> Question | None:
        """The question that has to be answered before this goes out; None: none, it ends no charge (or cannot go).

        The caller may fill in how often it worked before (`Question.worked` and the rest).

        Raises:
            Unknown: no such operation, station, outlet or session.
            Invalid: it makes no sense as it is.
            Conflict: there is nothing to stop.
        """
        entry = find_entry(request.operation)
        parameters = entry.read(request.parameters)
        target = self._find(entry, request)
        return self._question(entry, request, target, parameters)

    def submit(self, request: Request) -> Operation:
        """Start an operation. It is told of by `on_change` from now on, and may have ended when this returns.

        Raises:
            Unknown: no such operation, station, outlet or session.
            Invalid: it makes no sense as it is.
            Conflict: `confirmation_needed` (`detail` is the Question), one of its kind runs there, too many run,
                nothing to stop, the station is not accepted.
        """
        entry = find_entry(request.operation)
        parameters = entry.read(request.parameters)
        target = self._find(entry, request)
        deadline_s = (
            checked(request.deadline_s)
            if request.deadline_s is not None
            else deadline_of(entry, parameters, target.station.id, self._register)
        )
        self._room(target.station)
        if not is_connected(target.station):
            return self._offline(entry, request, target, parameters, deadline_s)
        self._willing(entry, target.station)
        order = self._order(entry, request, target, parameters)
        if entry.prepare is not None:
            order = entry.prepare(order)
            parameters = order.parameters
        call = entry.builder(order.version)(order)
        self._alone(entry, order, parameters)
        question = self._question(entry, request, target, parameters)
        if question is not None:
            _confirmed(request, question)
        self._boots.note(target.station, call)
        operation = self._make(entry, request, target, parameters, deadline_s, order.connector)
        pursuit = Pursuit(operation, entry, order, call, self._clock, self._stations, self)
        self._pursuits[operation.id] = pursuit
        self.running[operation.id] = operation
        self._of_station.setdefault(operation.station.casefold(), []).append(pursuit)
        self._audit(operation, "requested")
        if KEY in parameters and self._keys is not None:
            self._keys.propose(operation.station, str(parameters[KEY]), operation.requested_by)
        pursuit.send()
        return operation

    def _find(self, entry: Entry, request: Request) -> Target:
        target = self._targets.find(request.target.strip(), entry.places)
        if entry.name == "stop":
            return Target(
                station=target.station,
                evse=target.evse,
                connector=target.connector,
                session=self._targets.session_at(target),
            )
        if entry.places[0] is Place.SESSION and target.session is None and target.evse is not None:
            found = self._targets.open_at(target)
            session = found[0] if found else None
            return Target(station=target.station, evse=target.evse, connector=target.connector, session=session)
        return target

    def _question(
        self, entry: Entry, request: Request, target: Target, parameters: dict[str, object]
    ) -> Question | None:
        if not is_connected(target.station):
            return None
        return self._guards.question(entry.name, request.target, target, parameters, self._clock.now())

    def _room(self, station: Station) -> None:
        here = len(self._of_station.get(station.id.casefold(), ()))
        if here >= MOST_PER_STATION or len(self.running) >= MOST_RUNNING:
            raise Conflict(
                "too_many",
                t("{n} operations run at {station} already.", n=here, station=station.id),
                t("Wait until some have ended."),
            )

    def _willing(self, entry: Entry, station: Station) -> None:
        """What may not be sent before the station is accepted (domain.md 1.2)."""
        status = station.boot_status
        registered = self._register.station(station.id)
        pending = status is BootStatus.PENDING or (registered is not None and registered.admission is Admission.PENDING)
        if status is BootStatus.REJECTED or (entry.accepted_only and pending):
            raise Conflict(
                "station_not_accepted",
                t("{station} is not accepted yet.", station=station.id),
                t("`noc station accept {station}` accepts it.", station=station.id),
            )

    def _alone(self, entry: Entry, order: Order, parameters: dict[str, object]) -> None:
        """One non-idempotent operation of a kind per target at a time; a hard reset may follow a soft one."""
        if entry.idempotent:
            return
        for pursuit in self._of_station.get(order.station.id.casefold(), ()):
            other = pursuit.operation
            if not pursuit.running or other.operation != entry.name:
                continue
            places = {other.evse, order.evse}
            harder = entry.name == "reset" and other.parameters.get("type") != parameters["type"]
            if harder or (None not in places and len(places) > 1):
                continue
            raise Conflict(
                "already_running",
                t("{operation} {id} of {who} runs at {target} already.", operation=entry.name, id=other.id,
                  who=other.requested_by or "?", target=other.target),
                t("`noc operation show {id}` tells how far it is.", id=other.id),
            )  # fmt: skip

    def _order(self, entry: Entry, request: Request, target: Target, parameters: dict[str, object]) -> Order:
        version = target.station.version
        if version is None:
            raise Invalid(
                "no_version",
                t("It is not known which OCPP {station} speaks.", station=target.station.id),
                t("Wait until it has connected."),
            )
        return Order(
            number=self._next_id,
            station=target.station,
            version=version,
            evse=target.evse,
            connector=self._plug(target) if entry.name == "unlock" else target.connector,
            session=target.session,
            parameters=parameters,
            usual_deadline=request.deadline_s is None,
            now=self._clock.now(),
            standing=self._standings.standing(target.station.id) if self._standings is not None else Standing(),
        )

    def _plug(self, target: Target) -> int | None:
        """2.x unlocks a connector: the one named, else the one in use, else the first of that EVSE."""
        if target.connector is not None:
            return target.connector
        known = [one for key, one in sorted(target.station.connectors.items()) if key[0] == target.evse]
        used = [one for one in known if one.session is not None or one.status.casefold() not in ("", "available")]
        return next((one.connector for one in (*used, *known)), 1)

    def _make(
        self,
        entry: Entry,
        request: Request,
        target: Target,
        parameters: dict[str, object],
        deadline_s: float,
        connector: int | None = None,
    ) -> Operation:
        number, self._next_id = self._next_id, self._next_id + 1
        return Operation(
            id=number,
            operation=entry.name,
            target=clean(request.target.strip()),
            station=target.station.id,
            evse=target.evse,
            connector=connector,
            session=target.session.id if target.session is not None else None,
            parameters=hidden(parameters, tokens=False),
            reason=without_secrets(clean(request.reason, 500)),
            requested_by=clean(request.requested_by, 100),
            deadline_s=deadline_s,
            requested=self._clock.now(),
            background=request.background,
        )

    def _offline(
        self, entry: Entry, request: Request, target: Target, parameters: dict[str, object], deadline_s: float
    ) -> Operation:
        """Refused at once: nothing is kept for a station that may be back in hours (domain.md 2)."""
        operation = self._make(entry, request, target, parameters, deadline_s, target.connector)
        now = self._clock.now()
        operation.state = OperationState.OFFLINE
        operation.proof = "not sent: the station is offline"
        operation.ended = now
        operation.steps = [Step(at=now, name="offline", text=operation.proof)]
        self.recent.append(operation)
        self._tell(operation)
        self._audit(operation, operation.state.value)
        return operation

    # -- while they run --------------------------------------------------------------------------------------

    def observe(self, event: StationEvent, changes: Sequence[Change]) -> None:
        """An event, after it was applied to live state, with what it changed."""
        if not self._of_station:
            return
        pursuits = self._of_station.get(event.station) or self._of_station.get(event.station.casefold())
        if pursuits:
            for pursuit in list(pursuits):
                pursuit.observe(event, changes)

    def tick(self, now: Instant) -> None:
        """Let time pass: deadlines, and the end of watching."""
        for pursuit in list(self._pursuits.values()):
            pursuit.tick(now)
        if self._watched:
            monotonic = self._clock.monotonic()
            over = [one for one in self._watched if one.watch_until <= monotonic]
            for pursuit in over:
                self._watched.remove(pursuit)
                self._drop(pursuit)

    def restore(self, unfinished: Iterable[Operation]) -> None:
        """Operations that a former run of the server left: they end now, and are never sent again."""
        now = self._clock.now()
        for operation in unfinished:
            self._next_id = max(self._next_id, operation.id + 1)
            if operation.state.ended:
                continue
            answered = operation.state is OperationState.ANSWERED
            operation.state = OperationState.UNPROVED if answered else OperationState.TIMEOUT
            operation.proof = RESTARTED
            operation.ended = now
            operation.steps = [*operation.steps, Step(at=now, name=operation.state.value, text=RESTARTED)]
            self.recent.append(operation)
            self._tell(operation)
            self._audit(operation, f"{operation.state.value}: {RESTARTED}")

    def stop(self) -> None:
        """The server stops: what still waits ends as `restore` would end it, while people can still be told."""
        now = self._clock.now()
        for pursuit in list(self._pursuits.values()):
            if pursuit.running:
                pursuit.interrupt(RESTARTED, now)

    # -- what a pursuit tells --------------------------------------------------------------------------------

    def changed(self, pursuit: Pursuit) -> None:
        """A step, a state."""
        self._tell(pursuit.operation)

    def ended(self, pursuit: Pursuit) -> None:
        """No longer running; some are watched a little longer."""
        operation = pursuit.operation
        self._pursuits.pop(operation.id, None)
        self.running.pop(operation.id, None)
        self.recent.append(operation)
        self._audit(operation, operation.state.value)
        if pursuit.watch_until:
            self._watched.append(pursuit)
            if len(self._watched) > MOST_WATCHED:
                self._drop(self._watched.popleft())
        else:
            self._drop(pursuit)

    def _drop(self, pursuit: Pursuit) -> None:
        key = pursuit.operation.station.casefold()
        left = [one for one in self._of_station.get(key, ()) if one is not pursuit]
        if left:
            self._of_station[key] = left
        else:
            self._of_station.pop(key, None)

    def _tell(self, operation: Operation) -> None:
        if self._journal is not None:
            self._journal.operation(operation)
        for listener in self.on_change:
            listener(operation)

    def _audit(self, operation: Operation, result: str) -> None:
        if self._journal is None:
            return
        self._journal.audit(
            AuditEntry(
                at=self._clock.now(),
                who=operation.requested_by,
                what=operation.operation,
                target=operation.target,
                reason=operation.reason,
                result=f"{result} ({operation.id})",
            )
        )


def is_connected(station: Station) -> bool:
    """Whether a call can go out: a deaf station is told, though it may not answer."""
    return station.connection is not None and station.link not in (Link.OFFLINE, Link.NEVER_SEEN)


def _confirmed(request: Request, question: Question) -> None:
    if not request.yes:
        raise Conflict(
            "confirmation_needed",
            t("This ends charges that run now."),
            t("Look at them, then say yes, with a reason."),
            detail=question,
        )
    typed = request.typed.strip().casefold()
    if question.must_type is not None and typed != question.must_type.casefold():
        raise Conflict(
            "confirmation_needed",
            t("{station} has to be typed to confirm this.", station=question.must_type),
            t("It ends charges at once."),
            detail=question,
        )
    if not request.reason.strip():
        raise Invalid("reason_needed", t("Ending a charge needs a reason."), t("Say why, with --reason."))
