"""A widget that draws prepared lines, and sends to the terminal only the cells that are new."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, cast

from textual.events import Click, Resize
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from widgets.line import Line
from widgets.look import Look, Shade


class HasLook(Protocol):
    """The app, as widgets see it."""

    look: Look


class Lines(Widget):
    """Lines from the top; what does not fit below is not drawn.

    Call `show` as often as you like: lines are compared cell by cell, and only the span that differs is
    sent. A line's `spots` turn clicks into `Pressed` messages.
    """

    DEFAULT_CSS = """
    Lines { width: 1fr; height: 1fr; }
    """

    class Pressed(Message):
        """A spot of a line was clicked."""

        def __init__(self, sender: Lines, spot: str) -> None:
            super().__init__()
            self.sender = sender
            self.spot = spot

        @property
        def control(self) -> Lines:
            return self.sender

    class Resized(Message):
        """The widget has another size: whoever fills it draws again."""

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, Lines.Resized)

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - textual's name
        super().__init__(id=id, classes=classes)
        self.lines: list[Line] = []
        self._strips: list[Strip | None] = []
        self._shade = Shade.LIVE

    @property
    def look(self) -> Look:
        """The palette and glyphs in force."""
        return cast(HasLook, self.app).look

    @property
    def shade(self) -> Shade:
        """How the lines are drawn; setting it redraws them."""
        return self._shade

    @shade.setter
    def shade(self, shade: Shade) -> None:
        if shade is not self._shade:
            self._shade = shade
            self.forget()

    def forget(self) -> None:
        """Draw everything anew: another palette, another size."""
        self._strips = [None] * len(self.lines)
        self.refresh()

    def show(self, lines: Sequence[Line]) -> None:
        """Draw these lines; cells that are as they were are not sent again."""
        old = self.lines
        self.lines = list(lines)
        if len(old) != len(lines):
            self._strips = [None] * len(lines)
            self.refresh()
            return
        for y, (before, after) in enumerate(zip(old, lines, strict=True)):
            self._replace(y, before, after)

    def show_line(self, y: int, line: Line) -> None:
        """Draw one line anew."""
        if y < len(self.lines):
            before = self.lines[y]
            self.lines[y] = line
            self._replace(y, before, line)

    def _replace(self, y: int, before: Line, after: Line) -> None:
        if before is after:
            return
        first, end = after.difference(before)
        if end > first:
            self._strips[y] = None
            self.refresh(Region(first, y, end - first, 1))

    def render_line(self, y: int) -> Strip:
        """One line of the widget, as Textual asks for it."""
        if y >= len(self.lines):
            return Line(self.size.width).strip(self.look, self._shade)
        strip = self._strips[y]
        if strip is None:
            strip = self._strips[y] = self.lines[y].strip(self.look, self._shade)
        return strip

    def spot_at(self, x: int, y: int) -> str | None:
        """What a click at these cells means."""
        if not 0 <= y < len(self.lines):
            return None
        for begin, end, spot in reversed(self.lines[y].spots):
            if begin <= x < end:
                return spot
        return None

    def on_resize(self, _event: Resize) -> None:
        """Another size shows other cells."""
        self.post_message(self.Resized())

    def on_click(self, event: Click) -> None:
        """A mouse click on a spot."""
        spot = self.spot_at(event.x, event.y)
        if spot is not None:
            event.stop()
            self.post_message(self.Pressed(self, spot))
