"""System: whether our own house is in order, who waits at the door, and the register."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.timer import Timer

from backend.client.mirror import Touched
from backend.model.filter import EMPTY, Subject
from backend.model.requests import ImportProgress
from backend.model.resources import HandshakeResource, OutletResource, SecurityResource, StationResource, Vitals
from backend.model.search import Haystacks
from backend.model.words import Right
from backend.text import t, tn
from screens import quarantine_strip
from screens import register_tables as tables
from screens import system_server as server
from screens.empty_words import no_entry, nothing_matches
from screens.entry_facts import facts_of
from screens.importing import report_lines
from screens.operation_kinds import Target
from screens.register_tables import Context, Entry, key_of, name_of
from screens.row_keys import RowKeys
from screens.security_acting import SecurityActs
from screens.security_table import SECURITY, trouble_first
from screens.system_register import REGISTER, RegisterPage
from screens.system_server import Sample
from widgets.figures import number
from widgets.keys import label
from widgets.line import Line, Run, rule
from widgets.panes import Preview
from widgets.table import DECORATION

if TYPE_CHECKING:
    from msgspec import Struct

TABS = ("server", "pending", "quarantine", "sites", "stations", "outlets", "tokens", "security", "audit")
SUBJECTS = {
    "sites": Subject.SITE,
    "stations": Subject.STATION,
    "outlets": Subject.OUTLET,
    "tokens": Subject.TOKEN,
    "security": Subject.STATION,
}
LOOK_S = 3.0
"""So often the server is asked how it is, while somebody looks."""
ASKED = ("tokens", "security")
"""Tabs whose rows the server finds, by the filter."""
COLUMNS = {**tables.COLUMNS, "security": SECURITY}
SECURITY_S = 15.0
"""So often the security table is asked for again, while somebody looks."""
STATIONS = 2_000
"""Rows of the security tab at most; the filter finds the others."""
TOKENS = 200
"""Tokens asked for at a time."""
WAIT_S = 0.3


class SystemPage(SecurityActs, RowKeys, RegisterPage):
    """The server, the door, the register, who did what."""

    NAME = "system"
    STRIP = 0
    FOOTER: ClassVar[tuple[str, ...]] = (
        "page.next",
        "op.menu",
        "register.accept",
        "register.block",
        "register.add",
        "register.change",
        "register.remove",
        "app.filter",
        "app.command",
        "app.help",
    )

    def __init__(self, tab: str = "server") -> None:
        super().__init__()
        self.tab = tab if tab in TABS else "server"
        self.vitals: Vitals | None = None
        self.samples: list[Sample] = []
        self.held_rows: dict[str, list[Entry]] = {}
        """By tab, as the server sent them."""
        self.report: ImportProgress | None = None
        self.report_name = ""
        self._lines: list[Line] = []
        self._entries: dict[str, Entry] = {}
        self._hay = Haystacks()
        self._timer: Timer | None = None
        self._all_tokens = False
        self._security_due = 0.0

    # data

    def on_mount(self) -> None:
        """Ask how it is, and go on asking."""
        self.set_interval(LOOK_S, self._look)
        self._choose(self.tab)

    def _look(self) -> None:
        """Ask for what this tab shows, when somebody looks at it."""
        if self.console.client is None or self.console.gone or not self.is_current:
            return
        if self.tab == "server":
            self.console.ask(self._vitals())
        elif self.tab in ("pending", "quarantine", "audit"):
            self.console.ask(self.fetch(self.tab))
        elif self.tab == "security" and self.console.now >= self._security_due:
            self._security_due = self.console.now + SECURITY_S
            self.console.ask(self.fetch(self.tab))

    async def _vitals(self) -> None:
        client = self.console.client
        assert client is not None
        found = await client.system()
        if self.console.who is None:
            self.console.who = await client.whoami()
        self.vitals = found
        at = self.console.now
        self.samples.append(Sample(at, found.frames_per_s, found.loop_lag_ms, found.commit_ms, found.writer_queue))
        del self.samples[: -server.KEPT]
        if self.tab == "server":
            self.rearrange()
            self.draw_all(Touched())

    async def fetch(self, tab: str) -> None:
        client = self.console.client
        assert client is not None
        rows: Sequence[Entry]
        if tab == "pending":
            rows = await client.pending()
        elif tab == "quarantine":
            rows = await client.quarantine()
        elif tab == "audit":
            rows = await client.audit()
        elif tab == "security":
            rows = trouble_first(await client.security(self.filter_text, limit=STATIONS), self.console.now)
        else:
            rows = await client.tokens(self.filter_text, limit=TOKENS)
            self._all_tokens = len(rows) < TOKENS
        self.held_rows[tab] = list(rows)
        if tab == self.tab:
            self.rearrange()
            self.draw_all(Touched())

    async def _more_tokens(self) -> None:
        client = self.console.client
        rows = self.held_rows.get("tokens", [])
        if client is None or self._all_tokens or not rows or len(rows) >= 5_000:
            return
        self._all_tokens = True
        page = await client.tokens(self.filter_text, limit=TOKENS, after=key_of(rows[-1]))
        self._all_tokens = len(page) < TOKENS
        known = {key_of(row) for row in rows}
        rows += [row for row in page if key_of(row) not in known]
        self.rearrange()
        self.draw_all(Touched())

    def touches(self, touched: Touched) -> bool:
        if touched.everything:
            return True
        mirror = self.console.mirror
        kinds: dict[str, tuple[set[str], Mapping[str, object]]] = {
            "sites": (touched.sites, mirror.sites),
            "stations": (touched.stations, mirror.stations),
            "outlets": (touched.outlets, mirror.outlets),
        }
        if self.tab not in kinds:
            return False
        names, held = kinds[self.tab]
        return any((name in held) is not (name in self._entries) for name in names)

    def ordered(self) -> Sequence[str]:
        if self.report is not None:
            return self._as_lines(report_lines(self.list_width, self.report, self.report_name))
        if self.tab == "server":
            if self.vitals is None:
                return self._as_lines([])
            mirror = self.console.mirror
            who, fleet = self.console.who, server.count_fleet(mirror.stations.values())
            lines = server.body(
                self.list_width, self.vitals, mirror.totals, self.samples, who, self.console.zone, fleet
            )
            return self._as_lines(lines)
        entries = self._found()
        self._entries = {key_of(entry): entry for entry in entries}
        return list(self._entries)

    def empty(self) -> Sequence[Run]:
        if self.tab == "server" or self.report is not None:
            return ()
        if self.filter_text:
            return nothing_matches(self.filter_text)
        if self.tab not in ("sites", "stations", "outlets") and self.tab not in self.held_rows:
            return ()  # the server has not answered yet
        return no_entry(self.tab, "" if self.vitals is None else self.vitals.settings.get("ocpp", ""))

    def _as_lines(self, lines: list[Line]) -> list[str]:
        self._lines = lines
        return [f"{DECORATION}{at}" for at in range(len(lines))]

    def _found(self) -> list[Entry]:
        mirror, found, now = self.console.mirror, self.filter, self.now
        if self.tab == "sites":
            return [site for site in mirror.sites.values() if found.matches_site(site, now)]
        if self.tab == "stations":
            stations = sorted(mirror.stations.values(), key=lambda station: station.id)
            return [s for s in stations if found.matches_station(s, mirror.sites.get(s.site or ""), now)]
        if self.tab == "outlets":
            return list(found.outlets(mirror.outlets.values(), mirror.sites, mirror.stations, now, self._hay))
        return self.held_rows.get(self.tab, [])

    def entry(self) -> Entry | None:
        """What the cursor stands on."""
        row = self.table.cursor
        return None if row is None or self.report is not None else self._now(row)

    def _now(self, row: str) -> Entry | None:
        """An entry as it is now."""
        mirror = self.console.mirror
        held: dict[str, Mapping[str, Entry]] = {
            "sites": mirror.sites,
            "stations": mirror.stations,
            "outlets": mirror.outlets,
        }
        return held.get(self.tab, self._entries).get(row)

    # drawing

    def summary(self, width: int) -> list[Line]:
        line = Line(width)
        waiting = self.console.mirror.totals.pending_stations
        x = 1
        for tab in TABS:
            here = tab == self.tab
            word = tab_word(tab)
            x = line.put(x, word, "strong.u" if here else "muted", end=width - 1, spot=f"tab:{tab}")
            if tab == "pending" and waiting:
                x = line.put(x, f" {number(waiting)}", "warn", end=width - 1)
            x += 2
        if width >= 100:
            line.right(width - 1, t("tab next"), "faint", start=x)
        return [line, rule(width)]

    def draw_head(self, width: int) -> Line:
        if self.report is not None or self.tab == "server":
            return Line(width)
        return tables.draw_head(width, COLUMNS[self.tab])

    def draw_row(self, row: str, width: int) -> Line:
        if row.startswith(DECORATION):
            at = int(row.removeprefix(DECORATION))
            return self._lines[at] if at < len(self._lines) else Line(width)
        entry = self._now(row)
        if entry is None:
            return Line(width)
        return tables.draw_row(width, COLUMNS[self.tab], entry, self._surroundings())

    def _surroundings(self) -> Context:
        return Context(self.console.mirror, self.now, self.console.zone)

    def draw(self, touched: Touched) -> None:
        super().draw(touched)
        if self.tab == "server" and touched.everything:
            self.rearrange()

    def strip_rows(self) -> int:
        return quarantine_strip.ROWS if isinstance(self.entry(), HandshakeResource) and not self.wide else 0

    def strip(self, width: int, height: int) -> list[Line]:
        entry = self.entry()
        return quarantine_strip.strip_lines(entry, width, height) if isinstance(entry, HandshakeResource) else []

    def preview(self, width: int, height: int) -> list[Line]:
        pane = Preview(width)
        if self.tab == "server" or self.entry() is None:
            server.preview(pane, self.vitals, self.console.who, self.console.mirror.totals)
            return pane.fitted(height)
        entry = self.entry()
        assert entry is not None
        pane.runs([(name_of(entry), "strong")])
        pane.line()
        for name, value in facts_of(entry, self._surroundings()):
            pane.wrapped(name, value, at=20)
        if self.tab in ("pending", "quarantine"):
            pane.group(t("what you can do"))
            pane.runs([("i", "strong"), ("  " + t("let it in; it is served from its next message on"), "muted")])
            pane.runs([("b", "strong"), ("  " + t("block it; it is turned away at the door"), "muted")])
        if self.tab == "security":
            pane.group(t("what you can do"))
            pane.runs([("x", "strong"), ("  " + t("move profile, new key, install root, revoke"), "muted")])
        return pane.fitted(height)

    def fact(self) -> Sequence[Run]:
        if self.report is not None:
            if self.report.dry_run and not self.report.bad_rows:
                return (
                    (t("a rehearsal: :import FILE now takes it in"), "text"),
                    ("   " + t("esc closes the report"), "muted"),
                )
            return ((t("esc closes the report"), "muted"),)
        count = number(self.count)
        texts = {
            "server": t("asked every {n} s while this stands here", n=number(LOOK_S)),
            "pending": tn("{n} station waits", "{n} stations wait", len(self._entries))
            if self.tab == "pending"
            else "",
            "quarantine": t("connections that could not be served, and why"),
            "audit": t("who did what, newest first"),
            "security": t("x: move profile, new key, root, revoke; what ends first stands on top"),
        }
        text = texts.get(self.tab) or t(
            "{n} rows   :import FILE takes in a CSV file, :check FILE rehearses it", n=count
        )
        return ((text, "muted"),)

    # tabs

    def do_page_next(self) -> None:
        self._choose(TABS[(TABS.index(self.tab) + 1) % len(TABS)])

    def do_page_prev(self) -> None:
        self._choose(TABS[(TABS.index(self.tab) - 1) % len(TABS)])

    def _choose(self, tab: str) -> None:
        self.tab, self.report = tab, None
        self.subject = SUBJECTS.get(tab)  # type: ignore[misc]
        self.filter, self.filter_text = EMPTY, ""
        self.table.cursor, self.table.top = None, 0
        self.rearrange()
        self.draw_all(Touched())
        if tab in ASKED and self.console.client is not None:
            self.console.ask(self.fetch(tab))
        else:
            self._look()

    def pressed(self, spot: str) -> None:
        if spot.startswith("tab:"):
            self._choose(spot.removeprefix("tab:"))

    def filtered(self) -> None:
        super().filtered()
        if self.tab in ASKED and self.console.client is not None:
            if self._timer is not None:
                self._timer.stop()
            tab = self.tab
            self._timer = self.set_timer(WAIT_S, lambda: self.console.ask(self.fetch(tab)))

    def moved(self) -> None:
        super().moved()
        table = self.table
        if self.tab == "tokens" and table.top + table.page + 40 > len(table.rows):
            self.console.ask(self._more_tokens())

    # acting

    def security(self) -> SecurityResource | None:
        entry = self.entry()
        return entry if isinstance(entry, SecurityResource) else None

    def targets(self) -> list[Target]:
        entry = self.entry()
        return [Target.of_station(entry)] if isinstance(entry, StationResource) and self.tab == "stations" else []

    def here(self) -> Target | None:
        entry, mirror = self.entry(), self.console.mirror
        if isinstance(entry, SecurityResource):
            entry = mirror.stations.get(entry.station)
        if isinstance(entry, OutletResource):
            return Target.of_outlet(entry)
        return Target.of_station(entry) if isinstance(entry, StationResource) else None

    async def security_changed(self) -> None:
        await self.fetch("security")

    # keys

    def footer(self) -> Sequence[str]:
        door = ("register.accept", "register.block")
        book = ("register.add", "register.change", "register.remove", "app.filter")
        hidden: set[str] = set()
        if self.tab not in ("security", "stations"):
            hidden.add("op.menu")
        if self.tab not in ("pending", "quarantine", "stations"):
            hidden.update(door)
        if self.tab not in REGISTER:
            hidden.update(book)
        return [id_ for id_ in super().footer() if id_ not in hidden]

    def refusal(self, id_: str) -> str | None:
        if id_.startswith("register."):
            who = self.console.who
            if who is not None and Right.REGISTER.value not in who.rights:
                return t("you may not change the register")
            if id_ == "register.add":
                return (
                    super().refusal(id_)
                    if self.tab in REGISTER
                    else t("go to sites, stations, outlets or tokens first")
                )
            if self.entry() is None:
                return t("nothing is under the cursor")
        if id_ == "app.filter" and self.subject is None:
            return t("there is nothing to filter here")
        return super().refusal(id_)

    def word_of(self, id_: str) -> str:
        if id_ == "page.next":
            return tab_word(TABS[(TABS.index(self.tab) + 1) % len(TABS)])
        return t("command, import") if id_ == "app.command" else label(id_)

    def selected(self) -> Struct | None:
        return self.entry() or (self.vitals if self.tab == "server" else None)

    def selected_id(self) -> str | None:
        entry = self.entry()
        return None if entry is None else key_of(entry)

    def do_row_open(self) -> None:
        entry = self.entry()
        mirror = self.console.mirror
        if isinstance(entry, StationResource) and entry.id in mirror.stations:
            self.console.open("station", entry.id)
        elif isinstance(entry, SecurityResource) and entry.station in mirror.stations:
            self.console.open("station", entry.station)
        elif entry is not None and self.tab == "outlets" and (outlet := mirror.outlets.get(key_of(entry))) is not None:
            self.console.open("station", outlet.station, outlet=outlet.outlet)

    def do_app_back(self) -> None:
        if self.report is not None:
            self.report = None
            self.rearrange()
            self.draw_all(Touched())
        else:
            super().do_app_back()


def tab_word(tab: str) -> str:
    """The name of a tab."""
    return {
        "server": t("server"),
        "pending": t("waiting"),
        "quarantine": t("quarantine"),
        "sites": t("sites"),
        "stations": t("stations"),
        "outlets": t("outlets"),
        "tokens": t("tokens"),
        "security": t("security"),
        "audit": t("audit"),
    }[tab]
