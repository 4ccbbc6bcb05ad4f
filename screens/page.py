"""The base of every screen: frame, keys, prompt, staleness.

How a screen is added
    1. `class ThingPage(Page)` (or `ListPage` when one table is the body) in `screens/thing.py`, with `NAME` and
       `FOOTER`, the ids of `widgets.keys` that its key line shows, in that order. `word_of(id)` may rename some.
    2. Put it into `PAGES` of `screens.console` (`ROOTS` too when it has a number), and its word into `page_word`.
    3. `compose_body()` yields its widgets, usually `widgets.lines.Lines` or `widgets.table.Table`.
       `draw(touched)` puts lines on them: `self.app.mirror` has the data, `Line` and `figures` the cells. It is called
       with `Touched(everything=True)` when the page comes to the front, is resized or is drawn anew (theme,
       language, held), with what changed after each flush of the feed (2 to 4 times a second), and with an empty
       `Touched()` once a second, for ages and clocks. `Lines` compares cells: draw freely, only news is sent.
    4. What a key does is a method: the id `row.open` calls `do_row_open(self)` (plain, or `async`: then what it
       raises as `NocError` becomes the result line). Having the method puts the key on the help screen.
       `refusal(id)` may return why a key may not be used now; it is then greyed and says so.
    5. `subject` makes `/` a filter of that kind; `filtered()` is called when `self.filter` has changed.
       `fact()` is the line above the keys when there is no result. `command(words)` takes `:` commands of its own.
    6. `resources` from the server: `self.app.client` (None in pictures), in `self.app.ask(coroutine())`; what changes
       the server goes by the actions of `screens.acting`. Another page: `self.app.open("session", id)`.
    7. A picture of it: tests/screens/pictures.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Horizontal
from textual.events import Resize, ScreenResume, ScreenSuspend
from textual.screen import Screen

from backend.client.mirror import Touched
from backend.model.clock import Instant
from backend.model.errors import Invalid
from backend.model.filter import EMPTY, Filter, Subject, parse
from backend.text import t
from screens import commands, frame
from screens.console import PAGES, ROOTS, Console, page_word
from screens.page_keys import PageKeys
from screens.prompt import Prompt
from widgets.figures import clock
from widgets.keys import KEYS, TABLE, bindings, keys_of, label, shown
from widgets.line import Line, Run
from widgets.lines import Lines
from widgets.look import Shade
from widgets.table import Table
from widgets.vitals import Hint, header, key_line, message

if TYPE_CHECKING:
    from msgspec import Struct

LEAST = (80, 24)
"""The smallest terminal in which a screen is drawn."""


class Page(PageKeys, Screen[None]):
    """One screen of the console."""

    NAME: ClassVar[str] = ""
    FOOTER: ClassVar[tuple[str, ...]] = ("app.help",)
    BANNER: ClassVar[bool] = False
    """Whether an unacknowledged S1 or S2 takes a line here; elsewhere the S1 counter itself is in reverse."""
    subject: ClassVar[Subject | None] = None

    BINDINGS: ClassVar[list[BindingType]] = [*bindings()]
    AUTO_FOCUS = ""
    DEFAULT_CSS = """
    Page { background: $background; layout: vertical; }
    Page > #top, Page > #banner, Page > #result, Page > #keys { height: 1; }
    Page #head, Page #clock { height: 1; }
    Page > #banner { display: none; }
    Page.-banner > #banner { display: block; }
    Page > #body { height: 1fr; }
    Page > #cover { display: none; height: 1fr; }
    Page.-covered > #cover { display: block; }
    Page.-covered > #body, Page.-covered > #banner { display: none; }
    Page.-small > #top, Page.-small > #result, Page.-small > #keys { display: none; }
    Page.-asking > #result { display: none; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.filter: Filter = EMPTY
        self.filter_text = ""
        self.opened_with = ""
        """The filter that another page opened it with: `esc` goes back there instead of clearing it."""
        self.came_from = ""
        """The screen that `esc` leads to while that filter stands."""
        self.held: Instant | None = None
        """Since when the picture is held."""
        self.behind = False
        """Whether a dialog stands before it."""
        self._due = False

    @property
    def console(self) -> Console:
        """The app, as pages know it."""
        return cast("Console", self.app)

    @property
    def now(self) -> Instant:
        """The time for ages: that of the hold, while the picture is held."""
        return self.console.now if self.held is None else self.held

    # what a screen gives

    def compose_body(self) -> ComposeResult:
        """The widgets between header and result line."""
        yield from ()

    def draw(self, touched: Touched) -> None:
        """Put what is known on the widgets."""

    def screen_word(self) -> str:
        """The first word of the header."""
        return page_word(self.NAME)

    def fact(self) -> Sequence[Run]:
        """The line above the keys, while there is no result."""
        return ()

    def note(self) -> str:
        """What is to be said beside the filter in force."""
        return ""

    def filtered(self) -> None:
        """`self.filter` is another one."""

    def refusal(self, id_: str) -> str | None:
        """Why a key may not be used now; None: it may."""
        return self.console.refusal(TABLE[id_].danger, TABLE[id_].right)

    def word_of(self, id_: str) -> str:
        """The word beside a key in the key line."""
        return label(id_)

    def command(self, words: Sequence[str]) -> bool:
        """A `:` command that the frame does not know. False: this page neither."""
        return False

    def completions(self) -> Sequence[str]:
        """The first words of this page's own commands."""
        return ()

    def selected(self) -> Struct | None:
        """The resource under the cursor, for `y` and `Y`."""
        return None

    def selected_id(self) -> str | None:
        """What `y` copies."""
        return None

    # the frame

    def compose(self) -> ComposeResult:
        with Horizontal(id="top"):
            yield Lines(id="head")
            yield Lines(id="clock")
        yield Lines(id="banner")
        with Container(id="body"):
            yield from self.compose_body()
        yield Lines(id="cover")
        yield Lines(id="result")
        yield Prompt(id="prompt")
        yield Lines(id="keys")

    @property
    def shade(self) -> Shade:
        """How the body is drawn now."""
        if self.behind:
            return Shade.DIM
        return Shade.STALE if self.console.gone else Shade.LIVE

    @property
    def drawable(self) -> bool:
        """Whether there is anything to draw on."""
        return self.is_mounted and self.is_attached and bool(self.size.width) and bool(self.query("#keys"))

    def take(self, touched: Touched) -> None:
        """News from the feed."""
        if self.held is not None:
            self.draw_frame()
            return
        self.draw_all(touched)

    def second(self) -> None:
        """A second has passed."""
        self.draw_frame()
        if self.drawable and self.held is None and not self.has_class("-covered"):
            self.draw(Touched())

    def draw_all(self, touched: Touched | None = None) -> None:
        """Frame and body; everything unless told otherwise."""
        if not self.drawable:
            return
        self.draw_frame()
        if not self.has_class("-covered"):
            self.draw(touched or Touched(everything=True))

    def draw_frame(self) -> None:
        """Header, banner, result, keys, and the cover while there is nothing to show."""
        if not self.drawable:
            return
        width = self.size.width
        cover = frame.cover(self.console, self.size)
        self.set_class(cover is not None, "-covered")
        self.set_class(cover is not None and cover.small, "-small")
        if cover is not None:
            self.query_one("#cover", Lines).show(cover.lines)
        banner = None if cover is not None else frame.banner_of(self.console, lists=self.BANNER)
        self.set_class(banner is not None, "-banner")
        shade = self.shade
        strip = self.query_one("#banner", Lines)
        self._draw_top(*header(frame.vitals(self, banner=banner is not None), width))
        if banner is not None:
            strip.shade = Shade.DIM if self.behind else Shade.LIVE
            strip.show([frame.banner_line(banner, width)])
        for lines in self.query_one("#body").query(Lines):
            lines.shade = shade
        self.draw_result()
        self.draw_keys()

    def _draw_top(self, line: Line, at: int) -> None:
        """The clock is a widget of its own: Textual sends a line from its widget's left edge on."""
        head, watch = self.query_one("#head", Lines), self.query_one("#clock", Lines)
        left, right = line.parted(at)
        if watch.styles.width is None or watch.styles.width.value != right.width:
            watch.styles.width = right.width
        head.shade = watch.shade = Shade.STALE if self.console.gone else Shade.LIVE
        head.show([left])
        watch.show([right])

    def draw_result(self) -> None:
        """The line above the keys."""
        if not self.drawable:
            return
        lines = self.query_one("#result", Lines)
        lines.shade = Shade.STALE if self.console.gone and self.console.said is None else Shade.LIVE
        said = self.console.said
        runs = frame.said_runs(self.console, said) if said is not None else frame.fact(self)
        lines.show([message(runs, self.size.width)])

    def draw_keys(self) -> None:
        """The last line: the keys that work here, those that may not be used now greyed."""
        hints = [self.hint(id_) for id_ in self.footer()]
        screens = [(key, page_word(name), name == self.NAME) for key, name in ROOTS]
        self.query_one("#keys", Lines).show([key_line(hints, self.size.width, screens=screens)])

    def footer(self) -> Sequence[str]:
        """The ids of the key line, in its order."""
        ids = [id_ for id_ in self.FOOTER if self.works(id_)]
        if self.console.gone:
            ids = [id_ for id_ in ids if id_ not in ("view.trouble", "app.command")]
            ids[-1:-1] = ["app.reload", "app.quit"]
        return ids

    def hint(self, id_: str) -> Hint:
        """One key of the key line."""
        return Hint(id_, shown(keys_of(id_, self.console.keys_changed)), self.word_of(id_), self.refusal(id_) is None)

    def works(self, id_: str) -> bool:
        """Whether the key does anything here."""
        return hasattr(self, TABLE[id_].method)

    def working(self) -> list[str]:
        """The ids of all keys that do something here."""
        return [key.id for key in KEYS if self.works(key.id)]

    # events

    def on_screen_resume(self, _event: ScreenResume) -> None:
        self.behind = False
        self.draw_soon()

    def on_screen_suspend(self, _event: ScreenSuspend) -> None:
        if getattr(self.app.screen, "DIMS", False) and self in self.console.pages_seen():
            self.behind = True
            self.draw_frame()

    def on_resize(self, _event: Resize) -> None:
        self.draw_soon()

    def draw_soon(self) -> None:
        """Draw everything once the layout stands; a burst of reasons is one drawing."""
        if not self._due:
            self._due = True
            self.call_after_refresh(self._draw_due)

    def _draw_due(self) -> None:
        self._due = False
        self.draw_all()

    def on_lines_resized(self, event: Lines.Resized) -> None:
        """A part of the body has another size."""
        event.stop()
        self.draw_soon()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A key that opens a line is a plain character while a line is open."""
        if action == "press" and TABLE[str(parameters[0])].priority and self.query_one(Prompt).asking:
            return False
        return super().check_action(action, parameters)

    async def action_press(self, id_: str) -> None:
        """A key of the table was pressed."""
        method: Callable[[], Awaitable[None] | None] | None = getattr(self, TABLE[id_].method, None)
        if method is None:
            return
        why = self.refusal(id_)
        if why is not None:
            key = shown(keys_of(id_, self.console.keys_changed))
            self.console.say(
                (f"{key} {label(id_)}", "text.b"), (": " + t("not now"), "text"), (f", {why}", "muted"), for_s=10
            )
            return
        result = method()
        if inspect.isawaitable(result):
            self.console.ask(_as_coroutine(result))

    async def on_lines_pressed(self, event: Lines.Pressed) -> None:
        """A spot of the frame was clicked."""
        event.stop()
        if event.spot.startswith("key:"):
            self.console.go(dict(ROOTS)[event.spot.removeprefix("key:")])
        elif event.spot == "banner":
            self.console.go("alarms")
        elif event.spot in TABLE:
            await self.action_press(event.spot)
        else:
            self.pressed(event.spot)

    def pressed(self, spot: str) -> None:
        """A spot of the body was clicked."""

    # the filter and the prompt

    def ask_filter(self) -> None:
        """Open the prompt for the filter; pages with a `subject` call it from `do_app_filter`."""
        self.set_class(True, "-asking")
        self.query_one(Prompt).ask("/", self.filter_text, complete=lambda text: commands.complete_filter(self, text))

    def set_filter(self, text: str) -> bool:
        """Filter by `text`; False, and a word about where it is wrong, when it is no filter."""
        if self.subject is None:
            return False
        try:
            self.filter = parse(text, self.subject)
        except Invalid as error:
            self.console.complain(error)
            return False
        self.filter_text = text
        self.filtered()
        self.draw_all()
        return True

    def on_prompt_typed(self, event: Prompt.Typed) -> None:
        """Search as you type; what is not a filter yet waits."""
        if event.sign != "/" or self.subject is None:
            return
        try:
            self.filter = parse(event.text, self.subject)
        except Invalid:
            return
        self.filter_text = event.text
        self.filtered()
        self.draw_all()

    def on_prompt_given(self, event: Prompt.Given) -> None:
        """The prompt was answered or left."""
        self.set_class(False, "-asking")
        if event.sign == "/":
            self.set_filter(event.text if event.text is not None else "")
        elif event.sign == ":" and event.text:
            self.console.history.append(event.text)
            commands.run(self, event.text)
        self.draw_frame()


class ListPage(Page):
    """A page whose body is mainly one table."""

    @property
    def table(self) -> Table:
        """The table that the row keys move in."""
        return self.query_one(Table)

    def do_row_down(self) -> None:
        self.table.move(1)

    def do_row_up(self) -> None:
        self.table.move(-1)

    def do_row_top(self) -> None:
        self.table.move_to(0)

    def do_row_bottom(self) -> None:
        self.table.move_to(-1)

    def do_row_page_down(self) -> None:
        self.table.move(self.table.page - 1)

    def do_row_page_up(self) -> None:
        self.table.move(1 - self.table.page)

    def do_app_filter(self) -> None:
        self.ask_filter()

    async def on_table_chosen(self, event: Table.Chosen) -> None:
        """A second click on a row opens it."""
        event.stop()
        await self.action_press("row.open")

    def on_table_moved(self, event: Table.Moved) -> None:
        """The cursor is on another row."""
        event.stop()
        self.moved()

    def moved(self) -> None:
        """The cursor is on another row: draw what hangs on it."""


async def _as_coroutine(waited: Awaitable[None]) -> None:
    await waited


__all__ = ["LEAST", "PAGES", "ListPage", "Page", "clock"]
