"""The part of the SDK that is about quirk profiles."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from backend.client.transport import Transport
from backend.model.requests import QuirkChange, QuirkImport
from backend.model.resources import QuirkResource, StationQuirks


class QuirkCalls:
    """Mixed into `Client`."""

    _transport: Transport

    async def quirks(self) -> list[QuirkResource]:
        """All entries: models by name, then stations."""
        return await self._transport.ask("GET", "/v1/quirks", list[QuirkResource])

    async def station_quirks(self, station: str) -> StationQuirks:
        """What is in force for a station, and what was seen of it."""
        return await self._transport.ask("GET", f"/v1/stations/{quote(station, safe='')}/quirks", StationQuirks)

    async def put_quirk(
        self,
        trait: str,
        value: str | None,
        *,
        station: str = "",
        vendor: str = "",
        model: str = "",
        firmware: str = "",
        refused: bool = False,
    ) -> QuirkResource:
        """Set a trait of a station or of a model; None takes the entry out, `refused` says no to it."""
        change = QuirkChange(
            trait=trait, value=value, refused=refused, station=station, vendor=vendor, model=model, firmware=firmware
        )
        return await self._transport.ask("PUT", "/v1/quirks", QuirkResource, body=change)

    async def import_quirks(self, rows: Sequence[QuirkChange], dry_run: bool = False) -> QuirkImport:
        """Set many: all of them, or none when one is bad."""
        query = {"dry_run": dry_run or None}
        return await self._transport.ask("POST", "/v1/quirks/import", QuirkImport, query=query, body=list(rows))
