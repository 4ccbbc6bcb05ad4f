"""What the dialogues share: the figures of the whole gateway, and the shape of the socket below them."""

from __future__ import annotations

from bisect import bisect_left
from typing import ClassVar, Protocol


class Timing:
    """How long answers took, in buckets: plain numbers, made for being counted into once per message."""

    __slots__ = ("counts", "total_s")

    bounds: ClassVar[tuple[float, ...]] = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
    """Upper ends in seconds; what took longer is in the last bucket."""

    def __init__(self) -> None:
        self.counts = [0] * (len(self.bounds) + 1)
        self.total_s = 0.0

    def note(self, took_s: float) -> None:
        """One more."""
        self.counts[bisect_left(self.bounds, took_s)] += 1
        self.total_s += max(took_s, 0.0)


class Counts:
    """Figures since the start, and the connections now."""

    __slots__ = ("connections", "frames_in", "frames_out", "stumbles", "timings")

    def __init__(self) -> None:
        self.frames_in = 0
        self.frames_out = 0
        self.connections = 0
        self.timings: dict[str, Timing] = {}
        """By action: from the frame to the answer. Only actions that we know are answered with a result."""
        self.stumbles = 0
        """Frames that could not be handled for a reason of ours."""


class Wire(Protocol):
    """The socket below a dialogue."""

    def send(self, text: str) -> None:
        """One text message; without effect once the connection is closing."""
        ...

    def hold(self, why: int) -> None:
        """Stop reading, for one more reason."""
        ...

    def release(self, why: int) -> None:
        """One reason less; reading goes on when none is left."""
        ...
