"""What goes over a station's link: calls, their answers, errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

Payload = dict[str, Any]


class Answer(NamedTuple):
    """What came of a call: a payload, or the error's code (`timeout` and `offline` are ours)."""

    payload: Payload | None
    error: str = ""


class Message(NamedTuple):
    """Something to say. A payload that depends on earlier answers is made when it is sent."""

    action: str
    payload: Payload | Callable[[], Payload]
    keep: bool = False
    done: Callable[[Answer], None] | None = None


class CallError(Exception):
    """Answer a call with a CALLERROR of this code."""

    def __init__(self, code: str, description: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.description = description
