"""The SDK: one method per resource of the API. Everything that goes wrong is a `backend.model.errors.NocError`."""

# ruff: noqa: A002 - `filter` and `id` are the words of the API

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any, Self
from urllib.parse import quote

import msgspec

from backend.client.address import parse_address
from backend.client.alarms import AlarmCalls
from backend.client.found import Found
from backend.client.quarantine import QuarantineCalls
from backend.client.security import SecurityCalls
from backend.client.settings import SettingCalls
from backend.client.transport import Transport
from backend.model.requests import BackupRequest, CallRequest, OperationRequest
from backend.model.resources import (
    AuditResource,
    BackupResource,
    FrameResource,
    IntervalResource,
    LinkEntryResource,
    NoticeResource,
    OperationResource,
    Question,
    Readiness,
    ReadingResource,
    SessionResource,
    Snapshot,
    Totals,
    UptimeResource,
    Vitals,
    Who,
)

__all__ = ["Client"]

BACKUP_S = 6 * 3_600.0
"""A large database on a slow disk takes its time."""


class Client(AlarmCalls, QuarantineCalls, SecurityCalls, SettingCalls):
    """A server's API.

    Times given as text are ISO 8601 or `-24h`; `filter` is the grammar of `backend.model.filter`; `limit` 0 is all.
    Sites, stations, outlets, tokens and imports are in `register.py`, alarms in `alarms.py`,
    quirk profiles in `quirks.py`.

    Raises (every method):
        Unavailable: no server, or it cannot answer now.
        NotPermitted, Unknown, Invalid, Conflict: as their names say.
    """

    def __init__(self, server: str, *, token: str | None = None) -> None:
        """`server` is `unix:PATH`, `HOST:PORT` or a URL; `token` is the bearer token of a TCP server.

        Raises:
            Invalid: `server` is none of these.
        """
        self.address = parse_address(server)
        self.token = token
        self._transport = Transport(self.address, token)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.close()

    # The server

    async def whoami(self) -> Who:
        """Who we are to the server, and what we may."""
        return await self._transport.ask("GET", "/v1/whoami", Who)

    async def totals(self) -> Totals:
        """The vital signs of the network."""
        return await self._transport.ask("GET", "/v1/totals", Totals)

    async def system(self) -> Vitals:
        """The vital signs of the server."""
        return await self._transport.ask("GET", "/v1/system", Vitals)

    async def readiness(self) -> Readiness:
        """Whether the server does its work, and why not."""
        return await self._transport.ask("GET", "/health/ready", Readiness, accept=(503,))

    async def metrics(self) -> str:
        """All figures, in the text format of Prometheus."""
        return await self._transport.text("/metrics")

    async def back_up(self, path: str) -> BackupResource:
        """Copy the database to a file on the server's machine; returns when the copy is proved."""
        body = BackupRequest(path=path)
        return await self._transport.ask("POST", "/v1/backups", BackupResource, body=body, wait_s=BACKUP_S)

    async def audit(self, limit: int = 200) -> list[AuditResource]:
        """Who did what, newest first."""
        return await self._transport.ask("GET", "/v1/audit", list[AuditResource], query={"limit": limit})

    # Sessions

    async def sessions(
        self,
        filter: str = "",
        limit: int = 100,
        before: str | None = None,
        reveal: str | None = None,
    ) -> Found[SessionResource]:
        """Sessions, newest first; `before` a session's id. `reveal`: the reason to see tokens in full."""
        query = {"filter": filter or None, "limit": limit, "before": before, "reveal": reveal}
        return await self._transport.past("/v1/sessions", SessionResource, query)

    async def session(self, id: str, reveal: str | None = None) -> SessionResource:
        """One session."""
        return await self._transport.ask("GET", f"/v1/sessions/{_path(id)}", SessionResource, query={"reveal": reveal})

    async def readings(self, id: str) -> list[ReadingResource]:
        """The curve of a session, oldest first."""
        return await self._transport.ask("GET", f"/v1/sessions/{_path(id)}/readings", list[ReadingResource])

    # Operations

    async def operate(
        self,
        operation: str,
        target: str,
        *,
        parameters: dict[str, Any] | None = None,
        reason: str = "",
        yes: bool = False,
        typed: str = "",
        deadline_s: float | None = None,
    ) -> OperationResource:
        """Start a remote operation; follow it with `operation(id, wait_s=...)` or on the feed.

        Raises:
            Conflict: code `confirmation_needed`: `detail` is the Question to answer with `yes` (and `typed`).
        """
        asked = _request(operation, target, parameters, reason, yes, typed, deadline_s)
        return await self._transport.ask("POST", "/v1/operations", OperationResource, body=asked)

    async def ask(self, operation: str, target: str, *, parameters: dict[str, Any] | None = None) -> Question | None:
        """What would have to be answered before that operation; None: nothing."""
        asked = _request(operation, target, parameters, "", False, "", None)
        return await self._transport.ask("POST", "/v1/operations/ask", Question | None, body=asked)  # type: ignore[arg-type]

    async def operations(
        self,
        filter: str = "",
        limit: int = 100,
        before: str | None = None,
    ) -> Found[OperationResource]:
        """Running and past operations, newest first."""
        query = {"filter": filter or None, "limit": limit, "before": before}
        return await self._transport.past("/v1/operations", OperationResource, query)

    async def operation(self, id: str, wait_s: float = 0.0, seen: int = 0) -> OperationResource:
        """One operation. With `wait_s` the server answers when it has more than `seen` steps, has ended, or then."""
        query = {"wait_s": wait_s or None, "seen": seen or None}
        path = f"/v1/operations/{_path(id)}"
        return await self._transport.ask("GET", path, OperationResource, query=query, wait_s=wait_s)

    async def catalogue(self) -> list[dict[str, Any]]:
        """The operations there are: `operation`, `right`, `danger`, `versions`, `deadline_s`, `proof`."""
        return await self._transport.ask("GET", "/v1/catalogue", list[dict[str, Any]])

    async def call(
        self,
        station: str,
        action: str,
        payload: dict[str, Any],
        *,
        reason: str = "",
        yes: bool = False,
        typed: str = "",
        deadline_s: float | None = None,
    ) -> OperationResource:
        """Any OCPP call to a station; returns at once, as `operate` does."""
        body = CallRequest(action=action, payload=payload, reason=reason, yes=yes, typed=typed, deadline_s=deadline_s)
        return await self._transport.ask("POST", f"/v1/stations/{_path(station)}/call", OperationResource, body=body)

    # Uptime

    async def uptime(
        self,
        by: str = "network",
        start: str = "-30d",
        end: str = "now",
        formula: str = "strict",
        filter: str = "",
        days: bool = False,
        limit: int = 0,
    ) -> list[UptimeResource]:
        """Uptime by `outlet`, `station`, `site` or `network`, the worst first; `days` adds the seconds lost on each
        day, `limit` asks for the worst so many."""
        query = {
            "by": by,
            "from": start,
            "to": end,
            "formula": formula,
            "filter": filter or None,
            "days": days or None,
            "limit": limit or None,
        }
        return await self._transport.ask("GET", "/v1/uptime", list[UptimeResource], query=query, wait_s=120.0)

    async def intervals(self, outlet: str, start: str = "-24h", end: str = "now") -> list[IntervalResource]:
        """The stretches of state of one outlet, oldest first."""
        query = {"outlet": outlet, "from": start, "to": end}
        return await self._transport.ask("GET", "/v1/uptime/intervals", list[IntervalResource], query=query)

    # What was said

    async def trace(self, station: str, limit: int = 200, before: str | None = None) -> list[FrameResource]:
        """The last OCPP frames of a station, oldest first; `before` is a time."""
        query = {"limit": limit, "before": before}
        return await self._transport.ask("GET", f"/v1/trace/{_path(station)}", list[FrameResource], query=query)

    async def follow(self, station: str, last: int | None = None) -> AsyncIterator[FrameResource]:
        """The frames of a station as they come, after the `last` ones before (0: all), until the server goes away
        (`Unavailable`)."""
        from backend.client.feed import frames

        async for frame in frames(self, station, last):
            yield frame

    async def notices(self, station: str, limit: int = 200) -> list[NoticeResource]:
        """Messages that were kept and changed no state, newest first."""
        path = f"/v1/stations/{_path(station)}/notices"
        return await self._transport.ask("GET", path, list[NoticeResource], query={"limit": limit})

    async def links(self, station: str, limit: int = 200) -> list[LinkEntryResource]:
        """The history of the connection, newest first."""
        path = f"/v1/stations/{_path(station)}/links"
        return await self._transport.ask("GET", path, list[LinkEntryResource], query={"limit": limit})

    # The feed

    async def snapshot(self, take: Callable[[Snapshot], None]) -> None:
        """One whole snapshot, part by part: for scripts that do not want to follow the feed."""
        from backend.client.feed import load

        await load(self, take)


def _path(name: str) -> str:
    return quote(name, safe="")


def _request(
    operation: str,
    target: str,
    parameters: dict[str, Any] | None,
    reason: str,
    yes: bool,
    typed: str,
    deadline_s: float | None,
) -> OperationRequest:
    return OperationRequest(
        operation=operation,
        target=target,
        parameters=parameters or {},
        reason=reason,
        yes=yes,
        typed=typed,
        deadline_s=deadline_s,
    )


def to_json(value: object) -> bytes:
    """A resource, or a list of them, as the API and `--json` write it."""
    return msgspec.json.encode(value)
