"""How a session is drawn: head, figures, sentence, the stacked panels of its curve, and what stands beside them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import tzinfo
from typing import NamedTuple

from backend.model.resources import ReadingResource
from backend.model.words import Link, SessionState
from backend.text import t
from screens import session_story as story
from screens.session_story import Told
from screens.session_words import ended_well, flag_word, stop_word
from widgets import curve
from widgets.curve import Point, Span
from widgets.figures import age, ago, clock, date, hour, kilo, kw, kwh, length, number, percent, when
from widgets.line import Line, Run, rule
from widgets.look import STATES, state_kind, state_word
from widgets.panes import hero

LEAST_SPAN_S = 600.0
"""A curve shows at least that much time, so that a young charge does not look finished."""

FAR_ABOVE = 2.0
"""An offer so many times what flowed is told in the heading, not drawn: the curve keeps its height."""


class View(NamedTuple):
    """How the page wants it."""

    zone: tzinfo
    ascii_only: bool = False
    zoom: bool = False
    """The curve alone."""


def head(width: int, told: Told, view: View) -> list[Line]:
    """Where, what it is, since when, whose card; then the rule."""
    session, outlet, site = told.session, told.outlet, told.site
    where, state = Line(width), Line(width)
    x = where.put(1, session.label or session.outlet, "strong") + 2
    kit = _kit(told)
    end = where.right(width - 1, kit, "muted", start=width // 2) - 2 if kit else width - 1
    if site is not None:
        address = ", ".join(part for part in (site.address, "" if outlet is None else outlet.place) if part)
        where.runs(x, [(site.name, "strong"), (f", {address}" if address else "", "text")], end=end)
    right: list[Run] = [(t("session") + " ", "muted"), (session.id, "text")] if width >= 100 else []
    if told.live:
        heard = ago(outlet.heard, told.now) if outlet is not None else t("never heard")
        right += [(("   " if right else "") + t("heard") + " ", "muted"), (heard, "text")]
    elif session.flags:
        right += [("   " if right else "", "muted"), ("△ " + flag_word(session.flags[0]), "warn")]
    end = state.right_runs(width - 1, right, start=width // 2) - 2 if right else width - 1
    state.runs(1, state_runs(told, view), end=end)
    return [where, state, rule(width)]


def _kit(told: Told) -> str:
    station, outlet = told.station, told.outlet
    parts = []
    if station is not None:
        whole = station.model.startswith(station.vendor)
        parts.append(station.model if whole else f"{station.vendor} {station.model}")
    if outlet is not None:
        most = "" if not outlet.max_power_w else f"{number(outlet.max_power_w / 1_000)}\N{NO-BREAK SPACE}kW"
        parts.append(" ".join(part for part in (outlet.connector_type, most) if part))
    return ", ".join(part for part in parts if part)


def state_runs(told: Told, view: View) -> list[Run]:
    session = told.session
    card = [] if not session.id_token else [("   " + t("card") + " ", "muted"), (session.id_token, "text")]
    start = when(session.started, told.now, view.zone)
    if session.state is SessionState.ACTIVE:
        outlet = told.outlet
        mine = outlet is not None and outlet.session == session.id
        kind = state_kind(outlet) if mine and outlet is not None else "charging"
        look = STATES[kind]
        since = t("since {time}, {age}", time=start, age=age(session.started, told.now))
        return [
            (f"{look.symbol} ", look.symbol_style),
            (state_word(kind), f"{look.word_style}.b"),
            (f" {since}", "text"),
            *card,
        ]
    good = ended_well(session.stop_reason)
    ended = when(session.ended, told.now, view.zone) if session.ended is not None else "?"
    return [
        ("✓ " if good else "△ ", "ok" if good else "warn"),
        (stop_word(session.stop_reason), "text.b"),
        (f" {start} – {ended}, {length(told.lasted_s)}", "text"),
        *card,
    ]


def _phases_text(values: Sequence[float], digits: int, unit: str) -> str:
    """One figure with its unit, or one for each phase."""
    if not values:
        return "–"
    text = " ".join(number(value, digits) for value in values[:3])
    return f"{text}\N{NO-BREAK SPACE}{unit}" if len(values) == 1 else text


def figures(width: int, told: Told) -> list[Line]:
    """Six figures with their labels above."""
    session = told.session
    battery_now = "–"
    if session.soc_pct is not None:
        start = "" if session.soc_start_pct is None else f"{number(session.soc_start_pct)} → "
        battery_now = f"{start}{percent(session.soc_pct, 0)}"
    volts = _phases_text(session.voltage_v, 0, "V")
    amps = _phases_text(session.current_a, 1, "A")
    mean, flows = told.mean_w, None if _silent(told) else session.power_w
    slots = [
        (t("energy"), kwh(session.measured_wh)),
        (t("now"), kw(flows)) if told.live else (t("lasted"), length(told.lasted_s)),
        (t("max"), kw(session.max_power_w)),
        (t("SoC"), battery_now) if session.soc_pct is not None else (t("average"), "–" if mean is None else kw(mean)),
        (t("volt"), volts),
        (t("ampere"), amps),
    ]
    labels, values = Line(width), Line(width)
    step = 13 if width < 100 else 17
    for at, (label, value) in enumerate(slots):
        x = 1 + at * step
        end = width if at == len(slots) - 1 else x + step - 1
        labels.put(x, label, "muted", end=end)
        values.put(x, value, "strong", end=end)
    return [labels, values]


def _silent(told: Told) -> bool:
    return told.outlet is not None and told.outlet.link is not Link.ONLINE


def body(width: int, height: int, told: Told, view: View) -> list[Line]:
    """The whole page of a session, without what stands beside it on wide screens."""
    lines = head(width, told, view)
    if not view.zoom:
        sentences, hue = story.sentence(told, _end_clock(told, view))
        lines += [*figures(width, told), Line(width), *hero(width, sentences, hue), Line(width)]
    return [*lines, *panels(width, height - len(lines), told, view)][:height]


def _end_clock(told: Told, view: View) -> str:
    return "?" if told.session.ended is None else hour(told.session.ended, view.zone)


class _Panel(NamedTuple):
    title: str
    unit: str
    points: Sequence[Point]
    top: float
    filled: bool
    right: Sequence[Run]
    share: float
    """Of the rows there are."""
    dotted: Sequence[Point] = ()


def panels(width: int, height: int, told: Told, view: View) -> list[Line]:
    """The curves, stacked on one time axis; as many as there is room and data for."""
    wanted = _panels(told, view)
    if not wanted:
        return _no_curve(width, height, told)
    count = 2 if height < 20 else 3
    shown = wanted[:count]
    span = Span(
        told.start, max(told.end, told.start + LEAST_SPAN_S) if told.live else _last(told), width - curve.AXIS - 2
    )
    feet = 0 if height < 20 else len(shown) - 1
    rows = height - len(shown) - feet - 2
    if rows < 2 * len(shown):
        shown, rows = shown[:1], height - 3
        feet = 0
    lines: list[Line] = []
    heights = _heights(rows, [panel.share for panel in shown])
    for at, (panel, high) in enumerate(zip(shown, heights, strict=True)):
        lines += _panel(width, panel, span, high, view)
        if feet and at < len(shown) - 1:
            lines.append(curve.foot(width, span.cells))
    labels = _axis_clock(span, view.zone)
    return [*lines, *curve.time_axis(width, span, labels)]


def _last(told: Told) -> float:
    last = told.readings[-1].at.timestamp() if told.readings else told.end
    return max(told.end, min(last, told.end + 60), told.start + 60)


def _heights(rows: int, shares: Sequence[float]) -> list[int]:
    heights = [max(2, round(rows * share / sum(shares))) for share in shares]
    heights[0] += rows - sum(heights)
    return heights


def _axis_clock(span: Span, zone: tzinfo) -> Callable[[float], str]:
    def text(at: float) -> str:
        return date(at, span.end, zone) if span.end - span.start > 3 * 86_400 else hour(at, zone)

    return text


def _panels(told: Told, view: View) -> list[_Panel]:
    flow, offer = story.power(told.readings), story.offered(told.readings)
    stored = story.energy(told)
    estimated = not any(point.value is not None for point in flow)
    if estimated:
        flow = story.from_energy(stored)
    found: list[_Panel] = []
    known = [point for point in flow if point.value is not None]
    if len(known) >= 2:
        peak = max(known, key=lambda point: point.value or 0.0)
        right: list[Run] = []
        if offer:
            right += [
                (t("post offers") + " ", "muted"),
                (story.about((offer[-1].value or 0) * 1_000), "text"),
                ("   ", "muted"),
            ]
        if estimated:
            right += [(t("from the meter, not measured") + "   ", "muted")]
        at = t("at {time}", time=hour(peak.at, view.zone))
        right += [(t("peak") + " ", "muted"), (kilo((peak.value or 0) * 1_000), "text"), (f" {at}", "muted")]
        most = max((point.value or 0.0 for point in offer), default=0.0)
        flowed = peak.value or 0.0
        highest = max(flowed, most) if most <= FAR_ABOVE * flowed else flowed
        found.append(_Panel(t("power"), "kW", flow, curve.axis_top(highest), True, right, 5.0, offer))
    charge = story.battery(told.readings)
    if len(charge) >= 2:
        ahead = story.forecast(told)
        right = []
        for goal, seconds in ahead:
            at = t("at {time}", time=hour(told.now + seconds, view.zone))
            right += [("   " if right else "", "muted"), (percent(goal, 0), "text"), (f" {at}", "muted")]
        found.append(_Panel(t("battery"), "%", charge, 100.0, False, right, 3.0))
    if len(stored) >= 2:
        top = curve.axis_top(max(point.value or 0.0 for point in stored))
        right = [(t("meter") + " ", "muted"), (story.meter(told.session), "text")]
        found.append(_Panel(t("energy"), "kWh", stored, top, False, right, 4.0))
    return found


def _panel(width: int, panel: _Panel, span: Span, rows: int, view: View) -> list[Line]:
    if panel.filled:
        canvas = curve.area(panel.points, span, rows, panel.top)
        canvas = curve.dotted(canvas, panel.dotted, span, panel.top)
    else:
        canvas = curve.line(panel.points, span, rows, panel.top, ascii_only=view.ascii_only)
    return curve.panel(width, panel.title, panel.unit, canvas, panel.top, panel.right)


def _no_curve(width: int, height: int, told: Told) -> list[Line]:
    line = Line(width)
    if told.readings and told.live:
        text = t("One reading so far; the curve begins with the second.")
    elif told.live:
        text = t("No reading has come yet.")
    elif told.readings:
        text = t("Its readings are too few to draw a curve.")
    else:
        text = t("No readings came with it: there is no curve to draw.")
    line.put(1, text, "muted")
    return [line, *(Line(width) for _ in range(max(0, height - 1)))]


def last_reading(told: Told, zone: tzinfo) -> list[Run]:
    """The line above the keys: `last reading 14:31:58   60.8 kW  151 A  402 V  38 °C plug`."""
    if not told.readings:
        return []
    reading = told.readings[-1]
    return [
        (t("last reading") + " ", "muted"),
        (clock(reading.at, zone), "text"),
        ("   " + reading_text(reading), "text"),
    ]


def reading_text(reading: ReadingResource) -> str:
    """All figures of one reading."""
    parts = []
    if reading.power_w is not None:
        parts.append(kw(reading.power_w))
    if reading.current_a:
        parts.append(" ".join(number(a, 1 if a < 100 else 0) for a in reading.current_a[:3]) + "\N{NO-BREAK SPACE}A")
    if reading.voltage_v:
        parts.append(" ".join(number(v) for v in reading.voltage_v[:3]) + "\N{NO-BREAK SPACE}V")
    if reading.soc_pct is not None:
        parts.append(t("SoC {soc}", soc=percent(reading.soc_pct, 0)))
    if reading.temperature_c is not None:
        parts.append(t("{n} °C", n=number(reading.temperature_c)))
    return "  ".join(parts)
