"""What the frame of a page says: vital signs, banner, staleness, the cover before the first picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from textual.geometry import Size

from backend.client.mirror import Lamp
from backend.model.resources import AlarmResource
from backend.model.words import AlarmState, Severity
from backend.text import t, tn
from screens.alarm_words import alarm_headline
from screens.console import Console, Said
from widgets import vitals as lines
from widgets.figures import clock, countdown, number, zone_word
from widgets.line import Line, Run, wrap
from widgets.look import SEVERITY_SYMBOLS
from widgets.spark import bar
from widgets.vitals import Banner, Vitals

if TYPE_CHECKING:
    from screens.page import Page

LAG_WARN_S = 10.0


def lamp_of(console: Console) -> lines.Lamp:
    """The honesty lamp."""
    mirror = console.mirror
    if mirror.lamp is Lamp.LIVE:
        return lines.Lamp("●", t("live"), "ok")
    if mirror.lamp is Lamp.BEHIND:
        word = t("{n} s behind", n=number(mirror.lag_s))
        return lines.Lamp("◐", word, "warn" if mirror.lag_s >= LAG_WARN_S else "text")
    return lines.Lamp("○", t("no server"), "high.k", gone=True)


def vitals(page: Page, *, banner: bool) -> Vitals:
    """What the header of a page says."""
    console = page.console
    now = console.now
    time = clock(now, console.zone)
    if console.utc:
        time += f" {zone_word(now, console.zone)}"
    unacknowledged = console.mirror.totals.unacknowledged.get("S1", 0) > 0
    return Vitals(
        screen=page.screen_word(),
        totals=console.mirror.totals,
        clock=time,
        lamp=lamp_of(console),
        reverse_s1=unacknowledged and not console.gone and not (banner and not page.behind),
        blink=int(now) % 2 == 0,
        held="" if page.held is None else clock(page.held, console.zone),
    )


def urgent(console: Console) -> list[AlarmResource]:
    """The S1 and S2 that nobody has acknowledged, the worst and newest first."""
    found = [
        alarm
        for alarm in console.mirror.alarms.values()
        if alarm.state is AlarmState.UNACKNOWLEDGED and alarm.severity <= Severity.S2
    ]
    return sorted(found, key=lambda alarm: (alarm.severity, -alarm.since.timestamp(), alarm.id))


def banner_of(console: Console, *, lists: bool) -> Banner | None:
    """The banner of this moment: no server, or (on lists) the worst alarm that nobody has acknowledged."""
    if console.gone:
        return _stale(console)
    if not lists:
        return None
    found = urgent(console)
    if not found:
        return None
    first = found[0]
    name = first.severity.name
    text = f"{SEVERITY_SYMBOLS[first.severity]} {name}  {alarm_headline(console.mirror, first, console.now)}"
    place = t("1 of {n} unacknowledged", n=number(len(found)))
    return Banner(
        ground="banner1" if first.severity is Severity.S1 else "banner2",
        text=text,
        right=t("a ack"),
        right_wide=t("a ack   enter open   {place}", place=place),
    )


def _stale(console: Console) -> Banner:
    mirror = console.mirror
    since = clock(mirror.lamp_since, console.zone)
    text = t(
        "○ NO SERVER since {since}, {age}. Shown as it was then.",
        since=since,
        age=countdown(console.now - mirror.lamp_since),
    )
    again = t("trying")
    if mirror.next_try is not None:
        again = t("again in {n} s", n=max(0, round(mirror.next_try - console.now)))
    keeps = t("stations keep charging and keep their records  ·  {again}", again=again)
    return Banner(ground="stale", text=text, right=again, right_wide=keeps)


def banner_line(banner: Banner, width: int) -> Line:
    """The banner as it is drawn."""
    return lines.banner(banner, width)


def fact(page: Page) -> Sequence[Run]:
    """The line above the keys when nothing was done: why keys wait, the filter, or the page's own fact."""
    console = page.console
    if console.gone and console.loaded:
        return (
            (t("x a o n m wait for the server."), "text"),
            (" " + t("Reading, filtering and copying still work."), "muted"),
        )
    if page.filter_text:
        note = page.note()
        return (
            (t("filter"), "muted"),
            (f" {page.filter_text}", "text.b"),
            *((("  " + note, "text"),) if note else ()),
            ("  " + t("esc clears it"), "muted"),
        )
    return page.fact()


def said_runs(console: Console, said: Said) -> Sequence[Run]:
    """The result line; an acknowledgement counts down how long it may be taken back."""
    if not said.undo or console.undo is None:
        return said.runs
    left = max(0, round(console.undo[1] - console.now))
    return (*said.runs, ("  " + t("a again takes it back, {n} s", n=left), "muted"))


class Cover(NamedTuple):
    """What stands in the body's place."""

    lines: list[Line]
    small: bool


def cover(console: Console, size: Size) -> Cover | None:
    """A message instead of the body: the terminal is too small, or there is no picture yet. None: draw the body."""
    from screens.page import LEAST

    width, height = size
    if width < LEAST[0] or height < LEAST[1]:
        text = t(
            "noc needs a terminal of {width} by {height} cells; this one has {w} by {h}. Make it larger, or q quits.",
            width=LEAST[0],
            height=LEAST[1],
            w=width,
            h=height,
        )
        return Cover(_centred([[(row, "text")] for row in wrap(text, max(10, width - 4))], width, height), True)
    if console.loaded:
        return None
    return Cover(_centred(_waiting(console), width, height - 3), False)


def _waiting(console: Console) -> list[list[Run]]:
    mirror = console.mirror
    part, parts = mirror.loaded
    if parts:
        share = part / parts
        loading = tn(
            "loading the network, {part} of {n} part", "loading the network, {part} of {n} parts", parts, part=part
        )
        return [[(loading, "text")], [], bar(share, 40)]
    seconds = console.now - mirror.lamp_since
    rows: list[list[Run]] = [[(t("waiting for the server"), "text.b"), (f"  {console.server_text}", "muted")], []]
    if seconds >= 1:
        again = "" if mirror.next_try is None else t("again in {n} s", n=max(0, round(mirror.next_try - console.now)))
        rows.append([(t("no answer for {time}", time=countdown(seconds)), "muted"), (f"  {again}", "muted")])
        rows.append([(t("Is it running? noc serve starts one. q quits."), "muted")])
    return rows


def _centred(rows: Sequence[Sequence[Run]], width: int, height: int) -> list[Line]:
    drawn = [Line(width) for _ in range(max(0, (height - len(rows)) // 2))]
    for runs in rows:
        line = Line(width)
        line.runs(max(0, (width - sum(len(text) for text, _ in runs)) // 2), runs)
        drawn.append(line)
    drawn += [Line(width) for _ in range(max(0, height - len(drawn)))]
    return drawn[: max(1, height)]


def reload(console: Console) -> None:
    """Load everything anew, and try the server now."""
    restart = getattr(console, "restart_feed", None)
    if restart is not None:
        restart()
        console.say((t("loading anew"), "muted"), for_s=5)
