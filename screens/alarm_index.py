"""The open alarms by what they are about: outlets, stations, sites."""

from __future__ import annotations

from typing import TypeVar

from backend.client.mirror import Mirror
from backend.model.resources import AlarmResource, OutletResource
from backend.model.words import AlarmState

Key = TypeVar("Key", str, tuple[str, int])
_SHOWN_ALARMS = (AlarmState.UNACKNOWLEDGED, AlarmState.ACKNOWLEDGED)


class Alarms:
    """The open alarms by what they are about, the worst of each."""

    def __init__(self, mirror: Mirror) -> None:
        self.outlets: dict[tuple[str, int], AlarmResource] = {}
        self.stations: dict[str, AlarmResource] = {}
        self.sites: dict[str, AlarmResource] = {}
        for alarm in mirror.alarms.values():
            if alarm.state not in _SHOWN_ALARMS or not alarm.active:
                continue
            if alarm.station is not None and alarm.evse is not None:
                _worst(self.outlets, (alarm.station, alarm.evse), alarm)
            elif alarm.station is not None:
                _worst(self.stations, alarm.station, alarm)
            elif alarm.site is not None and alarm.source == alarm.site:
                _worst(self.sites, alarm.site, alarm)

    def of(self, outlet: OutletResource) -> AlarmResource | None:
        """The alarm that tells most about an outlet: its own, else its station's."""
        return self.outlets.get((outlet.station, outlet.evse)) or self.stations.get(outlet.station)


def _worst(held: dict[Key, AlarmResource], key: Key, alarm: AlarmResource) -> None:
    known = held.get(key)
    if known is None or (alarm.severity, -alarm.since.timestamp()) < (known.severity, -known.since.timestamp()):
        held[key] = alarm


def others(before: dict[Key, AlarmResource], after: dict[Key, AlarmResource]) -> set[Key]:
    """The keys whose alarm is another one."""
    return {key for key in before.keys() | after.keys() if before.get(key) is not after.get(key)}
