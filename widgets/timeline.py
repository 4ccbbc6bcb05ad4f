"""The history of one outlet's state as one line of strokes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from backend.model.interval import Minutes
from backend.text import t
from widgets.curve import Span, merged
from widgets.line import Run


class Stretch(NamedTuple):
    """A stretch of one kind; half open."""

    start: float
    end: float
    kind: str


class Stroke(NamedTuple):
    """How one kind of stretch is drawn, and which wins where several share a cell (the higher)."""

    char: str
    style: str
    weight: int


STROKES = {
    Minutes.UP: Stroke("─", "free", 1),
    Minutes.DELIVERING: Stroke("━", "free", 2),
    Minutes.PLANNED: Stroke("·", "muted", 3),
    Minutes.NOT_COMMISSIONED: Stroke("·", "muted", 0),
    Minutes.GAP: Stroke("·", "muted", 4),
    Minutes.UNAVAILABLE: Stroke("╌", "warn", 5),
    Minutes.OFFLINE: Stroke("┄", "offline", 6),
    Minutes.FAULTED: Stroke("×", "crit", 7),
}
NOTHING = (" ", "faint")


def history(stretches: Iterable[Stretch], span: Span) -> list[Run]:
    """The strokes of `stretches` over `span`; a short one keeps a cell, and the worst in a cell is what is seen."""
    found: list[Stroke | None] = [None] * span.cells
    for stretch in stretches:
        stroke = STROKES.get(Minutes(stretch.kind))
        if stroke is None or stretch.end <= span.start or stretch.start >= span.end:
            continue
        first = max(0, span.cell(stretch.start))
        last = min(span.cells - 1, max(first, span.cell(stretch.end - 1e-6)))
        for cell in range(first, last + 1):
            held = found[cell]
            if held is None or stroke.weight > held.weight:
                found[cell] = stroke
    return merged([NOTHING if stroke is None else (stroke.char, stroke.style) for stroke in found])


def legend(kinds: Sequence[Minutes] = (Minutes.UP, Minutes.FAULTED, Minutes.OFFLINE, Minutes.PLANNED)) -> list[Run]:
    """`─ up   × fault   ┄ silent   · excluded`."""
    words = {
        Minutes.UP: t("up"),
        Minutes.FAULTED: t("fault"),
        Minutes.OFFLINE: t("silent"),
        Minutes.UNAVAILABLE: t("out of use"),
        Minutes.DELIVERING: t("silent, but delivering"),
        Minutes.PLANNED: t("excluded"),
        Minutes.GAP: t("excluded"),
        Minutes.NOT_COMMISSIONED: t("excluded"),
    }
    runs: list[Run] = []
    for kind in kinds:
        runs += [(("   " if runs else "") + STROKES[kind].char, STROKES[kind].style), (f" {words[kind]}", "muted")]
    return runs


def day_labels(span: Span, ticks: Iterable[tuple[float, str]]) -> list[Run]:
    """Texts below a time line, each beginning at its moment; those without room are left out."""
    cells = [" "] * span.cells
    free = 0
    for at, text in ticks:
        start = span.cell(at)
        if start < free or start + len(text) > span.cells:
            continue
        cells[start : start + len(text)] = text
        free = start + len(text) + 2
    return [("".join(cells), "muted")]
