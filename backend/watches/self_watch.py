"""What the server notices about itself and about its own doing, told to the alarms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from backend.alarms.alarms import Alarms
from backend.fleet import Fleet
from backend.model.change import Change
from backend.model.clock import Instant
from backend.model.event import Connected, StationEvent
from backend.model.operation import Operation
from backend.model.words import OperationState

REPLACED_PER_HOUR = 5
"""Sockets of one identity that replace a live one; more often it is two stations (domain.md 1.1)."""
_OF_THIS_RUN = ("flooding", "open_files", "store", "database", "trace")
"""Rules whose causes a new server has not seen yet: what is left of them from before is over until it shows again."""
RESET_SILENCE_S = 600.0
"""After a reset of ours (domain.md 3.6, A18)."""


class WritesToDisk(Protocol):
    """The store, as far as its health goes."""

    @property
    def error(self) -> str | None: ...

    @property
    def damage(self) -> str | None: ...

    @property
    def trace_error(self) -> str | None: ...


class LetsIn(Protocol):
    """The gateway, as far as its doors go."""

    @property
    def shut(self) -> str | None: ...


class SelfWatch:
    """Listens to intake, operations and the gateway, and looks at the store and the door at every tick."""

    def __init__(self, alarms: Alarms, fleet: Fleet, store: WritesToDisk, door: LetsIn) -> None:
        self._alarms = alarms
        self._fleet = fleet
        self._store = store
        self._told: dict[str, str | None] = {}
        self._door = door
        for alarm in [alarm for alarm in alarms.open.values() if alarm.active and alarm.rule in _OF_THIS_RUN]:
            alarms.clear_condition(alarm.rule, alarm.source)

    def event(self, event: StationEvent | None, changes: Sequence[Change]) -> None:
        """Two stations with one identity throw each other out again and again."""
        if not isinstance(event, Connected):
            return
        station = self._fleet.find(event.station)
        if station is not None and len(station.replaced) >= REPLACED_PER_HOUR:
            self._alarms.raise_condition("duplicate_identity", station.id, station=station.id)

    def operation(self, operation: Operation) -> None:
        """A reset that went out explains the silence and the boots that follow."""
        resets = operation.operation == "reset" or operation.parameters.get("action") == "Reset"
        if resets and operation.state is OperationState.SENT and operation.sent is not None:
            self._alarms.expect_silence(operation.station, operation.sent + RESET_SILENCE_S)

    def flood(self, station: str, begins: bool) -> None:
        """A station begins to send more than its share, or has ended."""
        if begins:
            self._alarms.raise_condition("flooding", station, station=station)
        else:
            self._alarms.clear_condition("flooding", station)

    def tick(self, now: Instant) -> None:
        """A disk that takes nothing is an alarm, and is over when it takes again; so are frames that are not kept, and
        a door that stays shut."""
        shut = None if self._door.shut is None else ""
        store = self._store
        for rule, error in (
            ("store", store.error),
            ("database", store.damage),
            ("trace", store.trace_error),
            ("open_files", shut),
        ):
            if error == self._told.get(rule):
                continue
            self._told[rule] = error
            if error is None:
                self._alarms.clear_condition(rule)
            else:
                self._alarms.raise_condition(rule, info=error)
