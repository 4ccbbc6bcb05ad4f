"""The keys that work on a page: made from the bindings in force."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult

from backend.client.mirror import Touched
from backend.text import t
from screens.page import Page
from widgets.keys import KEYS, TABLE, group_title, help_text, keys_of, shown
from widgets.line import Line, heading, wrap
from widgets.lines import Lines
from widgets.look import STATES, state_word

if TYPE_CHECKING:
    from collections.abc import Sequence

GROUPS = ("row", "act", "view", "screen", "go")
LEGEND = (
    "available",
    "charging",
    "preparing",
    "car_paused",
    "reserved",
    "out_of_use",
    "faulted",
    "offline",
    "conflict",
)


class HelpPage(Page):
    """What one can press on the page that it was opened from."""

    NAME = "help"
    FOOTER: ClassVar[tuple[str, ...]] = ("row.down", "row.up", "app.back", "app.help")

    def __init__(self, *, page: Page) -> None:
        super().__init__()
        self.about = page
        self.first = 0

    def compose_body(self) -> ComposeResult:
        yield Lines(id="list")

    def draw(self, touched: Touched) -> None:
        """Only when it comes to the front: keys do not change while one reads them."""
        if not touched.everything:
            return
        lines = self.query_one("#list", Lines)
        width, height = lines.size
        if not width:
            return
        drawn = self._all(width)
        self.first = max(0, min(self.first, len(drawn) - height))
        lines.show(drawn[self.first : self.first + height])

    def _all(self, width: int) -> list[Line]:
        made = [self._group(group, width // 2 if width >= 140 else width) for group in GROUPS]
        groups = [lines if len(lines) > 1 else [] for lines in made]
        legend = self._legend(width // 2 if width >= 140 else width)
        if width < 140:
            return [line for group in groups if group for line in (*group, Line(width))] + legend
        left = [line for group in groups[:2] if group for line in (*group, Line(width // 2))] + legend
        right = [line for group in groups[2:] if group for line in (*group, Line(width // 2))]
        return _beside(left, right, width)

    def _group(self, group: str, width: int) -> Sequence[Line]:
        lines = [heading(width, group_title(group), self.about.screen_word() if group == "row" else "")]
        for key in KEYS:
            if key.group != group or not self.about.works(key.id):
                continue
            line = Line(width)
            why = self.about.refusal(key.id)
            keys = keys_of(key.id, self.console.keys_changed).split(",")
            text = " ".join(shown(name) for name in keys[:2])
            line.put(2, text, "faint" if why else "strong", end=16)
            note = why or (t("changes something") if TABLE[key.id].danger else "")
            lines += self._told(line, help_text(key.id), note, "faint" if why else "text", "muted" if why else "faint")
        return lines

    def _told(self, line: Line, text: str, note: str, style: str, note_style: str) -> list[Line]:
        """What a key does, and a note on it; what does not fit beside the key goes on below."""
        width, x = line.width, 17
        lines = [line]
        for at, row in enumerate(wrap(text, width - 1 - x)):
            if at:
                lines.append(Line(width))
            end = lines[-1].put(x, row, style, end=width - 1)
        if note and end + 2 + cell_len(note) > width - 1:
            lines.append(Line(width))
            end = x
        if note:
            lines[-1].put(end + 2, note, note_style, end=width - 1)
        return lines

    def _legend(self, width: int) -> list[Line]:
        lines = [heading(width, t("states"))]
        for at in range(0, len(LEGEND), 3):
            line = Line(width)
            for column, kind in enumerate(LEGEND[at : at + 3]):
                look = STATES[kind]
                x = 2 + column * 22
                line.put(x, look.symbol, look.symbol_style)
                line.put(x + 2, state_word(kind), look.word_style)
            lines.append(line)
        return lines

    def do_row_down(self) -> None:
        self._scroll(1)

    def do_row_up(self) -> None:
        self._scroll(-1)

    def do_row_page_down(self) -> None:
        self._scroll(self.size.height // 2)

    def do_row_page_up(self) -> None:
        self._scroll(-self.size.height // 2)

    def do_app_help(self) -> None:
        self.console.back()

    def _scroll(self, by: int) -> None:
        self.first = max(0, self.first + by)
        self.draw(Touched(everything=True))


def _beside(left: Sequence[Line], right: Sequence[Line], width: int) -> list[Line]:
    lines = []
    for at in range(max(len(left), len(right))):
        line = Line(width)
        for x, half in ((0, left), (width // 2, right)):
            if at < len(half):
                line.cells[x : x + half[at].width] = half[at].cells
                line.styles[x : x + half[at].width] = half[at].styles
        lines.append(line)
    return lines
