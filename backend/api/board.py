"""The sums over the network, kept while single outlets change: nothing here walks over all of them."""

from __future__ import annotations

from collections import Counter

from msgspec import Struct

from backend.model.lasting import Lasting
from backend.model.resources import OutletResource, StationResource
from backend.model.sharded import Sharded
from backend.model.shown import SHOWN, shown
from backend.model.words import Admission, Known, Link, Service


class _Part(Struct, frozen=True, gc=False):
    """What one outlet adds to the sums. Power in whole mW, so that adding and taking away leaves nothing behind."""

    word: str
    site: str | None
    power_mw: int
    seen: bool


class Board:
    """Counts and power by outlet, station and site."""

    def __init__(self) -> None:
        self._outlets: Sharded[str, _Part] = Sharded()
        self._stations: Lasting[str, tuple[bool, bool, str | None]] = Lasting()
        self.words: Counter[str] = Counter()
        self._power_mw = 0
        self._site_mw: Counter[str] = Counter()
        self._site_seen: Counter[str] = Counter()
        self._site_outlets: Counter[str] = Counter()
        self._site_stations: Counter[str] = Counter()
        self.online = 0
        self.pending = 0

    def put_outlet(self, outlet: OutletResource) -> str | None:
        """Take an outlet's newest state; returns the site whose sums changed by it."""
        if outlet.service is Service.RETIRED:
            return self.drop_outlet(outlet.outlet)
        before = self._outlets.get(outlet.outlet)
        word = shown(outlet.activity, outlet.known)
        seen = outlet.known is Known.LIVE
        power = round((outlet.power_w or 0.0) * 1000) if seen else 0
        after = _Part(word, outlet.site, power, seen)
        if before == after:
            return None
        if before is not None:
            self._add(before, -1)
        self._add(after, 1)
        self._outlets[outlet.outlet] = after
        return outlet.site

    def drop_outlet(self, name: str) -> str | None:
        """An outlet is no more; returns its site."""
        before = self._outlets.pop(name, None)
        if before is None:
            return None
        self._add(before, -1)
        return before.site

    def _add(self, part: _Part, sign: int) -> None:
        self.words[part.word] += sign
        self._power_mw += sign * part.power_mw
        if part.site is not None:
            self._site_mw[part.site] += sign * part.power_mw
            self._site_seen[part.site] += sign * part.seen
            self._site_outlets[part.site] += sign

    def put_station(self, station: StationResource) -> None:
        """Take a station's newest state."""
        self.drop_station(station.id)
        if station.admission is Admission.BLOCKED:
            return
        pending = station.admission is Admission.PENDING
        online = not pending and station.link in (Link.ONLINE, Link.DEAF)
        self._stations[station.id] = (online, pending, station.site)
        self._count(self._stations[station.id], 1)

    def drop_station(self, name: str) -> None:
        """A station is no more."""
        before = self._stations.pop(name, None)
        if before is not None:
            self._count(before, -1)

    def _count(self, part: tuple[bool, bool, str | None], sign: int) -> None:
        online, pending, site = part
        self.online += sign * online
        self.pending += sign * pending
        if site is not None:
            self._site_stations[site] += sign

    @property
    def stations(self) -> int:
        """Accepted ones."""
        return len(self._stations) - self.pending

    @property
    def outlets(self) -> int:
        """In all, retired ones left out."""
        return len(self._outlets)

    @property
    def power_w(self) -> float:
        """Of the whole network, as far as it is seen."""
        return self._power_mw / 1000

    def activities(self) -> dict[str, int]:
        """Outlets by what the totals show."""
        return {word: self.words[word] for word in SHOWN}

    def site_power_w(self, site: str) -> float | None:
        """None while no outlet of the site is seen."""
        return self._site_mw[site] / 1000 if self._site_seen[site] > 0 else None

    def site_counts(self, site: str) -> tuple[int, int]:
        """(outlets, stations) of a site."""
        return self._site_outlets[site], self._site_stations[site]
