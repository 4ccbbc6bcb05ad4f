"""What is looked at before a frame is decoded, and what can be saved of one that cannot be."""

from __future__ import annotations

import re

import msgspec
from msgspec import Raw

MAX_NESTING = 32
MAX_ID = 255
HEAD = 512
"""How much of a frame that is too large is kept: enough for its id and action."""

CALL, RESULT, ERROR, RESULT_ERROR, SEND = 2, 3, 4, 5, 6

decode_call = msgspec.json.Decoder(tuple[int, Raw, str, Raw]).decode
plain_call = re.compile(rb'\[2, ?("[ -!#-\[\]-~]{1,36}"), ?"([A-Za-z0-9]{1,64})", ?(\{.*\})\]', re.DOTALL).fullmatch
"""A CALL as nearly all are: id (with its quotes), action and payload, which is not looked into. Anything else, however
right, gets a whole decoding."""
decode_list = msgspec.json.Decoder(list[Raw]).decode
decode_text = msgspec.json.Decoder(str).decode

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What a decoder raises."""

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"?')
_NO_BRACKET = {code: None for code in range(0x110) if chr(code) not in "[]{}"}
_BRACKETS = re.compile(r"[^\[\]{}]+")
_HEAD = re.compile(
    r'[\s\ufeff\ufffd\x00]*\[\s*("?-?[\w.+]{1,20}"?)\s*,\s*("(?:[^"\\\x00-\x1f]|\\.)*"|-?\d{1,255}(?=\s*[,\]]))'
    r'(?:\s*,\s*"([A-Za-z0-9]{1,64})")?'
)
_TYPE = re.compile(r"[\s\ufeff\ufffd\x00]*\[\s*(\d{1,9})\s*(?:,|$)")
_ESCAPE = re.compile(
    r"\\(?:[uU][dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[dD][89a-fA-F][0-9a-fA-F]{2}|.)", re.DOTALL
)
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class Head(msgspec.Struct, frozen=True):
    """What could be read of a broken frame."""

    kind: int = 0
    id: str | None = None
    """As JSON, to be echoed byte by byte."""
    action: str = ""


def too_deep(text: str) -> bool:
    """Whether brackets nest deeper than MAX_NESTING. Time is linear in the length, whatever the nesting."""
    if text.count("[") + text.count("{") <= MAX_NESTING:
        return False
    brackets = _BRACKETS.sub("", _STRING.sub("", text))
    for _ in range(MAX_NESTING):
        shorter = brackets.replace("[]", "").replace("{}", "")
        if len(shorter) == len(brackets):
            break
        brackets = shorter
    return bool(brackets)


def head(text: str) -> Head:
    """Message type, id and action of a frame that is not JSON, is too large, or has a wrong shape."""
    start = text[: HEAD * 2]
    found = _HEAD.match(start)
    if found is not None and len(found.group(2)) <= MAX_ID + 2:
        return Head(_kind(found.group(1)), _echoed(found.group(2)), found.group(3) or "")
    kind = _TYPE.match(start)
    return Head(int(kind.group(1))) if kind is not None else Head()


def _kind(raw: str) -> int:
    """A message type, 0 where it is none (`2.0`, `null`, `"CALL"`)."""
    word = raw.strip('"')
    return int(word) if word.removeprefix("-").isascii() and word.removeprefix("-").isdigit() and len(word) < 10 else 0


def _echoed(raw: str) -> str | None:
    r"""An id out of broken text, when it is JSON by itself: what we answer must be readable (`"\u0"`, `007`)."""
    try:
        msgspec.json.decode(raw)
    except UNREADABLE:
        return None
    return raw


def usable_id(raw: str) -> bool:
    """Whether a decoded frame's id can be echoed: a string, or the number that some stations send."""
    if raw.startswith('"'):
        return len(raw) <= MAX_ID + 2
    return raw.lstrip("-").isdigit() and len(raw) <= MAX_ID


def without_lone_surrogates(text: str) -> str | None:
    r"""`text` with each lone `\ud800`..`\udfff` escape replaced; None when it has none."""
    if _SURROGATE.search(text) is None:
        return None
    fixed = _ESCAPE.sub(_mended, text)
    return fixed if fixed != text else None


def _mended(found: re.Match[str]) -> str:
    escape = found.group(0)
    return r"\ufffd" if len(escape) == 6 and _SURROGATE.match(escape) else escape
