"""The fields of the filter grammar, for each kind of thing: their names, and where their values are found."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from backend.model.clock import Instant
from backend.model.resources import SiteResource, StationResource
from backend.model.shown import shown
from backend.model.words import Known, Link


class Subject(StrEnum):
    """What a filter chooses among."""

    OUTLET = "outlet"
    STATION = "station"
    SESSION = "session"
    ALARM = "alarm"
    OPERATION = "operation"
    SITE = "site"
    TOKEN = "token"  # noqa: S105 - the word, not a secret
    FRAME = "frame"
    """What was said over the wire: a call with its answer."""


class Sort(StrEnum):
    """How a field's values compare."""

    TEXT = "text"
    """Contains, without case and accents."""
    NAME = "name"
    """As `TEXT`; in quotes it is that very name: `station:"CP-1"` is not CP-10."""
    WORD = "word"
    """One of several words; the beginning is enough."""
    NUMBER = "number"
    MOMENT = "moment"
    """`>1h`: older than an hour; `>2025-11-14`: later than that day's start."""
    VERSION = "version"
    """Numbers between dots compare as numbers: 4.10 comes after 4.9."""
    SEVERITY = "severity"
    YES_NO = "yes_no"
    TOKEN = "token"  # noqa: S105 - the word, not a secret
    """The whole token, or its masked form: search must not spell out what masking hides."""


class Row(NamedTuple):
    """One thing, and what belongs to it."""

    thing: Any
    site: SiteResource | None
    station: StationResource | None
    now: Instant
    token: str | None
    """In full, where the reader has it (the server)."""


class Field(NamedTuple):
    sort: Sort
    get: Callable[[Row], Any]
    """Text, words: a string or several. Others: one value or None."""


def _own(name: str) -> Callable[[Row], Any]:
    return lambda row: getattr(row.thing, name)


def _scaled(name: str) -> Callable[[Row], float | None]:
    def get(row: Row) -> float | None:
        value = getattr(row.thing, name)
        return None if value is None else value / 1000

    return get


def _site(row: Row) -> Iterable[str]:
    site = row.site
    if site is None:
        return (getattr(row.thing, "site", None) or "",)
    return (site.id, site.name, site.town, site.address)


def _of_site(name: str) -> Callable[[Row], str]:
    return lambda row: "" if row.site is None else str(getattr(row.site, name))


def _of_station(name: str) -> Callable[[Row], str]:
    return lambda row: "" if row.station is None else str(getattr(row.station, name) or "")


def _outlet_states(row: Row) -> Iterable[str]:
    outlet = row.thing
    word = shown(outlet.activity, outlet.known)
    if outlet.known is not Known.LIVE:
        return (word, outlet.link.value)
    if outlet.conflict:
        return (word, outlet.activity.value, outlet.state, "conflict")
    return (word, outlet.activity.value, outlet.state, "available" if word == "idle" else word)


def _online(row: Row) -> bool:
    return bool(row.thing.link is Link.ONLINE)


def _station_online(row: Row) -> bool | None:
    return None if row.station is None else row.station.link is Link.ONLINE


def _outlet_names(row: Row) -> Iterable[str]:
    outlet = row.thing
    return (outlet.outlet, outlet.label, outlet.evse_id, outlet.evse_id.replace("*", ""))


def _place_names(row: Row) -> Iterable[str]:
    return (getattr(row.thing, "outlet", None) or "", getattr(row.thing, "label", ""))


def _codes(row: Row) -> Iterable[str]:
    return [*row.thing.error_codes, *getattr(row.thing, "vendor_error_codes", ())]


def _token(row: Row) -> str | None:
    held: str | None = getattr(row.thing, "id_token", None) or getattr(row.thing, "token", None)
    return row.token if row.token is not None else held


def _time(name: str) -> Callable[[Row], datetime | None]:
    return lambda row: row.thing.times.get(name)


def _pinned(row: Row) -> str:
    return str(row.thing.ocpp_version or "")


_PLACE: dict[str, Field] = {
    "site": Field(Sort.TEXT, _site),
    "town": Field(Sort.TEXT, _of_site("town")),
    "owner": Field(Sort.TEXT, _of_site("owner")),
}

_STATION: dict[str, Field] = {
    "station": Field(Sort.NAME, _own("station")),
    "model": Field(Sort.TEXT, _of_station("model")),
    "vendor": Field(Sort.TEXT, _of_station("vendor")),
    "fw": Field(Sort.VERSION, _of_station("firmware")),
    "ocpp": Field(Sort.VERSION, _of_station("ocpp_version")),
}

FIELDS: dict[Subject, dict[str, Field]] = {
    Subject.OUTLET: {
        "state": Field(Sort.WORD, _outlet_states),
        "status": Field(Sort.WORD, _own("state")),
        **_PLACE,
        **_STATION,
        "outlet": Field(Sort.NAME, _outlet_names),
        "place": Field(Sort.TEXT, _own("place")),
        "online": Field(Sort.YES_NO, _online),
        "link": Field(Sort.WORD, lambda row: row.thing.link.value),
        "since": Field(Sort.MOMENT, _own("since")),
        "heard": Field(Sort.MOMENT, _own("heard")),
        "kw": Field(Sort.NUMBER, _scaled("power_w")),
        "kwh": Field(Sort.NUMBER, _scaled("energy_wh")),
        "soc": Field(Sort.NUMBER, _own("soc_pct")),
        "max": Field(Sort.NUMBER, _scaled("max_power_w")),
        "token": Field(Sort.TOKEN, _token),
        "session": Field(Sort.YES_NO, lambda row: row.thing.session is not None),
        "alarm": Field(Sort.SEVERITY, _own("alarm_severity")),
        "code": Field(Sort.TEXT, _codes),
        "conflict": Field(Sort.YES_NO, _own("conflict")),
        "service": Field(Sort.WORD, lambda row: row.thing.service.value),
        "type": Field(Sort.TEXT, _own("connector_type")),
    },
    Subject.STATION: {
        "station": Field(Sort.NAME, _own("id")),
        **_PLACE,
        "model": Field(Sort.TEXT, _own("model")),
        "vendor": Field(Sort.TEXT, _own("vendor")),
        "serial": Field(Sort.TEXT, _own("serial")),
        "fw": Field(Sort.VERSION, _own("firmware")),
        "ocpp": Field(Sort.VERSION, _pinned),
        "online": Field(Sort.YES_NO, _online),
        "link": Field(Sort.WORD, lambda row: row.thing.link.value),
        "state": Field(Sort.WORD, lambda row: (row.thing.link.value, row.thing.state)),
        "boot": Field(Sort.WORD, lambda row: row.thing.boot_status.value),
        "admission": Field(Sort.WORD, lambda row: row.thing.admission.value),
        "since": Field(Sort.MOMENT, _own("link_since")),
        "heard": Field(Sort.MOMENT, _own("last_heard")),
        "booted": Field(Sort.MOMENT, _own("booted")),
        "address": Field(Sort.TEXT, _own("address")),
        "code": Field(Sort.TEXT, _codes),
        "current": Field(Sort.WORD, _own("current")),
        "quirk": Field(Sort.TEXT, lambda row: tuple(row.thing.quirks)),
        "note": Field(Sort.TEXT, _own("note")),
    },
    Subject.SESSION: {
        "state": Field(Sort.WORD, lambda row: (row.thing.state.value, row.thing.charging_state)),
        "outlet": Field(Sort.NAME, _place_names),
        **_PLACE,
        **_STATION,
        "token": Field(Sort.TOKEN, _token),
        "id": Field(Sort.WORD, _own("id")),
        "transaction": Field(Sort.TEXT, _own("transaction_id")),
        "started": Field(Sort.MOMENT, _own("started")),
        "since": Field(Sort.MOMENT, _own("started")),
        "ended": Field(Sort.MOMENT, _own("ended")),
        "duration": Field(Sort.MOMENT, _own("duration_s")),
        "kw": Field(Sort.NUMBER, _scaled("power_w")),
        "kwh": Field(Sort.NUMBER, _scaled("energy_wh")),
        "soc": Field(Sort.NUMBER, _own("soc_pct")),
        "reason": Field(Sort.TEXT, lambda row: row.thing.stop_reason or ""),
        "flag": Field(Sort.WORD, _own("flags")),
    },
    Subject.ALARM: {
        "alarm": Field(Sort.SEVERITY, _own("severity")),
        "severity": Field(Sort.SEVERITY, _own("severity")),
        "state": Field(Sort.WORD, lambda row: row.thing.state.value),
        "rule": Field(Sort.WORD, _own("rule")),
        "code": Field(Sort.TEXT, lambda row: (row.thing.code, row.thing.vendor_code)),
        "source": Field(Sort.NAME, lambda row: (row.thing.source, row.thing.label)),
        "outlet": Field(Sort.NAME, lambda row: (row.thing.source, row.thing.label)),
        **_PLACE,
        **_STATION,
        "station": Field(Sort.NAME, lambda row: row.thing.station or ""),
        "owned": Field(Sort.YES_NO, lambda row: row.thing.owner is not None),
        "by": Field(Sort.TEXT, lambda row: row.thing.owner or ""),
        "active": Field(Sort.YES_NO, _own("active")),
        "since": Field(Sort.MOMENT, _own("since")),
        "raised": Field(Sort.MOMENT, _own("raised")),
        "count": Field(Sort.NUMBER, _own("count")),
        "flag": Field(Sort.WORD, _own("flags")),
    },
    Subject.OPERATION: {
        "operation": Field(Sort.WORD, _own("operation")),
        "state": Field(Sort.WORD, lambda row: row.thing.state.value),
        "target": Field(Sort.NAME, _own("target")),
        "outlet": Field(Sort.NAME, lambda row: row.thing.outlet or ""),
        **_PLACE,
        **_STATION,
        "by": Field(Sort.TEXT, _own("requested_by")),
        "reason": Field(Sort.TEXT, _own("reason")),
        "answer": Field(Sort.TEXT, lambda row: row.thing.answer or ""),
        "running": Field(Sort.YES_NO, lambda row: not row.thing.state.ended),
        "since": Field(Sort.MOMENT, _time("requested")),
        "ended": Field(Sort.MOMENT, _time("ended")),
    },
    Subject.SITE: {
        "site": Field(Sort.TEXT, lambda row: (row.thing.id, row.thing.name)),
        "town": Field(Sort.TEXT, _own("town")),
        "owner": Field(Sort.TEXT, _own("owner")),
        "address": Field(Sort.TEXT, _own("address")),
        "kw": Field(Sort.NUMBER, _scaled("power_w")),
        "capacity": Field(Sort.NUMBER, _scaled("capacity_w")),
        "outlets": Field(Sort.NUMBER, _own("outlets")),
        "stations": Field(Sort.NUMBER, _own("stations")),
    },
    Subject.FRAME: {
        "action": Field(Sort.TEXT, _own("action")),
        "from": Field(Sort.WORD, lambda row: "us" if row.thing.direction == "out" else "station"),
        "id": Field(Sort.TEXT, _own("message_id")),
        "by": Field(Sort.TEXT, lambda row: row.thing.requested_by or ""),
        "ms": Field(Sort.NUMBER, _own("latency_ms")),
        "error": Field(Sort.YES_NO, lambda row: row.thing.kind == 4),
        "odd": Field(Sort.YES_NO, lambda row: bool(row.thing.deviations)),
        "at": Field(Sort.MOMENT, _own("received")),
    },
    Subject.TOKEN: {
        "token": Field(Sort.TOKEN, _token),
        "status": Field(Sort.WORD, _own("status")),
        "state": Field(Sort.WORD, _own("status")),
        "group": Field(Sort.TEXT, lambda row: row.thing.group or ""),
        "label": Field(Sort.TEXT, _own("label")),
        "expires": Field(Sort.MOMENT, _own("expires")),
    },
}

ALIASES = {
    "firmware": "fw",
    "power": "kw",
    "energy": "kwh",
    "severity": "alarm",
    "sev": "alarm",
    "id_token": "token",
    "card": "token",
    "evse": "outlet",
    "label": "outlet",
    "sticker": "outlet",
    "version": "ocpp",
    "activity": "state",
    "error": "code",
    "fault": "code",
    "op": "operation",
    "who": "by",
    "owner": "by",
    "at": "since",
}
"""Other names, where the subject has no field of that name itself."""


def field_of(subject: Subject, name: str) -> tuple[str, Field] | None:
    """The field called `name`, by its own name or another."""
    fields = FIELDS[subject]
    if name in fields:
        return name, fields[name]
    other = ALIASES.get(name, "")
    return (other, fields[other]) if other in fields else None
