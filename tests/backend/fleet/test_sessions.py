"""Sessions from transactions, the odd ones included (domain.md 1.5 and 1.6)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.fleet.transactions import _is_no_id
from backend.model.reply import StartReply
from backend.model.words import Activity, SessionFlag, SessionState, TokenStatus, Version


def test_a_whole_session(bench: Any) -> None:
    """Start, readings, stop: energy is the difference of the registers, and the outlet is free again."""
    bench.status("Preparing")
    reply = bench.start(meter=1000)
    assert isinstance(reply, StartReply)
    assert reply.token is not None
    assert reply.token.status is TokenStatus.ACCEPTED
    bench.status("Charging")
    bench.clock.advance(600)
    bench.meter(3000, 11_000.0, transaction=reply.transaction_id)
    session = bench.fleet.sessions[reply.transaction_id]
    assert (session.energy_wh, session.power_w) == (2000, 11_000.0)
    assert bench.connector().activity is Activity.CHARGING
    bench.clock.advance(600)
    bench.stop(reply.transaction_id, 5000)
    assert bench.fleet.sessions == {}
    ended = bench.session(reply.transaction_id)
    assert (ended.state, ended.energy_wh, ended.stop_reason) == (SessionState.ENDED, 4000, "Local")
    assert ended.flags == set()
    bench.status("Finishing")
    assert bench.connector().activity is Activity.FINISHING


def test_a_repeated_start_is_one_session(bench: Any) -> None:
    """R12: the response was lost, the same start comes again and gets the same id."""
    said = bench.now
    first = bench.start(said=said)
    bench.clock.advance(30)
    second = bench.start(said=said)
    assert first.transaction_id == second.transaction_id
    assert len(bench.fleet.sessions) == 1
    assert SessionFlag.REPEATED in bench.session(first.transaction_id).flags


def test_a_stop_without_a_known_start_makes_its_own_session(bench: Any) -> None:
    """R11: meter values and stop with transaction -1 are taken; no other session is touched."""
    other = bench.start(evse=2, token="OTHER", meter=50)
    bench.meter(7000, 7_000.0, transaction=-1)
    bench.clock.advance(900)
    bench.stop(-1, 9000, token="CARD")
    made = bench.fleet.recent_sessions("CP1")[0]
    assert made.flags >= {SessionFlag.START_MISSING, SessionFlag.UNKNOWN_TRANSACTION}
    assert (made.evse, made.energy_wh, made.state) == (1, 2000, SessionState.ENDED)
    assert list(bench.fleet.sessions) == [other.transaction_id]


def test_an_unknown_stop_closes_the_one_session_of_its_token(bench: Any) -> None:
    """The start's answer was lost: one open session has that token and a lower meter, so it is that one."""
    started = bench.start(token="CARD", meter=1000)
    bench.stop(0, 4000, token="card")
    ended = bench.session(started.transaction_id)
    assert (ended.state, ended.energy_wh) == (SessionState.ENDED, 3000)
    assert SessionFlag.UNKNOWN_TRANSACTION in ended.flags


def test_an_unknown_stop_closes_nothing_when_two_could_be_meant(bench: Any) -> None:
    """Two open sessions of one token: neither is closed, the stop becomes a session of its own."""
    first, second = bench.start(evse=1), bench.start(evse=2, meter=2000)
    bench.stop(4711, 9000, token="CARD")
    assert set(bench.fleet.sessions) == {first.transaction_id, second.transaction_id}
    assert len(bench.fleet.recent_sessions("CP1")) == 3


def test_a_repeated_unknown_stop_is_one_session(bench: Any) -> None:
    """Field lesson 30: the station repeats it; it is stored once."""
    said = bench.now
    bench.stop(99, 400, token="CARD", said=said)
    bench.clock.advance(10)
    bench.stop(99, 400, token="CARD", said=said)
    assert len(bench.fleet.recent_sessions("CP1")) == 1


def test_a_new_start_ends_what_was_open_on_the_connector(bench: Any) -> None:
    """The stop was lost: the old session is assumed ended with what was metered, the new one is live."""
    old = bench.start(meter=1000)
    bench.clock.advance(600)
    bench.meter(2500, transaction=old.transaction_id)
    bench.clock.advance(600)
    new = bench.start(token="OTHER", meter=2600)
    closed = bench.session(old.transaction_id)
    assert SessionFlag.ASSUMED_ENDED in closed.flags
    assert closed.energy_wh == 1500
    assert bench.connector().session is bench.session(new.transaction_id)


def test_available_beside_an_open_session_waits_before_it_ends(bench: Any) -> None:
    """Field lesson 35: the contradiction is not resolved at once; a reading inside the grace time saves it."""
    started = bench.start()
    bench.status("Charging")
    bench.status("Available")
    bench.clock.advance(200)
    bench.fleet.tick(bench.now)
    assert started.transaction_id in bench.fleet.sessions
    bench.meter(1500, transaction=started.transaction_id)
    bench.clock.advance(200)
    bench.fleet.tick(bench.now)
    assert started.transaction_id in bench.fleet.sessions
    bench.status("Available")
    bench.clock.advance(301)
    bench.fleet.tick(bench.now)
    assert SessionFlag.ASSUMED_ENDED in bench.session(started.transaction_id).flags


def test_a_stop_after_a_boot_still_counts(bench: Any) -> None:
    """R6: a hard reset, then the stop arrives after the boot; the session ends by it, not by assumption."""
    started = bench.start()
    bench.drop()
    bench.clock.advance(70)
    bench.connect()
    bench.boot()
    bench.clock.advance(10)
    bench.stop(started.transaction_id, 5000, reason="HardReset", said=bench.now - 80)
    ended = bench.session(started.transaction_id)
    assert (ended.stop_reason, SessionFlag.ASSUMED_ENDED in ended.flags) == ("HardReset", False)


def test_a_lost_stop_after_a_boot_is_assumed_after_a_quarter_of_an_hour(bench: Any) -> None:
    """R6, the other way: nothing came, so the ghost is closed and says so."""
    started = bench.start()
    bench.drop()
    bench.clock.advance(70)
    bench.connect()
    bench.boot()
    bench.clock.advance(899)
    bench.fleet.tick(bench.now)
    assert started.transaction_id in bench.fleet.sessions
    bench.clock.advance(2)
    bench.fleet.tick(bench.now)
    assert SessionFlag.ASSUMED_ENDED in bench.session(started.transaction_id).flags


def test_a_refused_token_is_told_and_kept(bench: Any) -> None:
    """R16: the start is answered Blocked, the session is flagged, the outlet remembers the refusal."""
    reply = bench.start(token="BLOCKED")
    assert reply.token.status is TokenStatus.BLOCKED
    assert SessionFlag.REFUSED in bench.session(reply.transaction_id).flags
    assert bench.connector().last_refusal == bench.now


def test_replayed_sessions_tell_of_the_past(bench: Any) -> None:
    """R10: two sessions from an absence of three hours; late, with their own times, and the outlet stays as it is."""
    gone = bench.now
    bench.drop()
    bench.clock.advance(3 * 3600)
    bench.connect()
    first = bench.start(meter=1000, said=gone + 600)
    bench.stop(first.transaction_id, 4000, said=gone + 3600)
    second = bench.start(meter=4000, said=gone + 5000)
    bench.stop(second.transaction_id, 4500, said=gone + 6000)
    bench.status("Available")
    for number, began, ended, energy in (
        (first.transaction_id, gone + 600, gone + 3600, 3000),
        (second.transaction_id, gone + 5000, gone + 6000, 500),
    ):
        session = bench.session(number)
        assert (session.started, session.ended, session.energy_wh) == (began, ended, energy)
        assert SessionFlag.RECEIVED_LATE in session.flags
    assert bench.connector().activity is Activity.IDLE
    assert bench.connector().session is None


def test_a_transaction_of_2x_by_its_events(bench: Any) -> None:
    """Occupied takes its detail from the chargingState; energy comes from the samples."""
    bench.connect(Version.V201)
    bench.status("Occupied")
    assert bench.connector().activity is Activity.PLUGGED
    bench.tx("Started", 0, "EVConnected", wh=100)
    bench.tx("Updated", 1, "Charging", wh=200)
    assert bench.connector().activity is Activity.CHARGING
    bench.clock.advance(600)
    bench.tx("Ended", 2, "EVConnected", wh=900)
    session = bench.fleet.recent_sessions("CP1")[0]
    assert (session.energy_wh, session.state, session.flags) == (800, SessionState.ENDED, set())
    assert bench.connector().activity is Activity.FINISHING


def test_a_gap_is_flagged_until_it_is_filled(bench: Any) -> None:
    """R15: number 2 is missing; when it comes after all, the gap is gone."""
    bench.connect(Version.V201)
    bench.tx("Started", 0)
    bench.tx("Updated", 1)
    bench.tx("Updated", 3)
    session = bench.fleet.recent_sessions("CP1")[0]
    assert SessionFlag.GAP in session.flags
    bench.tx("Updated", 3)
    assert SessionFlag.REPEATED in session.flags
    bench.tx("Updated", 2)
    assert SessionFlag.GAP not in session.flags


def test_what_fills_a_gap_is_older_than_what_came_before_it(bench: Any) -> None:
    """The same second on all of them: the numbers tell the order, and the register has not fallen."""
    bench.connect(Version.V201)
    said = bench.now
    bench.tx("Started", 0, wh=10_000)
    for seq, register in ((1, 11_000), (3, 12_000), (2, 11_500)):
        bench.tx("Updated", seq, said=said, wh=register)
    bench.tx("Updated", 2, "SuspendedEV", said=said, wh=11_500)
    bench.tx("Ended", 4, said=said, wh=13_000)
    session = bench.fleet.recent_sessions("CP1")[0]
    assert (session.energy_wh, session.meter_stop_wh, session.charging_state) == (3000, 13_000, "Charging")
    assert session.flags == {SessionFlag.REPEATED}


@pytest.mark.parametrize("first", ["Ended", "Updated"])
def test_a_start_that_comes_after_what_it_began(bench: Any, first: str) -> None:
    """It brings the token, the time and the register of the begin; nothing is missing any more."""
    bench.connect(Version.V201)
    began = bench.now
    bench.clock.advance(300)
    bench.tx(first, 1, wh=20_000)
    bench.tx("Started", 0, said=began, wh=15_000)
    if first == "Updated":
        bench.tx("Ended", 2, wh=21_000)
    (session,) = bench.fleet.recent_sessions("CP1")
    wanted = 5000 if first == "Ended" else 6000
    assert (session.id_token, session.started, session.energy_wh) == ("CARD", began, wanted)
    assert session.meter_start_wh == 15_000
    assert session.state is SessionState.ENDED
    assert not session.flags & {SessionFlag.START_MISSING, SessionFlag.REGISTER_FELL, SessionFlag.UNKNOWN_TRANSACTION}


def test_a_queue_from_before_we_knew_the_station(bench: Any) -> None:
    """Its clock was seen to be right, and it has just come: the times of its queue are meant."""
    bench.drop()
    bench.clock.advance(2)
    bench.connect()
    began = bench.now - 3 * 3600
    started = bench.start(meter=1000, said=began)
    bench.meter(2000, transaction=started.transaction_id, said=began + 60)
    bench.stop(started.transaction_id, 4000, said=began + 3600)
    session = bench.session(started.transaction_id)
    assert (session.started, session.ended, session.energy_wh) == (began, began + 3600, 3000)
    assert SessionFlag.RECEIVED_LATE in session.flags
    assert bench.station.clock_skew_s == 0
    bench.clock.advance(600)
    bench.fleet.tick(bench.now)
    odd = bench.start(meter=4000, said=began)
    assert bench.session(odd.transaction_id).started == bench.now


def test_a_clock_that_nobody_has_seen_is_wrong_not_late() -> None:
    """Decision 0002: the first word of a station is hours old."""
    from tests.backend.fleet.conftest import Bench

    bench = Bench()
    bench.connect()
    bench.boot()
    started = bench.start(meter=1000, said=bench.now - 3 * 3600)
    assert bench.session(started.transaction_id).started == bench.now
    assert not bench.session(started.transaction_id).flags


def test_a_charge_that_began_before_we_knew_the_station_is_seen(bench: Any) -> None:
    """Field frame 58: readings of a foreign transaction on a charging connector open its session; its stop ends it."""
    bench.status("Charging")
    bench.meter(3_058_620, 7_000.0, transaction=1_662_160_391)
    (session,) = bench.fleet.sessions.values()
    assert session.flags == {SessionFlag.START_MISSING, SessionFlag.UNKNOWN_TRANSACTION}
    bench.clock.advance(600)
    bench.stop(1_662_160_391, 3_059_620)
    assert (session.state, session.energy_wh) == (SessionState.ENDED, 1000)


def test_an_old_transaction_that_is_still_named_opens_nothing(bench: Any) -> None:
    """Field lesson 34: Finishing, no power, and an id from yesterday."""
    bench.status("Finishing")
    bench.meter(10_798, 0.0, transaction=3)
    assert bench.fleet.sessions == {}


def test_garbage_in_the_register_is_not_energy(bench: Any) -> None:
    """A reading 4 GWh above the last is noise, and so is its way back (field frame 47)."""
    started = bench.start(meter=1000)
    bench.clock.advance(60)
    bench.meter(4_296_944_685, transaction=started.transaction_id)
    bench.clock.advance(60)
    bench.meter(1200, transaction=started.transaction_id)
    assert bench.session(started.transaction_id).energy_wh == 200


@pytest.mark.parametrize(
    ("text", "no_id"), [("-1", True), ("0", True), ("", True), ("1", False), ("10", False), ("a-1", False)]
)
def test_ids_that_were_never_given(text: str, no_id: bool) -> None:
    """Zero and below are no transaction (field lesson 31)."""
    assert _is_no_id(text) is no_id


_STEP = st.tuples(
    st.sampled_from(["start", "stop", "meter", "status", "boot", "drop", "wait"]),
    st.integers(0, 2),
    st.sampled_from(["CARD", "OTHER", "BLOCKED"]),
    st.integers(-100, 30_000),
)


@settings(max_examples=150, deadline=None)
@given(steps=st.lists(_STEP, max_size=40))
def test_whatever_comes_no_connector_has_two_sessions_and_no_energy_is_negative(steps: list[Any]) -> None:
    """Any order of messages: sessions stay consistent."""
    from tests.backend.fleet.conftest import Bench

    bench = Bench()
    bench.connect()
    for what, evse, token, number in steps:
        match what:
            case "start":
                bench.start(evse, token, abs(number))
            case "stop":
                bench.stop(number % 7 - 1, abs(number), token=token)
            case "meter":
                bench.meter(abs(number), float(number), evse=evse, transaction=number % 7 - 1)
            case "status":
                bench.status(["Available", "Charging", "Faulted", "Finishing"][number % 4], evse)
            case "boot":
                bench.boot()
            case "drop":
                bench.drop()
                bench.connect()
            case _:
                bench.clock.advance(abs(number))
                bench.fleet.tick(bench.now)
    for session in bench.fleet.recent_sessions("CP1"):
        assert session.energy_wh >= 0
        assert (session.state is SessionState.ACTIVE) == (session.id in bench.fleet.sessions)
        assert session.ended is None or session.ended >= session.started
    places = [(s.evse, s.connector) for s in bench.fleet.sessions.values()]
    assert len(places) == len(set(places))


def test_power_that_was_measured_before_available_flows_no_longer(bench: Any) -> None:
    """A station that reboots inside a charge says Available and no stop: its last power is past."""
    reply = bench.start(meter=1000)
    bench.status("Charging")
    bench.meter(3000, 11_000.0, transaction=reply.transaction_id)
    bench.clock.advance(5)
    bench.status("Available")
    assert bench.connector().power_w is None
    assert bench.fleet.sessions[reply.transaction_id].power_w is None
    bench.clock.advance(5)
    bench.meter(3100, 11_000.0, transaction=reply.transaction_id)
    assert bench.connector().power_w == 11_000.0
    assert bench.connector().conflict
