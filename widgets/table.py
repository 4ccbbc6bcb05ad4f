"""A table over the client's model: it knows ids, and asks for the lines of those that are seen.

60,000 rows cost what the visible ones cost. The cursor follows an id, not a line number: when rows come, go or
change places, the row under the finger stays at the same height of the screen. Whoever fills the table asks
`still` before it re-sorts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from textual.events import Click, MouseScrollDown, MouseScrollUp, Resize
from textual.message import Message

from widgets.figures import number
from widgets.line import Line
from widgets.lines import Lines

HAND_STILL_S = 3.0
"""The hand counts as still after that long without a key."""
DECORATION = "§"
"""Ids that begin so are drawn, and never under the cursor."""


class Table(Lines):
    """One header line, then rows.

    `draw(id, width)` makes the line of a row, without cursor and marks; `head(width)` the header line.
    """

    class Moved(Message):
        """The cursor stands on another row."""

        def __init__(self, table: Table, row: str | None) -> None:
            super().__init__()
            self.table = table
            self.row = row

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, Table.Moved)

    class Chosen(Message):
        """A row was clicked while the cursor was on it."""

        def __init__(self, table: Table, row: str) -> None:
            super().__init__()
            self.table = table
            self.row = row

    def __init__(
        self,
        draw: Callable[[str, int], Line],
        head: Callable[[int], Line] | None,
        *,
        monotonic: Callable[[], float],
        id: str | None = None,  # noqa: A002 - textual's name
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._draw = draw
        self._head = head
        self._monotonic = monotonic
        self.rows: Sequence[str] = ()
        self._index: dict[str, int] = {}
        self.cursor: str | None = None
        self.marks: set[str] = set()
        self.range_from: str | None = None
        """Where a range of marks began."""
        self.top = 0
        self._hand = -1e9

    # what is seen

    @property
    def head_rows(self) -> int:
        """Lines above the first row."""
        return 0 if self._head is None else 1

    @property
    def page(self) -> int:
        """Rows that fit."""
        return max(1, self.size.height - self.head_rows)

    @property
    def seen(self) -> Sequence[str]:
        """The ids on the screen."""
        return self.rows[self.top : self.top + self.page]

    @property
    def position(self) -> str:
        """`1-16 of 3 831`."""
        if not self.rows:
            return ""
        last = min(len(self.rows), self.top + self.page)
        return f"{number(self.top + 1)}–{number(last)}"

    def still(self) -> bool:
        """Whether the hand has been off the keys for a while, so that rows may change places."""
        return self._monotonic() - self._hand > HAND_STILL_S

    def moved_by_hand(self) -> None:
        """A key or the mouse was used: rows keep their places for a while."""
        self._hand = self._monotonic()

    # rows

    def set_rows(self, rows: Sequence[str]) -> None:
        """Show these ids in this order. The cursor keeps its id and its height on the screen; as long as no key was
        pressed it stays on the first row."""
        before = self._index.get(self.cursor, 0) if self.cursor is not None else 0
        fresh = self.cursor is None or self._hand < 0
        height = before - self.top
        self.rows = rows
        self._index = {row: at for at, row in enumerate(rows)}
        if fresh:
            self._land(0)
            self.top = 0
        elif self.cursor is None or self.cursor not in self._index:
            self._land(before)
        if self.cursor is not None and not fresh:
            self.top = self._index[self.cursor] - height
        self._clamp()
        if self.marks:
            self.marks &= self._index.keys()
        self.redraw()

    def redraw(self, only: Collection[str] | None = None) -> None:
        """Draw the visible rows, or those of them that are named; cells that stay are not sent."""
        width, height = self.size
        if not width or not height:
            return
        head = self.head_rows
        if only is None or len(self.lines) != height:
            lines = [self._head(width)] if self._head is not None else []
            lines += [self._row(row, width) for row in self.seen]
            lines += [Line(width) for _ in range(height - len(lines))]
            self.show(lines[:height])
            return
        for y, row in enumerate(self.seen):
            if row in only:
                self.show_line(y + head, self._row(row, width))
        if self._head is not None:
            self.show_line(0, self._head(width))

    def _row(self, row: str, width: int) -> Line:
        line = self._draw(row, width)
        if row in self.marks and width > 1:
            line.put(1, "•", "strong")
        if row == self.cursor:
            line.ground = "cursor"
            if line.cells[0] != " " and width > 1:
                line.put(1, line.cells[0], line.styles[0])
            line.put(0, "▌", "bar")
        return line

    # the cursor

    def move(self, by: int) -> None:
        """Move the cursor by so many rows; it stops at the ends."""
        self.moved_by_hand()
        if not self.rows:
            return
        at = self._index.get(self.cursor or "", self.top)
        self._go(max(0, min(len(self.rows) - 1, at + by)), 1 if by > 0 else -1)

    def move_to(self, at: int) -> None:
        """Put the cursor on the row with that number, from the end if negative."""
        self.moved_by_hand()
        if self.rows:
            self._go(at % len(self.rows) if at >= 0 else len(self.rows) + at, 1 if at >= 0 else -1)

    def point(self, row: str) -> bool:
        """Put the cursor on an id. False: it is not in the table."""
        at = self._index.get(row)
        if at is None:
            return False
        self._go(at, 1)
        return True

    def scroll_rows(self, by: int) -> None:
        """Move the window, not the cursor (as long as it stays seen)."""
        self.moved_by_hand()
        self.top += by
        self._clamp()
        at = self._index.get(self.cursor or "")
        if at is not None and not self.top <= at < self.top + self.page:
            self._go(self.top if at < self.top else min(len(self.rows), self.top + self.page) - 1, by)
        self.redraw()

    def _go(self, at: int, direction: int) -> None:
        found = self._selectable(at, direction)
        if found is None:
            return
        before, self.cursor = self.cursor, self.rows[found]
        first = self.top
        if found < self.top:
            self.top = found
            while self.top > 0 and self.rows[self.top - 1].startswith(DECORATION):
                self.top -= 1
        elif found >= self.top + self.page:
            self.top = found - self.page + 1
        if self.range_from is not None:
            self._mark_range(found)
        if self.top != first or self.range_from is not None:
            self.redraw()
        elif before != self.cursor:
            self.redraw({row for row in (before, self.cursor) if row is not None})
        if before != self.cursor:
            self.post_message(self.Moved(self, self.cursor))

    def _selectable(self, at: int, direction: int) -> int | None:
        for step in (direction, -direction):
            here = at
            while 0 <= here < len(self.rows):
                if not self.rows[here].startswith(DECORATION):
                    return here
                here += step
        return None

    def _land(self, near: int) -> None:
        found = self._selectable(max(0, min(near, len(self.rows) - 1)), 1) if self.rows else None
        before, self.cursor = self.cursor, None if found is None else self.rows[found]
        if before != self.cursor and self.is_attached:
            self.post_message(self.Moved(self, self.cursor))

    def _clamp(self) -> None:
        self.top = max(0, min(self.top, len(self.rows) - self.page))

    # marks

    def mark(self) -> None:
        """Mark the row under the cursor, or take its mark away, and go one down."""
        if self.cursor is None:
            return
        self.marks ^= {self.cursor}
        self.redraw({self.cursor})
        self.move(1)

    def mark_range(self) -> None:
        """Begin a range at the cursor, or end it."""
        self.range_from = self.cursor if self.range_from is None else None
        if self.cursor is not None and self.range_from is not None:
            self._mark_range(self._index[self.cursor])
            self.redraw()

    def _mark_range(self, to: int) -> None:
        start = self._index.get(self.range_from or "", to)
        low, high = min(start, to), max(start, to)
        self.marks |= {row for row in self.rows[low : high + 1] if not row.startswith(DECORATION)}

    def mark_all(self, rows: Collection[str]) -> None:
        """Mark these, or nothing when they are marked already."""
        wanted = set(rows)
        self.marks = set() if self.marks >= wanted else wanted
        self.range_from = None
        self.redraw()

    # the mouse and the size

    def on_resize(self, _event: Resize) -> None:
        """Another size shows other rows; the cursor stays seen."""
        at = self._index.get(self.cursor or "")
        if at is not None:
            self.top = max(min(self.top, at), at - self.page + 1)
        self._clamp()
        self.redraw()

    def on_click(self, event: Click) -> None:
        """A click puts the cursor there; a second one opens the row."""
        at = event.y - self.head_rows
        if 0 <= at < len(self.seen):
            event.stop()
            self.moved_by_hand()
            row = self.seen[at]
            if row == self.cursor:
                self.post_message(self.Chosen(self, row))
            else:
                self._go(self.top + at, 1)

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        event.stop()
        self.scroll_rows(3)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        event.stop()
        self.scroll_rows(-3)
