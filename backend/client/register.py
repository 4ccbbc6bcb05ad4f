"""The part of the SDK that is about the register: sites, stations, outlets, tokens, imports."""

# ruff: noqa: A002 - `filter` and `id` are the words of the API

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeAlias, TypeVar
from urllib.parse import quote

import msgspec

from backend.client.transport import Transport
from backend.model.errors import Invalid, Unavailable
from backend.model.requests import ImportProgress, OutletChange, SiteChange, StationChange, TokenChange
from backend.model.resources import (
    OutletResource,
    Problem,
    SiteResource,
    StationResource,
    TokenResource,
)
from backend.text import t

T = TypeVar("T")
Put: TypeAlias = Literal["put", "add", "set"]
"""`add` refuses what is there already, `set` what is not, `put` takes both."""
_METHODS = {"put": "PUT", "add": "POST", "set": "PATCH"}


class RegisterCalls:
    """Mixed into `Client`. Fields that are not given stay as they are."""

    _transport: Transport

    async def sites(self, filter: str = "", limit: int = 0, after: str | None = None) -> list[SiteResource]:
        """Sites by id."""
        return await self._list("sites", SiteResource, filter, limit, after)

    async def site(self, id: str) -> SiteResource:
        return await self._transport.ask("GET", f"/v1/sites/{_path(id)}", SiteResource)

    async def put_site(self, id: str, *, how: Put = "put", **fields: Any) -> SiteResource:
        """Fields of `SiteChange`."""
        return await self._put("sites", id, how, SiteChange, fields, SiteResource)

    async def stations(self, filter: str = "", limit: int = 0, after: str | None = None) -> list[StationResource]:
        """Stations by id, pending and blocked ones too."""
        return await self._list("stations", StationResource, filter, limit, after)

    async def station(self, id: str) -> StationResource:
        return await self._transport.ask("GET", f"/v1/stations/{_path(id)}", StationResource)

    async def put_station(self, id: str, *, how: Put = "put", **fields: Any) -> StationResource:
        """Fields of `StationChange`."""
        return await self._put("stations", id, how, StationChange, fields, StationResource)

    async def pending(self) -> list[StationResource]:
        """Stations that wait to be accepted, the longest waiting first."""
        return await self._transport.ask("GET", "/v1/pending", list[StationResource])

    async def accept(self, id: str, **fields: Any) -> StationResource:
        """Let a station in; fields of `StationChange` (its site) may be given with it."""
        body = _change(StationChange, fields) if fields else None
        return await self._transport.ask("POST", f"/v1/stations/{_path(id)}/accept", StationResource, body=body)

    async def block(self, id: str) -> StationResource:
        """Keep a station out."""
        return await self._transport.ask("POST", f"/v1/stations/{_path(id)}/block", StationResource)

    async def outlets(self, filter: str = "", limit: int = 0, after: str | None = None) -> list[OutletResource]:
        """Outlets by station and EVSE number."""
        return await self._list("outlets", OutletResource, filter, limit, after)

    async def outlet(self, name: str) -> OutletResource:
        """An outlet by `STATION:EVSE`, its EVSE-ID or its sticker number."""
        return await self._transport.ask("GET", f"/v1/outlets/{_path(name)}", OutletResource)

    async def put_outlet(self, outlet: str, *, how: Put = "put", **fields: Any) -> OutletResource:
        """Fields of `OutletChange`."""
        return await self._put("outlets", outlet, how, OutletChange, fields, OutletResource)

    async def tokens(
        self,
        filter: str = "",
        limit: int = 100,
        after: str | None = None,
        reveal: str | None = None,
    ) -> list[TokenResource]:
        """Tokens, masked unless a reason to `reveal` them is given."""
        return await self._list("tokens", TokenResource, filter, limit, after, reveal)

    async def token_entry(self, token: str, reveal: str | None = None) -> TokenResource:
        query = {"reveal": reveal}
        return await self._transport.ask("GET", f"/v1/tokens/{_path(token)}", TokenResource, query=query)

    async def put_token(self, token: str, *, how: Put = "put", **fields: Any) -> TokenResource:
        """Fields of `TokenChange`."""
        return await self._put("tokens", token, how, TokenChange, fields, TokenResource)

    async def remove(self, kind: Literal["sites", "stations", "outlets", "tokens"], key: str) -> None:
        """Take an entry out of the register."""
        await self._transport.ask("DELETE", f"/v1/{kind}/{_path(key)}", type(None))

    async def import_csv(
        self, data: bytes, dry_run: bool = False, progress: Callable[[ImportProgress], None] | None = None
    ) -> ImportProgress:
        """Import a CSV file; `progress` is called some times a second. Returns the report.

        Raises:
            Invalid: nothing of the file can be taken (no header, not text).
        """
        last: ImportProgress | None = None
        async with self._transport.lines("/v1/import", query={"dry_run": dry_run or None}, body=data) as lines:
            async for line in lines:
                if not line:
                    continue
                last = _line(line)
                if progress is not None:
                    progress(last)
        if last is None or not last.done:
            raise Unavailable(
                "server_lost",
                t("The server stopped in the middle of the import."),
                t("Import the file again: rows that are there already stay as they are."),
            )
        return last

    async def _list(
        self,
        kind: str,
        row: type[T],
        filter: str,
        limit: int,
        after: str | None,
        reveal: str | None = None,
    ) -> list[T]:
        query = {"filter": filter or None, "limit": limit, "after": after, "reveal": reveal}
        return await self._transport.ask("GET", f"/v1/{kind}", list[row], query=query, wait_s=60.0)  # type: ignore[valid-type]

    async def _put(
        self, kind: str, key: str, how: Put, change: type[Any], fields: dict[str, Any], answer: type[T]
    ) -> T:
        if how == "add":
            names = {"outlets": "outlet", "tokens": "token"}
            body = _change(change, {names.get(kind, "id"): key, **fields})
            return await self._transport.ask("POST", f"/v1/{kind}", answer, body=body)
        return await self._transport.ask(
            _METHODS[how], f"/v1/{kind}/{_path(key)}", answer, body=_change(change, fields)
        )


class _Failed(msgspec.Struct):
    error: Problem


def _line(line: str) -> ImportProgress:
    if line.startswith('{"error"'):
        problem = msgspec.json.decode(line, type=_Failed).error
        raise Invalid(problem.code, problem.message, problem.hint)
    return msgspec.json.decode(line, type=ImportProgress)


def _change(change: type[Any], fields: dict[str, Any]) -> Any:
    try:
        return msgspec.convert(fields, change, strict=False)
    except msgspec.ValidationError as error:
        raise Invalid("bad_field", str(error)) from None


def _path(name: str) -> str:
    return quote(name, safe="")
