"""What the register holds, and how it is found. Every look-up is without case."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable
from operator import attrgetter

from backend.model.clock import Instant
from backend.model.register import OutletEntry, SiteEntry, StationEntry, TokenEntry
from backend.model.reply import TokenReply
from backend.model.settings import OcppSettings
from backend.model.sharded import Sharded
from backend.model.words import Admission, TokenStatus
from backend.register.formats import evse_key, reversed_uid, token_key
from backend.register.pending import PendingList

MOST_NAMESAKES = 200
"""Outlets of one label that are remembered under it."""
_by_evse = attrgetter("evse")


class Holdings:
    """Entries by key, and the indexes over them."""

    def __init__(self, settings: OcppSettings) -> None:
        self.sites: dict[str, SiteEntry] = {}
        """By casefolded id."""
        self.stations: dict[str, StationEntry] = {}
        """By casefolded id; the pending and the blocked ones too."""
        self.outlets: Sharded[tuple[str, int], OutletEntry] = Sharded()
        """By casefolded station id and EVSE number."""
        self.tokens: Sharded[str, TokenEntry] = Sharded()
        """By `formats.token_key`: casefolded, contract ids without hyphens."""
        self._settings = settings
        self._pending = PendingList(settings.trusted_networks)
        self._outlets_of: dict[str, list[OutletEntry]] = {}
        self._stations_of: dict[str, set[str]] = {}
        self._by_evse_id: Sharded[str, tuple[str, int]] = Sharded()
        self._by_label: Sharded[str, tuple[tuple[str, int], ...]] = Sharded()

    @property
    def least_profile(self) -> int:
        """The security profile below which nobody is served."""
        return self._settings.least_profile

    def pending(self) -> list[StationEntry]:
        """The stations that wait to be accepted, the longest waiting first."""
        return [self.stations[key] for key in self._pending.keys()]  # noqa: SIM118 - not a dict

    def station(self, station: str) -> StationEntry | None:
        """The entry of a station."""
        return self.stations.get(station.casefold())

    def site(self, site: str) -> SiteEntry | None:
        """The entry of a site."""
        return self.sites.get(site.casefold())

    def site_of(self, station: str) -> SiteEntry | None:
        """The site where a station stands; None: not known."""
        entry = self.stations.get(station.casefold())
        return None if entry is None or entry.site is None else self.sites.get(entry.site.casefold())

    def stations_of(self, site: str) -> list[StationEntry]:
        """The stations of a site, by id."""
        return [self.stations[key] for key in sorted(self._stations_of.get(site.casefold(), ()))]

    def outlet(self, station: str, evse: int) -> OutletEntry | None:
        """The entry of an outlet; None: nobody registered it (it counts as in service all the same)."""
        return self.outlets.get((station.casefold(), evse))

    def outlets_of(self, station: str) -> list[OutletEntry]:
        """The registered outlets of a station, by EVSE number."""
        return list(self._outlets_of.get(station.casefold(), ()))

    def outlets_by_label(self, label: str) -> list[OutletEntry]:
        """The outlets on whose sticker that stands, without case; some hundred at most."""
        return [self.outlets[key] for key in self._by_label.get(label.casefold()) or () if key in self.outlets]

    def outlet_by_evse_id(self, text: str) -> OutletEntry | None:
        """The outlet with this EVSE-ID, however its separators are written."""
        key = self._by_evse_id.get(evse_key(text))
        return None if key is None else self.outlets[key]

    def token(self, id_token: str) -> TokenEntry | None:
        """The entry of a token."""
        return self.tokens.get(token_key(id_token))

    def tokens_like(self, text: str) -> list[TokenEntry]:
        """What somebody may mean who reads out a card: the token itself, or the same card's bytes the other way
        round. For look-ups by people, never for authorising."""
        found = [self.token(text)]
        turned = reversed_uid(text)
        if turned is not None:
            found.append(self.tokens.get(token_key(turned)))
        return [entry for entry in found if entry is not None]

    def authorise(self, id_token: str, now: Instant) -> TokenReply:
        """Whether a token may charge: Accepted, Blocked, Expired or Invalid (unknown, unless unknown ones are
        accepted)."""
        entry = self.tokens.get(token_key(id_token))
        if entry is None:
            known = self._settings.accept_unknown
            return TokenReply(TokenStatus.ACCEPTED if known else TokenStatus.INVALID)
        status = entry.status
        if status is TokenStatus.ACCEPTED and entry.expires is not None and entry.expires <= now:
            status = TokenStatus.EXPIRED
        return TokenReply(status, entry.group, entry.expires)

    def load(
        self,
        sites: Iterable[SiteEntry] = (),
        stations: Iterable[StationEntry] = (),
        outlets: Iterable[OutletEntry] = (),
        tokens: Iterable[TokenEntry] = (),
    ) -> None:
        """Take what was stored, as it is: nothing is checked, written or told."""
        for site in sites:
            self.sites[site.id.casefold()] = site
        for station in stations:
            self._index_station(station)
        for outlet in outlets:
            self._index_outlet(outlet)
        for token in tokens:
            self.tokens[token_key(token.token)] = token

    def _index_station(self, entry: StationEntry) -> None:
        key = entry.id.casefold()
        before = self.stations.get(key)
        if before is not None and before.site is not None:
            self._stations_of[before.site.casefold()].discard(key)
        if entry.site is not None:
            self._stations_of.setdefault(entry.site.casefold(), set()).add(key)
        self.stations[key] = entry
        if entry.admission is not Admission.PENDING:
            self._pending.discard(key)
        elif key not in self._pending:
            self._pending.add(key, entry.first_address)

    def _index_outlet(self, entry: OutletEntry) -> None:
        key = (entry.station.casefold(), entry.evse)
        self._unindex_outlet(key)
        self.outlets[key] = entry
        insort(self._outlets_of.setdefault(key[0], []), entry, key=_by_evse)
        if entry.evse_id:
            self._by_evse_id[evse_key(entry.evse_id)] = key
        if entry.label:
            label = entry.label.casefold()
            self._by_label[label] = (*(self._by_label.get(label) or ())[:MOST_NAMESAKES], key)

    def _unlabel(self, label: str, key: tuple[str, int]) -> None:
        left = tuple(one for one in self._by_label.get(label) or () if one != key)
        if left:
            self._by_label[label] = left
        else:
            self._by_label.pop(label, None)

    def _unindex_outlet(self, key: tuple[str, int]) -> OutletEntry | None:
        before = self.outlets.pop(key, None)
        if before is not None:
            siblings = self._outlets_of[key[0]]
            siblings.remove(before)
            if not siblings:
                del self._outlets_of[key[0]]
            if before.evse_id and self._by_evse_id.get(evse_key(before.evse_id)) == key:
                del self._by_evse_id[evse_key(before.evse_id)]
            self._unlabel(before.label.casefold(), key)
        return before
