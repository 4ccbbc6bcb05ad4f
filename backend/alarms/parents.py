"""One cause that silences many stations is one alarm (domain.md 3.1, A10-A12).

A site is dark when half of its stations - at least three; all, where there are fewer - went silent within five
minutes of each other; the network, when half of all stations did. The alarms of the members are then suppressed; they
surface when the parent clears first. A site clears when four fifths of its stations are back.
"""

from __future__ import annotations

import math
from collections import OrderedDict, deque
from collections.abc import Mapping

from backend.alarms.book import Book
from backend.alarms.conditions import Cause, Conditions, Key
from backend.alarms.places import Places
from backend.alarms.rules import Rule
from backend.model.alarm import Alarm
from backend.model.clock import Clock, Instant
from backend.model.words import Severity

TOGETHER_S = 300.0
SHARE = 0.5
FEWEST = 3
BACK_SHARE = 0.8
NEWS_SHARE = 0.02
"""How much a dark site's count must change to be told again: hundreds of stations at one site are no flood."""
NETWORK = Key("network_dark", "network")
NETWORK_FEWEST = 30


def needed(stations: int) -> int:
    """How many of a site's stations must go silent together; 0: it is too small to tell."""
    if stations < FEWEST:
        return stations if stations == 2 else 0
    return max(FEWEST, math.ceil(stations * SHARE))


def first_of(moments: list[Instant], count: int) -> Instant | None:
    """When the first `count` of them that lie within five minutes began; None: there are no such.

    Args:
        moments: in ascending order.
        count: 1 or more.
    """
    for begin, end in zip(moments, moments[count - 1 :], strict=False):
        if end - begin <= TOGETHER_S:
            return begin
    return None


class Parents:
    """Watches links come and go, and raises the alarms above theirs."""

    def __init__(
        self, clock: Clock, places: Places, conditions: Conditions, book: Book, rules: Mapping[str, Rule]
    ) -> None:
        self._clock = clock
        self._places = places
        self._conditions = conditions
        self._book = book
        self._rules = rules
        self._lost: dict[str, dict[str, Instant]] = {}
        self._site_of: dict[str, str] = {}
        self._dark: dict[str, int] = {}
        self._told: dict[str, int] = {}
        self._network: int | None = None
        self._connected: set[str] = set()
        self._silent: OrderedDict[str, Instant] = OrderedDict()
        self._most_silent = 0
        self._leaving: deque[tuple[int, int]] = deque()
        """(child, parent): the parent is over."""
        self._waiting_sites: deque[str] = deque()
        self._adopting: deque[int] = deque()

    # -- links -----------------------------------------------------------------------------------------------

    def lost(self, station: str, at: Instant, grace_s: float | None = None) -> None:
        """A station went silent. With `grace_s` its site waits that long before it counts as dark."""
        if grace_s is None and station in self._connected:
            self._connected.discard(station)
            self._silent[station] = at
            self._judge_network(at)
        site = self._places.site_of(station)
        if site is not None and not self._places.out_of_service(station, None):
            self._site_of[station] = site
            self._lost.setdefault(site, {})[station] = at
            self._judge_site(site, self._clock.now(), grace_s)
            if site in self._dark:
                self._conditions.force(Key("offline", station))

    def back(self, station: str, at: Instant) -> None:
        """A station is connected again."""
        self._connected.add(station)
        site = self._site_of.pop(station, None)
        if site is not None:
            members = self._lost.get(site, {})
            members.pop(station, None)
            self._judge_site(site, at, None)
            if not members:
                self._lost.pop(site, None)
        if self._silent.pop(station, None) is not None:
            self._judge_network(at)

    def forget(self, station: str) -> None:
        """The station no longer counts: it left the register, or is not admitted."""
        self.back(station, self._clock.now())
        self._connected.discard(station)

    # -- what the book asks, and tells -----------------------------------------------------------------------

    def parent(self, cause: Cause) -> int | None:
        """The alarm that tells of this one already."""
        if cause.key.rule == "offline" and cause.site is not None and cause.site in self._dark:
            return self._dark[cause.site]
        return self._network if cause.key.rule in ("offline", "site_dark") else None

    def opened(self, alarm: Alarm) -> None:
        """A parent alarm was raised: its members' alarms are suppressed, those of a site at once, those of the network,
        which may be thousands, at the next ticks."""
        self._leaving = deque(one for one in self._leaving if one[1] != alarm.id)
        if alarm.rule == NETWORK.rule:
            self._network = alarm.id
            self._waiting_sites.extend(self._lost)
            self._adopting.extend(self._book.open)
            return
        self._dark[alarm.source] = alarm.id
        for station in list(self._lost.get(alarm.source, {})):
            key = Key("offline", station)
            self._conditions.force(key)
            child_of_site = self._book.find(key)
            if child_of_site is not None:
                self._adopt(child_of_site, alarm.id)

    def closed(self, alarm: Alarm) -> None:
        """A parent alarm returned: at the next ticks what is still silent surfaces; what is back is over without a
        word."""
        if alarm.rule == NETWORK.rule:
            self._network = None
            self._waiting_sites.clear()
            self._adopting.clear()
            for site in list(self._lost):
                self._judge_site(site, self._clock.now(), None)
        else:
            self._dark.pop(alarm.source, None)
        self._leaving.extend((number, alarm.id) for number in self._book.children(alarm.id))

    def restore(self, alarm: Alarm) -> None:
        """Take up an alarm that was open before a restart."""
        if not alarm.active:
            return
        if alarm.rule == NETWORK.rule:
            self._network = alarm.id
        elif alarm.rule == "site_dark":
            self._dark[alarm.source] = alarm.id
        elif alarm.rule == "offline" and alarm.site is not None:
            self._site_of[alarm.source] = alarm.site
            self._lost.setdefault(alarm.site, {})[alarm.source] = alarm.since

    def tick(self, until: float) -> None:
        """Take children in and let them surface, in slices: until that moment of the monotonic clock."""
        while self._waiting_sites and self._clock.monotonic() <= until:
            site = self._waiting_sites.popleft()
            if site not in self._dark:
                self._conditions.gone(Key("site_dark", site), self._clock.now())
        while self._adopting and self._clock.monotonic() <= until:
            child = self._book.open.get(self._adopting.popleft())
            if child is not None and (child.source in self._silent or child.source in self._dark):
                self._adopt(child, self._network)
        while self._leaving and self._clock.monotonic() <= until:
            self._leave(*self._leaving.popleft())

    # -- judgement -------------------------------------------------------------------------------------------

    def _judge_site(self, site: str, now: Instant, grace_s: float | None) -> None:
        key = Key("site_dark", site)
        members = self._lost.get(site, {})
        total = self._places.stations(site)
        present = self._conditions.present(key)
        begin = now
        if self._conditions.is_raised(key):
            dark = len(members) > (1.0 - BACK_SHARE) * total
        elif present:
            dark = len(members) >= needed(total)
        else:
            begin = self._dark_since(members, needed(total))
            dark = begin > 0
        if not dark:
            self._told.pop(site, None)
            self._conditions.gone(key, now)
        elif not present or abs(len(members) - self._told.get(site, 0)) > NEWS_SHARE * total:
            self._told[site] = len(members)
            self._conditions.set(self._site_cause(key, members, total, grace_s), begin)

    def _dark_since(self, members: Mapping[str, Instant], need: int) -> Instant:
        """0: the site is not dark."""
        if not 0 < need <= len(members) or self._network is not None:
            return 0.0
        return first_of(sorted(members.values()), need) or 0.0

    def _site_cause(self, key: Key, members: Mapping[str, Instant], total: int, grace_s: float | None) -> Cause:
        rule = self._rules["site_dark"]
        outlets = [self._places.outlets(station) for station in members]
        all_outlets = self._places.outlets_at(key.source)
        by_outlets = all_outlets > 0 and all(outlets)
        fast = any(self._places.is_dc(station) for station in members)
        return Cause(
            key=key,
            severity=Severity.S1 if fast else Severity.S2,
            site=key.source,
            values={
                "n": str(sum(outlets) if by_outlets else len(members)),
                "of": str(all_outlets if by_outlets else total),
                "unit": "outlets" if by_outlets else "stations",
                "stations": str(len(members)),
            },
            on_delay_s=rule.on_delay_s if grace_s is None else grace_s,
            off_delay_s=rule.off_delay_s,
        )

    def _judge_network(self, at: Instant) -> None:
        silent = self._silent
        if self._conditions.is_raised(NETWORK):
            self._most_silent = max(self._most_silent, len(silent))
            if len(silent) <= (1.0 - BACK_SHARE) * self._most_silent:
                self._conditions.gone(NETWORK, at)
            elif not self._conditions.present(NETWORK):
                self._conditions.set(self._network_cause(), at)
            return
        while silent and next(iter(silent.values())) < at - TOGETHER_S:
            silent.popitem(last=False)
        if len(silent) < max(NETWORK_FEWEST, SHARE * (len(silent) + len(self._connected))):
            self._conditions.gone(NETWORK, at)
            return
        self._most_silent = len(silent)
        self._conditions.set(self._network_cause(), next(iter(silent.values())))

    def _network_cause(self) -> Cause:
        rule = self._rules[NETWORK.rule]
        return Cause(
            key=NETWORK,
            severity=rule.severity or Severity.S1,
            values={"n": str(len(self._silent)), "of": str(len(self._silent) + len(self._connected))},
            on_delay_s=rule.on_delay_s,
            off_delay_s=rule.off_delay_s,
        )

    def _leave(self, number: int, parent: int) -> None:
        child = self._book.open.get(number)
        if child is None or child.parent != parent:
            return
        key = self._book.key(number)
        if self._conditions.present(key):
            self._book.surface(number)
        else:
            self._conditions.forget(key)

    def _adopt(self, child: Alarm, parent: int | None) -> None:
        if parent is not None and child.rule in ("offline", "site_dark") and child.active:
            self._book.adopt(child, parent)
