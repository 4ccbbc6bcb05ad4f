"""Operations, their steps, and the question before one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct, field

from backend.model.words import OperationState


class StepResource(Struct, kw_only=True):
    at: datetime
    name: str
    text: str = ""
    values: dict[str, str] = field(default_factory=dict)


class OperationResource(Struct, kw_only=True):
    id: str
    operation: str
    target: str
    state: OperationState
    answer: str | None
    proof: str | None
    reason: str
    requested_by: str
    times: dict[str, datetime | None]
    """`requested`, `sent`, `answered`, `ended`."""
    station: str = ""
    outlet: str | None = None
    session: str | None = None
    site: str | None = None
    parameters: dict[str, Any] = field(default_factory=dict)
    answer_payload: Any = None
    deadline_s: float = 0.0
    steps: list[StepResource] = field(default_factory=list)


class LiveCharge(Struct, kw_only=True):
    """A charge that an operation would end: what the question names."""

    outlet: str
    label: str
    session: str
    id_token: str | None
    """Masked."""
    minutes: int
    energy_wh: int
    power_w: float | None


class Question(Struct, kw_only=True):
    """What must be answered before an operation goes out."""

    operation: str
    target: str
    station: str
    ends: list[LiveCharge]
    must_type: str | None = None
    """What has to be typed to confirm: the station's id for a hard reset under a live charge."""
    advice: str = ""
    """The gentler way, by name of an operation."""
    worked: int = 0
    """How often this operation was proved on this model in 90 days, of `tried`."""
    tried: int = 0
    median_s: float | None = None
    last_here: datetime | None = None
    last_result: OperationState | None = None
