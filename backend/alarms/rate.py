"""How many alarms come in: the load of a seat, and floods (domain.md 3.3; ISA-18.2, EEMUA 191)."""

from __future__ import annotations

from collections import deque

from backend.model.clock import Instant

WINDOW_S = 600.0
FLOOD_FROM = 11
"""That many in ten minutes are more than a person can take."""
FLOOD_OVER = 5
"""Fewer than that in ten minutes: it is over."""
HOURS = 24
KEPT = 20_000


class Rate:
    """Counts the alarms that somebody was told of; suppressed ones do not count."""

    def __init__(self) -> None:
        self._recent: deque[Instant] = deque(maxlen=KEPT)
        self._hours: deque[tuple[int, int]] = deque(maxlen=HOURS)
        self.flood = False

    def add(self, at: Instant) -> None:
        """One alarm was raised."""
        self._recent.append(at)
        hour = int(at // 3600)
        if self._hours and self._hours[-1][0] == hour:
            self._hours[-1] = (hour, self._hours[-1][1] + 1)
        else:
            self._hours.append((hour, 1))
        self.tick(at)

    def tick(self, now: Instant) -> None:
        """Forget what is older than ten minutes; a flood begins or ends."""
        while self._recent and self._recent[0] <= now - WINDOW_S:
            self._recent.popleft()
        if self.flood:
            self.flood = len(self._recent) >= FLOOD_OVER
        else:
            self.flood = len(self._recent) >= FLOOD_FROM

    @property
    def last_10_min(self) -> int:
        """Alarms of the last ten minutes."""
        return len(self._recent)

    def per_hour(self, now: Instant) -> list[int]:
        """Alarms of each of the last 24 hours, the running one last."""
        counted = dict(self._hours)
        last = int(now // 3600)
        return [counted.get(hour, 0) for hour in range(last - HOURS + 1, last + 1)]
