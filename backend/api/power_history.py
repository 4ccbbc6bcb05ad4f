"""The mean power of each site over the last full hours, for the sparks on the fleet screen."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping

from backend.model.clock import Instant

HOURS = 18
SAMPLE_S = 60.0
HOUR_S = 3600.0


class PowerHistory:
    """18 hourly means per site, by site id. Kept in memory; an hour that nobody saw is a gap."""

    def __init__(self) -> None:
        self._hour: int | None = None
        self._sampled: Instant = 0.0
        self._sums: dict[str, tuple[float, int]] = {}
        self._means: dict[str, deque[float | None]] = {}

    def means(self, site: str) -> list[float | None]:
        """Oldest first, always 18; None is a gap."""
        held = self._means.get(site, ())
        return [*([None] * (HOURS - len(held))), *held]

    def due(self, now: Instant) -> bool:
        """Whether the next sample is to be taken."""
        return now - self._sampled >= SAMPLE_S or now < self._sampled or int(now // HOUR_S) != self._hour

    def sample(self, now: Instant, powers: Mapping[str, float | None]) -> bool:
        """Take the power of every site now, in W; None where no outlet is online. True: an hour was completed."""
        self._sampled = now
        hour = int(now // HOUR_S)
        rolled = self._hour is not None and hour != self._hour
        if rolled:
            assert self._hour is not None
            self._roll(hour - self._hour, powers)
        self._hour = hour
        for site, power in powers.items():
            if power is not None:
                total, count = self._sums.get(site, (0.0, 0))
                self._sums[site] = (total + power, count + 1)
        return rolled

    def load(self, now: Instant, sites: Iterable[str], parts: Iterable[tuple[str, int, float]], gaps: set[int]) -> None:
        """Fill the hours before `now` from what was stored.

        Args:
            sites: all there are; an hour in which nobody charged there is zero.
            parts: (site, hour since 1970, mean W), to be summed.
            gaps: hours in which we were not there. So are those before the first part of all.
        """
        hour = int(now // HOUR_S)
        sums: dict[tuple[str, int], float] = {}
        first = hour
        for site, at, power in parts:
            if hour - HOURS <= at < hour:
                sums[site, at] = sums.get((site, at), 0.0) + power
                first = min(first, at)
        hours = range(hour - HOURS, hour)
        for site in sites:
            self._means[site] = deque(
                (None if at < first or at in gaps else round(sums.get((site, at), 0.0), 1) for at in hours),
                maxlen=HOURS,
            )
        self._hour = hour

    def _roll(self, hours: int, sites: Iterable[str]) -> None:
        for site in {*sites, *self._means}:
            held = self._means.setdefault(site, deque(maxlen=HOURS))
            total, count = self._sums.get(site, (0.0, 0))
            held.append(round(total / count, 1) if count else None)
            held.extend([None] * (min(max(hours, 1), HOURS + 1) - 1))
        self._sums.clear()
