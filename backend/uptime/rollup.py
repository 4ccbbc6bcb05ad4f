"""Roll-ups: how many seconds of which kind an outlet had up to the begin of a day.

A *mark* is that sum, from the outlet's first stretch to a moment, and the stretch that lasts then. A report over a
year is the mark at its end less the mark at its begin, however much happened in between; where a report begins or ends
within a day, what lies between it and the nearest mark is added or taken off, stretch by stretch. So the result is the
same as from the stretches alone, but for roundings far below a second, for every formula.

Marks stand at the begin of local days (23 to 25 hours apart): every day for five weeks, every seventh before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct, field

from backend.model.clock import Instant
from backend.model.interval import Interval
from backend.uptime.formulas import Tally, word_of

DAILY = 35
"""Days of which each has a mark."""
EVERY = 7
LEAST_S = 1e-5
"""Below it a sum is the rounding of others."""
_NEVER = float("-inf")


class Mark(Struct, array_like=True, frozen=True, gc=False):
    """One outlet at one moment."""

    seconds: dict[str, float] = field(default_factory=dict)
    """By `word_of` kind and detail."""
    lasting: str = ""
    """The kind of the stretch that began before this moment and lasts beyond it; empty: none does."""
    since: Instant = 0.0
    """When that began."""


EMPTY = Mark()
encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder(Mark).decode


def mark_days(first: Instant, last: Instant, zone: str) -> list[Instant]:
    """When marks are due within [first, last], ascending: local midnights, each of the last five weeks, every seventh
    before."""
    where = ZoneInfo(zone)
    day = datetime.fromtimestamp(first, where).replace(hour=0, minute=0, second=0, microsecond=0)
    newest = datetime.fromtimestamp(last, where).toordinal()
    found = []
    while (moment := day.astimezone(UTC).timestamp()) <= last:
        if moment >= first and (newest - day.toordinal() < DAILY or day.toordinal() % EVERY == 0):
            found.append(moment)
        day += timedelta(days=1)
    return found


def marks_at(
    intervals: Sequence[Interval], bounds: Sequence[Instant], begin: Instant = _NEVER, before: Mark = EMPTY
) -> list[Mark] | None:
    """The marks of one outlet at `bounds`, ascending.

    Args:
        intervals: those that touch [begin, last bound), ascending.
        begin: of what is counted on from; `before` is the mark there.

    Returns None where stretches overlap: then no sum is true.
    """
    seconds = dict(before.seconds)
    found = []
    at, i = begin, 0
    reached = _NEVER
    for bound in bounds:
        lasting: Interval | None = None
        while i < len(intervals) and intervals[i].start < bound:
            one = intervals[i]
            end = float("inf") if one.end is None else one.end
            if one.start < reached:
                return None
            gained = min(end, bound) - max(one.start, at)
            if gained > 0:
                key = word_of(one.kind, one.detail)
                seconds[key] = seconds.get(key, 0.0) + gained
            if end > bound:
                lasting = one
                break
            reached = end
            i += 1
        at = bound
        if lasting is None:
            found.append(Mark(dict(seconds)))
        else:
            found.append(Mark(dict(seconds), word_of(lasting.kind, lasting.detail), lasting.start))
    return found


class Edge:
    """The sums of all outlets up to one moment: a mark, and what happened between the mark and the moment.

    `stretches` tells what `take` is to be given, in any order: those that ended in a span, and those still open.
    """

    def __init__(self, moment: Instant, days: Sequence[Instant]) -> None:
        """
        Args:
            days: when there are marks, ascending; not empty.
        """
        self.moment = moment
        later = [day for day in days if day >= moment]
        self.backward = bool(later)
        self.day = later[0] if later else days[-1]
        self._changes: dict[tuple[str, int], dict[str, float]] = {}
        self._ended: set[tuple[str, int]] = set()
        self._seen: set[tuple[str, int, Instant]] = set()

    @property
    def span(self) -> tuple[Instant, Instant]:
        """Stretches that ended within it matter: after its begin, up to its end."""
        return (self.moment, self.day) if self.backward else (self.day, float("inf"))

    @property
    def open_from(self) -> Instant | None:
        """Open stretches that began then or later matter; None: none does."""
        return None if self.backward else self.day

    def take(self, station: str, evse: int, start: Instant, end: Instant | None, key: str) -> None:
        """One stretch of the span, or an open one; one that ended while it was read may come as both."""
        outlet = (station, evse)
        until = float("inf") if end is None else end
        if self.backward:
            gained = -(until - max(start, self.moment))
        else:
            if (station, evse, start) in self._seen:
                return
            self._seen.add((station, evse, start))
            if start < self.day:
                self._ended.add(outlet)
            gained = min(until, self.moment) - max(start, self.day)
            if gained <= 0:
                return
        held = self._changes.get(outlet)
        if held is None:
            self._changes[outlet] = {key: gained}
        else:
            held[key] = held.get(key, 0.0) + gained

    def outlets(self) -> Iterable[tuple[str, int]]:
        """Those of which stretches were taken."""
        return self._changes

    def add_to(self, sums: dict[str, float], outlet: tuple[str, int], mark: Mark, sign: float) -> None:
        """Add to `sums`, or with a `sign` of -1 take off, what an outlet's mark at `day` lacks so that it tells of the
        moment; EMPTY: it has none."""
        held = self._changes.get(outlet)
        if held is not None:
            for key, value in held.items():
                sums[key] = sums.get(key, 0.0) + sign * value
        lasting = mark.lasting
        if not lasting:
            return
        if self.backward:
            since = mark.since
            sums[lasting] = sums.get(lasting, 0.0) + sign * (max(self.moment, since) - self.day)
        elif outlet not in self._ended:
            sums[lasting] = sums.get(lasting, 0.0) + sign * (self.moment - self.day)


def between(begin: Edge, first: Mark, end: Edge, last: Mark, outlet: tuple[str, int]) -> Tally:
    """What an outlet had between two moments; `first` and `last` are its marks at the days of the two."""
    sums = last.seconds.copy()
    for key, value in first.seconds.items():
        sums[key] = sums.get(key, 0.0) - value
    end.add_to(sums, outlet, last, 1.0)
    begin.add_to(sums, outlet, first, -1.0)
    return Tally({key: value for key, value in sums.items() if value > LEAST_S})
