"""Faults that stations report: one alarm per outlet and code (RULINGS.md), from all connectors of the outlet."""

from __future__ import annotations

from backend.alarms.book import Book
from backend.alarms.codes import SEVERITIES, judge
from backend.alarms.conditions import Cause, Conditions, Key
from backend.alarms.lifecycle import LATCHED
from backend.alarms.places import Places
from backend.alarms.rules import Rule
from backend.model.clock import Instant
from backend.model.event import Fault
from backend.model.outlet_id import OutletId
from backend.model.station import Connector, Station
from backend.model.words import Activity, Version

MOST_UNKNOWN = 32
"""Open alarms of a station; past that, codes that nobody knows share one alarm per outlet."""


class Faults:
    """Holds which fault causes are present at each outlet."""

    def __init__(self, rule: Rule, places: Places, conditions: Conditions, book: Book) -> None:
        self._rule = rule
        self._places = places
        self._conditions = conditions
        self._book = book
        self.at: dict[tuple[str, int], set[Key]] = {}
        """By station and EVSE, where there is any."""

    def changed(self, station: Station, connector: Connector, raised: tuple[Fault, ...], at: Instant) -> None:
        """Faults came or went; what came is alarmed, what no connector of the outlet has any longer is gone."""
        causes = self._standing(station, connector)
        place = (station.id, connector.evse)
        for fault in raised:
            key = self._key(place, fault, warning=_is_warning(station, connector))
            cause = causes.get(key)
            if cause is not None:
                self.at.setdefault(place, set()).add(key)
                self._conditions.set(cause, at)
        self._clear(place, causes, at)

    def seen(self, station: Station, connector: Connector, at: Instant) -> None:
        """The connector reported: what is gone without having been said so is gone; a warning may have become a
        fault. Raises nothing new."""
        place = (station.id, connector.evse)
        known = self.at.get(place)
        if not known:
            return
        causes = self._standing(station, connector)
        for key in known:
            cause = causes.get(key)
            if cause is not None and self._conditions.present(key):
                self._conditions.set(cause, at)
        self._clear(place, causes, at)

    def restore(self, key: Key, station: str, evse: int) -> None:
        """An open alarm was loaded."""
        self.at.setdefault((station, evse), set()).add(key)

    def forget(self, station: str) -> None:
        """The station no longer counts."""
        for place in [place for place in self.at if place[0] == station]:
            del self.at[place]

    def _clear(self, place: tuple[str, int], causes: dict[Key, Cause], at: Instant) -> None:
        known = self.at.get(place)
        if known is None:
            return
        for key in [key for key in known if key not in causes]:
            known.discard(key)
            self._conditions.gone(key, at)
        if not known:
            del self.at[place]

    def _standing(self, station: Station, connector: Connector) -> dict[Key, Cause]:
        """Every fault that an outlet has now, at any of its connectors; the worse of two wins."""
        place = (station.id, connector.evse)
        causes: dict[Key, Cause] = {}
        for other in station.connectors.values():
            if other.evse != connector.evse:
                continue
            warning = _is_warning(station, other)
            for fault in other.faults:
                cause = self._cause(place, fault, warning=warning)
                known = causes.get(cause.key)
                if known is None or cause.severity < known.severity:
                    causes[cause.key] = cause
        return causes

    def _key(self, place: tuple[str, int], fault: Fault, *, warning: bool) -> Key:
        return self._cause(place, fault, warning=warning).key

    def _cause(self, place: tuple[str, int], fault: Fault, *, warning: bool) -> Cause:
        station, evse = place
        verdict = judge(fault, warning=warning)
        source = str(OutletId(station, evse)) if evse > 0 else station
        key = Key("fault", source, verdict.code, verdict.variant)
        unknown = verdict.code not in SEVERITIES or verdict.variant
        if unknown and key not in self._conditions and len(self._book.of_station(station)) >= MOST_UNKNOWN:
            key = Key("fault", source, "OtherError")
        return Cause(
            key=key,
            severity=verdict.severity,
            station=station,
            evse=evse if evse > 0 else None,
            site=self._places.site_of(station),
            info=fault.info,
            vendor_code=fault.vendor_code,
            values={"vendor_code": fault.vendor_code} if fault.vendor_code else {},
            flags=frozenset({LATCHED}) if verdict.latched else frozenset(),
            on_delay_s=self._rule.on_delay_s,
            off_delay_s=self._rule.off_delay_s,
        )


def _is_warning(station: Station, connector: Connector) -> bool:
    """Whether the outlet can charge in spite of it. OCPP 2.x says faults by events of their own, beside the status."""
    return station.version is Version.V16 and connector.activity is not Activity.FAULTED
