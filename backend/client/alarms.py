"""The part of the SDK that is about alarms."""

# ruff: noqa: A002 - `filter` and `id` are the words of the API

from __future__ import annotations

from urllib.parse import quote

from backend.client.found import Found
from backend.client.transport import Transport
from backend.model.requests import NoteRequest, OwnRequest, Rule, ShelveRequest
from backend.model.resources import AlarmEntryResource, AlarmResource


class AlarmCalls:
    """Mixed into `Client`."""

    _transport: Transport

    async def alarms(self, filter: str = "", limit: int = 0, history: bool = False) -> Found[AlarmResource]:
        """Alarms that are not normal, the worst first; with `history` also those that are, newest first."""
        query = {"filter": filter or None, "limit": limit, "history": history or None}
        return await self._transport.past("/v1/alarms", AlarmResource, query)

    async def alarm(self, id: str) -> AlarmResource:
        """One alarm."""
        return await self._transport.ask("GET", f"/v1/alarms/{quote(id, safe='')}", AlarmResource)

    async def alarm_entries(self, id: str) -> list[AlarmEntryResource]:
        """The history of one alarm, oldest first."""
        return await self._transport.ask("GET", f"/v1/alarms/{quote(id, safe='')}/entries", list[AlarmEntryResource])

    async def alarm_rules(self) -> list[Rule]:
        """What raises an alarm, how bad it is, and what to do first."""
        return await self._transport.ask("GET", "/v1/alarm-rules", list[Rule])

    async def acknowledge(self, id: str) -> AlarmResource:
        """Say that it was seen."""
        return await self._act(id, "ack")

    async def take_back(self, id: str) -> AlarmResource:
        """Take an acknowledgement back, within ten seconds."""
        return await self._act(id, "unack")

    async def own(self, id: str, who: str | None) -> AlarmResource:
        """Make somebody responsible; None: nobody."""
        return await self._act(id, "own", OwnRequest(who=who))

    async def shelve(self, id: str, seconds: float, reason: str) -> AlarmResource:
        """Put it aside, with a reason and an end."""
        return await self._act(id, "shelve", ShelveRequest(seconds=seconds, reason=reason))

    async def unshelve(self, id: str) -> AlarmResource:
        """Take it from the shelf."""
        return await self._act(id, "unshelve")

    async def note(self, id: str, text: str) -> AlarmResource:
        """Write a line into its history."""
        return await self._act(id, "note", NoteRequest(text=text))

    async def _act(self, name: str, what: str, body: object = None) -> AlarmResource:
        return await self._transport.ask("POST", f"/v1/alarms/{quote(name, safe='')}/{what}", AlarmResource, body=body)
