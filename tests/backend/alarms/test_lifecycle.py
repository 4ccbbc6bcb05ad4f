"""The life cycle holds whatever people and stations do, in any order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from backend.alarms import lifecycle
from backend.alarms.conditions import Cause, Conditions, Key
from backend.model.alarm import Alarm
from backend.model.clock import HeldClock
from backend.model.words import AlarmState, Severity

ACTS = st.lists(
    st.sampled_from(
        ["come", "go", "ack", "unack", "shelve", "unshelve", "expire", "suppress", "surface", "s1", "s3", "out", "in"]
    ),
    max_size=30,
)


def _act(alarm: Alarm, act: str) -> None:
    match act:
        case "come":
            lifecycle.come(alarm, 1.0)
        case "go":
            lifecycle.go(alarm, 2.0)
        case "ack":
            lifecycle.acknowledge(alarm, "elin", 3.0)
        case "unack":
            lifecycle.unacknowledge(alarm)
        case "shelve":
            if alarm.severity is not Severity.S1:
                lifecycle.shelve(alarm, "elin", 100.0, "why")
        case "unshelve" | "expire":
            lifecycle.unshelve(alarm, 5.0, expired=act == "expire")
        case "suppress" | "surface":
            alarm.parent = 7 if act == "suppress" else None
            lifecycle.settle(alarm)
        case "s1" | "s3":
            lifecycle.regrade(alarm, Severity.S1 if act == "s1" else Severity.S3)
        case _:
            (alarm.flags.add if act == "out" else alarm.flags.discard)(lifecycle.OUT_OF_SERVICE)
            lifecycle.settle(alarm)


@given(ACTS, st.booleans())
def test_the_state_always_tells_the_truth(acts: list[str], latched: bool) -> None:
    """After any acts: the seven states mean what ISA-18.2 says, and danger is never hidden."""
    alarm = Alarm(
        id=1,
        rule="fault",
        code="X",
        source="A:1",
        station="A",
        evse=1,
        site=None,
        severity=Severity.S2,
        state=AlarmState.UNACKNOWLEDGED,
        active=True,
        since=0.0,
        raised=0.0,
        flags={lifecycle.LATCHED} if latched else set(),
    )
    for act in acts:
        _act(alarm, act)
        acked = alarm.acknowledged is not None
        match alarm.state:
            case AlarmState.UNACKNOWLEDGED:
                assert alarm.active
                assert not acked
            case AlarmState.ACKNOWLEDGED:
                assert alarm.active
                assert acked
            case AlarmState.RETURNED:
                assert not alarm.active
                assert not acked
            case AlarmState.NORMAL:
                assert not alarm.active
            case AlarmState.SHELVED:
                assert alarm.shelved_until is not None
            case AlarmState.SUPPRESSED | AlarmState.OUT_OF_SERVICE:
                assert alarm.active
                assert alarm.severity is not Severity.S1
        assert (alarm.acknowledged is None) == (alarm.acknowledged_by is None)
        if alarm.severity is Severity.S1 and alarm.active and not acked:
            assert alarm.state is AlarmState.UNACKNOWLEDGED


class _Counts:
    """Counts what becomes of a cause."""

    def __init__(self) -> None:
        self.up = 0
        self.events: list[str] = []

    def raised(self, cause: Cause, since: float) -> None:
        self.up += 1
        self.events.append("raised")

    def repeated(self, cause: Cause, at: float) -> None:
        assert self.up == 1
        self.events.append("repeated")

    def changed(self, cause: Cause) -> None:
        assert self.up == 1

    def returned(self, key: Key, at: float) -> None:
        self.up -= 1
        self.events.append("returned")


@given(
    st.lists(st.one_of(st.sampled_from(["set", "gone", "force", "forget"]), st.integers(1, 30)), max_size=40),
    st.sampled_from([0.0, 10.0]),
    st.sampled_from([0.0, 20.0]),
    st.sampled_from([None, 15.0]),
)
def test_a_cause_is_raised_and_returned_in_turn(
    acts: list[str | int], on_delay: float, off_delay: float, hold: float | None
) -> None:
    """Never twice raised, never returned without; nothing is kept of what is over."""
    clock = HeldClock()
    counts = _Counts()
    conditions = Conditions(clock, counts)
    cause = Cause(key=Key("r", "s"), severity=Severity.S3, on_delay_s=on_delay, off_delay_s=off_delay, hold_s=hold)
    for act in acts:
        match act:
            case "set":
                conditions.set(cause, clock.now())
            case "gone":
                conditions.gone(cause.key, clock.now())
            case "force":
                conditions.force(cause.key)
            case "forget":
                conditions.forget(cause.key)
            case int():
                clock.advance(act)
                conditions.tick(clock.monotonic())
        assert counts.up in (0, 1)
        assert conditions.is_raised(cause.key) == (counts.up == 1)
    conditions.gone(cause.key, clock.now())
    clock.advance(100)
    conditions.tick(clock.monotonic())
    assert counts.up == 0
    assert len(conditions) == 0


def test_an_on_delay_starts_anew_after_a_break() -> None:
    """Eight seconds, a break, eight seconds: never ten in a row."""
    clock = HeldClock()
    counts = _Counts()
    conditions = Conditions(clock, counts)
    cause = Cause(key=Key("r", "s"), severity=Severity.S3, on_delay_s=10.0)
    for _ in range(3):
        conditions.set(cause, clock.now())
        clock.advance(8)
        conditions.tick(clock.monotonic())
        conditions.gone(cause.key, clock.now())
        clock.advance(1)
    assert counts.events == []
    assert len(conditions) == 0
