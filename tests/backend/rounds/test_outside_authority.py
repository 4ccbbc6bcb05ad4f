"""An outside authority signs for stations: from the request to the connection with its certificate; real sockets."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from backend.model.errors import Conflict, Invalid, Unknown
from backend.model.words import AlarmState, Version
from backend.simulator.station import VirtualStation
from tests.backend.security.stage import NOW, Net, serving

DAY = datetime.timedelta(days=1)
ASK = {"message": "SignChargePointCertificate"}


class Outside:
    """A root, and an authority below it that signs."""

    def __init__(self, name: str = "Outside") -> None:
        self.root_key, self.key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        self.root = _authority(f"{name} root", self.root_key, f"{name} root", self.root_key)
        self.below = _authority(f"{name} issuing", self.key, f"{name} root", self.root_key)

    def sign(self, csr: str, **other: Any) -> str:
        """The leaf and what is above it; `other` is what it says instead."""
        request = x509.load_pem_x509_csr(csr.encode())
        name = x509.Name(
            [
                x509.NameAttribute(NameOID.COMMON_NAME, other.get("common", "CP-1")),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, other.get("organization", "Nordkraft")),
            ]
        )
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self.below.subject)
            .public_key(other.get("key", request.public_key()))
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - 2 * DAY)
            .not_valid_after(NOW + other.get("days", 100) * DAY)
            .add_extension(x509.ExtendedKeyUsage([other.get("use", ExtendedKeyUsageOID.CLIENT_AUTH)]), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        return "".join(_pem(one) for one in (self.below, made))

    def crl(self, serial: int) -> bytes:
        """Its revocation list, good for a week."""
        row = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(NOW).build()
        made = x509.CertificateRevocationListBuilder().issuer_name(self.below.subject).last_update(NOW)
        made = made.next_update(NOW + 7 * DAY).add_revoked_certificate(row)
        return made.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def _authority(name: str, key: Any, issuer: str, signer: Any) -> x509.Certificate:
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - 2 * DAY)
        .not_valid_after(NOW + 1000 * DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(signer, hashes.SHA256())
    )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


@pytest.fixture
def outside() -> Outside:
    return Outside()


@pytest.fixture
async def net(tmp_path: Path, outside: Outside) -> AsyncIterator[Net]:
    (tmp_path / "outside.pem").write_text(_pem(outside.root) + _pem(outside.below))
    lists = tmp_path / "crl.pem"
    lists.write_bytes(outside.crl(1))
    async with serving(tmp_path, signer="outside", client_ca=tmp_path / "outside.pem", client_crl=lists) as made:
        yield made


async def asking(net: Net) -> VirtualStation:
    """A station of 1.6 that has asked for its certificate, and its request waits."""
    station = net.station(Version.V16)
    await net.until(lambda: station.accepted)
    await net.client.operate("refresh", "CP-1", parameters=ASK)
    await net.until(lambda: waiting(net))
    return station


def waiting(net: Net) -> int:
    assert net.server.house.outside is not None
    return len(net.server.house.outside.requests.all())


def infos(net: Net) -> list[str]:
    """What the open certificate alarms of the server itself say."""
    held = net.server.house.alarms.open.values()
    return [alarm.info for alarm in held if alarm.source == "server" and alarm.state is not AlarmState.RETURNED]


async def test_a_request_waits_is_signed_outside_and_its_certificate_serves(net: Net, outside: Outside) -> None:
    """Listed and one alarm while it waits; brought, it goes to the station, which then comes with it."""
    station = await asking(net)
    (row,) = await net.client.certificate_requests()
    assert (row.station, row.signed) == ("CP-1", False)
    await net.until(lambda: "1 request waits for its signature" in infos(net))
    taken = await net.client.import_certificate(outside.sign(row.pem))
    assert taken.issuer == outside.below.subject.rfc4514_string()
    await net.until(lambda: station.trust.has_certificate)
    await net.until(lambda: not waiting(net))
    await net.until(lambda: not infos(net))
    await net.install_root()
    ended = await net.ended(await net.move(3, url_setting="CentralSystemURL"))
    assert ended.state == "proved", ended.steps
    assert net.live().security_profile == 3
    station.stop()


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"common": "CP-2"}, "wrong_name"),
        ({"organization": "Somebody"}, "wrong_owner"),
        ({"days": -1}, "not_valid_now"),
        ({"use": ExtendedKeyUsageOID.SERVER_AUTH}, "wrong_use"),
    ],
)
async def test_what_does_not_fit_is_refused_and_the_request_still_waits(
    net: Net, outside: Outside, other: dict[str, Any], code: str
) -> None:
    """Another's name, another operator, ended, for servers."""
    station = await asking(net)
    (row,) = await net.client.certificate_requests()
    with pytest.raises(Invalid) as refused:
        await net.client.import_certificate(outside.sign(row.pem, **other))
    assert refused.value.code == code
    assert len(await net.client.certificate_requests()) == 1
    assert not await net.client.certificates()
    station.stop()


async def test_a_stranger_s_signature_another_key_and_rubbish_are_refused(net: Net, outside: Outside) -> None:
    """No way up to client_ca; no request with that key; no PEM."""
    station = await asking(net)
    (row,) = await net.client.certificate_requests()
    with pytest.raises(Invalid) as stranger:
        await net.client.import_certificate(Outside("Stranger").sign(row.pem))
    assert stranger.value.code == "untrusted"
    another = ec.generate_private_key(ec.SECP256R1()).public_key()
    with pytest.raises(Unknown):
        await net.client.import_certificate(outside.sign(row.pem, key=another))
    with pytest.raises(Invalid):
        await net.client.import_certificate("rubbish")
    station.stop()


async def test_a_station_that_is_away_gets_it_when_it_is_back_also_after_a_restart(
    tmp_path: Path, outside: Outside
) -> None:
    """Requests and signed certificates are on disk."""
    (tmp_path / "outside.pem").write_text(_pem(outside.root))
    settings: dict[str, Any] = {"signer": "outside", "client_ca": tmp_path / "outside.pem"}
    async with serving(tmp_path, **settings) as net:
        station = await asking(net)
        trust = station.trust
        station.stop()
        await net.until(lambda: net.live().connection is None)
    async with serving(tmp_path, **settings) as net:
        (row,) = await net.client.certificate_requests()
        await net.client.import_certificate(outside.sign(row.pem))
        assert (await net.client.certificate_requests())[0].signed
    async with serving(tmp_path, **settings) as net:
        station = net.station(Version.V16)
        station.trust = trust
        station.reactions = type(station.reactions)(station)
        await net.until(lambda: trust.has_certificate)
        await net.until(lambda: not waiting(net))
        station.stop()


async def test_lists_of_revoked_ones_are_read_again_and_missed(net: Net, outside: Outside) -> None:
    """On change at once; a list that has ended or cannot be read is an alarm, and the old one stays."""
    certificates, lists = net.server.house.certificates, net.server.settings.tls.client_crl
    assert lists is not None
    issuer = outside.below.subject.rfc4514_string()
    assert certificates.revoked_elsewhere == {(issuer, "1")}
    _write(lists, outside.crl(0xAB))
    await net.until(lambda: certificates.revoked_elsewhere == {(issuer, "AB")})
    _write(lists, b"-----BEGIN X509 CRL-----\nx\n-----END X509 CRL-----")
    await net.until(lambda: "the revocation list cannot be read" in infos(net))
    assert certificates.revoked_elsewhere == {(issuer, "AB")}
    _write(lists, outside.crl(0xCD))
    await net.until(lambda: not infos(net))
    net.clock.advance(8 * 86_400)
    await net.until(lambda: "the revocation list has ended, a newer one is missing" in infos(net))


async def test_a_station_whose_certificate_is_revoked_outside_is_cut_off(net: Net, outside: Outside) -> None:
    """As soon as the list says so; it does not come in again."""
    station = await asking(net)
    (row,) = await net.client.certificate_requests()
    taken = await net.client.import_certificate(outside.sign(row.pem))
    await net.until(lambda: station.trust.has_certificate)
    await net.install_root()
    assert (await net.ended(await net.move(3, url_setting="CentralSystemURL"))).state == "proved"
    await net.until(lambda: station.online)
    lists = net.server.settings.tls.client_crl
    assert lists is not None
    _write(lists, outside.crl(int(taken.serial, 16)))
    await net.until(lambda: not station.online)
    await asyncio.sleep(0)
    await net.until(lambda: net.live().connection is None)
    for _ in range(100):
        await net.until(lambda: True)
        await net.timers.advance(1)
        found = await net.client.quarantine()
        if found:
            break
    assert [row.reason for row in found] == ["revoked_certificate"]
    station.stop()


async def test_our_own_list_names_what_we_revoked_and_is_renewed(tmp_path: Path) -> None:
    """Written at the start, anew when something is revoked, and before it ends."""
    async with serving(tmp_path) as net:
        authority = net.server.house.authority
        assert authority is not None
        first = await net.client.crl()
        assert (first.revoked, first.pem) == (0, authority.crl.read_text())
        station = net.station(Version.V16)
        await net.until(lambda: station.accepted)
        await net.client.operate("refresh", "CP-1", parameters=ASK)
        await net.until(lambda: station.trust.has_certificate)
        with pytest.raises(Conflict):
            await net.client.import_certificate("x")
        (issued,) = await net.client.certificates()
        await net.client.revoke_certificate(issued.serial)
        await net.until(lambda: authority.crl.read_text() != first.pem)
        found = x509.load_pem_x509_crl((await net.client.crl()).pem.encode())
        assert found.is_signature_valid(authority.certificate.public_key())  # type: ignore[arg-type]
        assert [f"{row.serial_number:X}" for row in found] == [issued.serial]
        station.stop()
        until = authority.crl_until
        net.clock.advance(4.5 * 86_400)
        await net.until(lambda: authority.crl_until > until + 4 * 86_400)


def _write(file: Path, data: bytes) -> None:
    beside = file.with_suffix(".new")
    beside.write_bytes(data)
    beside.replace(file)
