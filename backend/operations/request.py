"""What somebody asks for."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field


class Request(Struct, kw_only=True):
    """A remote operation as a person or a program asks for it."""

    operation: str
    """A name of the catalogue."""
    target: str
    """Station, outlet (`STATION:EVSE[:CONNECTOR]`) or session number."""
    parameters: dict[str, Any] = field(default_factory=dict)
    reason: str = ""
    yes: bool = False
    """The question was asked and answered."""
    typed: str = ""
    """What was typed to confirm, where that is asked for."""
    deadline_s: float | None = None
    """From *sent*, for answer and proof together; None: the operation's own."""
    requested_by: str = ""
    background: bool = False
