"""JSON as a person reads it: keys and punctuation muted, values plain, what matters bold."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from widgets.line import Run

IMPORTANT = frozenset(
    {"status", "errorCode", "info", "reason", "connectorStatus", "eventType", "chargingState", "vendorErrorCode"}
)
DEEPEST = 12
MOST_LINES = 400


def pretty(value: Any, width: int) -> list[list[Run]]:
    """A value on as many lines as it needs in `width` cells: what fits on one line stays on one."""
    lines: list[list[Run]] = []
    _put(value, width, 0, [], [], lines, important=False)
    return lines[:MOST_LINES]


def flat(value: Any, *, important: bool = False) -> list[Run]:
    """A value on one line."""
    if isinstance(value, dict):
        runs: list[Run] = [("{", "muted")]
        for at, (key, held) in enumerate(value.items()):
            runs += [((", " if at else "") + json.dumps(key, ensure_ascii=False) + ": ", "muted")]
            runs += flat(held, important=key in IMPORTANT)
        return [*runs, ("}", "muted")]
    if isinstance(value, list):
        runs = [("[", "muted")]
        for at, held in enumerate(value):
            runs += [(", ", "muted")] if at else []
            runs += flat(held, important=important)
        return [*runs, ("]", "muted")]
    return [(json.dumps(value, ensure_ascii=False), "strong" if important else "text")]


def _put(
    value: Any,
    width: int,
    indent: int,
    lead: Sequence[Run],
    tail: Sequence[Run],
    lines: list[list[Run]],
    *,
    important: bool,
) -> None:
    if len(lines) > MOST_LINES:
        return
    pad: Run = (" " * indent, "muted")
    whole = [pad, *lead, *flat(value, important=important), *tail]
    if not isinstance(value, dict | list) or not value or _length(whole) <= width or indent > DEEPEST * 2:
        lines += _broken(whole, width, indent)
        return
    opening, closing = ("{", "}") if isinstance(value, dict) else ("[", "]")
    lines.append([pad, *lead, (opening, "muted")])
    entries = list(value.items()) if isinstance(value, dict) else [(None, held) for held in value]
    for at, (key, held) in enumerate(entries):
        name: list[Run] = [] if key is None else [(json.dumps(key, ensure_ascii=False) + ": ", "muted")]
        comma: list[Run] = [(",", "muted")] if at < len(entries) - 1 else []
        _put(held, width, indent + 1, name, comma, lines, important=key in IMPORTANT)
    lines.append([pad, (closing, "muted"), *tail])


def _length(runs: Sequence[Run]) -> int:
    return sum(len(text) for text, _ in runs)


def _broken(runs: Sequence[Run], width: int, indent: int) -> list[list[Run]]:
    """A line that is too long, cut into several; those after the first are indented."""
    lines: list[list[Run]] = [[]]
    room = width
    for text, style in runs:
        rest = text
        while rest:
            if room <= 0:
                lines.append([(" " * (indent + 2), "muted")])
                room = max(8, width - indent - 2)
            lines[-1].append((rest[:room], style))
            taken = min(len(rest), room)
            rest, room = rest[taken:], room - taken
    return lines
