"""Link, boot, status, faults and time (RULINGS.md)."""

from __future__ import annotations

from typing import Any

from backend.model.change import ConnectorChanged, FaultsChanged, LinkChanged, StationChanged
from backend.model.event import AuthorizeAsked, Disconnected, Fault, FaultsReported, Noticed
from backend.model.register import StationEntry
from backend.model.reply import BootReply, Refused, StartReply, TokenReply
from backend.model.words import Activity, Admission, BootStatus, Link, TokenStatus, Version


def test_offline_keeps_the_last_word(bench: Any) -> None:
    """A dropped link changes the link, not the state."""
    bench.status("Charging")
    bench.drop()
    assert bench.station.link is Link.OFFLINE
    assert bench.connector().status == "Charging"
    assert [type(change) for change in bench.changes] == [LinkChanged]
    bench.connect()
    assert [type(change) for change in bench.changes] == [StationChanged, LinkChanged]
    assert bench.connector().status == "Charging"


def test_a_late_close_of_a_replaced_socket_means_nothing(bench: Any) -> None:
    """Field lesson 7: connections are compared, not stations."""
    old = bench.connection
    bench.connect()
    bench.apply(Disconnected(station="CP1", learned=bench.now, connection=old, code=1006))
    assert bench.station.link is Link.ONLINE


def test_a_pending_station_is_told_so_and_its_transactions_are_kept(bench: Any) -> None:
    """Boot Pending; status refused; a start answered, with a token that may not charge."""
    bench.register.put_station(StationEntry(id="CP1", admission=Admission.PENDING))
    reply = bench.boot()
    assert isinstance(reply, BootReply)
    assert reply.status is BootStatus.PENDING
    assert isinstance(bench.status("Available"), Refused)
    started = bench.start()
    assert isinstance(started, StartReply)
    assert started.token is not None
    assert started.token.status is TokenStatus.INVALID
    assert bench.fleet.sessions == {}


def test_a_fault_without_a_code_keeps_what_is_known(bench: Any) -> None:
    """Field frame 39: Faulted with NoError does not clear OverVoltage; NoError without Faulted does."""
    bench.status("Faulted", 1, "OverVoltage")
    bench.status("Faulted", 1)
    assert [fault.code for fault in bench.connector().faults] == ["OverVoltage"]
    bench.status("Available", 1)
    cleared = [change for change in bench.changes if isinstance(change, FaultsChanged)]
    assert [fault.code for fault in cleared[0].cleared] == ["OverVoltage"]


def test_single_faults_of_2x_come_and_go(bench: Any) -> None:
    """NotifyEvent adds and removes one; a StatusNotification leaves it standing."""
    bench.connect(Version.V201)
    fault = Fault(code="CX019")
    bench.apply(FaultsReported(station="CP1", learned=bench.now, evse=1, connector=1, raised=(fault,)))
    bench.status("Occupied")
    assert bench.connector().faults == (fault,)
    bench.apply(FaultsReported(station="CP1", learned=bench.now, evse=1, connector=1, cleared=(fault,)))
    assert bench.connector().faults == ()


def test_unknown_words_are_kept(bench: Any) -> None:
    """Field lesson 19: the station's own word stands; what it means is unknown."""
    bench.status("SelfTest")
    assert (bench.connector().status, bench.connector().activity) == ("SelfTest", Activity.UNKNOWN)


def test_power_on_a_free_outlet_is_a_conflict(bench: Any) -> None:
    """The meter contradicts the status."""
    bench.clock.advance(20)
    bench.meter(5000, 7200.0)
    assert bench.connector().conflict
    bench.status("Charging")
    assert not bench.connector().conflict


def test_a_replayed_status_moves_no_live_state_and_raises_nothing(bench: Any) -> None:
    """A16: a fault from the absence is history; the newest word stands once the replay has settled."""
    gone = bench.now
    bench.drop()
    bench.clock.advance(7200)
    bench.connect()
    bench.status("Faulted", 1, "HighTemperature", said=gone + 600)
    assert bench.connector().activity is Activity.IDLE
    assert not any(isinstance(change, FaultsChanged) for change in bench.changes)
    assert all(change.late for change in bench.changes if isinstance(change, ConnectorChanged))
    bench.status("Preparing", 1, said=gone + 5000)
    bench.clock.advance(31)
    changes = bench.fleet.tick(bench.now)
    assert bench.connector().activity is Activity.PLUGGED
    assert bench.connector().since == gone + 5000
    assert not any(isinstance(change, FaultsChanged) for change in changes)


def test_absurd_times_count_as_receipt(bench: Any) -> None:
    """1970, hours ahead, and two days behind without an absence: the order of receipt decides."""
    for said in (0.74, bench.now + 7200, bench.now - 172_800):
        bench.clock.advance(60)
        bench.status("Preparing", said=said)
        bench.status("Available", said=said)
        assert bench.connector().since == bench.now


def test_three_lost_calls_make_it_deaf_until_it_answers(bench: Any) -> None:
    """Deaf: it talks, and answers no command."""
    for _ in range(3):
        bench.fleet.call_lost("CP1", bench.now)
    assert bench.station.link is Link.DEAF
    bench.fleet.call_answered("cp1", bench.now)
    assert bench.station.link is Link.ONLINE


def test_a_refused_card_is_noted_where_the_car_waits(bench: Any) -> None:
    """One plugged outlet: the refusal belongs there."""
    bench.status("Preparing", 2)
    reply = bench.apply(AuthorizeAsked(station="CP1", learned=bench.now, id_token="BLOCKED"))
    assert isinstance(reply, TokenReply)
    assert bench.connector(2).last_refusal == bench.now
    assert bench.connector(1).last_refusal is None


def test_other_messages_are_kept_as_notices(bench: Any) -> None:
    """What changes no state is recorded all the same."""
    bench.apply(Noticed(station="CP1", learned=bench.now, action="SecurityEventNotification", text="TamperDetection"))
    assert [change.text for change in bench.changes] == ["TamperDetection"]


def test_a_restart_shows_last_known_states(bench: Any) -> None:
    """What was online is offline since the server stopped; sessions go on."""
    started = bench.start()
    from backend.fleet import Fleet
    from backend.model.settings import OcppSettings

    fleet = Fleet(bench.clock, bench.register, OcppSettings())
    fleet.load([bench.station], [bench.session(started.transaction_id)], bench.now - 5)
    station = fleet.find("cp1")
    assert station is not None
    assert (station.link, station.link_since) == (Link.OFFLINE, bench.now - 5)
    assert station.connectors[1, 1].session is fleet.sessions[started.transaction_id]
