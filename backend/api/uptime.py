"""Uptime: counted from intervals, in slices, so that stations and consoles never wait for it."""

# ruff: noqa: A002 - `filter` is the word of the API

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from litestar import Request, get
from litestar.params import FromQuery, QueryParameter
from litestar.response import Stream

from backend.api import views
from backend.api.changes import find_outlet
from backend.api.outlets import known_outlet, outlet_rows
from backend.api.pace import in_order, in_slices, sliced
from backend.api.rollups import ZONE
from backend.api.routing import FAILS, house_of, lists, needs, read_filter, read_limit, stream, up_to
from backend.model.clock import Instant, as_datetime
from backend.model.duration import parse_moment
from backend.model.errors import Invalid
from backend.model.filter import Filter, Subject
from backend.model.resources import IntervalResource, UptimeResource
from backend.model.words import Right
from backend.text import t
from backend.uptime.report import Report, Row, day_bounds

if TYPE_CHECKING:
    from backend.api.house import House

Asked = Request[Any, Any, Any]
OUTLETS_AT_ONCE = 100
FEW_OUTLETS = 500
"""So many are counted from their stretches."""


@get("/v1/uptime", opt=needs(Right.READ), responses={**lists(UptimeResource), **FAILS})
async def get_uptime(
    request: Asked,
    start: Annotated[str, QueryParameter(name="from")] = "-30d",
    end: Annotated[str, QueryParameter(name="to")] = "now",
    by: FromQuery[str] = "network",
    formula: FromQuery[str] = "strict",
    filter: FromQuery[str] = "",
    days: FromQuery[bool] = False,
    limit: FromQuery[int] = 0,
) -> Stream:
    """Uptime by `outlet`, `station`, `site` or `network`, the worst first. `filter` chooses outlets."""
    house = house_of(request)
    begin, until = read_span(house, start, end)
    chosen = read_filter(filter, Subject.OUTLET)
    rows = await count(house, begin, until, by, formula, chosen, days=days)
    ordered = await in_order(rows, _worst_first)

    async def made() -> AsyncIterator[UptimeResource]:
        async for row in sliced(ordered):
            yield _resource(house, row, by, formula, begin, until)

    return await stream(up_to(made(), read_limit(limit)))


def _worst_first(row: Row) -> tuple[bool, float, str]:
    return (row.uptime_pct is None, row.uptime_pct or 0.0, row.key)


def read_span(house: House, start: str, end: str) -> tuple[Instant, Instant]:
    """The stretch of time that is asked for; its end is not in the future.

    Raises:
        Invalid: a time that is none, or an end before the start.
    """
    now = house.clock.now()
    begin, until = parse_moment(start, now), min(parse_moment(end, now), now)
    if begin >= until:
        raise Invalid("bad_span", t("The stretch of time is empty."), t("--from lies before --to, and before now."))
    return begin, until


async def count(
    house: House,
    begin: Instant,
    until: Instant,
    by: str,
    formula: str,
    chosen: Filter,
    *,
    days: bool = False,
) -> list[Row]:
    """The rows of a report over the outlets that `chosen` lets through."""
    report = Report(begin, until, days=day_bounds(begin, until, ZONE) if days else ())
    wanted = {(row.station, row.evse) async for row in outlet_rows(house, chosen)} if chosen else None
    left: Iterable[tuple[str, int]]
    if days or not house.rollups.helps(begin, until) or (wanted is not None and len(wanted) < FEW_OUTLETS):
        left = _all_outlets(house) if wanted is None else wanted
    else:
        is_wanted = partial(_is_known, house.feed.known) if wanted is None else wanted.__contains__
        left = filter(is_wanted, await house.rollups.count(begin, until, is_wanted, report.put))
    lot: list[tuple[str, int]] = []
    async for outlet in sliced(left):
        lot.append(outlet)
        if len(lot) == OUTLETS_AT_ONCE:
            await in_slices(report.take(await house.store.intervals(lot, begin, until)))
            lot = []
    await in_slices(report.take(await house.store.intervals(lot, begin, until)))
    rows = await in_slices(report.rows(by, formula, lambda station: _site_id(house, station)))
    await in_slices(report.empty())
    return rows


def _all_outlets(house: House) -> Iterator[tuple[str, int]]:
    known = house.feed.known
    return ((name, evse) for name in house.feed.names_from("") for evse in known.get(name, ()))


def _is_known(known: dict[str, list[int]], outlet: tuple[str, int]) -> bool:
    return outlet[1] in known.get(outlet[0], ())


def _site_id(house: House, station: str) -> str | None:
    site = house.register.site_of(station)
    return None if site is None else site.id


def _resource(house: House, row: Row, by: str, formula: str, begin: Instant, until: Instant) -> UptimeResource:
    return UptimeResource(
        key=row.key,
        from_=as_datetime(begin),
        to=as_datetime(until),
        formula=formula,
        up_s=row.up_s,
        down_s=row.down_s,
        excluded_s=row.excluded_s,
        gap_s=row.gap_s,
        uptime_pct=row.uptime_pct,
        label=_label(house, row, by),
        site=row.site,
        outlets=row.outlets,
        causes=row.causes,
        lost_per_day_s=list(row.lost_per_day_s),
    )


def _label(house: House, row: Row, by: str) -> str:
    if by == "site":
        site = house.register.site(row.key)
        return "" if site is None else site.name
    if by == "outlet":
        station, _, evse = row.key.rpartition(":")
        entry = house.register.outlet(station, int(evse))
        return entry.label if entry is not None and entry.label else row.key
    return house.settings.network if by == "network" else ""


@get("/v1/uptime/intervals", opt=needs(Right.READ), responses={**lists(IntervalResource), **FAILS})
async def get_intervals(
    request: Asked,
    outlet: FromQuery[str],
    start: Annotated[str, QueryParameter(name="from")] = "-24h",
    end: Annotated[str, QueryParameter(name="to")] = "now",
) -> Stream:
    """The stretches of one outlet's time, oldest first."""
    house = house_of(request)
    begin, until = read_span(house, start, end)
    name = await find_outlet(house.register, outlet)
    known = known_outlet(house, name)
    found = await house.store.intervals([(known.station, known.evse)], begin, until)

    async def rows() -> Any:
        async for one in sliced(found):
            yield views.interval(one)

    return await stream(rows())
