"""Causes that come and go, and the delays between them and their alarms (on-delay, off-delay; ISA-18.2).

Delays run on the monotonic clock: a wrong time of day neither raises nor clears anything.
"""

from __future__ import annotations

import heapq
from typing import NamedTuple, Protocol

from msgspec import Struct, field

from backend.model.clock import Clock, Instant
from backend.model.words import Severity


class Key(NamedTuple):
    """What makes two occurrences the same alarm."""

    rule: str
    source: str
    code: str = ""
    variant: str = ""


class Cause(Struct, frozen=True, kw_only=True):
    """All that an alarm is made of."""

    key: Key
    severity: Severity
    station: str | None = None
    evse: int | None = None
    site: str | None = None
    info: str = ""
    vendor_code: str = ""
    values: dict[str, str] = field(default_factory=dict)
    flags: frozenset[str] = frozenset()
    on_delay_s: float = 0.0
    off_delay_s: float = 0.0
    hold_s: float | None = None
    """An event: it counts as present that long after it was seen last."""
    momentary: bool = False


class Outcome(Protocol):
    """What becomes of causes: the book of alarms."""

    def raised(self, cause: Cause, since: Instant) -> None:
        """The cause has lasted long enough."""
        ...

    def repeated(self, cause: Cause, at: Instant) -> None:
        """It came again before its alarm had returned."""
        ...

    def changed(self, cause: Cause) -> None:
        """It is still there, and looks different."""
        ...

    def returned(self, key: Key, at: Instant) -> None:
        """It has been gone long enough; `at` is when it went."""
        ...


class _Condition(Struct):
    cause: Cause
    since: Instant
    """When it came, or when it went."""
    present: bool = True
    raised: bool = False
    timer: int = 0
    """The number of the timer that counts; an earlier one that fires late is ignored."""


class Conditions:
    """Every cause that is present, or was a moment ago."""

    def __init__(self, clock: Clock, outcome: Outcome) -> None:
        self._clock = clock
        self._outcome = outcome
        self._of: dict[Key, _Condition] = {}
        self.by_rule: dict[str, int] = {}
        """How many causes of each rule there are, present or just gone; a rule without any is not in it."""
        self._timers: list[tuple[float, int, Key]] = []
        self._timer = 0

    def __contains__(self, key: Key) -> bool:
        return key in self._of

    def __len__(self) -> int:
        return len(self._of)

    def present(self, key: Key) -> bool:
        """Whether the cause is there now, alarmed or not."""
        found = self._of.get(key)
        return found is not None and found.present

    def is_raised(self, key: Key) -> bool:
        """Whether the cause has an alarm that has not returned."""
        found = self._of.get(key)
        return found is not None and found.raised

    def set(self, cause: Cause, at: Instant) -> None:
        """The cause is there, since `at`."""
        found = self._of.get(cause.key)
        if found is None:
            found = self._hold(cause, at)
            self._wait(found, at, cause.on_delay_s)
        elif not found.present:
            found.cause = cause
            found.present = True
            found.since = at
            found.timer = 0
            self._outcome.repeated(cause, at)
        elif cause.momentary and found.raised:
            found.cause = cause
            self._outcome.repeated(cause, at)
        elif found.cause != cause:
            found.cause = cause
            if found.raised:
                self._outcome.changed(cause)
        if cause.hold_s is not None and found.raised:
            self._arm(found, cause.hold_s)

    def gone(self, key: Key, at: Instant) -> None:
        """The cause is no longer there, since `at`; one that never had an alarm leaves no trace."""
        found = self._of.get(key)
        if found is None or not found.present:
            return
        if not found.raised:
            self._drop(key)
            return
        found.present = False
        found.since = at
        self._wait(found, at, found.cause.off_delay_s)

    def force(self, key: Key) -> None:
        """End the on-delay of a cause that is there: a parent alarm tells it already."""
        found = self._of.get(key)
        if found is not None and found.present and not found.raised:
            self._fire(found)

    def forget(self, key: Key) -> None:
        """The cause ends here and now, whatever its delay."""
        found = self._drop(key)
        if found is not None and found.raised:
            self._outcome.returned(key, self._clock.now())

    def restore(self, cause: Cause, since: Instant) -> None:
        """Take up a cause whose alarm is open since before a restart."""
        found = self._hold(cause, since)
        found.raised = True
        if cause.hold_s is not None:
            self._arm(found, cause.hold_s)

    def tick(self, until: float) -> None:
        """Let the delays that are over take effect, in slices: until that moment of the monotonic clock."""
        while self._timers and self._timers[0][0] <= (now := self._clock.monotonic()) and now <= until:
            _, number, key = heapq.heappop(self._timers)
            found = self._of.get(key)
            if found is None or found.timer != number:
                continue
            if found.present and found.raised:
                found.present = False
                found.since = self._clock.now()
            self._fire(found)

    def _hold(self, cause: Cause, since: Instant) -> _Condition:
        rule = cause.key.rule
        if cause.key not in self._of:
            self.by_rule[rule] = self.by_rule.get(rule, 0) + 1
        found = self._of[cause.key] = _Condition(cause, since)
        return found

    def _drop(self, key: Key) -> _Condition | None:
        found = self._of.pop(key, None)
        if found is not None:
            left = self.by_rule[key.rule] - 1
            if left:
                self.by_rule[key.rule] = left
            else:
                del self.by_rule[key.rule]
        return found

    def _wait(self, condition: _Condition, at: Instant, delay_s: float) -> None:
        """Take effect after the delay, counted from `at`; at once where it is over."""
        left = delay_s - max(0.0, self._clock.now() - at)
        if left <= 0:
            self._fire(condition)
        else:
            self._arm(condition, min(left, delay_s))

    def _arm(self, condition: _Condition, delay_s: float) -> None:
        self._timer += 1
        condition.timer = self._timer
        heapq.heappush(self._timers, (self._clock.monotonic() + delay_s, self._timer, condition.cause.key))
        if len(self._timers) > 64 + 4 * len(self._of):
            self._timers = [timer for timer in self._timers if self._counts(timer)]
            heapq.heapify(self._timers)

    def _counts(self, timer: tuple[float, int, Key]) -> bool:
        found = self._of.get(timer[2])
        return found is not None and found.timer == timer[1]

    def _fire(self, condition: _Condition) -> None:
        condition.timer = 0
        if condition.present:
            condition.raised = True
            if condition.cause.hold_s is not None:
                self._arm(condition, condition.cause.hold_s)
            self._outcome.raised(condition.cause, condition.since)
        else:
            self._drop(condition.cause.key)
            self._outcome.returned(condition.cause.key, condition.since)
