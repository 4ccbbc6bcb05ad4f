"""The other pages of a station: sessions, operations, configuration, firmware, link, notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from backend.model.resources import LinkEntryResource, NoticeResource, OperationResource, SettingResource
from backend.model.wanted import SettingState
from backend.text import t, tc
from backend.text.quirks import trait_words
from backend.text.settings import setting_word
from screens.outlet_facts import link_word
from screens.station_draw import View, operation_line, session_line
from widgets.figures import age, clock, date
from widgets.line import Line

_STANDS = {
    SettingState.SAME: ("✓", "ok"),
    SettingState.DRIFT: ("▵", "warn"),
    SettingState.NOT_TAKEN: ("✖", "crit"),
}
TABS = ("overview", "sessions", "operations", "config", "firmware", "link", "notes")


def tab_word(name: str) -> str:
    """The name of a tab."""
    return {
        "overview": t("overview"),
        "sessions": t("sessions"),
        "operations": t("operations"),
        "config": t("config"),
        "firmware": t("firmware"),
        "link": t("link"),
        "notes": t("notes"),
    }[name]


def tab_lines(view: View, tab: str, operations: Sequence[OperationResource], width: int) -> list[Line]:
    """All lines of a tab; the page shows as many as fit."""
    if tab == "sessions":
        return _or(
            width, t("no session is known here"), [session_line(view, session, width) for session in view.data.sessions]
        )
    if tab == "operations":
        return _or(
            width, t("nothing was done here yet"), [operation_line(view, operation, width) for operation in operations]
        )
    if tab == "config":
        return _config(view, operations, width)
    if tab == "firmware":
        return _firmware(view, width)
    if tab == "link":
        return _or(width, t("no connection is on record"), [_link(view, entry, width) for entry in view.data.links])
    return _notes(view, width)


def _or(width: int, nothing: str, lines: list[Line]) -> list[Line]:
    if lines:
        return lines
    line = Line(width)
    line.put(2, nothing, "muted", end=width - 1)
    return [line]


def _config(view: View, operations: Sequence[OperationResource], width: int) -> list[Line]:
    """The settings that are wanted, and what the last reading of the configuration told."""
    lines = [_wanted(setting, width) for setting in view.data.settings]
    found = next((values for operation in operations if (values := configuration_of(operation))), {})
    if lines and found:
        lines.append(Line(width))
    for key in sorted(found):
        line = Line(width)
        line.put(2, key, "text", end=44)
        line.put(46, found[key], "text", end=width - 1)
        lines.append(line)
    return _or(width, t("the configuration was not read yet; x c reads a key of it"), lines)


def _wanted(setting: SettingResource, width: int) -> Line:
    """`✓ HeartbeatInterval   300   as wanted`, `✖ ...   300   not taken: found 60`."""
    line = Line(width)
    symbol, style = _STANDS.get(setting.state, ("·", "muted"))
    line.put(2, symbol, style)
    line.put(4, setting.key, "text", end=44)
    x = line.put(46, setting.wanted, "text", end=width - 1)
    said = setting_word(setting.state)
    if setting.state is not SettingState.SAME and setting.found is not None:
        said += t(", found {value}", value=setting.found)
    if setting.why:
        said += f": {setting.why}"
    line.put(max(x + 2, 56), said, "muted" if setting.state is SettingState.SAME else "text", end=width - 1)
    return line


def configuration_of(operation: OperationResource) -> dict[str, str]:
    """The keys and values in the answer of an operation that read them; empty for all others."""
    payload = operation.answer_payload
    if not isinstance(payload, Mapping):
        return {}
    rows = payload.get("configurationKey")
    if isinstance(rows, list):
        return {str(row.get("key", "?")): str(row.get("value", "–")) for row in rows if isinstance(row, Mapping)}
    results = payload.get("getVariableResult")
    found: dict[str, str] = {}
    for row in results if isinstance(results, list) else ():
        if isinstance(row, Mapping):
            component, variable = row.get("component"), row.get("variable")
            names = [str(part.get("name", "?")) for part in (component, variable) if isinstance(part, Mapping)]
            found[".".join(names)] = str(row.get("attributeValue", "–"))
    return found


def _firmware(view: View, width: int) -> list[Line]:
    station = view.station
    rows = [
        (tc("firmware", "running"), station.firmware or "?"),
        (t("model"), " ".join(part for part in (station.vendor, station.model) if part) or "?"),
        (t("booted"), f"{age(station.booted, view.now)} {station.boot_reason}".strip()),
    ]
    lines = []
    for word, value in rows:
        line = Line(width)
        line.put(2, word, "muted", end=14)
        line.put(15, value, "text", end=width - 1)
        lines.append(line)
    for at, (trait, value) in enumerate(sorted(station.traits.items())):
        line = Line(width)
        line.put(2, t("differently") if at == 0 else "", "muted", end=14)
        line.put(15, trait_words(trait, value), "text", end=width - 1)
        lines.append(line)
    told = [notice for notice in view.data.notices if "firmware" in notice.action.lower()]
    if told:
        lines.append(Line(width))
        lines += [_notice(view, notice, width) for notice in told]
    return lines


def _link(view: View, entry: LinkEntryResource, width: int) -> Line:
    line = Line(width)
    line.right(8, date(entry.at, view.now, view.zone), "muted")
    line.put(10, clock(entry.at, view.zone), "muted")
    online = entry.link == "online"
    line.put(20, "●" if online else "◌", "ok" if online else "offline")
    line.put(22, _link_word(entry.link), "text", end=34)
    line.put(35, entry.detail, "muted", end=width - 1)
    return line


def _link_word(value: str) -> str:
    from backend.model.words import Link

    try:
        return link_word(Link(value))
    except ValueError:
        return value


def _notes(view: View, width: int) -> list[Line]:
    lines = []
    if view.station.note:
        line = Line(width)
        line.put(2, view.station.note, "text", end=width - 1)
        lines += [line, Line(width)]
    return _or(
        width,
        t("no note, and no message that only wanted to be kept"),
        lines + [_notice(view, notice, width) for notice in view.data.notices],
    )


def _notice(view: View, notice: NoticeResource, width: int) -> Line:
    line = Line(width)
    line.right(8, date(notice.at, view.now, view.zone), "muted")
    line.put(10, clock(notice.at, view.zone), "muted")
    line.put(20, notice.action, "text", end=46)
    line.put(48, notice.text, "muted", end=width - 1)
    return line
