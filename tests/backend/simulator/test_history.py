"""The invented past: without holes and overlaps, of one piece with what the stations then do, and fit for the store."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import pytest

from backend.model.alarm import Alarm, AlarmEntry
from backend.model.clock import HeldClock
from backend.model.interval import Interval, Minutes
from backend.model.operation import Operation
from backend.model.session import Reading, Session
from backend.model.settings import StoreSettings
from backend.model.station import Station
from backend.model.words import AlarmState, SessionState, Version
from backend.simulator.history import Past, history
from backend.simulator.network import Network, make_network
from backend.simulator.opening import FIRST_SESSION, Opening, make_opening
from backend.store import Store

NOW = HeldClock().now()
SEED = 6


@pytest.fixture(scope="module")
def network() -> Network:
    return make_network(80, SEED)


@pytest.fixture(scope="module")
def past(network: Network) -> list[Past]:
    return list(history(network, NOW, SEED))


@pytest.fixture(scope="module")
def opening(network: Network) -> Opening:
    return make_opening(network, NOW, SEED)


def of(past: list[Past], kind: type) -> list:
    return [thing for thing in past if isinstance(thing, kind)]


def test_the_same_arguments_give_the_same_past(network: Network, past: list[Past]) -> None:
    """Value by value."""
    assert list(history(network, NOW, SEED)) == past


def test_every_station_is_there_as_last_seen(network: Network, past: list[Past], opening: Opening) -> None:
    """With its nameplate, its outlets, and a word for each."""
    stations = {station.id: station for station in of(past, Station)}
    assert set(stations) == set(network.builds)
    for identity, build in network.builds.items():
        station = stations[identity]
        assert (station.vendor, station.model, station.version) == (
            build.plate.vendor,
            build.plate.model,
            build.version,
        )
        assert {key for key in station.connectors if key[0]} == {(plug.evse, 1) for plug in build.plugs}
        for evse, start in opening.stations[identity].outlets.items():
            assert (station.connectors[evse, 1].status == "Faulted") == (start.state == "faulted")


def test_intervals_have_no_hole_and_no_overlap(network: Network, past: list[Past]) -> None:
    """Thirty days of every outlet, one after the other; the last is open."""
    stretches: dict[tuple[str, int], list[Interval]] = defaultdict(list)
    for interval in of(past, Interval):
        stretches[interval.station, interval.evse].append(interval)
    assert set(stretches) == {(outlet.station, outlet.evse) for outlet in network.outlets}
    for found in stretches.values():
        assert found[0].start == NOW - 30 * 86_400
        for one, after in pairwise(found):
            assert one.end == after.start > one.start
        assert found[-1].end is None
        assert found[-1].start < NOW


def test_uptime_is_good_and_not_perfect(past: list[Past]) -> None:
    """Between 98 and 99.95 %."""
    up = total = 0.0
    for interval in of(past, Interval):
        length = (interval.end or NOW) - interval.start
        total += length
        up += length if interval.kind is Minutes.UP else 0.0
    assert 0.98 < up / total < 0.9995


def test_sessions_of_an_outlet_follow_each_other(past: list[Past]) -> None:
    """No two at a time; each meter begins where the one before ended; energy is the difference."""
    at: dict[tuple[str, int], list[Session]] = defaultdict(list)
    for session in of(past, Session):
        at[session.station, session.evse].append(session)
    assert len(at) > 100
    for found in at.values():
        found.sort(key=lambda session: session.started)
        for one, after in pairwise(found):
            assert one.ended is not None
            assert one.ended <= after.started
            assert one.meter_stop_wh == after.meter_start_wh
        for session in found:
            if session.ended is not None:
                assert session.energy_wh == (session.meter_stop_wh or 0) - (session.meter_start_wh or 0)
                assert session.energy_wh <= session.max_power_w * (session.ended - session.started) / 3600 * 1.05 + 200


def test_numbers_do_not_collide(past: list[Past]) -> None:
    """Session, alarm and operation ids are unique; running sessions have the highest, in the order of their start."""
    for kind in (Session, Alarm, Operation):
        numbers = [thing.id for thing in of(past, kind)]
        assert len(numbers) == len(set(numbers))
        assert min(numbers) > 0
    running = [session for session in of(past, Session) if session.state is SessionState.ACTIVE]
    assert [session.id for session in sorted(running, key=lambda s: s.started)] == sorted(s.id for s in running)
    assert min(session.id for session in running) == FIRST_SESSION
    assert all(s.id < FIRST_SESSION for s in of(past, Session) if s.state is SessionState.ENDED)


def test_running_sessions_are_those_of_the_opening(network: Network, past: list[Past], opening: Opening) -> None:
    """The station will go on with the same transaction, token and meter."""
    running = {s.id: s for s in of(past, Session) if s.state is SessionState.ACTIVE}
    carried = {
        outlet.charge.session: (identity, evse, outlet.charge)
        for identity, start in opening.stations.items()
        for evse, outlet in start.outlets.items()
        if outlet.charge is not None
    }
    assert set(running) == set(carried)
    for number, (identity, evse, charge) in carried.items():
        session = running[number]
        assert (session.station, session.evse, session.transaction_id) == (identity, evse, charge.transaction)
        assert session.id_token == charge.id_token
        assert (session.meter_start_wh, session.register_wh) == (charge.meter_start, charge.register_wh)
        if network.builds[identity].version is Version.V16:
            assert session.transaction_id == str(session.id)


def test_readings_belong_to_their_sessions(past: list[Past]) -> None:
    """Inside the session's time, the register never falls, the last one is its energy."""
    sessions = {session.id: session for session in of(past, Session)}
    readings: dict[int, list[Reading]] = defaultdict(list)
    for reading in of(past, Reading):
        readings[reading.session].append(reading)
    assert len(readings) > 100
    for number, found in readings.items():
        session = sessions[number]
        registers = [reading.sample.energy_wh or 0 for reading in found]
        assert registers == sorted(registers)
        assert registers[-1] - (session.meter_start_wh or 0) == session.energy_wh
        assert session.started < found[0].at <= found[-1].at <= (session.ended or NOW)


def test_the_opening_is_worth_a_look(network: Network, opening: Opening) -> None:
    """Charging, plugged, faulted, away, a dark site, one deaf, one that boots again and again."""
    presence = {start.presence for start in opening.stations.values()}
    assert {"online", "offline", "dark", "deaf", "boot_loop"} <= presence
    dark = [identity for identity, start in opening.stations.items() if start.presence == "dark"]
    assert {network.builds[identity].site for identity in dark} == {opening.dark_site}
    states = {outlet.state for start in opening.stations.values() for outlet in start.outlets.values()}
    assert {"idle", "charging", "faulted", "unavailable"} <= states
    assert states & {"plugged", "finishing"}


def test_alarms_tell_what_is_wrong_now(past: list[Past], opening: Opening) -> None:
    """The dark site is one alarm over its members; every fault and absence has its own; each has a history."""
    alarms = {alarm.id: alarm for alarm in of(past, Alarm)}
    standing = [alarm for alarm in alarms.values() if alarm.state is not AlarmState.NORMAL]
    parent = next(alarm for alarm in standing if alarm.rule == "site_dark")
    assert parent.source == opening.dark_site
    members = {alarm.source for alarm in standing if alarm.parent == parent.id}
    assert members == {identity for identity, start in opening.stations.items() if start.presence == "dark"}
    faults = {alarm.source for alarm in standing if alarm.rule == "fault"}
    assert faults == {
        f"{identity}:{evse}"
        for identity, start in opening.stations.items()
        for evse, outlet in start.outlets.items()
        if outlet.trouble is not None
    }
    told = {entry.alarm for entry in of(past, AlarmEntry)}
    assert told == set(alarms)


def test_operations_have_their_steps(past: list[Past]) -> None:
    """In order of time, from queued to an end."""
    operations = of(past, Operation)
    assert len(operations) >= 10
    for operation in operations:
        moments = [step.at for step in operation.steps]
        assert moments == sorted(moments)
        assert operation.state.ended
        assert operation.ended is not None


def test_a_large_network_gets_fewer_days(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    """The number of past sessions is bounded; what is there are the last days."""
    monkeypatch.setattr("backend.simulator.history.MOST_SESSIONS", 900)
    sessions = of(list(history(network, NOW, SEED)), Session)
    assert 300 < len(sessions) < 1_200
    assert min(session.started for session in sessions) > NOW - 15 * 86_400


def test_fits_the_store(tmp_path: Path, network: Network, past: list[Past], opening: Opening) -> None:
    """All of it is taken in, and comes back as the server reads it at its start."""
    store = Store(StoreSettings(data=tmp_path))
    store.open()
    try:
        store.insert_all(network.entries())
        store.insert_all(past)
        assert len(store.load_stations()) == 80
        assert len(store.load_open_sessions()) == opening.sessions
        assert store.load_next_ids().session == FIRST_SESSION + opening.sessions
        standing = [alarm for alarm in of(past, Alarm) if alarm.state is not AlarmState.NORMAL]
        assert len(list(store.load_open_alarms())) == len(standing)
        assert len(list(store.load_open_intervals())) == len(network.outlets)
    finally:
        store.close()
