"""Trace: what was really said between a station and us."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.events import ScreenResume, ScreenSuspend

from backend.client.mirror import Touched
from backend.model.filter import Subject
from backend.model.resources import FrameResource
from backend.model.search import fold
from backend.text import t, tn
from screens import trace_draw as drawn
from screens.acting import Acts, Target
from screens.exporting import write_new
from screens.split import SplitPage
from screens.trace_odd import contradicted, sentence
from screens.trace_pairs import Exchange, Exchanges
from screens.trace_says import says
from widgets.figures import number, zone_word
from widgets.keys import label
from widgets.line import Line, Run, rule

if TYPE_CHECKING:
    from msgspec import Struct

PAGE = 400
"""Frames asked for at a time."""
AHEAD = 20
RATE_S = 600.0
"""A rate per hour is told of at least that much time."""


class TracePage(Acts, SplitPage):
    """The OCPP frames of one station, live; a call and its answer are one row."""

    NAME = "trace"
    subject = Subject.FRAME
    STRIP = 9
    FOOTER: ClassVar[tuple[str, ...]] = (
        "view.freeze",
        "app.filter",
        "row.open",
        "row.copy",
        "op.menu",
        "app.back",
        "app.command",
        "app.help",
    )

    def __init__(self, station: str = "", *, outlet: str = "") -> None:
        super().__init__()
        self.station = station
        self.outlet = outlet
        self.unfolded = False
        self.exchanges = Exchanges()
        self._asking = False
        self._complete = False
        self._taken = 0
        """How many frames of the mirror's list were taken."""
        self._texts: dict[str, tuple[object, str]] = {}

    # data

    def on_mount(self) -> None:
        """Ask for the last frames, and for those to come."""
        self._more()

    def on_screen_resume(self, event: ScreenResume) -> None:
        super().on_screen_resume(event)
        self._follow((self.station,))

    def on_screen_suspend(self, event: ScreenSuspend) -> None:
        super().on_screen_suspend(event)
        if not self.app.screen.is_modal:
            self._follow(())

    def on_unmount(self) -> None:
        """Nobody reads them any more."""
        self._follow(())

    def _follow(self, stations: Sequence[str]) -> None:
        feed = self.console.feed
        if feed is not None:
            self.console.ask(feed.follow(stations))

    def _more(self) -> None:
        if self.console.client is None or self._asking or self._complete:
            return
        self._asking = True
        self.console.ask(self._fetch())

    async def _fetch(self) -> None:
        client = self.console.client
        assert client is not None
        oldest = next(iter(self.exchanges.held.values()), None)
        before = None if oldest is None else oldest.first.received.isoformat().replace("+00:00", "Z")
        try:
            page = await client.trace(self.station, limit=PAGE, before=before)
        finally:
            self._asking = False
        self._complete = len(page) < PAGE
        if page:
            self.exchanges.put_before(page)
            self._texts = {}
        self.rearrange()
        self.draw_all(Touched())

    def touches(self, touched: Touched) -> bool:
        return touched.everything or any(frame.station == self.station for frame in touched.frames)

    def draw(self, touched: Touched) -> None:
        if self.touches(touched):
            self.exchanges.add(self.console.mirror.frames.get(self.station, ()))
        super().draw(touched)

    def rearrange(self) -> None:
        """Who stands on the newest row follows the newest."""
        table = self.table
        following = not table.rows or table.cursor == table.rows[0]
        super().rearrange()
        if following and table.rows:
            table.point(table.rows[0])

    def ordered(self) -> Sequence[str]:
        held = self.exchanges.held
        return [key for key in self.exchanges.latest() if not self.filter or self._passes(held[key])]

    def _passes(self, exchange: Exchange) -> bool:
        merged = _merged(exchange)
        known = self._texts.get(exchange.key)
        if known is None or known[0] is not exchange.answer:
            text = fold(f"{exchange.action}\n{says(exchange).text}\n{merged.frame}\n{merged.message_id}")
            known = self._texts[exchange.key] = (exchange.answer, text)
        thing = cast("Any", merged)
        return self.filter.matches(thing, now=self.now, text=known[1])

    def exchange(self) -> Exchange | None:
        """The exchange under the cursor."""
        return self.exchanges.held.get(self.table.cursor or "")

    def _then(self, exchange: Exchange | None) -> Exchange | None:
        """The later exchange in which the post contradicts this one."""
        if exchange is None:
            return None
        keys = list(self.exchanges.held)
        at = keys.index(exchange.key)
        return contradicted(exchange, [self.exchanges.held[key] for key in keys[at + 1 : at + 60]])

    # drawing

    def summary(self, width: int) -> list[Line]:
        mirror = self.console.mirror
        station = mirror.stations.get(self.station)
        site = mirror.sites.get(station.site or "") if station is not None else None
        line = Line(width)
        right: list[Run] = []
        if self.held is not None:
            right.append(("◐ " + t("held"), "warn"))
        else:
            right += (
                [("● ", "ok"), (t("following"), "text")] if not self.console.gone else [(t("not followed"), "muted")]
            )
        rate = self._rate()
        if rate:
            right.append((f"  {rate}", "muted"))
        if width >= 100:
            right.append((f"   {zone_word(self.now, self.console.zone)}", "muted"))
        end = line.right_runs(width - 1, right, start=width // 2)
        x = line.runs(1, [(self.station, "strong"), (f" {site.name}" if site is not None else "", "text")], end=end - 1)
        version = f"   OCPP {station.ocpp_version}" if station is not None and station.ocpp_version else ""
        line.put(x + 2, t("→ post says  ← we say") + (version if width >= 100 else ""), "muted", end=end - 1)
        return [line, rule(width)]

    def _rate(self) -> str:
        held = self.exchanges.held
        if len(held) < 2:
            return ""
        frames = [f.received.timestamp() for x in held.values() for f in (x.call, x.answer) if f is not None]
        hour = [at for at in frames if self.now - at <= 3_600]
        span = min(3_600.0, self.now - min(frames))
        if span < RATE_S:
            return ""
        return t("{n} frames/h", n=number(round(len(hour) * 3_600 / span)))

    def draw_head(self, width: int) -> Line:
        return drawn.head(width)

    def draw_row(self, row: str, width: int) -> Line:
        exchange = self.exchanges.held.get(row)
        return Line(width) if exchange is None else drawn.row(width, exchange, self.now, self.console.zone)

    def strip(self, width: int, height: int) -> list[Line]:
        exchange = self.exchange()
        if exchange is None:
            return [Line(width) for _ in range(height)]
        return drawn.strip(width, height, exchange, self._then(exchange), self.console.zone, unfolded=self.unfolded)

    def preview(self, width: int, height: int) -> list[Line]:
        exchange = self.exchange()
        others = list(self.exchanges.held.values())
        return drawn.preview(
            height, width, exchange, self._then(exchange), others, self.console.zone, unfolded=self.unfolded
        )

    def strip_rows(self) -> int:
        if not self.unfolded or self.wide:
            return super().strip_rows()
        return max(self.STRIP, self.query_one("#body").size.height - 7)

    def fact(self) -> Sequence[Run]:
        exchange = self.exchange()
        then = self._then(exchange)
        if exchange is not None and then is not None:
            return (("≠ ", "warn"), (sentence(exchange, then), "text"))
        if not self.exchanges.held:
            return ((t("no frame of this station is kept"), "muted"),)
        shown = number(len(self.table.rows))
        return ((t("{n} exchanges, tokens and secrets are masked", n=shown), "muted"),)

    # keys

    def moved(self) -> None:
        super().moved()
        table = self.table
        if table.top + table.page + AHEAD > len(table.rows):
            self._more()
        self.draw_result()

    def targets(self) -> list[Target]:
        mirror = self.console.mirror
        outlet = mirror.outlets.get(self.outlet)
        if outlet is not None:
            return [Target.of_outlet(outlet)]
        station = mirror.stations.get(self.station)
        return [] if station is None else [Target.of_station(station)]

    def selected(self) -> Struct | None:
        exchange = self.exchange()
        return None if exchange is None else _merged(exchange)

    def selected_id(self) -> str | None:
        return None if self.exchange() is None else t("the frames, redacted,")

    def word_of(self, id_: str) -> str:
        words = {
            "row.open": t("fold") if self.unfolded else t("unfold"),
            "row.copy": t("copy, redacted"),
            "view.freeze": t("go on") if self.held is not None else t("hold"),
        }
        return words.get(id_, label(id_))

    def do_row_open(self) -> None:
        self.unfolded = not self.unfolded
        self.draw_all()

    def do_row_copy(self) -> None:
        exchange = self.exchange()
        if exchange is None:
            return
        self.app.copy_to_clipboard(_merged(exchange).frame)
        self.console.say((t("frames sent to your terminal, as they stand here: redacted"), "muted"), for_s=10)

    def completions(self) -> Sequence[str]:
        return ("export",)

    def command(self, words: Sequence[str]) -> bool:
        if words[0] != "export":
            return False
        if len(words) != 2:
            self.console.say((t("write the file: :export FILE"), "muted"), for_s=10)
            return True
        held = self.exchanges.held
        rows = [held[key] for key in reversed(self.table.rows)]
        frames = [frame for x in rows for frame in (x.call, x.answer) if frame is not None]
        self.console.ask(self._export(words[1], frames))
        return True

    async def _export(self, name: str, frames: Sequence[FrameResource]) -> None:
        import msgspec

        text = "".join(msgspec.json.encode(frame).decode() + "\n" for frame in frames)
        path = write_new(name, text)
        told = tn("{n} frame, redacted, in {file}", "{n} frames, redacted, in {file}", len(frames), file=path)
        self.console.say(("✓ ", "ok"), (told, "text"))


def _merged(exchange: Exchange) -> FrameResource:
    """A call with its answer as one frame: what filters look at, and what is copied."""
    first, answer = exchange.first, exchange.answer
    both = [frame.frame for frame in (exchange.call, answer) if frame is not None]
    return FrameResource(
        station=first.station,
        direction=first.direction,
        received=first.received,
        action=exchange.action,
        frame="\n".join(both),
        deviations=exchange.deviations,
        message_id=first.message_id,
        kind=first.kind if answer is None else answer.kind,
        latency_ms=None if answer is None else answer.latency_ms,
        requested_by=first.requested_by,
    )
