"""Traits of a model or of a single station: what we do differently for it, learned or set by a person."""

from __future__ import annotations

import re
from datetime import timedelta, timezone, tzinfo
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

from backend.model.clock import Instant
from backend.model.errors import Invalid
from backend.model.sanitise import clean
from backend.model.words import Version
from backend.text import t

LEARNED_FROM = 3
"""A trait that so many stations of a model have shown is taken to be the model's."""
MOST_PHANTOMS = 16
_OFFSET = re.compile(r"([+-])(\d{2}):(\d{2})")
_NUMBERS = {"ping_s": (5.0, 3600.0), "settle_s": (0.0, 600.0)}
_SWITCH = {"on": "on", "yes": "on", "true": "on", "off": "off", "no": "off", "false": "off"}


class Trait(StrEnum):
    """What can be different."""

    PING = "ping"
    """`off`: it answers no pings, and the age of its messages tells whether it is there; `on`: it does."""
    PING_S = "ping_s"
    """It is pinged no more often than that."""
    SETTLE_S = "settle_s"
    """No call in that time after its boot (or after it connects and says nothing)."""
    ASSUME_VERSION = "assume_version"
    """What it speaks when it offers no subprotocol that we know."""
    PIN_VERSION = "pin_version"
    """What is spoken with it, whatever it offers."""
    HEX_KEY = "hex_key"
    """`on`: it sends the hexadecimal text of its key as password, not the bytes."""
    CLOCK_ZONE = "clock_zone"
    """Its times are local: `Europe/Stockholm`, or `+02:00`."""
    PHANTOM_CONNECTORS = "phantom_connectors"
    """It reports connectors that it does not have: `2` or `2,3`."""


class Source(StrEnum):
    """Where an entry comes from."""

    SET = "set"
    LEARNED = "learned"
    REFUSED = "refused"
    """A person said no: it is not in force, and not learned again."""


class Quirk(Struct, frozen=True, kw_only=True):
    """One trait of a station, or of a vendor's model; an empty model is all of the vendor's."""

    trait: Trait
    value: str = ""
    station: str = ""
    vendor: str = ""
    model: str = ""
    firmware: str = ""
    """What its firmware begins with; empty is any."""
    source: Source = Source.SET
    by: str = ""
    """Who set or refused it."""
    at: Instant = 0.0
    stations: tuple[str, ...] = ()
    """Learned: who showed it; it counts for these, from LEARNED_FROM on for all of the model."""

    @property
    def subject(self) -> str:
        """What it is about, as a key."""
        return subject_key(self.station, self.vendor, self.model, self.firmware)

    @property
    def counts_for_all(self) -> bool:
        """Whether it is in force wherever it fits."""
        return self.source is not Source.LEARNED or len(self.stations) >= LEARNED_FROM or bool(self.station)


class Traits(Struct, frozen=True, kw_only=True):
    """What is in force for one station."""

    ping: bool | None = None
    ping_s: float = 0.0
    settle_s: float = 0.0
    assume_version: Version | None = None
    pin_version: Version | None = None
    hex_key: bool = False
    clock_zone: str = ""
    phantom_connectors: tuple[int, ...] = ()


NO_TRAITS = Traits()


def subject_key(station: str, vendor: str, model: str, firmware: str) -> str:
    """The key of a station or of a model, without case."""
    if station:
        return f"station\t{station}".casefold()
    return f"model\t{vendor}\t{model}\t{firmware}".casefold()


def version_named(offered: str) -> str:
    """The version that a subprotocol header which we cannot take looks like; 1.6 where it looks like none."""
    found = (version.value for version in (Version.V21, Version.V201, Version.V16) if version.value in offered)
    return next(found, Version.V201.value if "2.0" in offered else Version.V16.value)


def read_value(trait: Trait, text: str) -> str:
    """`text` as the value of a trait, in its one spelling.

    Raises:
        Invalid: it is none.
    """
    text = clean(text.strip(), 64)
    value = _value(trait, text)
    if value is None:
        raise Invalid("bad_quirk", t("{value!r} is no value of {trait}.", value=text, trait=trait.value), _hint(trait))
    return value


def zone_of(text: str) -> tzinfo | None:
    """The time zone that a CLOCK_ZONE names; None: none."""
    found = _OFFSET.fullmatch(text)
    if found is not None:
        minutes = int(found.group(2)) * 60 + int(found.group(3))
        if minutes >= 24 * 60:
            return None
        return timezone(timedelta(minutes=-minutes if found.group(1) == "-" else minutes))
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def traits_of(values: dict[Trait, str]) -> Traits:
    """The values in force, typed. All of them have passed `read_value`."""
    if not values:
        return NO_TRAITS
    get = values.get
    assumed, pinned = get(Trait.ASSUME_VERSION), get(Trait.PIN_VERSION)
    ping = get(Trait.PING)
    phantoms = get(Trait.PHANTOM_CONNECTORS, "")
    return Traits(
        ping=None if ping is None else ping == "on",
        ping_s=float(get(Trait.PING_S, 0.0)),
        settle_s=float(get(Trait.SETTLE_S, 0.0)),
        assume_version=Version(assumed) if assumed else None,
        pin_version=Version(pinned) if pinned else None,
        hex_key=get(Trait.HEX_KEY) == "on",
        clock_zone=get(Trait.CLOCK_ZONE, ""),
        phantom_connectors=tuple(int(part) for part in phantoms.split(",") if part),
    )


def _value(trait: Trait, text: str) -> str | None:
    if trait in (Trait.PING, Trait.HEX_KEY):
        return _SWITCH.get(text.casefold())
    if trait in (Trait.ASSUME_VERSION, Trait.PIN_VERSION):
        return text if text in {version.value for version in Version} else None
    if trait is Trait.CLOCK_ZONE:
        return text if text and zone_of(text) is not None else None
    if trait is Trait.PHANTOM_CONNECTORS:
        return _connectors(text)
    least, most = _NUMBERS[trait.value]
    try:
        number = float(text)
    except ValueError:
        return None
    return f"{number:g}" if least <= number <= most else None


def _connectors(text: str) -> str | None:
    parts = [part.strip() for part in text.split(",")]
    if not 0 < len(parts) <= MOST_PHANTOMS or not all(part.isascii() and part.isdigit() for part in parts):
        return None
    numbers = sorted({int(part) for part in parts})
    return ",".join(map(str, numbers)) if numbers[0] > 0 and numbers[-1] < 1000 else None


def _hint(trait: Trait) -> str:
    if trait in (Trait.PING, Trait.HEX_KEY):
        return t("Write on or off.")
    if trait in (Trait.ASSUME_VERSION, Trait.PIN_VERSION):
        return t("There are: {versions}.", versions=", ".join(Version))
    if trait is Trait.CLOCK_ZONE:
        return t("Write a time zone such as Europe/Stockholm, or +02:00.")
    if trait is Trait.PHANTOM_CONNECTORS:
        return t("Write the numbers of the connectors that do not exist, such as 2,3.")
    least, most = _NUMBERS[trait.value]
    return t("Write seconds, {least:g} to {most:g}.", least=least, most=most)
