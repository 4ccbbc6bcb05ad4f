"""The operations that the list shows: those of the mirror, and older ones from the server, page by page."""

from __future__ import annotations

from collections.abc import Callable

from backend.client.mirror import Mirror
from backend.model.clock import Instant
from backend.model.filter import EMPTY, Filter
from backend.model.resources import OperationResource
from backend.model.words import OperationState

PAGE = 100
MOST = 2_000
"""Rows held at most; who needs older ones filters."""
MODES = ("all", "running", "failed")
SHIFT_S = 8 * 3_600.0


class OperationRows:
    """Newest first."""

    def __init__(self, mirror: Mirror) -> None:
        self.mirror = mirror
        self.filter: Filter = EMPTY
        self.mode = "all"
        self.complete = False
        self.past: dict[str, OperationResource] = {}

    def reset(self, found: Filter) -> None:
        """Another filter: what the server sent for the old one says nothing."""
        self.filter, self.past, self.complete = found, {}, False

    def add(self, page: list[OperationResource], asked: int) -> None:
        """Take a page from the server."""
        for operation in page:
            self.past[operation.id] = operation
        self.complete = len(page) < asked

    @property
    def oldest(self) -> str | None:
        """The last id of the last page."""
        return min(self.past, key=order) if self.past else None

    @property
    def full(self) -> bool:
        """Whether no more rows are held."""
        return len(self.past) >= MOST

    def get(self, id_: str) -> OperationResource | None:
        """One operation as it is now."""
        return self.mirror.operations.get(id_) or self.past.get(id_)

    def ordered(self, now: Instant) -> list[str]:
        """The ids of the rows."""
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


def order(id_: str) -> int:
    """Operations are numbered as they are asked for."""
    return int(id_) if id_.isdigit() else -1
