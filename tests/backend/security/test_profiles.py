"""Security profiles 2 and 3 with real TLS on loopback: who comes in, who does not, and what is said of it."""

from __future__ import annotations

import asyncio
import base64
import datetime
import ssl
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import websockets
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from websockets.exceptions import InvalidStatus

from backend.client.client import Client
from backend.model.clock import HeldClock
from backend.model.errors import Unavailable
from backend.model.settings import Settings
from backend.security.tls import read_revoked
from backend.server import Server

NOW = datetime.datetime.now(datetime.UTC)


class Net:
    """A server with both ports, and stations that come to them."""

    def __init__(self, server: Server, folder: Path, client: Client) -> None:
        self.server, self.folder, self.client = server, folder, client
        self.root = server.settings.store.data / "tls" / "ca.pem"

    @property
    def secure(self) -> str:
        return self.server.tls_address

    def context(self, chain: str = "", key: ec.EllipticCurvePrivateKey | None = None) -> ssl.SSLContext:
        """A station's TLS: it trusts our root, and may have a certificate."""
        made = ssl.create_default_context(cafile=self.root)
        if key is not None:
            file = self.folder / "client.pem"
            pem = key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            file.write_bytes(chain.encode() + pem)
            made.load_cert_chain(file)
        return made

    def certificate(self, name: str, *, organization: str = "Nordkraft", days: int = 30) -> tuple[str, Any]:
        """A certificate of our own authority; a negative number of days ago it ended."""
        key = ec.generate_private_key(ec.SECP256R1())
        authority = self.server.security.authority
        assert authority is not None
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
                x509.NameAttribute(NameOID.COMMON_NAME, name),
            ]
        )
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(authority.certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - datetime.timedelta(days=60))
            .not_valid_after(NOW + datetime.timedelta(days=days))
            .sign(authority._key, hashes.SHA256())
        )
        return made.public_bytes(serialization.Encoding.PEM).decode(), key

    async def come(
        self, name: str, context: ssl.SSLContext, key: str | None = None, *, address: str | None = None
    ) -> int:
        """The HTTP status of a connect; 101 when it was in."""
        headers = {}
        if key is not None:
            headers["Authorization"] = "Basic " + base64.b64encode(f"{name}:{key}".encode()).decode()
        try:
            socket = await websockets.connect(
                f"wss://{address or self.secure}/ocpp/{name}",
                ssl=context,
                server_hostname="localhost",
                subprotocols=[websockets.Subprotocol("ocpp1.6")],
                additional_headers=headers,
            )
        except InvalidStatus as refused:
            return refused.response.status_code
        await socket.close()
        return 101

    async def reasons(self, count: int = 1) -> set[str]:
        """What quarantine says, once that many rows are there."""
        async with asyncio.timeout(5):
            while True:
                self.server.tick()
                rows = await self.client.quarantine()
                if len(rows) >= count:
                    return {row.reason for row in rows}
                await asyncio.sleep(0.01)


@pytest.fixture
async def net(tmp_path: Path) -> AsyncIterator[Net]:
    with tempfile.TemporaryDirectory() as short:
        settings = Settings(network="Nordkraft")
        settings.ocpp.host, settings.ocpp.port = "127.0.0.1", 0
        settings.tls.host, settings.tls.port, settings.tls.names = "127.0.0.1", 0, ["localhost", "127.0.0.1"]
        settings.store.data = tmp_path / "data"
        settings.api.listen = f"unix:{short}/api.sock"
        server = Server(settings, HeldClock(NOW.timestamp()))
        await server.start()
        async with Client(server.api_address) as client:
            await client.put_station("CP-1")
            yield Net(server, tmp_path, client)
        await server.stop()


async def test_profile_2_is_a_key_over_tls(net: Net) -> None:
    """The station trusts our root; with the right key it is on profile 2, without one it is refused."""
    key = (await net.client.put_key("CP-1")).key
    await net.client.put_station("CP-1", least_profile=2)
    assert await net.come("CP-1", net.context(), key) == 101
    assert (await net.client.station("CP-1")).security_profile == 2
    assert await net.come("CP-1", net.context()) == 401
    assert await net.come("CP-1", net.context(), "wrong") == 401


async def test_the_root_is_handed_out(net: Net) -> None:
    """What a technician needs, and what `install-root` sends."""
    found = await net.client.root()
    assert found.pem == net.root.read_text()
    assert found.until.year > NOW.year + 15


async def test_profile_3_is_a_certificate_in_its_name(net: Net) -> None:
    """No key is asked for; the CN is compared without case."""
    await net.client.put_station("CP-1", least_profile=3)
    assert await net.come("CP-1", net.context(*net.certificate("cp-1"))) == 101
    assert (await net.client.station("CP-1")).security_profile == 3


async def test_a_certificate_of_another_is_refused(net: Net) -> None:
    """Wrong CN, wrong O: 403, each with its word."""
    assert await net.come("CP-1", net.context(*net.certificate("CP-2"))) == 403
    assert await net.come("CP-1", net.context(*net.certificate("CP-1", organization="Somebody"))) == 403
    assert await net.reasons(2) == {"wrong_certificate", "wrong_certificate_owner"}


async def test_a_certificate_that_has_ended_is_refused(net: Net) -> None:
    """In the TLS handshake already."""
    with pytest.raises((ssl.SSLError, OSError, websockets.exceptions.InvalidMessage)):
        await net.come("CP-1", net.context(*net.certificate("CP-1", days=-1)))
    assert await net.reasons() == {"expired_certificate"}


async def test_a_certificate_of_a_stranger_is_refused(net: Net) -> None:
    """Signed with a key that is not ours."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "CP-1")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - datetime.timedelta(days=1))
        .not_valid_after(NOW + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    with pytest.raises((ssl.SSLError, OSError, websockets.exceptions.InvalidMessage)):
        await net.come("CP-1", net.context(made.public_bytes(serialization.Encoding.PEM).decode(), key))
    assert await net.reasons() == {"unknown_certificate"}


async def test_a_revoked_certificate_counts_no_more(net: Net) -> None:
    """From the next handshake on."""
    server = net.server
    assert server.security.authority is not None
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "CP-1")])
    csr = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    chain, issued = server.security.authority.sign(
        csr.public_bytes(serialization.Encoding.PEM).decode(), "CP-1", "test"
    )
    server.house.certificates.issued(issued)
    assert await net.come("CP-1", net.context(chain, key)) == 101
    server.house.certificates.revoke(issued.serial)
    assert await net.come("CP-1", net.context(chain, key)) == 403
    assert await net.reasons() == {"revoked_certificate"}


async def test_a_downgrade_is_refused(net: Net) -> None:
    """A station of profile 3 that comes with a key alone, over TLS or plain, does not come in."""
    key = (await net.client.put_key("CP-1")).key
    await net.client.put_station("CP-1", least_profile=3)
    assert await net.come("CP-1", net.context(), key) == 403
    assert await net.reasons() == {"no_client_certificate"}


async def test_old_tls_is_refused(net: Net) -> None:
    """TLS 1.1 is no common version."""
    context = net.context()
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, OSError)):
        await net.come("CP-1", context)
    assert await net.reasons() == {"tls_too_old"}


async def test_plain_on_tls_and_tls_on_plain(net: Net) -> None:
    """Each is named for what it is."""
    host, _, port = net.secure.rpartition(":")
    _, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET /ocpp/CP-1 HTTP/1.1\r\nHost: x\r\n\r\n")
    writer.close()
    assert await net.reasons() == {"plain_on_tls"}
    with pytest.raises((ssl.SSLError, OSError)):
        await net.come("CP-1", net.context(), address=net.server.ocpp_address)
    assert await net.reasons(2) == {"plain_on_tls", "tls_on_plain"}


async def test_the_suites_are_those_of_the_whitepaper(net: Net) -> None:
    """A client that has nothing but CBC finds no common suite."""
    context = net.context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-ECDSA-AES128-SHA256")
    with pytest.raises((ssl.SSLError, OSError)):
        await net.come("CP-1", context)
    assert await net.reasons() == {"no_common_suite"}


def test_revocation_lists_of_an_outside_authority_are_checked(tmp_path: Path) -> None:
    """Every list of the file counts, and only those that an authority of ours has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Outside CA")])
    root = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - datetime.timedelta(days=1))
        .not_valid_after(NOW + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    authorities, lists = tmp_path / "ca.pem", tmp_path / "crl.pem"
    authorities.write_bytes(root.public_bytes(serialization.Encoding.PEM))

    def revoking(serial: int, signer: ec.EllipticCurvePrivateKey) -> bytes:
        row = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(NOW).build()
        made = x509.CertificateRevocationListBuilder().issuer_name(name).last_update(NOW).next_update(NOW)
        return made.add_revoked_certificate(row).sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    lists.write_bytes(revoking(0xAB, key) + revoking(0xCD, key))
    assert read_revoked(lists, authorities).revoked == {("CN=Outside CA", "AB"), ("CN=Outside CA", "CD")}
    lists.write_bytes(revoking(0xAB, ec.generate_private_key(ec.SECP256R1())))
    with pytest.raises(Unavailable):
        read_revoked(lists, authorities)
