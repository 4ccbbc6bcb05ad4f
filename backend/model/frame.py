"""One OCPP frame as the trace keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct, convert
from msgspec.structs import astuple, replace

from backend.model.clock import Instant
from backend.model.sanitise import clean

MAX_CHARS = 16_384
"""Of one frame."""
MAX_PART = 64
"""Of its id."""


class Frame(Struct, frozen=True, kw_only=True, gc=False):
    """What went over the wire, tokens and secrets already masked."""

    station: str
    direction: str
    """`in`: the station said it; `out`: we did."""
    received: Instant
    """When it was received or sent."""
    action: str
    """The action; of an answer, that of its call; empty when unknown."""
    message_id: str
    kind: int
    """2 call, 3 result, 4 error, 5 result error, 6 send; 0 what could not be read."""
    frame: str
    """The JSON text, redacted and sanitised."""
    deviations: tuple[str, ...] = ()
    """Where it broke the standard and was served all the same."""
    latency_ms: int | None = None
    """Of an answer: the time since its call."""
    requested_by: str | None = None
    """Of a call of ours: who asked for it."""

    def shown(self) -> Frame:
        """Itself (see `ports.Traced`)."""
        return self

    def row(self) -> tuple[Any, ...]:
        """See `ports.Traced`."""
        return astuple(self)


def from_row(row: Sequence[Any]) -> Frame:
    """A frame for people out of a row of the trace: the fields of a Frame in their order. One by the book was kept as
    it passed: its text as bytes, its id as JSON, its latency in seconds as a float."""
    fields = dict(zip(Frame.__struct_fields__, row, strict=False))
    text, latency = fields["frame"], fields.get("latency_ms")
    if isinstance(text, bytes):
        fields["frame"] = text.decode("utf-8", "replace")
    if isinstance(latency, float):
        fields["latency_ms"] = max(0, round(latency * 1000))
    fields["message_id"] = fields["message_id"].strip('"')
    return tidy(convert(fields, Frame))


def tidy(frame: Frame) -> Frame:
    """A frame for people, made harmless; one that is stays as it is."""
    text, part = clean(frame.frame, MAX_CHARS), clean(frame.message_id, MAX_PART)
    if text is frame.frame and part is frame.message_id:
        return frame
    return replace(frame, frame=text, message_id=part)


class Handshake(Struct, frozen=True, kw_only=True):
    """A connection that could not be served: one row of the quarantine list."""

    at: Instant
    address: str
    reason: str
    identity: str = ""
    """As far as it could be read."""
    offered: str = ""
    """The subprotocols offered, as sent."""
    raw: str = ""
    """The first 512 bytes, sanitised."""
    count: int = 1
