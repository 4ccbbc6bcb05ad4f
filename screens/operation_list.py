"""The operations that the list shows: those of the mirror, and older ones from the server, page by page."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from backend.model.clock import Instant
from backend.model.resources import OperationResource
from backend.model.words import OperationState
from screens.past_rows import PastRows, order

SHIFT_S = 8 * 3_600.0


class OperationRows(PastRows[OperationResource]):
    """All, or only those under way or those that had no effect."""

    MODES = ("all", "running", "failed")

    @property
    def live(self) -> Mapping[str, OperationResource]:
        return self.mirror.operations

    def ordered(self, now: Instant) -> list[str]:
        floor = -1 if self.complete or not self.past else order(self.oldest or "")
        names = {name for name, operation in self.past.items() if self._wanted(self.get(name) or operation)}
        for name, operation in self.mirror.operations.items():
            if name not in names and order(name) >= floor and self._wanted(operation) and self._passes(operation, now):
                names.add(name)
        return sorted(names, key=order, reverse=True)

    def _wanted(self, operation: OperationResource) -> bool:
        if self.mode == "running":
            return not operation.state.ended
        if self.mode == "failed":
            return operation.state.ended and operation.state is not OperationState.PROVED
        return True

    def _passes(self, operation: OperationResource, now: Instant) -> bool:
        site = self.mirror.sites.get(operation.site or "")
        station = self.mirror.stations.get(operation.station)
        return self.filter.matches_operation(operation, site, station, now)

    def like(self, operation: OperationResource, same: Callable[[OperationResource], bool]) -> list[OperationResource]:
        """Those of the same kind that have ended and for which `same` holds, without itself."""
        every = {**self.past, **self.mirror.operations}.values()
        return [
            other
            for other in every
            if other.operation == operation.operation
            and other.parameters == operation.parameters
            and other.id != operation.id
            and other.state.ended
            and same(other)
        ]

    def counts(self, now: Instant) -> tuple[int, int, int, int]:
        """Running, and of the last eight hours: all, proved, ended without proof."""
        running = shift = proved = failed = 0
        for operation in {**self.past, **self.mirror.operations}.values():
            running += not operation.state.ended
            asked = operation.times.get("requested")
            if asked is None or now - asked.timestamp() > SHIFT_S:
                continue
            shift += 1
            proved += operation.state is OperationState.PROVED
            failed += operation.state.ended and operation.state is not OperationState.PROVED
        return running, shift, proved, failed
