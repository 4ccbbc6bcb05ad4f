"""Restarts that stations tell of as security events: many at once are one power cut, and one alarm.

A restart that nobody here has caused is an alarm of its own (domain.md 1.8). When as many stations of a site as make it
dark tell of one within five minutes of each other, one alarm of the site tells it for them; when thirty of the network
do, one alarm of the network. It goes on until nobody has told of a restart for five minutes.
"""

from __future__ import annotations

from collections import OrderedDict

from msgspec import Struct, field
from msgspec.structs import replace

from backend.alarms.book import Book
from backend.alarms.conditions import Cause, Conditions, Key
from backend.alarms.parents import NETWORK, NETWORK_FEWEST, TOGETHER_S, needed
from backend.alarms.places import Places
from backend.model.clock import Instant

RESTARTS = frozenset({"StartupOfTheDevice", "ResetOrReboot"})
"""The security events that a power cut brings (OCPP 1.6 security whitepaper, list of security events)."""
NEWS = 1.1
"""How much more stations must have told before the alarm is told again: a cut of thousands is no flood."""


class _Wave(Struct):
    """Who told of a restart lately, in one place."""

    told: OrderedDict[str, Instant] = field(default_factory=OrderedDict)
    together: bool = False
    """Whether one alarm tells it for all."""
    said: int = 0
    """How many stations that alarm has named."""


class Restarts:
    """Puts restarts of many stations together."""

    def __init__(self, places: Places, conditions: Conditions, book: Book) -> None:
        self._places = places
        self._conditions = conditions
        self._book = book
        self._waves: dict[tuple[str, str], _Wave] = {}
        """By place (a site's id, or `network`) and event; a place where nobody has told for a while is forgotten."""

    def told(self, cause: Cause, station: str, at: Instant) -> None:
        """A station told of a restart that nobody here caused; `cause` is its own alarm's."""
        everywhere = self._wave(NETWORK.source, cause, station, at)
        here = None if cause.site is None else self._wave(cause.site, cause, station, at)
        if everywhere.together or len(everywhere.told) >= NETWORK_FEWEST:
            self._tell(everywhere, replace(cause, site=None), NETWORK.source, at)
        elif here is not None and cause.site is not None and (here.together or self._dark(cause.site, here)):
            self._tell(here, cause, cause.site, at)
        else:
            self._conditions.set(cause, at)

    def tick(self, now: Instant) -> None:
        """Forget who told long ago."""
        for place, wave in list(self._waves.items()):
            _trim(wave, now)
            if not wave.told:
                del self._waves[place]

    def _wave(self, place: str, cause: Cause, station: str, at: Instant) -> _Wave:
        wave = self._waves.setdefault((place, cause.key.code), _Wave())
        _trim(wave, at)
        if not wave.told:
            wave.together, wave.said = False, 0
        wave.told.pop(station, None)
        wave.told[station] = at
        return wave

    def _dark(self, site: str, wave: _Wave) -> bool:
        return 0 < needed(self._places.stations(site)) <= len(wave.told)

    def _tell(self, wave: _Wave, cause: Cause, place: str, at: Instant) -> None:
        count = len(wave.told)
        if wave.together and count < NEWS * wave.said:
            return
        first = not wave.together
        wave.together, wave.said = True, max(count, wave.said)
        key = Key(cause.key.rule, place, cause.key.code)
        whole = replace(cause, key=key, station=None, evse=None, info="", values={"n": str(wave.said)})
        self._conditions.set(whole, at)
        parent = self._book.find(key)
        if first and parent is not None:
            sites = {self._places.site_of(station) for station in wave.told} if place == NETWORK.source else set()
            for source in (*wave.told, *(site for site in sites if site is not None)):
                self._give_way(Key(key.rule, source, key.code), parent.id)

    def _give_way(self, key: Key, parent: int) -> None:
        """An alarm that was there already is told by its parent, and so is over."""
        own = self._book.find(key)
        if own is not None and own.id != parent:
            self._book.adopt(own, parent)
            self._conditions.forget(key)


def _trim(wave: _Wave, now: Instant) -> None:
    while wave.told and next(iter(wave.told.values())) < now - TOGETHER_S:
        wave.told.popitem(last=False)
