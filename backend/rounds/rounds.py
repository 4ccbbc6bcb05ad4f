"""The rounds of the server: quiet stations and lost settings."""

from __future__ import annotations

from collections.abc import Sequence

from backend.alarms.alarms import Alarms
from backend.fleet import Fleet
from backend.model.change import Change
from backend.model.clock import Clock, Instant
from backend.model.event import Booted, Connected, StationEvent
from backend.model.ports import Stations
from backend.model.settings import RoundsSettings
from backend.model.station import Station
from backend.model.wanted import SettingFound, WantedSetting
from backend.operations.operations import Operations
from backend.rounds.drift import Drift
from backend.rounds.quiet import Quiet
from backend.rounds.wanted import WantedSettings


class Rounds:
    """Listens to the intake; time passes by `tick`. All of its calls are background calls."""

    def __init__(
        self,
        clock: Clock,
        fleet: Fleet,
        stations: Stations,
        operations: Operations,
        alarms: Alarms,
        wanted: WantedSettings,
        settings: RoundsSettings,
    ) -> None:
        self._clock = clock
        self._alarms = alarms
        self.wanted = wanted
        self._quiet = Quiet(fleet, stations, settings)
        self._drift = Drift(fleet, stations, operations, wanted, settings, self._trouble)
        wanted.on_change.append(self._wish)

    def settings_of(self, station: Station) -> list[SettingFound]:
        """The wanted settings of a station, and how each stands."""
        return self._drift.of(station)

    def event(self, event: StationEvent | None, changes: Sequence[Change]) -> None:
        """A boot may have lost settings; so may a restart that told of none."""
        if isinstance(event, Booted | Connected):
            self._drift.booted(event.station, self._clock.now())

    def tick(self, now: Instant) -> None:
        """Ask whose turn it is."""
        self._quiet.tick(now)
        self._drift.tick(now)

    def _wish(self, setting: WantedSetting) -> None:
        self._drift.wish(setting, self._clock.now())

    def _trouble(self, station: str, keys: list[str]) -> None:
        if keys:
            self._alarms.raise_condition("settings", station, station=station, info=", ".join(keys))
        else:
            self._alarms.clear_condition("settings", station)
