"""Small drawings in cells: sparks, bars, areas, strips of states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from widgets.line import Line, Run

BLOCKS = "▁▂▃▄▅▆▇█"
GAP = "·"


def spark(values: Sequence[float | None], top: float, style: str = "data") -> list[Run]:
    """One cell a value, from zero to `top`; a gap is `·` in the colour of offline, never a zero."""
    runs: list[Run] = []
    for value in values:
        if value is None:
            runs.append((GAP, "offline"))
        else:
            share = 0.0 if top <= 0 else min(1.0, max(0.0, value / top))
            runs.append((BLOCKS[min(7, int(share * 8))], style))
    return runs


def bar(share: float, width: int, style: str = "data") -> list[Run]:
    """`━━━━────`: the filled part of `width` cells, the rest in the colour of rules."""
    filled = round(min(1.0, max(0.0, share)) * width)
    return [("━" * filled, style), ("─" * (width - filled), "rule")]


def area(values: Sequence[float | None], rows: int, top: float, style: str = "data") -> list[list[Run]]:
    """A filled curve, one cell a value, `rows` high, from zero to `top`; the first row is the upper one."""
    drawn: list[list[Run]] = []
    for row in range(rows):
        base = rows - 1 - row
        runs: list[Run] = []
        for value in values:
            if value is None:
                runs.append((GAP if base == 0 else " ", "offline"))
                continue
            eighths = 0 if top <= 0 else round(min(1.0, max(0.0, value / top)) * rows * 8)
            part = min(8, max(0, eighths - base * 8))
            runs.append((BLOCKS[part - 1] if part else " ", style))
        drawn.append(runs)
    return drawn


def resample(values: Sequence[float | None], cells: int) -> list[float | None]:
    """The same curve in `cells` values: the mean of what falls into each, or the nearest one."""
    if not values or cells <= 0:
        return []
    out: list[float | None] = []
    for cell in range(cells):
        start = cell * len(values) // cells
        stop = max(start + 1, (cell + 1) * len(values) // cells)
        known = [value for value in values[start:stop] if value is not None]
        out.append(sum(known) / len(known) if known else None)
    return out


STROKES: Mapping[str, tuple[str, str]] = {
    "faulted": ("×", "crit"),
    "offline": ("┄", "offline"),
    "out_of_use": ("·", "text"),
    "car_in": ("╌", "text"),
    "charging": ("━", "energy"),
    "available": ("─", "free"),
    "unknown": (" ", "faint"),
}
"""The stroke and the colour of each group of states; in history strips, and wherever colour may not be used."""


def proportions(counts: Mapping[str, int], width: int) -> list[tuple[str, int]]:
    """How many of `width` cells each count gets: at least one where there is any, all of them in all."""
    some = [(name, count) for name, count in counts.items() if count > 0]
    total = sum(count for _, count in some)
    if not some or total == 0 or width < len(some):
        return []
    cells = [max(1, int(count * width / total)) for _, count in some]
    order = sorted(range(len(some)), key=lambda at: some[at][1], reverse=True)
    at = 0
    while sum(cells) != width:
        index = order[at % len(order)]
        step = 1 if sum(cells) < width else -1
        if step > 0 or cells[index] > 1:
            cells[index] += step
        at += 0 if (step < 0 and cells[index] > 1) or step > 0 else 1
    return [(name, share) for (name, _), share in zip(some, cells, strict=True)]


def totals_rule(counts: Mapping[str, int], width: int, *, strokes: bool) -> Line:
    """The separating rule that is the proportional bar of the totals; told by strokes where colour may not."""
    line = Line(width)
    shares = proportions(counts, width)
    if not shares:
        line.fill(0, width, "─", "rule")
        return line
    x = 0
    for name, cells in shares:
        stroke, style = STROKES[name]
        line.fill(x, x + cells, stroke if strokes else "━", style)
        x += cells
    return line
