"""What a translator gets with a payload, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from msgspec import Raw

from backend.model.clock import Instant
from backend.model.event import StationEvent
from backend.model.reply import Done, Reply
from backend.model.words import Version


class Letter:
    """One message of a station while it is read."""

    __slots__ = ("action", "answer", "deviations", "learned", "problems", "station", "version")

    def __init__(self, station: str, version: Version, problems: dict[str, str]) -> None:
        self.station = station
        self.version = version
        self.problems = problems
        """2.x: the code under which a component's problem was raised, for its clearance."""
        self.learned: Instant = 0.0
        self.action = ""
        self.answer: Answer | None = None
        """Set by a reader whose answer quotes the question."""
        self.deviations: list[str] = []
        """What broke the standard and was understood all the same."""


Read: TypeAlias = Callable[[Raw | bytes, Letter], tuple[StationEvent, ...]]
"""A payload as events, one or more. Raises Violation."""
Answer: TypeAlias = Callable[[Reply, Instant], str]
"""The response payload, as compact JSON."""


class Action:
    """How one action that a station may send is read and answered."""

    __slots__ = ("answer", "flat", "fresh", "keys", "name", "plain", "read", "transactional")

    def __init__(
        self,
        name: str,
        read: Read,
        answer: Answer,
        *,
        plain: str = "{}",
        fresh: bool = False,
        transactional: bool = False,
        once: tuple[str, ...] = (),
        flat: bool = False,
    ) -> None:
        self.name = name
        self.read = read
        self.answer = answer
        self.plain = plain
        """What is answered when it is repeated unchanged after errors; correct by the schema."""
        self.fresh = fresh
        """Its answer tells the time: a repetition gets a new one."""
        self.transactional = transactional
        """A transaction message: read as tolerantly as can be, and a repetition is known by its payload."""
        self.flat = flat
        """Read without a deviation, it nests no deeper than its schema."""
        self.keys = tuple(f'"{name}":'.encode() for name in once)
        """Keys that stand in its payload once: a decoder takes the last of several without a word."""

    def rest(self, now: Instant) -> str:
        """What puts to rest a message that is repeated unchanged after errors; correct by the schema."""
        return self.answer(Done(), now) if self.fresh else self.plain

    def repeated(self, data: bytes) -> list[str]:
        """The deviations of a frame of this action in which a key stands twice."""
        for key in self.keys:
            if data.count(key) > 1:
                return [f"repeated_key:{key[1:-2].decode()}" for key in self.keys if data.count(key) > 1]
        return []
