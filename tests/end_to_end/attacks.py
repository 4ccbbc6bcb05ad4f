"""What a hostile station or file would send to reach the terminal, and a look at the bytes that did reach it."""

from __future__ import annotations

import re
import unicodedata

MARK = "31337"
"""In every sequence of an attack; no sequence of ours has it."""

ATTACKS: dict[str, str] = {
    "colour and cursor": f"\x1b[{MARK}m\x1b[{MARK};1H\x1b[2J\x1bc",
    "title": f"\x1b]0;OWNED{MARK}\x07\x1b]2;OWNED{MARK}\x1b\\",
    "clipboard": f"\x1b]52;c;{MARK}MzEzMzc=\x07",
    "device control": f"\x1bP{MARK}q\x1b\\\x1b_{MARK}\x1b\\\x1b^{MARK}\x1b\\\x1bX{MARK}\x1b\\",
    "eight bit controls": f"\x9b{MARK}m\x9d0;OWNED{MARK}\x9c\x90{MARK}\x9c\x85",
    "line ends": "a\r\nb\x08\x08\tc\x00d\x7f\x0b\x0c\u2028e\u2029f",
    "direction": f"\u202e{MARK}\u2066x\u2069\u200f\u061c",
    "nothing to see": f"31\u200b337\ufeff\u2060\u00ad\u180e{MARK}\U000e0041\U000e007f",
    "flood of marks": "Z" + "\u0301\u0336" * 300 + "a",
    "wide": "充电桩充电桩ＡＢ充电桩①②",
    "several in one": "\U0001f469\u200d\U0001f680 \U0001f1f8\U0001f1ea \U0001f44b\U0001f3fd \u2764\ufe0f 1\ufe0f\u20e3",
    "filled in": "\u3164\u115f\u1160\uffa0\u2800",
    "markup": f"[bold red]{MARK}[/] [@click=app.quit]x[/] [link=file:///etc/passwd]y[/] \\[z] [/nothing]",
    "formula": "=cmd|'/c calc'!A1",
    "another formula": "@SUM(1+1)*cmd|' /C calc'!A0",
    "format": "{0.__class__} %s %n %(x)s ${HOME} `id` $(id)",
    "long": "W" * 9_000,
    "half a surrogate": f"\ud800 \udc9b{MARK}m",
    "from right to left": "\u05d0\u05d1\u05d2 123 \u0645\u0631\u062d\u0628\u0627",
}

_SEQUENCE = re.compile(r"\x1b(?:\[[0-9:;<=>?]*[ -/]*[@-~]|[\]P_^X][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])", re.DOTALL)
_POINTER = re.compile(r"\x1b\]22;[a-z-]+\x07")
"""The shape of the mouse pointer, which the screen's library sets."""
_STRINGS = ("\x1b]", "\x1bP", "\x1b_", "\x1b^", "\x1bX")
_OURS = frozenset("\r\n")


def leaks(data: bytes, *, sequences: bool) -> list[str]:
    """What of the bytes that a terminal got is not ours. `sequences`: it is a screen, and has escape sequences; of
    those none may be a string (titles, clipboard, device control), and none may come from an attack."""
    text = data.decode("utf-8", "surrogateescape")
    found = [one for one in _SEQUENCE.findall(text) if not sequences or _POINTER.fullmatch(one) is None]
    wrong = [repr(one) for one in found if not sequences or MARK in one or one.startswith(_STRINGS)]
    left = sorted(set(_SEQUENCE.sub("", text)) - _OURS)
    return wrong + [repr(char) for char in left if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")]
