"""One line of cells: text is put at columns, with the names of styles."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from rich.cells import cell_len, chop_cells, get_character_cell_size
from rich.segment import Segment
from textual.strip import Strip

from widgets.look import Look, Shade

Run: TypeAlias = tuple[str, str]
"""Text and the name of its style."""

CUT = "…"


def fit(text: str, width: int) -> str:
    """`text` in at most `width` cells; what is cut ends in `…`."""
    if width <= 0:
        return ""
    if text.isascii():
        return text if len(text) <= width else text[: width - 1] + CUT
    if cell_len(text) <= width:
        return text
    used = 0
    for index, char in enumerate(text):
        used += get_character_cell_size(char)
        if used > width - 1:
            return text[:index] + CUT
    return text


def wrap(text: str, width: int, most: int | None = None) -> list[str]:
    """`text` broken at spaces into lines of at most `width` cells; the last of `most` lines is cut."""
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if line and cell_len(longer) > width:
            lines.append(line)
            line = word
        else:
            line = longer
    if line:
        lines.append(line)
    if most is not None and len(lines) > most:
        lines = [*lines[: most - 1], " ".join(lines[most - 1 :])]
    return [fit(line, width) for line in lines]


def broken(text: str, width: int) -> list[str]:
    """`text` in lines of at most `width` cells, nothing left out: a word that is too long goes on in the next line."""
    words = (part for word in text.split() for part in (chop_cells(word, width) if cell_len(word) > width else [word]))
    return wrap(" ".join(words), width)


class Line:
    """A row of `width` cells. Nothing put on it can reach beyond it, and no text carries markup or controls."""

    __slots__ = ("cells", "ground", "spots", "styles", "width")

    def __init__(self, width: int, ground: str = "ground") -> None:
        self.width = width
        self.ground = ground
        self.cells: list[str] = [" "] * width
        self.styles: list[str] = ["text"] * width
        self.spots: list[tuple[int, int, str]] = []
        """Where a click means something: begin, end, what."""

    def put(self, x: int, text: str, style: str = "text", *, end: int | None = None, spot: str = "") -> int:
        """Put `text` from column `x`, cut before column `end`. Returns the column after it."""
        stop = self.width if end is None else min(end, self.width)
        if x < 0 or x >= stop:
            return x
        text = fit(text, stop - x)
        at = x
        if text and self.cells[x] == "":
            self.cells[x - 1] = " "
        if text.isascii() and text.isprintable():
            at = x + len(text)
            self.cells[x:at] = text
            self.styles[x:at] = [style] * len(text)
        else:
            for char in text:
                size = get_character_cell_size(char)
                if size == 0:
                    if at > x and unicodedata.category(char)[0] == "M":
                        self.cells[at - 1] += char
                    continue
                self.cells[at] = char
                self.styles[at] = style
                if size == 2:
                    self.cells[at + 1] = ""
                    self.styles[at + 1] = style
                at += size
        if x < at < self.width and self.cells[at] == "":
            self.cells[at] = " "
        if spot:
            self.spots.append((x, at, spot))
        return at

    def runs(self, x: int, runs: Iterable[Run], *, end: int | None = None, spot: str = "") -> int:
        """Put several pieces one after the other."""
        start = x
        for text, style in runs:
            x = self.put(x, text, style, end=end)
        if spot:
            self.spots.append((start, x, spot))
        return x

    def right(self, end: int, text: str, style: str = "text", *, start: int = 0, spot: str = "") -> int:
        """Put `text` so that it ends before column `end`, cut to begin at `start`. Returns where it begins."""
        text = fit(text, end - start)
        x = max(start, end - cell_len(text))
        self.put(x, text, style, end=end, spot=spot)
        return x

    def right_runs(self, end: int, runs: Iterable[Run], *, start: int = 0, spot: str = "") -> int:
        """Put several pieces so that the last ends before column `end`. Returns where the first begins."""
        pieces = list(runs)
        x = max(start, end - sum(cell_len(text) for text, _ in pieces))
        self.runs(x, pieces, end=end, spot=spot)
        return x

    def fill(self, x: int, end: int, char: str, style: str) -> None:
        """Repeat `char` from `x` to before `end`."""
        for at in range(max(0, x), min(end, self.width)):
            self.cells[at] = char
            self.styles[at] = style

    def restyle(self, style: str, x: int = 0, end: int | None = None) -> None:
        """Give the cells from `x` to before `end` another style."""
        stop = self.width if end is None else min(end, self.width)
        self.styles[x:stop] = [style] * (stop - x)

    def parted(self, x: int) -> tuple[Line, Line]:
        """The cells before column `x`, and those from it on, as lines of their own."""
        x = max(0, min(x, self.width))
        parts = Line(x, self.ground), Line(self.width - x, self.ground)
        for part, begin in zip(parts, (0, x), strict=True):
            part.cells = self.cells[begin : begin + part.width]
            part.styles = self.styles[begin : begin + part.width]
            part.spots = [(a - begin, b - begin, spot) for a, b, spot in self.spots if begin <= a < begin + part.width]
        return parts

    @property
    def plain(self) -> str:
        """The text alone, without blanks at its end."""
        return "".join(self.cells).rstrip()

    def same(self, other: Line) -> bool:
        """Whether the other line looks the same."""
        return self.ground == other.ground and self.cells == other.cells and self.styles == other.styles

    def difference(self, other: Line) -> tuple[int, int]:
        """The first cell that differs, and the one after the last; equal lines give (0, 0)."""
        if self.width != other.width or self.ground != other.ground:
            return 0, self.width
        first = last = -1
        for at in range(self.width):
            if self.cells[at] != other.cells[at] or self.styles[at] != other.styles[at]:
                if first < 0:
                    first = at
                last = at
        return (0, 0) if first < 0 else (first, last + 1)

    def strip(self, look: Look, shade: Shade = Shade.LIVE) -> Strip:
        """What the terminal gets; neighbours of one style are one segment."""
        segments: list[Segment] = []
        start = 0
        styles, cells = self.styles, self.cells
        for at in range(1, self.width + 1):
            if at == self.width or styles[at] != styles[start]:
                text = look.glyphs("".join(cells[start:at]))
                segments.append(Segment(text, look.style(styles[start], self.ground, shade)))
                start = at
        return Strip(segments, self.width)


def blank(width: int, ground: str = "ground") -> Line:
    """An empty line."""
    return Line(width, ground)


def heading(width: int, text: str, right: str = "", *, x: int = 1) -> Line:
    """A muted heading; `right` stands at the right end, muted too."""
    line = Line(width)
    at = line.put(x, text, "muted")
    if right:
        line.right(width - 1, right, "muted", start=at + 1)
    return line


def rule(width: int, *, x: int = 0) -> Line:
    """A thin rule from `x` to the end."""
    line = Line(width)
    line.fill(x, width, "─", "rule")
    return line


def hint_line(width: int, words: Sequence[Run], at: int) -> Line:
    """Line `at` of what stands where a list has no row."""
    line = Line(width)
    if at < len(words):
        line.put(2, *words[at], end=width - 1)
    return line
