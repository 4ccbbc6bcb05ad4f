"""Station: everything of one station."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal

from backend.client.mirror import Touched
from backend.model.resources import AlarmResource, OperationResource, OutletResource, StationResource
from backend.text import t
from screens.acting import Acts, Target
from screens.operation_words import done_here
from screens.outlet_facts import alarms_of
from screens.page import Page
from screens.quirk_acting import QuirkActs
from screens.station_data import StationLoader
from screens.station_draw import View, head_lines, overview, station_alarms
from screens.station_side import side
from screens.station_tabs import TABS, tab_lines, tab_word
from widgets.keys import label
from widgets.line import Line, Run
from widgets.lines import Lines

if TYPE_CHECKING:
    from msgspec import Struct

PREVIEW = 140
LIST_TABS = ("sessions", "operations", "config", "link", "notes")


class StationPage(Acts, QuirkActs, Page):
    """One station, in pages that `tab` turns."""

    NAME = "station"
    FOOTER: ClassVar[tuple[str, ...]] = (
        "row.open",
        "op.menu",
        "row.log",
        "row.operations",
        "alarm.ack",
        "page.next",
        "register.quirk",
        "app.back",
        "app.help",
    )
    CSS = """
    StationPage #left { width: 1fr; }
    StationPage #side { display: none; width: 57; }
    StationPage.-wide #side { display: block; }
    """

    def __init__(self, station: str, outlet: str = "", tab: str = "overview") -> None:
        super().__init__()
        self.station_id = station
        self.wanted = outlet
        self.at = 0
        self.tab = tab
        self.first = 0
        """The first line seen of a list."""
        self.row = 0
        """The row under the cursor of a list."""

    def compose_body(self) -> ComposeResult:
        self.loader = StationLoader(self.console, self.station_id, self._arrived)
        names = [outlet.outlet for outlet in self.outlets]
        if self.wanted in names:
            self.at = names.index(self.wanted)
        with Horizontal():
            yield Lines(id="left")
            yield Lines(id="side")

    # what is shown

    @property
    def station(self) -> StationResource | None:
        """As the mirror holds it; None once it is gone from the register."""
        return self.console.mirror.stations.get(self.station_id)

    @property
    def outlets(self) -> list[OutletResource]:
        """Its outlets by number."""
        return self.console.mirror.outlets_of(self.station_id)

    @property
    def operations(self) -> list[OperationResource]:
        """What was done here, newest first: from the feed, then from the server's memory."""
        held = done_here(self.console.mirror, self.station_id)
        known = {operation.id for operation in held}
        return held + [operation for operation in self.loader.data.operations if operation.id not in known]

    def _arrived(self) -> None:
        if self.drawable:
            self.draw(Touched())

    def draw(self, touched: Touched) -> None:
        left, beside = self.query_one("#left", Lines), self.query_one("#side", Lines)
        wide = self.size.width >= PREVIEW
        self.set_class(wide, "-wide")
        width, height = left.size
        station = self.station
        if not width:
            return
        if station is None:
            line = Line(width)
            line.put(1, t("{station} is not in the register any more", station=self.station_id), "muted")
            left.show([line, *[Line(width) for _ in range(height - 1)]])
            return
        if touched.operations or touched.sessions:
            self.loader.data.asked = min(self.loader.data.asked, self.console.now - 25)
        data = self.loader.want()
        view = View(self.console, station, self.outlets, self.at, data, self.now)
        tabs = [(name, tab_word(name)) for name in TABS]
        lines = head_lines(view, tabs, self.tab, width)
        room = height - len(lines)
        if self.tab == "overview":
            lines += overview(view, self.operations, width, room, wide=wide)
        else:
            lines += self._list(tab_lines(view, self.tab, self.operations, width), room)
        lines = lines[:height]
        left.show([*lines, *[Line(width) for _ in range(height - len(lines))]])
        if wide and beside.size.width:
            self._draw_side(beside, view)

    def _list(self, lines: list[Line], room: int) -> list[Line]:
        self.row = max(0, min(self.row, len(lines) - 1))
        self.first = max(0, min(self.first, self.row, len(lines) - 1))
        if self.row >= self.first + room:
            self.first = self.row - room + 1
        if self.tab in LIST_TABS:
            line = lines[self.row]
            line.ground = "cursor"
            line.put(0, "▌", "bar")
        return lines[self.first : self.first + room]

    def _draw_side(self, lines: Lines, view: View) -> None:
        width, height = lines.size
        drawn = side(view, width)[:height]
        drawn += [Line(width) for _ in range(height - len(drawn))]
        for line in drawn:
            line.put(0, "│", "rule")
        lines.show(drawn)

    def fact(self) -> Sequence[Run]:
        station = self.station
        if station is not None and station.admission == "pending":
            return ((t("pending: it is served, but not accepted yet; System accepts it"), "warn"),)
        if station is not None and station.pending_work:
            return ((t("running: {work}", work=station.pending_work), "muted"),)
        return ()

    def word_of(self, id_: str) -> str:
        words = {"sessions": t("session"), "operations": t("steps")}
        return words.get(self.tab, t("session")) if id_ == "row.open" else label(id_)

    def footer(self) -> Sequence[str]:
        opens = self.tab in ("overview", "sessions", "operations")
        hidden = {"register.quirk"} if opens else {"row.open"}
        return [id_ for id_ in super().footer() if id_ not in hidden]

    def refusal(self, id_: str) -> str | None:
        if id_ == "row.open" and self.tab not in ("overview", "sessions", "operations"):
            return t("there is nothing to open here")
        return super().refusal(id_)

    # what the cursor is on

    @property
    def outlet(self) -> OutletResource | None:
        """The outlet under the cursor; None on the post itself."""
        outlets = self.outlets
        return outlets[self.at] if self.at < len(outlets) else None

    def selected(self) -> Struct | None:
        return self.outlet or self.station

    def selected_id(self) -> str | None:
        return self.outlet.outlet if self.outlet is not None else self.station_id

    def targets(self) -> list[Target]:
        station, outlet = self.station, self.outlet
        if outlet is not None:
            return [Target.of_outlet(outlet)]
        return [] if station is None else [Target.of_station(station)]

    def alarm(self) -> AlarmResource | None:
        mirror, outlet = self.console.mirror, self.outlet
        found = alarms_of(mirror, outlet) if outlet is not None else station_alarms(mirror, self.station_id)
        return found[0] if found else None

    # keys

    def do_row_down(self) -> None:
        self._move(1)

    def do_row_up(self) -> None:
        self._move(-1)

    def do_row_page_down(self) -> None:
        self._move(self.size.height - 8)

    def do_row_page_up(self) -> None:
        self._move(8 - self.size.height)

    def _move(self, by: int) -> None:
        if self.tab == "overview":
            self.at = max(0, min(len(self.outlets), self.at + by))
        else:
            self.row = max(0, self.row + by)
        self.draw(Touched())

    def do_page_next(self) -> None:
        self._turn(1)

    def do_page_prev(self) -> None:
        self._turn(-1)

    def _turn(self, by: int) -> None:
        self._show_tab(TABS[(TABS.index(self.tab) + by) % len(TABS)])

    def _show_tab(self, name: str) -> None:
        self.tab, self.row, self.first = name, 0, 0
        self.draw_all()

    def pressed(self, spot: str) -> None:
        kind, _, value = spot.partition(":")
        if kind == "tab":
            self._show_tab(value)
        elif kind == "outlet":
            self.at = int(value)
            self.draw(Touched())

    def do_row_open(self) -> None:
        """The session under the cursor, or the one of the outlet."""
        if self.tab == "sessions" and self.loader.data.sessions:
            self.console.open("session", self.loader.data.sessions[self.row].id)
            return
        if self.tab == "operations":
            if self.row < len(self.operations):
                self.console.open("operations", f'station:"{self.station_id}"', at=self.operations[self.row].id)
            return
        outlet = self.outlet
        session = outlet.session if outlet is not None else None
        if session is None and outlet is not None:
            session = next((s.id for s in self.loader.data.sessions if s.outlet == outlet.outlet), None)
        if session is not None:
            self.console.open("session", session)
        else:
            self.console.say((t("no session is known here"), "muted"), for_s=5)

    def do_row_log(self) -> None:
        self.console.open("trace", self.station_id)

    def do_row_operations(self) -> None:
        self._show_tab("operations")

    def do_row_sessions(self) -> None:
        self._show_tab("sessions")
