"""The house's own certificate authority."""

from __future__ import annotations

import base64
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

from backend.model.clock import HeldClock, as_datetime
from backend.model.errors import Invalid, Unavailable
from backend.security.authority import Authority


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
def authority(tmp_path: Path, clock: HeldClock) -> Authority:
    made = Authority(tmp_path / "tls", "Nordkraft", clock)
    made.open()
    return made


def request(common: str, organization: str = "Nordkraft", key: Any = None) -> str:
    """A CSR as stations make it."""
    signer = key or ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization), x509.NameAttribute(NameOID.COMMON_NAME, common)]
    )
    digest = None if isinstance(signer, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    made = x509.CertificateSigningRequestBuilder().subject_name(name).sign(signer, digest)
    return made.public_bytes(serialization.Encoding.PEM).decode()


def changed() -> str:
    """A CSR whose last byte was changed on the way."""
    der = bytearray(x509.load_pem_x509_csr(request("CP-1").encode()).public_bytes(serialization.Encoding.DER))
    der[-1] ^= 1
    body = base64.encodebytes(bytes(der)).decode()
    return f"-----BEGIN CERTIFICATE REQUEST-----\n{body}-----END CERTIFICATE REQUEST-----"


def test_a_request_becomes_a_certificate_that_the_root_vouches_for(authority: Authority, clock: HeldClock) -> None:
    """For a year, for clients, in the station's name and ours."""
    chain, issued = authority.sign(request("cp-1"), "CP-1", "station")
    leaf, root = x509.load_pem_x509_certificates(chain.encode())
    assert root == authority.certificate
    purposes = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(purposes) == [x509.ExtendedKeyUsageOID.CLIENT_AUTH]
    leaf.verify_directly_issued_by(root)
    assert leaf.subject.rfc4514_string() == "CN=CP-1,O=Nordkraft"
    assert f"{leaf.serial_number:X}" == issued.serial
    assert issued.not_after - clock.now() == pytest.approx(365 * 86_400, abs=2)


@pytest.mark.parametrize(
    ("csr", "code"),
    [
        (lambda: request("CP-2"), "wrong_name"),
        (lambda: request("CP-1", "Somebody"), "wrong_owner"),
        (lambda: request("CP-1", key=rsa.generate_private_key(65537, 1024)), "weak_key"),
        (lambda: request("CP-1", key=ed25519.Ed25519PrivateKey.generate()), "weak_key"),
        (lambda: "-----BEGIN CERTIFICATE REQUEST-----\nx\n-----END CERTIFICATE REQUEST-----", "bad_request"),
        (lambda: "x" * 10_000, "bad_request"),
        (lambda: "\ud800", "bad_request"),
        (changed, "bad_request"),
    ],
)
def test_what_may_not_be_signed_is_not(authority: Authority, csr: Callable[[], str], code: str) -> None:
    """Another's name, another operator, weak keys, broken text, a signature that does not fit."""
    with pytest.raises(Invalid) as refused:
        authority.sign(csr(), "CP-1", "station")
    assert refused.value.code == code


def test_files_are_for_the_server_alone_and_stay(authority: Authority, tmp_path: Path, clock: HeldClock) -> None:
    """0600 in a folder of 0700; the next start finds the same root."""
    chain, key = authority.server_files(["localhost", "127.0.0.1"])
    for file in (chain, key, authority.root, tmp_path / "tls" / "ca.key"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "tls").stat().st_mode) == 0o700
    again = Authority(tmp_path / "tls", "Nordkraft", clock)
    again.open()
    assert again.certificate == authority.certificate
    before = chain.read_bytes()
    assert again.server_files(["localhost"])[0].read_bytes() == before
    again.server_files(["localhost", "csms.example"])
    assert chain.read_bytes() != before


def test_the_servers_certificate_is_made_anew_a_month_before_it_ends(authority: Authority, clock: HeldClock) -> None:
    """Not earlier."""
    chain, _ = authority.server_files(["localhost"])
    before = chain.read_bytes()
    clock.advance(360 * 86_400)
    assert authority.server_files(["localhost"])[0].read_bytes() == before
    clock.advance(10 * 86_400)
    assert authority.server_files(["localhost"])[0].read_bytes() != before


def test_a_spoilt_authority_is_said_and_not_replaced(tmp_path: Path, clock: HeldClock) -> None:
    """A new root would lock out every station that trusts the old one."""
    folder = tmp_path / "tls"
    Authority(folder, "N", clock).open()
    (folder / "ca.key").write_text("rubbish")
    with pytest.raises(Unavailable):
        Authority(folder, "N", clock).open()
    assert (folder / "ca.key").read_text() == "rubbish"


def test_the_validity_begins_before_now(authority: Authority, clock: HeldClock) -> None:
    """A station whose clock is a little behind must not refuse it."""
    chain, _ = authority.sign(request("CP-1"), "CP-1", "station")
    leaf = x509.load_pem_x509_certificate(chain.encode())
    assert leaf.not_valid_before_utc < as_datetime(clock.now())
