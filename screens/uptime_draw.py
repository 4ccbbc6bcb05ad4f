"""How uptime is drawn: the figure, the budget, lost minutes per day, the worst, and what they were lost to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo

from backend.model.interval import Minutes
from backend.model.resources import IntervalResource, SiteResource, UptimeResource
from backend.text import t, tn
from screens import uptime_words as words
from screens.uptime_words import Counted
from widgets.bars import columns, labelled
from widgets.curve import Span
from widgets.digits import large
from widgets.figures import date, hour, length, number, percent, uptime_share
from widgets.line import Line, Run
from widgets.panes import Preview
from widgets.spark import bar, resample, spark
from widgets.timeline import Stretch, day_labels, history, legend

DAY = 86_400.0
WIDE = 100
LEGEND = (Minutes.UP, Minutes.FAULTED, Minutes.OFFLINE, Minutes.UNAVAILABLE, Minutes.DELIVERING, Minutes.PLANNED)
FAR_BELOW = 5.0
"""All of the worst are below the goal: only those that many points below it have its colour."""


def _kept(pct: float | None, goal: float) -> Run:
    if pct is None:
        return t("nothing counted yet"), "muted"
    return (t("✓ kept"), "ok.b") if pct >= goal else (t("✖ not kept"), "crit.b")


def _figure(row: UptimeResource | None, goal: float, *, unit: bool = False) -> Run:
    pct = None if row is None else row.uptime_pct
    text = uptime_share(pct, unit)
    return text, "warn" if pct is not None and pct < goal else "text"


def summary(width: int, told: Counted, *, ascii_only: bool, zone: tzinfo) -> list[Line]:
    """The lines above the list."""
    if told.network is None:
        line = Line(width)
        line.put(1, t("counting the minutes of 30 days"), "muted")
        return [line, Line(width)]
    return _wide(width, told, ascii_only, zone) if width >= WIDE else _narrow(width, told)


def _narrow(width: int, told: Counted) -> list[Line]:
    assert told.network is not None
    goal = told.goal_pct
    line = Line(width)
    runs: list[Run] = [
        (uptime_share(told.network.uptime_pct), "strong"),
        ("  ", "text"),
        _kept(told.network.uptime_pct, goal),
    ]
    runs += [("  " + t("30 d, goal") + " ", "muted"), (percent(goal), "text")]
    runs += [
        ("   " + t("24 h") + " ", "muted"),
        _figure(told.day, goal),
        ("   " + t("7 d") + " ", "muted"),
        _figure(told.week, goal),
    ]
    line.runs(1, runs, end=width - 1)
    return [line, *_budget(width, told, 28), Line(width), *_days(width, told, 4, 1), Line(width)]


def _wide(width: int, told: Counted, ascii_only: bool, zone: tzinfo) -> list[Line]:
    assert told.network is not None
    goal, pct = told.goal_pct, told.network.uptime_pct
    rows = [Line(width) for _ in range(3)]
    if ascii_only:
        rows[1].put(2, uptime_share(pct), "strong")
    else:
        shapes = large("?" if pct is None else number(pct, 2))
        for line, shape in zip(rows, shapes, strict=True):
            line.put(2, shape, "strong")
        rows[2].put(3 + len(shapes[2]), "%", "strong")
    x = 26
    rows[0].runs(
        x, [_kept(pct, goal), ("  " + t("30 d to now, goal") + " ", "muted"), (percent(goal), "text")], end=width - 1
    )
    now: list[Run] = [(t("now 24 h") + " ", "muted"), _figure(told.day, goal, unit=True)]
    rows[1].runs(x, [*now, ("   " + t("7 d") + " ", "muted"), _figure(told.week, goal, unit=True)], end=width - 1)
    formula = t("{formula} formula", formula=words.formula_word(told.formula))
    count = tn("{count} outlet", "{count} outlets", told.network.outlets, count=number(told.network.outlets))
    rows[2].put(x, f"{count}, {formula}, " + t("each outlet first, then the mean"), "muted", end=width - 1)
    chart = Line(width)
    x = chart.put(1, t("minutes lost per outlet, each of 30 d"), "muted")
    within = t("within {n} min = {goal}", n=number(words.day_goal_min(goal), 1), goal=percent(goal, 0))
    chart.right_runs(
        width - 1, [("▇", "data"), (f" {within}   ", "muted"), ("▇", "warn"), (" " + t("over"), "muted")], start=x
    )
    return [
        Line(width),
        *rows,
        Line(width),
        *_budget(width, told, 52),
        Line(width),
        chart,
        *_days(width, told, 7, 2),
        _day_axis(width, told, zone),
        Line(width),
    ]


def _budget(width: int, told: Counted, cells: int) -> list[Line]:
    row = told.network
    assert row is not None
    spent, budget = words.spent_min(row), words.budget_min(row, told.goal_pct)
    if budget < 1:
        young = Line(width)
        x = young.put(1, t("budget"), "muted") + 2
        young.put(x, t("less than a minute: too little is counted yet"), "text", end=width - 1)
        return [young, _excluded(width, row)]
    share = 0.0 if budget <= 0 else spent / budget
    line = Line(width)
    x = line.put(1, t("budget"), "muted") + 2
    x = line.runs(x, bar(share, cells, "data" if share <= 1 else "warn")) + 2
    text: list[Run] = [
        (number(spent), "text"),
        (" " + t("of") + " ", "muted"),
        (t("{n} min", n=number(budget)), "text"),
    ]
    text += [
        (" " + t("per outlet spent,") + " ", "muted"),
        (percent(share * 100, 0), "muted" if share <= 1 else "warn"),
    ]
    line.runs(x, text, end=width - 1)
    return [line, _excluded(width, row)]


def _excluded(width: int, row: UptimeResource) -> Line:
    line = Line(width)
    out = words.out_s(row)
    whole = max(1.0, words.base_s(row) + out)
    parts = words.left_out(row)
    if not parts and row.gap_s:
        parts = [(t("our own gap"), row.gap_s)]
    runs: list[Run] = [(t("excluded") + " ", "muted"), (percent(out / whole * 100), "text")]
    for at, (word, seconds) in enumerate(parts[:4]):
        runs += [((": " if at == 0 else ", ") + word + " ", "muted"), (number(seconds / whole * 100, 2), "text")]
    line.runs(1, runs, end=width - 1)
    return line


def _days(width: int, told: Counted, rows: int, cells: int) -> list[Line]:
    """Lost minutes per outlet, one column a day, and the goal as a line."""
    network = told.network
    assert network is not None
    goal = words.day_goal_min(told.goal_pct)
    values: list[float | None] = [seconds / 60 for seconds in network.lost_per_day_s]
    drawn = columns(values[-30:], rows, goal=goal, cells=cells)
    lines = []
    for at, runs in enumerate(drawn.rows):
        line = Line(width)
        if at == drawn.goal_row:
            line.right(6, number(goal, 1), "muted")
        elif at == rows - 1:
            line.right(6, "0", "muted")
        end = line.runs(7, runs, end=width - 1)
        if cells == 1:
            aside = (t("min lost"), t("per day"))
            if at < 2:
                line.put(end + 2, aside[at], "muted", end=width - 1)
            elif at == 2:
                count: Run = (number(drawn.over), "warn" if drawn.over else "text")
                line.runs(end + 2, [count, (" " + t("over"), "muted")], end=width - 1)
        lines.append(line)
    return lines


def _day_axis(width: int, told: Counted, zone: tzinfo) -> Line:
    line = Line(width)
    network = told.network
    assert network is not None
    count = len(network.lost_per_day_s[-30:])
    for at in range(0, count, 8):
        day = network.to.timestamp() - (count - 1 - at) * DAY
        line.put(8 + at * 3, date(day, told.at, zone), "muted", end=width - 1)
    if count:
        line.put(8 + (count - 1) * 3 - 3, t("today"), "muted", end=width - 1)
    return line


def head(width: int, mode: str) -> Line:
    """The heads of the columns."""
    line = Line(width)
    line.put(1, t("worst"), "muted")
    line.put(11, {"outlet": t("site"), "site": t("place")}.get(mode, t("site")), "muted")
    line.right(41, t("uptime %"), "muted")
    line.right(50, t("down"), "muted")
    if width >= WIDE:
        line.right(59, t("excluded"), "muted")
        line.put(62, t("why most of it"), "muted")
        line.right(width - 1, t("lost, 30 d"), "muted")
    else:
        line.put(53, t("why most of it"), "muted")
    return line


def row(width: int, found: UptimeResource, mode: str, goal: float, site: SiteResource | None) -> Line:
    """One outlet, station or site."""
    line = Line(width)
    if mode == "site":
        line.put(1, site.name if site is not None else found.label or found.key, "text", end=31)
    else:
        line.put(1, found.label or found.key, "text", end=10)
        line.put(11, site.name if site is not None else "", "text", end=32)
    pct = found.uptime_pct
    low = pct is not None and pct < goal - FAR_BELOW
    line.right(41, "–" if pct is None else number(pct, 2), "warn" if low else "text", start=33)
    line.right(50, length(found.down_s / (max(1, found.outlets) if mode == "site" else 1)), "text", start=42)
    wide = width >= WIDE
    if wide and words.out_s(found) >= 60:
        line.right(59, length(words.out_s(found) / max(1, found.outlets)), "muted", start=51)
    x, end = (62, width - 12) if wide else (53, width - 1)
    line.put(x, words.why(found, end - x), "text", end=end)
    if wide and found.lost_per_day_s:
        days: list[float | None] = list(found.lost_per_day_s[-30:])
        line.right_runs(width - 1, spark(resample(days, 10), max(DAY / 2, *[day or 0.0 for day in days])))
    return line


def timeline(width: int, told: Counted, found: UptimeResource, site: SiteResource | None, zone: tzinfo) -> list[Line]:
    """Thirty days of one outlet in one line, with its legend and its dates."""
    top, strokes, dates = Line(width), Line(width), Line(width)
    name = f" {site.name}" if site is not None else ""
    x = top.runs(1, [(found.label or found.key, "text.b"), (name + ", " + t("30 d"), "muted")], end=width // 2)
    intervals = told.intervals.get(found.key)
    if intervals is None:
        strokes.put(1, t("asking for its history"), "muted")
        return [top, strokes, dates]
    kinds = {Minutes(interval.kind) for interval in intervals}
    shown = [kind for kind in LEGEND if kind in kinds or kind in LEGEND[:3]]
    top.right_runs(width - 1, legend(shown), start=x + 1)
    span = Span(found.from_.timestamp(), found.to.timestamp(), width - 3)
    strokes.runs(1, history(_stretches(intervals, span.end), span), end=width - 1)
    marks = [(span.start + day * DAY, date(span.start + day * DAY, told.at, zone)) for day in range(0, 27, 7)]
    dates.runs(1, day_labels(span, [*marks, (span.end - 3 * DAY / 2, t("now"))]), end=width - 1)
    return [top, strokes, dates]


def _stretches(intervals: Sequence[IntervalResource], end: float) -> list[Stretch]:
    return [Stretch(i.start.timestamp(), end if i.end is None else i.end.timestamp(), i.kind) for i in intervals]


def stretches(width: int, told: Counted, found: UptimeResource, zone: tzinfo, most: int) -> list[Line]:
    """The same as a list, newest first; what was not up."""
    line = Line(width)
    line.put(1, t("from"), "muted")
    line.right(28, t("lasted"), "muted")
    line.put(31, t("what"), "muted")
    lines = [line]
    for interval in reversed(told.intervals.get(found.key, [])):
        if interval.kind == Minutes.UP or len(lines) >= most:
            continue
        start = interval.start.timestamp()
        end = told.at if interval.end is None else interval.end.timestamp()
        line = Line(width)
        line.put(1, f"{date(start, told.at, zone)} {hour(start, zone)}", "text", end=18)
        line.right(28, length(end - start), "text", start=18)
        bad = not words.excluded(interval.kind, told.formula)
        cause = f"{interval.kind}:{interval.detail}" if interval.detail else interval.kind
        line.put(31, words.cause_word(cause), "text" if bad else "muted", end=width - 12)
        line.right(width - 1, t("counts") if bad else t("excluded"), "text" if bad else "muted", start=width - 12)
        lines.append(line)
    if len(lines) == 1:
        line = Line(width)
        line.put(1, t("up all the time"), "muted")
        lines.append(line)
    return lines


def explain(width: int, found: UptimeResource, formula: str) -> list[Line]:
    """Where every minute went: up, lost and excluded, by cause."""
    out = words.out_s(found)
    whole = max(1.0, words.base_s(found) + out)
    lines = []
    head_ = Line(width)
    title = t(
        "every minute of {name}, {formula} formula", name=found.label or found.key, formula=words.formula_word(formula)
    )
    head_.put(1, title, "text.b", end=width - 22)
    head_.right(width - 1, t("lasted      of all"), "muted")
    lines.append(head_)

    def put(label: str, seconds: float, style: str, indent: int) -> None:
        line = Line(width)
        line.put(1 + indent, label, style, end=width - 24)
        line.right(width - 12, length(seconds), "text", start=width - 24)
        line.right(width - 1, percent(seconds / whole * 100), "muted", start=width - 12)
        lines.append(line)

    put(t("up"), found.up_s, "text", 0)
    put(t("lost"), found.down_s, "text", 0)
    for word, seconds in words.lost_words(found):
        put(word, seconds, "muted", 2)
    put(t("excluded, so not in the base"), out, "text", 0)
    for word, seconds in words.left_out(found):
        put(word, seconds, "muted", 2)
    line = Line(width)
    base = words.base_s(found)
    if base > 0:
        text = t("uptime = up / (up + lost) = {pct}", pct=uptime_share(found.uptime_pct))
        line.put(1, text, "text", end=width - 1)
    lines.append(line)
    return lines


def preview(width: int, height: int, told: Counted, sites: Mapping[str, SiteResource]) -> list[Line]:
    """Where the lost minutes went, the worst sites, the other formulas."""
    pane = Preview(width)
    if told.network is None:
        return pane.fitted(height)
    _causes(pane, told.network)
    left = words.left_out(told.network)
    if left:
        pane.group(t("excluded"), t("of the time"))
        whole = max(1.0, words.base_s(told.network) + words.out_s(told.network))
        for word, seconds in left[:5]:
            pane.pair(word, percent(seconds / whole * 100), label_style="text")
    _worst(pane, told, sites)
    if told.others:
        pane.group(t("by another formula"), t("uptime %"))
        for formula, pct in told.others.items():
            here = formula == told.formula
            style = "warn" if pct is not None and pct < told.goal_pct else "text"
            figure: Run = ("?" if pct is None else number(pct, 2), style)
            pane.pair(words.formula_word(formula), [figure], label_style="strong" if here else "text")
    return pane.fitted(height)


def _causes(pane: Preview, network: UptimeResource) -> None:
    found = words.lost_words(network)
    total = sum(seconds for _, seconds in found)
    minutes = total / 60
    size = (
        t("{n} M outlet-min", n=number(minutes / 1e6, 1)) if minutes >= 1e6 else t("{n} outlet-min", n=number(minutes))
    )
    pane.group(t("where the lost minutes went"), size)
    rest = sum(seconds for _, seconds in found[7:])
    shown = list(found[:7])
    if rest > 0:
        shown.append((t("others"), rest))
    for word, seconds in shown:
        share = seconds / total if total else 0.0
        drawn = labelled(
            pane.width, word, share, [(percent(share * 100, 0), "text")], x=pane.x, bar_at=27, bar_width=18
        )
        drawn.put(0, "│", "rule")
        pane.lines.append(drawn)


def _worst(pane: Preview, told: Counted, sites: Mapping[str, SiteResource]) -> None:
    rows = told.rows.get("site", [])
    if not rows:
        return
    pane.group(t("worst sites"), t("outlets   uptime %"))
    for found in rows[:10]:
        site = sites.get(found.site or found.key)
        line = pane.line()
        line.put(pane.x, site.name if site is not None else found.label or found.key, "text", end=36)
        line.right(44, number(found.outlets), "muted")
        share = found.uptime_pct
        text = "–" if share is None else uptime_share(share, unit=False)
        line.right(pane.end, text, "warn" if share is not None and share < told.goal_pct else "text")
