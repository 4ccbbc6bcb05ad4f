"""The rows of the fleet: outlets in trouble under their sites, the worst site first; quiet sites one line each.

Pure: it reads the mirror and gives ids. A change recomputes the sites that it touched, and no others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from backend.client.mirror import Mirror, Touched
from backend.model.filter import EMPTY, Filter
from backend.model.resources import AlarmResource, OutletResource, SiteResource
from backend.model.search import Haystacks
from backend.model.words import Activity, Link, Service
from screens.alarm_index import Alarms, others
from widgets.look import group_kind, state_kind

SITE, DARK, OUTLET = "s:", "d:", "o:"
"""What a row's id begins with: a site's header, a whole dark site, an outlet."""

QUIET = (9, 9)
_COUNTED = (Service.IN_SERVICE,)
_ORDER = {"faulted": 0, "offline": 1, "deaf": 1, "never_seen": 2, "conflict": 2, "post_paused": 3}


class Rank(NamedTuple):
    """How bad it is; the smaller, the worse."""

    level: int
    order: int


class Member(NamedTuple):
    """What its site needs to know of an outlet; equal ones leave the rows as they are."""

    slot: str
    rank: Rank | None
    since: float
    online: bool
    station: str


class Group:
    """One site, summed up."""

    __slots__ = ("alarm", "counts", "dark", "id", "members", "name", "newest", "rank", "stations", "trouble")

    def __init__(self, id_: str, name: str) -> None:
        self.id = id_
        self.name = name
        self.members: list[str] = []
        self.trouble: list[str] = []
        """Ids of the outlets in trouble, the worst first."""
        self.counts: dict[str, int] = {}
        self.dark = False
        self.rank: tuple[int, int] = QUIET
        self.newest = 0.0
        self.alarm: AlarmResource | None = None
        """The worst alarm on the site itself."""
        self.stations = 0


def trouble_of(outlet: OutletResource, alarm: AlarmResource | None = None) -> Rank | None:
    """How much trouble an outlet is in, `alarm` being its worst active one; None: none that a person must look at."""
    if outlet.service not in _COUNTED:
        return None
    kind = state_kind(outlet)
    if alarm is not None:
        return Rank(alarm.severity, _ORDER.get(kind, 4))
    if kind in ("faulted", "offline", "deaf", "conflict"):
        return Rank(3, _ORDER[kind])
    if kind == "never_seen":
        return Rank(4, _ORDER[kind])
    if refused(outlet):
        return Rank(4, 4)
    return None


def refused(outlet: OutletResource) -> bool:
    """Whether a card was refused here and the car still waits."""
    if outlet.refused_at is None or outlet.activity is not Activity.PLUGGED or outlet.link is not Link.ONLINE:
        return False
    return outlet.since is None or outlet.refused_at >= outlet.since


class FleetRows:
    """The rows in force. `rebuild` after a snapshot or another filter, `update` after changes."""

    def __init__(self, mirror: Mirror) -> None:
        self.mirror = mirror
        self.filter: Filter = EMPTY
        self.trouble_only = False
        self.flat = False
        self.sort = "state"
        self.turned = False
        self.open: set[str] = set()
        """Sites that show all of their outlets."""
        self.folded: set[str] = set()
        """Sites in trouble that were folded by hand."""
        self.groups: dict[str, Group] = {}
        self.alarms = Alarms(mirror)
        self.home: dict[str, str] = {}
        """The site of each outlet."""
        self._states: dict[str, Member] = {}
        self.reordered = True
        """Whether rows came, went or changed places since `arrange` was called."""
        self.matched: set[str] | None = None
        """Ids that pass the filter; None: no filter."""
        self.order: list[str] = []
        self._haystacks = Haystacks()
        self._passed: Filter = EMPTY
        """The filter that `matched` is of."""
        self._seen: tuple[object, int] = (None, -1)
        """The snapshot that the groups were built from, and the last message taken in."""

    @property
    def fresh(self) -> bool:
        """Whether all that the mirror holds is taken in."""
        return self._seen[0] is self.mirror.outlets and self._seen[1] == self.mirror.seq

    def rebuild(self) -> None:
        """Everything anew."""
        mirror = self.mirror
        self._seen = (mirror.outlets, mirror.seq)
        self.alarms = Alarms(mirror)
        self._haystacks = Haystacks()
        self.groups = {}
        self.home = {}
        self._states = {}
        self.reordered = True
        for outlet in mirror.outlets.values():
            self._place(outlet)
        self._passed = EMPTY
        self.refilter()
        for group in self.groups.values():
            self._sum(group)

    def refilter(self) -> None:
        """Find anew what passes the filter."""
        self.reordered = True
        if not self.filter:
            self.matched, self._passed = None, EMPTY
            return
        mirror = self.mirror
        known: Iterable[OutletResource] = mirror.outlets.values()
        if self.matched is not None and narrows(self._passed, self.filter):
            known = [mirror.outlets[name] for name in self.matched if name in mirror.outlets]
        found = self.filter.outlets(known, mirror.sites, mirror.stations, mirror.clock.now(), self._haystacks)
        self.matched, self._passed = {outlet.outlet for outlet in found}, self.filter

    def warm(self, outlets: Iterable[OutletResource]) -> None:
        """Make the texts that the search looks through, before somebody waits for them."""
        mirror = self.mirror
        for outlet in outlets:
            self._haystacks.text(
                outlet.outlet, outlet, mirror.sites.get(outlet.site or ""), mirror.stations.get(outlet.station)
            )

    def update(self, touched: Touched) -> set[str]:
        """Take in what changed. Returns the ids of rows that look different now, visible or not.

        `reordered` tells whether rows came, went or changed places; a figure that changed does not.
        """
        mirror = self.mirror
        self._seen = (self._seen[0], mirror.seq)
        sites: set[str] = set()
        again: set[str] = set(touched.outlets)
        if touched.alarms:
            told, outlets = self._retell()
            sites |= told
            again |= outlets
        for name in again:
            outlet = mirror.outlets.get(name)
            home = self.home.get(name)
            if outlet is None:
                if home is not None:
                    self._forget(name, home)
                    sites.add(home)
                continue
            if home is None or home != (outlet.site or ""):
                if home is not None:
                    self._forget(name, home)
                    sites.add(home)
                self._place(outlet)
                sites.add(outlet.site or "")
            member = self._member(outlet)
            if member != self._states.get(name):
                self._states[name] = member
                sites.add(outlet.site or "")
            if self.matched is not None:
                self._rematch(outlet)
        for site in sites & self.groups.keys():
            self._sum(self.groups[site])
        self.reordered = self.reordered or bool(sites) or (self.matched is not None and bool(again))
        rows = {OUTLET + name for name in again}
        for kind in (SITE, DARK):
            rows |= {kind + site for site in sites}
            rows |= {kind + site for site in touched.sites}
        return rows

    def _retell(self) -> tuple[set[str], set[str]]:
        """Sites and outlets whose alarms are others than before."""
        before, self.alarms = self.alarms, Alarms(self.mirror)
        sites = others(before.sites, self.alarms.sites)
        outlets = {f"{station}:{evse}" for station, evse in others(before.outlets, self.alarms.outlets)}
        for station in others(before.stations, self.alarms.stations):
            outlets |= {outlet.outlet for outlet in self.mirror.outlets_of(station)}
        return sites, outlets & self.home.keys()

    def _forget(self, name: str, home: str) -> None:
        self.groups[home].members.remove(name)
        del self.home[name]
        self._states.pop(name, None)

    def _rematch(self, outlet: OutletResource) -> None:
        if self.matched is None:
            return
        mirror = self.mirror
        good = self.filter.matches_outlet(
            outlet, mirror.sites.get(outlet.site or ""), mirror.stations.get(outlet.station), mirror.clock.now()
        )
        if good:
            self.matched.add(outlet.outlet)
        else:
            self.matched.discard(outlet.outlet)

    def _place(self, outlet: OutletResource) -> None:
        id_ = outlet.site or ""
        group = self.groups.get(id_)
        if group is None:
            site = self.mirror.sites.get(id_)
            group = self.groups[id_] = Group(id_, site.name if site is not None else "")
        group.members.append(outlet.outlet)
        self.home[outlet.outlet] = id_
        self._states[outlet.outlet] = self._member(outlet)

    def _member(self, outlet: OutletResource) -> Member:
        return Member(
            group_kind(state_kind(outlet)),
            trouble_of(outlet, self.alarms.of(outlet)),
            _since(outlet),
            outlet.link is Link.ONLINE,
            outlet.station,
        )

    def _sum(self, group: Group) -> None:
        counts: dict[str, int] = {}
        trouble: list[tuple[Rank, float, str]] = []
        stations: set[str] = set()
        lit = False
        for name in group.members:
            slot, rank, since, online, station = self._states[name]
            stations.add(station)
            counts[slot] = counts.get(slot, 0) + 1
            lit = lit or online
            if rank is not None:
                trouble.append((rank, -since, name))
        trouble.sort()
        group.counts = counts
        group.trouble = [name for _, _, name in trouble]
        group.stations = len(stations)
        group.dark = not lit and group.stations > 1
        group.alarm = self.alarms.sites.get(group.id)
        group.rank = (trouble[0][0].level, trouble[0][0].order) if trouble else QUIET
        if group.alarm is not None:
            group.rank = min(group.rank, (int(group.alarm.severity), -1))
        group.newest = -trouble[0][1] if trouble else 0.0
        site: SiteResource | None = self.mirror.sites.get(group.id)
        group.name = site.name if site is not None else group.name

    # the order of rows

    def arrange(self) -> list[str]:
        """The ids of all rows in their order."""
        self.reordered = False
        self.order = self._flat() if self.flat else self._grouped()
        return self.order

    def _grouped(self) -> list[str]:
        if self.matched is not None:
            return self._found()
        rows: list[str] = []
        for group in sorted(self.groups.values(), key=_group_order):
            shown = self.shown(group)
            if shown is None:
                continue
            rows.append(SITE + group.id)
            if group.id in self.folded:
                continue
            if group.dark and group.id not in self.open:
                rows.append(DARK + group.id)
            else:
                rows += [OUTLET + name for name in shown]
        return rows

    def _found(self) -> list[str]:
        """What passes the filter, under its sites."""
        by_site: dict[str, list[str]] = {}
        for name in self.matched or ():
            by_site.setdefault(self.home.get(name, ""), []).append(name)
        rows: list[str] = []
        outlets = self.mirror.outlets
        for group in sorted((self.groups[site] for site in by_site if site in self.groups), key=_group_order):
            names = by_site[group.id]
            bad = {name: at for at, name in enumerate(group.trouble)}
            if self.trouble_only:
                names = [name for name in names if name in bad]
            if not names:
                continue
            rows.append(SITE + group.id)
            if group.id not in self.folded:
                last = len(bad)
                names.sort(key=lambda name: (bad.get(name, last), outlets[name].label or name))
                rows += [OUTLET + name for name in names]
        return rows

    def shown(self, group: Group) -> list[str] | None:
        """The outlets that a site shows; None: not even the site."""
        if self.matched is not None:
            return [name for name in self._members(group) if name in self.matched] or None
        if self.trouble_only and not group.trouble:
            return None
        if group.id in self.open:
            return self._members(group)
        return group.trouble

    def _members(self, group: Group) -> list[str]:
        bad = set(group.trouble)
        rest = [name for name in group.members if name not in bad]
        rest.sort(key=lambda name: self.mirror.outlets[name].label or name)
        return [*group.trouble, *rest]

    def _flat(self) -> list[str]:
        outlets = self.mirror.outlets
        names: Iterable[str] = outlets if self.matched is None else self.matched
        if self.trouble_only:
            troubled = {name for group in self.groups.values() for name in group.trouble}
            names = [name for name in names if name in troubled]
        return [OUTLET + name for name in sorted(names, key=self._key(), reverse=self.turned)]

    def _key(self) -> Callable[[str], tuple[object, ...]]:
        outlets = self.mirror.outlets
        sites = self.mirror.sites
        if self.sort == "name":
            return lambda name: ((outlets[name].label or name).casefold(),)
        if self.sort == "age":
            return lambda name: (-_since(outlets[name]), name)
        if self.sort in ("kw", "kwh"):
            field = "power_w" if self.sort == "kw" else "energy_wh"
            return lambda name: (-(getattr(outlets[name], field) or 0), name)
        if self.sort == "site":
            return lambda name: (sites[s].name.casefold() if (s := outlets[name].site or "") in sites else "", name)
        of = self.alarms.of
        return lambda name: (trouble_of(outlets[name], of(outlets[name])) or QUIET, -_since(outlets[name]), name)


def narrows(old: Filter, new: Filter) -> bool:
    """Whether everything that passes `new` passed `old`: the next key of a search."""
    if not old or old.inverted or new.inverted or old.unwanted or old.terms != new.terms[: len(old.terms)]:
        return False
    return all(any(word in longer for longer in new.words) for word in old.words)


SORTS = ("state", "name", "age", "kw", "kwh", "site")
"""What the flat list may be sorted by."""


def _since(outlet: OutletResource) -> float:
    moment = outlet.since if outlet.link is Link.ONLINE else outlet.link_since or outlet.since
    return moment.timestamp() if moment is not None else 0.0


def _group_order(group: Group) -> tuple[object, ...]:
    if group.rank == QUIET:
        return (*QUIET, 0.0, group.name.casefold(), group.id)
    return (*group.rank, -group.newest, group.name.casefold(), group.id)
