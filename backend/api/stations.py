"""Stations: list, one, register, accept, block, and what was noted about them."""

# ruff: noqa: A002 - `filter` is the word of the API

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import msgspec
from litestar import Request, delete, get, patch, post, put
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.response import Stream
from msgspec import UNSET

from backend.api.changes import record, station_entry
from backend.api.pace import sliced
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
from backend.model.clock import as_datetime
from backend.model.errors import Conflict, Unknown
from backend.model.filter import Filter, Subject
from backend.model.requests import StationChange
from backend.model.resources import LinkEntryResource, NoticeResource, StationResource
from backend.model.words import Right
from backend.text import t

if TYPE_CHECKING:
    from backend.api.house import House
    from backend.model.station import Station

Asked = Request[Any, Any, Any]
MOST_LINES = 10_000


def live_station(house: House, name: str) -> Station:
    """The station of that id.

    Raises:
        Unknown: there is none.
    """
    found = house.views.live(name)
    if found is None:
        raise Unknown(
            "unknown_station",
            t("There is no station {name!r}.", name=name[:255]),
            t("`noc station list` names those there are."),
        )
    return found


@get("/v1/stations", opt=needs(Right.READ), responses={**lists(StationResource), **FAILS})
async def list_stations(
    request: Asked, filter: FromQuery[str] = "", limit: FromQuery[int] = 0, after: FromQuery[str] = ""
) -> Stream:
    """All stations by id, pending and blocked ones too."""
    house = house_of(request)
    return await stream(up_to(_stations(house, read_filter(filter, Subject.STATION), after), read_limit(limit)))


async def _stations(house: House, chosen: Filter, after: str) -> AsyncIterator[StationResource]:
    now = house.clock.now()
    around = Surroundings(house)
    async for name in sliced(house.feed.names_from(after)):
        if name == after:
            continue
        live = house.views.live(name)
        if live is None:
            continue
        station = house.views.station(live)
        if chosen.matches_station(station, around.site(station.site), now):
            yield station


@get("/v1/pending", opt=needs(Right.READ), responses={**lists(StationResource), **FAILS})
async def list_pending(request: Asked) -> Stream:
    """Stations that wait to be accepted, the longest waiting first."""
    house = house_of(request)

    async def rows() -> AsyncIterator[StationResource]:
        async for entry in sliced(house.register.pending()):
            live = house.views.live(entry.id)
            if live is not None:
                yield house.views.station(live)

    return await stream(rows())


@get("/v1/stations/{name:str}", opt=needs(Right.READ), responses=FAILS)
async def get_station(request: Asked, name: FromPath[str]) -> StationResource:
    """One station."""
    house = house_of(request)
    return house.views.station(live_station(house, name))


@post("/v1/stations", opt=needs(Right.REGISTER), responses=FAILS)
async def add_station(request: Asked, data: JSONBody[StationChange]) -> StationResource:
    """Register a station; it is accepted unless said otherwise."""
    house = house_of(request)
    name = "" if data.id is UNSET else data.id
    if house.register.station(name) is not None:
        raise Conflict(
            "station_exists",
            t("There is a station {name!r} already.", name=name),
            t("Change it with `noc station set`."),
        )
    return _put(house, request, name, data, "station added")


@put("/v1/stations/{name:str}", opt=needs(Right.REGISTER), responses=FAILS)
async def put_station(request: Asked, name: FromPath[str], data: JSONBody[StationChange]) -> StationResource:
    """Register a station, or change its entry."""
    return _put(house_of(request), request, name, data, "station changed")


@patch("/v1/stations/{name:str}", opt=needs(Right.REGISTER), responses=FAILS)
async def change_station(request: Asked, name: FromPath[str], data: JSONBody[StationChange]) -> StationResource:
    """Change a station's entry."""
    house = house_of(request)
    live_station(house, name)
    return _put(house, request, name, data, "station changed")


def _put(house: House, request: Asked, name: str, data: StationChange, what: str) -> StationResource:
    entry = house.register.put_station(station_entry(house.register, name, data))
    record(house, person_of(request), what, entry.id, data)
    return house.views.station(live_station(house, entry.id))


@delete("/v1/stations/{name:str}", opt=needs(Right.REGISTER), status_code=200, responses=FAILS)
async def remove_station(request: Asked, name: FromPath[str]) -> None:
    """Take a station out of the register; its history stays."""
    house = house_of(request)
    house.register.remove("station", name)
    record(house, person_of(request), "station removed", name)


@post("/v1/stations/{name:str}/accept", opt=needs(Right.REGISTER), status_code=200, responses=FAILS)
async def accept_station(request: Asked, name: FromPath[str]) -> StationResource:
    """Let a station in; the body may hold changes of its entry (its site)."""
    house = house_of(request)
    live_station(house, name)
    body = await request.body()
    if body:
        house.register.put_station(station_entry(house.register, name, msgspec.json.decode(body, type=StationChange)))
    entry = house.register.accept(name, house.clock.now())
    record(house, person_of(request), "station accepted", entry.id)
    return house.views.station(live_station(house, entry.id))


@post("/v1/stations/{name:str}/block", opt=needs(Right.REGISTER), status_code=200, responses=FAILS)
async def block_station(request: Asked, name: FromPath[str]) -> StationResource:
    """Keep a station out; a live connection is closed."""
    house = house_of(request)
    live_station(house, name)
    entry = house.register.block(name)
    house.gateway.close(entry.id, "blocked")
    record(house, person_of(request), "station blocked", entry.id)
    return house.views.station(live_station(house, entry.id))


@get("/v1/stations/{name:str}/notices", opt=needs(Right.READ), responses={**lists(NoticeResource), **FAILS})
async def list_notices(request: Asked, name: FromPath[str], limit: FromQuery[int] = 200) -> list[NoticeResource]:
    """Messages that were kept and changed no state, newest first."""
    house = house_of(request)
    station = live_station(house, name)
    rows = await house.store.notices(station.id, limit=min(read_limit(limit), MOST_LINES))
    return [
        NoticeResource(station=row.station, at=as_datetime(row.at), action=row.action, text=row.text, data=row.data)
        for row in rows
    ]


@get("/v1/stations/{name:str}/links", opt=needs(Right.READ), responses={**lists(LinkEntryResource), **FAILS})
async def list_links(request: Asked, name: FromPath[str], limit: FromQuery[int] = 200) -> list[LinkEntryResource]:
    """The history of the connection, newest first."""
    house = house_of(request)
    station = live_station(house, name)
    rows = await house.store.link_history(station.id, limit=min(read_limit(limit), MOST_LINES))
    return [LinkEntryResource(at=as_datetime(row.at), link=row.link, detail=row.detail) for row in rows]
