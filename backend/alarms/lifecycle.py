"""The life of one alarm after ANSI/ISA-18.2 (domain.md 3.2): pure functions on an `Alarm`.

The state is never set by hand: it follows from what is true of the alarm - whether the cause is there, whether
somebody acknowledged, shelved it, whether a parent tells it already - by `settle`.

    unacknowledged --ack--> acknowledged --cause gone--> normal
          |                                              ^
          '--cause gone--> returned --------ack----------'

A latched alarm (ground failure, contactor, meter) loses its acknowledgement when the cause goes: it takes a second
one, the reset, to be normal. What a parent or an agreed outage suppresses, and what goes meanwhile, is normal at once.
"""

from __future__ import annotations

from backend.model.alarm import Alarm
from backend.model.clock import Instant
from backend.model.words import AlarmState, Severity

LATCHED = "latched"
OUT_OF_SERVICE = "out_of_service"
CHATTERING = "chattering"
STALE = "stale"


def settle(alarm: Alarm) -> AlarmState:
    """Work the state out, and set it."""
    alarm.state = _state(alarm)
    return alarm.state


def _state(alarm: Alarm) -> AlarmState:
    if alarm.shelved_until is not None:
        return AlarmState.SHELVED
    quiet = _quiet(alarm)
    if alarm.active:
        if quiet is not None:
            return quiet
        return AlarmState.ACKNOWLEDGED if alarm.acknowledged is not None else AlarmState.UNACKNOWLEDGED
    if quiet is not None or alarm.acknowledged is not None:
        return AlarmState.NORMAL
    return AlarmState.RETURNED


def _quiet(alarm: Alarm) -> AlarmState | None:
    """Who tells it already. Danger to people is never suppressed."""
    if alarm.severity is Severity.S1:
        return None
    if OUT_OF_SERVICE in alarm.flags:
        return AlarmState.OUT_OF_SERVICE
    return AlarmState.SUPPRESSED if alarm.parent is not None else None


def come(alarm: Alarm, at: Instant) -> None:
    """The cause is there again, after the alarm had returned."""
    alarm.active = True
    alarm.since = at
    alarm.cleared = None
    alarm.count += 1
    alarm.flags.discard(STALE)
    unacknowledge(alarm)
    settle(alarm)


def reopen(alarm: Alarm, at: Instant) -> None:
    """The cause is there again, after the alarm was normal: a new occurrence of the same."""
    alarm.raised = at
    alarm.owner = None
    alarm.flags.discard(CHATTERING)
    come(alarm, at)


def go(alarm: Alarm, at: Instant) -> None:
    """The cause is gone."""
    alarm.active = False
    alarm.cleared = at
    if LATCHED in alarm.flags:
        unacknowledge(alarm)
    settle(alarm)


def acknowledge(alarm: Alarm, who: str, at: Instant) -> None:
    """Somebody has seen it."""
    alarm.acknowledged = at
    alarm.acknowledged_by = who
    settle(alarm)


def unacknowledge(alarm: Alarm) -> None:
    """Nobody has seen it, after all."""
    alarm.acknowledged = None
    alarm.acknowledged_by = None
    settle(alarm)


def regrade(alarm: Alarm, severity: Severity) -> bool:
    """Change the severity. One that rises takes the acknowledgement, and out of the shelf what may not lie there.

    A latched alarm keeps the worst. Returns whether anything changed.
    """
    if severity == alarm.severity or (LATCHED in alarm.flags and severity > alarm.severity):
        return False
    rose = severity < alarm.severity
    alarm.severity = severity
    if rose:
        unacknowledge(alarm)
        if severity is Severity.S1:
            _off_the_shelf(alarm)
    settle(alarm)
    return True


def shelve(alarm: Alarm, who: str, until: Instant, reason: str) -> None:
    """Out of the way until then."""
    alarm.shelved_until = until
    alarm.shelved_by = who
    alarm.shelve_reason = reason
    settle(alarm)


def unshelve(alarm: Alarm, at: Instant, *, expired: bool) -> None:
    """Back in the list: unacknowledged when the time is up and the cause is there. What went meanwhile is normal,
    for whoever shelved it knew of it, unless it is latched."""
    if alarm.shelved_until is None:
        return
    if alarm.active and expired:
        unacknowledge(alarm)
    elif not alarm.active and alarm.acknowledged is None and LATCHED not in alarm.flags:
        alarm.acknowledged = at
        alarm.acknowledged_by = alarm.shelved_by
    _off_the_shelf(alarm)
    settle(alarm)


def _off_the_shelf(alarm: Alarm) -> None:
    alarm.shelved_until = None
    alarm.shelved_by = None
    alarm.shelve_reason = ""
