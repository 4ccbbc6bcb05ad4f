"""The right column of a station: what it is. What is not known is not there."""

from __future__ import annotations

from backend.model.resources import StationResource
from backend.text import t, tc, tn
from screens.station_data import StationData
from screens.station_draw import View
from screens.uptime_words import cause_word, lost
from widgets.figures import age, length, number, percent, when
from widgets.line import Line
from widgets.spark import spark


def side(view: View, width: int) -> list[Line]:
    """The right column: what the station is. What is not known is not there."""
    station, data = view.station, view.data
    site = view.mirror.sites.get(station.site or "")
    evses = ", ".join(outlet.evse_id for outlet in view.outlets[:2] if outlet.evse_id)
    owner = t("owner {name}", name=site.owner) if site is not None and site.owner else ""
    groups: list[tuple[str, str, list[tuple[str, str]]]] = [
        (
            t("identity"),
            "",
            [
                ("EVSE-ID", evses),
                (t("serial"), station.serial),
                (t("site"), ", ".join(part for part in ((site.name if site is not None else ""), owner) if part)),
                (
                    t("type"),
                    ", ".join(dict.fromkeys(outlet.connector_type for outlet in view.outlets if outlet.connector_type)),
                ),
            ],
        ),
        (
            t("connection"),
            connects_words(station.connects_last_hour),
            [
                (t("address"), station.address),
                ("OCPP", _version(station)),
                (t("profile"), str(station.security_profile) if station.security_profile else ""),
                ("SIM", station.iccid),
                (t("booted"), _booted(view)),
                (t("waiting"), station.pending_work),
            ],
        ),
        (t("firmware"), "", [(tc("firmware", "running"), station.firmware), *_siblings(view)]),
    ]
    lines: list[Line] = []
    for title, right, rows in groups:
        known = [(word, value) for word, value in rows if value]
        if not known:
            continue
        if lines:
            lines.append(Line(width))
        head = Line(width)
        head.put(2, title, "muted")
        head.right(width - 1, right, "muted", start=16)
        lines.append(head)
        for word, value in known:
            line = Line(width)
            line.put(2, word, "muted", end=13)
            line.put(14, value, "text", end=width - 1)
            lines.append(line)
    lines += _uptime(data, width)
    lines += _quirks(station, width)
    if station.note:
        lines += [Line(width), _side_heading(width, t("notes")), _text(width, station.note)]
    return lines


def connects_words(count: int) -> str:
    """`9 connects in the last hour`; nothing for none."""
    return tn("{n} connect in the last hour", "{n} connects in the last hour", count) if count else ""


def _version(station: StationResource) -> str:
    if station.pinned_version:
        return t("{version}, pinned to {pinned}", version=station.ocpp_version or "?", pinned=station.pinned_version)
    return station.ocpp_version or ""


def _booted(view: View) -> str:
    station = view.station
    if station.booted is None:
        return ""
    text = f"{when(station.booted, view.now, view.zone)}, {age(station.booted, view.now)}"
    return f"{text}, {station.boot_reason}" if station.boot_reason else text


def _siblings(view: View) -> list[tuple[str, str]]:
    """How many of the same model run the same firmware."""
    station = view.station
    if not station.model or not station.firmware:
        return []
    same = [other for other in view.mirror.stations.values() if other.model == station.model]
    alike = sum(1 for other in same if other.firmware == station.firmware)
    return [(t("siblings"), t("{n} of {all} of this model run it", n=number(alike), all=number(len(same))))]


def _uptime(data: StationData, width: int) -> list[Line]:
    row = data.uptime
    if row is None or row.uptime_pct is None:
        return []
    head = _side_heading(width, t("uptime"))
    head.right(width - 1, t("lost per day"), "muted", start=16)
    line = Line(width)
    line.runs(2, [(t("30 d"), "muted"), ("   " + percent(row.uptime_pct), "text")])
    days = row.lost_per_day_s[-30:]
    if days:
        line.runs(max(20, width - 1 - len(days)), spark(days, max(3_600.0, *days)), end=width - 1)
    lines = [Line(width), head, line]
    if row.causes:
        text = ", ".join(
            f"{cause_word(name)} {length(seconds)}" for name, seconds in lost(row.causes)[:2] if seconds >= 60
        )
        if text:
            lines.append(_labelled(width, t("lost to"), text))
    return lines


def _quirks(station: StationResource, width: int) -> list[Line]:
    if not station.quirks:
        return []
    head = _side_heading(width, t("deviations from the standard"))
    lines = [Line(width), head]
    for name, count in sorted(station.quirks.items(), key=lambda item: -item[1])[:4]:
        line = Line(width)
        end = line.right(width - 1, f"×{number(count)}", "text", start=width - 8)
        line.put(2, name.replace("_", " "), "text", end=end - 1)
        lines.append(line)
    return lines


def _side_heading(width: int, text: str) -> Line:
    line = Line(width)
    line.put(2, text, "muted")
    return line


def _text(width: int, text: str) -> Line:
    line = Line(width)
    line.put(2, text, "text", end=width - 1)
    return line


def _labelled(width: int, word: str, value: str) -> Line:
    line = Line(width)
    line.put(2, word, "muted", end=13)
    line.put(14, value, "text", end=width - 1)
    return line
