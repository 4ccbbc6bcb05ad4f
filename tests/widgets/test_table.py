"""The table: the cursor follows its id, nothing moves under the finger, and only news is sent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual.app import App, ComposeResult
from textual.geometry import Region

from backend.model.clock import HeldClock
from noc.themes import DARK
from widgets.line import Line
from widgets.look import Look
from widgets.table import DECORATION, Table


class TableApp(App[None]):
    """One table over a dictionary of texts."""

    def __init__(self, rows: list[str]) -> None:
        super().__init__()
        self.look = Look(DARK)
        self.clock = HeldClock()
        self.texts = {row: row for row in rows}
        self.drawn: list[str] = []
        self.rows = rows

    def compose(self) -> ComposeResult:
        yield Table(self.draw_row, self.draw_head, monotonic=self.clock.monotonic)

    def on_mount(self) -> None:
        self.table.set_rows(self.rows)

    @property
    def table(self) -> Table:
        return self.query_one(Table)

    def draw_head(self, width: int) -> Line:
        return Line(width)

    def draw_row(self, row: str, width: int) -> Line:
        self.drawn.append(row)
        line = Line(width)
        line.put(2, self.texts.get(row, ""))
        return line


@asynccontextmanager
async def table_app(rows: list[str], height: int = 11) -> AsyncIterator[TableApp]:
    """The table in a terminal of 40 cells."""
    app = TableApp(rows)
    async with app.run_test(size=(40, height)) as pilot:
        await pilot.pause()
        yield app


def ids(count: int) -> list[str]:
    """`r0`, `r1`, ..."""
    return [f"r{at}" for at in range(count)]


async def test_only_visible_rows_are_drawn() -> None:
    """60,000 rows cost what ten cost."""
    async with table_app(ids(60_000)) as app:
        assert set(app.drawn) == set(ids(10))
        app.drawn.clear()
        app.table.move_to(-1)
        assert app.table.cursor == "r59999"
        assert set(app.drawn) == set(ids(60_000)[-10:])


async def test_cursor_follows_its_id() -> None:
    """Rows change places: the cursor stays on its row, and the row at its height of the screen."""
    async with table_app(ids(100)) as app:
        table = app.table
        table.move(30)
        table.scroll_rows(5)
        height = list(table.seen).index("r30")
        table.set_rows(list(reversed(ids(100))))
        assert table.cursor == "r30"
        assert list(table.seen).index("r30") == height


async def test_rows_that_come_above_do_not_move_the_finger() -> None:
    """Twenty new rows at the top leave the row under the cursor where it is seen."""
    async with table_app(ids(50)) as app:
        table = app.table
        table.move(20)
        height = list(table.seen).index("r20")
        table.set_rows([f"n{at}" for at in range(20)] + ids(50))
        assert table.cursor == "r20"
        assert list(table.seen).index("r20") == height


async def test_a_lost_row_leaves_the_cursor_near() -> None:
    """The row under the cursor goes away: the cursor stands where it was."""
    async with table_app(ids(50)) as app:
        table = app.table
        table.move(20)
        table.set_rows([row for row in ids(50) if row != "r20"])
        assert table.cursor == "r21"


async def test_decoration_is_never_under_the_cursor() -> None:
    """Headings are stepped over, in both directions and at the ends."""
    rows = [f"{DECORATION}a", "r1", f"{DECORATION}b", f"{DECORATION}c", "r2"]
    async with table_app(rows) as app:
        table = app.table
        assert table.cursor == "r1"
        table.move(1)
        assert table.cursor == "r2"
        table.move(1)
        assert table.cursor == "r2"
        table.move(-1)
        table.move(-1)
        assert table.cursor == "r1"
        assert table.top == 0


async def test_only_what_differs_is_refreshed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A row that looks as before is not sent again; of one that changed, its cells."""
    async with table_app(ids(20)) as app:
        table = app.table
        sent: list[Region] = []
        monkeypatch.setattr(table, "refresh", lambda *regions, **_: sent.extend(regions))
        table.redraw({"r3"})
        assert sent == []
        app.texts["r3"] = "r4"
        table.redraw({"r3"})
        assert sent == [Region(3, 4, 1, 1)]
        app.texts["r19"] = "below"
        table.redraw({"r19"})
        assert len(sent) == 1


async def test_still_after_the_hand_rests() -> None:
    """Rows may change places only when the hand has been off the keys for three seconds."""
    async with table_app(ids(20)) as app:
        table = app.table
        assert table.still()
        table.move(1)
        assert not table.still()
        app.clock.advance(4)
        assert table.still()


async def test_marks_and_ranges() -> None:
    """Space marks and goes on, `v` marks what the cursor passes, `*` all; marks of lost rows fall away."""
    async with table_app(ids(20)) as app:
        table = app.table
        table.mark()
        assert table.marks == {"r0"}
        assert table.cursor == "r1"
        table.mark_range()
        table.move(3)
        table.mark_range()
        assert table.marks == {"r0", "r1", "r2", "r3", "r4"}
        table.set_rows(ids(20)[2:])
        assert table.marks == {"r2", "r3", "r4"}
        table.mark_all(ids(20)[2:])
        assert len(table.marks) == 18
        table.mark_all(ids(20)[2:])
        assert table.marks == set()


async def test_position() -> None:
    """The header tells which rows are seen, of how many."""
    async with table_app(ids(3_831)) as app:
        assert app.table.position == "1–10"
        app.table.move_to(-1)
        assert app.table.position == "3\u00a0822–3\u00a0831"
        app.table.set_rows([])
        assert app.table.position == ""
        assert app.table.cursor is None


async def test_mouse() -> None:
    """A click puts the cursor there; the wheel moves the window."""
    app = TableApp(ids(50))
    async with app.run_test(size=(40, 11)) as pilot:
        await pilot.pause()
        await pilot.click(Table, offset=(5, 4))
        assert app.table.cursor == "r3"
        app.table.scroll_rows(3)
        assert app.table.top == 3
        assert app.table.cursor == "r3"
        app.table.scroll_rows(3)
        assert app.table.cursor == "r6"
