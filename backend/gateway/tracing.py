"""Frames for the trace: as they went over the wire, without what nobody may see."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import astuple, replace

from backend.gateway import guard, redact
from backend.gateway.calls import Call
from backend.gateway.letter import Letter
from backend.gateway.memory import Memory
from backend.model.clock import Instant
from backend.model.frame import MAX_CHARS, MAX_PART, Frame, from_row
from backend.model.ports import Takes
from backend.model.sanitise import clean


class Passed(Struct, frozen=True, gc=False, array_like=True):
    """A frame by the book, as it went over the wire. Whoever writes the trace takes it as it is, whoever reads the
    trace gives it its shape and makes it harmless (`ports.Traced`, `frame.from_row`): not while its station waits,
    and most frames are never read. Its fields are those of a Frame in their order, as far as it has them."""

    station: str
    direction: str
    received: Instant
    action: str
    """Letters and digits."""
    message_id: str
    """As JSON."""
    kind: int
    frame: bytes | str
    deviations: tuple[()] = ()
    latency_s: float | None = None
    """Of an answer."""

    def shown(self) -> Frame:
        return from_row(astuple(self.row()))

    def row(self) -> Passed:
        data = self.frame
        hide = redact.by_the_book(self.action, data)
        if hide is None and len(data) <= MAX_CHARS:
            return self
        return replace(self, frame=_shown(data if isinstance(data, str) else str(data, "utf-8", "replace"), hide))


class Tracer:
    """Makes and delivers the Frames of one connection, and counts its deviations."""

    __slots__ = ("_memory", "_station", "_takes")

    def __init__(self, station: str, memory: Memory, takes: Takes) -> None:
        self._station = station
        self._memory = memory
        self._takes = takes

    def came(
        self,
        kind: int,
        text: str,
        message_id: str | None,
        letter: Letter,
        *,
        latency_ms: int | None = None,
        known: bool = True,
    ) -> None:
        """A frame of the station. One that is odd in any way, or not `known` to follow a schema, is searched for
        secrets thoroughly; a frame without a deviation has its fields where the standard has them."""
        deviations: tuple[str, ...] = ()
        action = letter.action
        if letter.deviations:
            deviations = tuple(dict.fromkeys(letter.deviations))
            hide: redact.Redact | None = redact.for_odd(action)
        elif known:
            hide = redact.for_action(action)
        else:
            hide = redact.loose
        harmless = clean(text, MAX_CHARS)
        if hide is not None:
            harmless = hide(harmless)
        if deviations:
            self._memory.count(deviations, letter.learned, harmless)
        part = message_id.strip('"') if message_id else ""
        if harmless is not text or "\\" in text or len(part) > MAX_PART or len(action) > MAX_PART:
            part, action = clean(part, MAX_PART), clean(action, MAX_PART)
        self._takes.trace(
            Frame(
                station=self._station,
                direction="in",
                received=letter.learned,
                action=action,
                message_id=part,
                kind=kind,
                frame=harmless,
                deviations=deviations,
                latency_ms=latency_ms,
            )
        )

    def went(self, kind: int, text: str, message_id: str, action: str, received: Instant, now: Instant) -> None:
        """An answer of ours to what was received then."""
        if len(action) > MAX_PART or not action.isalnum():
            action = clean(action, MAX_PART)
        self._takes.trace(Passed(self._station, "out", now, action, message_id, kind, text, (), now - received))

    def called(self, call: Call, text: str, now: Instant) -> None:
        """A call of ours."""
        if call.secrets:
            self._memory.tell(call.secrets)
        hide = redact.for_action(call.action) or redact.loose
        self._takes.trace(
            Frame(
                station=self._station,
                direction="out",
                received=now,
                action=clean(call.action, 64),
                message_id=call.id,
                kind=guard.CALL,
                frame=_shown(text, hide),
                requested_by=call.requested_by,
            )
        )


def _shown(text: str, hide: redact.Redact | None) -> str:
    """Harmless first, then without secrets: what is masked needs no second cleaning."""
    harmless = clean(text, MAX_CHARS)
    return harmless if hide is None else hide(harmless)
