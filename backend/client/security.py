"""The part of the SDK that is about how stations prove who they are."""

# ruff: noqa: A002 - `filter` is the word of the API

from __future__ import annotations

from urllib.parse import quote

from backend.client.transport import Transport
from backend.model.requests import CertificateImport, KeyChange
from backend.model.resources import (
    CertificateRequestResource,
    CertificateResource,
    KeyResource,
    RevocationListResource,
    RootResource,
    SecurityResource,
)


class SecurityCalls:
    """Mixed into `Client`."""

    _transport: Transport

    async def security(self, filter: str = "", limit: int = 0, after: str | None = None) -> list[SecurityResource]:
        """Who is on what profile, with which key and certificate, by station."""
        query = {"filter": filter or None, "limit": limit, "after": after}
        return await self._transport.ask("GET", "/v1/security", list[SecurityResource], query=query, wait_s=60.0)

    async def security_of(self, station: str) -> SecurityResource:
        return await self._transport.ask("GET", f"/v1/stations/{quote(station, safe='')}/security", SecurityResource)

    async def put_key(self, station: str, key: str | None = None) -> KeyResource:
        """Put a key on record; without one a random key is made, and is in the answer this once."""
        path = f"/v1/stations/{quote(station, safe='')}/key"
        return await self._transport.ask("PUT", path, KeyResource, body=KeyChange(key=key))

    async def remove_key(self, station: str) -> None:
        """Ask the station for no key any more."""
        await self._transport.ask("DELETE", f"/v1/stations/{quote(station, safe='')}/key", type(None))

    async def certificates(self, limit: int = 0) -> list[CertificateResource]:
        """What our own authority has issued to stations, the newest first."""
        return await self._transport.ask("GET", "/v1/certificates", list[CertificateResource], query={"limit": limit})

    async def revoke_certificate(self, serial: str) -> CertificateResource:
        """It counts no more."""
        return await self._transport.ask(
            "POST", f"/v1/certificates/{quote(serial, safe='')}/revoke", CertificateResource
        )

    async def certificate_requests(self) -> list[CertificateRequestResource]:
        """Stations' requests that wait for an outside authority, the oldest first."""
        return await self._transport.ask("GET", "/v1/certificates/requests", list[CertificateRequestResource])

    async def import_certificate(self, pem: str) -> CertificateResource:
        """What an outside authority has signed; it goes to the station whose request it answers."""
        path, body = "/v1/certificates/import", CertificateImport(pem=pem)
        return await self._transport.ask("POST", path, CertificateResource, body=body)

    async def crl(self) -> RevocationListResource:
        """Our own revocation list. Raises Unknown: there is no authority."""
        return await self._transport.ask("GET", "/v1/certificates/crl", RevocationListResource)

    async def root(self) -> RootResource:
        """The root certificate of the house's own authority. Raises Unknown: there is none."""
        return await self._transport.ask("GET", "/v1/certificates/root", RootResource)
