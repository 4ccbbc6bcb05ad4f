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
RESET_SILENCE_S = 600.0
"""After a reset of ours (domain.md 3.6, A18)."""


class WritesToDisk(Protocol):
    """The store, as far as its health goes."""

    @property
    def error(self) -> str | None: ...

    @property
    def trace_error(self) -> str | None: ...


class SelfWatch:
    """Listens to intake and operations, and looks at the store at every tick."""

    def __init__(self, alarms: Alarms, fleet: Fleet, store: WritesToDisk) -> None:
        self._alarms = alarms
        self._fleet = fleet
        self._store = store
        self._told: dict[str, str | None] = {}

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

    def tick(self, now: Instant) -> None:
        """A disk that takes nothing is an alarm, and is over when it takes again; so are frames that are not kept."""
        for rule, error in (("store", self._store.error), ("trace", self._store.trace_error)):
            if error == self._told.get(rule):
                continue
            self._told[rule] = error
            if error is None:
                self._alarms.clear_condition(rule)
            else:
                self._alarms.raise_condition(rule, info=error)
