"""The right column of a station: what it is. What is not known is not there."""

from __future__ import annotations

from typing import NamedTuple

from backend.model.resources import StationResource
from backend.text import t, tc, tn
from backend.text.quirks import trait_words
from screens.station_data import StationData
from screens.station_draw import View
from screens.uptime_words import cause_word, lost
from widgets.figures import age, length, number, uptime_share, when
from widgets.line import Line
from widgets.spark import spark


class Group(NamedTuple):
    """A heading, and what is known below it."""

    title: str
    right: str
    rows: list[tuple[str, str]]


def side(view: View, width: int) -> list[Line]:
    """All groups; rows without a value are left out, and so are groups without rows."""
    station = view.station
    lines: list[Line] = []
    for group in (_identity(view), _connection(view), _firmware(view)):
        known = [(word, value) for word, value in group.rows if value]
        if not known:
            continue
        if lines:
            lines.append(Line(width))
        head = _side_heading(width, group.title)
        head.right(width - 1, group.right, "muted", start=16)
        lines += [head, *(_labelled(width, word, value) for word, value in known)]
    lines += _uptime(view.data, width)
    lines += _traits(station, width)
    lines += _quirks(station, width)
    if station.note:
        lines += [Line(width), _side_heading(width, t("notes")), _text(width, station.note)]
    return lines


def _identity(view: View) -> Group:
    site = view.mirror.sites.get(view.station.site or "")
    owner = t("owner {name}", name=site.owner) if site is not None and site.owner else ""
    kinds = dict.fromkeys(outlet.connector_type for outlet in view.outlets if outlet.connector_type)
    rows = [
        ("EVSE-ID", ", ".join(outlet.evse_id for outlet in view.outlets[:2] if outlet.evse_id)),
        (t("serial"), view.station.serial),
        (t("site"), ", ".join(part for part in (site.name if site is not None else "", owner) if part)),
        (t("type"), ", ".join(kinds)),
    ]
    return Group(t("identity"), "", rows)


def _connection(view: View) -> Group:
    station = view.station
    rows = [
        (t("address"), station.address),
        ("OCPP", _version(station)),
        (t("profile"), str(station.security_profile) if station.security_profile else ""),
        ("SIM", station.iccid),
        (t("booted"), _booted(view)),
        (t("waiting"), station.pending_work),
    ]
    return Group(t("connection"), connects_words(station.connects_last_hour), rows)


def _firmware(view: View) -> Group:
    return Group(t("firmware"), "", [(tc("firmware", "running"), view.station.firmware), *_siblings(view)])


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
    line.runs(2, [(t("30 d"), "muted"), ("   " + uptime_share(row.uptime_pct), "text")])
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


def _traits(station: StationResource, width: int) -> list[Line]:
    if not station.traits:
        return []
    words = [trait_words(trait, value) for trait, value in sorted(station.traits.items())]
    return [Line(width), _side_heading(width, t("handled differently")), *(_text(width, text) for text in words)]


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
