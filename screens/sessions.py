"""Sessions: who charges, who did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.timer import Timer

from backend.client.found import Found
from backend.client.mirror import Touched
from backend.model.filter import Subject
from backend.model.resources import ReadingResource, SessionResource
from backend.model.words import Link, SessionState
from backend.text import t, tc, tn
from screens import session_draw as drawn
from screens import session_side as side
from screens import session_story as story
from screens.acting import Target
from screens.empty_words import no_session
from screens.past_page import WAIT_S, PastPage
from screens.past_rows import PAGE
from screens.session_draw import View
from screens.session_list import SessionRows
from screens.session_story import Told
from screens.session_words import ended_well, stop_word
from widgets import curve
from widgets.curve import Span
from widgets.figures import hour, kilo, kw, length, mw, number, when
from widgets.keys import label
from widgets.line import Line, Run, rule
from widgets.look import STATES, state_kind, state_word
from widgets.panes import Preview, hero
from widgets.spark import resample, spark

if TYPE_CHECKING:
    from msgspec import Struct

    from backend.client.client import Client

CURVES = 60
"""Curves of sessions looked at that are kept."""


class SessionsPage(PastPage[SessionResource]):
    """Live and past sessions, newest first."""

    NAME = "sessions"
    model: SessionRows
    subject = Subject.SESSION
    BEGAN = "started"
    STRIP = 5
    FOOTER: ClassVar[tuple[str, ...]] = (
        "row.open",
        "app.filter",
        "page.next",
        "op.menu",
        "row.log",
        "row.copy",
        "app.command",
        "app.help",
    )

    def __init__(self, filter_text: str = "") -> None:
        super().__init__(filter_text)
        self.curves: dict[str, list[ReadingResource]] = {}
        self._still: Timer | None = None
        self._asked: str | None = None

    def make_rows(self) -> SessionRows:
        return SessionRows(self.console.mirror)

    async def ask_past(self, client: Client) -> Found[SessionResource]:
        return await client.sessions(self.filter_text, limit=PAGE, before=self.model.oldest)

    def came(self) -> None:
        self._look()

    def _look(self) -> None:
        """Ask for the curve under the cursor, once the hand rests."""
        session = self.session()
        if session is None or self.console.client is None or session.id == self._asked:
            return
        if session.id not in self.curves or session.state is SessionState.ACTIVE:
            self._asked = session.id
            self.console.ask(self._fetch_curve(session.id))

    async def _fetch_curve(self, name: str) -> None:
        client = self.console.client
        assert client is not None
        self.curves[name] = await client.readings(name)
        for old in list(self.curves)[:-CURVES]:
            del self.curves[old]
        self.draw_around()

    def nothing(self) -> Sequence[Run]:
        return no_session(self.model.mode)

    def touches(self, touched: Touched) -> bool:
        return touched.everything or bool(touched.sessions)

    # drawing

    def summary(self, width: int) -> list[Line]:
        line = Line(width)
        live = [s for s in self.console.mirror.sessions.values() if s.state is SessionState.ACTIVE]
        flows = sum(session.power_w or 0.0 for session in live if not self._silent(session))
        line.runs(
            1,
            [
                (number(len(live)), "strong"),
                (" " + tn("open", "open", len(live)), "muted"),
                ("   ", "text"),
                (mw(flows), "strong"),
                (" " + t("flows"), "muted"),
            ],
            end=width // 2,
        )
        modes: list[Run] = []
        for mode in self.model.MODES:
            modes += [("  ", "muted"), (_mode_word(mode), "strong.u" if mode == self.model.mode else "muted")]
        line.right_runs(width - 1, [*modes, ("   " + t("tab next"), "faint")], start=width // 2)
        return [line, rule(width)]

    def draw_head(self, width: int) -> Line:
        line = Line(width)
        line.right(7, t("began"), "muted")
        line.put(9, t("outlet"), "muted")
        line.put(19, t("state"), "muted")
        line.right(38, "kWh", "muted", start=33)
        line.right(45, "kW", "muted")
        line.right(53, t("lasted"), "muted", start=46)
        line.put(55, t("card"), "muted")
        line.put(67, t("site"), "muted")
        if width >= 100:
            line.right(95, t("max kW"), "muted", start=88)
            line.right(101, t("SoC %"), "muted", start=96)
        return line

    def draw_row(self, row: str, width: int) -> Line:
        line = Line(width)
        session = self.model.get(row)
        if session is None:
            return line
        live = session.state is SessionState.ACTIVE
        line.right(7, when(session.started, self.now, self.console.zone), "text" if live else "muted", start=1)
        line.put(9, session.label or session.outlet, "text", end=18)
        self._state(line, session)
        line.right(38, kilo(session.measured_wh), "text", start=32)
        if live:
            line.right(45, "?" if self._silent(session) else kilo(session.power_w), "text", start=39)
        line.right(53, length(self._lasted(session)), "text", start=46)
        line.put(55, session.id_token or "–", "text" if live else "muted", end=66)
        site = self.console.mirror.sites.get(session.site or "")
        line.put(67, site.name if site is not None else "", "muted", end=88 if width >= 100 else width - 1)
        if width >= 100:
            line.right(95, kilo(session.max_power_w), "muted", start=89)
            if session.soc_pct is not None:
                line.right(101, number(session.soc_pct), "muted", start=96)
        return line

    def _state(self, line: Line, session: SessionResource) -> None:
        if session.state is SessionState.ACTIVE:
            outlet = self.console.mirror.outlets.get(session.outlet)
            mine = outlet is not None and outlet.session == session.id
            look = STATES[state_kind(outlet) if mine and outlet is not None else "charging"]
            word = state_word(state_kind(outlet) if mine and outlet is not None else "charging")
            line.put(19, look.symbol, look.symbol_style)
            line.put(21, word, look.word_style, end=33)
            return
        good = ended_well(session.stop_reason) and not session.flags
        line.put(19, "✓" if good else "△", "muted" if good else "warn")
        line.put(21, stop_word(session.stop_reason), "muted" if good else "warn", end=33)

    def _silent(self, session: SessionResource) -> bool:
        """Whether its outlet cannot be heard: what it gives now is not known."""
        outlet = self.console.mirror.outlets.get(session.outlet)
        return outlet is not None and outlet.link is not Link.ONLINE

    def _lasted(self, session: SessionResource) -> float:
        end = self.now if session.ended is None else session.ended.timestamp()
        return max(0.0, end - session.started.timestamp())

    def told(self) -> Told | None:
        """What is known about the session under the cursor."""
        session = self.session()
        if session is None:
            return None
        mirror = self.console.mirror
        return Told(
            session=session,
            now=self.now,
            outlet=mirror.outlets.get(session.outlet),
            station=mirror.stations.get(session.station),
            site=mirror.sites.get(session.site or ""),
            readings=self.curves.get(session.id, []),
        )

    def strip(self, width: int, height: int) -> list[Line]:
        told = self.told()
        if told is None:
            return [Line(width) for _ in range(height)]
        top = Line(width)
        top.fill(0, width, "─", "rule")
        site = "" if told.site is None else f" {told.site.name}"
        top.runs(
            2, [(" " + (told.session.label or told.session.outlet), "strong"), (site + " ", "text")], end=width - 20
        )
        top.right(width - 2, " " + t("session {id}", id=told.session.id) + " ", "muted", start=width // 2)
        sentences, hue = self._sentence(told)
        lines = [top, *hero(width, sentences, hue), Line(width)]
        flow = [point.value for point in story.power(told.readings)]
        last = Line(width)
        if len(flow) >= 3:
            most = max((value for value in flow if value is not None), default=0.0)
            x = last.put(1, t("power"), "muted") + 2
            x = last.runs(x, spark(resample(flow, width - x - 16), most)) + 2
            last.put(x, t("peak {power}", power=kw(most * 1_000)), "muted", end=width - 1)
        return [*lines[:-1], last, Line(width)][:height]

    def _sentence(self, told: Told) -> tuple[list[str], str]:
        ended = told.session.ended
        return story.sentence(told, "?" if ended is None else hour(ended, self.console.zone))

    def preview(self, width: int, height: int) -> list[Line]:
        pane = Preview(width)
        told = self.told()
        if told is None:
            return pane.fitted(height)
        view = View(self.console.zone, self.console.look.ascii_only)
        session, site = told.session, told.site
        name = "" if site is None else f"  {site.name}"
        pane.runs(
            [(session.label or session.outlet, "strong"), (name, "strong")],
            [(t("session {id}", id=session.id), "muted")],
        )
        where = [] if site is None else [site.address]
        where += [told.outlet.place] if told.outlet is not None and told.outlet.place else []
        pane.runs([(", ".join(part for part in where if part), "muted")])
        pane.line()
        self._pane_state(pane, told)
        pane.line()
        pane.hero(*self._sentence(told))
        self._pane_curve(pane, told, view)
        side.meter_group(pane, told)
        side.events_group(pane, told, view)
        return pane.fitted(height)

    def _pane_state(self, pane: Preview, told: Told) -> None:
        session = told.session
        card = session.id_token or "–"
        pane.runs(drawn.state_runs(told, View(self.console.zone))[:3], [(t("card {token}", token=card), "text")])

    def _pane_curve(self, pane: Preview, told: Told, view: View) -> None:
        points = story.power(told.readings)
        if not any(point.value is not None for point in points):
            points = story.from_energy(story.energy(told))
        known = [point.value for point in points if point.value is not None]
        if len(known) < 2:
            return
        top = curve.axis_top(max(known))
        pane.group(t("power, kW"), t("peak {power}", power=kw(max(known) * 1_000)))
        span = Span(told.start, max(told.end, told.start + 600), pane.end - curve.AXIS - 3)
        rows = curve.area(points, span, 6, top)
        for line in [
            *curve.panel(pane.width - 2, "", "", rows, top)[1:],
            *curve.time_axis(pane.width - 2, span, lambda at: hour(at, view.zone)),
        ]:
            target = pane.line()
            target.cells[2:] = line.cells[: pane.width - 2]
            target.styles[2:] = line.styles[: pane.width - 2]

    def fact(self) -> Sequence[Run]:
        ends = self.note()
        if ends:
            return ((ends, "muted"),)
        shown = number(self.count)
        if self.model.complete or self.console.client is None:
            return ((t("{n} sessions", n=shown), "muted"),)
        return ((t("{n} sessions, older ones come as you scroll", n=shown), "muted"),)

    # keys

    def session(self) -> SessionResource | None:
        """The session under the cursor."""
        row = self.table.cursor
        return None if row is None else self.model.get(row)

    def selected(self) -> Struct | None:
        return self.session()

    def selected_id(self) -> str | None:
        return self.table.cursor

    def targets(self) -> list[Target]:
        session = self.session()
        outlet = None if session is None else self.console.mirror.outlets.get(session.outlet)
        return [] if outlet is None else [Target.of_outlet(outlet)]

    def moved(self) -> None:
        super().moved()
        if self._still is not None:
            self._still.stop()
        self._still = self.set_timer(WAIT_S, self._look)

    def word_of(self, id_: str) -> str:
        return t("live, past") if id_ == "page.next" else label(id_)

    def do_row_open(self) -> None:
        session = self.session()
        if session is not None:
            self.console.open("session", session.id, among=list(self.table.rows[:2_000]))

    def do_row_log(self) -> None:
        session = self.session()
        if session is not None:
            self.console.open("trace", session.station)


def _mode_word(mode: str) -> str:
    return {"all": t("all"), "live": tc("session", "live"), "ended": t("ended")}[mode]
