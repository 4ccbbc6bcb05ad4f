"""Requests and answers: what goes wrong becomes a `NocError` that says what to do next."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Container
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import httpx
import msgspec

from backend.client.address import Address
from backend.client.found import Found
from backend.model.errors import Conflict, Invalid, NocError, NotPermitted, Unavailable, Unknown
from backend.model.resources import Problem
from backend.text import t

T = TypeVar("T")

CONNECT_S = 5.0
ANSWER_S = 30.0
LOOKED_AT = "noc-looked-at"
_KINDS: dict[int, type[NocError]] = {401: NotPermitted, 403: NotPermitted, 404: Unknown, 409: Conflict}


class _Failure(msgspec.Struct):
    error: Problem


def no_server(address: Address) -> Unavailable:
    """What to say when nobody answers there."""
    return Unavailable(
        "no_server",
        t("No server answers at {server}.", server=address.text),
        t("Start one with `noc serve`, or name another with --server."),
    )


def not_permitted() -> NotPermitted:
    """What to say when the server does not know us, and gave no reason."""
    return NotPermitted(
        "not_permitted",
        t("You have no role at this server."),
        t("Ask its operator for one, or use a server of your own."),
    )


def failure(status: int, body: bytes) -> NocError:
    """The error that an answer of the server stands for."""
    try:
        problem = msgspec.json.decode(body, type=_Failure).error
    except msgspec.DecodeError:
        if status in (401, 403):
            return not_permitted()
        return Unavailable(
            "bad_answer",
            t("The server answered {status} and gave no reason.", status=status),
            t("Is it a noc server, and of this version?"),
        )
    kind = _KINDS.get(status, Unavailable if status >= 500 else Invalid)
    return kind(problem.code, problem.message, problem.hint, detail=problem.question)


class Transport:
    """HTTP to one server. Not for several event loops."""

    def __init__(self, address: Address, token: str | None = None) -> None:
        self.address = address
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        limits = httpx.Limits(max_connections=20, max_keepalive_connections=4, keepalive_expiry=4.0)
        self._http = httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(
                uds=address.path,
                limits=limits,
                verify=ssl.create_default_context() if address.http.startswith("https") else False,
            ),
            base_url=address.http,
            headers=headers,
            timeout=httpx.Timeout(ANSWER_S, connect=CONNECT_S),
            trust_env=False,
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def ask(
        self,
        method: str,
        path: str,
        answer: type[T],
        *,
        query: dict[str, Any] | None = None,
        body: object = None,
        wait_s: float = 0.0,
        accept: Container[int] = (),
    ) -> T:
        """One request. `wait_s`: how long the server may think beyond the usual; `accept`: statuses of failures that
        are answers all the same.

        Raises:
            NocError: nobody answered, or the answer is a failure.
        """
        content = None if body is None else msgspec.json.encode(body)
        timeout = httpx.Timeout(ANSWER_S + wait_s, connect=CONNECT_S)
        asked = {name: _text(value) for name, value in (query or {}).items() if value is not None}
        with _told(self.address):
            response = await self._http.request(
                method,
                path,
                params=asked,
                content=content,
                headers={"content-type": "application/json"} if content is not None else {},
                timeout=timeout,
            )
        if response.status_code >= 400 and response.status_code not in accept:
            raise failure(response.status_code, response.content)
        if answer is type(None):
            return None
        return _read(response, answer)

    async def past(self, path: str, row: type[T], query: dict[str, Any]) -> Found[T]:
        """A list that may not have been searched to its end. Raises NocError as `ask`."""
        asked = {name: _text(value) for name, value in query.items() if value is not None}
        with _told(self.address):
            response = await self._http.get(path, params=asked)
        if response.status_code >= 400:
            raise failure(response.status_code, response.content)
        found = Found(_read(response, list[row]))  # type: ignore[valid-type]
        looked_at = response.headers.get(LOOKED_AT, "")
        found.looked_at = int(looked_at) if looked_at.isdecimal() else None
        return found

    async def text(self, path: str) -> str:
        """Ask for something that is no JSON. Raises NocError as `ask`."""
        with _told(self.address):
            response = await self._http.get(path)
        if response.status_code >= 400:
            raise failure(response.status_code, response.content)
        return response.text

    @asynccontextmanager
    async def lines(self, path: str, *, query: dict[str, Any], body: bytes) -> AsyncIterator[AsyncIterator[str]]:
        """Send `body` and read the answer line by line, as it comes."""
        asked = {name: _text(value) for name, value in query.items() if value is not None}
        with _told(self.address):
            async with self._http.stream(
                "POST",
                path,
                params=asked,
                content=body,
                headers={"content-type": "text/csv"},
                timeout=httpx.Timeout(600.0, connect=CONNECT_S),
            ) as response:
                if response.status_code >= 400:
                    raise failure(response.status_code, await response.aread())
                yield response.aiter_lines()


def _read(response: httpx.Response, answer: type[T]) -> T:
    try:
        return msgspec.json.decode(response.content, type=answer)
    except msgspec.DecodeError as error:
        raise Unavailable(
            "bad_answer",
            t("The server's answer to {path} cannot be read: {why}.", path=response.url.path, why=error),
            t("Is it of the same version as this program?"),
        ) from error


class _told:  # noqa: N801 - reads as a word at its place
    """Turns what httpx raises into what people are told."""

    def __init__(self, address: Address) -> None:
        self._address = address

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout)):
            if isinstance(_root(error), PermissionError):
                raise NotPermitted(
                    "not_permitted",
                    t("You may not use {server}.", server=self._address.text),
                    t("Ask its operator for a role, or use a server of your own."),
                ) from error
            raise no_server(self._address) from error
        if isinstance(error, httpx.TimeoutException):
            raise Unavailable(
                "server_slow",
                t("The server at {server} did not answer in time.", server=self._address.text),
                t("Try again; `noc system` shows how busy it is."),
            ) from error
        if isinstance(error, httpx.TransportError):
            raise Unavailable(
                "server_lost",
                t("The connection to {server} broke before the answer came.", server=self._address.text),
                t("It may have been done all the same; look before you repeat it."),
            ) from error


def _root(error: BaseException) -> BaseException:
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return error


def _text(value: object) -> str:
    return ("1" if value else "0") if isinstance(value, bool) else str(value)
