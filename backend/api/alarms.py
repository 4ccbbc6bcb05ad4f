"""Alarms: list, one, its history, and what people do with it."""

# ruff: noqa: A002 - `filter` is the word of the API

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any

from litestar import Request, get, post
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.response import Stream
from msgspec.structs import replace

from backend.alarms.rules import rule_rows
from backend.api import views
from backend.api.changes import record
from backend.api.narrowing import place_in
from backend.api.pace import in_order, sliced
from backend.api.people import Person
from backend.api.rights import person_of
from backend.api.routing import (
    FAILS,
    Surroundings,
    house_of,
    lists,
    needs,
    read_filter,
    read_limit,
    search,
    stream,
    up_to,
)
from backend.api.searching import PAGE, looked_at, span_of
from backend.model.errors import Invalid, Unknown
from backend.model.filter import Filter, Subject
from backend.model.requests import NoteRequest, OwnRequest, Rule, ShelveRequest
from backend.model.resources import AlarmEntryResource, AlarmResource
from backend.model.sanitise import clean
from backend.model.words import AlarmState, Right
from backend.text import t

if TYPE_CHECKING:
    from backend.api.house import House
    from backend.model.alarm import Alarm
    from backend.store.alarm_rows import AlarmQuery

Asked = Request[Any, Any, Any]
_ORDER = {
    AlarmState.UNACKNOWLEDGED: 0,
    AlarmState.RETURNED: 1,
    AlarmState.ACKNOWLEDGED: 2,
    AlarmState.SHELVED: 3,
    AlarmState.OUT_OF_SERVICE: 4,
    AlarmState.SUPPRESSED: 5,
}


def number_of(name: str, what: str) -> int:
    """The number of an alarm, a session, an operation.

    Raises:
        Unknown: it is none.
    """
    if name.isascii() and name.isdecimal() and len(name) <= 18:
        return int(name)
    raise Unknown(
        f"unknown_{what}",
        t("There is no {what} {name!r}.", what=what, name=name[:80]),
        t("`noc {what} list` names those there are.", what=what),
    )


@get("/v1/alarms", opt=needs(Right.READ), responses={**lists(AlarmResource), **FAILS})
async def list_alarms(
    request: Asked,
    filter: FromQuery[str] = "",
    limit: FromQuery[int] = 0,
    history: FromQuery[bool] = False,
) -> Stream:
    """What is not normal, the worst first; with `history` also what was, the newest first."""
    house = house_of(request)
    chosen = read_filter(filter, Subject.ALARM)
    if not history:
        found = sliced(await in_order(list(house.alarms.open.values()), _worst_first))
        return await stream(up_to(_chosen(house, chosen, found), read_limit(limit)))
    query = _query(house, chosen)
    reach = await looked_at(house, chosen, query)
    return await search(request, up_to(_chosen(house, chosen, _past(house, query, reach)), read_limit(limit)), reach)


def _worst_first(alarm: Alarm) -> tuple[int, int, float]:
    return (_ORDER.get(alarm.state, 9), alarm.severity, -alarm.since)


def _query(house: House, chosen: Filter) -> AlarmQuery:
    """What the store's indexes can find; the filter itself still looks at every row."""
    place = place_in(house, chosen, ("station", "outlet", "source"))
    station, evse = (None, None) if place is None else place
    span = span_of(chosen, house.clock.now(), ("raised",))
    return house.queries.alarms(station=station, evse=evse, begin=span.begin, end=span.end, limit=PAGE)


async def _past(house: House, query: AlarmQuery, reach: int | None) -> AsyncIterator[Alarm]:
    """Alarms that may pass, page by page from the store; open ones as they are now."""
    looked = 0
    while reach is None or looked < reach:
        page = await house.store.alarms(query)
        looked += len(page)
        async for alarm in sliced(page):
            yield house.alarms.open.get(alarm.id, alarm)
        if len(page) < PAGE:
            return
        query = replace(query, before=(page[-1].raised, page[-1].id))


async def _chosen(house: House, chosen: Filter, found: AsyncIterator[Alarm]) -> AsyncIterator[AlarmResource]:
    now = house.clock.now()
    around = Surroundings(house)
    async for alarm in found:
        made = house.views.alarm(alarm)
        if not chosen or chosen.matches_alarm(made, around.site(made.site), around.station(made.station), now):
            yield made


@get("/v1/alarms/{name:str}", opt=needs(Right.READ), responses=FAILS)
async def get_alarm(request: Asked, name: FromPath[str]) -> AlarmResource:
    """One alarm, open or past."""
    house = house_of(request)
    return house.views.alarm(await _known(house, name))


async def _known(house: House, name: str) -> Alarm:
    number = number_of(name, "alarm")
    found = house.alarms.open.get(number) or await house.store.get_alarm(number)
    if found is None:
        raise Unknown(
            "unknown_alarm",
            t("There is no alarm {name!r}.", name=name),
            t("`noc alarm list` names those there are."),
        )
    return found


@get("/v1/alarms/{name:str}/entries", opt=needs(Right.READ), responses={**lists(AlarmEntryResource), **FAILS})
async def list_entries(request: Asked, name: FromPath[str]) -> list[AlarmEntryResource]:
    """The history of one alarm, oldest first."""
    house = house_of(request)
    alarm = await _known(house, name)
    return [views.entry_line(entry) for entry in await house.store.alarm_entries(alarm.id)]


@get("/v1/alarm-rules", opt=needs(Right.READ), responses={**lists(Rule), **FAILS})
async def list_rules(request: Asked) -> list[Rule]:
    """What raises an alarm, how bad it is, and what to do first."""
    return [
        Rule(
            rule=row.name,
            watches=row.watches,
            severity=None if row.severity is None else int(row.severity),
            on_delay_s=row.on_delay_s,
            off_delay_s=row.off_delay_s,
            action=row.action,
        )
        for row in rule_rows(house_of(request).settings.alarms)
    ]


Act = Callable[["House", int, Person], object]


async def _act(request: Asked, name: str, what: str, act: Act) -> AlarmResource:
    house = house_of(request)
    alarm = await _known(house, name)
    person = person_of(request)
    act(house, alarm.id, person)
    record(house, person, what, str(alarm.id))
    return house.views.alarm(house.alarms.open.get(alarm.id, alarm))


@post("/v1/alarms/{name:str}/ack", opt=needs(Right.ACKNOWLEDGE), status_code=200, responses=FAILS)
async def acknowledge(request: Asked, name: FromPath[str]) -> AlarmResource:
    """Say that it was seen."""
    return await _act(request, name, "alarm acknowledged", lambda h, n, p: h.alarms.acknowledge(n, p.name))


@post("/v1/alarms/{name:str}/unack", opt=needs(Right.ACKNOWLEDGE), status_code=200, responses=FAILS)
async def take_back(request: Asked, name: FromPath[str]) -> AlarmResource:
    """Take one's acknowledgement back, within ten seconds."""
    return await _act(request, name, "alarm taken back", lambda h, n, p: h.alarms.take_back(n, p.name))


@post("/v1/alarms/{name:str}/own", opt=needs(Right.ACKNOWLEDGE), status_code=200, responses=FAILS)
async def own(request: Asked, name: FromPath[str], data: JSONBody[OwnRequest]) -> AlarmResource:
    """Make somebody responsible; null: nobody."""
    who = None if data.who is None else clean(data.who, 64).strip()
    if who == "":
        raise Invalid("bad_owner", t("An owner has a name."), t("To leave it to nobody use --nobody."))
    return await _act(request, name, "alarm owned", lambda h, n, p: h.alarms.own(n, who, p.name))


@post("/v1/alarms/{name:str}/shelve", opt=needs(Right.ACKNOWLEDGE), status_code=200, responses=FAILS)
async def shelve(request: Asked, name: FromPath[str], data: JSONBody[ShelveRequest]) -> AlarmResource:
    """Put it aside, with a reason and an end."""
    reason = clean(data.reason).strip()
    return await _act(request, name, "alarm shelved", lambda h, n, p: h.alarms.shelve(n, p.name, data.seconds, reason))


@post("/v1/alarms/{name:str}/unshelve", opt=needs(Right.ACKNOWLEDGE), status_code=200, responses=FAILS)
async def unshelve(request: Asked, name: FromPath[str]) -> AlarmResource:
    """Take it from the shelf."""
    return await _act(request, name, "alarm unshelved", lambda h, n, p: h.alarms.unshelve(n, p.name))


@post("/v1/alarms/{name:str}/note", opt=needs(Right.ACKNOWLEDGE), status_code=200, responses=FAILS)
async def note(request: Asked, name: FromPath[str], data: JSONBody[NoteRequest]) -> AlarmResource:
    """Write a line into its history."""
    text = clean(data.text, 1000).strip()
    if not text:
        raise Invalid("empty_note", t("The note is empty."))
    return await _act(request, name, "alarm noted", lambda h, n, p: h.alarms.note(n, p.name, text))
