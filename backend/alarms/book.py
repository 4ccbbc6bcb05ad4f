"""The book of alarms: what is open, what was so lately, and a line of history for everything that happens to one."""

from __future__ import annotations

import heapq
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Protocol

from backend.alarms import lifecycle
from backend.alarms.conditions import Cause, Key
from backend.alarms.rate import Rate
from backend.model.alarm import Alarm, AlarmEntry
from backend.model.clock import Clock, Instant
from backend.model.ports import Journal
from backend.model.words import AlarmState

MAX_OPEN = 100_000
MAX_CLOSED = 10_000
"""Alarms remembered after they were normal, so that the next occurrence is counted on the same one."""
RECURS_S = 24 * 3600.0
CHATTER_S = 60.0
CHATTER_COUNT = 3
"""Chattering: that many activations in a minute (ISA-18.2), or ..."""
CHATTER_SLOW_S = 300.0
CHATTER_SLOW_COUNT = 5
"""... that many in five minutes: a contact that toggles every 20 s is one that a person need not watch."""
CALM_S = 600.0
STALE_S = 24 * 3600.0


class Surroundings(Protocol):
    """What suppresses an alarm by design."""

    def parent(self, cause: Cause) -> int | None:
        """The alarm that tells it already."""
        ...

    def out_of_service(self, cause: Cause) -> bool:
        """Whether its source is out of use by agreement."""
        ...


class Book:
    """Implements `conditions.Outcome`: turns causes into alarms."""

    def __init__(self, clock: Clock, journal: Journal | None, next_id: int, around: Surroundings) -> None:
        self.open: dict[int, Alarm] = {}
        self.on_change: list[Callable[[Alarm], None]] = []
        self.rate = Rate()
        self.refused = 0
        """Alarms that found no room."""
        self._clock = clock
        self._journal = journal
        self._next_id = next_id
        self._around = around
        self._ids: dict[Key, int] = {}
        self._keys: dict[int, Key] = {}
        self._closed: OrderedDict[Key, Alarm] = OrderedDict()
        self._activations: dict[Key, deque[Instant]] = {}
        self._of_station: dict[str, set[int]] = {}
        self._children: dict[int, set[int]] = {}
        self._chattering: set[int] = set()
        self._stale: list[tuple[Instant, int]] = []
        self._ageing: set[int] = set()

    # -- look-ups --------------------------------------------------------------------------------------------

    def find(self, key: Key) -> Alarm | None:
        """The open alarm of a cause."""
        number = self._ids.get(key)
        return self.open[number] if number is not None else None

    def key(self, alarm: int) -> Key:
        """The cause of an open alarm."""
        return self._keys[alarm]

    def of_station(self, station: str) -> list[Alarm]:
        """The open alarms of a station and its outlets, worst first."""
        found = [self.open[number] for number in self._of_station.get(station.casefold(), ())]
        return sorted(found, key=lambda alarm: (alarm.severity, alarm.since))

    def children(self, parent: int) -> list[int]:
        """The open alarms that a parent suppresses."""
        return sorted(self._children.get(parent, ()))

    # -- conditions.Outcome ----------------------------------------------------------------------------------

    def raised(self, cause: Cause, since: Instant) -> None:
        alarm = self.find(cause.key)
        again = alarm is not None
        if alarm is None:
            alarm = self._reopened(cause.key, since) or self._new(cause, since)
            if alarm is None:
                return
        else:
            lifecycle.come(alarm, since)
        self._take(alarm, cause)
        chatters = self._activated(alarm, cause.key, since)
        self._adopt(alarm, self._around.parent(cause))
        lifecycle.settle(alarm)
        self._watch_age(alarm)
        if alarm.state is AlarmState.UNACKNOWLEDGED:
            self.rate.add(self._clock.now())
        if not chatters:
            self.write(alarm, "repeated" if again else "raised", since, text=alarm.info)
        self.changed_alarm(alarm)

    def repeated(self, cause: Cause, at: Instant) -> None:
        alarm = self.find(cause.key)
        if alarm is None:
            return
        alarm.count += 1
        self._take(alarm, cause)
        if not self._activated(alarm, cause.key, at):
            self.write(alarm, "repeated", at, text=alarm.info)
        self.changed_alarm(alarm)

    def changed(self, cause: Cause) -> None:
        alarm = self.find(cause.key)
        if alarm is not None:
            self._take(alarm, cause)
            self.changed_alarm(alarm)

    def returned(self, key: Key, at: Instant) -> None:
        alarm = self.find(key)
        if alarm is None or not alarm.active:
            return
        lifecycle.go(alarm, at)
        what = "normal" if alarm.state is AlarmState.NORMAL else "returned"
        self.write(alarm, what, at)
        self.changed_alarm(alarm)

    # -- what else happens to alarms -------------------------------------------------------------------------

    def adopt(self, alarm: Alarm, parent: int) -> None:
        """A parent tells it from now on."""
        if alarm.parent == parent:
            return
        self._adopt(alarm, parent)
        lifecycle.settle(alarm)
        self.write(alarm, "suppressed", self._clock.now(), text=str(parent))
        self.changed_alarm(alarm)

    def surface(self, number: int) -> None:
        """Its parent is over; the cause is still there."""
        alarm = self.open.get(number)
        if alarm is None or alarm.parent is None:
            return
        self._adopt(alarm, None)
        lifecycle.settle(alarm)
        if alarm.state is AlarmState.UNACKNOWLEDGED:
            self.rate.add(self._clock.now())
        self.write(alarm, "unsuppressed", self._clock.now())
        self.changed_alarm(alarm)

    def place(self, alarm: Alarm, site: str | None, *, out_of_service: bool) -> None:
        """The register has changed around it."""
        flagged = lifecycle.OUT_OF_SERVICE in alarm.flags
        if alarm.site == site and flagged == out_of_service:
            return
        alarm.site = site
        if out_of_service:
            alarm.flags.add(lifecycle.OUT_OF_SERVICE)
        else:
            alarm.flags.discard(lifecycle.OUT_OF_SERVICE)
        lifecycle.settle(alarm)
        self.changed_alarm(alarm)

    def restore(self, alarm: Alarm, key: Key) -> None:
        """Take up an alarm that was open before a restart."""
        self._next_id = max(self._next_id, alarm.id + 1)
        self._put(alarm, key)
        self._adopt(alarm, alarm.parent)
        if lifecycle.CHATTERING in alarm.flags:
            self._chattering.add(alarm.id)
        if alarm.active:
            self._watch_age(alarm)

    def reinstate(self, alarm: Alarm, key: Key) -> bool:
        """Open an alarm again that an acknowledgement closed. False: its cause has come again meanwhile."""
        if alarm.id in self.open:
            return True
        if key in self._ids:
            return False
        self._closed.pop(key, None)
        self._put(alarm, key)
        return True

    def write(self, alarm: Alarm, what: str, at: Instant, *, who: str | None = None, text: str = "") -> None:
        """One line of its history."""
        if self._journal is not None:
            self._journal.alarm_entry(AlarmEntry(alarm=alarm.id, at=at, what=what, who=who, text=text))

    def changed_alarm(self, alarm: Alarm) -> None:
        """Keep it and tell of it; one that is normal leaves the list."""
        if alarm.state is AlarmState.NORMAL:
            self._close(alarm)
        if self._journal is not None:
            self._journal.alarm(alarm)
        for listener in self.on_change:
            listener(alarm)

    def tick(self, now: Instant) -> None:
        """Let flags come and go."""
        self.rate.tick(now)
        while self._stale and self._stale[0][0] <= now:
            _, number = heapq.heappop(self._stale)
            self._ageing.discard(number)
            alarm = self.open.get(number)
            if alarm is None or not alarm.active:
                continue
            if now - alarm.since >= STALE_S:
                alarm.flags.add(lifecycle.STALE)
                self.changed_alarm(alarm)
            else:
                self._watch_age(alarm)
        for number in [number for number in self._chattering if self._is_calm(number, now)]:
            self._chattering.discard(number)
            alarm = self.open[number]
            alarm.flags.discard(lifecycle.CHATTERING)
            self.changed_alarm(alarm)

    # -- inside ----------------------------------------------------------------------------------------------

    def _reopened(self, key: Key, since: Instant) -> Alarm | None:
        alarm = self._closed.pop(key, None)
        if alarm is None or since - (alarm.cleared or alarm.since) > RECURS_S:
            self._activations.pop(key, None)
            return None
        lifecycle.reopen(alarm, since)
        self._put(alarm, key)
        return alarm

    def _new(self, cause: Cause, since: Instant) -> Alarm | None:
        if len(self.open) >= MAX_OPEN and cause.key.rule != "overflow":
            self.refused += 1
            return None
        alarm = Alarm(
            id=self._next_id,
            rule=cause.key.rule,
            code=cause.key.code,
            source=cause.key.source,
            station=cause.station,
            evse=cause.evse,
            site=cause.site,
            severity=cause.severity,
            state=AlarmState.UNACKNOWLEDGED,
            active=True,
            since=since,
            raised=since,
        )
        self._next_id += 1
        self._put(alarm, cause.key)
        return alarm

    def _take(self, alarm: Alarm, cause: Cause) -> None:
        """What the alarm says follows its cause."""
        alarm.info = cause.info
        alarm.vendor_code = cause.vendor_code
        alarm.values = dict(cause.values)
        alarm.site = cause.site
        alarm.flags |= cause.flags
        if self._around.out_of_service(cause):
            alarm.flags.add(lifecycle.OUT_OF_SERVICE)
        else:
            alarm.flags.discard(lifecycle.OUT_OF_SERVICE)
        before = alarm.severity
        if lifecycle.regrade(alarm, cause.severity):
            text = f"S{before.value} → S{cause.severity.value}"
            self.write(alarm, "severity", self._clock.now(), text=text)

    def _activated(self, alarm: Alarm, key: Key, at: Instant) -> bool:
        """Count an activation; whether the alarm chattered before this one already."""
        times = self._activations.setdefault(key, deque(maxlen=CHATTER_SLOW_COUNT))
        times.append(at)
        before = lifecycle.CHATTERING in alarm.flags
        fast = sum(1 for moment in times if at - moment < CHATTER_S) >= CHATTER_COUNT
        slow = len(times) == CHATTER_SLOW_COUNT and at - times[0] < CHATTER_SLOW_S
        if (fast or slow) and not before:
            alarm.flags.add(lifecycle.CHATTERING)
            self._chattering.add(alarm.id)
            self.write(alarm, "chattering", at)
        return before

    def _is_calm(self, number: int, now: Instant) -> bool:
        """Whether a chattering alarm has stood still for a while; one that returned keeps the flag: it tells why."""
        alarm = self.open.get(number)
        if alarm is None or not alarm.active:
            return False
        times = self._activations.get(self._keys[number])
        return times is None or not times or now - times[-1] >= CALM_S

    def _watch_age(self, alarm: Alarm) -> None:
        if alarm.id not in self._ageing:
            self._ageing.add(alarm.id)
            heapq.heappush(self._stale, (alarm.since + STALE_S, alarm.id))

    def _adopt(self, alarm: Alarm, parent: int | None) -> None:
        if alarm.parent is not None:
            siblings = self._children.get(alarm.parent, set())
            siblings.discard(alarm.id)
            if not siblings:
                self._children.pop(alarm.parent, None)
        alarm.parent = parent
        if parent is not None:
            self._children.setdefault(parent, set()).add(alarm.id)

    def _put(self, alarm: Alarm, key: Key) -> None:
        self.open[alarm.id] = alarm
        self._ids[key] = alarm.id
        self._keys[alarm.id] = key
        if alarm.station is not None:
            self._of_station.setdefault(alarm.station.casefold(), set()).add(alarm.id)

    def _close(self, alarm: Alarm) -> None:
        if self.open.pop(alarm.id, None) is None:
            return
        key = self._keys.pop(alarm.id)
        del self._ids[key]
        self._chattering.discard(alarm.id)
        if alarm.station is not None:
            siblings = self._of_station[alarm.station.casefold()]
            siblings.discard(alarm.id)
            if not siblings:
                del self._of_station[alarm.station.casefold()]
        self._adopt(alarm, None)
        self._closed[key] = alarm
        while len(self._closed) > MAX_CLOSED:
            evicted, _ = self._closed.popitem(last=False)
            self._activations.pop(evicted, None)
