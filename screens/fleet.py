"""Fleet: what the network is doing, and where trouble is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal

from backend.client.mirror import Touched
from backend.model.filter import Subject
from backend.model.resources import AlarmResource, OutletResource
from backend.text import t, tn
from screens.acting import Acts, Target
from screens.fleet_draw import FleetDraw, seen_words
from screens.fleet_empty import empty_words
from screens.fleet_rows import DARK, OUTLET, SITE, SORTS, FleetRows
from screens.page import ListPage
from screens.preview import Preview
from screens.row_keys import RowKeys
from widgets.figures import clock, number
from widgets.line import Line, Run, hint_line
from widgets.lines import Lines
from widgets.look import Shade
from widgets.table import DECORATION, Table
from widgets.totals import SLOTS, Chosen, totals

if TYPE_CHECKING:
    from msgspec import Struct

PREVIEW = 140
LIST_WIDTH = 103
WARM_S, WARMED = 0.1, 1_000
"""How often, and how many texts of the search are made ahead."""
FILTERS = {
    "faulted": "state:faulted",
    "offline": "state:offline",
    "out_of_use": "state:unavailable",
    "car_in": "state:plugged",
    "charging": "state:charging",
    "available": "state:available",
}


class FleetPage(Acts, RowKeys, ListPage):
    """The outlet table: grouped by site, trouble first, or flat."""

    NAME = "fleet"
    BANNER = True
    subject = Subject.OUTLET
    FOOTER: ClassVar[tuple[str, ...]] = (
        "row.open",
        "app.filter",
        "op.menu",
        "call.find",
        "alarm.ack",
        "view.trouble",
        "app.command",
        "app.help",
    )
    CSS = """
    FleetPage #totals { height: 3; }
    FleetPage.-wide #totals { height: 2; }
    FleetPage #table { width: 1fr; }
    FleetPage.-preview #table { width: 103; }
    FleetPage #preview { display: none; width: 1fr; }
    FleetPage.-preview #preview { display: block; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.zoomed = False
        self._warming: Iterator[OutletResource] = iter(())
        self._hint: list[tuple[str, str]] = []
        """Drawn where there is no row."""
        self._address = ""
        """HOST:PORT where stations come in, once asked for."""

    def compose_body(self) -> ComposeResult:
        self.model = FleetRows(self.console.mirror)
        self.drawing = FleetDraw(self.console.mirror, self.model)
        yield Lines(id="totals")
        with Horizontal():
            yield Table(
                self._draw_row, self._draw_head, monotonic=lambda: self.console.mirror.clock.monotonic(), id="table"
            )
            yield Preview(id="preview")

    def on_mount(self) -> None:
        self.set_interval(WARM_S, self._warm)

    def _warm(self) -> None:
        """A slice of the search's texts, so that the first key of a search does not wait for all of them."""
        self.model.warm(islice(self._warming, WARMED))

    # drawing

    def draw(self, touched: Touched) -> None:
        width = self.size.width
        self.set_class(width >= PREVIEW, "-wide")
        self.set_class(width >= PREVIEW and not self.zoomed, "-preview")
        self.drawing.now, self.drawing.zone = self.now, self.console.zone
        self._draw_totals()
        table = self.table
        changed: set[str] | None = None
        if touched.everything:
            if not self.model.fresh:
                self.model.rebuild()
                self._warming = iter(list(self.console.mirror.outlets.values()))
        elif touched.outlets or touched.sites or touched.alarms:
            changed = self.model.update(touched)
        if self.model.reordered and (touched.everything or table.still() or not table.rows or self._hint):
            self._arrange()
        else:
            table.redraw(changed)
        self._draw_preview()

    def _arrange(self) -> None:
        rows = self.model.arrange()
        self._hint = [] if rows else self._empty()
        self.table.set_rows(rows or [f"{DECORATION}{at}" for at in range(len(self._hint))])

    def _empty(self) -> list[tuple[str, str]]:
        outlets = len(self.console.mirror.outlets)
        if not outlets and not self._address and self.console.client is not None and not self.console.gone:
            self.console.ask(self._ask_address())
        return empty_words(
            outlets=outlets,
            filter_text=self.filter_text,
            trouble_only=self.model.trouble_only,
            address=self._address,
        )

    async def _ask_address(self) -> None:
        """Where stations come in: the first thing that a newcomer needs."""
        client = self.console.client
        assert client is not None
        self._address = (await client.system()).settings.get("ocpp", "")
        if self._address:
            self._arrange()

    def _draw_totals(self) -> None:
        lines = self.query_one("#totals", Lines)
        slot = next((name for name, text in FILTERS.items() if text == self.filter_text), "")
        strokes = self.console.look.strokes or self.console.look.ascii_only or self.console.gone
        lines.show(totals(self.console.mirror.totals, self.size.width, Chosen(slot, strokes)))

    def _draw_row(self, id_: str, width: int) -> Line:
        if id_.startswith(DECORATION):
            return hint_line(width, self._hint, int(id_.removeprefix(DECORATION)))
        return self.drawing.row(id_, width)

    def _draw_head(self, width: int) -> Line:
        if self.console.gone:
            at = t("as of {time}", time=clock(self.console.mirror.lamp_since, self.console.zone))
            return self.drawing.head(width, at, stale=True)
        table = self.table
        return self.drawing.head(width, "" if self._hint else seen_words(table.position, len(table.rows)))

    def _draw_preview(self) -> None:
        if self.has_class("-preview"):
            outlet = self.outlet()
            group = self.model.groups.get(outlet.site or "") if outlet is not None else None
            self.query_one(Preview).show_outlet(outlet, group.members if group is not None else ())

    def moved(self) -> None:
        self._draw_preview()
        self.table.redraw(())

    def fact(self) -> Sequence[Run]:
        marks = len(self.table.marks)
        if marks:
            return (
                (tn("{n} row marked", "{n} rows marked", marks), "text.b"),
                ("  " + t("x acts on all of them"), "muted"),
            )
        if self.model.trouble_only:
            return ((t("trouble only"), "text.b"), ("  " + t("! shows everything"), "muted"))
        seen = "" if self._hint else seen_words(self.table.position, len(self.table.rows))
        if self.size.width >= PREVIEW and seen:
            return ((t("rows {seen}", seen=seen), "muted"),)
        return ()

    def note(self) -> str:
        marks = len(self.table.marks)
        return tn("{n} row marked", "{n} rows marked", marks) if marks else super().note()

    def filtered(self) -> None:
        self.model.filter = self.filter
        self.model.refilter()

    # what the cursor is on

    def outlet(self) -> OutletResource | None:
        """The outlet under the cursor; for a site, its worst one."""
        row = self.table.cursor or ""
        outlets = self.console.mirror.outlets
        if row.startswith(OUTLET):
            return outlets.get(row[2:])
        group = self.model.groups.get(row[2:])
        if group is None or not group.members:
            return None
        return outlets.get((group.trouble or group.members)[0])

    def selected(self) -> Struct | None:
        row = self.table.cursor or ""
        if row.startswith((SITE, DARK)):
            return self.console.mirror.sites.get(row[2:])
        return self.outlet()

    def selected_id(self) -> str | None:
        row = self.table.cursor
        return None if row is None else row[2:]

    def targets(self) -> list[Target]:
        """The marked outlets, or the one under the cursor."""
        mirror = self.console.mirror
        rows = [row for row in self.table.rows if row in self.table.marks] or [self.table.cursor or ""]
        names: list[str] = []
        for row in rows:
            if row.startswith(OUTLET):
                names.append(row[2:])
            elif row.startswith((SITE, DARK)) and row in self.table.marks and row[2:] in self.model.groups:
                names += self.model.groups[row[2:]].members
        return [Target.of_outlet(mirror.outlets[name]) for name in dict.fromkeys(names) if name in mirror.outlets]

    def here(self) -> Target | None:
        outlet = self.outlet()
        return None if outlet is None else Target.of_outlet(outlet)

    def alarm(self) -> AlarmResource | None:
        """The worst alarm of the row."""
        row = self.table.cursor or ""
        if row.startswith((SITE, DARK)):
            return self.model.alarms.sites.get(row[2:])
        outlet = self.outlet()
        return None if outlet is None else self.model.alarms.of(outlet)

    # keys

    def do_row_open(self) -> None:
        row = self.table.cursor or ""
        if row.startswith(OUTLET):
            outlet = self.console.mirror.outlets.get(row[2:])
            if outlet is not None:
                self.console.open("station", outlet.station, outlet=outlet.outlet)
        elif row:
            self._fold(row[2:], None)

    def do_row_left(self) -> None:
        self._fold((self.table.cursor or "")[2:], False)

    def do_row_right(self) -> None:
        self._fold((self.table.cursor or "")[2:], True)

    def _fold(self, site: str, unfold: bool | None) -> None:
        """Folded, its trouble, all of its outlets: one step further or back; None turns between the ends."""
        model = self.model
        site = model.home.get(site, site)
        group = model.groups.get(site)
        if group is None:
            return
        plain = site not in model.open and site not in model.folded
        if unfold is None:
            unfold = site not in model.open
        if unfold and site in model.folded:
            model.folded.discard(site)
        elif unfold:
            model.open.add(site)
        elif site in model.open:
            model.open.discard(site)
        elif plain and group.trouble:
            model.folded.add(site)
        self._arrange()
        self.table.point(SITE + site)

    def do_view_trouble(self) -> None:
        self.model.trouble_only = not self.model.trouble_only
        self._arrange()
        self.draw_frame()

    def do_view_flat(self) -> None:
        self.model.flat = not self.model.flat
        self._arrange()
        self.console.say((t("one list, sorted") if self.model.flat else t("by site, trouble first"), "muted"), for_s=5)

    def do_view_zoom(self) -> None:
        self.zoomed = not self.zoomed
        self.draw_all()

    def do_page_next(self) -> None:
        self._choose(1)

    def do_page_prev(self) -> None:
        self._choose(-1)

    def _choose(self, by: int) -> None:
        slots = ["", *(slot for slot, _ in SLOTS)]
        here = next((slot for slot, text in FILTERS.items() if text == self.filter_text), "")
        self.set_filter(FILTERS.get(slots[(slots.index(here) + by) % len(slots)], ""))

    def pressed(self, spot: str) -> None:
        if spot.startswith("totals:"):
            self.set_filter(FILTERS.get(spot.removeprefix("totals:"), ""))

    def do_row_mark(self) -> None:
        self.table.mark()
        self.draw_result()

    def do_row_range(self) -> None:
        self.table.mark_range()
        self.draw_result()

    def do_row_all(self) -> None:
        self.table.mark_all([row for row in self.table.rows if row.startswith(OUTLET)])
        self.draw_result()

    def do_col_by_state(self) -> None:
        self.sort_by("state")

    def do_col_by_name(self) -> None:
        self.sort_by("name")

    def do_col_by_age(self) -> None:
        self.sort_by("age")

    def do_col_next(self) -> None:
        self.sort_by(SORTS[(SORTS.index(self.model.sort) + 1) % len(SORTS)])

    def do_col_prev(self) -> None:
        self.sort_by(SORTS[(SORTS.index(self.model.sort) - 1) % len(SORTS)])

    def do_col_sort(self) -> None:
        self.sort_by(self.model.sort, turned=not self.model.turned)

    def sort_by(self, name: str, *, turned: bool = False) -> None:
        """One list sorted by a column; sites stay together only while they are sorted by trouble."""
        self.model.sort, self.model.turned, self.model.flat = name, turned, True
        self._arrange()
        self.console.say((t("sorted by {name}", name=name), "muted"), for_s=5)

    def completions(self) -> Sequence[str]:
        return ("sort", "flat", "grouped", "trouble")

    def command(self, words: Sequence[str]) -> bool:
        if words[0] == "sort":
            wanted = words[1] if len(words) > 1 else ""
            if wanted not in SORTS:
                self.console.say((t("sort by one of:"), "muted"), (" " + " ".join(SORTS), "text"), for_s=10)
                return True
            self.sort_by(wanted, turned=len(words) > 2 and words[2].startswith("asc"))
            return True
        if words[0] in ("flat", "grouped"):
            self.model.flat = words[0] == "flat"
            self._arrange()
            return True
        if words[0] == "trouble":
            self.do_view_trouble()
            return True
        return False


__all__ = ["LIST_WIDTH", "FleetPage", "Shade", "number"]
