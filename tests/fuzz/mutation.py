"""Mutations of frames: of their structure while they are JSON, and of their bytes after."""

from __future__ import annotations

import json
from copy import deepcopy
from random import Random
from typing import Any

ODD_VALUES: list[Any] = [
    None, True, False, 0, -1, 1, 3.5, -0.0, 1e308, 2**31, 2**63, -(2**63), 10**30, "", " ", "0", "-1", "1.5", "NaN",
    "\x00", "\x1b[2J", "\u202e\u200b", "\ud800", "e" + "\u0301" * 200, "x" * 300, "x" * 5_000, "Available", "Started",
    "2024-02-30T25:61:61Z", "1970-01-01T00:00:00Z", "2099-01-01T00:00:00+14:00", "2024-01-01 00:00:00", "ftp://a:b@c/d",
    [], {}, [[]], [None], {"": None}, {"id": "x"}, [{"value": "1"}], {"customData": {"vendorId": "x"}},
]  # fmt: skip
TOKENS = [
    b"[", b"]", b"{", b"}", b",", b":", b'"', b"\\", b"\\ud800", b"\\u0000", b"\x00", b"\xff", b"\xef\xbb\xbf", b"-",
    b"e999", b"0", b"[2,", b"[3,", b"[4,", b"null", b"NaN", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\r\n", b"'",
]  # fmt: skip
DEEP = 200
MOST_PLACES = 500
"""A frame with more of them is changed no further."""


def mutated(dice: Random, seed: bytes, message_id: str) -> bytes:
    """A frame that was `seed`; what is JSON still got `message_id`, unless the dice took that very part."""
    data = _structural(dice, seed, message_id)
    if dice.random() < 0.4:
        for _ in range(dice.choice((1, 1, 1, 2, 5, 20))):
            data = _bytewise(dice, data)
    return data


def _structural(dice: Random, seed: bytes, message_id: str) -> bytes:
    try:
        frame = json.loads(seed)
    except ValueError:
        return seed
    if isinstance(frame, list) and len(frame) > 1:
        frame[1] = message_id
    for _ in range(dice.choice((0, 1, 1, 2, 4))):
        frame = _changed(dice, frame)
    options = {"separators": (",", ":")} if dice.random() < 0.7 else {}
    return json.dumps(frame, ensure_ascii=dice.random() < 0.7, **options).encode("utf-8", "surrogatepass")


def _odd(dice: Random) -> Any:
    return deepcopy(dice.choice(ODD_VALUES))


def _places(value: Any) -> list[tuple[Any, Any]]:
    """All (container, key) inside `value`."""
    found: list[tuple[Any, Any]] = []
    waiting = [value]
    while waiting:
        part = waiting.pop()
        inside = list(part.items()) if isinstance(part, dict) else list(enumerate(part))
        for key, item in inside:
            found.append((part, key))
            if isinstance(item, dict | list):
                waiting.append(item)
    return found


def _changed(dice: Random, frame: Any) -> Any:
    if not isinstance(frame, list | dict) or not frame:
        return _odd(dice)
    places = _places(frame)
    if len(places) > MOST_PLACES:
        return frame
    part, key = dice.choice(places)
    what = dice.randrange(8)
    if what == 0:
        part[key] = _odd(dice)
    elif what == 1:
        del part[key]
    elif what == 2:
        other, name = dice.choice(places)
        part[key] = deepcopy(other[name])
    elif what == 3:
        part[key] = str(part[key])
    elif what == 4:
        part[key] = [deepcopy(part[key]) for _ in range(dice.choice((1, 2, 50)))]
    elif what == 5:
        for _ in range(dice.choice((2, 20, 40, DEEP))):
            part[key] = {"a": part[key]} if dice.random() < 0.5 else [part[key]]
    elif isinstance(part, dict):
        part[dice.choice(("id", "customData", str(key).swapcase(), str(key) + " ", ""))] = _odd(dice)
    else:
        part.insert(dice.randrange(len(part) + 1), _odd(dice))
    return frame


def _bytewise(dice: Random, data: bytes) -> bytes:
    if not data:
        return dice.choice(TOKENS)
    at = dice.randrange(len(data))
    end = min(len(data), at + dice.choice((1, 1, 2, 8, 64)))
    what = dice.randrange(6)
    if what == 0:
        return data[:at] + bytes((data[at] ^ (1 << dice.randrange(8)),)) + data[at + 1 :]
    if what == 1:
        return data[:at] + dice.choice(TOKENS) + data[at:]
    if what == 2:
        return data[:at] + data[end:]
    if what == 3:
        return data[:end] + data[at:end] * dice.choice((1, 3, 30)) + data[end:]
    if what == 4:
        return data[:at]
    return data[:at] + dice.choice(TOKENS) + data[end:]
