"""What alarms need to know of the register: who counts, where it stands, AC or DC."""

from __future__ import annotations

from backend.model.ports import Register
from backend.model.register import OutletEntry, StationEntry
from backend.model.words import Admission, Service

DC_FROM_KW = 43.5
"""More than AC can give (63 A, three phases)."""
_DC_CONNECTORS = ("ccs", "chademo", "combo", "mcs", "nacs dc", "gb/t dc")


class Places:
    """Answers about stations and sites; what it finds out is kept until the register changes."""

    def __init__(self, register: Register) -> None:
        self._register = register
        self._stations: dict[str, int] = {}
        self._outlets: dict[str, int] = {}
        self._dc: dict[str, bool] = {}

    def changed(self) -> None:
        """The register has changed: count anew."""
        self._stations.clear()
        self._outlets.clear()
        self._dc.clear()

    def admitted(self, station: str) -> StationEntry | None:
        """The entry of a station that is accepted; None: it raises no alarms."""
        entry = self._register.station(station)
        return entry if entry is not None and entry.admission is Admission.ACCEPTED else None

    def site_of(self, station: str) -> str | None:
        """The id of the site where it stands."""
        site = self._register.site_of(station)
        return site.id if site is not None else None

    def is_dc(self, station: str) -> bool:
        """Whether it charges with direct current: by its entry, else by what its outlets are."""
        found = self._dc.get(station)
        if found is None:
            found = self._dc[station] = self._judge_dc(station)
        return found

    def _judge_dc(self, station: str) -> bool:
        entry = self._register.station(station)
        if entry is not None and entry.current:
            return entry.current.strip().upper() == "DC"
        return any(_looks_dc(outlet) for outlet in self._register.outlets_of(station))

    def out_of_service(self, station: str, evse: int | None) -> bool:
        """Whether an outlet - or, without one, every registered outlet of the station - is out of use by agreement."""
        if evse:
            outlet = self._register.outlet(station, evse)
            return outlet is not None and outlet.service is not Service.IN_SERVICE
        outlets = self._register.outlets_of(station)
        return bool(outlets) and all(outlet.service is not Service.IN_SERVICE for outlet in outlets)

    def outlets(self, station: str) -> int:
        """How many outlets of a station are registered."""
        return len(self._register.outlets_of(station))

    def stations(self, site: str) -> int:
        """How many stations of a site count: accepted ones, not those out of use altogether."""
        found = self._stations.get(site)
        if found is None:
            found = self._stations[site] = len(self._counted(site))
        return found

    def outlets_at(self, site: str) -> int:
        """How many outlets those have."""
        found = self._outlets.get(site)
        if found is None:
            found = self._outlets[site] = sum(self.outlets(station) for station in self._counted(site))
        return found

    def _counted(self, site: str) -> list[str]:
        return [
            entry.id
            for entry in self._register.stations_of(site)
            if entry.admission is Admission.ACCEPTED and not self.out_of_service(entry.id, None)
        ]


def _looks_dc(outlet: OutletEntry) -> bool:
    kind = outlet.connector_type.casefold()
    return any(word in kind for word in _DC_CONNECTORS) or (outlet.max_power_kw or 0.0) > DC_FROM_KW
