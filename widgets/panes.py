"""Two panes side by side, and the small pieces that a preview is made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from widgets.line import Line, Run, broken, fit, wrap

PREVIEW_FROM = 140
"""From this width on a page has a preview."""
PREVIEW = 56
"""Its cells, the rule included."""


def beside(left: Sequence[Line], right: Sequence[Line], width: int, height: int) -> list[Line]:
    """`left` and `right` parted by one vertical rule; `right` brings its rule at its first column."""
    drawn: list[Line] = []
    for at in range(height):
        line = Line(width)
        if at < len(left):
            _lay(line, left[at], 0)
            line.ground = left[at].ground
        start = width - (right[0].width if right else 0)
        if right and at < len(right):
            _lay(line, right[at], start)
        elif right:
            line.put(start, "│", "rule")
        drawn.append(line)
    return drawn


def _lay(line: Line, part: Line, x: int) -> None:
    end = min(line.width, x + part.width)
    line.cells[x:end] = part.cells[: end - x]
    line.styles[x:end] = part.styles[: end - x]
    line.spots += [(x + begin, x + stop, spot) for begin, stop, spot in part.spots]


class Preview:
    """Collects the lines of a preview: a rule at its left, groups parted by a blank line and a muted heading."""

    def __init__(self, width: int, *, ruled: bool = True) -> None:
        self.width = width
        self.x = 2 if ruled else 1
        self.ruled = ruled
        self.lines: list[Line] = []

    @property
    def end(self) -> int:
        """The column before which everything ends."""
        return self.width - 1

    def line(self, ground: str = "ground") -> Line:
        """A new line with its rule."""
        drawn = Line(self.width, ground)
        if self.ruled:
            drawn.put(0, "│", "rule")
        self.lines.append(drawn)
        return drawn

    def group(self, title: str, right: str | Sequence[Run] = "") -> None:
        """A heading, a blank line before it where something stands above."""
        if self.lines:
            self.line()
        drawn = self.line()
        at = drawn.put(self.x, title, "muted", end=self.end)
        runs = [(right, "muted")] if isinstance(right, str) else right
        if runs:
            drawn.right_runs(self.end, runs, start=at + 1)

    def pair(self, label: str, value: str | Sequence[Run], style: str = "text", *, label_style: str = "muted") -> None:
        """A label, and its value at the right end."""
        drawn = self.line()
        at = drawn.put(self.x, label, label_style, end=self.end)
        runs = [(value, style)] if isinstance(value, str) else list(value)
        drawn.right_runs(self.end, runs, start=at + 1)

    def fact(self, label: str, value: str | Sequence[Run], style: str = "text", *, at: int = 14) -> None:
        """A label, and its value at a column."""
        drawn = self.line()
        drawn.put(self.x, label, "muted", end=at)
        drawn.runs(at, [(value, style)] if isinstance(value, str) else value, end=self.end)

    def wrapped(self, label: str, value: str, style: str = "text", *, at: int = 14, most: int = 8) -> None:
        """A label, and its value at a column; what does not fit goes on below."""
        for row, part in enumerate(broken(value, self.end - at)[:most]):
            self.fact(label if row == 0 else "", part, style, at=at)

    def text(self, text: str, style: str = "text", *, most: int | None = None) -> None:
        """A paragraph."""
        for row in wrap(text, self.end - self.x, most):
            self.line().put(self.x, row, style)

    def runs(self, runs: Iterable[Run], right: Sequence[Run] = ()) -> None:
        """One line of pieces."""
        drawn = self.line()
        at = drawn.runs(self.x, runs, end=self.end)
        if right:
            drawn.right_runs(self.end, right, start=at + 1)

    def hero(self, sentences: Sequence[str], hue: str) -> None:
        """The sentence behind its bar: the first one bold."""
        for at, sentence in enumerate(sentences):
            for row in wrap(sentence, self.end - self.x - 2):
                drawn = self.line()
                drawn.put(self.x, "▌", hue)
                drawn.put(self.x + 2, row, "strong" if at == 0 else "text")

    def fitted(self, height: int) -> list[Line]:
        """As many lines as there is room for, and blank ones below."""
        while len(self.lines) < height:
            self.line()
        return self.lines[:height]


def hero(width: int, sentences: Sequence[str], hue: str, rows: int = 2) -> list[Line]:
    """The sentence of a page in so many rows behind a bar; the first sentence is bold."""
    texts = [
        (fit(row, width - 4), "strong" if at == 0 else "text")
        for at, s in enumerate(sentences)
        for row in wrap(s, width - 4)
    ]
    drawn = []
    for at in range(rows):
        line = Line(width)
        if at < len(texts):
            line.put(1, "▌", hue)
            line.put(3, *texts[at])
        drawn.append(line)
    return drawn
