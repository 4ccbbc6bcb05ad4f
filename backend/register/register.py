"""The register in memory: who may connect, what stands where, which token may charge.

Every look-up is without case. Everything put in is also written to the journal and told to `on_change`; `load` does
neither. An id keeps the spelling under which it was registered first, because history is stored under it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from msgspec.structs import replace

from backend.model.clock import Clock, Instant
from backend.model.errors import Conflict, Invalid, Unknown
from backend.model.outlet_id import OutletId
from backend.model.ports import Journal
from backend.model.register import OutletEntry, SiteEntry, StationEntry, TokenEntry
from backend.model.sanitise import clean
from backend.model.settings import OcppSettings
from backend.model.words import Admission, TokenStatus, Version
from backend.register.formats import evse_key, normalise_evse_id, token_key
from backend.register.holdings import Holdings
from backend.text import t

Key: TypeAlias = str | tuple[str, int]
"""Of a site, station or token its id as registered; of an outlet (station as registered, evse)."""
OnChange: TypeAlias = Callable[[str, Key], None]
"""Called with the kind (`site`, `station`, `outlet`, `token`) and the key of what was put in or removed."""

MAX_STATIONS = 200_000
"""Stations that may register themselves with `accept_unknown`."""
_REGISTERED_STATUSES = (TokenStatus.ACCEPTED, TokenStatus.BLOCKED, TokenStatus.EXPIRED, TokenStatus.INVALID)


class Register(Holdings):
    """Implements `backend.model.ports.Register`. Not for several threads: it lives on the server's loop."""

    def __init__(self, clock: Clock, settings: OcppSettings, journal: Journal | None = None) -> None:
        super().__init__(settings)
        self.on_change: list[OnChange] = []
        self.journal = journal
        self._clock = clock

    def admission(self, identity: str) -> tuple[str, Admission, Version | None] | None:
        """The registered form of an identity, its admission, its pinned version; None: unknown."""
        entry = self.stations.get(identity.casefold())
        if entry is None:
            return None
        if entry.admission is Admission.PENDING and self._settings.accept_unknown:
            entry = self.accept(entry.id, self._clock.now())
        return entry.id, entry.admission, entry.pinned_version

    def introduce(self, identity: str, address: str) -> Admission | None:
        """Note an unknown station: it becomes pending, or is accepted at once with `accept_unknown`. None: no room,
        or it is blocked."""
        known = self.admission(identity)
        if known is not None:
            return None if known[1] is Admission.BLOCKED else known[1]
        accepted = self._settings.accept_unknown
        if len(self.stations) >= MAX_STATIONS if accepted else not self._pending.has_room(address):
            return None
        admission = Admission.ACCEPTED if accepted else Admission.PENDING
        self._store_station(
            StationEntry(id=identity, admission=admission, added=self._clock.now(), first_address=address)
        )
        return admission

    def put_site(self, entry: SiteEntry) -> SiteEntry:
        """Add or change a site. Raises Invalid: no id."""
        _check_id(entry.id)
        return self._store_site(entry)

    def put_station(self, entry: StationEntry) -> StationEntry:
        """Add or change a station. Raises Invalid: no id. Raises Unknown: no such site."""
        _check_id(entry.id)
        if entry.site is not None:
            entry = replace(entry, site=self._known_site(entry.site).id)
        return self._store_station(entry)

    def put_outlet(self, entry: OutletEntry) -> OutletEntry:
        """Add or change an outlet; its EVSE-ID is normalised.

        Raises:
            Invalid: EVSE number below 1, or no EVSE-ID.
            Unknown: no such station.
            Conflict: another outlet has that EVSE-ID.
        """
        if entry.evse < 1:
            raise Invalid("invalid_outlet", t("an EVSE number is 1 or more"), t("write STATION:EVSE"))
        station = self._known_station(entry.station)
        if entry.evse_id:
            entry = replace(entry, evse_id=self._free_evse_id(entry))
        return self._store_outlet(replace(entry, station=station.id))

    def put_token(self, entry: TokenEntry) -> TokenEntry:
        """Add or change a token. Raises Invalid: no id, or a status that no card has."""
        _check_id(entry.token)
        if entry.status not in _REGISTERED_STATUSES:
            raise Invalid("invalid_token", t("a token cannot be registered as {status}", status=entry.status.value))
        return self._store_token(entry)

    def accept(self, station: str, now: Instant) -> StationEntry:
        """Let a station in. Raises Unknown: neither registered nor pending."""
        entry = self._known_station(station)
        if entry.admission is Admission.ACCEPTED:
            return entry
        added = now if entry.admission is Admission.PENDING else entry.added
        return self._store_station(replace(entry, admission=Admission.ACCEPTED, added=added))

    def block(self, station: str) -> StationEntry:
        """Keep a station out. Raises Unknown: neither registered nor pending."""
        entry = self._known_station(station)
        if entry.admission is Admission.BLOCKED:
            return entry
        return self._store_station(replace(entry, admission=Admission.BLOCKED))

    def remove(self, kind: str, key: Key) -> None:
        """Forget an entry; a station goes with its outlets.

        Raises:
            Unknown: no such entry.
            Conflict: a site where stations stand.
            Invalid: no such kind.
        """
        if kind == "outlet" and isinstance(key, tuple):
            self._remove_outlet(*key)
        elif kind == "station" and isinstance(key, str):
            self._remove_station(key)
        elif kind == "site" and isinstance(key, str):
            self._remove_site(key)
        elif kind == "token" and isinstance(key, str):
            token = self.tokens.pop(token_key(key), None)
            if token is None:
                raise Unknown("unknown_token", t("there is no such token"))
            self._forgotten("token", token.token)
        else:
            raise Invalid("invalid_kind", t("{kind} is nothing that the register holds", kind=kind))

    def put_all(self, entries: Iterable[SiteEntry | StationEntry | OutletEntry | TokenEntry]) -> int:
        """Store entries that were checked already (an import), in their order; returns how many."""
        count = 0
        for entry in entries:
            if isinstance(entry, TokenEntry):
                self._store_token(entry)
            elif isinstance(entry, OutletEntry):
                self._store_outlet(entry)
            elif isinstance(entry, StationEntry):
                self._store_station(entry)
            else:
                self._store_site(entry)
            count += 1
        return count

    # Inside

    def _store_site(self, entry: SiteEntry) -> SiteEntry:
        before = self.sites.get(entry.id.casefold())
        if before is not None and before.id != entry.id:
            entry = replace(entry, id=before.id)
        if before == entry:
            return entry
        self.sites[entry.id.casefold()] = entry
        if self.journal is not None:
            self.journal.site_entry(entry)
        self._tell("site", entry.id)
        return entry

    def _store_station(self, entry: StationEntry) -> StationEntry:
        before = self.stations.get(entry.id.casefold())
        if before is not None:
            entry = replace(
                entry,
                id=before.id,
                added=entry.added or before.added,
                first_address=entry.first_address or before.first_address,
            )
            if before == entry:
                return entry
        elif not entry.added:
            entry = replace(entry, added=self._clock.now())
        self._index_station(entry)
        if self.journal is not None:
            self.journal.station_entry(entry)
        self._tell("station", entry.id)
        return entry

    def _store_outlet(self, entry: OutletEntry) -> OutletEntry:
        station = self.stations.get(entry.station.casefold())
        if station is not None and station.id != entry.station:
            entry = replace(entry, station=station.id)
        if self.outlets.get((entry.station.casefold(), entry.evse)) == entry:
            return entry
        self._index_outlet(entry)
        if self.journal is not None:
            self.journal.outlet_entry(entry)
        self._tell("outlet", (entry.station, entry.evse))
        return entry

    def _store_token(self, entry: TokenEntry) -> TokenEntry:
        key = token_key(entry.token)
        before = self.tokens.get(key)
        if before is not None and before.token != entry.token:
            entry = replace(entry, token=before.token)
        if before == entry:
            return entry
        self.tokens[key] = entry
        if self.journal is not None:
            self.journal.token_entry(entry)
        self._tell("token", entry.token)
        return entry

    def _remove_outlet(self, station: str, evse: int) -> None:
        entry = self._unindex_outlet((station.casefold(), evse))
        if entry is None:
            raise Unknown("unknown_outlet", t("there is no outlet {outlet}", outlet=str(OutletId(station, evse))))
        self._forgotten("outlet", (entry.station, entry.evse))

    def _remove_station(self, station: str) -> None:
        entry = self._known_station(station)
        for outlet in self.outlets_of(station):
            self._remove_outlet(station, outlet.evse)
        key = entry.id.casefold()
        del self.stations[key]
        self._pending.discard(key)
        if entry.site is not None:
            self._stations_of[entry.site.casefold()].discard(key)
        self._forgotten("station", entry.id)

    def _remove_site(self, site: str) -> None:
        entry = self._known_site(site)
        stations = self.stations_of(site)
        if stations:
            message = t("stations stand at {site}, {station} among them", site=entry.id, station=stations[0].id)
            raise Conflict("site_in_use", message, t("move or remove its stations first"))
        del self.sites[entry.id.casefold()]
        self._forgotten("site", entry.id)

    def _forgotten(self, kind: str, key: Key) -> None:
        if self.journal is not None:
            self.journal.forget(kind, key if isinstance(key, tuple) else (key,))
        self._tell(kind, key)

    def _tell(self, kind: str, key: Key) -> None:
        for listener in self.on_change:
            listener(kind, key)

    def _known_station(self, station: str) -> StationEntry:
        entry = self.stations.get(station.casefold())
        if entry is None:
            raise Unknown("unknown_station", t("there is no station {station}", station=station), _list("station"))
        return entry

    def _known_site(self, site: str) -> SiteEntry:
        entry = self.sites.get(site.casefold())
        if entry is None:
            raise Unknown("unknown_site", t("there is no site {site}", site=site), _list("site"))
        return entry

    def _free_evse_id(self, entry: OutletEntry) -> str:
        try:
            evse_id = normalise_evse_id(entry.evse_id)
        except ValueError as error:
            raise Invalid("invalid_evse_id", str(error)) from error
        holder = self._by_evse_id.get(evse_key(evse_id))
        if holder is not None and holder != (entry.station.casefold(), entry.evse):
            other = self.outlets[holder]
            name = str(OutletId(other.station, other.evse))
            message = t("{evse_id} is the EVSE-ID of {outlet} already", evse_id=other.evse_id, outlet=name)
            raise Conflict("evse_id_taken", message, t("give one of the two another EVSE-ID"))
        return evse_id


def _check_id(text: str) -> None:
    if not text.strip() or clean(text) != text:
        raise Invalid("invalid_id", t("an id has 1 to 255 printable characters"))


def _list(kind: str) -> str:
    return t("`noc {kind} list` names those there are", kind=kind)
