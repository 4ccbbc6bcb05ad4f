"""Curves over time in cells, drawn with plotext; nothing else in the console knows that library.

plotext lays the curve on a canvas: of dots for a line (braille, two by four in a cell), of eighths of a cell for
an area. Axes, colours and gaps are ours, because they follow the palette and stand at fixed columns.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

from widgets.figures import number
from widgets.line import Line, Run
from widgets.spark import BLOCKS, GAP

EIGHTHS = 8
AXIS = 4
"""The column of the vertical axis; the canvas begins behind it."""
MOST_POINTS = 2_000
"""More than a canvas can show; longer curves are thinned."""
_ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
_BLANK = "\N{BRAILLE PATTERN BLANK}"
_TOPS = ((1.0, 2), (1.5, 3), (2.0, 2), (2.5, 5), (3.0, 3), (4.0, 2), (5.0, 5), (6.0, 3), (8.0, 2), (10.0, 2))
"""What an axis may end with (times a power of ten), and in how many steps it is parted."""
_STEPS_S = (60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400)


class Point(NamedTuple):
    """One measured value; None says that it was asked for and not known."""

    at: float
    value: float | None


class Span(NamedTuple):
    """The time that a canvas shows, and in how many cells."""

    start: float
    end: float
    cells: int

    def cell(self, at: float) -> int:
        """The cell of a moment; may lie outside."""
        length = max(1.0, self.end - self.start)
        return math.floor((at - self.start) / length * self.cells)


def axis_top(highest: float) -> float:
    """Where an axis that begins at zero ends, so that `highest` fits and the steps are round."""
    if highest <= 0:
        return 1.0
    scale = 10.0 ** math.floor(math.log10(highest))
    return next(top * scale for top, _ in _TOPS if top * scale >= highest * 0.999)


def ticks(top: float, rows: int) -> list[tuple[int, float]]:
    """Row (0 is the upper one) and value of each label on a vertical axis."""
    if rows < 2:
        return [(0, top)]
    if rows < 5:
        parts = 1
    elif rows < 8:
        parts = 2
    else:
        mantissa = top / 10.0 ** math.floor(math.log10(top) + 1e-9)
        parts = next(steps for value, steps in _TOPS if math.isclose(value, mantissa, rel_tol=1e-6))
    return [(round((rows - 1) * (1 - part / parts)), top * part / parts) for part in range(parts, -1, -1)]


def pieces(points: Sequence[Point], gap_s: float) -> list[list[tuple[float, float]]]:
    """The curve, parted where a value is missing or two lie further apart than `gap_s`; long ones thinned."""
    step = max(1, math.ceil(len(points) / MOST_POINTS))
    found: list[list[tuple[float, float]]] = []
    last: float | None = None
    for point in points[::step]:
        if point.value is None:
            last = None
            continue
        if last is None or point.at - last > gap_s * step:
            found.append([])
        found[-1].append((point.at, point.value))
        last = point.at
    return found


def usual_gap(points: Sequence[Point]) -> float:
    """Beyond which distance between two readings there is a hole: four times the usual one, at least 3 minutes."""
    distances = sorted(after.at - before.at for before, after in pairwise(points))
    usual = distances[len(distances) // 2] if distances else 60.0
    return max(180.0, 4.0 * usual)


def area(points: Sequence[Point], span: Span, rows: int, top: float, style: str = "data") -> list[list[Run]]:
    """A filled curve from zero, `rows` high; a hole between two pieces is `·` on the ground line."""
    parts = pieces(points, usual_gap(points))
    heights = [0] * span.cells
    if parts and span.cells > 0 and rows > 0:
        canvas = _canvas(parts, span, span.cells, rows * EIGHTHS + 1, top, marker="sd", fill=True)
        for cell in range(span.cells):
            filled = sum(row[cell] != " " for row in canvas)
            heights[cell] = max(0, filled - 1)
    holes = _holes(parts, span)
    drawn: list[list[Run]] = []
    for row in range(rows):
        base = (rows - 1 - row) * EIGHTHS
        runs: list[Run] = []
        for cell, height in enumerate(heights):
            if cell in holes:
                runs.append((GAP if base == 0 else " ", "offline"))
                continue
            part = min(EIGHTHS, max(0, height - base))
            runs.append((BLOCKS[part - 1] if part else " ", style))
        drawn.append(merged(runs))
    return drawn


def line(
    points: Sequence[Point], span: Span, rows: int, top: float, style: str = "text", *, ascii_only: bool = False
) -> list[list[Run]]:
    """A thin curve from zero, `rows` high, of braille dots (of `*` where only ASCII may be used)."""
    parts = pieces(points, usual_gap(points))
    if not parts or span.cells <= 0 or rows <= 0:
        return [[(" " * max(0, span.cells), style)] for _ in range(rows)]
    canvas = _canvas(parts, span, span.cells, rows, top, marker="*" if ascii_only else "braille", fill=False)
    holes = _holes(parts, span)
    drawn = [[(char.replace(_BLANK, " "), style) for char in row] for row in canvas]
    for cell in holes:
        if drawn[-1][cell][0] == " ":
            drawn[-1][cell] = (GAP, "offline")
    return [merged(runs) for runs in drawn]


def merged(runs: Sequence[Run]) -> list[Run]:
    """Neighbours of one style as one run."""
    out: list[Run] = []
    for text, style in runs:
        if out and out[-1][1] == style:
            out[-1] = (out[-1][0] + text, style)
        else:
            out.append((text, style))
    return out


def dotted(
    canvas: list[list[Run]], points: Sequence[Point], span: Span, top: float, style: str = "muted"
) -> list[list[Run]]:
    """Draw a second, dotted curve through the empty cells of a canvas, in steps: what was offered, what is allowed."""
    rows = len(canvas)
    steps = [point for point in points if point.value is not None and 0 < point.value <= top]
    if not rows or not steps or top <= 0:
        return canvas
    chars = [[(char, held) for text, held in runs for char in text] for runs in canvas]
    for cell in range(span.cells):
        until = span.start + (cell + 1) / span.cells * (span.end - span.start)
        value = next((point.value for point in reversed(steps) if point.at <= until), None)
        if value is None:
            continue
        row = min(rows - 1, max(0, round((rows - 1) * (1 - value / top))))
        if cell < len(chars[row]) and chars[row][cell][0] == " ":
            chars[row][cell] = ("┄", style)
    return [merged(runs) for runs in chars]


def panel(
    width: int, title: str, unit: str, canvas: Sequence[Sequence[Run]], top: float, right: Sequence[Run] = ()
) -> list[Line]:
    """A heading, then the canvas behind its axis: one unit a panel, from zero."""
    head = Line(width)
    x = head.runs(1, [(title, "text"), (f", {unit}" if unit else "", "muted")])
    if right:
        head.right_runs(width - 1, right, start=x + 2)
    labels = dict(ticks(top, len(canvas)))
    lines = [head]
    for row, runs in enumerate(canvas):
        drawn = Line(width)
        value = labels.get(row)
        if value is not None:
            drawn.right(AXIS, _figure(value), "muted")
        drawn.put(AXIS, "┤" if value is not None else "│", "rule")
        drawn.runs(AXIS + 1, runs, end=width)
        lines.append(drawn)
    return lines


def _figure(value: float) -> str:
    return number(value, 0 if math.isclose(value, round(value), abs_tol=0.01) else 1)


def foot(width: int, cells: int) -> Line:
    """The ground line between two panels."""
    drawn = Line(width)
    drawn.put(AXIS, "└", "rule")
    drawn.fill(AXIS + 1, AXIS + 1 + cells, "─", "rule")
    return drawn


def time_axis(width: int, span: Span, clock: Callable[[float], str]) -> list[Line]:
    """The ground line with its ticks, and their clock times below; the first one is where the curve begins."""
    ground, labels = foot(width, span.cells), Line(width)
    room = max(1, (span.end - span.start) / max(1, span.cells))
    step = next((step for step in _STEPS_S if step / room >= 14), _STEPS_S[-1])
    at, free = span.start, 0
    while at <= span.end:
        cell = span.cell(at)
        x = AXIS + 1 + cell
        text = clock(at)
        start = x - len(text) // 2
        if cell < span.cells and start >= free and start + len(text) <= width:
            ground.put(x, "┬", "rule")
            labels.put(start, text, "muted")
            free = start + len(text) + 1
        at += step
    return [ground, labels]


def _holes(parts: Sequence[Sequence[tuple[float, float]]], span: Span) -> set[int]:
    holes: set[int] = set()
    for before, after in pairwise(parts):
        first, last = span.cell(before[-1][0]) + 1, span.cell(after[0][0])
        holes.update(range(max(0, first), min(span.cells, last)))
    return holes


def _canvas(
    parts: Sequence[Sequence[tuple[float, float]]],
    span: Span,
    cells: int,
    rows: int,
    top: float,
    *,
    marker: str,
    fill: bool,
) -> list[str]:
    """The curve as plotext draws it: `rows` texts of `cells` characters."""
    from plotext._figure import _figure_class  # 50 ms to import: not before a curve is drawn

    figure = _figure_class()
    figure._limit_size(False, False)  # else the canvas is cut to the size of the terminal
    figure.plot_size(cells, rows)
    figure.theme("clear")
    figure.frame(False)
    figure.xaxes(False, False)
    figure.yaxes(False, False)
    figure.xticks([], [])
    figure.yticks([], [])
    length = max(1.0, span.end - span.start)
    for part in parts:
        xs = [(at - span.start) / length for at, _ in part]
        ys = [min(top, max(0.0, value)) for _, value in part]
        figure.plot(xs, ys, marker=marker, fillx=fill)
    figure.xlim(0.0, 1.0)
    figure.ylim(0.0, top)
    drawn = [_ESCAPE.sub("", row) for row in str(figure.build()).split("\n")]
    return [row.ljust(cells)[:cells] for row in drawn[:rows]] + [" " * cells] * (rows - len(drawn[:rows]))
