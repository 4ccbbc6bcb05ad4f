"""What every page sees of the app: the mirror, the client, the look, the way between pages.

`noc.app` makes one and connects it; tests and pictures make one on a mirror that they filled by hand.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Coroutine, Iterable, Sequence
from datetime import UTC, tzinfo
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, cast
from zoneinfo import ZoneInfo

from textual.app import App, SystemCommand
from textual.screen import Screen
from textual.worker import Worker

from backend.client.mirror import Lamp, Mirror, Touched
from backend.model.clock import Instant
from backend.model.errors import NocError
from backend.model.resources import OperationResource, Who
from backend.text import t, tc
from widgets.figures import hour
from widgets.line import Run
from widgets.look import Look

if TYPE_CHECKING:
    from backend.client.client import Client
    from backend.client.feed import Feed
    from screens.page import Page

PAGES: dict[str, str] = {
    "fleet": "screens.fleet:FleetPage",
    "alarms": "screens.alarms:AlarmsPage",
    "sessions": "screens.sessions:SessionsPage",
    "uptime": "screens.uptime:UptimePage",
    "operations": "screens.operations:OperationsPage",
    "system": "screens.system:SystemPage",
    "station": "screens.station:StationPage",
    "session": "screens.session:SessionPage",
    "trace": "screens.trace:TracePage",
    "help": "screens.help:HelpPage",
}
"""Where each page lives; loaded when it is first opened."""

ROOTS: tuple[tuple[str, str], ...] = (
    ("1", "fleet"),
    ("2", "alarms"),
    ("3", "sessions"),
    ("4", "uptime"),
    ("5", "operations"),
    ("7", "system"),
)
"""The screens with a key of their own, in their order. 6 is kept for the desk."""

RESULT_S = 60.0
"""How long a result stays above the keys."""


def page_word(name: str) -> str:
    """The name of a page as the header shows it."""
    return {
        "fleet": tc("screen", "Fleet"),
        "alarms": tc("screen", "Alarms"),
        "sessions": tc("screen", "Sessions"),
        "session": tc("screen", "Session"),
        "uptime": tc("screen", "Uptime"),
        "operations": tc("screen", "Operations"),
        "system": tc("screen", "System"),
        "station": tc("screen", "Station"),
        "trace": tc("screen", "Trace"),
        "help": tc("screen", "Keys"),
    }.get(name, name)


class Place(NamedTuple):
    """A page and what it shows."""

    name: str
    argument: str = ""


class Said(NamedTuple):
    """The result line."""

    runs: Sequence[Run]
    at: Instant
    until: Instant
    undo: bool = False
    """It says how long `a` still takes it back."""
    passing: bool = False
    """A hint about the page in front: it goes with the page."""


class Console(App[None]):
    """The app as pages know it."""

    TITLE = "noc"
    ENABLE_COMMAND_PALETTE = True
    SLOW_S: ClassVar[float] = 1.0
    FLUSH_S: ClassVar[float] = 0.25

    def __init__(
        self,
        mirror: Mirror,
        look: Look,
        *,
        client: Client | None = None,
        read_only: bool = False,
        slow_line: bool = False,
        zone: tzinfo | None = None,
        keymap: dict[str, str] | None = None,
    ) -> None:
        super().__init__()
        self.animation_level = "none"
        self.mirror = mirror
        self.client = client
        self.feed: Feed | None = None
        self.look = look
        self.read_only = read_only
        self.flush_s = self.SLOW_S if slow_line else self.FLUSH_S
        self.site_zone: tzinfo | None = zone
        self.utc = False
        self.keys_changed = dict(keymap or {})
        self.who: Who | None = None
        self.said: Said | None = None
        self.started: set[str] = set()
        """Operations that were begun here: their outcome becomes the result line."""
        self.undo: tuple[str, Instant] | None = None
        """The alarm that `a` takes back, and until when."""
        self.history: list[str] = []
        """What was typed at the prompt, oldest first."""
        self.places: list[Place] = []
        self.server_text = ""
        """The server's address, for messages."""
        self._roots: dict[str, Page] = {}
        self._touched: Touched | None = None
        self._unlisten: Callable[[], None] | None = None

    # life

    def on_mount(self) -> None:
        """Listen to the mirror, start the timers, show the first page."""
        if self.keys_changed:
            self.set_keymap(self.keys_changed)
        self._unlisten = self.mirror.listen(self._hear)
        self.set_interval(self.flush_s, self.flush)
        self.set_interval(1.0, self.second)
        self.go("fleet")

    def on_unmount(self) -> None:
        """The mirror may outlive the app."""
        if self._unlisten is not None:
            self._unlisten()
            self._unlisten = None

    def _hear(self, touched: Touched) -> None:
        """Collect what changed until the next flush; bursts collapse."""
        held = self._touched
        if held is None:
            held = self._touched = Touched()
        held.everything = held.everything or touched.everything
        for kind in ("alarms", "operations", "outlets", "sessions", "sites", "stations"):
            getattr(held, kind).update(getattr(touched, kind))
        held.frames = [*held.frames, *touched.frames][-2_000:]

    def flush(self) -> None:
        """Tell the page in front (and the one behind a dialog) what changed since the last flush."""
        touched, self._touched = self._touched, None
        if touched is not None:
            for name in self.started & touched.operations:
                operation = self.mirror.operations.get(name)
                if operation is not None:
                    self.tell(operation)
            for page in self.pages_seen():
                page.take(touched)

    def second(self) -> None:
        """Once a second: the clock, the ages, the blink, the countdowns."""
        if self.said is not None and self.mirror.clock.now() > self.said.until:
            self.said = None
        for page in self.pages_seen():
            page.second()

    def pages_seen(self) -> list[Page]:
        """The pages that can be seen: the one in front, or the one behind a dialog."""
        from screens.page import Page

        for screen in reversed(self.screen_stack):
            if isinstance(screen, Page):
                return [screen]
            if not screen.is_modal:
                break
        return []

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """What the palette (ctrl+p) offers: the screens, the keys, quitting. Everything else is at the prompt."""
        for _, name in ROOTS:
            yield SystemCommand(page_word(name), t("go to this screen"), partial(self.go, name))
        for page in self.pages_seen():
            yield SystemCommand(t("Keys"), t("the keys that work here"), page.do_app_help)
            yield SystemCommand(t("Quit"), t("leave the console"), page.do_app_quit)

    # time

    @property
    def now(self) -> Instant:
        """The time of day."""
        return self.mirror.clock.now()

    @property
    def zone(self) -> tzinfo:
        """The zone in which times are shown: the sites', or UTC."""
        if self.utc:
            return UTC
        if self.site_zone is None:
            sites = iter(self.mirror.sites.values())
            first = next(sites, None)
            if first is None:
                return UTC
            self.site_zone = ZoneInfo(first.time_zone)
        return self.site_zone

    # the way between pages

    def go(self, name: str) -> None:
        """Show one of the root pages; whatever stood on it is closed."""
        page = self._roots.get(name)
        if page is None:
            page = self._roots[name] = load_page(name)
            self.install_screen(cast("Screen[None]", page), name)
        while len(self.screen_stack) > 2:
            self.pop_screen()
        self._remember(Place(name))
        if len(self.screen_stack) < 2:
            self.push_screen(page)
        elif self.screen is not page:
            self.switch_screen(page)

    def open(self, name: str, argument: str = "", **options: Any) -> None:
        """Put a page on top of this one; `esc` comes back here."""
        self._remember(Place(name, argument))
        self.push_screen(load_page(name, argument, **options))

    def show_fleet(self, filter_text: str, *, back: str = "") -> None:
        """Go to the fleet, filtered; `esc` leads to the screen `back`, as long as the filter stands."""
        self.go("fleet")
        page = self._roots["fleet"]
        page.opened_with, page.came_from = filter_text, back
        page.call_after_refresh(page.set_filter, filter_text)

    def front_after(self, then: Callable[[Page], object]) -> None:
        """Call `then` with the page in front, once it is drawn."""

        def call() -> None:
            for page in self.pages_seen():
                then(page)

        self.call_after_refresh(call)

    def back(self) -> bool:
        """Close the page in front. False: it is a root page."""
        if len(self.screen_stack) <= 2:
            return False
        self._forget_hint()
        self.pop_screen()
        return True

    def last(self) -> None:
        """Go to where one was before."""
        if len(self.places) >= 2:
            place = self.places[-2]
            if place.argument:
                self.open(place.name, place.argument)
            elif place.name in {name for _, name in ROOTS}:
                self.go(place.name)

    def step(self, by: int) -> None:
        """Go to the root page beside this one."""
        names = [name for _, name in ROOTS]
        here = next((place.name for place in reversed(self.places) if place.name in names), names[0])
        self.go(names[(names.index(here) + by) % len(names)])

    def _forget_hint(self) -> None:
        if self.said is not None and self.said.passing:
            self.said = None

    def _remember(self, place: Place) -> None:
        self._forget_hint()
        if not self.places or self.places[-1] != place:
            self.places.append(place)
            del self.places[:-100]

    # the result line

    def say(self, *runs: Run, for_s: float = RESULT_S) -> None:
        """Put a line above the keys, on whatever page is in front."""
        now = self.mirror.clock.now()
        self.said = Said(runs, now, now + for_s, passing=for_s < RESULT_S)
        for page in self.pages_seen():
            page.draw_result()

    def tell(self, operation: OperationResource) -> None:
        """Say how far an operation came."""
        from screens.operation_words import name_of, outcome, target_name

        result = outcome(operation)
        if operation.state.ended:
            self.started.discard(operation.id)
        head, _, rest = result.text.partition(":")
        tail = f":{rest}" if rest else ""
        self.say(
            (f"{name_of(operation)} {target_name(self.mirror, operation)}", "text"),
            (f"  {result.symbol} {head}", result.style),
            (tail, "text"),
            (f"   {hour(self.now, self.zone)}", "faint"),
        )

    def say_undo(self, text: str) -> None:
        """Say what `a` takes back, and for how long."""
        now = self.mirror.clock.now()
        self.said = Said(((text, "text"),), now, now + 10.0, undo=True)
        for page in self.pages_seen():
            page.draw_result()

    def complain(self, error: NocError | str) -> None:
        """Say that something did not work, and what to do next."""
        if isinstance(error, NocError):
            self.say(("✖ ", "crit"), (error.message, "crit"), (f"  {error.hint}", "muted"))
        else:
            self.say(("✖ ", "crit"), (error, "crit"))

    def ask(self, work: Coroutine[Any, Any, None]) -> Worker[None]:
        """Run something that asks the server; what goes wrong becomes the result line."""

        async def guarded() -> None:
            try:
                await work
            except NocError as error:
                self.complain(error)

        return self.run_worker(guarded(), exit_on_error=True)

    # state of the connection

    @property
    def gone(self) -> bool:
        """Whether there is no server."""
        return self.mirror.lamp is Lamp.GONE

    @property
    def loaded(self) -> bool:
        """Whether there has ever been a picture to show."""
        return self.mirror.seq > 0

    def refusal(self, danger: bool, right: str = "") -> str | None:
        """Why a key that changes something may not be used now."""
        if not danger:
            return None
        if self.gone:
            return t("waits for the server")
        if self.read_only or (self.who is not None and self.who.read_only):
            return t("this console is read-only")
        if right and self.who is not None and right not in self.who.rights:
            return t("your role may not")
        return None


def load_page(name: str, argument: str = "", **options: Any) -> Page:
    """The page of that name, made anew."""
    module, _, kind = PAGES[name].partition(":")
    made = getattr(importlib.import_module(module), kind)
    return cast("Page", made(argument, **options) if argument else made(**options))
