"""OCPP over one connection: each frame in is read, traced, taken and answered; our calls go the other way.

The two directions know nothing of each other. A broken frame gets its error and costs nothing more.
"""

from __future__ import annotations

import logging
from typing import TypeAlias

import msgspec
from msgspec import Raw

from backend.gateway import guard, mending
from backend.gateway.breach import Breach, Violation
from backend.gateway.calling import Caller
from backend.gateway.counts import Counts, Timing, Wire
from backend.gateway.letter import Action, Letter
from backend.gateway.memory import POISON, Failures, Memory, Recent
from backend.gateway.question import Question
from backend.gateway.tracing import Passed, Tracer
from backend.gateway.translators import Translator
from backend.gateway.turn import Gathers
from backend.model.clock import Clock, Instant
from backend.model.event import StationEvent
from backend.model.quirk import NO_TRAITS, Traits
from backend.model.reply import BootReply, Done, Refused, Reply
from backend.model.words import BootStatus, Version

MAX_UNANSWERED = 256
"""Calls that wait for the disk; a station that sends more is not read until some are answered."""

LOGGED_STUMBLES = 20
"""Our own mistakes told in full; after that one in a thousand, for a station repeats what it is not answered."""

_log = logging.getLogger(__name__)
_NONE_YET = Done()

_Held: TypeAlias = tuple[bytes, bytes, Action, bytes]
"""A call whose head was taken by hand: frame, id as JSON, action, payload."""

HOLD_UNANSWERED = 4
"""The dialogue's own reason to stop reading."""


class Dialogue:
    """The talk with one station over one connection."""

    __slots__ = (
        "_clock",
        "_counts",
        "_failures",
        "_guard_bytes",
        "_held",
        "_letter",
        "_mend",
        "_recent",
        "_takes",
        "_tracer",
        "_translator",
        "_unanswered",
        "_wire",
        "caller",
        "memory",
        "number",
        "station",
        "traits",
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
        takes: Gathers,
        counts: Counts,
        under_way: dict[Caller, None],
        guard_bytes: int,
        settling: dict[Caller, float] | None = None,
        traits: Traits = NO_TRAITS,
    ) -> None:
        self.station = station
        self.number = number
        self.memory = memory
        self._wire: Wire | None = wire
        self._translator = translator
        self._clock = clock
        self._takes = takes
        self._counts = counts
        self._guard_bytes = guard_bytes
        self._held: _Held | None = None
        self._unanswered = 0
        self._failures = Failures()
        self._tracer = Tracer(station, memory, takes)
        self.caller = Caller(
            station=station,
            wire=wire,
            clock=clock,
            takes=takes,
            tracer=self._tracer,
            counts=counts,
            under_way=under_way,
            settling=settling,
        )
        self.apply(traits)
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

    def apply(self, traits: Traits) -> None:
        """What is in force for the station, when it connects and whenever that changes."""
        self.traits = traits
        self.caller.settle_s = traits.settle_s
        self._mend = mending.of(traits)
        if traits.ping is False:
            self.memory.no_ping = True

    # -- in ------------------------------------------------------------------------------------------------------

    def received(self, data: bytes) -> None:
        """One whole message."""
        if self._held is not None:
            self._takes.work_off()
        letter = self._letter
        letter.learned = self._clock.now()
        letter.answer = None
        if letter.deviations:
            letter.deviations = []
        self._counts.frames_in += 1
        if self.memory.told:
            data = self.memory.without_told(data)
        found = guard.plain_call(data)
        if found is not None and len(data) <= self._guard_bytes:
            raw_id, name, payload = found.groups()
            handler = self._translator.by_wire.get(name)
            if handler is not None:
                self._held = (data, raw_id, handler, payload)
                self._takes.arrived(self)
                return
        self._look_closer(data, letter)

    def read(self) -> None:
        """Read the call that arrived, together with those of others."""
        held, self._held = self._held, None
        if held is None:
            return
        data, raw_id, handler, payload = held
        letter = self._letter
        try:
            taken = self._by_the_book(data, str(raw_id, "ascii"), handler, payload, letter)
        except Exception as error:
            self._stumbled(data, letter, error)
            return
        if not taken:
            self._look_closer(data, letter)

    def _look_closer(self, data: bytes, letter: Letter) -> None:
        """Whatever is not a new call by the book."""
        letter.action = ""
        try:
            self._takes.heard(self.station, letter.learned)
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

    def _by_the_book(self, data: bytes, message_id: str, handler: Action, payload: bytes, letter: Letter) -> bool:
        """A new CALL as nearly all are, its payload decoded once. False: it is anything else, or cannot be taken;
        nothing was done, and a closer look is due."""
        if message_id in self._recent.by_id:
            return False
        for key in handler.keys:
            if data.count(key) > 1:
                return False
        letter.action = handler.name
        try:
            events = handler.read(payload, letter)
        except Violation:
            events = ()
        deep = (letter.deviations or not handler.flat) and data.count(b"[") + data.count(b"{") > guard.MAX_NESTING
        if not events or deep:
            letter.deviations = []
            return False
        if letter.deviations:
            self._tracer.came(guard.CALL, str(data, "utf-8"), message_id, letter)
        else:
            self._takes.trace(Passed(self.station, "in", letter.learned, handler.name, message_id, guard.CALL, data))
        self._taken(events, handler, data, hash(data), message_id, letter)
        return True

    def _taken(
        self,
        events: tuple[StationEvent, ...],
        handler: Action,
        data: bytes | str,
        digest: int,
        message_id: str,
        letter: Letter,
    ) -> None:
        """Hand the events of a call on; its answer comes when they are safe."""
        if self._mend is not None:
            events = self._mend(events)
        note = self._recent.note(message_id, digest)
        take = self._takes.take
        if len(events) > 1:
            for event in events[:-1]:
                take(event)
        event = events[-1]
        written = letter.answer or handler.answer
        take(
            event,
            Question(event, _NONE_YET, (), self, written, handler.name, message_id, letter.learned, note, data),
        )
        self._unanswered += 1
        if self._unanswered == MAX_UNANSWERED and self._wire is not None:
            self._wire.hold(HOLD_UNANSWERED)

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
            self._tracer.came(guard.CALL, text, message_id, letter)
            if again.text is not None:
                self._send(guard.RESULT, again.text, message_id, action, letter.learned)
            return
        letter.deviations += handler.repeated(text.encode())
        try:
            events = handler.read(payload, letter)
        except Violation as violation:
            if handler.transactional:
                digest = hash((action, bytes(payload)))
            self._refuse(digest, text, message_id, violation, handler, letter)
            return
        self._tracer.came(guard.CALL, text, message_id, letter)
        self._taken(events, handler, text, digest, message_id, letter)

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
            self.caller.answered(kind, text, parts, letter)
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
            self._tracer.came(kind, text, message_id, letter)
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
        self._tracer.came(guard.SEND, text, message_id, letter)
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
            self._tracer.came(head.kind, text, head.id, letter)
            self.caller.unreadable(head.id, letter)
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
        if message_id is not None and self._failures.count(digest) >= POISON:
            letter.deviations.append("poison")
            self._tracer.came(kind, text, message_id, letter, known=False)
            plain = handler.rest(letter.learned) if handler is not None else "{}"
            self._send(guard.RESULT, f"[3,{message_id},{plain}]", message_id, letter.action, letter.learned)
            return
        self._tracer.came(kind, text, message_id, letter, known=False)
        self._error(message_id or '"-1"', code, violation.why, letter.action, letter.learned)

    def _error(self, message_id: str, code: str, why: str, action: str, received: Instant) -> None:
        description = msgspec.json.encode(why[:255]).decode()
        self._counts.errors["out", code] += 1
        self._send(guard.ERROR, f'[4,{message_id},"{code}",{description},{{}}]', message_id, action, received)

    def _stumbled(self, data: bytes, letter: Letter, error: Exception) -> None:
        """Our own mistake: recorded with its cause, and told to the station when it waits for an answer."""
        self._counts.stumbles += 1
        self._takes.heard(self.station, letter.learned)
        if self._counts.stumbles <= LOGGED_STUMBLES or self._counts.stumbles % 1_000 == 0:
            _log.error("station %s: a frame could not be handled", self.station, exc_info=error)
        text = data.decode("utf-8", "replace")
        head = guard.head(text)
        letter.action = head.action
        letter.deviations.append(f"internal_error:{type(error).__name__}")
        self._tracer.came(head.kind, text, head.id, letter, known=False)
        if head.kind != guard.CALL or head.id is None:
            return
        self._recent.forget(head.id)
        if self._failures.count(hash(data)) >= POISON:
            handler = self._translator.actions.get(head.action)
            plain = handler.rest(letter.learned) if handler is not None else "{}"
            self._send(guard.RESULT, f"[3,{head.id},{plain}]", head.id, head.action, letter.learned)
        else:
            self._error(head.id, "InternalError", "the server stumbled over this", head.action, letter.learned)

    # -- answers to the station ----------------------------------------------------------------------------------

    def answer(self, question: Question, reply: Reply) -> None:
        """The reply of the house, at once or after its commit."""
        self._unanswered -= 1
        wire = self._wire
        if self._unanswered == MAX_UNANSWERED // 2 and wire is not None:
            wire.release(HOLD_UNANSWERED)
        action, message_id, received = question.action, question.message_id, question.received
        if type(reply) is Refused:
            self._recent.forget(message_id)
            self._error(message_id, Breach.SECURITY.code(self._translator.version), reply.why, action, received)
            return
        now = self._clock.now()
        text = f"[3,{message_id},{question.written(reply, now)}]"
        question.note.text = text
        took_s = now - received
        counts = self._counts
        if wire is not None:
            wire.send(text)
            counts.frames_out += 1
            self._takes.trace(Passed(self.station, "out", now, action, message_id, guard.RESULT, text, (), took_s))
        timing = counts.timings.get(action)
        if timing is None:
            timing = counts.timings[action] = Timing()
        timing.note(took_s)
        caller = self.caller
        if not caller.released and not (isinstance(reply, BootReply) and reply.status is BootStatus.REJECTED):
            caller.settle()

    def stumbled_over(self, question: Question, error: Exception) -> None:
        """A mistake of ours after the message was read."""
        self._unanswered -= 1
        letter = Letter(self.station, self._translator.version, self.memory.problems)
        letter.learned = question.received
        data = question.data
        self._stumbled(data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass"), letter, error)

    def _send(self, kind: int, text: str, message_id: str, action: str, received: Instant) -> None:
        wire = self._wire
        if wire is not None:
            wire.send(text)
            self._counts.frames_out += 1
            self._tracer.went(kind, text, message_id, action, received, self._clock.now())

    # -- the end -------------------------------------------------------------------------------------------------

    def replaced_by(self, other: Dialogue) -> None:
        """A new connection of the same station goes on with what was not sent."""
        self._wire = None
        self.caller.hand_over(other.caller)

    def end(self) -> None:
        """The connection is gone."""
        self._wire = None
        self.caller.end()
