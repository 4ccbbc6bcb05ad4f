"""Text frames by hand, held against the library whose work they take over."""

from __future__ import annotations

import pytest
from websockets.frames import Frame, Opcode

from backend.gateway.pieces import framed, whole_text


@pytest.mark.parametrize("size", [0, 1, 3, 125, 126, 65_535, 65_536, 100_000])
def test_frames_are_written_as_the_library_writes_them(size: int) -> None:
    """All three forms of the length."""
    data = b"x" * size
    assert framed(data) == Frame(Opcode.TEXT, data).serialize(mask=False)


@pytest.mark.parametrize("size", [3, 125, 126, 1_000, 65_535])
def test_whole_messages_are_read(size: int) -> None:
    """Unmasked, one after the other; half of one is left to the library."""
    data = bytes(range(97, 122)) * (size // 25 + 1)
    data = data[:size]
    wire = Frame(Opcode.TEXT, data).serialize(mask=True)
    assert whole_text(wire + wire, 0) == (data, len(wire))
    assert whole_text(wire + wire, len(wire)) == (data, 2 * len(wire))
    assert whole_text(wire[:-1], 0) is None


@pytest.mark.parametrize(
    "wire",
    [
        Frame(Opcode.TEXT, b"hello there").serialize(mask=False),
        Frame(Opcode.TEXT, b"hello there", fin=False).serialize(mask=True),
        Frame(Opcode.BINARY, b"hello there").serialize(mask=True),
        Frame(Opcode.PING, b"hello there").serialize(mask=True),
        b"\xc1" + Frame(Opcode.TEXT, b"hello there").serialize(mask=True)[1:],
        Frame(Opcode.TEXT, b"x" * 65_536).serialize(mask=True),
        b"",
        b"\x81",
    ],
    ids=["unmasked", "unfinished", "binary", "ping", "reserved bit", "64 KiB", "nothing", "one byte"],
)
def test_everything_else_is_left_to_the_library(wire: bytes) -> None:
    """Unmasked, fragments, other opcodes, extensions, very long messages, too few bytes."""
    assert whole_text(wire, 0) is None
