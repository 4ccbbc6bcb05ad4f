"""Alarms: what a person must do now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from backend.client.mirror import Touched
from backend.model.errors import NocError
from backend.model.filter import Subject
from backend.model.resources import AlarmEntryResource, AlarmResource
from backend.text import t
from screens.acting import Acts, Target
from screens.alarm_detail import load_lines, preview_lines, strip_lines, summary_lines
from screens.alarm_rows import AlarmRows, alarm_row, head_line, more_line, section_line
from screens.empty_words import nothing_matches
from screens.fleet_draw import seen_words
from screens.page import ListPage
from screens.row_keys import RowKeys
from widgets.figures import clock
from widgets.line import Line, Run, hint_line
from widgets.lines import Lines
from widgets.table import DECORATION, Table

if TYPE_CHECKING:
    from msgspec import Struct

PREVIEW = 140
HISTORY_S = 300.0
KEPT_ENTRIES = 100


class AlarmsPage(Acts, RowKeys, ListPage):
    """The folded list; detail below at 80 columns, beside it on wide screens."""

    NAME = "alarms"
    BANNER = True
    subject = Subject.ALARM
    FOOTER: ClassVar[tuple[str, ...]] = (
        "alarm.ack",
        "alarm.own",
        "alarm.note",
        "alarm.shelve",
        "op.menu",
        "row.open",
        "call.find",
        "app.filter",
        "app.help",
    )
    CSS = """
    AlarmsPage #summary { display: none; height: 2; }
    AlarmsPage.-wide #summary { display: block; }
    AlarmsPage #left { width: 1fr; }
    AlarmsPage.-wide #left { width: 112; }
    AlarmsPage #detail { height: 5; }
    AlarmsPage.-wide #detail { display: none; }
    AlarmsPage #load { display: none; height: 10; }
    AlarmsPage.-wide.-load #load { display: block; }
    AlarmsPage #preview { display: none; width: 1fr; }
    AlarmsPage.-wide #preview { display: block; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[str, list[AlarmEntryResource]] = {}
        self.past: list[AlarmResource] = []
        """Alarms of the last day, open or not."""
        self._past_asked = 0.0
        self._stale_rows = True
        self._hint: Sequence[Run] = ()
        """Drawn where there is no row."""

    def compose_body(self) -> ComposeResult:
        self.model = AlarmRows(self.console.mirror)
        yield Lines(id="summary")
        with Horizontal():
            with Vertical(id="left"):
                yield Table(
                    self._draw_row, self._draw_head, monotonic=lambda: self.console.mirror.clock.monotonic(), id="table"
                )
                yield Lines(id="load")
                yield Lines(id="detail")
            yield Lines(id="preview")

    # drawing

    def draw(self, touched: Touched) -> None:
        wide = self.size.width >= PREVIEW
        self.set_class(wide, "-wide")
        self._ask_past()
        self.set_class(wide and len(self.past) > 1, "-load")
        table = self.table
        if touched.everything or touched.alarms:
            self._stale_rows = True
        if touched.alarms:
            self.entries = {name: entries for name, entries in self.entries.items() if name not in touched.alarms}
        if self._stale_rows and (touched.everything or table.still() or not table.rows or self._hint):
            self._arrange()
        else:
            table.redraw()
        self._draw_detail()
        if wide:
            alarms = list(self.console.mirror.alarms.values())
            self.query_one("#summary", Lines).show(summary_lines(alarms, self.past, self.now, self.size.width))
            load = self.query_one("#load", Lines)
            if load.size.width:
                load.show(load_lines(self.past, self.now, self.console, load.size.width))

    def _arrange(self) -> None:
        self._stale_rows = False
        rows = self.model.arrange(gaps=self.size.width >= PREVIEW)
        self._hint = () if rows else self._empty()
        self.table.set_rows(rows or [f"{DECORATION}{at}" for at in range(len(self._hint))])

    def _empty(self) -> Sequence[Run]:
        if self.filter_text:
            return nothing_matches(self.filter_text)
        if self.model.worst_only and self.console.mirror.alarms:
            return ((t("No S1 and no S2."), "text"), (t("! shows everything"), "muted"))
        return ((t("No alarm: nothing waits for a person."), "text"),)

    def _draw_row(self, row: str, width: int) -> Line:
        if self._hint:
            return hint_line(width, self._hint, int(row.removeprefix(DECORATION)))
        width = min(width, 111) if self.size.width >= PREVIEW else width
        if row.startswith(f"{DECORATION}head:"):
            name = row.partition(":")[2]
            return section_line(name, self.model.counts.get(name, 0), width)
        if row.startswith(DECORATION):
            return Line(width)
        if row.startswith("more:"):
            return more_line(row, width)
        alarm = self.console.mirror.alarms.get(row)
        if alarm is None:
            line = Line(width)
            line.put(18, t("is normal now"), "muted")
            return line
        return alarm_row(self.console.mirror, alarm, self.now, self.console.zone, width)

    def _draw_head(self, width: int) -> Line:
        if self.console.gone:
            at = t("as of {time}", time=clock(self.console.mirror.lamp_since, self.console.zone))
            return head_line(width, at, stale=True)
        table = self.table
        return head_line(width, "" if self._hint else seen_words(table.position, len(table.rows)))

    def _draw_detail(self) -> None:
        alarm = self.alarm()
        entries: Sequence[AlarmEntryResource] = ()
        if alarm is not None:
            entries = self.entries.get(alarm.id, ())
            self._ask_entries(alarm)
        if self.has_class("-wide"):
            lines = self.query_one("#preview", Lines)
            width, height = lines.size
            if width:
                drawn = preview_lines(self.console, alarm, entries, self.now, width, height)
                lines.show(drawn)
            return
        lines = self.query_one("#detail", Lines)
        if lines.size.width:
            lines.show(strip_lines(self.console, alarm, entries, self.now, lines.size.width))

    def moved(self) -> None:
        self._draw_detail()
        self.table.redraw(())

    def filtered(self) -> None:
        self.model.filter = self.filter
        self._arrange()

    def fact(self) -> Sequence[Run]:
        if self.model.worst_only:
            return ((t("S1 and S2 only"), "text.b"), ("  " + t("! shows everything"), "muted"))
        return ()

    # what the server is asked

    def _ask_entries(self, alarm: AlarmResource) -> None:
        client = self.console.client
        if client is None or self.console.gone or alarm.id in self.entries:
            return
        while len(self.entries) >= KEPT_ENTRIES:
            self.entries.pop(next(iter(self.entries)))
        self.entries[alarm.id] = []

        async def ask() -> None:
            self.entries[alarm.id] = await client.alarm_entries(alarm.id)
            self._draw_detail()

        self.console.ask(ask())

    def _ask_past(self) -> None:
        client = self.console.client
        if client is None or self.console.gone or self.console.now - self._past_asked < HISTORY_S:
            return
        self._past_asked = self.console.now

        async def ask() -> None:
            try:
                self.past = await client.alarms(history=True, filter="raised:<7d", limit=5_000)
            except NocError:
                self.past = []

        self.console.ask(ask())

    # what the cursor is on

    def alarm(self) -> AlarmResource | None:
        return self.console.mirror.alarms.get(self.table.cursor or "")

    def selected(self) -> Struct | None:
        return self.alarm()

    def selected_id(self) -> str | None:
        alarm = self.alarm()
        return None if alarm is None else alarm.source

    def targets(self) -> list[Target]:
        alarm, mirror = self.alarm(), self.console.mirror
        if alarm is None or alarm.station is None:
            return []
        outlet = mirror.outlets.get(f"{alarm.station}:{alarm.evse}") if alarm.evse is not None else None
        if outlet is not None:
            return [Target.of_outlet(outlet)]
        station = mirror.stations.get(alarm.station)
        return [] if station is None else [Target.of_station(station)]

    # keys

    def do_row_open(self) -> None:
        row, alarm = self.table.cursor or "", self.alarm()
        if row.startswith("more:"):
            self.model.open.add(row.split(":")[1])
            self._arrange()
        elif alarm is not None and alarm.station is not None:
            outlet = f"{alarm.station}:{alarm.evse}" if alarm.evse is not None else ""
            self.console.open("station", alarm.station, outlet=outlet)
        elif alarm is not None and alarm.site is not None:
            site = self.console.mirror.sites.get(alarm.site)
            self.console.show_fleet(f'site:"{site.name if site is not None else alarm.site}"', back="alarms")

    def do_view_trouble(self) -> None:
        self.model.worst_only = not self.model.worst_only
        self._arrange()
        self.draw_frame()
