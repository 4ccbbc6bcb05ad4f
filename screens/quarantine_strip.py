"""What a connection that could not be served had sent, below the list where there is no preview."""

from __future__ import annotations

from backend.model.resources import HandshakeResource
from backend.text import t
from backend.text.handshakes import handshake_reason
from widgets.line import Line, fit

ROWS = 7


def strip_lines(row: HandshakeResource, width: int, height: int) -> list[Line]:
    """Who, why, the subprotocols offered, and the first bytes as they came."""
    top = Line(width)
    top.fill(0, width, "─", "rule")
    top.put(2, f" {row.identity or '?'} ", "strong", end=width // 2)
    top.right(width - 2, f" {row.address} ", "muted", start=width // 2)
    why = Line(width)
    why.put(1, handshake_reason(row.reason), "warn", end=width - 1)
    lines = [top, why]
    for word, text, most in ((t("offered"), row.offered, 1), (t("sent"), row.raw, height - 3)):
        if text:
            lines += _labelled(width, word, text, most)
    return (lines + [Line(width) for _ in range(height)])[:height]


def _labelled(width: int, word: str, text: str, most: int) -> list[Line]:
    """Text broken where the cells end: it has no words."""
    lines: list[Line] = []
    room = width - 13
    while text and len(lines) < most:
        line = Line(width)
        if not lines:
            line.put(1, word, "muted", end=11)
        part = fit(text, room)
        cut = part != text
        if cut and len(lines) < most - 1:
            part = part[:-1]
        line.put(12, part, "text", end=width - 1)
        lines.append(line)
        text = text[len(part) :] if cut and len(lines) < most else ""
    return lines
