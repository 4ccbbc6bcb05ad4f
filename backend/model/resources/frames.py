"""Frames of the trace."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct


class FrameResource(Struct, kw_only=True):
    station: str
    direction: str
    received: datetime
    action: str
    frame: str
    deviations: list[str]
    message_id: str = ""
    kind: int = 0
    latency_ms: int | None = None
    requested_by: str | None = None
