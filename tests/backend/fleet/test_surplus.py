"""A station that begins transactions for ever has only so many of them open; none is lost."""

from __future__ import annotations

from typing import Any

import pytest

from backend.fleet import surplus
from backend.fleet.sessions import DAY_S, ENDED_KEPT, RECENT_PER_STATION
from backend.fleet.surplus import BESIDE_PER_STATION
from backend.model.change import SessionChanged
from backend.model.words import SessionFlag, SessionState


def came_back(bench: Any) -> None:
    """It was away for most of a day."""
    bench.connect()
    bench.drop()
    bench.clock.advance(60_000)
    bench.connect()


def late_start(bench: Any, number: int) -> Any:
    """One of a replay: it displaces nothing, and holds its outlet only when that is free."""
    return bench.start(token=f"T{number}", meter=number, said=bench.now - 50_000 + number)


def test_the_oldest_beside_the_outlets_are_closed_with_a_mark(bench: Any) -> None:
    """Late starts without a stop: the outlet's own session stays, the oldest of the others make room."""
    came_back(bench)
    own = bench.start(meter=7, said=bench.now).transaction_id
    closed: list[Any] = []
    for number in range(BESIDE_PER_STATION + 30):
        late_start(bench, number)
        closed += [one.session for one in bench.changes if isinstance(one, SessionChanged) and one.ended]
    assert len(bench.fleet.sessions) == BESIDE_PER_STATION + 1
    assert own in bench.fleet.sessions
    assert len(closed) == 30
    assert all(SessionFlag.SURPLUS in one.flags and one.state is SessionState.ENDED for one in closed)
    assert [one.meter_start_wh for one in closed] == list(range(30))


def test_a_stop_that_comes_later_still_tells_the_truth(bench: Any) -> None:
    """What was closed to make room gets its meter and its end from its own stop."""
    came_back(bench)
    bench.start(meter=7, said=bench.now)
    ids = [late_start(bench, number).transaction_id for number in range(BESIDE_PER_STATION + 1)]
    assert bench.session(ids[0]).flags >= {SessionFlag.SURPLUS, SessionFlag.ASSUMED_ENDED}
    bench.stop(ids[0], 5_000)
    assert bench.session(ids[0]).energy_wh == 5_000
    assert len(bench.fleet.recent_sessions("CP1")) == BESIDE_PER_STATION + 2


def test_there_is_a_bound_over_all_stations(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Above it the oldest go that hold no outlet, and no other."""
    came_back(bench)
    own = bench.start(meter=7, said=bench.now).transaction_id
    for number in range(20):
        late_start(bench, number)
    assert len(bench.fleet.sessions) == 21
    monkeypatch.setattr(surplus, "OPEN_IN_ALL", 10)
    monkeypatch.setattr(surplus, "A_TICK", 8)
    for _ in range(3):
        bench.fleet.tick(bench.now)
    assert own in bench.fleet.sessions
    assert len(bench.fleet.sessions) <= 10


def test_ended_ones_are_let_go_with_time(bench: Any) -> None:
    """A busy day is remembered for its repetitions; of the days before, a few."""
    for number in range(RECENT_PER_STATION + 20):
        bench.stop(bench.start(token=f"T{number}", meter=number).transaction_id, number + 1)
        bench.clock.advance(60)
    assert len(bench.fleet.recent_sessions("CP1")) == RECENT_PER_STATION
    bench.clock.advance(DAY_S)
    bench.start(token="LAST", meter=1)
    assert len(bench.fleet.recent_sessions("CP1")) == ENDED_KEPT + 1
