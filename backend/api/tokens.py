"""Tokens: list, one, register. They are masked unless somebody with the right gives a reason, which is recorded."""

# ruff: noqa: A002 - `filter` is the word of the API

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any

from litestar import Request, delete, get, patch, post, put
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.response import Stream
from msgspec import UNSET

from backend.api.changes import record, token_entry
from backend.api.pace import sliced
from backend.api.rights import demand, person_of
from backend.api.routing import FAILS, house_of, lists, needs, read_filter, read_limit, stream, up_to
from backend.api.views import TOKEN_KEY
from backend.model.errors import Conflict, Invalid, Unknown
from backend.model.filter import Filter, Subject
from backend.model.mask import mask_token
from backend.model.requests import TokenChange
from backend.model.resources import TokenResource
from backend.model.words import Right
from backend.text import t

if TYPE_CHECKING:
    from backend.api.house import House
    from backend.model.register import TokenEntry

Asked = Request[Any, Any, Any]


def reveals(request: Asked, reason: str | None, target: str) -> bool:
    """Whether tokens are to be shown in full; every time is recorded with its reason.

    Raises:
        NotPermitted: without the right to it.
        Invalid: without a reason.
    """
    if reason is None:
        return False
    person = person_of(request)
    demand(person, Right.REVEAL)
    if not reason.strip():
        raise Invalid("reason_needed", t("Tokens are shown in full only for a reason."), t("Say it: --reveal REASON."))
    record(house_of(request), person, "revealed", target, reason=reason)
    return True


@get("/v1/tokens", opt=needs(Right.READ), responses={**lists(TokenResource), **FAILS})
async def list_tokens(
    request: Asked,
    filter: FromQuery[str] = "",
    limit: FromQuery[int] = 100,
    after: FromQuery[str] = "",
    reveal: FromQuery[str | None] = None,
) -> Stream:
    """Tokens in the order of the register; `after` the last one's `key`."""
    house = house_of(request)
    chosen = read_filter(filter, Subject.TOKEN)
    shown = reveals(request, reveal, "tokens")
    return await stream(up_to(_tokens(house, chosen, after, shown), read_limit(limit)))


async def _tokens(house: House, chosen: Filter, after: str, shown: bool) -> AsyncIterator[TokenResource]:
    now = house.clock.now()
    begun = not after
    last = await _find(house, after) if after else None
    async for entry in sliced(_candidates(house, chosen)):
        if not begun:
            begun = entry is last
            continue
        token = house.views.token(entry, reveal=shown, key=False)
        if chosen.matches_token(token, entry.token, now):
            token.key = house.views.token_key(entry)
            yield token


def _candidates(house: House, chosen: Filter) -> Iterator[TokenEntry]:
    """The only token that a filter can mean, where it names one; else all. The filter itself still looks at it."""
    for term in () if chosen.inverted else chosen.terms:
        if term.field == "token" and not term.inverted and len(term.values) == 1 and term.text.isascii():
            found = house.register.token(term.text)
            return iter(() if found is None else (found,))
    return (entry for _, entry in house.register.tokens.pairs())


async def _find(house: House, name: str) -> TokenEntry | None:
    """The token of that number, or of the key that a list gave."""
    entry = house.register.token(name)
    if entry is None and name.startswith(TOKEN_KEY):
        async for _, one in sliced(house.register.tokens.pairs()):
            if house.views.token_key(one) == name:
                return one
    return entry


async def _known(house: House, name: str) -> TokenEntry:
    entry = await _find(house, name)
    if entry is None:
        raise Unknown(
            "unknown_token",
            t("There is no token {name!r}.", name=mask_token(name[:255])),
            t("`noc token list` names those there are."),
        )
    return entry


@get("/v1/tokens/{name:str}", opt=needs(Right.READ), responses=FAILS)
async def get_token(request: Asked, name: FromPath[str], reveal: FromQuery[str | None] = None) -> TokenResource:
    """One token, by its whole number, or by the `key` that a list gave."""
    house = house_of(request)
    entry = await _known(house, name)
    return house.views.token(entry, reveal=reveals(request, reveal, mask_token(entry.token) or ""))


@post("/v1/tokens", opt=needs(Right.REGISTER), responses=FAILS)
async def add_token(request: Asked, data: JSONBody[TokenChange]) -> TokenResource:
    """Register a token; it is accepted unless said otherwise."""
    house = house_of(request)
    name = "" if data.token is UNSET else data.token
    if house.register.token(name) is not None:
        raise Conflict(
            "token_exists",
            t("There is a token {name!r} already.", name=mask_token(name)),
            t("Change it with `noc token set`."),
        )
    return _put(house, request, name, data, "token added")


@put("/v1/tokens/{name:str}", opt=needs(Right.REGISTER), responses=FAILS)
async def put_token(request: Asked, name: FromPath[str], data: JSONBody[TokenChange]) -> TokenResource:
    """Register a token, or change its entry."""
    house = house_of(request)
    if name.startswith(TOKEN_KEY):
        name = (await _known(house, name)).token
    return _put(house, request, name, data, "token changed")


@patch("/v1/tokens/{name:str}", opt=needs(Right.REGISTER), responses=FAILS)
async def change_token(request: Asked, name: FromPath[str], data: JSONBody[TokenChange]) -> TokenResource:
    """Change a token's entry."""
    house = house_of(request)
    entry = await _known(house, name)
    return _put(house, request, entry.token, data, "token changed")


@delete("/v1/tokens/{name:str}", opt=needs(Right.REGISTER), status_code=200, responses=FAILS)
async def remove_token(request: Asked, name: FromPath[str]) -> None:
    """Take a token out of the register."""
    house = house_of(request)
    entry = await _known(house, name)
    house.register.remove("token", entry.token)
    record(house, person_of(request), "token removed", entry.token)


def _put(house: House, request: Asked, name: str, data: TokenChange, what: str) -> TokenResource:
    entry = house.register.put_token(token_entry(house.register, name, data))
    record(house, person_of(request), what, entry.token, data)
    return house.views.token(entry)
