"""Frames a second, over the last ten seconds."""

from __future__ import annotations

from collections import deque

SAMPLES = 10


class FrameRate:
    """Is told the count once a second."""

    def __init__(self) -> None:
        self._counts: deque[tuple[float, int]] = deque(maxlen=SAMPLES + 1)

    def note(self, monotonic: float, count: int) -> None:
        """So many frames there were in all until `monotonic`; looked at once a second at most."""
        if not self._counts or monotonic - self._counts[-1][0] >= 1.0:
            self._counts.append((monotonic, count))

    @property
    def per_s(self) -> float:
        """Mean of the last ten seconds."""
        if len(self._counts) < 2:
            return 0.0
        (begin, before), (end, after) = self._counts[0], self._counts[-1]
        return (after - before) / (end - begin) if end > begin else 0.0
