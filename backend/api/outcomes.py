"""How remote operations end, counted since the start."""

from __future__ import annotations

from backend.model.operation import Operation

MOST_REMEMBERED = 10_000
"""Operations of which it is known that they were counted."""


class Outcomes:
    """Counts how operations end."""

    def __init__(self) -> None:
        self.counts: dict[tuple[str, str], int] = {}
        self._counted: dict[int, None] = {}

    def operation(self, operation: Operation) -> None:
        """One more that has ended. What is seen after an end is told of with the same operation: not counted again."""
        if operation.state.ended and operation.id not in self._counted:
            self._counted[operation.id] = None
            if len(self._counted) > MOST_REMEMBERED:
                del self._counted[next(iter(self._counted))]
            key = (operation.operation, operation.state.value)
            self.counts[key] = self.counts.get(key, 0) + 1
