"""How stations prove who they are: who is on what, keys, certificates."""

# ruff: noqa: A002 - `filter` is the word of the API

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from litestar import Request, delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.response import Stream

from backend.api.changes import record
from backend.api.pace import sliced
from backend.api.rights import person_of
from backend.api.routing import FAILS, house_of, lists, needs, read_filter, read_limit, stream, up_to
from backend.model.certificate import IssuedCertificate
from backend.model.clock import as_datetime
from backend.model.credential import Slot
from backend.model.errors import Conflict, Unavailable, Unknown
from backend.model.filter import Filter, Subject
from backend.model.requests import CertificateImport, KeyChange
from backend.model.resources import (
    CertificateRequestResource,
    CertificateResource,
    KeyResource,
    RevocationListResource,
    RootResource,
    SecurityResource,
)
from backend.model.sanitise import clean
from backend.model.station import Station
from backend.model.words import Right
from backend.security.keys import new_key
from backend.text import t

if TYPE_CHECKING:
    from backend.api.house import House
    from backend.security.authority import Authority

Asked = Request[Any, Any, Any]


@get("/v1/security", opt=needs(Right.READ), responses={**lists(SecurityResource), **FAILS})
async def list_security(
    request: Asked, filter: FromQuery[str] = "", limit: FromQuery[int] = 100, after: FromQuery[str] = ""
) -> Stream:
    """Who is on what security profile, with which key and certificate, by station."""
    house = house_of(request)
    return await stream(up_to(_rows(house, read_filter(filter, Subject.STATION), after), read_limit(limit)))


async def _rows(house: House, chosen: Filter, after: str) -> AsyncIterator[SecurityResource]:
    now = house.clock.now()
    async for name in sliced(house.feed.names_from(after)):
        station = house.fleet.find(name)
        if station is None or station.id <= after:
            continue
        site = house.register.site_of(station.id)
        shown = None if site is None else house.views.site(site)
        if chosen.matches_station(house.views.station(station), shown, now):
            yield row(house, station)


@get("/v1/stations/{name:str}/security", opt=needs(Right.READ), responses=FAILS)
async def get_security(request: Asked, name: FromPath[str]) -> SecurityResource:
    """One station."""
    house = house_of(request)
    return row(house, _known(house, name))


@put("/v1/stations/{name:str}/key", opt=needs(Right.REGISTER), responses=FAILS)
async def put_key(request: Asked, name: FromPath[str], data: JSONBody[KeyChange]) -> KeyResource:
    """Put a key on record, in place of any other; the station must show it from its next connection on.

    The answer holds a key that was made here, this once; one that was given is not repeated.
    """
    house, person = house_of(request), person_of(request)
    station = _known(house, name)
    key = data.key if data.key is not None else new_key()
    house.credentials.put(station.id, key, person.name)
    record(house, person, "key set", station.id)
    house.feed.station_changed(station.id)
    return KeyResource(station=station.id, key="" if data.key is not None else key)


@delete("/v1/stations/{name:str}/key", opt=needs(Right.REGISTER), status_code=200, responses=FAILS)
async def remove_key(request: Asked, name: FromPath[str]) -> None:
    """Ask the station for no key any more."""
    house, person = house_of(request), person_of(request)
    station = _known(house, name)
    house.credentials.remove(station.id)
    record(house, person, "key removed", station.id)
    house.feed.station_changed(station.id)


@get("/v1/certificates/root", opt=needs(Right.READ), responses=FAILS)
async def get_root(request: Asked) -> RootResource:
    """The root that stations need to trust this server."""
    authority = _authority(house_of(request))
    return RootResource(pem=authority.root_pem, until=as_datetime(authority.until))


@get("/v1/certificates/crl", opt=needs(Right.READ), responses=FAILS)
async def get_crl(request: Asked) -> RevocationListResource:
    """Our own revocation list (RFC 5280), for whoever checks stations' certificates besides this server."""
    house = house_of(request)
    authority = _authority(house)
    try:
        pem = authority.crl.read_text("ascii")
    except OSError as error:
        raise Unavailable(
            "no_crl",
            t("The revocation list cannot be read: {why}", why=clean(str(error), 100)),
            t("It is {file}.", file=authority.crl),
        ) from error
    revoked = len(house.certificates.revoked_of_ours())
    return RevocationListResource(pem=pem, until=as_datetime(authority.crl_until), revoked=revoked)


@get("/v1/certificates/requests", opt=needs(Right.READ), responses=FAILS)
async def list_requests(request: Asked) -> list[CertificateRequestResource]:
    """Stations' requests that wait for an outside authority, the oldest first."""
    outside = house_of(request).outside
    held = outside.requests.all() if outside is not None else []
    return [
        CertificateRequestResource(
            station=one.station, key=one.key, asked=as_datetime(one.at), pem=one.csr, signed=bool(one.chain)
        )
        for one in held
    ]


@post("/v1/certificates/import", opt=needs(Right.REGISTER), status_code=200, responses=FAILS)
async def import_certificate(request: Asked, data: JSONBody[CertificateImport]) -> CertificateResource:
    """What an outside authority has signed: checked against the station's request, then sent as CertificateSigned."""
    house, person = house_of(request), person_of(request)
    if house.outside is None:
        raise Conflict(
            "own_authority",
            t("This server's own authority signs for stations."),
            t('[tls] signer = "outside" has requests wait for another.'),
        )
    issued = house.outside.take(data.pem, person.name)
    record(house, person, "certificate imported", f"{issued.station} {issued.serial}")
    house.feed.station_changed(issued.station)
    return _certificate(issued)


@get("/v1/certificates", opt=needs(Right.READ), responses=FAILS)
async def list_certificates(request: Asked, limit: FromQuery[int] = 100) -> list[CertificateResource]:
    """What our own authority has issued to stations, the newest first."""
    newest = islice(reversed(house_of(request).certificates.all()), read_limit(limit))
    return [_certificate(one) for one in newest]


@post("/v1/certificates/{serial:str}/revoke", opt=needs(Right.REGISTER), status_code=200, responses=FAILS)
async def revoke_certificate(request: Asked, serial: FromPath[str]) -> CertificateResource:
    """It counts no more from the next handshake on; whoever is connected with it is cut off."""
    house, person = house_of(request), person_of(request)
    revoked = house.certificates.revoke(serial)
    record(house, person, "certificate revoked", f"{revoked.station} {revoked.serial}")
    live = house.fleet.find(revoked.station)
    if live is not None and live.security_profile == 3:
        house.gateway.close(revoked.station, "certificate revoked")
    house.feed.station_changed(revoked.station)
    return _certificate(revoked)


def _authority(house: House) -> Authority:
    authority = house.authority
    if authority is None:
        raise Unknown(
            "no_authority",
            t("This server has no certificate authority."),
            t("It makes one when it serves TLS: noc serve --ocpps HOST:PORT."),
        )
    return authority


def _certificate(one: IssuedCertificate) -> CertificateResource:
    return CertificateResource(
        serial=one.serial,
        station=one.station,
        begins=as_datetime(one.not_before),
        until=as_datetime(one.not_after),
        fingerprint=one.fingerprint,
        asked_by=one.asked_by,
        issuer=one.issuer,
        revoked=None if one.revoked is None else as_datetime(one.revoked),
    )


def row(house: House, station: Station) -> SecurityResource:
    """What the list shows of a station."""
    held = house.credentials.of(station.id)
    current = held.get(Slot.CURRENT)
    issued = house.certificates.newest(station.id)
    return SecurityResource(
        station=station.id,
        security_profile=station.security_profile,
        least_profile=house.credentials.least_profile(station.id),
        link=station.link,
        has_key=bool(held),
        key_form=house.gateway.memories.key_form(station.id),
        key_set=None if current is None else as_datetime(current.at),
        key_set_by="" if current is None else current.set_by,
        next_key=Slot.NEXT in held,
        certificate="" if issued is None else issued.serial,
        certificate_until=None if issued is None else as_datetime(issued.not_after),
        certificate_revoked=None if issued is None or issued.revoked is None else as_datetime(issued.revoked),
    )


def _known(house: House, name: str) -> Station:
    station = house.fleet.find(name)
    if station is None:
        raise Unknown(
            "unknown_station",
            t("There is no station {name!r}.", name=name[:255]),
            t("`noc station list` names those there are."),
        )
    return station
