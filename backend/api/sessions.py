"""Sessions, live and past, and their curves."""

# ruff: noqa: A002 - `filter` is the word of the API

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from litestar import Request, get
from litestar.params import FromPath, FromQuery
from litestar.response import Stream
from msgspec.structs import replace

from backend.api import views
from backend.api.alarms import number_of
from backend.api.narrowing import place_of
from backend.api.pace import Work
from backend.api.routing import (
    FAILS,
    Surroundings,
    house_of,
    lists,
    needs,
    read_filter,
    read_limit,
    search,
    up_to,
)
from backend.api.searching import PAGE, looked_at, span_of
from backend.api.tokens import reveals
from backend.model.errors import Unknown
from backend.model.filter import Filter, Subject, Term
from backend.model.resources import ReadingResource, SessionResource
from backend.model.words import Right, SessionState
from backend.text import t

if TYPE_CHECKING:
    from backend.api.house import House
    from backend.model.session import Session
    from backend.store.session_rows import SessionQuery

Asked = Request[Any, Any, Any]


@get("/v1/sessions", opt=needs(Right.READ), responses={**lists(SessionResource), **FAILS})
async def list_sessions(
    request: Asked,
    filter: FromQuery[str] = "",
    limit: FromQuery[int] = 100,
    before: FromQuery[str] = "",
    reveal: FromQuery[str | None] = None,
) -> Stream:
    """All sessions, the newest first; `before` is a session's id."""
    house = house_of(request)
    chosen = read_filter(filter, Subject.SESSION)
    after = await _known(house, before) if before else None
    shown = reveals(request, reveal, "sessions")
    place = None if after is None else (after.started, after.id)
    query = house.queries.sessions(**_wanted(house, chosen), before=place, limit=PAGE)
    reach = await looked_at(house, chosen, query)
    return await search(request, up_to(_chosen(house, chosen, query, reach, shown), read_limit(limit)), reach)


async def _chosen(
    house: House, chosen: Filter, query: SessionQuery, reach: int | None, shown: bool
) -> AsyncIterator[SessionResource]:
    now = house.clock.now()
    around = Surroundings(house)
    looked = 0
    work = Work()
    while reach is None or looked < reach:
        page = await house.store.sessions(query)
        for kept in page:
            if work.spent:
                await work.rest()
            session = house.fleet.sessions.get(kept.id, kept)
            made = house.views.session(session, reveal=shown)
            if not chosen or chosen.matches_session(
                made, around.site(made.site), around.station(made.station), now, session.id_token
            ):
                yield made
        if len(page) < PAGE:
            return
        looked += len(page)
        query = replace(query, before=(page[-1].started, page[-1].id))


def _wanted(house: House, chosen: Filter) -> dict[str, Any]:
    """What the store's indexes can find; the filter itself still looks at every row."""
    span = span_of(chosen, house.clock.now(), ("started", "since"), ("ended",))
    wanted: dict[str, Any] = {"begin": span.begin, "end": span.end}
    if chosen.inverted:
        return wanted
    for term in chosen.terms:
        if term.inverted or len(term.values) != 1 or not term.text:
            continue
        if term.field == "state" and term.text in (SessionState.ACTIVE.value, SessionState.ENDED.value):
            wanted["state"] = SessionState(term.text)
        elif term.field == "token" and "•" not in term.text:
            wanted["id_token"] = term.text
        elif term.field in ("outlet", "station", "site"):
            _narrow(house, term, wanted)
    return wanted


def _narrow(house: House, term: Term, wanted: dict[str, Any]) -> None:
    """Turn a place into stations, where it can mean no others: `station:CP-1` also means CP-10."""
    register = house.register
    if term.field == "site":
        site = register.site(term.text)
        if site is not None and not _named_elsewhere(house, term.text):
            wanted["stations"] = [entry.id for entry in register.stations_of(site.id)]
        return
    place = place_of(house, term)
    if place is None:
        return
    wanted["stations"] = [place.station]
    if place.evse is not None:
        wanted["evse"] = place.evse


def _named_elsewhere(house: House, text: str) -> bool:
    """Whether another site's name, town or address holds the text too."""
    folded = text.casefold()
    return any(
        folded in f"{entry.id} {entry.name} {entry.town} {entry.address}".casefold()
        for entry in house.register.sites.values()
        if entry.id.casefold() != folded
    )


async def _known(house: House, name: str) -> Session:
    number = number_of(name, "session")
    found = house.fleet.sessions.get(number) or await house.store.get_session(number)
    if found is None:
        raise Unknown(
            "unknown_session",
            t("There is no session {name!r}.", name=name),
            t("`noc session list` names those there are."),
        )
    return found


@get("/v1/sessions/{name:str}", opt=needs(Right.READ), responses=FAILS)
async def get_session(request: Asked, name: FromPath[str], reveal: FromQuery[str | None] = None) -> SessionResource:
    """One session."""
    house = house_of(request)
    session = await _known(house, name)
    return house.views.session(session, reveal=reveals(request, reveal, f"session {session.id}"))


@get("/v1/sessions/{name:str}/readings", opt=needs(Right.READ), responses={**lists(ReadingResource), **FAILS})
async def list_readings(request: Asked, name: FromPath[str], most: FromQuery[int] = 5_000) -> list[ReadingResource]:
    """The curve of a session, oldest first; of a very long one every second, third ... reading."""
    house = house_of(request)
    session = await _known(house, name)
    found = await house.store.session_readings(session.id)
    step = max(1, math.ceil(len(found) / max(1, most)))
    return [views.reading(one) for one in found[::step]]
