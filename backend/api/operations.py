"""Remote operations: start, ask what they would end, follow, look back; and any OCPP call."""

# ruff: noqa: A002 - `filter` is the word of the API

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from litestar import Request, get, post
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.response import Stream
from msgspec.structs import replace

from backend.api.alarms import number_of
from backend.api.narrowing import place_in
from backend.api.pace import Work
from backend.api.people import Person
from backend.api.rights import demand, person_of
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
from backend.api.stations import live_station
from backend.model.clock import as_datetime
from backend.model.errors import Conflict, Invalid, Unknown
from backend.model.filter import Filter, Subject
from backend.model.requests import CallRequest, OperationRequest
from backend.model.resources import OperationResource, Question
from backend.model.sanitise import clean
from backend.model.words import Right
from backend.operations import calls, catalogue
from backend.operations.request import Request as Wanted
from backend.text import t

if TYPE_CHECKING:
    from backend.api.house import House
    from backend.model.operation import Operation
    from backend.store.operation_rows import OperationQuery

Asked = Request[Any, Any, Any]
LONGEST_WAIT_S = 60.0
LONGEST_DEADLINE_S = 24 * 3600.0


@get("/v1/operations", opt=needs(Right.READ), responses={**lists(OperationResource), **FAILS})
async def list_operations(
    request: Asked,
    filter: FromQuery[str] = "",
    limit: FromQuery[int] = 100,
    before: FromQuery[str] = "",
) -> Stream:
    """Running and past operations, the newest first; `before` is an operation's id."""
    house = house_of(request)
    chosen = read_filter(filter, Subject.OPERATION)
    after = await _known(house, before) if before else None
    query = _query(house, chosen, after)
    reach = await looked_at(house, chosen, query)
    return await search(request, up_to(_chosen(house, chosen, query, reach), read_limit(limit)), reach)


def _query(house: House, chosen: Filter, after: Operation | None) -> OperationQuery:
    """What the store's indexes can find; the filter itself still looks at every row."""
    place = place_in(house, chosen, ("station", "outlet", "target"))
    span = span_of(chosen, house.clock.now(), ("since",), ("ended",))
    return house.queries.operations(
        station=None if place is None else place.station,
        begin=span.begin,
        end=span.end,
        before=None if after is None else (after.requested, after.id),
        limit=PAGE,
    )


async def _chosen(
    house: House, chosen: Filter, query: OperationQuery, reach: int | None
) -> AsyncIterator[OperationResource]:
    now = house.clock.now()
    around = Surroundings(house)
    looked = 0
    work = Work()
    while reach is None or looked < reach:
        page = await house.store.operations(query)
        for kept in page:
            if work.spent:
                await work.rest()
            made = house.views.operation(house.operations.running.get(kept.id, kept))
            if not chosen or chosen.matches_operation(made, around.site(made.site), around.station(made.station), now):
                yield made
        if len(page) < PAGE:
            return
        looked += len(page)
        query = replace(query, before=(page[-1].requested, page[-1].id))


async def _known(house: House, name: str) -> Operation:
    number = number_of(name, "operation")
    found = house.operations.running.get(number)
    if found is None:
        found = next((one for one in house.operations.recent if one.id == number), None)
    if found is None:
        found = await house.store.get_operation(number)
    if found is None:
        raise Unknown(
            "unknown_operation",
            t("There is no operation {name!r}.", name=name),
            t("`noc operation list` names those there are."),
        )
    return found


@get("/v1/operations/{name:str}", opt=needs(Right.READ), responses=FAILS)
async def get_operation(
    request: Asked, name: FromPath[str], wait_s: FromQuery[float] = 0.0, seen: FromQuery[int] = -1
) -> OperationResource:
    """One operation. With `wait_s` it answers when there are more than `seen` steps, or it has ended, or then."""
    house = house_of(request)
    found = await _known(house, name)
    if wait_s > 0 and not found.state.ended:
        await _wait(house, found, min(wait_s, LONGEST_WAIT_S), len(found.steps) if seen < 0 else seen)
        found = await _known(house, name)
    return house.views.operation(found)


async def _wait(house: House, operation: Operation, wait_s: float, seen: int) -> None:
    changed = asyncio.Event()

    def look(one: Operation) -> None:
        if one.id == operation.id:
            changed.set()

    house.operations.on_change.append(look)
    try:
        async with asyncio.timeout(wait_s):
            while len(operation.steps) <= seen and not operation.state.ended:
                changed.clear()
                await changed.wait()
    except TimeoutError:
        return
    finally:
        house.operations.on_change.remove(look)


@post("/v1/operations", opt=needs(Right.OPERATE), status_code=201, responses=FAILS)
async def start_operation(request: Asked, data: JSONBody[OperationRequest]) -> OperationResource:
    """Start an operation. 409 `confirmation_needed` holds the question that has to be answered first."""
    house, person = house_of(request), person_of(request)
    return await _submit(house, person, _wanted(data, person))


@post("/v1/operations/ask", opt=needs(Right.READ), status_code=200, responses=FAILS)
async def ask_operation(request: Asked, data: JSONBody[OperationRequest]) -> Question | None:
    """What would have to be answered before that operation; null: nothing."""
    house = house_of(request)
    return await _completed(house, house.operations.ask(_wanted(data, person_of(request))))


@get("/v1/catalogue", opt=needs(Right.READ), responses=FAILS)
async def list_catalogue(request: Asked) -> list[dict[str, Any]]:
    """The operations there are, and whether the asker may."""
    person = person_of(request)
    return [{**row, "may": person.may(Right(row["right"]))} for row in catalogue.describe()]


@post("/v1/stations/{name:str}/call", opt=needs(Right.CALL), status_code=201, responses=FAILS)
async def call_station(request: Asked, name: FromPath[str], data: JSONBody[CallRequest]) -> OperationResource:
    """Any OCPP call to a station."""
    house, person = house_of(request), person_of(request)
    station = live_station(house, name)
    wanted = Wanted(
        operation="call",
        target=station.id,
        parameters={"action": clean(data.action, 64), "payload": data.payload},
        reason=clean(data.reason).strip(),
        yes=data.yes,
        typed=data.typed,
        deadline_s=_deadline(data.deadline_s),
        requested_by=person.name,
    )
    action = str(wanted.parameters["action"])
    if station.version is not None and not calls.is_prepared(station.version, action):
        await asyncio.to_thread(calls.prepare, station.version, action)
    return await _submit(house, person, wanted)


def _wanted(data: OperationRequest, person: Person) -> Wanted:
    return Wanted(
        operation=data.operation,
        target=clean(data.target),
        parameters=data.parameters,
        reason=clean(data.reason).strip(),
        yes=data.yes,
        typed=data.typed,
        deadline_s=_deadline(data.deadline_s),
        requested_by=person.name,
    )


def _deadline(seconds: float | None) -> float | None:
    if seconds is not None and not 0 < seconds <= LONGEST_DEADLINE_S:
        raise Invalid(
            "bad_deadline",
            t("A deadline of {seconds} s makes no sense.", seconds=seconds),
            t("It is more than 0 and at most {most:g} s.", most=LONGEST_DEADLINE_S),
        )
    return seconds


async def _submit(house: House, person: Person, wanted: Wanted) -> OperationResource:
    question = house.operations.ask(wanted)
    demand(person, catalogue.right_of(wanted, ends_charge=question is not None))
    try:
        return house.views.operation(house.operations.submit(wanted))
    except Conflict as error:
        if isinstance(error.detail, Question):
            await _completed(house, error.detail)
        raise


async def _completed(house: House, question: Question | None) -> Question | None:
    """The question with what the record knows: how often this worked on such a model. Of `call` it knows nothing:
    what became of other messages says nothing of this one."""
    if question is None or question.operation == "call":
        return question
    live = house.views.live(question.station)
    if live is None:
        return question
    known = await house.store.operation_statistics(question.operation, live.model, live.id, house.clock.now())
    question.worked, question.tried, question.median_s = known.worked, known.tried, known.median_s
    if known.last_here is not None:
        question.last_here, question.last_result = as_datetime(known.last_here), known.last_result
    return question
