"""All text from stations, tokens and people is hostile until it has passed here.

What comes out is one line of printable text: no control or escape sequence, no bidirectional or zero-width
character, no lone surrogate, no flood of combining marks, and no character of which terminals disagree how wide it is.
"""

from __future__ import annotations

import re
import unicodedata

MAX_COMBINING = 2
_COMBINING = "\u0300"
"""The first combining mark; below it, what is printable is harmless."""
_REFUSED = {"Cc", "Cs", "Co", "Cn", "Zl", "Zp", "Mc"}
"""Controls, half surrogates, private and unassigned characters, line ends; and marks that take a cell here and none
there."""
_UNSEEN = re.compile("[\u034f\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef\U0001f3fb-\U0001f3ff]")
"""Variation selectors, joiners and tints: they change how wide the character before them is, or nothing at all."""
_DISPUTED = re.compile(
    "[\u115f-\u11ff\u2630-\u2637\u268a-\u268f\u3164\u3248-\u324f\u4dc0-\u4dff\ud7b0-\ud7ff\uffa0"
    "\U0001d300-\U0001d356\U0001d360-\U0001d378]"
)
"""Letters that are filled in, parts of syllables and signs whose width depends on the terminal's age."""
_FLAGS = range(0x1F1E6, 0x1F200)
"""Regional indicators: two make a flag, on some terminals in two cells, on others in four."""
_REPLACED = "\N{REPLACEMENT CHARACTER}"


def clean(text: str, limit: int = 255) -> str:
    """`text` made harmless, at most `limit` characters; cut text ends in `…`. What is clean stays as it is."""
    if text.isprintable() and (text.isascii() or max(text) < _COMBINING):
        return text if len(text) <= limit else text[: limit - 1] + "…"
    out: list[str] = []
    combining = 0
    looked_at = text[: limit * 4]
    for char in looked_at:
        category = unicodedata.category(char)
        if category == "Mn" and _UNSEEN.match(char) is None:
            combining += 1
            if out and combining <= MAX_COMBINING:
                out.append(char)
            continue
        shown = _shown(char, category)
        if shown:
            combining = 0
            out.append(shown)
    result = "".join(out)
    whole = len(looked_at) == len(text)
    return result if len(result) <= limit and whole else result[: limit - 1] + "…"


def _shown(char: str, category: str) -> str:
    """What stands for a character that is no combining mark; empty: nothing."""
    if char in "\t\n\r\v\f" or category == "Zs":
        return " "
    if category in ("Cf", "Me") or _UNSEEN.match(char) is not None:
        return ""
    if category in _REFUSED or _DISPUTED.match(char) is not None:
        return _REPLACED
    if ord(char) in _FLAGS:
        return chr(ord(char) - _FLAGS.start + ord("A"))
    return char
