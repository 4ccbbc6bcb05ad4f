"""The store as a whole: what is written is there after a restart."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.model.alarm import Alarm, AlarmEntry
from backend.model.event import Fault, Sample
from backend.model.frame import Frame, Handshake
from backend.model.interval import Interval, Minutes
from backend.model.operation import AuditEntry, Operation, Step
from backend.model.register import OutletEntry, SiteEntry, StationEntry, TokenEntry
from backend.model.session import Session
from backend.model.settings import StoreSettings
from backend.model.station import Connector, Station
from backend.model.words import (
    Activity,
    Admission,
    AlarmState,
    BootStatus,
    Link,
    OperationState,
    Service,
    SessionFlag,
    SessionState,
    Severity,
    TokenStatus,
    Version,
)
from backend.store import Store
from backend.store.alarm_rows import AlarmQuery
from backend.store.operation_rows import OperationQuery
from backend.store.session_rows import SessionQuery

STATION = Station(
    id="NKL-1",
    version=Version.V201,
    link=Link.ONLINE,
    link_since=900.5,
    boot_status=BootStatus.ACCEPTED,
    booted=899.0,
    boot_reason="PowerUp",
    last_heard=950.25,
    address="10.0.0.1:4711",
    vendor="Fjordvolt",
    model="F 150",
    serial="null",
    firmware="1.2.3",
    clock_skew_s=-0.5,
    connects=[1.0, 2.0],
    boots=[3.0],
    timeouts=2,
)
CONNECTOR = Connector(
    evse=1,
    connector=2,
    status="Faulted",
    status_since=901.0,
    activity=Activity.FAULTED,
    since=902.0,
    faults=(Fault(code="GroundFailure", vendor_code="E7", info="nåt är fel"),),
    info="x",
    power_w=0.0,
    register_wh=123456789,
    conflict=True,
)
SESSION = Session(
    id=41,
    station="NKL-1",
    evse=1,
    connector=2,
    transaction_id="99999999999999999999999",
    id_token="null",
    started=1_000.0,
    meter_start_wh=5,
    energy_wh=700,
    power_w=11_000.5,
    current_a=(16.0, 15.5, 0.0),
    seen_seq={4, 7},
    next_seq=3,
    flags={SessionFlag.GAP, SessionFlag.RECEIVED_LATE},
)
ALARM = Alarm(
    id=7,
    rule="fault",
    code="GroundFailure",
    source="NKL-1:1",
    station="NKL-1",
    evse=1,
    site="S1",
    severity=Severity.S1,
    state=AlarmState.UNACKNOWLEDGED,
    active=True,
    since=1.0,
    raised=1.0,
    count=3,
    flags={"latched"},
    values={"n": "3"},
)
OPERATION = Operation(
    id=12,
    operation="reset",
    target="NKL-1",
    station="NKL-1",
    parameters={"type": "Hard", "n": [1, None]},
    state=OperationState.SENT,
    answer_payload={"status": "Accepted"},
    reason="stuck",
    requested_by="anna",
    deadline_s=300.0,
    requested=1_000.0,
    sent=1_001.0,
    steps=[Step(at=1_000.0, name="queued"), Step(at=1_001.0, name="sent", values={"id": "7"})],
)
REGISTER = (
    SiteEntry(id="S1", name="Kajen", capacity_kw=630.0, latitude=59.3, longitude=18.1),
    StationEntry(id="NKL-1", site="S1", pinned_version=Version.V16, added=5.0),
    StationEntry(id="NKL-2", admission=Admission.PENDING, first_address="10.0.0.9", added=6.0),
    OutletEntry(station="NKL-1", evse=1, label="0042", service=Service.PLANNED, in_service_since=7.0),
    TokenEntry(token="04A2", status=TokenStatus.BLOCKED, group="G", expires=8.0, label="blå"),
)


@pytest.fixture
def settings(tmp_path: Path) -> StoreSettings:
    """A data directory that is not there yet."""
    return StoreSettings(data=tmp_path / "data")


@pytest.fixture
def store(settings: StoreSettings) -> Iterator[Store]:
    """An open store; promises are kept on its own thread."""
    store = Store(settings)
    store.open()
    yield store
    store.close()


def write_all(store: Store) -> None:
    """One of each."""
    site, first, second, outlet, token = REGISTER
    store.site_entry(site)
    store.station_entry(first)
    store.station_entry(second)
    store.outlet_entry(outlet)
    store.token_entry(token)
    store.station(STATION)
    store.connector(STATION, CONNECTOR)
    store.session(SESSION)
    store.readings(SESSION, ((1_001.0, Sample(energy_wh=6, current_a=(1.5, 2.0), context="Transaction.Begin")),))
    store.meter_values("NKL-1", 1, 2, ((1_000.0, Sample(energy_wh=5)),))
    store.status("NKL-1", CONNECTOR, 901.0, 902.0, True)
    store.link("NKL-1", Link.ONLINE, 900.5, "from 10.0.0.1")
    store.interval(Interval(station="NKL-1", evse=1, start=10.0, end=None, kind=Minutes.FAULTED, detail="E7"))
    store.alarm(ALARM)
    store.alarm_entry(AlarmEntry(alarm=7, at=1.0, what="raised", text="three times"))
    store.operation(OPERATION)
    store.audit(AuditEntry(at=1.0, who="anna", what="reset", target="NKL-1", reason="stuck"))
    store.notice("NKL-1", 5.0, "SecurityEventNotification", "TamperDetectionActivated", "{}")
    store.handshake(Handshake(at=1.0, address="192.0.2.1:5", reason="garbage", raw="GET"))
    store.keep_frames(
        [Frame(station="NKL-1", direction="in", received=5.0, action="X", message_id="1", kind=2, frame="[2]")]
    )


async def test_a_restart_shows_the_same(settings: StoreSettings, store: Store) -> None:
    """Every kind of thing comes back as it was, from a second store on the same files."""
    write_all(store)
    store.tick(1_234.5)
    assert store.close()
    again = Store(settings)
    again.open()
    try:
        site, first, second, outlet, token = REGISTER
        assert again.load_sites() == [site]
        assert again.load_stations() == [first, second]
        assert again.load_outlets() == [outlet]
        assert again.load_tokens() == [token]
        (station,) = again.load_live()
        assert station.connectors == {(1, 2): CONNECTOR}
        station.connectors = {}
        assert station == STATION
        assert again.load_open_sessions() == [SESSION]
        assert again.load_open_alarms() == [ALARM]
        assert again.load_unfinished_operations() == [OPERATION]
        (interval,) = again.load_open_intervals()
        assert (interval.kind, interval.detail, interval.end) == (Minutes.FAULTED, "E7", None)
        ids = again.load_next_ids()
        assert (ids.session, ids.alarm, ids.operation) == (42, 8, 13)
        assert again.load_alive_until() == 1_234.5
        assert await again.sessions(SessionQuery()) == [SESSION]
        (reading,) = await again.session_readings(41)
        assert reading.sample == Sample(at=1_001.0, energy_wh=6, current_a=(1.5, 2.0), context="Transaction.Begin")
        assert await again.outside_readings("NKL-1", 1, 0.0, 2_000.0) == [(2, Sample(at=1_000.0, energy_wh=5))]
        (status,) = await again.status_history("NKL-1", 1)
        assert (status.status, status.faults, status.late, status.learned) == ("Faulted", CONNECTOR.faults, True, 902.0)
        (link,) = await again.link_history("NKL-1")
        assert (link.link, link.detail) == ("online", "from 10.0.0.1")
        assert [entry.text for entry in await again.alarm_entries(7)] == ["three times"]
        assert [entry.who for _, entry in await again.audit_entries("NKL-1")] == ["anna"]
        assert [notice.text for notice in await again.notices("NKL-1")] == ["TamperDetectionActivated"]
        assert [handshake.raw for handshake in await again.handshakes()] == ["GET"]
        assert [frame.frame for frame in await again.frames("NKL-1")] == ["[2]"]
    finally:
        again.close()


async def test_an_empty_store_starts_at_one(store: Store) -> None:
    """A new data directory: nothing there, numbers from 1, nobody was alive."""
    assert store.load_live() == []
    assert store.load_alive_until() is None
    assert store.load_next_ids().session == 1
    assert await store.sessions(SessionQuery()) == []


async def test_promises_are_kept_on_the_loop(settings: StoreSettings) -> None:
    """`after_commit` calls back on the loop, in order, after the rows can be read by another connection."""
    loop = asyncio.get_running_loop()
    store = Store(settings, loop.call_soon_threadsafe)
    store.open()
    seen: list[int] = []
    ready = asyncio.Event()
    for n in range(100):
        store.session(Session(id=n + 1, station="A", evse=1, connector=1, transaction_id=str(n)))

        def done(n: int = n) -> None:
            seen.append(n)
            asyncio.get_running_loop()
            if n == 99:
                ready.set()

        store.after_commit(done)
    await asyncio.wait_for(ready.wait(), 5)
    assert seen == list(range(100))
    assert len(await store.sessions(SessionQuery(limit=None))) == 100
    store.close()


async def test_reads_see_what_was_written_before(store: Store) -> None:
    """Whoever writes and then asks gets the new state, without waiting by hand."""
    for n in range(50):
        store.alarm_entry(AlarmEntry(alarm=1, at=float(n), what="note", text=str(n)))
        assert len(await store.alarm_entries(1)) == n + 1


KILLED = """
import os, sys, threading
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from backend.model.session import Session
from backend.model.settings import StoreSettings
from backend.store import Store
store = Store(StoreSettings(data=Path(sys.argv[1])))
store.open()
for n in range(1, 500):
    store.session(Session(id=n, station="A", evse=1, connector=1, transaction_id=str(n)))
    store.after_commit(lambda n=n: n == 400 and os._exit(9))
threading.Event().wait(20)
"""


def test_what_was_promised_survives_a_kill(tmp_path: Path) -> None:
    """The process dies inside the callback, with no chance to tidy up; the rows before it are all there."""
    root = Path(__file__).parents[3]
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path / "data"), str(root)], timeout=60, check=False, capture_output=True
    )
    assert ended.returncode == 9, ended.stderr.decode()
    store = Store(StoreSettings(data=tmp_path / "data"))
    store.open()
    found = {session.id for session in store.load_open_sessions()}
    store.close()
    assert set(range(1, 401)) <= found


async def test_ended_things_are_not_loaded_as_open(store: Store) -> None:
    """Ended sessions, normal alarms, ended operations and closed intervals are history."""
    write_all(store)
    store.session(
        Session(
            id=41,
            station="NKL-1",
            evse=1,
            connector=2,
            transaction_id="x",
            state=SessionState.ENDED,
            started=1_000.0,
            ended=2_000.0,
        )
    )
    ended = Operation(id=12, operation="reset", target="NKL-1", station="NKL-1", state=OperationState.PROVED)
    store.operation(ended)
    store.interval(Interval(station="NKL-1", evse=1, start=10.0, end=20.0, kind=Minutes.UP))
    alarm = Alarm(**{name: getattr(ALARM, name) for name in ALARM.__struct_fields__})
    alarm.state = AlarmState.NORMAL
    store.alarm(alarm)
    assert store.load_open_sessions() == []
    assert [session.id for session in store.load_recent_sessions(3_000.0)] == [41]
    assert store.load_recent_sessions(3_000.0 + 86_400.0) == []
    assert store.load_unfinished_operations() == []
    assert store.load_open_alarms() == []
    assert store.load_open_intervals() == []
    assert await store.alarms(AlarmQuery()) == [alarm]
    assert await store.operations(OperationQuery(station="NKL-1")) == [ended]
    assert store.load_next_ids().alarm == 8


def test_removed_entries_stay_removed(settings: StoreSettings, store: Store) -> None:
    """Forgotten and put again in one batch: the order counts."""
    write_all(store)
    store.forget("token", ("04a2",))
    store.forget("outlet", ("nkl-1", 1))
    store.forget("site", ("S1",))
    store.site_entry(SiteEntry(id="S1", name="New"))
    store.forget_station("NKL-1")
    assert store.load_tokens() == []
    assert store.load_outlets() == []
    assert [site.name for site in store.load_sites()] == ["New"]
    assert store.load_live() == []


async def test_everything_can_come_in_bulk(settings: StoreSettings, store: Store) -> None:
    """`insert_all` takes whatever the journal takes, and returns when it is on disk."""
    station = Station(id="B1", connectors={(1, 1): Connector(evse=1, connector=1)})
    things = [*REGISTER, station, ALARM, OPERATION, AuditEntry(at=1.0, who="a", what="b", target="c")]
    things += [
        Session(id=n, station="B1", evse=1, connector=1, transaction_id=str(n), state=SessionState.ENDED, ended=1.0)
        for n in range(1, 2_001)
    ]
    assert await asyncio.to_thread(store.insert_all, things) == len(things)
    assert store.vitals().queued == 0
    assert len(await store.sessions(SessionQuery(limit=None))) == 2_000
    assert store.load_live() == [station]
    with pytest.raises(TypeError, match="str"):
        store.insert_all(["what"])  # type: ignore[list-item]


async def test_vitals_tell_the_state(store: Store) -> None:
    """Sizes, commits and rows are counted; no error."""
    write_all(store)
    await store.settled()
    vitals = store.vitals()
    assert vitals.queued == 0
    assert vitals.rows > 15
    assert vitals.commits >= 1
    assert vitals.database_bytes > 10_000
    assert (vitals.error, vitals.refused, store.full) == (None, 0, False)


async def test_two_samples_of_one_moment_become_one(store: Store) -> None:
    """A station may send energy and state of charge apart, with the same time."""
    store.readings(SESSION, ((5.0, Sample(energy_wh=1)), (5.0, Sample(soc_pct=50.0)), (6.0, Sample(power_w=1.0))))
    first, second = await store.session_readings(41)
    assert (first.sample.energy_wh, first.sample.soc_pct, second.sample.power_w) == (1, 50.0, 1.0)


async def test_refused_connections_are_counted(store: Store) -> None:
    """One row per host, reason and identity, whatever the port."""
    for port in range(3):
        store.handshake(Handshake(at=float(port), address=f"192.0.2.1:{port}", reason="garbage", raw=f"GET {port}"))
    store.handshake(Handshake(at=3.0, address="192.0.2.1:7", reason="garbage", raw="GET 7", count=40))
    store.handshake(Handshake(at=9.0, address="192.0.2.1:9", reason="unknown", identity="X"))
    latest, counted = await store.handshakes()
    assert (latest.identity, latest.count) == ("X", 1)
    assert (counted.count, counted.at, counted.raw) == (43, 3.0, "GET 7")
