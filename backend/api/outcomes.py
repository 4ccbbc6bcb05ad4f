"""How remote operations end, counted since the start."""

from __future__ import annotations

from backend.model.operation import Operation


class Outcomes:
    """Counts how operations end."""

    def __init__(self) -> None:
        self.counts: dict[tuple[str, str], int] = {}

    def operation(self, operation: Operation) -> None:
        """One more that has ended."""
        if operation.state.ended:
            key = (operation.operation, operation.state.value)
            self.counts[key] = self.counts.get(key, 0) + 1
