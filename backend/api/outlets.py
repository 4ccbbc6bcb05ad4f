"""Outlets: list, one, register."""

# ruff: noqa: A002 - `filter` is the word of the API

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from litestar import Request, delete, get, patch, post, put
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.response import Stream
from msgspec import UNSET

from backend.api import outlet_view
from backend.api.changes import find_outlet, outlet_entry, record
from backend.api.pace import Work
from backend.api.rights import person_of
from backend.api.routing import (
    FAILS,
    Surroundings,
    house_of,
    lists,
    needs,
    read_filter,
    read_limit,
    stream,
    up_to,
)
from backend.model.errors import Conflict, Invalid, Unknown
from backend.model.filter import Filter, Subject
from backend.model.outlet_id import OutletId
from backend.model.requests import OutletChange
from backend.model.resources import OutletResource
from backend.model.words import Right
from backend.text import t

if TYPE_CHECKING:
    from backend.api.house import House

Asked = Request[Any, Any, Any]


@get("/v1/outlets", opt=needs(Right.READ), responses={**lists(OutletResource), **FAILS})
async def list_outlets(
    request: Asked, filter: FromQuery[str] = "", limit: FromQuery[int] = 0, after: FromQuery[str] = ""
) -> Stream:
    """All outlets by station and EVSE number."""
    house = house_of(request)
    chosen = read_filter(filter, Subject.OUTLET)
    place = await find_outlet(house.register, after) if after else None
    return await stream(up_to(outlet_rows(house, chosen, place), read_limit(limit)))


async def outlet_rows(house: House, chosen: Filter, after: OutletId | None = None) -> AsyncIterator[OutletResource]:
    """Those that pass, by station and number."""
    now = house.clock.now()
    around = Surroundings(house)
    known = house.feed.known
    work = Work()
    for name in house.feed.names_from("" if after is None else after.station):
        live = house.views.live(name)
        if live is None:
            continue
        for evse in known.get(name, ()):
            if after is not None and (name, evse) <= (after.station, after.evse):
                continue
            if work.spent:
                await work.rest()
            outlet = outlet_view.outlet(house, live, evse)
            if not chosen or chosen.matches_outlet(outlet, around.site(outlet.site), around.station(name), now):
                yield outlet


def known_outlet(house: House, name: OutletId) -> OutletResource:
    """The outlet of that name.

    Raises:
        Unknown: there is none.
    """
    live = house.views.live(name.station)
    if live is None or name.evse not in house.views.evses(live):
        raise Unknown(
            "unknown_outlet",
            t("There is no outlet {name!r}.", name=str(name)),
            t("`noc outlet list` names those there are."),
        )
    return outlet_view.outlet(house, live, name.evse)


@get("/v1/outlets/{name:str}", opt=needs(Right.READ), responses=FAILS)
async def get_outlet(request: Asked, name: FromPath[str]) -> OutletResource:
    """One outlet: by `STATION:EVSE`, its EVSE-ID or its sticker number."""
    house = house_of(request)
    return known_outlet(house, await find_outlet(house.register, name))


@post("/v1/outlets", opt=needs(Right.REGISTER), responses=FAILS)
async def add_outlet(request: Asked, data: JSONBody[OutletChange]) -> OutletResource:
    """Register an outlet of a station."""
    house = house_of(request)
    name = await _named(house, "" if data.outlet is UNSET else data.outlet)
    if house.register.outlet(name.station, name.evse) is not None:
        raise Conflict(
            "outlet_exists",
            t("There is an outlet {name} already.", name=name),
            t("Change it with `noc outlet set`."),
        )
    return _put(house, request, name, data, "outlet added")


@put("/v1/outlets/{name:str}", opt=needs(Right.REGISTER), responses=FAILS)
async def put_outlet(request: Asked, name: FromPath[str], data: JSONBody[OutletChange]) -> OutletResource:
    """Register an outlet, or change its entry."""
    house = house_of(request)
    return _put(house, request, await _named(house, name), data, "outlet changed")


@patch("/v1/outlets/{name:str}", opt=needs(Right.REGISTER), responses=FAILS)
async def change_outlet(request: Asked, name: FromPath[str], data: JSONBody[OutletChange]) -> OutletResource:
    """Change an outlet's entry."""
    house = house_of(request)
    found = await find_outlet(house.register, name)
    known_outlet(house, found)
    return _put(house, request, found, data, "outlet changed")


@delete("/v1/outlets/{name:str}", opt=needs(Right.REGISTER), status_code=200, responses=FAILS)
async def remove_outlet(request: Asked, name: FromPath[str]) -> None:
    """Take an outlet out of the register."""
    house = house_of(request)
    found = await find_outlet(house.register, name)
    house.register.remove("outlet", (found.station, found.evse))
    record(house, person_of(request), "outlet removed", str(found))


async def _named(house: House, name: str) -> OutletId:
    """An outlet that need not be registered yet."""
    found = await find_outlet(house.register, name)
    if found.evse < 1:
        raise Invalid("bad_outlet", t("EVSE numbers begin with 1."), t("0 is the station itself."))
    return found


def _put(house: House, request: Asked, name: OutletId, data: OutletChange, what: str) -> OutletResource:
    entry = house.register.put_outlet(outlet_entry(house.register, name, data))
    record(house, person_of(request), what, str(name), data)
    return known_outlet(house, OutletId(entry.station, entry.evse))
