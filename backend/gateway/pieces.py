"""Messages that come in fragments, and text messages by hand where no extension is in the way (RFC 6455 5.2, 5.4)."""

from __future__ import annotations

from backend.gateway import guard

MAX_FRAGMENTS = 1_024

try:
    from websockets.speedups import apply_mask
except ImportError:
    from websockets.utils import apply_mask


PING = b"\x89\x00"
"""An empty ping, as servers send it."""
EMPTY_PONG = 6
"""The bytes of a masked pong without a text, the answer to it."""
_SHORT = tuple(bytes((0x81, size)) for size in range(126))
"""The heads of short frames."""


class Pieces:
    """A message that is not complete. Of one that grows too large or too scattered only the beginning is kept."""

    __slots__ = ("_count", "_parts", "head", "size")

    def __init__(self) -> None:
        self._parts: list[bytes] | None = []
        self._count = 0
        self.size = 0
        """Bytes held."""
        self.head = b""
        """The beginning of a message that is too large."""

    def add(self, data: bytes, limit: int) -> None:
        """One more fragment; `limit` is the largest message that is put together."""
        self._count += 1
        parts = self._parts
        if parts is None:
            return
        if self.size + len(data) > limit or self._count > MAX_FRAGMENTS:
            self._parts = None
            self.size = 0
            self.head = (b"".join(parts) + data)[: guard.HEAD]
        else:
            parts.append(data)
            self.size += len(data)

    def whole(self) -> bytes | None:
        """The message; None when it was too large."""
        return None if self._parts is None else b"".join(self._parts)


def framed(data: bytes) -> bytes:
    """A text message as one unmasked frame, as servers send it."""
    size = len(data)
    if size < 126:
        return _SHORT[size] + data
    if size < 65_536:
        return bytes((0x81, 126)) + size.to_bytes(2, "big") + data
    return bytes((0x81, 127)) + size.to_bytes(8, "big") + data


def whole_text(data: bytes, at: int) -> tuple[bytes, int] | None:
    """The masked, unfragmented text message that begins at `at`, and where it ends; None when there is none, or
    it is not whole, or is longer than 65,535 bytes."""
    if len(data) - at <= 8 or data[at] != 0x81:
        return None
    length, start = data[at + 1] - 0x80, at + 6
    if length == 126:
        length, start = data[at + 2] << 8 | data[at + 3], at + 8
    elif not 0 <= length < 126:
        return None
    end = start + length
    if end > len(data):
        return None
    return apply_mask(data[start:end], data[start - 4 : start]), end


def is_empty_pong(data: bytes, at: int) -> bool:
    """Whether a whole pong to an empty ping begins at `at`."""
    return data[at : at + 2] == b"\x8a\x80" and len(data) >= at + EMPTY_PONG
