"""Frames become exchanges: a call with its answer, in the order in which they began."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct

from backend.model.resources import FrameResource
from backend.model.sanitise import clean

CALL, RESULT, ERROR, RESULT_ERROR, SEND = 2, 3, 4, 5, 6
MOST_TEXT = 2_000
DEEPEST = 20
MOST = 4_000
"""Exchanges held; the oldest go first."""


class Exchange(Struct, kw_only=True, eq=False):
    """A call and what was answered to it; or a frame that belongs to nothing."""

    key: str
    call: FrameResource | None = None
    answer: FrameResource | None = None

    @property
    def first(self) -> FrameResource:
        """The frame that it begins with."""
        frame = self.call if self.call is not None else self.answer
        assert frame is not None
        return frame

    @property
    def action(self) -> str:
        return self.first.action

    @property
    def ours(self) -> bool:
        """Whether we spoke first."""
        return self.first.direction == "out" if self.call is not None else self.first.direction == "in"

    @property
    def waits(self) -> bool:
        """Whether an answer belongs to it and is not here."""
        return self.call is not None and self.call.kind == CALL and self.answer is None

    @property
    def deviations(self) -> list[str]:
        """Where either broke the standard."""
        found = [*self.first.deviations]
        if self.call is not None and self.answer is not None:
            found += self.answer.deviations
        return found


class Exchanges:
    """Pairs frames as they come; older ones may be put in front."""

    def __init__(self) -> None:
        self.held: dict[str, Exchange] = {}
        """By key, oldest first."""
        self._open: dict[tuple[str, str], Exchange] = {}
        """Calls without an answer, by message id and the direction of the answer."""
        self._seen: set[tuple[float, str, str, int]] = set()
        self._number = 0

    def add(self, frames: Iterable[FrameResource]) -> list[str]:
        """Take frames, oldest first; returns the keys of the exchanges that are new or changed."""
        touched: list[str] = []
        for frame in frames:
            mark = (frame.received.timestamp(), frame.direction, frame.message_id, frame.kind)
            if mark in self._seen:
                continue
            self._seen.add(mark)
            touched.append(self._add(frame))
        while len(self.held) > MOST:
            del self.held[next(iter(self.held))]
        if len(self._seen) > 6 * MOST:
            self._seen = {_mark(f) for x in self.held.values() for f in (x.call, x.answer) if f is not None}
        return touched

    def put_before(self, frames: list[FrameResource]) -> None:
        """Take frames that are older than all that are here."""
        held = [frame for x in self.held.values() for frame in (x.call, x.answer) if frame is not None]
        self.held, self._open, self._seen = {}, {}, set()
        self.add(sorted([*frames, *held], key=lambda frame: frame.received))

    def _add(self, frame: FrameResource) -> str:
        if frame.kind in (RESULT, ERROR, RESULT_ERROR):
            exchange = self._open.pop((frame.message_id, frame.direction), None)
            if exchange is not None and exchange.key in self.held:
                exchange.answer = frame
                return exchange.key
            return self._new(Exchange(key="", answer=frame))
        exchange = Exchange(key="", call=frame)
        if frame.kind == CALL:
            self._open[frame.message_id, "in" if frame.direction == "out" else "out"] = exchange
            while len(self._open) > MOST:
                del self._open[next(iter(self._open))]
        return self._new(exchange)

    def _new(self, exchange: Exchange) -> str:
        self._number += 1
        exchange.key = str(self._number)
        self.held[exchange.key] = exchange
        return exchange.key

    def latest(self) -> list[str]:
        """The keys, newest first."""
        return list(reversed(self.held))


def _mark(frame: FrameResource) -> tuple[float, str, str, int]:
    return frame.received.timestamp(), frame.direction, frame.message_id, frame.kind


def decoded(frame: FrameResource | None) -> Any:
    """The frame's JSON; None when it is none."""
    if frame is None:
        return None
    try:
        return msgspec.json.decode(frame.frame)
    except (msgspec.DecodeError, RecursionError):
        return None


def payload(frame: FrameResource | None) -> Any:
    """What a call or a result carries; None when it cannot be read."""
    whole = decoded(frame)
    if not isinstance(whole, list) or not whole:
        return None
    at = {CALL: 3, SEND: 3, RESULT: 2}.get(whole[0] if isinstance(whole[0], int) else 0)
    return harmless(whole[at]) if at is not None and len(whole) > at else None


def error_of(frame: FrameResource | None) -> tuple[str, str]:
    """Code and description of a CALLERROR."""
    whole = decoded(frame)
    if not isinstance(whole, list) or len(whole) < 3:
        return "", ""
    described = whole[3] if len(whole) > 3 and isinstance(whole[3], str) else ""
    return clean(str(whole[2])), clean(described)


def harmless(value: Any, depth: int = 0) -> Any:
    """A decoded value with all its texts made harmless: what was escaped on the wire is hostile again once decoded."""
    if isinstance(value, str):
        return clean(value, MOST_TEXT)
    if depth >= DEEPEST:
        return None
    if isinstance(value, dict):
        return {clean(str(key)): harmless(held, depth + 1) for key, held in value.items()}
    if isinstance(value, list):
        return [harmless(held, depth + 1) for held in value]
    return value
