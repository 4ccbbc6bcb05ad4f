"""Payloads in the shape of 1.6 that come over a 2.x connection (field frames 18 and 87)."""

from __future__ import annotations

import msgspec
from msgspec import Raw

from backend.gateway.letter import Letter, Read
from backend.gateway.tolerant import plain_payload
from backend.model.event import StationEvent


def read(payload: Raw | bytes, letter: Letter, mark: str, reader: Read) -> tuple[StationEvent, ...] | None:
    """The events of a payload that has the field `mark`, which only 1.6 knows; None when it has not.

    Looking for the name in the bytes first keeps this off the common path.
    """
    if f'"{mark}"'.encode() not in bytes(payload):
        return None
    try:
        if mark not in plain_payload(payload, []):
            return None
    except msgspec.DecodeError:
        return None
    letter.deviations.append("shape_of_1.6")
    return reader(payload, letter)
