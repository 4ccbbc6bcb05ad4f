"""Runs operations: asks, sends, follows to the proof, and keeps the record."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from msgspec import Struct

from backend.model.change import Change
from backend.model.clock import Clock, Instant
from backend.model.errors import Conflict, Invalid
from backend.model.event import StationEvent
from backend.model.operation import AuditEntry, CallFailed, CallResult, Operation, Step
from backend.model.ports import CallOutcome, Journal, Register, Stations
from backend.model.resources import Question
from backend.model.sanitise import clean
from backend.model.words import Link, OperationState
from backend.operations.answers import Verdict, reason_of, status_of, verdict
from backend.operations.catalogue import Entry, entry_of
from backend.operations.guards import check_admitted, check_answered, question
from backend.operations.plan import Plan
from backend.operations.proofs.proof import Proof, step
from backend.operations.request import Aim, Request, resolve
from backend.operations.view import FleetView
from backend.text import t

MOST_RUNNING = 5_000
MOST_PER_STATION = 50
RECENT = 500
MOST_STEPS = 40
CALL_S = 60.0
"""An answer that has not come by then does not come."""
MOST_DEADLINE_S = 24 * 3600.0


class _Run(Struct):
    """An operation under way."""

    operation: Operation
    entry: Entry
    proof: Proof
    expires: float | None = None
    """By the monotonic clock; None until it is sent."""


class _Watch(Struct):
    """A proved operation that is still looked after."""

    operation: Operation
    proof: Proof
    until: float


class Operations:
    """All operations under way, and the last that ended.

    Not for several threads: it lives on the server's loop.
    """

    def __init__(
        self,
        clock: Clock,
        fleet: FleetView,
        register: Register,
        stations: Stations,
        journal: Journal | None,
        next_id: int = 1,
    ) -> None:
        self._clock = clock
        self._fleet = fleet
        self._register = register
        self._stations = stations
        self._journal = journal
        self._next_id = next_id
        self._runs: dict[int, _Run] = {}
        self._of_station: dict[str, set[int]] = {}
        self._watches: list[_Watch] = []
        self.running: dict[int, Operation] = {}
        self.recent: deque[Operation] = deque(maxlen=RECENT)
        """Ended ones, oldest first."""
        self.on_change: list[Callable[[Operation], None]] = []

    # -- asking and sending ----------------------------------------------------------------------------------

    def ask(self, request: Request) -> Question | None:
        """What the operation would end; None: nothing, it may go out.

        Raises:
            Unknown: no such target. Invalid: no such operation, or odd parameters.
        """
        entry_of(request)
        aim = resolve(self._fleet, self._register, request.target)
        return question(aim, request, self._register, self._clock.now())

    def submit(self, request: Request) -> Operation:
        """Send an operation on its way; what becomes of it is told by `on_change`.

        To a station that is not connected nothing is sent: the operation ends at once, `offline`.

        Raises:
            Unknown: no such target.
            Invalid: no such operation, odd parameters, or a charge would end and no reason was given.
            Conflict: `confirmation_needed` (`detail` is the Question), `already_running`, `too_many`,
                `station_not_accepted`, `no_session`.
        """
        entry = entry_of(request)
        now = self._clock.now()
        aim = resolve(self._fleet, self._register, request.target)
        check_admitted(aim, request, self._register)
        plan = entry.planner(aim, request, self._next_id, now)
        check_answered(question(aim, request, self._register, now), request)
        self._check_room(entry, aim, request)
        operation = self._make(aim, request, plan, now)
        self._audit(operation, "asked")
        if aim.station.link not in (Link.ONLINE, Link.DEAF) or aim.station.connection is None:
            operation.proof = "the station is not connected"
            self._end(operation, OperationState.OFFLINE, now)
            return operation
        run = _Run(operation=operation, entry=entry, proof=plan.proof)
        self._runs[operation.id] = run
        self.running[operation.id] = operation
        self._of_station.setdefault(aim.station.id, set()).add(operation.id)
        self._say(operation, step(now, "queued", request.requested_by))
        self._stations.call(
            aim.station.id,
            plan.action,
            plan.payload,
            deadline_s=min(operation.deadline_s, CALL_S),
            done=partial(self._answered, run),
            sent=partial(self._sent, run),
            background=request.background,
            requested_by=request.requested_by or None,
        )
        return operation

    def _check_room(self, entry: Entry, aim: Aim, request: Request) -> None:
        here = [self.running[number] for number in self._of_station.get(aim.station.id, ())]
        if len(self.running) >= MOST_RUNNING or len(here) >= MOST_PER_STATION:
            raise Conflict(
                "too_many", t("too many operations wait already"), t("see: noc operation list --filter state:queued")
            )
        if entry.repeatable:
            return
        for other in here:
            if other.operation == entry.name and other.evse == aim.evse:
                raise Conflict(
                    "already_running",
                    t("{operation} runs here already, asked by {who}", operation=entry.name, who=other.requested_by),
                    t("wait for it: noc operation show {id}", id=other.id),
                )

    def _make(self, aim: Aim, request: Request, plan: Plan, now: Instant) -> Operation:
        deadline = plan.deadline_s if request.deadline_s is None else request.deadline_s
        if not 0 < deadline <= MOST_DEADLINE_S:
            raise Invalid("invalid_deadline", t("a deadline is more than 0 s and at most a day"), t("--deadline 60"))
        operation = Operation(
            id=self._next_id,
            operation=request.operation,
            target=request.target,
            station=aim.station.id,
            evse=aim.evse,
            connector=aim.connector,
            session=aim.session.id if aim.session is not None else None,
            parameters=dict(request.parameters),
            reason=clean(request.reason, 300),
            requested_by=request.requested_by,
            deadline_s=deadline,
            requested=now,
            background=request.background,
        )
        self._next_id += 1
        return operation

    # -- what comes back -------------------------------------------------------------------------------------

    def _sent(self, run: _Run) -> None:
        operation, now = run.operation, self._clock.now()
        if operation.state.ended:
            return
        operation.state = OperationState.SENT
        operation.sent = now
        run.expires = self._clock.monotonic() + operation.deadline_s
        run.proof.was_sent(now)
        self._say(operation, step(now, "sent", ""))

    def _answered(self, run: _Run, outcome: CallOutcome) -> None:
        operation, now = run.operation, self._clock.now()
        if operation.state.ended:
            return
        if isinstance(outcome, CallResult):
            self._result(run, outcome.payload, now)
        elif isinstance(outcome, CallFailed):
            operation.answered = now
            operation.answer = clean(outcome.code, 64)
            operation.proof = clean(": ".join(filter(None, (outcome.code, outcome.description))), 200)
            self._end(operation, OperationState.REFUSED, now)
        elif operation.sent is None:
            operation.proof = "the station is not connected"
            self._end(operation, OperationState.OFFLINE, now)
        elif not (run.proof.survives_drop and outcome.why != "timeout"):
            operation.proof = "no answer" if outcome.why == "timeout" else "the link was lost before an answer"
            self._end(operation, OperationState.TIMEOUT, now)

    def _result(self, run: _Run, payload: dict[str, Any], now: Instant) -> None:
        operation = run.operation
        operation.answered = now
        operation.answer = status_of(payload)
        operation.answer_payload = payload
        free = operation.operation == "call"
        judged = Verdict.TAKEN if free else verdict(operation.answer)
        why = reason_of(payload)
        if judged is Verdict.REFUSED:
            operation.proof = ": ".join(filter(None, (operation.answer, why)))
            self._end(operation, OperationState.REFUSED, now)
            return
        operation.state = OperationState.ANSWERED
        said = ", ".join(filter(None, (operation.answer, why)))
        self._say(operation, step(now, "answered", said, answer=operation.answer or "", why=why))
        self._steps(run, run.proof.was_answered(now, operation.answer, payload), now)
        self._call_again(run)

    def _call_again(self, run: _Run) -> None:
        """A proof may need one more call: reading back."""
        further = run.proof.next_call()
        if further is None or run.operation.state.ended:
            return
        action, payload = further
        self._stations.call(
            run.operation.station,
            action,
            payload,
            deadline_s=CALL_S,
            done=partial(self._answered_again, run),
            requested_by=run.operation.requested_by or None,
        )

    def _answered_again(self, run: _Run, outcome: CallOutcome) -> None:
        if run.operation.state.ended:
            return
        now = self._clock.now()
        payload = outcome.payload if isinstance(outcome, CallResult) else None
        self._steps(run, run.proof.call_result(now, payload), now)

    # -- events and time -------------------------------------------------------------------------------------

    def observe(self, event: StationEvent, changes: Sequence[Change]) -> None:
        """Look for proof in what a station did."""
        numbers = self._of_station.get(event.station)
        if numbers:
            for number in sorted(numbers):
                run = self._runs.get(number)
                if run is not None and run.operation.sent is not None:
                    self._steps(run, run.proof.saw(event, changes), self._clock.now())
        if self._watches:
            for watch in self._watches:
                if watch.operation.station == event.station:
                    self._add(watch, watch.proof.saw(event, changes))

    def _add(self, watch: _Watch, steps: list[Step]) -> None:
        operation = watch.operation
        for made in steps:
            operation.steps.append(made)
        if steps:
            if watch.proof.contradicted is not None:
                operation.proof = f"{watch.proof.proved}, but: {watch.proof.contradicted}"
            self._changed(operation)

    def _steps(self, run: _Run, steps: list[Step], now: Instant) -> None:
        operation = run.operation
        for made in steps:
            self._say(operation, made)
        proved = run.proof.proved
        if proved is None or operation.state.ended:
            return
        if operation.state is OperationState.ANSWERED or run.proof.survives_drop:
            operation.proof = proved
            self._end(operation, OperationState.PROVED, now)
            if run.proof.watch_s:
                until = self._clock.monotonic() + run.proof.watch_s
                self._watches.append(_Watch(operation=operation, proof=run.proof, until=until))
                del self._watches[:-MOST_RUNNING]

    def tick(self, now: Instant) -> None:
        """Let time pass: deadlines, and proofs that wait for time."""
        monotonic = self._clock.monotonic()
        for run in list(self._runs.values()):
            if run.operation.sent is not None:
                self._steps(run, run.proof.tick(now), now)
            if run.expires is not None and monotonic >= run.expires and not run.operation.state.ended:
                self._too_late(run, now)
        if self._watches:
            self._watches = [watch for watch in self._watches if monotonic < watch.until]

    def _too_late(self, run: _Run, now: Instant) -> None:
        operation = run.operation
        if operation.answered is None and not any(made.name == "went_down" for made in operation.steps):
            operation.proof = "no answer"
            self._end(operation, OperationState.TIMEOUT, now)
            return
        operation.proof = run.proof.missing or "nothing happened"
        self._end(operation, OperationState.UNPROVED, now)

    def restore(self, unfinished: Iterable[Operation]) -> None:
        """End what a former process left under way; it is never sent again (CONTRACT.md)."""
        now = self._clock.now()
        for operation in unfinished:
            operation.proof = "server restarted"
            self._next_id = max(self._next_id, operation.id + 1)
            answered = operation.state is OperationState.ANSWERED
            self._end(operation, OperationState.UNPROVED if answered else OperationState.TIMEOUT, now)

    # -- the record ------------------------------------------------------------------------------------------

    def _say(self, operation: Operation, made: Step) -> None:
        if len(operation.steps) < MOST_STEPS:
            operation.steps.append(made)
        self._changed(operation)

    def _end(self, operation: Operation, state: OperationState, now: Instant) -> None:
        operation.state = state
        operation.ended = now
        operation.steps.append(step(now, state.value, operation.proof or ""))
        self._runs.pop(operation.id, None)
        self.running.pop(operation.id, None)
        here = self._of_station.get(operation.station)
        if here is not None:
            here.discard(operation.id)
            if not here:
                del self._of_station[operation.station]
        self.recent.append(operation)
        self._audit(operation, state.value)
        self._changed(operation)

    def _changed(self, operation: Operation) -> None:
        if self._journal is not None:
            self._journal.operation(operation)
        for listener in self.on_change:
            listener(operation)

    def _audit(self, operation: Operation, result: str) -> None:
        if self._journal is not None:
            self._journal.audit(
                AuditEntry(
                    at=self._clock.now(),
                    who=operation.requested_by,
                    what=operation.operation,
                    target=operation.target,
                    reason=operation.reason,
                    result=result,
                )
            )
