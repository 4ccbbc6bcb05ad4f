"""Who is asking, what they did, and how a failure is told."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from backend.model.resources.operations import Question


class AuditResource(Struct, kw_only=True):
    at: datetime
    who: str
    what: str
    target: str
    reason: str = ""
    result: str = ""


class Who(Struct, kw_only=True):
    """Who is asking, and what they may."""

    name: str
    rights: list[str]
    read_only: bool = False


class Problem(Struct, kw_only=True):
    """What every failure answers: `{"error": {...}}`."""

    code: str
    message: str
    hint: str = ""
    question: Question | None = None
    """With code `confirmation_needed`."""
