"""One operation on its way: from queued to sent to answered to its end, and what is still seen after it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from backend.model.change import Change
from backend.model.clock import Clock, Instant
from backend.model.event import StationEvent
from backend.model.operation import CallFailed, CallLost, Operation, Step
from backend.model.ports import CallOutcome, Stations
from backend.model.sanitise import clean
from backend.model.secrets import hidden
from backend.model.words import OperationState
from backend.operations.answers import Answer, kept, read_answer
from backend.operations.catalogue import SCHEDULED_S, Entry
from backend.operations.lengths import spell
from backend.operations.order import Call, Order
from backend.operations.proofs.base import Answered, Ask, Contradicted, Effect, NotProved, Proof, Proved, Refused, Seen

MOST_STEPS = 80
"""Of one operation; what a station says beyond is not noted."""
LAST_STEPS = 4
"""Of these, kept free for the end."""
ANSWER_S = 120.0
"""How long the answer itself may take where the proof may come without it: a silent station must not block the next
operation for as long as a boot may take."""

MEANINGS = {
    "OngoingAuthorizedTransaction": "a charge runs: stop it, then unlock",
    "UnlockFailed": "push the plug in and try again, three times at most",
    "UnknownConnector": "the station knows no such connector",
    "NotImplemented": "the station does not know this message",
    "NotSupported": "the station does not support this",
    "FormationViolation": "the station could not read the message",
    "FormatViolation": "the station could not read the message",
    "InternalError": "the station failed inside",
    "SecurityError": "the station does not permit it now",
    "VersionMismatch": "send the full list",
}
"""What a refusal means for the person, where the word alone does not say it."""


class Told(Protocol):
    """Who is told of what happens to an operation."""

    def changed(self, pursuit: Pursuit) -> None:
        """A step, a state: keep it and show it."""
        ...

    def ended(self, pursuit: Pursuit) -> None:
        """It ended; after the last `changed`."""
        ...


class Pursuit:
    """Sends one operation, and is told of everything that its station does."""

    def __init__(
        self, operation: Operation, entry: Entry, order: Order, call: Call, clock: Clock, stations: Stations, told: Told
    ) -> None:
        self.operation = operation
        self.entry = entry
        self.proof: Proof = entry.proof(order)
        self.watch_until = 0.0
        """By the monotonic clock; 0: it is not watched after its end."""
        self._order = order
        self._call = call
        self._clock = clock
        self._stations = stations
        self._told = told
        self._expires = 0.0
        self._complete: Proved | None = None
        self._waiting = True
        """For the answer."""
        self._asking = False

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return not self.operation.state.ended

    # -- the way out -----------------------------------------------------------------------------------------

    def send(self) -> None:
        """Hand the call to the station's queue; it may be sent, answered and over before this returns."""
        operation = self.operation
        self._step(self._clock.now(), "queued")
        self._told.changed(self)
        deadline_s = operation.deadline_s
        self._stations.call(
            operation.station,
            self._call.action,
            self._call.payload,
            deadline_s=min(deadline_s, ANSWER_S) if self.proof.alone or self.proof.takes_errors else deadline_s,
            done=self._done,
            sent=self._sent,
            background=operation.background,
            requested_by=operation.requested_by or None,
        )

    def _sent(self) -> None:
        operation = self.operation
        if operation.state is not OperationState.QUEUED:
            return
        now = self._clock.now()
        operation.state = OperationState.SENT
        operation.sent = now
        self._expires = self._clock.monotonic() + operation.deadline_s
        self._step(now, "sent", _said(self._call))
        self._apply(self.proof.began(now), now)
        self._told.changed(self)

    # -- the answer ------------------------------------------------------------------------------------------

    def _done(self, outcome: CallOutcome) -> None:
        if not self.running or not self._waiting:
            return
        now = self._clock.now()
        if self._overdue():
            self.expire(now)
        elif isinstance(outcome, CallLost):
            self._lost(outcome, now)
        else:
            self._answered(read_answer(outcome), isinstance(outcome, CallFailed), now)

    def _answered(self, answer: Answer, failed: bool, now: Instant) -> None:
        operation = self.operation
        self._waiting = False
        if operation.state is OperationState.QUEUED:
            self._sent()
        operation.answered = now
        operation.answer = answer.word or None
        operation.answer_payload = kept(hidden(answer.payload, tokens=False))
        goes_on = self.proof.goes_on
        self._step(now, "answered", answer.text, answer.values)
        if (failed and not self.proof.takes_errors) or (
            goes_on is not None and answer.status and not answer.is_one_of(goes_on)
        ):
            self._end(OperationState.REFUSED, _refusal(answer), now)
            return
        operation.state = OperationState.ANSWERED
        self._apply(self.proof.answered(answer, now), now)
        if self.running and self._complete is not None:
            self._end(OperationState.PROVED, self._complete.text, now)
            return
        if self.running:
            self._wait_longer()
            self._told.changed(self)

    def _wait_longer(self) -> None:
        """What the station has put off until its charges have ended is waited for."""
        operation = self.operation
        if self.proof.scheduled() and self._order.usual_deadline and operation.deadline_s < SCHEDULED_S:
            self._expires += SCHEDULED_S - operation.deadline_s
            operation.deadline_s = SCHEDULED_S

    def _lost(self, outcome: CallLost, now: Instant) -> None:
        self._waiting = False
        operation = self.operation
        if operation.state is OperationState.QUEUED:
            if outcome.why == "timeout":
                self._end(OperationState.TIMEOUT, "not sent: too much waits for this station", now)
            else:
                self._end(OperationState.OFFLINE, "not sent: the station is offline", now)
        elif self._complete is not None:
            self._end(OperationState.PROVED, self._complete.text, now)
        elif outcome.why == "timeout":
            if self.proof.alone and operation.deadline_s > ANSWER_S:
                self._step(now, "silent", f"no answer in {spell(now - (operation.sent or now))}")
                self._told.changed(self)
            else:
                self._end(OperationState.TIMEOUT, self._no_answer(now), now)
        elif self.proof.drops:
            self._step(now, "link_lost", "before an answer came")
            self._told.changed(self)
        else:
            text = "the link was lost while the answer was awaited"
            self._end(OperationState.TIMEOUT, text + self._unknown(), now)

    # -- what the station does, and time ---------------------------------------------------------------------

    def observe(self, event: StationEvent, changes: Sequence[Change]) -> None:
        """An event of this station. Only what was learned after it was sent, and before its deadline, counts."""
        operation = self.operation
        if operation.sent is None or event.learned < operation.sent:
            return
        now = self._clock.now()
        if not self.running:
            if self.watch_until > self._clock.monotonic():
                self._after(self.proof.watch(event, changes), event.learned)
        elif self._overdue():
            self.expire(now)
        else:
            before = len(operation.steps)
            self._apply(self.proof.observe(event, changes), now)
            if self.running and len(operation.steps) != before:
                self._told.changed(self)

    def tick(self, now: Instant) -> None:
        """Time passed."""
        if not self.running or self.operation.sent is None:
            return
        if self._overdue():
            self.expire(now)
            return
        before = len(self.operation.steps)
        self._apply(self.proof.tick(now), now)
        if self.running and len(self.operation.steps) != before:
            self._told.changed(self)

    def _overdue(self) -> bool:
        return self.operation.sent is not None and self._clock.monotonic() >= self._expires

    def expire(self, now: Instant) -> None:
        """The deadline has passed: what is not proved now is not."""
        operation = self.operation
        sent = operation.sent if operation.sent is not None else now
        at = min(now, sent + operation.deadline_s) if now >= sent else now
        if self._complete is not None:
            self._end(OperationState.PROVED, self._complete.text, at)
        elif operation.answered is None:
            self._end(OperationState.TIMEOUT, self._no_answer(at), at)
        else:
            self._end(OperationState.UNPROVED, self.proof.why_not(at), at)

    def interrupt(self, why: str, now: Instant) -> None:
        """Nobody will look for its proof any more."""
        answered = self.operation.state is OperationState.ANSWERED
        self._end(OperationState.UNPROVED if answered else OperationState.TIMEOUT, why, now)

    # -- what a proof says -----------------------------------------------------------------------------------

    def _apply(self, effects: Iterable[Effect], now: Instant) -> None:
        for effect in effects:
            if not self.running:
                return
            match effect:
                case Seen():
                    self._step(now, effect.name, effect.text, effect.values)
                case Answered():
                    self.operation.answer = clean(effect.answer, 64)
                case Ask():
                    self._ask(effect.call)
                case Proved() if self._waiting:
                    self._complete = self._complete or effect
                case Proved():
                    self._end(OperationState.PROVED, effect.text, now)
                case NotProved():
                    self._end(OperationState.UNPROVED, effect.text, now)
                case Refused():
                    self.operation.answer = clean(effect.answer, 64)
                    self._end(OperationState.REFUSED, effect.text, now)
                case _:
                    pass

    def _after(self, effects: Iterable[Effect], at: Instant) -> None:
        """After the end a step may be added; only a contradiction takes the verdict back."""
        for effect in effects:
            if isinstance(effect, Seen):
                self._step(at, effect.name, effect.text, effect.values)
                self._told.changed(self)
            elif isinstance(effect, Contradicted) and self.operation.state is OperationState.PROVED:
                self._step(at, "contradicted", effect.text, effect.values, last=True)
                self.operation.state = OperationState.UNPROVED
                self.operation.proof = clean(effect.text)
                self._told.changed(self)

    def _ask(self, call: Call) -> None:
        """One call more, for the proof; it may take as long as the operation itself."""
        left = self._expires - self._clock.monotonic()
        if self._asking or left <= 0:
            return
        self._asking = True
        operation = self.operation
        self._step(self._clock.now(), "asked", _said(call))
        self._stations.call(
            operation.station,
            call.action,
            call.payload,
            deadline_s=min(left, ANSWER_S),
            done=self._followed,
            background=operation.background,
            requested_by=operation.requested_by or None,
        )

    def _followed(self, outcome: CallOutcome) -> None:
        self._asking = False
        if not self.running:
            return
        now = self._clock.now()
        if self._overdue():
            self.expire(now)
            return
        answer = None if isinstance(outcome, CallLost) else read_answer(outcome)
        self._apply(self.proof.followed(answer, now), now)
        if self.running:
            self._wait_longer()
            self._told.changed(self)

    # -- the end ---------------------------------------------------------------------------------------------

    def _end(self, state: OperationState, proof: str, at: Instant) -> None:
        operation = self.operation
        if state in (OperationState.UNPROVED, OperationState.TIMEOUT) and (left := self.proof.leaves()):
            proof = f"{proof}; {left}"
        operation.state = state
        operation.proof = clean(proof)
        operation.ended = at
        self._waiting = False
        self._step(at, state.value, operation.proof, last=True)
        if state is OperationState.PROVED and self.proof.watch_s:
            self.watch_until = self._clock.monotonic() + self.proof.watch_s
        self._told.changed(self)
        self._told.ended(self)

    def _step(
        self, at: Instant, name: str, text: str = "", values: dict[str, str] | None = None, *, last: bool = False
    ) -> None:
        steps = self.operation.steps
        if len(steps) >= (MOST_STEPS if last else MOST_STEPS - LAST_STEPS):
            return
        told = {key: clean(value, 100) for key, value in (values or {}).items()}
        steps.append(Step(at=at, name=name, text=clean(text, 200), values=told))

    def _no_answer(self, now: Instant) -> str:
        sent = self.operation.sent if self.operation.sent is not None else now
        return f"no answer in {spell(now - sent)}" + self._unknown()

    def _unknown(self) -> str:
        return "" if self.entry.idempotent else "; unknown whether it was done: look before repeating it"


def _said(call: Call) -> str:
    """The call in a few words: its action, and its plain fields."""
    named = {"type", "requestedMessage", "operationalStatus", "connectorId", "evseId", "transactionId", "updateType"}
    parts = [str(value) for key, value in call.payload.items() if key in named and isinstance(value, str | int)]
    return " ".join([call.action, *parts])


def _refusal(answer: Answer) -> str:
    meaning = MEANINGS.get(answer.word)
    return f"{answer.text}; {meaning}" if meaning else answer.text
