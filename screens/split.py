"""A list with its summary above, and beside it (or, on small screens, below it) what the cursor stands on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from backend.client.mirror import Touched
from screens.page import ListPage
from widgets.line import Line, Run, hint_line
from widgets.lines import Lines
from widgets.panes import PREVIEW, PREVIEW_FROM
from widgets.table import DECORATION, Table


class SplitPage(ListPage):
    """What a page of this kind gives: `ordered`, `draw_row`, `draw_head`, and what stands around the list."""

    SUMMARY: ClassVar[int] = 2
    """Lines above the list."""
    STRIP: ClassVar[int] = 0
    """Lines below the list while there is no preview."""
    STRIP_WIDE: ClassVar[int] = 0
    """Lines below the list beside a preview."""

    DEFAULT_CSS = """
    SplitPage #summary { height: 2; }
    SplitPage #table { height: 1fr; }
    SplitPage #strip { display: none; height: 0; }
    SplitPage #preview { display: none; width: 56; }
    SplitPage.-preview #preview { display: block; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.zoomed = False
        self._hint: Sequence[Run] = ()
        """The lines that stand where there is no row."""
        self._due = True
        """Whether the order of the rows is to be made anew."""

    def compose_body(self) -> ComposeResult:
        with Horizontal():
            with Vertical():
                yield Lines(id="summary")
                yield Table(self._draw_row, self.draw_head, monotonic=self._monotonic, id="table")
                yield Lines(id="strip")
            yield Lines(id="preview")

    def _monotonic(self) -> float:
        return self.console.mirror.clock.monotonic()

    def _draw_row(self, row: str, width: int) -> Line:
        if self._hint:
            return hint_line(width, self._hint, int(row.removeprefix(DECORATION)))
        return self.draw_row(row, width)

    # what a page gives

    def empty(self) -> Sequence[Run]:
        """What stands where there is no row: why, and what to do next; one line each."""
        return ()

    def summary(self, width: int) -> list[Line]:
        """The lines above the list; as many as they are high."""
        return []

    def ordered(self) -> Sequence[str]:
        """The ids of the rows, in their order."""
        return ()

    def draw_row(self, row: str, width: int) -> Line:
        """One row."""
        return Line(width)

    def draw_head(self, width: int) -> Line:
        """The heads of the columns."""
        return Line(width)

    def strip(self, width: int, height: int) -> list[Line]:
        """What the cursor stands on, below the list."""
        return []

    def preview(self, width: int, height: int) -> list[Line]:
        """What the cursor stands on, beside the list."""
        return []

    def touches(self, touched: Touched) -> bool:
        """Whether this news changes which rows there are, or their order."""
        return touched.everything

    # drawing

    @property
    def wide(self) -> bool:
        """Whether there is a preview."""
        return self.has_class("-preview")

    def draw(self, touched: Touched) -> None:
        self.set_class(self.size.width >= PREVIEW_FROM and not self.zoomed, "-preview")
        self._due = self._due or self.touches(touched)
        table = self.table
        if self._due and (touched.everything or table.still() or not self.count):
            self.rearrange()
        else:
            table.redraw()
        self.draw_around()

    def rearrange(self) -> None:
        """Make the rows anew, now."""
        self._due = False
        rows = self.ordered()
        self._hint = () if rows else self.empty()
        self.table.set_rows(rows or [f"{DECORATION}{at}" for at in range(len(self._hint))])

    @property
    def count(self) -> int:
        """How many rows there are."""
        return 0 if self._hint else len(self.table.rows)

    def draw_around(self) -> None:
        """Summary, strip and preview."""
        summary = self.query_one("#summary", Lines)
        lines = self.summary(self.list_width)
        if summary.size.height != len(lines):
            summary.styles.height = len(lines)
        summary.show(lines)
        strip, preview = self.query_one("#strip", Lines), self.query_one("#preview", Lines)
        high = 0 if self.zoomed else self.strip_rows()
        strip.display = high > 0
        strip.styles.height = high
        if high:
            strip.show(self.strip(self.list_width, high))
        if self.wide:
            height = self.query_one("#body").size.height
            preview.show(self.preview(PREVIEW, height))

    def strip_rows(self) -> int:
        """How high the strip is now."""
        return self.STRIP_WIDE if self.wide else self.STRIP

    @property
    def list_width(self) -> int:
        """The cells of the list."""
        return self.size.width - (PREVIEW if self.wide else 0)

    def moved(self) -> None:
        self.draw_around()

    def filtered(self) -> None:
        self.table.moved_by_hand()
        self.rearrange()

    def do_view_zoom(self) -> None:
        self.zoomed = not self.zoomed
        self.draw_all()
