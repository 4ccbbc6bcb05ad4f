"""Bars: columns against a goal, labelled proportions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from widgets.curve import EIGHTHS, merged
from widgets.line import Line, Run
from widgets.spark import BLOCKS, GAP, bar

OVER = 3.0
"""Columns above this many goals are cut and marked: one dark day must not flatten the rest."""


class Columns(NamedTuple):
    """A drawn column chart."""

    rows: list[list[Run]]
    """The upper one first, each of the same width."""
    goal_row: int | None
    """The row through which the goal's line goes."""
    over: int
    """How many columns are above the goal."""


def columns(
    values: Sequence[float | None],
    rows: int,
    *,
    goal: float | None = None,
    cells: int = 1,
    gap: int = 1,
    style: str = "data",
    over_style: str = "warn",
) -> Columns:
    """One column a value, from zero, `cells` wide; those above the `goal` in `over_style`, the goal as a dotted line.

    None is a gap: `·` on the ground line. A value far above the goal is cut and ends in `▲`.
    """
    known = [value for value in values if value is not None]
    highest = max(known, default=0.0)
    top = _top(highest, goal, rows)
    goal_row = None if goal is None or rows < 1 else rows - 1 - min(rows - 1, int(goal / top * rows * 0.9999))
    drawn: list[list[Run]] = []
    for row in range(rows):
        base = (rows - 1 - row) * EIGHTHS
        between = ("┄", "muted") if row == goal_row else (" ", "text")
        runs: list[Run] = [(between[0] * gap, between[1])]
        for value in values:
            high = goal is not None and value is not None and value > goal
            runs.append(_cell(value, base, row, rows, top, cells, over_style if high else style, between))
            runs.append((between[0] * gap, between[1]))
        drawn.append(merged(runs))
    over = 0 if goal is None else sum(value > goal for value in known)
    return Columns(drawn, goal_row, over)


def _top(highest: float, goal: float | None, rows: int) -> float:
    if goal is None or goal <= 0:
        return highest or 1.0
    # The goal's line stands at the top of a row, so that what touches it is seen to touch it.
    if highest <= goal:
        return goal * rows / max(1, rows - 1)
    return min(highest, OVER * goal)


def _cell(value: float | None, base: int, row: int, rows: int, top: float, cells: int, style: str, between: Run) -> Run:
    if value is None:
        return (GAP * cells, "offline") if base == 0 else (between[0] * cells, between[1])
    if value > top * 1.001 and row == 0:
        return "▲" * cells, style
    eighths = round(min(1.0, max(0.0, value / top)) * rows * EIGHTHS)
    part = min(EIGHTHS, max(0, eighths - base))
    if part == 0:
        return between[0] * cells, between[1]
    return BLOCKS[part - 1] * cells, style


def labelled(
    width: int, label: str, share: float, figure: Sequence[Run], *, x: int = 1, bar_at: int = 20, bar_width: int = 22
) -> Line:
    """`label  ━━━━────  figure`."""
    drawn = Line(width)
    drawn.put(x, label, "text", end=bar_at - 1)
    drawn.runs(bar_at, bar(share, bar_width))
    drawn.right_runs(width - 1, figure, start=bar_at + bar_width + 1)
    return drawn
