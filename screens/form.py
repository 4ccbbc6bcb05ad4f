"""The dialog: one frame of 70 cells, what it is about, and the words that it needs. Nothing is preselected.

`enter` does nothing until every needed field is given and every number to type is right; a pasted newline is a
blank. The page behind is dimmed, its header stays live.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, cast

from msgspec import Struct
from rich.cells import cell_len
from textual.app import ComposeResult
from textual.events import Key, Paste, Resize
from textual.screen import ModalScreen

from backend.model.sanitise import clean
from backend.text import t
from screens.console import Console
from widgets.line import Line, Run, wrap
from widgets.lines import Lines
from widgets.look import Shade

WIDTH = 70
INDENT = 3
BOX = 12
MOST = 120


class Field(Struct, kw_only=True):
    """One thing to type."""

    id: str
    label: str
    value: str = ""
    width: int = 46
    needed: bool = True
    must: str | None = None
    """What has to be typed, exactly."""
    hint: str = ""
    """Stands behind the box."""
    valid: Callable[[str], bool] | None = None
    """Whether what was typed can be meant; the form stays until it can."""
    choices: Sequence[str] = ()
    """The only values there are; the arrows go through them."""
    words: Mapping[str, str] = {}
    """How choices are shown, where that is not by themselves."""

    @property
    def given(self) -> bool:
        """Whether there is nothing left to type here."""
        if self.must is not None:
            return self.value.strip() == self.must
        if self.choices:
            return self.value in self.choices or not (self.needed or self.value)
        if self.valid is not None and self.value.strip():
            return self.valid(self.value.strip())
        return bool(self.value.strip()) or not self.needed


class Form(ModalScreen[dict[str, str] | None]):
    """Asks; gives the values by field, or None when it was left."""

    DIMS: ClassVar[bool] = True
    """Pages behind it are dimmed."""
    DEFAULT_CSS = """
    Form { align: center middle; background: transparent; }
    Form > #card { width: 70; height: auto; }
    Form > #feet { dock: bottom; height: 2; width: 100%; }
    """

    def __init__(
        self,
        title: str,
        body: Sequence[Sequence[Run]],
        fields: Sequence[Field],
        *,
        verb: str,
        hue: str = "high",
        symbol: str = "▲",
        gentler: Sequence[Run] = (),
        dense: bool = False,
    ) -> None:
        super().__init__()
        self.card_title = title
        self.body = body
        self.fields = list(fields)
        self.verb = verb
        self.hue = hue
        self.symbol = symbol
        self.gentler = gentler
        self.dense = dense
        """No blank lines between the fields."""
        self.at = 0

    @property
    def given(self) -> bool:
        """Whether `enter` may do it."""
        return all(field.given for field in self.fields)

    def compose(self) -> ComposeResult:
        yield Lines(id="card")
        yield Lines(id="feet")

    def on_mount(self) -> None:
        self._draw()

    def on_resize(self, _event: Resize) -> None:
        self._draw()

    # keys

    def on_key(self, event: Key) -> None:
        """Typing goes into the field; nothing reaches the page behind."""
        event.stop()
        event.prevent_default()
        if event.key == "escape":
            self.dismiss(None)
            return
        if event.key == "enter":
            self._enter()
        elif event.key in ("tab", "down"):
            self.at = (self.at + 1) % max(1, len(self.fields))
        elif event.key in ("shift+tab", "up"):
            self.at = (self.at - 1) % max(1, len(self.fields))
        elif self.fields:
            self._type(self.fields[self.at], event)
        if self.is_current:
            self._draw()

    def _enter(self) -> None:
        if self.given:
            self.dismiss({field.id: field.value.strip() for field in self.fields})
            return
        missing = next((at for at, field in enumerate(self.fields) if not field.given), self.at)
        self.at = missing

    def _type(self, field: Field, event: Key) -> None:
        if field.choices:
            if event.key in ("left", "right", "space"):
                here = field.choices.index(field.value) if field.value in field.choices else -1
                step = -1 if event.key == "left" else 1
                field.value = field.choices[(here + step) % len(field.choices)]
            return
        if event.key == "backspace":
            field.value = field.value[:-1]
        elif event.key == "ctrl+u":
            field.value = ""
        elif event.key == "ctrl+w":
            field.value = field.value.rstrip().rpartition(" ")[0]
        elif event.character is not None and event.is_printable:
            field.value = (field.value + event.character)[:MOST]

    def on_paste(self, event: Paste) -> None:
        """Pasted text is one line; its newlines press nothing."""
        event.stop()
        if self.fields and not self.fields[self.at].choices:
            field = self.fields[self.at]
            field.value = clean(field.value + " ".join(event.text.split()), MOST)
            self._draw()

    # drawing

    def _draw(self) -> None:
        if not self.is_attached:
            return
        width = min(WIDTH, self.size.width)
        rows = self._rows(width)
        card = self.query_one("#card", Lines)
        card.styles.height = len(rows)
        card.show(rows)
        feet = self.query_one("#feet", Lines)
        feet.show(self._feet(self.size.width))

    def _rows(self, width: int) -> list[Line]:
        rows = [self._edge(width, "┌", "┐"), self._blank(width)]
        self._edge_title(rows[0])
        for runs in self.body:
            line = self._blank(width)
            right = [(text, style) for text, style in runs if style.endswith(">")]
            left = [(text, style) for text, style in runs if not style.endswith(">")]
            end = width - INDENT
            if right:
                end = line.right_runs(width - INDENT, [(text, style[:-1]) for text, style in right], start=INDENT) - 1
            line.runs(INDENT, left, end=end)
            rows.append(line)
        for at, field in enumerate(self.fields):
            if at == 0 or not self.dense:
                rows.append(self._blank(width))
            rows.append(self._field(width, field, at == self.at))
        rows += [self._blank(width), self._enter_line(width), self._edge(width, "└", "┘")]
        return rows

    def _edge(self, width: int, left: str, right: str) -> Line:
        line = Line(width, "card")
        line.fill(0, width, "─", self.hue)
        line.put(0, left, self.hue)
        line.put(width - 1, right, self.hue)
        return line

    def _edge_title(self, line: Line) -> None:
        line.put(2, f" {self.symbol} {self.card_title} ", f"{self.hue}.b", end=line.width - 2)

    def _blank(self, width: int) -> Line:
        line = Line(width, "card")
        line.put(0, "│", self.hue)
        line.put(width - 1, "│", self.hue)
        return line

    def _field(self, width: int, field: Field, here: bool) -> Line:
        line = self._blank(width)
        at = line.put(INDENT, field.label, "text" if here else "muted", end=width - INDENT)
        if field.must is not None:
            at = line.put(at + 1, field.must, "strong", end=width - INDENT - 8)
        x = max(BOX, at + 2)
        end = min(x + field.width, width - INDENT)
        line.fill(x, end, " ", "field")
        value = field.words.get(field.value, field.value)
        room = end - x - 3
        while cell_len(value) > room:
            value = value[1:]
        at = line.put(x + 1, value, "field.b" if field.must is not None else "field", end=end - 1)
        if here:
            line.put(at, " ", "caret", end=end)
        hint = field.hint
        if field.choices:
            hint = t("← → chooses")
        line.put(end + 2, hint, "muted", end=width - INDENT)
        return line

    def _enter_line(self, width: int) -> Line:
        line = self._blank(width)
        end = line.right_runs(width - INDENT, [("esc", "strong"), (" " + t("leave it"), "text")])
        if self.given:
            line.runs(INDENT, [("enter", "strong"), (f" {self.verb}", "text")], end=end - 2)
        else:
            line.put(INDENT, t("enter {verb}, when all is given", verb=self.verb), "faint", end=end - 2)
        return line

    def _feet(self, width: int) -> list[Line]:
        first, second = Line(width), Line(width, "panel")
        first.runs(1, self.gentler, end=width - 1)
        runs: list[Run] = []
        if len(self.fields) > 1:
            runs += [("tab", "strong"), (" " + t("next field") + "  ", "muted")]
        runs += [("esc", "strong"), (" " + t("leave it") + "  ", "muted")]
        style = ("strong", "muted") if self.given else ("faint", "faint")
        runs += [("enter", style[0]), (f" {self.verb}", style[1])]
        second.runs(1, runs, end=width - 1)
        if width >= 100:
            second.right(width - 1, t("sent to nobody yet"), "muted", start=60)
        return [first, second]


def paragraphs(text: str, style: str = "text") -> list[list[Run]]:
    """A text as body lines of the dialog."""
    return [[(row, style)] for row in wrap(text, WIDTH - 2 * INDENT)]


def console_of(screen: Form) -> Console:
    """The app behind a dialog."""
    return cast("Console", screen.app)


__all__ = ["Field", "Form", "Shade", "paragraphs"]
