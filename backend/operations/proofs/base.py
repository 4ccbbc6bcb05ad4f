"""What all proofs have. A proof is pure: it is told what came, and says what that means."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from msgspec import Struct, field

from backend.model.change import Change
from backend.model.clock import Instant
from backend.model.event import StationEvent
from backend.operations.answers import Answer
from backend.operations.order import Call, Order


class Seen(Struct, frozen=True, kw_only=True):
    """Something worth a step."""

    name: str
    text: str = ""
    values: dict[str, str] = field(default_factory=dict)


class Proved(Struct, frozen=True, kw_only=True):
    """The evidence is complete."""

    text: str


class NotProved(Struct, frozen=True, kw_only=True):
    """It is certain that no proof will come."""

    text: str


class Refused(Struct, frozen=True, kw_only=True):
    """The station's answer says no, though its status may not: an unknown key, a failed item."""

    answer: str
    text: str


class Answered(Struct, frozen=True, kw_only=True):
    """Of several answers this is the one that the operation is known by."""

    answer: str


class Ask(Struct, frozen=True, kw_only=True):
    """Another call is needed for the proof; its answer goes to `followed`. One after the other."""

    call: Call


class Contradicted(Struct, frozen=True, kw_only=True):
    """After the end: what was taken as proved is not so."""

    text: str
    values: dict[str, str] = field(default_factory=dict)


Effect: TypeAlias = Seen | Proved | NotProved | Refused | Answered | Ask | Contradicted

GOES_ON = frozenset({"Accepted"})


class Proof:
    """Told only of what was learned after the operation was sent. All times are instants of our clock."""

    goes_on: frozenset[str] | None = GOES_ON
    """Statuses that are no refusal (whatever their case); None: every one. No status is no refusal either."""
    takes_errors: bool = False
    """A CALLERROR goes to `answered` too: it need not be the end."""
    alone: bool = False
    """The evidence counts even when no answer came. Without it, no answer ends the operation."""
    drops: bool = False
    """The connection may go while the answer is waited for: that can be the beginning of the proof."""
    watch_s: float = 0.0
    """How long after the end it still looks: for what confirms, and for what contradicts."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.sent: Instant = order.now

    def began(self, at: Instant) -> Iterable[Effect]:
        """It went to the wire."""
        self.sent = at
        return ()

    def answered(self, answer: Answer, at: Instant) -> Iterable[Effect]:
        """The station did not refuse."""
        return ()

    def followed(self, answer: Answer | None, at: Instant) -> Iterable[Effect]:
        """The answer to an `Ask`, refusals included; None: none came."""
        return ()

    def observe(self, event: StationEvent, changes: Sequence[Change]) -> Iterable[Effect]:
        """An event of this station, and what it changed."""
        return ()

    def tick(self, now: Instant) -> Iterable[Effect]:
        """Time passed."""
        return ()

    def watch(self, event: StationEvent, changes: Sequence[Change]) -> Iterable[Effect]:
        """After the operation was proved, for `watch_s` seconds: `Seen` and `Contradicted` only."""
        return ()

    def scheduled(self) -> bool:
        """The station will do it when its charges have ended; the operation's own deadline waits for that."""
        return False

    def why_not(self, now: Instant) -> str:
        """Why it is not proved, at the deadline."""
        return "nothing was seen"

    def leaves(self) -> str:
        """What stays changed on our side though it is not proved, with what takes it back; empty: nothing."""
        return ""
