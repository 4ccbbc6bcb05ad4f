"""JSON as a person reads it: keys and punctuation muted, values plain, what matters bold."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from backend.model.sanitise import clean
from widgets.line import Run

IMPORTANT = frozenset(
    {"status", "errorCode", "info", "reason", "connectorStatus", "eventType", "chargingState", "vendorErrorCode"}
)
DEEPEST = 12
MOST_LINES = 400
MOST_CHARACTERS = 20_000
"""Of one value."""


def pretty(value: Any, width: int) -> list[list[Run]]:
    """A value on as many lines as it needs in `width` cells: what fits on one line stays on one."""
    lines: list[list[Run]] = []
    _put(_Piece(value, [], []), width, 0, 0, lines)
    return lines[:MOST_LINES]


def frame_lines(whole: Any, width: int) -> list[list[Run]]:
    """An OCPP frame: its head on one line, its payload below where both have no room on one."""
    if not isinstance(whole, list) or len(whole) < 2 or not isinstance(whole[-1], dict):
        return pretty(whole, width)
    one = flat(whole)
    if _length(one) <= width:
        return [one]
    lines = _broken([*flat(whole[:-1])[:-1], (",", "muted")], width, 0)
    _put(_Piece(whole[-1], [], [("]", "muted")]), width, 1, 1, lines)
    return lines[:MOST_LINES]


class _Piece(NamedTuple):
    """A value, what stands before it on its line, and what follows it."""

    value: Any
    lead: list[Run]
    tail: list[Run]
    important: bool = False


def flat(value: Any, *, important: bool = False) -> list[Run]:
    """A value on one line."""
    if isinstance(value, dict):
        runs: list[Run] = [("{", "muted")]
        for at, (key, held) in enumerate(value.items()):
            runs += [(", ", "muted")] if at else []
            runs.append((_text(key) + ": ", "muted"))
            runs += flat(held, important=key in IMPORTANT)
        return [*runs, ("}", "muted")]
    if isinstance(value, list):
        runs = [("[", "muted")]
        for at, held in enumerate(value):
            runs += [(", ", "muted")] if at else []
            runs += flat(held, important=important)
        return [*runs, ("]", "muted")]
    return [(_text(value), "strong" if important else "text")]


def _put(piece: _Piece, width: int, pad: int, inner: int, lines: list[list[Run]]) -> None:
    """Lay a piece out: its first line is indented by `pad`, those below by `inner` and more."""
    if len(lines) > MOST_LINES:
        return
    value = piece.value
    before: Run = (" " * pad, "muted")
    whole = [before, *piece.lead, *flat(value, important=piece.important), *piece.tail]
    small = not isinstance(value, dict | list) or not value
    if small or _length(whole) <= width or inner > DEEPEST:
        lines += _broken(whole, width, inner)
        return
    opening, closing = ("{", "}") if isinstance(value, dict) else ("[", "]")
    entries = list(value.items()) if isinstance(value, dict) else [(None, held) for held in value]
    for at, (key, held) in enumerate(entries):
        name: list[Run] = [] if key is None else [(_text(key) + ": ", "muted")]
        last = at == len(entries) - 1
        tail: list[Run] = [(closing, "muted"), *piece.tail] if last else [(",", "muted")]
        lead: list[Run] = [*piece.lead, (opening, "muted"), *name] if at == 0 else name
        _put(_Piece(held, lead, tail, key in IMPORTANT), width, pad if at == 0 else inner + 1, inner + 1, lines)


def _text(value: Any) -> str:
    """JSON's own text of a plain value, made harmless: what was escaped on the wire is hostile once it is decoded."""
    return clean(json.dumps(value, ensure_ascii=False), MOST_CHARACTERS)


def _length(runs: Sequence[Run]) -> int:
    return sum(len(text) for text, _ in runs)


def _broken(runs: Sequence[Run], width: int, indent: int) -> list[list[Run]]:
    """A line that is too long, cut into several; those after the first are indented."""
    return broken(runs, width, indent + 2)


def broken(runs: Sequence[Run], width: int, indent: int = 0) -> list[list[Run]]:
    """Runs on as many lines as they need: a run that fits on a line of its own is not cut."""
    lines: list[list[Run]] = [[]]
    room = width
    own = max(8, width - indent)
    for text, style in runs:
        rest = text
        while rest:
            if room <= 0 or (room < len(rest.rstrip()) <= own and room < own):
                lines.append([(" " * indent, "muted")] if indent else [])
                room, rest = own, rest.lstrip(" ") or rest
            lines[-1].append((rest[:room], style))
            taken = min(len(rest), room)
            rest, room = rest[taken:], room - taken
    return lines
