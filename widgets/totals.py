"""The totals by state: words with symbols, numbers, and the rule that is their proportional bar."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from rich.cells import cell_len

from backend.model.resources import Totals
from backend.text import t, tn
from widgets.figures import number
from widgets.line import Line
from widgets.look import STATES, state_word
from widgets.spark import totals_rule

SLOTS = (
    ("faulted", "faulted"),
    ("offline", "offline"),
    ("out_of_use", "unavailable"),
    ("car_in", "plugged"),
    ("charging", "charging"),
    ("available", "idle"),
)
"""Each slot: our name, and the key of `Totals.activities`."""

ONE_LINE = 140
"""From here on words and numbers share one line."""


class Chosen(NamedTuple):
    """The slot that filters the list, and whether the bar must be told by strokes."""

    slot: str = ""
    strokes: bool = False


def totals(values: Totals, width: int, chosen: Chosen) -> list[Line]:
    """Three lines, or two on wide screens. A click on a slot is the spot `totals:SLOT`."""
    counts = {slot: values.activities.get(key, 0) for slot, key in SLOTS}
    rule = totals_rule(counts, width, strokes=chosen.strokes)
    if width >= ONE_LINE:
        return [_wide(values, counts, width, chosen), rule]
    return [*_narrow(values, counts, width, chosen), rule]


def _style(slot: str, chosen: Chosen, plain: str) -> str:
    return "strong.u" if slot == chosen.slot else plain


def _narrow(values: Totals, counts: Mapping[str, int], width: int, chosen: Chosen) -> list[Line]:
    words, numbers = Line(width), Line(width)
    texts = [state_word(slot) for slot, _ in SLOTS]
    figures = [number(counts[slot]) for slot, _ in SLOTS]
    sizes = [max(cell_len(text) + 2, cell_len(figure)) for text, figure in zip(texts, figures, strict=True)]
    gap = 2 if sum(sizes) + 12 + 7 <= width else 1
    x = 1
    for (slot, _), text, figure, size in zip(SLOTS, texts, figures, sizes, strict=True):
        look = STATES[slot]
        spot = f"totals:{slot}"
        start = x + size - cell_len(text) - 2
        words.put(start, look.symbol, look.symbol_style, spot=spot)
        words.put(start + 2, text, _style(slot, chosen, "muted"), spot=spot)
        numbers.right(x + size, figure, "text", spot=spot)
        x += size + gap
    words.right(width - 1, t("all"), "muted", start=x, spot="totals:")
    numbers.right(width - 1, number(values.outlets), "strong", start=x, spot="totals:")
    return [words, numbers]


def _wide(values: Totals, counts: Mapping[str, int], width: int, chosen: Chosen) -> Line:
    line = Line(width)
    x = 1
    for slot, _ in SLOTS:
        look = STATES[slot]
        x = line.runs(
            x,
            [
                (f"{look.symbol} ", look.symbol_style),
                (number(counts[slot]), "text"),
                (f" {state_word(slot)}", _style(slot, chosen, "muted")),
            ],
            spot=f"totals:{slot}",
        )
        x += 4
    sites = tn("{number} site", "{number} sites", values.sites, number=number(values.sites))
    head, _, tail = sites.partition(number(values.sites))
    line.right_runs(
        width - 1,
        [
            (t("all") + " ", "muted"),
            (number(values.outlets), "text.b"),
            (" " + t("outlets") + ", " + head, "muted"),
            (number(values.sites), "text.b"),
            (tail, "muted"),
        ],
        start=x,
        spot="totals:",
    )
    return line
