"""What the dialogues share: the figures of the whole gateway, and the shape of the socket below them."""

from __future__ import annotations

from collections import Counter
from typing import Protocol

from backend.gateway.breach import Breach
from backend.model.histogram import Histogram

_ANSWER_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
_REPLY_S = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
MOST_ACTIONS = 200
"""Actions that are told apart, of calls of ours; people may send what they like."""
_CODES = {code for breach in Breach for code in breach.value} | {"GenericError", "ProtocolError", "RpcFrameworkError"}


class Timing(Histogram):
    """How long answers took, in seconds."""

    __slots__ = ()

    def __init__(self, bounds: tuple[float, ...] = _ANSWER_S) -> None:
        super().__init__(bounds)


class Counts:
    """Figures since the start, and the connections now."""

    __slots__ = ("calls", "connections", "errors", "frames_in", "frames_out", "stumbles", "timings")

    def __init__(self) -> None:
        self.frames_in = 0
        self.frames_out = 0
        self.connections = 0
        self.timings: dict[str, Timing] = {}
        """By action: from the frame to the answer. Only actions that we know are answered with a result."""
        self.calls: dict[str, Timing] = {}
        """By action: from a call of ours to the station's answer."""
        self.errors: Counter[tuple[str, str]] = Counter()
        """CALLERRORs by direction (`in`: the station sent it, `out`: we did) and code."""
        self.stumbles = 0
        """Frames that could not be handled for a reason of ours."""

    def replied(self, action: str, took_s: float, error: str | None) -> None:
        """A station answered a call of ours, with a CALLERROR of that code or a result."""
        known = action if action in self.calls or len(self.calls) < MOST_ACTIONS else "other"
        timing = self.calls.get(known)
        if timing is None:
            timing = self.calls[known] = Timing(_REPLY_S)
        timing.note(took_s)
        if error is not None:
            self.errors["in", error if error in _CODES else "other"] += 1


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
