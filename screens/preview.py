"""The preview beside a wide list: one outlet in full, why it will not charge, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from textual.events import Resize

from backend.model.clock import Instant
from backend.model.resources import AlarmResource, OutletResource, ReadingResource, SessionResource
from backend.model.words import Activity, Link
from backend.text import t, tn
from screens.alarm_words import alarm_text
from screens.console import Console
from screens.details import Details, DetailsCache
from screens.operation_words import done_here, name_of, outcome
from screens.outlet_facts import alarms_of, facts_of, kw_whole, link_word, number_signed, short_name
from screens.outlet_words import outlet_name
from screens.sentence import advice, sentence, since_words
from widgets.figures import age, ago, hour, kw, kwh, length, number, uptime_share, when
from widgets.line import Line, Run
from widgets.lines import Lines
from widgets.look import SEVERITY_STYLES, SEVERITY_SYMBOLS, STATES, state_kind, state_word
from widgets.spark import area, resample, spark

CURVE_ROWS = 6
X = 2
"""Where the text begins; column 0 is the rule."""


class Preview(Lines):
    """Draws one outlet; a thin rule at its left."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - textual's name
        super().__init__(id=id)
        self._outlet: OutletResource | None = None
        self._neighbours: Sequence[str] = ()
        self._details: DetailsCache | None = None

    @property
    def details(self) -> DetailsCache:
        """What the server was asked."""
        if self._details is None:
            console = self.app
            assert isinstance(console, Console)
            self._details = DetailsCache(console, self._draw)
        return self._details

    def show_outlet(self, outlet: OutletResource | None, neighbours: Sequence[str] = ()) -> None:
        """Draw this one; None: nothing is under the cursor. `neighbours`: the outlets of its site."""
        self._outlet = outlet
        self._neighbours = neighbours
        self._draw()

    def on_resize(self, _event: Resize) -> None:
        self._draw()

    def _draw(self) -> None:
        width, height = self.size
        if not width or not height:
            return
        console = self.app
        assert isinstance(console, Console)
        drawn: list[Line] = []
        if self._outlet is not None:
            outlet = console.mirror.outlets.get(self._outlet.outlet, self._outlet)
            drawn = Drawing(console, outlet, width, self.details.get(outlet.outlet), self._neighbours).lines(height)
        drawn = drawn[:height] + [Line(width) for _ in range(height - len(drawn))]
        for line in drawn:
            line.put(0, "│", "rule")
        self.show(drawn)


class Drawing:
    """One outlet's lines."""

    def __init__(
        self,
        console: Console,
        outlet: OutletResource,
        width: int,
        details: Details | None,
        neighbours: Sequence[str] = (),
    ) -> None:
        self.neighbours = neighbours
        page = console.pages_seen()
        self.now = page[0].now if page else console.now
        self.console = console
        self.mirror = console.mirror
        self.outlet = outlet
        self.width = width
        self.end = width - 1
        self.details = details
        self.facts = facts_of(console, outlet, self.now, details.last if details is not None else None)

    def lines(self, height: int) -> list[Line]:
        """All groups, one blank line between them; the last ones give way when they do not fit."""
        groups = [
            self.identity(),
            self.state(),
            self.why(),
            self.next(),
            self.charge(),
            self.alarms(),
            self.done(),
            self.near(),
            self.uptime(),
        ]
        drawn: list[Line] = []
        for group in groups:
            if not group:
                continue
            if drawn and len(drawn) + 1 + len(group) > height:
                continue
            if drawn:
                drawn.append(Line(self.width))
            drawn += group
        return drawn

    def heading(self, text: str, right: str = "") -> Line:
        line = Line(self.width)
        at = line.put(X, text, "muted")
        line.right(self.end, right, "muted", start=at + 1)
        return line

    def identity(self) -> list[Line]:
        outlet, first, second = self.outlet, Line(self.width), Line(self.width)
        site = self.mirror.sites.get(outlet.site or "")
        end = first.right(self.end, outlet.evse_id, "muted", start=self.width // 2) if outlet.evse_id else self.end
        at = first.put(X, outlet_name(outlet), "strong", end=end)
        if site is not None:
            first.put(at + 2, site.name, "text", end=end - 1)
        where = ", ".join(part for part in ((site.address if site is not None else ""), outlet.place) if part)
        power = kw_whole(outlet.max_power_w)
        what = " ".join(part for part in (outlet.model, power, outlet.connector_type) if part)
        second.put(
            X, "  ·  ".join(part for part in (where, what) if part).replace("  ·  ", " · "), "muted", end=self.end
        )
        return [first, second]

    def state(self) -> list[Line]:
        outlet, first, second = self.outlet, Line(self.width), Line(self.width)
        kind = state_kind(outlet)
        look = STATES[kind]
        codes = next(iter([*outlet.vendor_error_codes, *outlet.error_codes]), "")
        end = first.right(self.end, codes, "muted", start=self.width // 2 + 4) if codes else self.end
        first.runs(
            X,
            [
                (f"{look.symbol} ", look.symbol_style),
                (state_word(kind), f"{look.word_style}.b"),
                ("  " + since_words(self.facts), "text"),
            ],
            end=end - 1,
        )
        second.runs(X, self._link(), end=self.end)
        return [first, second]

    def _link(self) -> list[Run]:
        outlet, station = self.outlet, self.facts.station
        runs: list[Run] = [(t("link") + "  ", "muted")]
        if self.console.gone:
            at = hour(self.mirror.lamp_since, self.console.zone)
            word = link_word(outlet.link)
            runs.append((t("◌ not known; {word} at {time}", word=word, time=at), "text"))
            runs.append((t(", heard {ago}", ago=ago(outlet.heard, self.now)), "text"))
            return runs
        online = outlet.link is Link.ONLINE
        runs.append(("● " if online else "◌ ", "ok" if online else "offline"))
        since = age(outlet.link_since, self.now) if outlet.link_since is not None else ""
        runs.append((f"{link_word(outlet.link)} {since}".rstrip(), "text"))
        if outlet.heard is None:
            runs.append(("   " + t("never heard"), "text"))
        else:
            runs += [("   " + t("heard") + " ", "muted"), (ago(outlet.heard, self.now), "text")]
        if station is not None and station.clock_skew_s is not None:
            runs += [("   " + t("clock") + " ", "muted"), (f"{number_signed(station.clock_skew_s)} s", "text")]
        return runs

    def why(self) -> list[Line]:
        said = sentence(self.facts)
        return [self.heading(said.heading), *hero(said.rows(self.width - X - 3, 4), said.style, self.width, x=X)]

    def next(self) -> list[Line]:
        steps = advice(self.facts)
        if not steps:
            return []
        lines = [self.heading(t("next"))]
        for at, step in enumerate(steps):
            line = Line(self.width)
            line.put(X, "▸" if at == 0 else "·", "text" if at == 0 else "muted")
            line.put(X + 2, step.text, "text", end=self.end)
            lines.append(line)
        return lines

    def charge(self) -> list[Line]:
        session = self.facts.session
        if session is None:
            return []
        words = t("this session") if session.ended is None else t("last session")
        taken = (session.ended.timestamp() if session.ended is not None else self.now) - session.started.timestamp()
        parts = [length(taken), kwh(session.measured_wh)]
        if session.id_token:
            parts.append(t("card {token}", token=session.id_token))
        line = Line(self.width)
        at = line.put(X, words, "muted")
        line.put(at + 2, ", ".join(parts), "text", end=self.end)
        curve = self.details.curve if self.details is not None else []
        return [line, *curve_lines(curve, session, self.now, self.width, self.console)]

    def alarms(self) -> list[Line]:
        found = alarms_of(self.mirror, self.outlet)
        if not found:
            return []
        return [self.heading(t("alarms here")), *[alarm_line(alarm, self.now, self.width, X) for alarm in found[:4]]]

    def done(self) -> list[Line]:
        found = done_here(self.mirror, self.outlet.station)
        if not found:
            return []
        lines = [self.heading(t("done here"))]
        for operation in found[:4]:
            line = Line(self.width)
            asked = operation.times.get("requested")
            line.put(X, when(asked, self.now, self.console.zone) if asked is not None else "?", "muted", end=X + 7)
            line.put(X + 7, name_of(operation), "text", end=X + 20)
            result = outcome(operation)
            end = line.right(self.end, short_name(operation.requested_by), "muted", start=self.end - 8)
            line.put(X + 20, result.words, result.style, end=end - 1)
            lines.append(line)
        return lines

    def near(self) -> list[Line]:
        lines = [self._sibling(other) for other in self.facts.siblings[:2]]
        free = self._free()
        if free:
            line = Line(self.width)
            at = line.put(X, t("same site"), "muted")
            at = line.put(max(at + 2, X + 11), "○ ", "free")
            at = line.put(at, tn("{n} available", "{n} available", len(free)), "text")
            first = free[0]
            words = ", ".join(part for part in (outlet_name(first), first.place) if part)
            at = line.put(at + 3, t("one is") + " ", "muted", end=self.end)
            line.put(at, words, "text", end=self.end)
            lines.append(line)
        return lines

    def _sibling(self, other: OutletResource) -> Line:
        line = Line(self.width)
        kind = state_kind(other)
        look = STATES[kind]
        at = line.put(X, t("same post"), "muted")
        at = max(at + 2, X + 11)
        word = state_word(kind)
        if self.console.gone and kind == "charging":
            word = t("was charging")
        runs: list[Run] = [
            (f"{look.symbol} ", look.symbol_style),
            (word, look.word_style),
            (f"  {outlet_name(other)}", "text"),
        ]
        if kind == "charging":
            since = other.session_since or other.since
            runs.append((f"  {kw(other.power_w)}", "text"))
            if since is not None and not self.console.gone:
                runs.append((f"  {age(since, self.now)}", "text"))
            runs.append((f"  {kwh(other.energy_wh)}", "text"))
        line.runs(at, runs, end=self.end)
        return line

    def _free(self) -> list[OutletResource]:
        if state_kind(self.outlet) in ("available", "charging"):
            return []
        near = (self.mirror.outlets.get(name) for name in self.neighbours)
        found = [
            other
            for other in near
            if other is not None
            and other.activity is Activity.IDLE
            and other.link is Link.ONLINE
            and not other.conflict
        ]
        return sorted(found, key=lambda other: (other.station != self.outlet.station, outlet_name(other)))

    def uptime(self) -> list[Line]:
        row = self.details.uptime if self.details is not None else None
        if row is None or row.uptime_pct is None:
            return []
        line = Line(self.width)
        at = line.put(X, t("uptime 30 d"), "muted")
        at = line.put(at + 2, uptime_share(row.uptime_pct), "text")
        if row.lost_per_day_s:
            days = row.lost_per_day_s[-30:]
            line.runs(max(at + 2, self.end - len(days)), spark(days, max(3_600.0, *days)), end=self.end)
        return [line]


def hero(rows: Sequence[str], style: str, width: int, *, x: int = 1) -> list[Line]:
    """The bold sentence behind a bar in the colour of its severity."""
    lines = []
    for row in rows:
        line = Line(width)
        line.put(x, "▌", style)
        line.put(x + 2, row, "strong")
        lines.append(line)
    return lines


def alarm_line(alarm: AlarmResource, now: Instant, width: int, x: int) -> Line:
    """`▲ S2  plug stuck, driver waiting  4m  nobody`."""
    line = Line(width)
    line.put(x, f"{SEVERITY_SYMBOLS[alarm.severity]} {alarm.severity.name}", SEVERITY_STYLES[alarm.severity])
    owner = (t("nobody"), "high") if alarm.owner is None else (short_name(alarm.owner), "muted")
    end = line.right_runs(width - 1, [(f"{age(alarm.since, now)}  ", "text"), owner], start=width // 2)
    line.put(x + 6, alarm_text(alarm), "text", end=end - 1)
    return line


def curve_lines(
    curve: Sequence[ReadingResource], session: SessionResource, now: Instant, width: int, console: Console
) -> list[Line]:
    """The power of a session as an area, with its scale and its two ends in time."""
    points = [(reading.at, reading.power_w) for reading in curve if reading.power_w is not None]
    if len(points) < 3:
        return []
    cells = width - 8 - X
    top = max(1.0, *(watts for _, watts in points))
    end = session.ended or datetime.fromtimestamp(now, session.started.tzinfo)
    values = on_axis(points, session.started, end, cells)
    rows = area(resample(values, cells), CURVE_ROWS, top)
    lines = []
    for at, runs in enumerate(rows):
        line = Line(width)
        if at == 0:
            line.right(X + 4, number(top / 1000), "muted")
        elif at == CURVE_ROWS - 1:
            line.right(X + 5, "0 kW", "muted")
        line.runs(X + 6, runs)
        lines.append(line)
    axis = Line(width)
    axis.put(X + 6, hour(session.started, console.zone), "muted")
    axis.right(X + 6 + cells, hour(end, console.zone), "muted")
    return [*lines, axis]


def on_axis(points: Sequence[tuple[datetime, float]], start: datetime, end: datetime, cells: int) -> list[float | None]:
    """Measured values put on a time axis of so many cells; a cell between two readings takes the one before it."""
    length_s = max(1.0, (end - start).total_seconds())
    out: list[float | None] = [None] * cells
    at = 0
    last: float | None = None
    for cell in range(cells):
        until = (cell + 1) / cells * length_s
        inside: list[float] = []
        while at < len(points) and (points[at][0] - start).total_seconds() <= until:
            inside.append(points[at][1])
            at += 1
        if inside:
            last = sum(inside) / len(inside)
        out[cell] = last
    return out
