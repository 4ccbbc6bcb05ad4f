"""The menu behind `x`: what may be done here, with one key each. It sends nothing by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.events import Key, Resize
from textual.screen import ModalScreen

from backend.text import t
from widgets.line import Line, Run
from widgets.lines import Lines

ABOVE = 8
"""Rows that a long menu leaves free."""


class Choice(NamedTuple):
    """One line of the menu."""

    id: str
    key: str
    word: str
    what: str
    """What it does, in a few words."""
    why_not: str = ""
    """Why it may not be used now."""


class Menu(ModalScreen[str | None]):
    """Gives the id of what was chosen, or None."""

    DIMS: ClassVar[bool] = False
    DEFAULT_CSS = """
    Menu { background: transparent; align: left bottom; }
    Menu > Lines { width: 100%; height: auto; }
    """

    def __init__(self, head: Sequence[Run], choices: Sequence[Choice]) -> None:
        super().__init__()
        self.head = head
        self.choices = choices
        self.at = 0
        self.refused = ""

    def compose(self) -> ComposeResult:
        yield Lines()

    def on_mount(self) -> None:
        self._draw()

    def on_resize(self, _event: Resize) -> None:
        self._draw()

    def on_key(self, event: Key) -> None:
        """A choice by its key, or by the arrows and `enter`."""
        event.stop()
        event.prevent_default()
        steps: dict[str, Callable[[], None]] = {
            "escape": lambda: self._leave(),
            "q": lambda: self._leave(),
            "pagedown": lambda: self._move(8),
            "pageup": lambda: self._move(-8),
            "down": lambda: self._move(1),
            "j": lambda: self._move(1),
            "up": lambda: self._move(-1),
            "k": lambda: self._move(-1),
            "enter": lambda: self._choose(self.choices[self.at]),
        }
        found = next((choice for choice in self.choices if choice.key and choice.key == event.key), None)
        if found is not None:
            self._choose(found)
        elif event.key in steps:
            steps[event.key]()
        else:
            self._leave()

    async def on_lines_pressed(self, event: Lines.Pressed) -> None:
        event.stop()
        found = next((choice for choice in self.choices if choice.id == event.spot), None)
        if found is not None:
            self._choose(found)

    def _leave(self) -> None:
        self.dismiss(None)

    def _move(self, by: int) -> None:
        count = len(self.choices)
        self.at = (self.at + by) % count if abs(by) == 1 else max(0, min(count - 1, self.at + by))
        self._draw()

    def _choose(self, choice: Choice) -> None:
        if choice.why_not:
            self.at = self.choices.index(choice)
            self.refused = choice.why_not
            self._draw()
            return
        self.dismiss(choice.id)

    def _draw(self) -> None:
        width = self.size.width
        if not width:
            return
        lines = [Line(width, "panel")]
        lines[0].runs(1, self.head, end=width - 1)
        room = max(3, self.size.height - ABOVE)
        first = max(0, min(self.at - room + 1, len(self.choices) - room)) if self.at >= room else 0
        for at, choice in list(enumerate(self.choices))[first : first + room]:
            line = Line(width, "panel")
            off = bool(choice.why_not)
            if at == self.at:
                line.ground = "cursor"
                line.put(0, "▌", "bar")
            line.put(2, choice.key, "faint" if off else "strong")
            x = line.put(5, choice.word, "faint" if off else "text", end=24, spot=choice.id)
            line.put(max(25, x + 1), choice.why_not or choice.what, "muted", end=width - 1, spot=choice.id)
            lines.append(line)
        foot = Line(width, "panel")
        foot.runs(1, [("esc", "strong"), (" " + t("leave it") + "  ", "muted"), (t("nothing is sent yet"), "faint")])
        if self.refused:
            foot.right(width - 1, t("not now: {why}", why=self.refused), "warn", start=40)
        lines.append(foot)
        drawn = self.query_one(Lines)
        drawn.styles.height = len(lines)
        drawn.show(lines)
