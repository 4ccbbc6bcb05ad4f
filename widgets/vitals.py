"""The frame's lines: vital signs, banner, result, keys. They stand in the same cells on every screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from msgspec import Struct

from backend.model.resources import Totals
from backend.text import t
from widgets.figures import mw, number, uptime_share
from widgets.line import Line, Run

WIDE = 100
"""From here on the header names the operator, and lists have their wide columns."""


class Lamp(NamedTuple):
    """The honesty lamp as it is drawn."""

    symbol: str
    word: str
    style: str
    gone: bool = False


class Vitals(Struct, kw_only=True):
    """What the header says."""

    screen: str
    totals: Totals
    clock: str
    lamp: Lamp
    reverse_s1: bool = False
    """The S1 counter is in reverse: an S1 is not acknowledged and no banner says so."""
    blink: bool = False
    """The dark half of the blink."""
    held: str = ""
    """Since when the picture is held."""


def header(vitals: Vitals, width: int) -> tuple[Line, int]:
    """The first line of every screen, and where its clock begins: what changes every second stands apart."""
    line = Line(width, "panel")
    line.put(1, vitals.screen, "strong")
    lamp: list[Run] = [
        (vitals.clock + " ", "text"),
        (f"{vitals.lamp.symbol} ", vitals.lamp.style if vitals.lamp.gone or vitals.lamp.style != "ok" else "ok"),
        (vitals.lamp.word, f"{vitals.lamp.style}.b" if vitals.lamp.style != "ok" else "strong"),
    ]
    if vitals.held:
        lamp = [(t("HELD {time}", time=vitals.held) + "  ", "warn.b"), *lamp]
    end = line.right_runs(width - 1, lamp, start=14)
    if width >= 150:
        _wide(line, vitals, end)
    elif width >= WIDE:
        _middle(line, vitals, end)
    else:
        _narrow(line, vitals, end)
    return line, end


def _online(totals: Totals, word: str) -> list[Run]:
    return [(number(totals.online), "text"), (f"/{number(totals.stations)} {word}", "muted")]


def _severities(line: Line, vitals: Vitals, slots: Sequence[tuple[int, str, str, str]], end: int) -> None:
    for x, name, symbol, style in slots:
        count = vitals.totals.alarms.get(name, 0)
        if x + 6 > end:
            return
        if not count:
            line.put(x, f"{symbol} 0 {name}", "faint", end=end)
            continue
        text = f"{symbol} {number(count)} {name}"
        if name == "S1" and vitals.reverse_s1:
            line.put(x - 1, f" {text} ", "s1quiet.b" if vitals.blink else "s1.b", end=end, spot="go.alarms")
        else:
            line.put(x, text, style, end=end, spot="go.alarms")


def _narrow(line: Line, vitals: Vitals, end: int) -> None:
    line.runs(14, _online(vitals.totals, t("online")), end=36)
    _severities(line, vitals, ((37, "S1", "▲", "crit.b"), (45, "S2", "▲", "high.b")), end)
    if end > 60:
        line.put(53, uptime_share(vitals.totals.uptime_30d_pct), "text", end=end - 1, spot="go.uptime")


def _middle(line: Line, vitals: Vitals, end: int) -> None:
    line.put(14, vitals.totals.network, "muted", end=32)
    line.runs(33, _online(vitals.totals, t("online")), end=53)
    _severities(line, vitals, ((55, "S1", "▲", "crit.b"), (63, "S2", "▲", "high.b"), (72, "S3", "△", "warn")), end)
    if end > 90:
        line.put(81, uptime_share(vitals.totals.uptime_30d_pct), "text", end=end - 1, spot="go.uptime")


def _wide(line: Line, vitals: Vitals, end: int) -> None:
    totals = vitals.totals
    line.put(14, totals.network, "muted", end=34)
    line.runs(35, _online(totals, t("stations online")), end=66)
    _severities(line, vitals, ((68, "S1", "▲", "crit.b"), (76, "S2", "▲", "high.b"), (84, "S3", "△", "warn")), 94)
    line.runs(
        95,
        [
            ("● ", "energy"),
            (number(totals.activities.get("charging", 0)), "text"),
            (f" {t('charging')}, ", "muted"),
            (mw(totals.power_w), "text"),
        ],
        end=123,
    )
    if end > 138:
        line.runs(124, [(t("30 d") + " ", "muted"), (uptime_share(totals.uptime_30d_pct), "text")], end=end - 1)


class Banner(Struct, kw_only=True):
    """The most urgent thing there is: a line of its own."""

    ground: str
    """`banner1`, `banner2` or `stale`."""
    text: str
    right: str = ""
    right_wide: str = ""


def banner(content: Banner, width: int) -> Line:
    """The banner's line; the keys at its right give way last."""
    line = Line(width, content.ground)
    right = content.right_wide if width >= 140 and content.right_wide else content.right
    end = line.right(width - 1, right, "strong.b", start=width // 2) if right else width - 1
    line.put(1, content.text, "strong.b", end=end - 1, spot="banner")
    return line


def message(runs: Sequence[Run], width: int) -> Line:
    """The result line, or a fact about the list."""
    line = Line(width)
    line.runs(1, runs, end=width - 1)
    return line


class Hint(NamedTuple):
    """One key in the key line."""

    id: str
    key: str
    label: str
    allowed: bool = True


def key_line(hints: Sequence[Hint], width: int, *, screens: Sequence[tuple[str, str, bool]] = ()) -> Line:
    """`enter open  / filter ...`: what does not fit is dropped from the right, `? keys` never.

    `screens`: key, name and whether it is this one, at the right of wide screens.
    """
    line = Line(width, "panel")
    end = width - 1
    if screens and width >= 140:
        end = line.right_runs(width - 1, _screens(screens)) - 2
        x = width - 1 - sum(len(text) for text, _ in _screens(screens))
        for key, name, _ in screens:
            line.spots.append((x, x + len(key) + 1 + len(name), f"key:{key}"))
            x += len(key) + 1 + len(name) + 2
    kept = [hint for hint in hints if hint.id == "app.help"]
    room = end - 1 - sum(_width(hint) for hint in kept)
    for hint in hints:
        if hint.id == "app.help":
            continue
        if _width(hint) + 2 > room:
            break
        room -= _width(hint) + 2
        kept.insert(-1 if any(found.id == "app.help" for found in kept) else len(kept), hint)
    x = 1
    for hint in kept:
        style = ("strong", "muted") if hint.allowed else ("faint", "faint")
        x = line.runs(x, [(hint.key, style[0]), (f" {hint.label}", style[1])], end=end, spot=hint.id) + 2
    return line


def _width(hint: Hint) -> int:
    return len(hint.key) + 1 + len(hint.label)


def _screens(screens: Sequence[tuple[str, str, bool]]) -> list[Run]:
    runs: list[Run] = []
    for at, (key, name, here) in enumerate(screens):
        runs.append((("  " if at else "") + f"{key} ", "strong" if here else "muted"))
        runs.append((name, "strong" if here else "faint"))
    return runs
