"""How long the server's loop lets others wait."""

from __future__ import annotations

from collections import deque

from backend.model.histogram import Histogram

KEPT = 100
_LATE_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)


class LoopLag:
    """The lateness of the last hundred turns of the server's own timer, ten seconds."""

    def __init__(self) -> None:
        self._late_s: deque[float] = deque(maxlen=KEPT)
        self.turns = Histogram(_LATE_S)
        """All since the start."""

    def note(self, late_s: float) -> None:
        """The timer came `late_s` after it was due."""
        self._late_s.append(max(0.0, late_s))
        self.turns.note(late_s)

    @property
    def worst_ms(self) -> float:
        """The longest wait of the last ten seconds."""
        return max(self._late_s, default=0.0) * 1000
