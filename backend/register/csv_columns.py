"""The columns of an import, and how one cell becomes a value.

Every parser takes the cell's text, already sanitised and stripped and not empty, and returns the value or raises
ValueError with the reason.
"""

from __future__ import annotations

import math
import zoneinfo
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache, lru_cache
from typing import Any, TypeVar

from msgspec import Struct

from backend.model.register import OutletEntry, SiteEntry, StationEntry, TokenEntry
from backend.model.words import Admission, Service, TokenStatus, Version
from backend.register.formats import MAX_STICKER, normalise_evse_id
from backend.text import t

MAX_ID = 255
MAX_TEXT = 255
MAX_EVSE = 9_999
_FORMULA = "=@"
_SIGN = "+-"
_E = TypeVar("_E", bound=StrEnum)


class Column(Struct, frozen=True):
    """One column: the field it fills, and how it is read."""

    name: str
    field: str
    parse: Callable[[str], Any]


class Kind(Struct, frozen=True):
    """One kind of row."""

    name: str
    entry: type[SiteEntry] | type[StationEntry] | type[OutletEntry] | type[TokenEntry]
    key: tuple[str, ...]
    """The columns that name the thing; never empty."""
    needed: tuple[str, ...]
    """Further columns that a new thing cannot do without."""
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names."""
        return tuple(column.name for column in self.columns)


def _ident(text: str) -> str:
    """An id, label or number: kept exactly, so what a spreadsheet would run is refused."""
    if text[0] in _FORMULA or (text[0] in _SIGN and not text[1:2].isdigit()):
        raise ValueError(t("begins like a spreadsheet formula"))
    if len(text) > MAX_ID:
        raise ValueError(t("is longer than {n} characters", n=MAX_ID))
    return text


def _station(text: str) -> str:
    if "/" in text:
        raise ValueError(t("a station id holds no /"))
    return _ident(text)


def _sticker(text: str) -> str:
    if len(text) > MAX_STICKER:
        raise ValueError(t("is longer than {n} characters", n=MAX_STICKER))
    return _ident(text)


def _prose(text: str) -> str:
    """Free text: what would make it a formula is taken off its front."""
    while text and (text[0] in _FORMULA or (text[0] in _SIGN and text[1:2].isalpha())):
        text = text[1:].lstrip()
    if len(text) > MAX_TEXT:
        raise ValueError(t("is longer than {n} characters", n=MAX_TEXT))
    return text


def _evse(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= MAX_EVSE:
        raise ValueError(t("is no EVSE number; write 1 to {n}", n=MAX_EVSE))
    return int(text)


def _outlet(text: str) -> tuple[str, int]:
    station, _, evse = text.rpartition(":")
    if not station:
        raise ValueError(t("is no outlet; write STATION:EVSE"))
    return _station(station), _evse(evse)


def _number(low: float, high: float) -> Callable[[str], float]:
    def parse(text: str) -> float:
        try:
            value = float(text.replace(",", ".") if "." not in text else text)
        except ValueError:
            raise ValueError(t("is no number")) from None
        if not math.isfinite(value) or not low <= value <= high:
            raise ValueError(t("is not between {low} and {high}", low=f"{low:g}", high=f"{high:g}"))
        return value

    return parse


def _word(words: type[_E]) -> Callable[[str], _E]:
    by_name = {word.value.casefold(): word for word in words}

    def parse(text: str) -> _E:
        found = by_name.get(text.casefold())
        if found is None:
            raise ValueError(t("is none of {words}", words=", ".join(word.value for word in words)))
        return found

    return parse


_any_status = _word(TokenStatus)


def _token_status(text: str) -> TokenStatus:
    status = _any_status(text)
    if status is TokenStatus.CONCURRENT_TX:
        raise ValueError(t("is none of {words}", words="Accepted, Blocked, Expired, Invalid"))
    return status


def _current(text: str) -> str:
    if text.upper() not in ("AC", "DC"):
        raise ValueError(t("is none of {words}", words="AC, DC"))
    return text.upper()


def _profile(text: str) -> int:
    if text not in ("0", "1", "2", "3"):
        raise ValueError(t("is no security profile; write 0 to 3"))
    return int(text)


@cache
def _time_zone(text: str) -> str:
    try:
        zoneinfo.ZoneInfo(text)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        raise ValueError(t("is no time zone; one looks like Europe/Stockholm")) from None
    return text


@lru_cache(maxsize=1_024)
def _moment(text: str, *, whole_day: bool) -> float:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(t("is no date or time; one looks like 2026-12-31 or 2026-12-31T18:00:00Z")) from None
    if found.tzinfo is None:
        found = found.replace(tzinfo=UTC)
    if whole_day and len(text) <= len("2026-12-31"):
        found += timedelta(days=1)
    return found.timestamp()


def _since(text: str) -> float:
    return _moment(text, whole_day=False)


def _until(text: str) -> float:
    return _moment(text, whole_day=True)


SITES = Kind(
    "site",
    SiteEntry,
    ("site",),
    ("name",),
    (
        Column("site", "id", _ident),
        Column("name", "name", _prose),
        Column("address", "address", _prose),
        Column("town", "town", _prose),
        Column("owner", "owner", _prose),
        Column("capacity_kw", "capacity_kw", _number(0, 1e6)),
        Column("latitude", "latitude", _number(-90, 90)),
        Column("longitude", "longitude", _number(-180, 180)),
        Column("time_zone", "time_zone", _time_zone),
    ),
)
STATIONS = Kind(
    "station",
    StationEntry,
    ("station",),
    (),
    (
        Column("station", "id", _station),
        Column("site", "site", _ident),
        Column("admission", "admission", _word(Admission)),
        Column("version", "pinned_version", _word(Version)),
        Column("current", "current", _current),
        Column("least_profile", "least_profile", _profile),
        Column("serial", "serial", _ident),
        Column("note", "note", _prose),
    ),
)
OUTLETS = Kind(
    "outlet",
    OutletEntry,
    ("station", "evse"),
    (),
    (
        Column("station", "station", _station),
        Column("evse", "evse", _evse),
        Column("label", "label", _sticker),
        Column("evse_id", "evse_id", normalise_evse_id),
        Column("place", "place", _prose),
        Column("max_power_kw", "max_power_kw", _number(0, 10_000)),
        Column("connector_type", "connector_type", _prose),
        Column("service", "service", _word(Service)),
        Column("in_service_since", "in_service_since", _since),
    ),
)
TOKENS = Kind(
    "token",
    TokenEntry,
    ("token",),
    (),
    (
        Column("token", "token", _ident),
        Column("status", "status", _token_status),
        Column("group", "group", _ident),
        Column("expires", "expires", _until),
        Column("label", "label", _sticker),
    ),
)
OUTLET = Column("outlet", "outlet", _outlet)
"""Station and EVSE in one, as `noc` and the screens write them."""
ID = "id"
"""The name of a thing that one column names, whatever its kind."""
KINDS = (SITES, STATIONS, OUTLETS, TOKENS)
"""In the order in which they are written: what is referred to comes first."""
ALIASES = {
    "sticker": "label",
    "evseid": "evse_id",
    "uid": "token",
    "id_token": "token",
    "parent": "group",
    "power_kw": "max_power_kw",
    "ocpp_version": "version",
}
"""Other names that columns go by."""
