"""All text from stations, tokens and people is hostile until it has passed here.

What comes out is one line of printable text: no control or escape sequence, no bidirectional or zero-width
character, no lone surrogate, no flood of combining marks.
"""

from __future__ import annotations

import unicodedata

MAX_COMBINING = 2
_COMBINING = "\u0300"
"""The first combining mark; below it, what is printable is harmless."""
_REFUSED = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def clean(text: str, limit: int = 255) -> str:
    """`text` made harmless, at most `limit` characters; cut text ends in `…`."""
    if text.isprintable() and (text.isascii() or max(text) < _COMBINING):
        return text if len(text) <= limit else text[: limit - 1] + "…"
    out: list[str] = []
    combining = 0
    for char in text[: limit * 4]:
        category = unicodedata.category(char)
        if char in "\t\n\r\v\f" or category == "Zs":
            char = " "
        elif category in _REFUSED:
            char = "\N{REPLACEMENT CHARACTER}" if category != "Cf" else ""
        elif category[0] == "M":
            combining += 1
            if combining > MAX_COMBINING:
                continue
        if category[0] != "M":
            combining = 0
        out.append(char)
    result = "".join(out)
    return result if len(result) <= limit else result[: limit - 1] + "…"
