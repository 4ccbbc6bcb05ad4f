"""Sites: list, one, register."""

# ruff: noqa: A002 - `filter` is the word of the API

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from litestar import Request, delete, get, patch, post, put
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.response import Stream
from msgspec import UNSET

from backend.api.changes import record, site_entry
from backend.api.pace import sliced
from backend.api.rights import person_of
from backend.api.routing import FAILS, house_of, lists, needs, read_filter, read_limit, stream, up_to
from backend.model.errors import Conflict, Unknown
from backend.model.filter import Filter, Subject
from backend.model.requests import SiteChange
from backend.model.resources import SiteResource
from backend.model.words import Right
from backend.text import t

if TYPE_CHECKING:
    from backend.api.house import House
    from backend.model.register import SiteEntry

Asked = Request[Any, Any, Any]


@get("/v1/sites", opt=needs(Right.READ), responses={**lists(SiteResource), **FAILS})
async def list_sites(
    request: Asked, filter: FromQuery[str] = "", limit: FromQuery[int] = 0, after: FromQuery[str] = ""
) -> Stream:
    """All sites by id."""
    house = house_of(request)
    return await stream(up_to(_sites(house, read_filter(filter, Subject.SITE), after), read_limit(limit)))


async def _sites(house: House, chosen: Filter, after: str) -> AsyncIterator[SiteResource]:
    now = house.clock.now()
    entries = sorted(house.register.sites.values(), key=lambda entry: entry.id)
    async for entry in sliced(entries):
        if entry.id <= after:
            continue
        site = house.views.site(entry)
        if chosen.matches_site(site, now):
            yield site


def _known(house: House, name: str) -> SiteEntry:
    entry = house.register.site(name)
    if entry is None:
        raise Unknown(
            "unknown_site",
            t("There is no site {name!r}.", name=name[:255]),
            t("`noc site list` names those there are."),
        )
    return entry


@get("/v1/sites/{name:str}", opt=needs(Right.READ), responses=FAILS)
async def get_site(request: Asked, name: FromPath[str]) -> SiteResource:
    """One site."""
    house = house_of(request)
    return house.views.site(_known(house, name))


@post("/v1/sites", opt=needs(Right.REGISTER), responses=FAILS)
async def add_site(request: Asked, data: JSONBody[SiteChange]) -> SiteResource:
    """Register a site."""
    house = house_of(request)
    name = "" if data.id is UNSET else data.id
    if house.register.site(name) is not None:
        raise Conflict(
            "site_exists", t("There is a site {name!r} already.", name=name), t("Change it with `noc site set`.")
        )
    return _put(house, request, name, data, "site added")


@put("/v1/sites/{name:str}", opt=needs(Right.REGISTER), responses=FAILS)
async def put_site(request: Asked, name: FromPath[str], data: JSONBody[SiteChange]) -> SiteResource:
    """Register a site, or change its entry."""
    return _put(house_of(request), request, name, data, "site changed")


@patch("/v1/sites/{name:str}", opt=needs(Right.REGISTER), responses=FAILS)
async def change_site(request: Asked, name: FromPath[str], data: JSONBody[SiteChange]) -> SiteResource:
    """Change a site's entry."""
    house = house_of(request)
    _known(house, name)
    return _put(house, request, name, data, "site changed")


@delete("/v1/sites/{name:str}", opt=needs(Right.REGISTER), status_code=200, responses=FAILS)
async def remove_site(request: Asked, name: FromPath[str]) -> None:
    """Take a site out of the register; no station may stand there."""
    house = house_of(request)
    house.register.remove("site", name)
    record(house, person_of(request), "site removed", name)


def _put(house: House, request: Asked, name: str, data: SiteChange, what: str) -> SiteResource:
    entry = house.register.put_site(site_entry(house.register, name, data))
    record(house, person_of(request), what, entry.id, data)
    return house.views.site(entry)
