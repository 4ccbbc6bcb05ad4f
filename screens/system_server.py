"""The server's vital signs: one sentence, figures with their history, settings, and who is asking."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import tzinfo
from typing import NamedTuple

from backend.model.clock import Instant
from backend.model.resources import StationResource, Totals, Vitals, Who
from backend.model.words import Link, Right
from backend.text import t, tn
from widgets.bars import labelled
from widgets.figures import age, number, when
from widgets.line import Line, Run, heading
from widgets.panes import Preview, hero
from widgets.spark import resample, spark

LAG_MS = 50.0
"""From here on the server's loop is late."""
COMMIT_MS = 50.0
QUEUE = 5_000
KEPT = 240
"""Samples of the vital signs that are kept for the sparks."""
NBSP = "\N{NO-BREAK SPACE}"


class Sample(NamedTuple):
    """What was measured at one look."""

    at: Instant
    frames_per_s: float
    lag_ms: float
    commit_ms: float
    queue: int


class Health(NamedTuple):
    """The sentence and its colour."""

    sentence: str
    second: str
    hue: str


def health(vitals: Vitals, totals: Totals) -> Health:
    """Whether our own house is in order."""
    second = t(
        "{online} of {stations} stations are connected, {n} frames a second.",
        online=number(totals.online),
        stations=number(totals.stations),
        n=number(vitals.frames_per_s, 1 if vitals.frames_per_s < 100 else 0),
    )
    if vitals.store_error:
        return Health(t("The disk does not take what stations say: {why}.", why=vitals.store_error), second, "crit")
    if 0 < vitals.open_files_limit < vitals.files_needed:
        text = t(
            "Only {n} files may be open, all stations need {m}: set LimitNOFILE={limit} and restart.",
            n=number(vitals.open_files_limit),
            m=number(vitals.files_needed),
            limit=vitals.files_needed,
        )
        return Health(text, second, "warn")
    if vitals.writer_queue > QUEUE:
        text = t("{n} rows wait to be written: the disk is slower than the stations.", n=number(vitals.writer_queue))
        return Health(text, second, "warn")
    if vitals.commit_ms > COMMIT_MS:
        return Health(t("The disk is slow: a commit takes {n} ms.", n=number(vitals.commit_ms)), second, "warn")
    if vitals.loop_lag_ms > LAG_MS:
        return Health(t("The server is busy: it is late by {n} ms.", n=number(vitals.loop_lag_ms)), second, "warn")
    return Health(t("All is well: stations are answered in time, and what they said is on disk."), second, "energy")


def size(count: int) -> str:
    """Bytes as people read them: `18.4 GB`."""
    for unit, factor in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= factor:
            return f"{number(count / factor, 1)}{NBSP}{unit}"
    return f"{number(count)}{NBSP}B"


def body(
    width: int,
    vitals: Vitals,
    totals: Totals,
    history: Sequence[Sample],
    who: Who | None,
    zone: tzinfo,
    fleet: Fleet,
) -> list[Line]:
    """The page."""
    now = vitals.now.timestamp()
    found = health(vitals, totals)
    lines = [*hero(width, [found.sentence, found.second], found.hue), Line(width)]
    wide = width >= 100
    rows = _measured(vitals, history)
    for label, value, style, values, top in rows:
        line = Line(width)
        line.put(1, label, "muted", end=27)
        x = line.right(44, value, style, start=27) and 47
        if len(values) >= 3:
            line.runs(x, spark(resample(values[-KEPT:], min(len(values), width - x - 2)), top), end=width - 1)
        lines.append(line)
    lines.append(Line(width))
    for fact in _facts(vitals, now, zone):
        _fact(lines, width, *fact)
    if wide:
        lines += [Line(width), *_settings(width, vitals), Line(width), *_fleet(width, fleet)]
    else:
        for name, value in vitals.settings.items():
            if value:
                _fact(lines, width, setting_word(name), value)
        if who is not None:
            _fact(lines, width, t("you are"), f"{who.name}, {rights_text(who)}")
    return lines


def _settings(width: int, vitals: Vitals) -> list[Line]:
    lines = [heading(width, t("settings"))]
    for name, value in vitals.settings.items():
        if value:
            _fact(lines, width, setting_word(name), value)
    return lines


class Fleet(NamedTuple):
    """What the stations are: counted over the mirror."""

    versions: dict[str, tuple[int, int]]
    """By OCPP version: stations, and those of them that are online."""
    deviations: dict[str, int]
    """Deviations from the standard, counted over all stations."""


def count_fleet(stations: Iterable[StationResource]) -> Fleet:
    """Count versions and deviations."""
    versions: dict[str, tuple[int, int]] = {}
    deviations: dict[str, int] = {}
    for station in stations:
        version = station.ocpp_version or "?"
        every, online = versions.get(version, (0, 0))
        versions[version] = (every + 1, online + (station.link is Link.ONLINE))
        for name, count in station.quirks.items():
            deviations[name] = deviations.get(name, 0) + count
    return Fleet(versions, deviations)


def _fleet(width: int, fleet: Fleet) -> list[Line]:
    lines = [heading(width, t("what the stations speak"), t("online of all"))]
    most = max((every for every, _ in fleet.versions.values()), default=1)
    for version, (every, online) in sorted(fleet.versions.items()):
        figure: list[Run] = [(number(online), "text"), (f" / {number(every)}", "muted")]
        name = f"OCPP {version}" if version != "?" else t("not known yet")
        lines.append(labelled(width, name, every / most, figure, bar_at=27, bar_width=40))
    worst = sorted(fleet.deviations.items(), key=lambda pair: -pair[1])[:8]
    if worst:
        lines += [
            Line(width),
            heading(width, t("where they leave the standard, and are served all the same"), t("times")),
        ]
    for name, count in worst:
        line = Line(width)
        line.put(1, f"≠ {name}", "text", end=width - 12)
        line.right(width - 1, number(count), "text", start=width - 12)
        lines.append(line)
    return lines


def _fact(lines: list[Line], width: int, label: str, value: str) -> None:
    line = Line(width)
    line.put(1, label, "muted", end=26)
    line.put(27, value, "text", end=width - 1)
    lines.append(line)


Row = tuple[str, str, str, list[float | None], float]


def _measured(vitals: Vitals, history: Sequence[Sample]) -> list[Row]:
    def high(value: float, limit: float) -> str:
        return "warn" if value > limit else "strong"

    rates: list[float | None] = [sample.frames_per_s for sample in history]
    lags: list[float | None] = [sample.lag_ms for sample in history]
    commits: list[float | None] = [sample.commit_ms for sample in history]
    queues: list[float | None] = [float(sample.queue) for sample in history]

    def top(values: Sequence[float | None], least: float) -> float:
        return max([least, *(value for value in values if value is not None)])

    return [
        (t("frames a second"), number(vitals.frames_per_s, 1), "strong", rates, top(rates, 1.0)),
        (
            t("loop late by, ms"),
            number(vitals.loop_lag_ms, 1),
            high(vitals.loop_lag_ms, LAG_MS),
            lags,
            top(lags, LAG_MS),
        ),
        (
            t("commit, ms"),
            number(vitals.commit_ms, 1),
            high(vitals.commit_ms, COMMIT_MS),
            commits,
            top(commits, COMMIT_MS),
        ),
        (
            t("rows waiting for the disk"),
            number(vitals.writer_queue),
            high(vitals.writer_queue, QUEUE),
            queues,
            top(queues, 100.0),
        ),
    ]


def _facts(vitals: Vitals, now: Instant, zone: tzinfo) -> list[tuple[str, str]]:
    started = f"{when(vitals.started, now, zone)}, {age(vitals.started, now)}"
    return [
        (t("running since"), t("{started}, version {version}", started=started, version=vitals.version)),
        (
            t("connections"),
            ", ".join(
                (
                    tn("{number} station", "{number} stations", vitals.connections, number=number(vitals.connections)),
                    tn("{number} console", "{number} consoles", vitals.consoles, number=number(vitals.consoles)),
                )
            ),
        ),
        (t("frames since then"), t("{n} in, {m} out", n=number(vitals.frames_in), m=number(vitals.frames_out))),
        (t("events, commits"), f"{number(vitals.events)}, {number(vitals.commits)}"),
        (t("commits, 99 of 100 within"), t("{n} ms", n=number(vitals.commit_p99_ms, 1))),
        (
            t("open files"),
            t("{used} of {most}", used=number(vitals.open_files), most=number(vitals.open_files_limit)),
        ),
        (t("memory, free on disk"), f"{size(vitals.memory_bytes)}, {size(vitals.disk_free_bytes)}"),
        (
            t("database, trace"),
            ", ".join(
                t("{used} of {most}", used=size(used), most=size(most)) if most else size(used)
                for used, most in (
                    (vitals.database_bytes, vitals.database_most_bytes),
                    (vitals.trace_bytes, vitals.trace_most_bytes),
                )
            ),
        ),
        (t("last backup"), _backup(vitals, now, zone)),
    ]


def _backup(vitals: Vitals, now: Instant, zone: tzinfo) -> str:
    if vitals.last_backup is None:
        return t("never; see `noc backup`")
    made = f"{when(vitals.last_backup, now, zone)}, {age(vitals.last_backup, now)}"
    return f"{made}, {vitals.last_backup_path}" if vitals.last_backup_path else made


def setting_word(name: str) -> str:
    """What a setting is called."""
    return {
        "ocpp": t("stations connect to"),
        "api": t("consoles connect to"),
        "data": t("data in"),
        "accept_unknown": t("unknown stations let in"),
        "heartbeat_s": t("heartbeat, s"),
        "trace_days": t("frames kept, days"),
        "roles": t("roles from"),
        "uptime_goal_pct": t("uptime goal, %"),
    }.get(name, name.replace("_", " "))


def right_word(right: str) -> str:
    """What a right lets one do."""
    words: dict[str, str] = {
        Right.READ: t("read"),
        Right.ACKNOWLEDGE: t("acknowledge alarms"),
        Right.OPERATE: t("operate stations"),
        Right.OPERATE_HARD: t("cut a charge, hard reset, availability"),
        Right.CALL: t("send any OCPP call"),
        Right.REGISTER: t("change the register"),
        Right.REVEAL: t("see tokens in full"),
        Right.ADMINISTER: t("back the database up"),
    }
    return words.get(right, right)


def rights_text(who: Who) -> str:
    """All rights in one line."""
    if who.read_only:
        return t("read-only")
    missing = [right for right in Right if right.value not in who.rights]
    return t("every right") if not missing else ", ".join(right_word(right) for right in who.rights)


def preview(pane: Preview, vitals: Vitals | None, who: Who | None, totals: Totals) -> None:
    """Who is asking, what they may, and what the network counts."""
    pane.group(t("you are"))
    if who is None:
        pane.text(t("not known to the server yet"), "muted")
    else:
        pane.runs([(who.name, "strong"), ("  " + t("read-only") if who.read_only else "", "warn")])
        for right in Right:
            has = right.value in who.rights
            runs: list[Run] = [
                ("✓ " if has else "· ", "ok" if has else "faint"),
                (right_word(right.value), "text" if has else "faint"),
            ]
            pane.runs(runs)
    pane.group(t("the network"))
    pane.pair(t("stations"), number(totals.stations))
    pane.pair(t("online"), number(totals.online))
    pane.pair(t("outlets"), number(totals.outlets))
    pane.pair(t("sites"), number(totals.sites))
    waiting = totals.pending_stations
    pane.pair(t("stations that wait to be let in"), number(waiting), "warn" if waiting else "text")
    if vitals is not None and vitals.store_error:
        pane.group(t("the disk says"))
        pane.text(vitals.store_error, "crit")
