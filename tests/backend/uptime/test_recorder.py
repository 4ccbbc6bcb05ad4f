"""The recorder: what an outlet's stations do becomes its intervals, across replays and restarts."""

from __future__ import annotations

import itertools
from typing import Any, cast

import pytest

from backend.fleet import Fleet
from backend.model.change import SessionChanged
from backend.model.clock import HeldClock
from backend.model.event import Booted, Connected, Disconnected, Fault, StatusReported
from backend.model.interval import Interval, Minutes
from backend.model.ports import Journal
from backend.model.register import OutletEntry, StationEntry
from backend.model.session import Session
from backend.model.settings import OcppSettings
from backend.model.words import Admission, Link, Service, Version
from backend.register.register import Register
from backend.uptime import Recorder, count
from backend.uptime.intervals import cut


class Kept:
    """A journal of intervals that does what the store's does."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, int, float], Interval] = {}

    def interval(self, interval: Interval) -> None:
        self.rows[interval.station, interval.evse, interval.start] = interval

    def cut_intervals(self, station: str, evse: int, start: float, end: float, pieces: list[Interval]) -> None:
        left = cut(self.of(station, evse), start, end)
        for key in [key for key in self.rows if key[:2] == (station, evse)]:
            del self.rows[key]
        for interval in [*left, *pieces]:
            self.interval(interval)

    def of(self, station: str = "CP1", evse: int = 1) -> list[Interval]:
        found = [row for key, row in self.rows.items() if key[:2] == (station, evse) and row.end != row.start]
        return sorted(found, key=lambda row: row.start)

    def open(self) -> list[Interval]:
        return [row for row in self.rows.values() if row.end is None]


class Bench:
    """One station that a person registered, with two outlets; time is told from the beginning."""

    def __init__(self) -> None:
        self.clock = HeldClock()
        self.zero = self.clock.now()
        self.register = Register(self.clock, OcppSettings(), None)
        self.journal = Kept()
        self.recorder = self.new_recorder()
        self.fleet = Fleet(self.clock, self.register, OcppSettings())
        self.register.on_change.append(
            lambda kind, key: self.recorder.register_changed(str(key if kind == "station" else key[0]))
        )
        self.connection = 0

    def new_recorder(self) -> Recorder:
        return Recorder(self.clock, self.register, cast(Journal, self.journal))

    @property
    def now(self) -> float:
        return self.clock.now()

    def at(self, seconds: float) -> None:
        """Move on to so many seconds after the beginning."""
        self.clock.advance(self.zero + seconds - self.now)
        self.recorder.apply(self.fleet.tick(self.now))
        self.recorder.tick(self.now)

    def apply(self, event: Any) -> None:
        self.recorder.apply(self.fleet.apply(event)[1])

    def connect(self, station: str = "CP1", version: Version = Version.V16) -> None:
        self.connection += 1
        self.apply(
            Connected(station=station, learned=self.now, connection=self.connection, version=version, address="::1")
        )

    def boot(self, station: str = "CP1") -> None:
        self.apply(Booted(station=station, learned=self.now, vendor="Nordlys", model="L2"))

    def drop(self, station: str = "CP1") -> None:
        connection = self.fleet.stations[station].connection or 0
        self.apply(Disconnected(station=station, learned=self.now, connection=connection, code=1001))

    def status(
        self,
        status: str,
        *codes: str,
        evse: int = 1,
        connector: int = 1,
        station: str = "CP1",
        said: float | None = None,
    ) -> None:
        self.apply(
            StatusReported(
                station=station,
                learned=self.now,
                said=self.now if said is None else self.zero + said,
                evse=evse,
                connector=connector,
                status=status,
                faults=tuple(Fault(code=code) for code in codes),
            )
        )

    def session(self, start: float, end: float, energy_wh: int = 5000) -> None:
        """A session that a replay told."""
        session = Session(
            id=1,
            station="CP1",
            evse=1,
            connector=1,
            transaction_id="1",
            started=self.zero + start,
            ended=self.zero + end,
            energy_wh=energy_wh,
        )
        change = SessionChanged(
            station=self.fleet.stations["CP1"], session=session, ended=True, late=True, at=self.zero + start
        )
        self.recorder.apply([change])

    def told(self, station: str = "CP1", evse: int = 1) -> list[tuple[float, float | None, str]]:
        """Start, end and kind of every interval, in seconds from the beginning."""
        return [
            (
                row.start - self.zero,
                None if row.end is None else row.end - self.zero,
                f"{row.kind.value}:{row.detail}" if row.detail else row.kind.value,
            )
            for row in self.journal.of(station, evse)
        ]


@pytest.fixture
def bench() -> Bench:
    """Connected, booted, both outlets available, at 100 s."""
    made = Bench()
    made.register.put_station(StationEntry(id="CP1"))
    made.register.put_outlet(OutletEntry(station="CP1", evse=1))
    made.register.put_outlet(OutletEntry(station="CP1", evse=2))
    made.at(100)
    made.connect()
    made.boot()
    made.status("Available")
    made.status("Available", evse=2)
    return made


def test_registered_and_in_service_counts_offline_until_seen(bench: Bench) -> None:
    """A station that was never seen but is in service is offline from its registration."""
    assert bench.told() == [(0.0, 100.0, "offline"), (100.0, None, "up")]


def test_what_a_driver_does_is_one_stretch_of_up(bench: Bench) -> None:
    """Available, Preparing, Charging, Suspended, Finishing, Reserved: all up, nothing written."""
    for status in ("Preparing", "Charging", "SuspendedEV", "SuspendedEVSE", "Finishing", "Available", "Reserved"):
        bench.status(status)
    assert bench.told()[1:] == [(100.0, None, "up")]


def test_faulted_and_unavailable_are_stretches_with_their_reason(bench: Bench) -> None:
    """The code, or the word, behind each; the other outlet is not touched."""
    bench.at(200)
    bench.status("Faulted", "GroundFailure")
    bench.at(300)
    bench.status("Unavailable")
    bench.at(400)
    bench.status("Available")
    assert bench.told()[1:] == [
        (100.0, 200.0, "up"),
        (200.0, 300.0, "faulted:GroundFailure"),
        (300.0, 400.0, "unavailable"),
        (400.0, None, "up"),
    ]
    assert bench.told(evse=2)[1:] == [(100.0, None, "up")]


def test_a_warning_is_up(bench: Bench) -> None:
    """A fault beside another status does not keep anybody from charging."""
    bench.at(200)
    bench.status("Charging", "HighTemperature")
    assert bench.told()[1:] == [(100.0, None, "up")]


def test_offline_from_the_loss_of_the_link(bench: Bench) -> None:
    """All outlets of the station; back with the state that was known last."""
    bench.at(200)
    bench.status("Faulted", "ReaderFailure", evse=2)
    bench.at(300)
    bench.drop()
    bench.at(400)
    bench.connect()
    assert bench.told()[1:] == [(100.0, 300.0, "up"), (300.0, 400.0, "offline"), (400.0, None, "up")]
    assert bench.told(evse=2)[2:] == [
        (200.0, 300.0, "faulted:ReaderFailure"),
        (300.0, 400.0, "offline"),
        (400.0, None, "faulted:ReaderFailure"),
    ]


def test_an_evse_is_up_while_one_of_its_connectors_is() -> None:
    """OCPP 2.x: two plugs, one car; down only when both are."""
    bench = Bench()
    bench.register.put_station(StationEntry(id="CP1", first_address="::1"))
    bench.connect(version=Version.V201)
    bench.boot()
    for connector in (1, 2):
        bench.status("Available", connector=connector)
    bench.at(100)
    bench.status("Unavailable", connector=1)
    bench.at(200)
    bench.status("Faulted", connector=2)
    bench.at(300)
    bench.status("Available", connector=1)
    assert bench.told() == [(0.0, 200.0, "up"), (200.0, 300.0, "faulted:Faulted"), (300.0, None, "up")]


def test_a_station_that_introduced_itself_counts_from_its_first_boot() -> None:
    """Not while it is pending, not before it has said anything of its outlets."""
    bench = Bench()
    bench.register.introduce("NEW", "192.0.2.1")
    bench.connect("NEW")
    bench.boot("NEW")
    bench.status("Available", station="NEW")
    bench.at(50)
    bench.register.accept("NEW", bench.now)
    assert bench.told("NEW") == []
    bench.at(100)
    bench.boot("NEW")
    bench.at(130)
    bench.status("Available", station="NEW")
    assert bench.told("NEW") == [(100.0, None, "up")]


def test_planned_out_of_service_and_retired(bench: Bench) -> None:
    """What the register says of an outlet goes before what the station says."""
    changes = [
        (200, Service.OUT_OF_SERVICE),
        (300, Service.PLANNED),
        (400, Service.IN_SERVICE),
        (500, Service.RETIRED),
    ]
    for at, service in changes:
        bench.at(at)
        bench.register.put_outlet(OutletEntry(station="CP1", evse=1, service=service))
        bench.status("Faulted" if service is Service.OUT_OF_SERVICE else "Available")
    bench.at(600)
    bench.status("Faulted")
    assert bench.told()[1:] == [
        (100.0, 200.0, "up"),
        (200.0, 300.0, "planned:out_of_service"),
        (300.0, 400.0, "not_commissioned"),
        (400.0, 500.0, "up"),
    ]
    assert ("CP1", 1) not in bench.recorder.current


def test_in_service_from_a_day_to_come(bench: Bench) -> None:
    """Its minutes count from then, without anybody doing anything."""
    bench.at(200)
    bench.register.put_outlet(OutletEntry(station="CP1", evse=1, in_service_since=bench.zero + 1000))
    bench.at(1000)
    assert bench.told()[1:] == [
        (100.0, 200.0, "up"),
        (200.0, 1000.0, "not_commissioned"),
        (1000.0, None, "up"),
    ]


def test_a_blocked_station_is_out_by_agreement_and_a_removed_one_is_gone(bench: Bench) -> None:
    """The operator's own decision is no downtime."""
    bench.at(200)
    bench.register.block("CP1")
    assert bench.told()[-1] == (200.0, None, "planned:blocked")
    bench.at(300)
    bench.register.remove("station", "CP1")
    assert bench.told()[-1] == (200.0, 300.0, "planned:blocked")
    assert bench.recorder.current == {}


def test_late_faults_cut_the_offline_stretch(bench: Bench) -> None:
    """A replay tells that it was faulted for a part of it; available again is still offline."""
    bench.at(1_000)
    bench.drop()
    bench.at(5_000)
    bench.connect()
    bench.status("Faulted", "OverVoltage", said=2_000)
    bench.status("Available", said=3_000)
    assert bench.told()[1:] == [
        (100.0, 1_000.0, "up"),
        (1_000.0, 2_000.0, "offline"),
        (2_000.0, 3_000.0, "faulted:OverVoltage"),
        (3_000.0, 5_000.0, "offline"),
        (5_000.0, None, "up"),
    ]


def test_late_statuses_in_any_order(bench: Bench) -> None:
    """What came second but was said for an earlier time goes no further than the first."""
    bench.at(1_000)
    bench.drop()
    bench.at(5_000)
    bench.connect()
    bench.status("Available", said=3_000)
    bench.status("Unavailable", said=2_000)
    bench.status("Unavailable", said=2_000)
    assert bench.told()[2:5] == [
        (1_000.0, 2_000.0, "offline"),
        (2_000.0, 3_000.0, "unavailable"),
        (3_000.0, 5_000.0, "offline"),
    ]


def test_energy_of_a_replayed_session_proves_that_it_delivered(bench: Bench) -> None:
    """Within the offline stretch alone; strict counts it up."""
    bench.at(1_000)
    bench.drop()
    bench.at(5_000)
    bench.connect()
    bench.session(500, 3_000)
    bench.session(3_500, 4_000, energy_wh=0)
    assert bench.told()[1:] == [
        (100.0, 1_000.0, "up"),
        (1_000.0, 3_000.0, "delivering"),
        (3_000.0, 5_000.0, "offline"),
        (5_000.0, None, "up"),
    ]
    counted = count(bench.journal.of(), bench.zero + 1_000, bench.zero + 5_000)
    assert (counted.up_s, counted.down_s) == (2_000.0, 2_000.0)


def test_a_replayed_session_while_it_was_connected_changes_nothing(bench: Bench) -> None:
    """What was seen is not rewritten."""
    before = bench.told()
    bench.session(110, 190)
    assert bench.told() == before


def test_our_own_absence_is_a_gap(bench: Bench) -> None:
    """From when we were last alive until the station is back; nobody's downtime."""
    bench.at(1_000)
    _restart(bench, alive_until=1_000, now=1_600)
    assert bench.told()[-2:] == [(100.0, 1_000.0, "up"), (1_000.0, None, "gap")]
    bench.at(1_640)
    bench.connect()
    assert bench.told()[-2:] == [(1_000.0, 1_640.0, "gap"), (1_640.0, None, "up")]
    counted = count(bench.journal.of(), bench.zero + 100, bench.zero + 2_000)
    assert (counted.down_s, counted.gap_s, counted.uptime_pct) == (0.0, 640.0, 100.0)


def test_who_does_not_come_back_was_offline_from_the_restart(bench: Bench) -> None:
    """Ten minutes' grace; then the gap ends where we began to look again."""
    bench.at(1_000)
    _restart(bench, alive_until=1_000, now=1_600)
    bench.at(2_200)
    assert bench.told()[-2:] == [(1_000.0, 1_600.0, "gap"), (1_600.0, None, "offline")]


def test_a_restart_while_it_was_offline(bench: Bench) -> None:
    """Offline, our gap, offline: a replay can still tell of the first part."""
    bench.at(1_000)
    bench.drop()
    bench.at(2_000)
    _restart(bench, alive_until=2_000, now=2_600)
    bench.at(3_000)
    bench.connect()
    bench.session(1_200, 1_800)
    assert bench.told()[2:] == [
        (1_000.0, 1_200.0, "offline"),
        (1_200.0, 1_800.0, "delivering"),
        (1_800.0, 2_000.0, "offline"),
        (2_000.0, 2_600.0, "gap"),
        (2_600.0, 3_000.0, "offline"),
        (3_000.0, None, "up"),
    ]


def test_agreed_outages_go_on_through_a_restart(bench: Bench) -> None:
    """They are a fact of the register; whether we looked does not matter."""
    bench.at(200)
    bench.register.put_outlet(OutletEntry(station="CP1", evse=1, service=Service.OUT_OF_SERVICE))
    _restart(bench, alive_until=900, now=1_600)
    assert bench.told()[-1] == (200.0, None, "planned:out_of_service")


def test_a_crash_during_the_grace_is_one_gap(bench: Bench) -> None:
    """Twice down in ten minutes."""
    bench.at(1_000)
    _restart(bench, alive_until=1_000, now=1_100)
    _restart(bench, alive_until=1_150, now=1_300)
    bench.at(1_400)
    bench.connect()
    assert bench.told()[-2:] == [(1_000.0, 1_400.0, "gap"), (1_400.0, None, "up")]


def test_the_first_start_of_all(bench: Bench) -> None:
    """No history, nobody knows of a gap: registered outlets are offline from now on."""
    bench.at(1_000)
    bench.journal = Kept()
    bench.recorder = bench.new_recorder()
    bench.recorder.start(bench.now, None, [], bench.register.outlets.values())
    assert bench.told() == bench.told(evse=2) == [(1_000.0, None, "offline")]


def test_an_outlet_that_nobody_registered_goes_on_after_a_restart() -> None:
    """It counts as in service; the restart does not end it."""
    bench = Bench()
    bench.register.put_station(StationEntry(id="CP1", admission=Admission.ACCEPTED, first_address="::1"))
    bench.connect()
    bench.boot()
    bench.status("Available", evse=3)
    bench.at(1_000)
    _restart(bench, alive_until=1_000, now=1_010)
    bench.register.put_station(StationEntry(id="CP1", note="north side"))
    bench.connect()
    assert bench.told(evse=3) == [(0.0, 1_000.0, "up"), (1_000.0, 1_010.0, "gap"), (1_010.0, None, "up")]


def test_no_second_is_recorded_twice(bench: Bench) -> None:
    """After all kinds of changes the intervals of an outlet follow each other without gap or overlap."""
    bench.at(1_000)
    bench.drop()
    bench.at(4_000)
    bench.connect()
    bench.status("Faulted", said=2_000)
    bench.session(2_500, 3_500)
    bench.at(4_100)
    bench.status("Unavailable")
    bench.register.put_outlet(OutletEntry(station="CP1", evse=1, service=Service.OUT_OF_SERVICE))
    _restart(bench, alive_until=4_200, now=4_300)
    rows = bench.journal.of()
    assert all(a.end == b.start for a, b in itertools.pairwise(rows))
    assert rows[0].start == bench.zero
    assert {row.kind for row in rows} >= {Minutes.UP, Minutes.DELIVERING, Minutes.FAULTED, Minutes.PLANNED}


def _restart(bench: Bench, *, alive_until: float, now: float) -> None:
    """The server stopped, and starts with what the store kept."""
    bench.at(now)
    for station in bench.fleet.stations.values():
        station.link = Link.OFFLINE
        station.link_since = bench.zero + alive_until
        station.connection = None
    bench.recorder = bench.new_recorder()
    bench.recorder.start(bench.now, bench.zero + alive_until, bench.journal.open(), bench.register.outlets.values())
