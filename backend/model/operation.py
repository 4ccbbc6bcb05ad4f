"""A remote operation: sent, answered, proved (CONTRACT.md, what is proof)."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from backend.model.clock import Instant
from backend.model.words import OperationState


class Step(Struct, frozen=True, kw_only=True, gc=False):
    """One thing that was seen while an operation ran."""

    at: Instant
    name: str
    """`queued`, `sent`, `answered`, `went_down`, `booted`, `reported`, `began`, `ended`, `contradicted`, ..."""
    text: str = ""
    """What was seen, in the operation log's own English; the console translates by `name` and `values`."""
    values: dict[str, str] = field(default_factory=dict)


class Operation(Struct, kw_only=True, gc=False):
    """One command to one station, followed to its proof."""

    id: int
    operation: str
    """`reset`, `unlock`, `start`, `stop`, `refresh`, `call`, ... of the catalogue."""
    target: str
    """Station, outlet or session, as asked."""
    station: str
    evse: int | None = None
    connector: int | None = None
    session: int | None = None
    parameters: dict[str, Any] = field(default_factory=dict)
    state: OperationState = OperationState.QUEUED
    answer: str | None = None
    """The status that the station answered, or the code of its CALLERROR."""
    answer_payload: Any = None
    proof: str | None = None
    """What proved it, or why it is not proved."""
    reason: str = ""
    requested_by: str = ""
    deadline_s: float = 0.0
    """From *sent*; bounds answer and proof together."""
    requested: Instant = 0.0
    sent: Instant | None = None
    answered: Instant | None = None
    ended: Instant | None = None
    steps: list[Step] = field(default_factory=list)
    background: bool = False
    """Waits for operators, never the reverse."""


class CallResult(Struct, frozen=True, kw_only=True):
    """A station's CALLRESULT to a call of ours."""

    payload: dict[str, Any]


class CallFailed(Struct, frozen=True, kw_only=True):
    """A station's CALLERROR to a call of ours."""

    code: str
    description: str = ""
    details: Any = None


class CallLost(Struct, frozen=True, kw_only=True):
    """No answer: `timeout`, `disconnected` while waiting, or `offline` before it was sent."""

    why: str


class AuditEntry(Struct, frozen=True, kw_only=True, gc=False):
    """Who did what to whom, when and why."""

    at: Instant
    who: str
    what: str
    target: str
    reason: str = ""
    result: str = ""
