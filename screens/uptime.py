"""Uptime: whether the promise is kept, and where it is broken."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.events import ScreenResume
from textual.timer import Timer

from backend.client.mirror import Touched
from backend.model.errors import NocError
from backend.model.filter import Subject
from backend.model.resources import SiteResource, UptimeResource
from backend.text import t, tn
from screens import uptime_draw as drawn
from screens.exporting import csv_text, write_new
from screens.split import SplitPage
from screens.uptime_words import Counted, formula_word
from widgets.figures import hour, number
from widgets.keys import label
from widgets.line import Line, Run

if TYPE_CHECKING:
    from msgspec import Struct

MODES = ("outlet", "site", "station")
WORST = 300
"""Rows asked for of each kind."""
AGAIN_S = 300.0
"""So often it is counted anew while somebody looks."""
FORMULAS = ("strict", "optimistic", "pessimistic")
"""Those that stand beside the one in force."""
WAIT_S = 0.3
CSV_HEAD = (
    "key",
    "label",
    "site",
    "from",
    "to",
    "formula",
    "up_s",
    "down_s",
    "excluded_s",
    "gap_s",
    "uptime_pct",
    "causes",
)


class UptimePage(SplitPage):
    """Network, worst outlets and sites, and where every minute went."""

    NAME = "uptime"
    subject = Subject.OUTLET
    STRIP_WIDE = 4
    FOOTER: ClassVar[tuple[str, ...]] = (
        "row.open",
        "row.describe",
        "page.next",
        "col.sort",
        "app.filter",
        "app.command",
        "app.help",
    )

    def __init__(self) -> None:
        super().__init__()
        self.told = Counted(at=0.0)
        self.mode = "outlet"
        self.opened = ""
        """`timeline`, `explain` or nothing: what has most of the screen."""
        self.best_first = False
        self.formula = "strict"
        self._counting = False
        self._timer: Timer | None = None

    # data

    def on_mount(self) -> None:
        """Count, and go on counting."""
        self.set_interval(AGAIN_S, self._count)
        self._count()

    def on_screen_resume(self, event: ScreenResume) -> None:
        super().on_screen_resume(event)
        if self.now - self.told.at > AGAIN_S:
            self._count()

    def _count(self) -> None:
        if self.console.client is not None and not self._counting and not self.console.gone:
            self._counting = True
            self.console.ask(self._fetch())

    async def _fetch(self) -> None:
        client = self.console.client
        assert client is not None
        formula, wanted = self.formula, self.filter_text
        told = Counted(at=self.console.now, formula=formula, goal_pct=self.told.goal_pct, intervals=self.told.intervals)
        try:
            settings = (await client.system()).settings
            told.goal_pct = _number(settings.get("uptime_goal_pct")) or told.goal_pct
            months = await client.uptime(by="network", formula=formula, filter=wanted, days=True)
            told.network = months[0] if months else None
            self._show(told, formula)
            for mode in MODES[:2] if self.mode != "station" else MODES:
                rows = await client.uptime(by=mode, formula=formula, filter=wanted, days=mode == "outlet", limit=WORST)
                told.rows[mode] = sorted(rows, key=_worst)[:WORST]
                self._show(told, formula)
            days = await client.uptime(by="network", start="-24h", formula=formula, filter=wanted)
            weeks = await client.uptime(by="network", start="-7d", formula=formula, filter=wanted)
            told.day = days[0] if days else None
            told.week = weeks[0] if weeks else None
            self._show(told, formula)
            for other in FORMULAS:
                rows = months if other == formula else await client.uptime(by="network", formula=other, filter=wanted)
                told.others[other] = rows[0].uptime_pct if rows else None
        finally:
            self._counting = False
        self._show(told, formula)
        if formula != self.formula or wanted != self.filter_text:
            self._count()

    def _show(self, told: Counted, formula: str) -> None:
        if formula == self.formula and told.network is not None:
            self.told = told
            self.rearrange()
            self.draw_all(Touched())
            self._ask_history()

    def filtered(self) -> None:
        super().filtered()
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(WAIT_S, self._count)

    def rows_of(self, mode: str) -> dict[str, UptimeResource]:
        """The rows of a kind, by key."""
        return {row.key: row for row in self.told.rows.get(mode, [])}

    def ordered(self) -> Sequence[str]:
        rows = list(self.told.rows.get(self.mode, []))
        if self.filter and self.mode == "outlet":
            mirror = self.console.mirror
            rows = [row for row in rows if self._passes(row, mirror.outlets.get(row.key))]
        if self.best_first:
            rows.reverse()
        return [row.key for row in rows]

    def _passes(self, row: UptimeResource, outlet: object) -> bool:
        mirror = self.console.mirror
        found = mirror.outlets.get(row.key)
        if found is None:
            return outlet is None
        return self.filter.matches_outlet(
            found, mirror.sites.get(found.site or ""), mirror.stations.get(found.station), self.now
        )

    def row(self) -> UptimeResource | None:
        """What the cursor stands on."""
        return self.rows_of(self.mode).get(self.table.cursor or "")

    def site_of(self, row: UptimeResource) -> SiteResource | None:
        """Its site."""
        mirror = self.console.mirror
        outlet = mirror.outlets.get(row.key)
        station = mirror.stations.get(row.key)
        name = (
            row.site or (outlet.site if outlet is not None else None) or (station.site if station is not None else None)
        )
        return mirror.sites.get(name or row.key)

    def _ask_history(self) -> None:
        row = self.row()
        needed = self.wide or self.opened == "timeline"
        if self.console.client is None or row is None or self.mode != "outlet" or not needed:
            return
        if row.key not in self.told.intervals:
            work = cast("Any", partial(self._history, row.key))
            self.console.run_worker(work, group="history", exclusive=True)

    async def _history(self, outlet: str) -> None:
        client = self.console.client
        if client is None:
            return
        await asyncio.sleep(WAIT_S)
        held = self.told.intervals
        try:
            held[outlet] = await client.intervals(outlet, start="-30d")
        except NocError as error:
            self.console.complain(error)
            return
        for old in list(held)[:-50]:
            del held[old]
        self.draw_around()

    # drawing

    def touches(self, touched: Touched) -> bool:
        return touched.everything

    def summary(self, width: int) -> list[Line]:
        lines = drawn.summary(width, self.told, ascii_only=self.console.look.ascii_only, zone=self.console.zone)
        return [*lines[:3], Line(width)] if self.opened and not self.wide else lines

    def draw_head(self, width: int) -> Line:
        return drawn.head(width, self.mode)

    def draw_row(self, row: str, width: int) -> Line:
        found = self.rows_of(self.mode).get(row)
        if found is None:
            return Line(width)
        return drawn.row(width, found, self.mode, self.told.goal_pct, self.site_of(found))

    def strip_rows(self) -> int:
        if not self.opened:
            return super().strip_rows() if self.mode == "outlet" else 0
        height = self.query_one("#body").size.height
        return 16 if self.wide else max(8, height - 9)

    def strip(self, width: int, height: int) -> list[Line]:
        row = self.row()
        lines: list[Line] = [Line(width)]
        if row is None:
            return [*lines, *(Line(width) for _ in range(height - 1))]
        if self.opened == "explain":
            lines += drawn.explain(width, row, self.told.formula)
        elif self.mode == "outlet":
            lines += drawn.timeline(width, self.told, row, self.site_of(row), self.console.zone)
            if self.opened:
                lines += [Line(width), *drawn.stretches(width, self.told, row, self.console.zone, height - 5)]
        return [*lines, *(Line(width) for _ in range(max(0, height - len(lines))))][:height]

    def preview(self, width: int, height: int) -> list[Line]:
        return drawn.preview(width, height, self.told, self.console.mirror.sites)

    def fact(self) -> Sequence[Run]:
        if self.told.network is None:
            return ((t("counting"), "muted"),) if self._counting else ()
        runs: list[Run] = [
            (t("counted {time}", time=hour(self.told.at, self.console.zone)), "muted"),
            ("   " + t("{formula} formula", formula=formula_word(self.told.formula)), "text"),
        ]
        for at, (formula, pct) in enumerate((f, p) for f, p in self.told.others.items() if f != self.told.formula):
            figure = "?" if pct is None else number(pct, 2)
            runs.append((f"{'; ' if at == 0 else ', '}{formula_word(formula)} {figure}", "muted"))
        return runs

    # keys

    def moved(self) -> None:
        super().moved()
        self._ask_history()

    def selected(self) -> Struct | None:
        return self.row()

    def selected_id(self) -> str | None:
        return self.table.cursor

    def word_of(self, id_: str) -> str:
        after = MODES[(MODES.index(self.mode) + 1) % len(MODES)]
        words = {
            "row.open": t("list") if self.opened == "timeline" else t("timeline"),
            **({} if self.mode == "outlet" else {"row.open": t("outlets")}),
            "row.describe": t("list") if self.opened == "explain" else t("explain"),
            "page.next": {"outlet": t("outlets"), "site": t("sites"), "station": t("stations")}[after],
            "app.command": t("formula, export"),
        }
        return words.get(id_, label(id_))

    def do_row_open(self) -> None:
        """The timeline of an outlet; of a site or a station its outlets."""
        row = self.row()
        if self.mode != "outlet":
            if row is not None:
                site = self.site_of(row) if self.mode == "site" else None
                wanted = f'site:"{site.name}"' if site is not None else f'{self.mode}:"{row.key}"'
                self._go_mode(MODES.index("outlet") - MODES.index(self.mode))
                self.set_filter(wanted)
            return
        self._open("timeline")
        self._ask_history()

    def do_row_describe(self) -> None:
        self._open("explain")

    def _open(self, what: str) -> None:
        self.opened = "" if self.opened == what else what
        self.draw_all()

    def do_app_back(self) -> None:
        if self.opened:
            self._open(self.opened)
        else:
            super().do_app_back()

    def do_app_reload(self) -> None:
        super().do_app_reload()
        self._count()

    def do_page_next(self) -> None:
        self._go_mode(1)

    def do_page_prev(self) -> None:
        self._go_mode(-1)

    def _go_mode(self, by: int) -> None:
        self.mode = MODES[(MODES.index(self.mode) + by) % len(MODES)]
        self.opened = ""
        self.rearrange()
        self.draw_all(Touched())
        if self.mode not in self.told.rows:
            self._count()

    def do_col_sort(self) -> None:
        self.best_first = not self.best_first
        self.rearrange()
        self.draw_all(Touched())

    def do_row_sessions(self) -> None:
        row = self.row()
        if row is not None and self.mode == "outlet":
            self.console.open("sessions", f'outlet:"{row.key}"')

    def do_row_log(self) -> None:
        row = self.row()
        if row is not None and self.mode != "site":
            self.console.open("trace", row.key.rpartition(":")[0] if self.mode == "outlet" else row.key)

    # commands

    def completions(self) -> Sequence[str]:
        return ("formula", "export")

    def command(self, words: Sequence[str]) -> bool:
        if words[0] == "formula":
            self.formula = words[1] if len(words) > 1 else "strict"
            self._count()
            self.draw_frame()
            return True
        if words[0] == "export":
            if len(words) != 2:
                self.console.say((t("write the file: :export FILE"), "muted"), for_s=10)
            else:
                self.console.ask(self._export(words[1]))
            return True
        return False

    async def _export(self, name: str) -> None:
        client = self.console.client
        if client is None:
            return
        rows = await client.uptime(by=self.mode, formula=self.formula, filter=self.filter_text)
        path = write_new(name, csv_text(CSV_HEAD, map(_cells, rows)))
        told = tn("{n} row in {file}", "{n} rows in {file}", len(rows), file=path)
        self.console.say(("✓ ", "ok"), (told, "text"))


def _cells(row: UptimeResource) -> tuple[object, ...]:
    causes = " ".join(f"{cause}={seconds:.0f}" for cause, seconds in sorted(row.causes.items()))
    times = (row.from_.isoformat(), row.to.isoformat())
    seconds = (round(row.up_s), round(row.down_s), round(row.excluded_s), round(row.gap_s))
    return (row.key, row.label, row.site, *times, row.formula, *seconds, row.uptime_pct, causes)


def _worst(row: UptimeResource) -> tuple[float, str]:
    return (101.0 if row.uptime_pct is None else row.uptime_pct, row.key)


def _number(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return None
