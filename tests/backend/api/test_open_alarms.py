"""The counts of open alarms follow every change."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from backend.api.open_alarms import OpenAlarms
from backend.model.alarm import Alarm
from backend.model.words import AlarmState, Severity

CHANGES = st.lists(st.tuples(st.integers(1, 5), st.sampled_from(Severity), st.sampled_from(AlarmState)), max_size=30)


def alarm(number: int, severity: Severity, state: AlarmState) -> Alarm:
    return Alarm(
        id=number,
        rule="fault",
        code="GroundFailure",
        source=f"CP-{number}:1",
        station=f"CP-{number}",
        evse=1,
        site=None,
        severity=severity,
        state=state,
        active=True,
        since=1.0,
        raised=1.0,
    )


@given(CHANGES)
def test_totals_are_those_of_the_alarms_as_they_are(changes: list[tuple[int, Severity, AlarmState]]) -> None:
    """Whatever became of each of them before."""
    board, now = OpenAlarms(), dict[int, Alarm]()
    for number, severity, state in changes:
        now[number] = alarm(number, severity, state)
        board.put(now[number])
    loud = [one for one in now.values() if one.state in (*_WAITING, AlarmState.ACKNOWLEDGED)]
    waiting = [one for one in loud if one.state in _WAITING]
    assert board.totals() == (_by_severity(loud), _by_severity(waiting))


_WAITING = (AlarmState.UNACKNOWLEDGED, AlarmState.RETURNED)


def _by_severity(alarms: list[Alarm]) -> dict[str, int]:
    return {f"S{one.value}": sum(found.severity is one for found in alarms) for one in Severity}
