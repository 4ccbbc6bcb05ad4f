"""The lines beside and below the alarm list: one alarm in full, the load, who raises most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from rich.cells import cell_len

from backend.model.clock import Instant
from backend.model.resources import AlarmEntryResource, AlarmResource
from backend.text import t, tn
from screens.alarm_rows import totals_of
from screens.alarm_story import because, folded, harm, next_steps
from screens.alarm_words import alarm_code, alarm_place, alarm_text
from screens.console import Console
from screens.outlet_facts import short_name
from widgets.figures import HOUR, age, hour, local, number, when
from widgets.line import Line, Run, rule, wrap
from widgets.look import SEVERITY_HUES, SEVERITY_STYLES, SEVERITY_SYMBOLS
from widgets.spark import BLOCKS, bar, spark

LABEL = 10
X = 2
FLOOD = 11
"""Alarms in ten minutes that are a flood (domain.md 3.3)."""


def strip_lines(
    console: Console, alarm: AlarmResource | None, entries: Sequence[AlarmEntryResource], now: Instant, width: int
) -> list[Line]:
    """Five lines below the list at 80 columns."""
    if alarm is None:
        return [rule(width), *[Line(width) for _ in range(4)]]
    mirror = console.mirror
    head = rule(width)
    place = alarm_place(mirror, alarm)
    label = alarm.label or ""
    x = head.put(2, " ", "text")
    if label and place.startswith(label):
        x = head.put(x, label, "strong")
        x = head.put(x, f"{place.removeprefix(label)} ", "text", end=width // 2 + 6)
    else:
        x = head.put(x, f"{place} ", "strong", end=width // 2 + 6)
    raised = when(alarm.raised or alarm.since, now, console.zone)
    code = alarm_code(alarm)
    seen = (
        t("{n} times since {time}", n=alarm.count, time=raised) if alarm.count > 1 else t("since {time}", time=raised)
    )
    full = f" {code}, {seen} "
    head.right(width - 3, full if x + 1 + cell_len(full) <= width - 3 else f" {seen} ", "muted", start=x + 1)
    reasons = "; ".join(
        f"{event.text} {event.times}" for event in folded(because(mirror, alarm, entries), now, console.zone)[-3:]
    )
    steps = next_steps(mirror, alarm, now, console.zone)
    rows = (
        (t("because"), reasons, "text"),
        (t("harm"), "; ".join(harm(mirror, alarm)), "text"),
        (t("do next"), steps[0] if steps else "", "strong"),
        (t("then"), t("; or ").join(steps[1:]), "text"),
    )
    return [head, *[_labelled(width, word, text, style) for word, text, style in rows]]


def _labelled(width: int, word: str, text: str, style: str) -> Line:
    line = Line(width)
    line.put(1, word, "muted", end=LABEL)
    line.put(LABEL, text or "–", style if text else "muted", end=width - 1)
    return line


def preview_lines(
    console: Console,
    alarm: AlarmResource | None,
    entries: Sequence[AlarmEntryResource],
    now: Instant,
    width: int,
    height: int,
) -> list[Line]:
    """One alarm in full, beside the list."""
    drawn = [] if alarm is None else _preview(console, alarm, entries, now, width)
    drawn = drawn[:height] + [Line(width) for _ in range(height - len(drawn))]
    for line in drawn:
        line.put(0, "│", "rule")
    return drawn


def _preview(
    console: Console, alarm: AlarmResource, entries: Sequence[AlarmEntryResource], now: Instant, width: int
) -> list[Line]:
    mirror, end, zone = console.mirror, width - 1, console.zone
    head, where, facts = Line(width), Line(width), Line(width)
    severity = alarm.severity
    x = head.put(X, f"{SEVERITY_SYMBOLS[severity]} {severity.name}", SEVERITY_STYLES[severity])
    head.put(x + 2, alarm_text(alarm), "strong", end=end)
    outlet = mirror.outlets.get(f"{alarm.station}:{alarm.evse}")
    place = ", ".join(part for part in (alarm_place(mirror, alarm), outlet.place if outlet is not None else "") if part)
    label = alarm.label if alarm.label and place.startswith(alarm.label) else ""
    where.runs(X, [(label, "text.b"), (place.removeprefix(label), "muted")], end=end)
    owner: Run = (t("nobody"), "high") if alarm.owner is None else (short_name(alarm.owner), "text")
    facts.runs(
        X,
        [
            (t("raised") + " ", "muted"),
            (when(alarm.raised or alarm.since, now, zone), "text"),
            ("   " + t("seen") + " ", "muted"),
            (f"×{alarm.count}", "text"),
            ("   " + t("owner") + " ", "muted"),
            owner,
        ],
        end=end,
    )
    lines = [head, where, facts, Line(width), *_shelved(console, alarm, width), _heading(t("because"), width)]
    lines += [_dated(event.at, event.text, now, console, width) for event in because(mirror, alarm, entries)[-8:]]
    hurt = "; ".join(harm(mirror, alarm))
    if hurt:
        rows = wrap(hurt[:1].upper() + hurt[1:] + ".", end - X, 3)
        lines += [Line(width), _heading(t("harm"), width), *_texts(rows, width)]
    lines += _steps(next_steps(mirror, alarm, now, zone), width)
    notes = [entry for entry in entries if entry.what == "note"][-5:]
    if notes:
        lines += [Line(width), _heading(t("notes"), width)]
        lines += [_dated(entry.at, f"{entry.text}  {entry.who or ''}", now, console, width) for entry in notes]
    return lines


def _shelved(console: Console, alarm: AlarmResource, width: int) -> list[Line]:
    if not alarm.shelve_reason or alarm.shelved_until is None:
        return []
    text = t(
        "shelved by {who} until {time}: {why}",
        who=alarm.shelved_by or "?",
        time=hour(alarm.shelved_until, console.zone),
        why=alarm.shelve_reason,
    )
    return [*_texts(wrap(text, width - 1 - X, 2), width), Line(width)]


def _steps(steps: Sequence[str], width: int) -> list[Line]:
    lines = [Line(width), _heading(t("do next"), width)] if steps else []
    for at, step in enumerate(steps):
        line = Line(width)
        line.put(X, "▸" if at == 0 else "·", "text" if at == 0 else "muted")
        line.put(X + 2, step, "strong" if at == 0 else "text", end=width - 1)
        lines.append(line)
    return lines


def _dated(at: datetime, text: str, now: Instant, console: Console, width: int) -> Line:
    line = Line(width)
    line.put(X, when(at, now, console.zone), "muted", end=X + 7)
    line.put(X + 7, text, "text", end=width - 1)
    return line


def _heading(text: str, width: int) -> Line:
    line = Line(width)
    line.put(X, text, "muted")
    return line


def _texts(rows: Sequence[str], width: int) -> list[Line]:
    lines = []
    for row in rows:
        line = Line(width)
        line.put(X, row, "text", end=width - 1)
        lines.append(line)
    return lines


def summary_lines(
    alarms: Sequence[AlarmResource], past: Sequence[AlarmResource], now: Instant, width: int
) -> list[Line]:
    """`140 active  ▲ 1 S1 ...` and the rule below it."""
    counts = totals_of(alarms)
    line = Line(width)
    x = line.runs(1, [(number(counts["active"]), "text.b"), (" " + t("active"), "muted")])
    x += 4
    for severity, hue in SEVERITY_HUES.items():
        style = "muted" if hue == "energy" else hue
        x = (
            line.runs(
                x,
                [
                    (f"{SEVERITY_SYMBOLS[severity]} ", style),
                    (number(counts[severity.name]), "text"),
                    (f" {severity.name}", "muted"),
                ],
            )
            + 3
        )
    words = (
        (counts["nobody"], t("nobody's")),
        (counts["returned"], t("returned")),
        (counts["shelved"], t("shelved")),
    )
    for count, word in words:
        x = line.runs(x + 1, [(number(count), "text"), (f" {word}", "muted")]) + 2
    if past:
        hours = per_hour(past, now)
        recent = sum(1 for alarm in past if now - (alarm.raised or alarm.since).timestamp() < 600)
        flood = ("warn.b", "warn") if recent >= FLOOD else ("text", "muted")
        line.right_runs(
            width - 1,
            [
                (t("24 h") + " ", "muted"),
                *spark(hours, max(1, *hours)),
                (f" {number(sum(hours))}", "text"),
                ("   " + t("last 10 min") + " ", "muted"),
                (number(recent), flood[0]),
                (", " + t("flood from {n}", n=FLOOD), flood[1]),
            ],
            start=x,
        )
    return [line, rule(width)]


def per_hour(past: Sequence[AlarmResource], now: Instant) -> list[int]:
    """Alarms raised in each of the last 24 hours, oldest first."""
    counts = [0] * 24
    for alarm in past:
        back = int((now - (alarm.raised or alarm.since).timestamp()) // HOUR)
        if 0 <= back < 24:
            counts[23 - back] += 1
    return counts


def load_lines(past: Sequence[AlarmResource], now: Instant, console: Console, width: int) -> list[Line]:
    """Who raised most, and how many came per hour."""
    lines = [rule(width - 1), *[Line(width) for _ in range(9)]]
    first = lines[1]
    first.put(2, t("most alarms, 7 d"), "muted")
    sources = Counter(alarm_place(console.mirror, alarm) for alarm in past)
    total = sum(sources.values())
    for at, (name, count) in enumerate(sources.most_common(6)):
        line = lines[2 + at]
        line.put(2, name, "text", end=36)
        line.right(42, number(count), "text")
        line.runs(44, bar(count / total if total else 0, 12))
    others = len(sources) - 6
    if others > 0:
        line = lines[8]
        line.put(2, tn("all others, {n} source", "all others, {n} sources", others), "muted", end=36)
        line.right(42, number(total - sum(count for _, count in sources.most_common(6))), "text")
    _per_hour(lines, per_hour(past, now), now, console, width)
    return lines


def _per_hour(lines: Sequence[Line], hours: Sequence[int], now: Instant, console: Console, width: int) -> None:
    top = max(1, *hours)
    x = 62
    lines[1].put(x - 2, t("raised per hour, 24 h"), "muted", end=width - 1)
    peak = hours.index(max(hours))
    at_hour = local(now - (23 - peak) * HOUR, console.zone).hour
    lines[1].right(
        width - 2,
        t("{n} in all, peak {most} at {hour}", n=number(sum(hours)), most=number(top), hour=f"{at_hour:02d}"),
        "muted",
        start=x + 24,
    )
    rows = 6
    for at, count in enumerate(hours):
        eighths = round(count / top * rows * 8)
        for row in range(rows):
            part = min(8, max(0, eighths - row * 8))
            if part:
                lines[7 - row].put(
                    x + at * 2, BLOCKS[part - 1], "warn" if at == peak and count >= FLOOD - 1 else "data"
                )
    lines[2].right(x - 1, number(top), "muted")
    lines[7].right(x - 1, "0", "muted")
    for at in range(0, 24, 4):
        lines[8].put(x + at * 2, f"{local(now - (23 - at) * HOUR, console.zone).hour:02d}", "muted")


__all__ = ["age", "load_lines", "preview_lines", "strip_lines", "summary_lines"]
