"""How often a figure was how large, in buckets: plain numbers, made for being counted into where time matters."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate


class Histogram:
    """Counts since the start."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        """`bounds`: the upper ends of the buckets, ascending; what is larger is in the last one."""
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def note(self, value: float) -> None:
        """One more."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += max(value, 0.0)

    def up_to(self) -> Iterator[tuple[str, int]]:
        """(upper end, how many were not above it), the last one `+Inf`: all."""
        return zip((*(f"{bound:g}" for bound in self.bounds), "+Inf"), accumulate(self.counts), strict=True)
