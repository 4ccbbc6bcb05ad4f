"""The part of the SDK that is about connections which could not be served."""

from __future__ import annotations

from backend.client.quirks import QuirkCalls
from backend.client.register import RegisterCalls
from backend.client.transport import Transport
from backend.model.errors import Invalid
from backend.model.quirk import version_named
from backend.model.resources import HandshakeResource, StationResource
from backend.text import t

NO_VERSION = "no_subprotocol"


class QuarantineCalls(RegisterCalls, QuirkCalls):
    """Mixed into `Client`."""

    _transport: Transport

    async def quarantine(self) -> list[HandshakeResource]:
        """Connections that could not be served, newest first."""
        return await self._transport.ask("GET", "/v1/quarantine", list[HandshakeResource])

    async def accept_refused(self, row: HandshakeResource, version: str = "") -> StationResource:
        """Let in who was turned away, so that it is served when it comes again: where it named no version that we
        know, with the one given, or else the one that its offer looks like, as its trait `assume_version`.

        Raises:
            Invalid: it never said who it is.
        """
        _check(row)
        station = await self.put_station(row.identity, admission="accepted")
        if version or row.reason == NO_VERSION:
            await self.put_quirk("assume_version", version or version_named(row.offered), station=station.id)
        return await self.station(station.id)

    async def block_refused(self, row: HandshakeResource) -> StationResource:
        """Turn it away at the door from now on. Raises Invalid: it never said who it is."""
        _check(row)
        return await self.put_station(row.identity, admission="blocked")


def _check(row: HandshakeResource) -> None:
    if not row.identity:
        raise Invalid("no_identity", t("It never said who it is."), t("Add the station under its identity instead."))
