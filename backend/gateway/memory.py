"""What the gateway remembers of a station, all of it bounded."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable

from msgspec import Struct

from backend.model.clock import Instant
from backend.model.deviation import Deviation
from backend.model.mask import MASK

MAX_QUIRKS = 64
MAX_EXAMPLE = 200
MAX_ANSWERED = 16
MAX_ERRORS = 32
MAX_PROBLEMS = 64
MAX_TOLD = 8
LEAST_TOLD = 8
"""Characters of a secret that is recognised wherever it stands; a PIN of four would be found in every meter."""
POISON = 3
"""The repetition of an unchanged frame that is answered with a plain result."""


class Answered(Struct, gc=False):
    """A call of a station and what it was answered; None while the answer waits for the disk."""

    digest: int
    text: str | None = None


class Recent:
    """The last calls by message id, for repetitions. An id used again for something else is a new message."""

    __slots__ = ("by_id",)

    def __init__(self) -> None:
        self.by_id: dict[str, Answered] = {}

    def same(self, message_id: str, digest: int) -> Answered | None:
        """The earlier call of which this one is a repetition."""
        found = self.by_id.get(message_id)
        return found if found is not None and found.digest == digest else None

    def note(self, message_id: str, digest: int) -> Answered:
        by_id = self.by_id
        if message_id in by_id:
            del by_id[message_id]
        elif len(by_id) >= MAX_ANSWERED:
            del by_id[next(iter(by_id))]
        made = by_id[message_id] = Answered(digest)
        return made

    def forget(self, message_id: str) -> None:
        self.by_id.pop(message_id, None)


class Memory:
    """What outlives a connection."""

    __slots__ = (
        "_new",
        "_odd",
        "_station",
        "changed",
        "deviations",
        "key_form",
        "no_ping",
        "paid_until",
        "ponged",
        "problems",
        "recent",
        "told",
    )

    def __init__(
        self, new: Callable[[str], None] | None = None, station: str = "", odd: dict[str, Memory] | None = None
    ) -> None:
        """`new` is called with the name of a deviation that was never seen before; in `odd` are those with something
        that is not written."""
        self._new = new
        self._station = station
        self._odd = {} if odd is None else odd
        self.deviations: dict[str, Deviation] = {}
        """How this station broke the standard, by the deviation's name."""
        self.changed: set[str] = set()
        """Those of them that are not written."""
        self.key_form = ""
        """How it showed its key last: `raw`, `hex`, or empty."""
        self.ponged = False
        """It has answered a ping."""
        self.no_ping = False
        """It never did, and is not asked again (field lesson 4)."""
        self.problems: dict[str, str] = {}
        """2.x: the code under which a component's problem was raised."""
        self.recent: Recent | None = None
        """2.1: ids are unique over connections."""
        self.told: tuple[bytes, ...] = ()
        """The last secrets that we sent it, lest it says them again in a text of its own."""
        self.paid_until = 0.0
        """Until when, by the monotonic clock, its share covers what it has sent."""

    def tell(self, secrets: Iterable[str]) -> None:
        """A call with secrets goes out."""
        long = [secret for secret in secrets if len(secret) >= LEAST_TOLD and not secret.isdigit()]
        told = [form.encode() for secret in long for form in (json.dumps(secret)[1:-1], secret)]
        if told:
            self.told = tuple(dict.fromkeys((*told, *self.told)))[:MAX_TOLD]

    def without_told(self, data: bytes) -> bytes:
        """A message without the secrets that we told this station."""
        for secret in self.told:
            if secret in data:
                data = data.replace(secret, MASK.encode())
        return data

    def ahead_s(self, monotonic: float) -> float:
        """How far it is ahead of its share."""
        return self.paid_until - monotonic

    def spend(self, monotonic: float, seconds: float) -> float:
        """Count what takes so much of its share; how far it is ahead now."""
        self.paid_until = max(self.paid_until, monotonic) + seconds
        return self.paid_until - monotonic

    def count(self, deviations: Iterable[str], at: Instant, example: str = "") -> None:
        held = self.deviations
        for name in deviations:
            found = held.get(name)
            if found is None:
                if len(held) >= MAX_QUIRKS:
                    continue
                found = held[name] = Deviation(
                    station=self._station, name=name, first=at, example=example[:MAX_EXAMPLE]
                )
                if self._new is not None:
                    self._new(name)
            found.count += 1
            found.last = at
            self.changed.add(name)
        if self.changed:
            self._odd[self._station] = self


class Failures:
    """The frames of one connection that got an error, for those that are repeated for ever."""

    __slots__ = ("_times",)

    def __init__(self) -> None:
        self._times: dict[int, int] | None = None

    def count(self, digest: int) -> int:
        """Count an error answer to a frame; how many times the same frame got one, this one included."""
        if self._times is None:
            self._times = {}
        times = self._times.pop(digest, 0) + 1
        if len(self._times) >= MAX_ERRORS:
            del self._times[next(iter(self._times))]
        self._times[digest] = times
        return times
