"""Session: one charge, its curve, what happened, and why it ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult

from backend.client.mirror import Touched
from backend.model.resources import ReadingResource, SessionResource
from backend.model.words import SessionState
from backend.text import t
from screens import session_draw as drawn
from screens import session_side as side
from screens.acting import Acts, Target
from screens.page import Page
from screens.session_draw import View
from screens.session_story import Told, during
from widgets.keys import label
from widgets.line import Line, Run
from widgets.lines import Lines
from widgets.panes import PREVIEW, PREVIEW_FROM, beside

if TYPE_CHECKING:
    from msgspec import Struct

BEFORE = 6
"""Earlier sessions of the outlet that are shown."""


class SessionPage(Acts, Page):
    """One session, live or past."""

    NAME = "session"
    FOOTER: ClassVar[tuple[str, ...]] = (
        "op.menu",
        "view.zoom",
        "row.log",
        "row.copy",
        "go.prev",
        "go.next",
        "app.back",
        "app.help",
    )
    DEFAULT_CSS = """
    SessionPage #session { width: 1fr; height: 1fr; }
    """

    def __init__(self, id: str = "", *, among: Sequence[str] = ()) -> None:  # noqa: A002 - the word of the API
        super().__init__()
        self.session_id = id
        self.among = list(among)
        """The sessions among which `[` and `]` go."""
        self.zoomed = False
        self.readings: list[ReadingResource] = []
        self.before: list[SessionResource] = []
        self._session: SessionResource | None = None
        self._asked = ""

    def compose_body(self) -> ComposeResult:
        yield Lines(id="session")

    def on_mount(self) -> None:
        """Ask for what the mirror does not hold."""
        self._load()

    # data

    @property
    def session(self) -> SessionResource | None:
        """As it is now; None until it is known."""
        return self.console.mirror.sessions.get(self.session_id, self._session)

    def _load(self) -> None:
        self._asked = self.session_id
        if self.console.client is not None:
            self.console.ask(self._fetch(self.session_id))

    async def _fetch(self, name: str) -> None:
        client = self.console.client
        assert client is not None
        held = self.console.mirror.sessions.get(name)
        session = held if held is not None else await client.session(name)
        readings = await client.readings(name)
        if name != self.session_id:
            return
        self._session, self.readings = session, readings
        self.draw_all()
        found = await client.sessions(f'outlet:"{session.outlet}"', limit=BEFORE * 3, before=name)
        if name == self.session_id:
            self.before = [past for past in found if past.outlet == session.outlet][:BEFORE]
            self.draw_all()

    def told(self) -> Told | None:
        """All that is known; None while the session itself is not."""
        session = self.session
        if session is None:
            return None
        mirror = self.console.mirror
        told = Told(
            session=session,
            now=self.now,
            outlet=mirror.outlets.get(session.outlet),
            station=mirror.stations.get(session.station),
            site=mirror.sites.get(session.site or ""),
            readings=self.readings,
            before=self.before,
        )
        told.operations = [operation for operation in mirror.operations.values() if during(operation, told)]
        return told

    def draw(self, touched: Touched) -> None:
        if self._asked != self.session_id:
            self._load()
        if self.session_id in touched.sessions:
            self._grow()
        lines = self.query_one("#session", Lines)
        width, height = lines.size
        if not width:
            return
        told = self.told()
        if told is None:
            line = Line(width)
            text = t("asking the server for session {id}", id=self.session_id)
            line.put(1, text if self.console.client is not None else t("no such session"), "muted")
            lines.show([line, *(Line(width) for _ in range(height - 1))])
            return
        view = View(self.console.zone, self.console.look.ascii_only, self.zoomed)
        aside = PREVIEW if width >= PREVIEW_FROM and not self.zoomed else 0
        left = drawn.body(width - aside, height, told, view)
        right = side.preview(aside, height, told, view) if aside else []
        lines.show(beside(left, right, width, height))

    def _grow(self) -> None:
        """A live session has a new reading: the curve goes on without asking for all of it again."""
        session = self.session
        if session is None or session.sampled is None or session.state is not SessionState.ACTIVE:
            return
        if self.readings and session.sampled <= self.readings[-1].at:
            return
        register = None if session.meter_start_wh is None else session.meter_start_wh + session.energy_wh
        self.readings.append(
            ReadingResource(
                at=session.sampled,
                energy_wh=register,
                power_w=session.power_w,
                offered_w=session.offered_w,
                soc_pct=session.soc_pct,
                current_a=session.current_a,
                voltage_v=session.voltage_v,
                temperature_c=session.temperature_c,
            )
        )

    def fact(self) -> Sequence[Run]:
        told = self.told()
        return () if told is None else drawn.last_reading(told, self.console.zone)

    # keys

    def targets(self) -> list[Target]:
        session = self.session
        outlet = None if session is None else self.console.mirror.outlets.get(session.outlet)
        return [] if outlet is None else [Target.of_outlet(outlet)]

    def selected(self) -> Struct | None:
        return self.session

    def selected_id(self) -> str | None:
        return self.session_id

    def refusal(self, id_: str) -> str | None:
        session = self.session
        if id_ == "op.menu" and session is not None and session.state is not SessionState.ACTIVE:
            return t("this charge has ended; act on its outlet")
        if id_ in ("go.prev", "go.next") and self._beside(1 if id_ == "go.next" else -1) is None:
            return t("there is no other session that way")
        return super().refusal(id_)

    def word_of(self, id_: str) -> str:
        return {"go.prev": t("newer"), "go.next": t("older")}.get(id_, label(id_))

    def do_row_log(self) -> None:
        if self.session is not None:
            self.console.open("trace", self.session.station)

    def do_view_zoom(self) -> None:
        self.zoomed = not self.zoomed
        self.draw_all()

    def do_go_prev(self) -> None:
        self._go(self._beside(-1))

    def do_go_next(self) -> None:
        self._go(self._beside(1))

    def do_row_open(self) -> None:
        """The outlet's station."""
        if self.session is not None:
            self.console.open("station", self.session.station, outlet=self.session.outlet)

    def _beside(self, by: int) -> str | None:
        names = self.among
        if self.session_id not in names:
            names = [self.session_id, *(past.id for past in self.before)]
        at = names.index(self.session_id) + by
        return names[at] if 0 <= at < len(names) else None

    def _go(self, name: str | None) -> None:
        if name is None:
            return
        if self.session_id not in self.among:
            self.among = [self.session_id, *(past.id for past in self.before)]
        self.session_id = name
        self._session, self.readings, self.before = None, [], []
        self.draw_all()
