"""What the modules of routes share: finding the house, choosing rows, streaming lists in slices."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from litestar import MediaType, Request
from litestar.connection import ASGIConnection
from litestar.openapi.datastructures import ResponseSpec
from litestar.response import Stream

from backend.api.rights import RIGHT
from backend.model.errors import Invalid
from backend.model.filter import Filter, Subject, parse
from backend.model.resources import Problem, SiteResource, StationResource
from backend.model.words import Right
from backend.text import t

if TYPE_CHECKING:
    from backend.api.house import House

T = TypeVar("T")

ROWS_A_CHUNK = 100
"""Rows sent at a time."""
MOST_LIMIT = 10_000_000
LOOKED_AT = "noc-looked-at"
"""The header of a list whose filter was set against so many of the newest rows only."""


def house_of(connection: ASGIConnection[Any, Any, Any, Any]) -> House:
    """The house that this server serves."""
    found: House = connection.app.state.house
    return found


def needs(right: Right) -> dict[str, Any]:
    """The `opt` of a handler that asks for `right`."""
    return {RIGHT: right.value}


def lists(row: type[Any]) -> dict[int, ResponseSpec]:
    """For the OpenAPI document: the answer is a list of `row`."""
    return {200: ResponseSpec(data_container=list[row], description="A list", media_type=MediaType.JSON)}  # type: ignore[valid-type]


class ProblemAnswer(msgspec.Struct):
    """What every failure answers."""

    error: Problem


FAILS = {
    status: ResponseSpec(data_container=ProblemAnswer, description=text)
    for status, text in ((400, "It makes no sense"), (403, "Not permitted"), (404, "Unknown"), (409, "Conflict"))
}


def read_filter(text: str, subject: Subject) -> Filter:
    """Read a request's filter; errors name the position and the fields."""
    return parse(text, subject)


def read_limit(limit: int) -> int:
    """How many rows are wanted; 0 is all.

    Raises:
        Invalid: it is negative.
    """
    if limit < 0:
        raise Invalid("bad_limit", t("limit {limit} is negative.", limit=limit), t("0 gives all."))
    return limit or MOST_LIMIT


class Surroundings:
    """The site and the station of a row, made once per request."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._sites: dict[str, SiteResource | None] = {}
        self._station: tuple[str, StationResource | None] = ("", None)

    def site(self, name: str | None) -> SiteResource | None:
        """The site of that id."""
        if name is None:
            return None
        if name not in self._sites:
            entry = self._house.register.site(name)
            self._sites[name] = None if entry is None else self._house.views.site(entry)
        return self._sites[name]

    def station(self, name: str | None) -> StationResource | None:
        """The station of that id; cheap while it is the same as before."""
        if not name:
            return None
        if self._station[0] != name:
            live = self._house.views.live(name)
            self._station = (name, None if live is None else self._house.views.station(live))
        return self._station[1]


async def up_to(rows: AsyncIterator[T], limit: int) -> AsyncIterator[T]:
    """The first `limit` rows."""
    left = limit
    if left <= 0:
        return
    async for row in rows:
        yield row
        left -= 1
        if left == 0:
            return


async def stream(rows: AsyncIterator[Any]) -> Stream:
    """A JSON list, sent as it is made. What fails before its first rows are there is told as a failure."""
    parts = _encoded(rows)
    return Stream(_from(await anext(parts), parts), media_type=MediaType.JSON)


async def search(request: Request[Any, Any, Any], rows: AsyncIterator[Any], looked_at: int | None) -> Stream:
    """The same for what may be looked for for seconds: no longer than somebody waits for it. `looked_at`: only so many
    of the newest are searched, and there are more."""
    parts = _encoded(rows)
    begun = asyncio.ensure_future(_first(parts))
    left = asyncio.create_task(_hung_up(request))
    try:
        await asyncio.wait((begun, left), return_when=asyncio.FIRST_COMPLETED)
        first = begun.result() if begun.done() else b"[]"
    finally:
        for task in (begun, left):
            task.cancel()
    headers = {} if looked_at is None else {LOOKED_AT: str(looked_at)}
    return Stream(_from(first, parts), media_type=MediaType.JSON, headers=headers)


async def _first(parts: AsyncIterator[bytes]) -> bytes:
    return await anext(parts)


async def _hung_up(request: Request[Any, Any, Any]) -> None:
    """Return when nobody waits for the answer any more."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _from(first: bytes, parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for part in parts:
        yield part


async def _encoded(rows: AsyncIterator[Any]) -> AsyncIterator[bytes]:
    encode = msgspec.json.Encoder().encode
    chunk: list[bytes] = []
    before = b"["
    async for row in rows:
        chunk.append(encode(row))
        if len(chunk) >= ROWS_A_CHUNK:
            yield before + b",".join(chunk)
            before = b","
            chunk.clear()
    if chunk:
        yield before + b",".join(chunk)
        before = b","
    yield b"[]" if before == b"[" else b"]"
