"""Which open alarms stand at which outlet and station: the worst one colours a row."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from backend.model.alarm import Alarm
from backend.model.words import AlarmState, Severity

_QUIET = (AlarmState.NORMAL, AlarmState.SUPPRESSED, AlarmState.SHELVED, AlarmState.OUT_OF_SERVICE)


class Place(NamedTuple):
    """Where an alarm stands; evse None: the station as a whole."""

    station: str
    evse: int | None


class OpenAlarms:
    """An index over the alarms that are not normal."""

    def __init__(self, alarms: Iterable[Alarm] = ()) -> None:
        self._at: dict[Place, dict[int, Severity]] = {}
        self._place: dict[int, Place] = {}
        self._seen: dict[int, tuple[Severity, AlarmState]] = {}
        self._counts: dict[tuple[Severity, AlarmState], int] = {}
        for alarm in alarms:
            self.put(alarm)

    def put(self, alarm: Alarm) -> None:
        """An alarm is new or has changed."""
        place = self._place.pop(alarm.id, None)
        if place is not None:
            held = self._at[place]
            held.pop(alarm.id, None)
            if not held:
                del self._at[place]
        before = self._seen.pop(alarm.id, None)
        if before is not None:
            self._counts[before] -= 1
        if alarm.state is AlarmState.NORMAL:
            return
        seen = self._seen[alarm.id] = (alarm.severity, alarm.state)
        self._counts[seen] = self._counts.get(seen, 0) + 1
        if alarm.station is not None and alarm.state not in _QUIET:
            place = Place(alarm.station.casefold(), alarm.evse)
            self._place[alarm.id] = place
            self._at.setdefault(place, {})[alarm.id] = alarm.severity

    def worst(self, station: str, evse: int) -> tuple[Severity | None, int]:
        """The worst severity at an outlet, its station's own alarms included, and how many there are."""
        folded = station.casefold()
        here = self._at.get(Place(folded, evse))
        above = self._at.get(Place(folded, None))
        if here is None and above is None:
            return None, 0
        severities = [*(here or {}).values(), *(above or {}).values()]
        return min(severities), len(severities)

    def totals(self) -> tuple[dict[str, int], dict[str, int]]:
        """How many are open, and unacknowledged, by `S1`...`S4`; without shelved and suppressed ones."""
        open_ones = {f"S{severity.value}": 0 for severity in Severity}
        unacknowledged = dict(open_ones)
        for (severity, state), count in self._counts.items():
            if state in _QUIET:
                continue
            open_ones[f"S{severity.value}"] += count
            if state in (AlarmState.UNACKNOWLEDGED, AlarmState.RETURNED):
                unacknowledged[f"S{severity.value}"] += count
        return open_ones, unacknowledged
