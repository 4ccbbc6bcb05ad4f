"""Quirk profiles: what is done differently for a model or a station; list, set, refuse, remove, import."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litestar import Request, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec.structs import replace

from backend.api.changes import record
from backend.api.rights import person_of
from backend.api.routing import FAILS, house_of, lists, needs
from backend.api.stations import live_station
from backend.model.clock import as_datetime
from backend.model.errors import Invalid, NocError, Unknown
from backend.model.quirk import Quirk, Source, Trait
from backend.model.requests import QuirkChange, QuirkImport, QuirkRowProblem
from backend.model.resources import DeviationResource, QuirkResource, StationQuirks
from backend.model.words import Right
from backend.text import t

if TYPE_CHECKING:
    from backend.api.house import House

Asked = Request[Any, Any, Any]
MOST_ROWS = 2_000
MOST_BAD = 100


def quirk_resource(quirk: Quirk) -> QuirkResource:
    """An entry as it is shown."""
    return QuirkResource(
        trait=quirk.trait.value,
        value=quirk.value,
        station=quirk.station,
        vendor=quirk.vendor,
        model=quirk.model,
        firmware=quirk.firmware,
        source=quirk.source.value,
        by=quirk.by,
        at=as_datetime(quirk.at),
        stations=list(quirk.stations),
        for_all=quirk.counts_for_all,
    )


@get("/v1/quirks", opt=needs(Right.READ), responses={**lists(QuirkResource), **FAILS})
async def list_quirks(request: Asked) -> list[QuirkResource]:
    """All entries: models by name, then stations."""
    return [quirk_resource(quirk) for quirk in house_of(request).quirks.all()]


@get("/v1/stations/{name:str}/quirks", opt=needs(Right.READ), responses=FAILS)
async def get_station_quirks(request: Asked, name: FromPath[str]) -> StationQuirks:
    """What is in force for a station and why, and what was seen of it."""
    house = house_of(request)
    station = live_station(house, name)
    return StationQuirks(
        station=station.id,
        vendor=station.vendor,
        model=station.model,
        firmware=station.firmware,
        traits=[quirk_resource(quirk) for quirk in house.quirks.in_force(station.id)],
        seen=house.gateway.memories.quirks(station.id),
        deviations=[
            DeviationResource(
                name=one.name,
                count=one.count,
                first=as_datetime(one.first),
                last=as_datetime(one.last),
                example=one.example,
            )
            for one in sorted(house.gateway.memories.deviations(station.id), key=lambda one: -one.last)
        ],
    )


@put("/v1/quirks", opt=needs(Right.REGISTER), responses=FAILS)
async def put_quirk(request: Asked, data: JSONBody[QuirkChange]) -> QuirkResource:
    """Set a trait of a station or of a model; refuse it; or take the entry out, with a value of null."""
    house = house_of(request)
    quirk = house.quirks.checked(_asked(house, data, person_of(request).name))
    if data.value is None and not data.refused:
        found = house.quirks.find(quirk)
        if found is None or not house.quirks.remove(quirk):
            raise Unknown("unknown_quirk", t("There is no such entry."), t("`noc quirk list` names those there are."))
        record(house, person_of(request), "quirk removed", _target(quirk), data)
        return quirk_resource(found)
    made = house.quirks.put(quirk)
    record(house, person_of(request), "quirk refused" if data.refused else "quirk set", _target(quirk), data)
    return quirk_resource(made)


@post("/v1/quirks/import", opt=needs(Right.REGISTER), status_code=200, responses=FAILS)
async def import_quirks(
    request: Asked, data: JSONBody[list[QuirkChange]], dry_run: FromQuery[bool] = False
) -> QuirkImport:
    """Set many: all of them, or none when one is bad."""
    house, who = house_of(request), person_of(request)
    if len(data) > MOST_ROWS:
        raise Invalid("too_many_rows", t("At most {n} rows at once.", n=MOST_ROWS))
    report = QuirkImport(dry_run=dry_run, rows=len(data))
    wanted: list[Quirk] = []
    for row, change in enumerate(data, 1):
        try:
            wanted.append(house.quirks.checked(_asked(house, change, who.name)))
        except NocError as error:
            report.bad_rows += 1
            if len(report.bad) < MOST_BAD:
                report.bad.append(QuirkRowProblem(row=row, why=error.message))
    for quirk in wanted:
        held = house.quirks.find(quirk)
        if held is None:
            report.new += 1
        elif (held.value, held.source) != (quirk.value, quirk.source):
            report.changed += 1
        else:
            report.unchanged += 1
            continue
        if not dry_run and not report.bad_rows:
            house.quirks.put(quirk)
            report.written += 1
    if report.written:
        record(house, who, "quirks imported", t("{n} rows", n=report.written))
    return report


def _asked(house: House, change: QuirkChange, who: str) -> Quirk:
    """What a client sent as an entry; a station in its registered form.

    Raises:
        Invalid: no such trait.
    """
    try:
        trait = Trait(change.trait)
    except ValueError:
        raise Invalid(
            "unknown_trait",
            t("There is no trait {name!r}.", name=change.trait[:64]),
            t("There are: {names}.", names=", ".join(Trait)),
        ) from None
    source = Source.REFUSED if change.refused or change.value is None else Source.SET
    quirk = Quirk(
        trait=trait,
        value="" if source is Source.REFUSED else change.value or "",
        station=change.station,
        vendor=change.vendor,
        model=change.model,
        firmware=change.firmware,
        source=source,
        by=who,
    )
    return replace(quirk, station=live_station(house, quirk.station).id) if quirk.station else quirk


def _target(quirk: Quirk) -> str:
    return quirk.station or " ".join(part for part in (quirk.vendor, quirk.model, quirk.firmware) if part)
