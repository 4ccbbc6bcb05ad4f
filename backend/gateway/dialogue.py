"""OCPP over one connection: each frame in is read, traced, taken and answered; our calls go the other way.

The two directions know nothing of each other. A broken frame gets its error and costs nothing more.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import Protocol

import msgspec
from msgspec import Raw

from backend.gateway import guard, redact
from backend.gateway.answers import read_error, read_result
from backend.gateway.breach import Breach, Violation
from backend.gateway.calls import Call, Calls
from backend.gateway.letter import Action, Answer, Letter
from backend.gateway.memory import POISON, Answered, Memory, Recent
from backend.gateway.translators import Translator
from backend.model.clock import Clock, Instant
from backend.model.frame import Frame
from backend.model.operation import CallFailed, CallLost
from backend.model.ports import Takes
from backend.model.reply import BootReply, Refused, Reply
from backend.model.sanitise import clean
from backend.model.words import BootStatus, Version

TRACE_CHARS = 16_384
MAX_UNANSWERED = 256
"""Calls that wait for the disk; a station that sends more is not read until some are answered."""

_log = logging.getLogger(__name__)


class Counts:
    """Figures of the whole gateway."""

    __slots__ = ("connections", "frames_in", "frames_out")

    def __init__(self) -> None:
        self.frames_in = 0
        self.frames_out = 0
        self.connections = 0


class Wire(Protocol):
    """The socket below."""

    def send(self, text: str) -> None: ...
    def hold(self, why: int) -> None:
        """Stop reading, for one more reason."""
        ...

    def release(self, why: int) -> None: ...


HOLD_UNANSWERED = 4
"""The dialogue's own reason to stop reading."""


class Dialogue:
    """The talk with one station over one connection."""

    __slots__ = (
        "_clock",
        "_counts",
        "_guard_bytes",
        "_letter",
        "_recent",
        "_takes",
        "_translator",
        "_unanswered",
        "_waiting",
        "_wire",
        "calls",
        "memory",
        "number",
        "released",
        "station",
    )

    def __init__(
        self,
        *,
        station: str,
        number: int,
        translator: Translator,
        wire: Wire,
        memory: Memory,
        clock: Clock,
        takes: Takes,
        counts: Counts,
        waiting: dict[Dialogue, None],
        guard_bytes: int,
    ) -> None:
        self.station = station
        self.number = number
        self.memory = memory
        self.calls = Calls()
        self.released = False
        """Calls may go out: the station has booted, has gone on without a boot, or has had time to."""
        self._wire: Wire | None = wire
        self._translator = translator
        self._clock = clock
        self._takes = takes
        self._counts = counts
        self._waiting = waiting
        """Dialogues with a call under way, for whoever keeps the time."""
        self._guard_bytes = guard_bytes
        self._unanswered = 0
        self._letter = Letter(station, translator.version, memory.problems)
        if translator.version is Version.V21:
            if memory.recent is None:
                memory.recent = Recent()
            self._recent = memory.recent
        else:
            self._recent = Recent()

    @property
    def version(self) -> Version:
        return self._translator.version

    # -- in ------------------------------------------------------------------------------------------------------

    def received(self, data: bytes) -> None:
        """One whole message."""
        letter = self._letter
        letter.learned = self._clock.now()
        letter.action = ""
        letter.answer = None
        letter.deviations = []
        self._counts.frames_in += 1
        self._takes.heard(self.station, letter.learned)
        try:
            self._read(data, letter)
        except Exception as error:
            self._stumbled(data, letter, error)

    def too_large(self, first: bytes) -> None:
        """A message over the limit of which only the beginning was kept."""
        letter = self._letter
        letter.learned = self._clock.now()
        letter.action = ""
        letter.answer = None
        letter.deviations = []
        self._counts.frames_in += 1
        self._takes.heard(self.station, letter.learned)
        self._broken(first.decode("utf-8", "replace"), hash(first), letter, "the frame is too large")

    def _read(self, data: bytes, letter: Letter) -> None:
        try:
            text = str(data, "utf-8")
        except UnicodeDecodeError:
            self._not_utf8(data, letter)
            return
        if len(data) > self._guard_bytes:
            self._broken(text[: guard.HEAD], hash(data), letter, "the frame is too large")
            return
        if text.count("[") + text.count("{") > guard.MAX_NESTING and guard.too_deep(text):
            self._broken(text, hash(data), letter, "the frame nests too deep")
            return
        try:
            kind, message_id, action, payload = guard.decode_call(data)
        except guard.UNREADABLE:
            self._odd(data, text, letter)
            return
        if kind == guard.CALL:
            self._call(hash(data), text, str(message_id, "utf-8"), action, payload, letter)
        else:
            self._odd(data, text, letter)

    def _call(self, digest: int, text: str, message_id: str, action: str, payload: Raw, letter: Letter) -> None:
        """A CALL of the station."""
        if message_id[0] != '"':
            if not guard.usable_id(message_id):
                self._broken(text, digest, letter, "the message id is not a string")
                return
            letter.deviations.append("id_not_text")
        letter.action = action
        handler = self._translator.actions.get(action)
        if handler is None:
            self._refuse(digest, text, message_id, self._translator.unknown(action), None, letter)
            return
        again = self._recent.same(message_id, digest)
        if again is not None and not handler.fresh:
            letter.deviations.append("repeated")
            self._trace_in(guard.CALL, text, message_id, letter)
            if again.text is not None:
                self._send(guard.RESULT, again.text, message_id, action, letter.learned)
            return
        try:
            events = handler.read(payload, letter)
        except Violation as violation:
            if handler.transactional:
                digest = hash((action, bytes(payload)))
            self._refuse(digest, text, message_id, violation, handler, letter)
            return
        self._trace_in(guard.CALL, text, message_id, letter)
        note = self._recent.note(message_id, digest)
        take = self._takes.take
        for event in events[:-1]:
            take(event)
        take(
            events[-1], partial(self._answer, letter.answer or handler.answer, action, message_id, letter.learned, note)
        )
        self._unanswered += 1
        if self._unanswered == MAX_UNANSWERED and self._wire is not None:
            self._wire.hold(HOLD_UNANSWERED)

    def _odd(self, data: bytes, text: str, letter: Letter) -> None:
        """Everything but a plain CALL: answers to our calls, other message types, and what is broken."""
        digest = hash(data)
        fixed = guard.without_lone_surrogates(text)
        if fixed is not None:
            letter.deviations.append("lone_surrogate")
            data = fixed.encode()
        try:
            parts = [str(part, "utf-8") for part in guard.decode_list(data)]
        except guard.UNREADABLE:
            self._broken(text, digest, letter, "the frame is not JSON as OCPP-J has it")
            return
        kind = int(parts[0]) if parts and parts[0].isdigit() and len(parts[0]) < 10 else 0
        if kind == guard.CALL:
            self._odd_call(data, digest, text, parts, letter)
        elif kind in (guard.RESULT, guard.ERROR):
            self._answered(kind, text, parts, letter)
        elif kind == 0:
            self._broken(text, digest, letter, "the message type is not a number")
        else:
            self._other_type(kind, digest, text, parts, letter)

    def _odd_call(self, data: bytes, digest: int, text: str, parts: list[str], letter: Letter) -> None:
        if len(parts) == 4 and parts[2].startswith('"'):
            action = guard.decode_text(parts[2])
            self._call(digest, text, parts[1], action, Raw(parts[3].encode()), letter)
        else:
            self._broken(text, digest, letter, "a CALL has four elements, its action is a string")

    def _other_type(self, kind: int, digest: int, text: str, parts: list[str], letter: Letter) -> None:
        """Types beyond 2-4: 2.1 knows 5 and 6; 1.6 ignores what it does not know, 2.0.1 says so."""
        message_id = parts[1] if len(parts) > 1 and guard.usable_id(parts[1]) else None
        version = self._translator.version
        if version is Version.V21 and kind == guard.SEND and len(parts) == 4 and parts[2].startswith('"'):
            self._sent_to_us(text, message_id or '""', parts, letter)
        elif (version is Version.V21 and kind in (guard.RESULT_ERROR, guard.SEND)) or version is Version.V16:
            letter.deviations.append("result_error" if kind == guard.RESULT_ERROR else "unknown_message_type")
            self._trace_in(kind, text, message_id, letter)
        else:
            violation = Violation(Breach.MESSAGE_TYPE, "this message type is not known")
            self._refuse(digest, text, message_id, violation, None, letter, kind)

    def _sent_to_us(self, text: str, message_id: str, parts: list[str], letter: Letter) -> None:
        """2.1 SEND: taken, never answered."""
        letter.action = guard.decode_text(parts[2])
        handler = self._translator.actions.get(letter.action)
        events: tuple[object, ...] = ()
        try:
            if handler is not None:
                events = handler.read(parts[3].encode(), letter)
            else:
                letter.deviations.append("unknown_action")
        except Violation:
            letter.deviations.append("unreadable")
        self._trace_in(guard.SEND, text, message_id, letter)
        for event in events:
            self._takes.take(event)  # type: ignore[arg-type]

    def _not_utf8(self, data: bytes, letter: Letter) -> None:
        """Text must be UTF-8. Transaction messages are read all the same: their energy must not be lost."""
        text = data.decode("utf-8", "replace")
        head = guard.head(text)
        handler = self._translator.actions.get(head.action)
        if handler is not None and handler.transactional and len(data) <= self._guard_bytes:
            letter.deviations.append("not_utf8")
            self._read(text.encode(), letter)
        else:
            self._broken(text, hash(data), letter, "the frame is not UTF-8")

    # -- what is wrong -------------------------------------------------------------------------------------------

    def _broken(self, text: str, digest: int, letter: Letter, why: str) -> None:
        """A frame that cannot be read: answered when it can have been a CALL, with the id that can be saved."""
        head = guard.head(text)
        letter.action = head.action
        letter.deviations.append("broken_frame")
        if head.kind in (guard.RESULT, guard.ERROR) or (
            self._translator.version is Version.V21 and head.kind in (guard.RESULT_ERROR, guard.SEND)
        ):
            self._trace_in(head.kind, text, head.id, letter)
            self._lost_answer(head.id, letter)
            return
        handler = self._translator.actions.get(head.action)
        self._refuse(digest, text, head.id, Violation(Breach.FORMAT, why), handler, letter, head.kind)

    def _refuse(
        self,
        digest: int,
        text: str,
        message_id: str | None,
        violation: Violation,
        handler: Action | None,
        letter: Letter,
        kind: int = guard.CALL,
    ) -> None:
        """Answer with a CALLERROR; to the third unchanged repetition with a plain result, to end it."""
        code = violation.breach.code(self._translator.version)
        letter.deviations.append(code)
        if message_id is not None and self.memory.failed(digest) >= POISON:
            letter.deviations.append("poison")
            self._trace_in(kind, text, message_id, letter, loose=True)
            plain = handler.plain if handler is not None else "{}"
            self._send(guard.RESULT, f"[3,{message_id},{plain}]", message_id, letter.action, letter.learned)
            return
        self._trace_in(kind, text, message_id, letter, loose=True)
        self._error(message_id or '"-1"', code, violation.why, letter.action, letter.learned)

    def _error(self, message_id: str, code: str, why: str, action: str, received: Instant) -> None:
        description = msgspec.json.encode(why[:255]).decode()
        self._send(guard.ERROR, f'[4,{message_id},"{code}",{description},{{}}]', message_id, action, received)

    def _stumbled(self, data: bytes, letter: Letter, error: Exception) -> None:
        """Our own mistake: recorded with its cause, and told to the station when it waits for an answer."""
        _log.error("station %s: a frame could not be handled", self.station, exc_info=error)
        text = data.decode("utf-8", "replace")
        head = guard.head(text)
        letter.action = head.action
        letter.deviations.append(f"internal_error:{type(error).__name__}")
        self._trace_in(head.kind, text, head.id, letter, loose=True)
        if head.kind != guard.CALL or head.id is None:
            return
        self._recent.forget(head.id)
        if self.memory.failed(hash(data)) >= POISON:
            handler = self._translator.actions.get(head.action)
            plain = handler.plain if handler is not None else "{}"
            self._send(guard.RESULT, f"[3,{head.id},{plain}]", head.id, head.action, letter.learned)
        else:
            self._error(head.id, "InternalError", "the server stumbled over this", head.action, letter.learned)

    # -- answers to the station ----------------------------------------------------------------------------------

    def _answer(
        self, answer: Answer, action: str, message_id: str, received: Instant, note: Answered, reply: Reply
    ) -> None:
        """The reply of the house, at once or after its commit."""
        self._unanswered -= 1
        wire = self._wire
        if wire is None:
            return
        if self._unanswered == MAX_UNANSWERED // 2:
            wire.release(HOLD_UNANSWERED)
        if isinstance(reply, Refused):
            self._recent.forget(message_id)
            self._error(message_id, Breach.SECURITY.code(self._translator.version), reply.why, action, received)
            return
        text = f"[3,{message_id},{answer(reply, self._clock.now())}]"
        note.text = text
        self._send(guard.RESULT, text, message_id, action, received)
        if not self.released and not (isinstance(reply, BootReply) and reply.status is BootStatus.REJECTED):
            self.release()

    def _send(self, kind: int, text: str, message_id: str, action: str, received: Instant) -> None:
        wire = self._wire
        if wire is None:
            return
        wire.send(text)
        self._counts.frames_out += 1
        now = self._clock.now()
        hide = redact.for_action(action)
        self._takes.trace(
            Frame(
                station=self.station,
                direction="out",
                received=now,
                action=clean(action, 64),
                message_id=clean(message_id.strip('"'), 64),
                kind=kind,
                frame=clean(hide(text) if hide is not None else text, TRACE_CHARS),
                latency_ms=max(0, round((now - received) * 1000)),
            )
        )

    def _trace_in(
        self,
        kind: int,
        text: str,
        message_id: str | None,
        letter: Letter,
        *,
        latency_ms: int | None = None,
        loose: bool = False,
    ) -> None:
        """Keep a frame as it came, without what nobody may see; what cannot be trusted is searched thoroughly."""
        deviations: tuple[str, ...] = ()
        if letter.deviations:
            deviations = tuple(dict.fromkeys(letter.deviations))
            self.memory.count(deviations)
        action = letter.action
        hide = redact.loose if loose else redact.for_action(action)
        self._takes.trace(
            Frame(
                station=self.station,
                direction="in",
                received=letter.learned,
                action=clean(action, 64),
                message_id=clean(message_id.strip('"'), 64) if message_id else "",
                kind=kind,
                frame=clean(hide(text) if hide is not None else text, TRACE_CHARS),
                deviations=deviations,
                latency_ms=latency_ms,
            )
        )

    # -- our calls -----------------------------------------------------------------------------------------------

    def call(self, call: Call) -> None:
        """Queue a call and send it when it is its turn."""
        if not self.calls.put(call):
            call.done(CallLost(why="timeout"))
            return
        self.pump()

    def release(self) -> None:
        """Calls may go out from now on."""
        self.released = True
        self.pump()

    def pump(self) -> None:
        """Send the next call when none is under way."""
        wire = self._wire
        if not self.released or wire is None:
            return
        call = self.calls.next()
        if call is None:
            return
        now = self._clock.now()
        call.sent_at = now
        call.expires = self._clock.monotonic() + call.deadline_s
        self._waiting[self] = None
        text = call.frame()
        wire.send(text)
        self._counts.frames_out += 1
        hide = redact.for_action(call.action)
        self._takes.trace(
            Frame(
                station=self.station,
                direction="out",
                received=now,
                action=clean(call.action, 64),
                message_id=call.id,
                kind=guard.CALL,
                frame=clean(hide(text) if hide is not None else redact.loose(text), TRACE_CHARS),
                requested_by=call.requested_by,
            )
        )
        if call.sent is not None:
            call.sent()

    def _answered(self, kind: int, text: str, parts: list[str], letter: Letter) -> None:
        """A CALLRESULT or CALLERROR. One that belongs to nothing is recorded, never answered."""
        raw = parts[1] if len(parts) > 1 else ""
        message_id = guard.decode_text(raw) if raw.startswith('"') else raw
        call, in_time = self.calls.answered(message_id)
        latency = None
        if call is None:
            letter.deviations.append("answer_to_nothing")
        else:
            letter.action = call.action
            latency = max(0, round((letter.learned - call.sent_at) * 1000))
            if not in_time:
                letter.deviations.append("late_answer")
        self._trace_in(kind, text, raw, letter, latency_ms=latency, loose=call is None)
        if call is None or not in_time:
            return
        outcome = read_result(parts, call.action) if kind == guard.RESULT else read_error(parts)
        self._takes.call_answered(self.station, letter.learned)
        call.done(outcome)
        self.pump()

    def _lost_answer(self, message_id: str | None, letter: Letter) -> None:
        """An answer that cannot be read still ends the call that it names."""
        outstanding = self.calls.outstanding
        if outstanding is None or message_id != f'"{outstanding.id}"':
            return
        call, _ = self.calls.answered(outstanding.id)
        if call is not None:
            self._takes.call_answered(self.station, letter.learned)
            code = Breach.FORMAT.code(self._translator.version)
            call.done(CallFailed(code=code, description="the station's answer could not be read"))
            self.pump()

    def expire(self, monotonic: float) -> None:
        """Give up the call under way when its deadline has passed."""
        call = self.calls.expired(monotonic)
        if call is not None:
            self._takes.call_lost(self.station, self._clock.now())
            call.done(CallLost(why="timeout"))
            self.pump()

    # -- the end -------------------------------------------------------------------------------------------------

    def replaced_by(self, other: Dialogue) -> None:
        """A new connection of the same station goes on with what was not sent."""
        self.calls.move_waiting_to(other.calls)
        self.end()

    def end(self) -> None:
        """The connection is gone."""
        self._wire = None
        self.calls.lose()
