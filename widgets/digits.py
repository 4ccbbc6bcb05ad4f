"""Digits three rows high: for the one figure of a wall."""

from __future__ import annotations

_GLYPHS = {
    "0": ("█▀█", "█ █", "▀▀▀"),
    "1": ("▀█ ", " █ ", "▀▀▀"),
    "2": ("▀▀█", "█▀▀", "▀▀▀"),
    "3": ("▀▀█", " ▀█", "▀▀▀"),
    "4": ("█ █", "▀▀█", "  ▀"),
    "5": ("█▀▀", "▀▀█", "▀▀▀"),
    "6": ("█▀▀", "█▀█", "▀▀▀"),
    "7": ("▀▀█", "  █", "  ▀"),
    "8": ("█▀█", "█▀█", "▀▀▀"),
    "9": ("█▀█", "▀▀█", "▀▀▀"),
    ".": (" ", " ", "▀"),
    ",": (" ", " ", "▄"),
    "?": ("▀▀█", " ▀▀", " ▀ "),
    "–": ("   ", "▀▀▀", "   "),
}
ROWS = 3


def large(text: str) -> tuple[str, str, str]:
    """`text` as three rows; characters without a glyph are left out."""
    shapes = [_GLYPHS[char] for char in text if char in _GLYPHS]
    top, middle, bottom = (" ".join(shape[row] for shape in shapes) for row in range(ROWS))
    return top, middle, bottom
