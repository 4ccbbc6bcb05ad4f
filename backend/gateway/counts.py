"""What the dialogues share: the figures of the whole gateway, and the shape of the socket below them."""

from __future__ import annotations

from typing import Protocol


class Counts:
    """Figures since the start, and the connections now."""

    __slots__ = ("connections", "frames_in", "frames_out", "stumbles")

    def __init__(self) -> None:
        self.frames_in = 0
        self.frames_out = 0
        self.connections = 0
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
