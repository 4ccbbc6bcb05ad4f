"""From what clients send to entries of the register: unset fields stay, text is cleaned, every change is audited."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET, Struct
from msgspec.structs import replace

from backend.api.people import Person
from backend.model.errors import Invalid, Unknown
from backend.model.mask import mask_token
from backend.model.operation import AuditEntry
from backend.model.outlet_id import OutletId, parse_outlet
from backend.model.register import OutletEntry, SiteEntry, StationEntry, TokenEntry
from backend.model.requests import OutletChange, SiteChange, StationChange, TokenChange
from backend.model.sanitise import clean
from backend.model.secrets import hidden, without_secrets
from backend.model.words import Version
from backend.text import t

if TYPE_CHECKING:
    from backend.api.house import House
    from backend.register.register import Register

MOST_PROFILE = 3
_CURRENTS = ("", "AC", "DC")

log = logging.getLogger(__name__)


def given(change: Struct, leave_out: str) -> dict[str, Any]:
    """The fields that were given, text cleaned."""
    fields: dict[str, Any] = {}
    for name in change.__struct_fields__:
        value = getattr(change, name)
        if value is not UNSET and name != leave_out:
            fields[name] = clean(value) if type(value) is str else value
    return fields


def site_entry(register: Register, name: str, change: SiteChange) -> SiteEntry:
    """The entry of a site after `change`; a new one's name is its id unless given."""
    fields = given(change, "id")
    before = register.site(name)
    if before is not None:
        return replace(before, **fields)
    return SiteEntry(**{"id": name, "name": name, **fields})


def station_entry(register: Register, name: str, change: StationChange) -> StationEntry:
    """The entry of a station after `change`.

    Raises:
        Invalid: a version, current or security profile that there is not.
    """
    fields = given(change, "id")
    pinned = fields.get("pinned_version")
    if pinned:
        try:
            fields["pinned_version"] = Version(pinned)
        except ValueError:
            raise Invalid(
                "bad_version",
                t("{version!r} is no OCPP version.", version=pinned),
                t("There are: {versions}.", versions=", ".join(Version)),
            ) from None
    elif "pinned_version" in fields:
        fields["pinned_version"] = None
    if "current" in fields:
        fields["current"] = fields["current"].upper()
        if fields["current"] not in _CURRENTS:
            raise Invalid("bad_current", t("{current!r} is neither AC nor DC.", current=fields["current"]))
    if not 0 <= fields.get("least_profile", 0) <= MOST_PROFILE:
        raise Invalid(
            "bad_profile",
            t("{profile} is no security profile.", profile=fields["least_profile"]),
            t("Write 0 to 3."),
        )
    before = register.station(name)
    return replace(before, **fields) if before is not None else StationEntry(id=name, **fields)


async def find_outlet(register: Register, name: str) -> OutletId:
    """The outlet that `STATION:EVSE`, an EVSE-ID or a sticker number names.

    Raises:
        Unknown: none, or more than one.
    """
    try:
        readings = parse_outlet(name)
    except ValueError:
        readings = ()
    for found in readings:
        station = register.station(found.station)
        if station is not None:
            return OutletId(station.id, found.evse)
    if readings:
        return OutletId(readings[-1].station, readings[-1].evse)
    entry = register.outlet_by_evse_id(name)
    if entry is not None:
        return OutletId(entry.station, entry.evse)
    labelled = register.outlets_by_label(name)
    if len(labelled) == 1:
        return OutletId(labelled[0].station, labelled[0].evse)
    raise Unknown(
        "unknown_outlet",
        t("There is no outlet {name!r}.", name=name[:255])
        if not labelled
        else t("{n} outlets have the number {name!r}.", n=len(labelled), name=name[:255]),
        t("Write STATION:EVSE; `noc outlet list` names those there are."),
    )


def outlet_entry(register: Register, name: OutletId, change: OutletChange) -> OutletEntry:
    """The entry of an outlet after `change`."""
    fields = given(change, "outlet")
    since = fields.get("in_service_since")
    if since is not None:
        fields["in_service_since"] = since.timestamp()
    before = register.outlet(name.station, name.evse)
    if before is not None:
        return replace(before, **fields)
    return OutletEntry(station=name.station, evse=name.evse, **fields)


def token_entry(register: Register, name: str, change: TokenChange) -> TokenEntry:
    """The entry of a token after `change`."""
    fields = given(change, "token")
    expires = fields.get("expires")
    if expires is not None:
        fields["expires"] = expires.timestamp()
    before = register.token(name)
    return replace(before, **fields) if before is not None else TokenEntry(token=name, **fields)


def record(
    house: House, person: Person, what: str, target: str, change: Struct | None = None, reason: str = ""
) -> None:
    """Write into the audit who did what. A token stands there masked."""
    result = ""
    if change is not None:
        shown = {key: value for key, value in msgspec.to_builtins(change).items() if key not in ("token", "group")}
        result = msgspec.json.encode(hidden(shown)).decode()[:500]
    if what.startswith("token"):
        target = mask_token(target) or ""
    log.info("%s: %s %s", person.name, what, target, extra={"event": "audit", "who": person.name, "what": what})
    house.store.audit(
        AuditEntry(
            at=house.clock.now(),
            who=person.name,
            what=what,
            target=clean(target),
            reason=without_secrets(clean(reason)),
            result=result,
        )
    )
