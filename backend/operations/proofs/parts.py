"""Answers that come in parts of their own: reports, until one says that no more will come."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from backend.model.change import Change
from backend.model.clock import Instant
from backend.model.event import Noticed, StationEvent
from backend.operations.answers import Answer
from backend.operations.lengths import spell
from backend.operations.order import Order
from backend.operations.proofs.base import Effect, Proof, Proved, Seen

NONE = frozenset({"EmptyResultSet", "NoProfiles", "Unknown"})
"""Answers to GetBaseReport and GetMonitoringReport, GetChargingProfiles, GetDisplayMessages: no part will come."""
_PART = re.compile(r"request (?P<request>-?\d+)(?: part (?P<part>-?\d+))?(?P<more> \(more\))?\Z")
"""The notice of a part, as the gateway writes it."""


class PartsProof(Proof):
    """Every part from 0 to the last one has come (lost parts are not proof)."""

    goes_on = frozenset({"Accepted"}) | NONE
    alone = True

    def __init__(self, order: Order, action: str) -> None:
        super().__init__(order)
        self._action = action
        self._parts: set[int] = set()
        self._last: int | None = None

    def answered(self, answer: Answer, at: Instant) -> Iterable[Effect]:
        return (Proved(text=f"there is nothing: {answer.text}"),) if answer.is_one_of(NONE) else ()

    def observe(self, event: StationEvent, changes: Sequence[Change]) -> Iterable[Effect]:
        if not isinstance(event, Noticed) or event.action != self._action:
            return
        found = _PART.match(event.text)
        if found is None or int(found["request"]) != self.order.number:
            return
        part = int(found["part"] or 0)
        first = not self._parts
        if len(self._parts) < 100_000:
            self._parts.add(part)
        if not found["more"]:
            self._last = part
        if first:
            yield Seen(name="part", text=f"the first part, after {spell(event.learned - self.sent)}")
        if self._last is not None and len([one for one in self._parts if 0 <= one <= self._last]) == self._last + 1:
            yield Proved(text=f"all {self._last + 1} parts came")

    def why_not(self, now: Instant) -> str:
        if not self._parts:
            return f"no {self._action} came"
        return f"{len(self._parts)} parts came, others are missing"
