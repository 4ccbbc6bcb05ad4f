"""What a replay tells of a time when the station was away: faults that we missed, and energy that flowed.

A late status cuts the offline stretch: faulted or unavailable from then, until a later one says otherwise. A late
session with energy proves that the outlet delivered (`DELIVERING`). A status alone does not make offline time up.
"""

from __future__ import annotations

from bisect import insort

from msgspec import Struct, field

from backend.model.clock import Instant
from backend.model.interval import Interval, Minutes
from backend.model.station import Connector
from backend.model.words import Activity
from backend.uptime.intervals import Span, merge, overlap, paint, union

AWAY_KEPT = 8
"""Offline stretches of an outlet that a replay may still change."""
MARKS_KEPT = 128
REMEMBERED_S = 900.0
"""A replay that was quiet for so long is over."""


class Mark(Struct, frozen=True, order=True):
    """What a late status said."""

    at: Instant
    kind: str
    detail: str = ""


class _Replay(Struct):
    marks: list[Mark] = field(default_factory=list)
    energy: list[Span] = field(default_factory=list)
    touched: float = 0.0
    written: dict[Span, list[Interval]] = field(default_factory=dict)


NOT_UP = frozenset({Activity.FAULTED, Activity.UNAVAILABLE})
"""Whatever else goes on, the outlet is up."""


def said_by(connector: Connector) -> tuple[Minutes, str]:
    """How a connector's status counts, and the word or code behind it."""
    if connector.activity is Activity.FAULTED:
        return Minutes.FAULTED, connector.faults[0].code if connector.faults else connector.status
    if connector.activity is Activity.UNAVAILABLE:
        return Minutes.UNAVAILABLE, ""
    return Minutes.UP, ""


class Replays:
    """The offline stretches of outlets, and what replays have told of them; bounded per outlet and in time."""

    def __init__(self) -> None:
        self._away: dict[tuple[str, int], tuple[Span, ...]] = {}
        self._replays: dict[tuple[str, int], _Replay] = {}

    def away(self, outlet: tuple[str, int], start: Instant, end: Instant) -> None:
        """An offline stretch is over."""
        self._away[outlet] = (*self._away.get(outlet, ()), (start, end))[-AWAY_KEPT:]

    def status(
        self, outlet: tuple[str, int], connector: Connector, at: Instant, now: float
    ) -> list[tuple[Span, list[Interval]]]:
        """A late status; what it changes: stretches, and the pieces that replace them."""
        kind, detail = said_by(connector)
        replay = self._replay(outlet, now)
        if replay is None or len(replay.marks) >= MARKS_KEPT:
            return []
        mark = Mark(at, kind.value, detail)
        if mark not in replay.marks:
            insort(replay.marks, mark)
        return self._changes(outlet, replay)

    def energy(
        self, outlet: tuple[str, int], start: Instant, end: Instant, now: float
    ) -> list[tuple[Span, list[Interval]]]:
        """Energy flowed in [start, end); what that changes."""
        replay = self._replay(outlet, now)
        if replay is None:
            return []
        replay.energy = union([*replay.energy, (start, end)])[-MARKS_KEPT:]
        return self._changes(outlet, replay)

    def forget(self, outlet: tuple[str, int]) -> None:
        """The outlet no longer counts."""
        self._away.pop(outlet, None)
        self._replays.pop(outlet, None)

    def tick(self, now: float) -> None:
        """Forget replays that are over; the offline stretches stay, for the next."""
        for outlet in [o for o, replay in self._replays.items() if now - replay.touched > REMEMBERED_S]:
            del self._replays[outlet]

    def _replay(self, outlet: tuple[str, int], now: float) -> _Replay | None:
        if outlet not in self._away:
            return None
        replay = self._replays.setdefault(outlet, _Replay())
        replay.touched = now
        return replay

    def _changes(self, outlet: tuple[str, int], replay: _Replay) -> list[tuple[Span, list[Interval]]]:
        changes = []
        for span in self._away[outlet]:
            pieces = _pieces(outlet, span, replay)
            offline = [_piece(outlet, *span, Minutes.OFFLINE)]
            if pieces != replay.written.get(span, offline):
                replay.written[span] = pieces
                changes.append((span, pieces))
        return changes


def _pieces(outlet: tuple[str, int], span: Span, replay: _Replay) -> list[Interval]:
    """An offline stretch as the replay tells it."""
    start, end = span
    pieces = [_piece(outlet, start, end, Minutes.OFFLINE)]
    marks = [mark for mark in replay.marks if mark.at < end]
    ends = [mark.at for mark in marks[1:]] + [end]
    for mark, until in zip(marks, ends, strict=False):
        if mark.kind != Minutes.UP.value:
            for begin, finish in overlap([(mark.at, until)], start, end):
                pieces = paint(pieces, _piece(outlet, begin, finish, Minutes(mark.kind), mark.detail))
    for begin, finish in overlap(replay.energy, start, end):
        pieces = paint(pieces, _piece(outlet, begin, finish, Minutes.DELIVERING))
    return merge(pieces)


def _piece(outlet: tuple[str, int], start: Instant, end: Instant, kind: Minutes, detail: str = "") -> Interval:
    return Interval(station=outlet[0], evse=outlet[1], start=start, end=end, kind=kind, detail=detail)
