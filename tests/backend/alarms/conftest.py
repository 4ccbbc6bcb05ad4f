"""A fleet of some sites and its alarms on a held clock; the journal is a list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest

from backend.alarms import Alarms
from backend.fleet import Fleet
from backend.model.alarm import Alarm, AlarmEntry
from backend.model.change import Change
from backend.model.clock import HeldClock
from backend.model.event import Booted, Connected, Disconnected, Fault, StationEvent, StatusReported
from backend.model.ports import Journal
from backend.model.register import OutletEntry, SiteEntry, StationEntry
from backend.model.settings import AlarmSettings, OcppSettings
from backend.model.words import AlarmState, Version
from backend.register.register import Register


class Written:
    """A journal that remembers what alarms wrote."""

    def __init__(self) -> None:
        self.alarms: list[tuple[int, AlarmState]] = []
        self.entries: list[AlarmEntry] = []

    def alarm(self, alarm: Alarm) -> None:
        self.alarms.append((alarm.id, alarm.state))

    def alarm_entry(self, entry: AlarmEntry) -> None:
        self.entries.append(entry)

    def whats(self, alarm: int) -> list[str]:
        return [entry.what for entry in self.entries if entry.alarm == alarm]


class Bench:
    """Speaks events of many stations; keeps the alarms that come of them."""

    def __init__(self, settings: AlarmSettings | None = None) -> None:
        self.clock = HeldClock()
        self.journal = Written()
        self.settings = settings or AlarmSettings()
        self.register = Register(self.clock, OcppSettings(), None)
        self.fleet = Fleet(self.clock, self.register, OcppSettings())
        self.alarms = self.new_alarms()
        self.connection = 0

    def new_alarms(self) -> Alarms:
        return Alarms(self.clock, self.settings, self.register, cast(Journal, self.journal))

    def site(self, name: str, stations: int, *, current: str = "AC", outlets: int = 0) -> list[str]:
        """A site with stations that are connected and available."""
        self.register.put_site(SiteEntry(id=name, name=name))
        names = [f"{name}-{n}" for n in range(1, stations + 1)]
        for station in names:
            self.register.put_station(StationEntry(id=station, site=name, current=current))
            for evse in range(1, outlets + 1):
                self.register.put_outlet(OutletEntry(station=station, evse=evse))
            self.connect(station)
            self.boot(station)
            self.status("Available", station=station)
        return names

    @property
    def now(self) -> float:
        return self.clock.now()

    def apply(self, event: StationEvent) -> list[Change]:
        _, changes = self.fleet.apply(event)
        self.alarms.apply(changes)
        return changes

    def connect(self, station: str = "CP1", version: Version = Version.V16) -> None:
        self.connection += 1
        self.apply(
            Connected(
                station=station, learned=self.now, connection=self.connection, version=version, address="192.0.2.1"
            )
        )

    def drop(self, station: str = "CP1") -> None:
        connection = self.fleet.stations[station].connection or 0
        self.apply(Disconnected(station=station, learned=self.now, connection=connection, code=1001))

    def boot(self, station: str = "CP1", reason: str = "") -> None:
        self.apply(Booted(station=station, learned=self.now, vendor="Nordlys", model="L2", reason=reason))

    def status(
        self,
        status: str,
        *faults: str | Fault,
        station: str = "CP1",
        evse: int = 1,
        said: float | None = None,
    ) -> None:
        whole = tuple(Fault(code=fault) if isinstance(fault, str) else fault for fault in faults)
        self.apply(
            StatusReported(
                station=station,
                learned=self.now,
                said=self.now if said is None else said,
                evse=evse,
                connector=1 if evse else 0,
                status=status,
                faults=whole,
            )
        )

    def fault(self, code: str = "ReaderFailure", **more: Any) -> Alarm:
        """Report a fault with status Faulted; the alarm that it raised."""
        self.status("Faulted", code, **more)
        return self.only(code=code)

    def clear(self, **more: Any) -> None:
        """All is well again, and has been for the off-delay."""
        self.status("Available", **more)
        self.wait(self.settings.fault_clear_s)

    def wait(self, seconds: float, step: float | None = None) -> None:
        """Let time pass, ticking at the end (or every `step`)."""
        left = seconds
        while left > 0:
            part = min(step or left, left)
            self.clock.advance(part)
            self.alarms.tick(self.now)
            left -= part

    def open(self, **wanted: Any) -> list[Alarm]:
        """The open alarms that have these fields, by id."""
        return [
            alarm
            for _, alarm in sorted(self.alarms.open.items())
            if all(getattr(alarm, name) == value for name, value in wanted.items())
        ]

    def only(self, **wanted: Any) -> Alarm:
        found = self.open(**wanted)
        assert len(found) == 1, found
        return found[0]


@pytest.fixture
def make_bench() -> Callable[..., Bench]:
    """Makes a bench with one station that is connected and available."""

    def make(settings: AlarmSettings | None = None, current: str = "AC") -> Bench:
        made = Bench(settings)
        made.register.put_station(StationEntry(id="CP1", current=current))
        made.connect()
        made.boot()
        made.status("Available", evse=0)
        made.status("Available")
        return made

    return make


@pytest.fixture
def bench(make_bench: Callable[..., Bench]) -> Bench:
    return make_bench()


@pytest.fixture
def sites() -> Bench:
    """No stations yet; `site` makes them."""
    return Bench()
