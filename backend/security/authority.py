"""The house's own certificate authority: small, on disk, for server certificates and those of stations (profile 3).

P-256 throughout (security whitepaper 3: EC of 224 bits or more, RSA of 2048 or more), SHA-256. The key is a file that
only the server's user may read; whoever has it can make stations up.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from backend.model.certificate import IssuedCertificate
from backend.model.clock import Clock, Instant, as_datetime
from backend.model.errors import Unavailable
from backend.security.csr import StationKey, checked_key
from backend.text import t

CA_DAYS, SERVER_DAYS, STATION_DAYS = 20 * 365, 397, 365
EARLY = timedelta(days=1)
"""Certificates count from the day before: stations' clocks are wrong."""


class Authority:
    """Opened over a folder, which it fills at the first start."""

    def __init__(self, folder: Path, organization: str, clock: Clock) -> None:
        self._folder = folder
        self._organization = organization
        self._clock = clock
        self._key: ec.EllipticCurvePrivateKey
        self.certificate: x509.Certificate
        self.crl_until: Instant = 0.0
        """When our revocation list ends; 0: none was written yet."""

    @property
    def root(self) -> Path:
        """The PEM file that stations need as their CSMS root."""
        return self._folder / "ca.pem"

    @property
    def root_pem(self) -> str:
        """The same as text."""
        return _pem(self.certificate).decode()

    @property
    def until(self) -> Instant:
        """When the root ends."""
        return self.certificate.not_valid_after_utc.timestamp()

    def open(self) -> None:
        """Read key and certificate, or make them.

        Raises:
            Unavailable: they cannot be read or written.
        """
        key, root = self._folder / "ca.key", self.root
        try:
            if not key.exists():
                self._create(key, root)
            loaded = serialization.load_pem_private_key(key.read_bytes(), None)
            self.certificate = x509.load_pem_x509_certificate(root.read_bytes())
        except (OSError, ValueError) as error:
            raise Unavailable(
                "no_authority",
                t("The certificate authority in {folder} cannot be used: {why}", folder=self._folder, why=error),
                t("Restore its files from a backup, or move the folder away to begin a new one."),
            ) from error
        if not isinstance(loaded, ec.EllipticCurvePrivateKey):
            raise Unavailable(
                "no_authority",
                t("The key in {file} is of another kind than ours.", file=key),
                t("Restore it from a backup, or move the folder away to begin a new one."),
            )
        self._key = loaded

    def server_files(self, names: Sequence[str]) -> tuple[Path, Path]:
        """Chain and key (PEM files) of a server certificate for these host names and addresses; the one that is
        there while it names them all and lasts another month."""
        chain, key = self._folder / "server.pem", self._folder / "server.key"
        if not (chain.exists() and key.exists() and self._serves(chain, names)):
            made = ec.generate_private_key(ec.SECP256R1())
            subject = self._name(names[0] if names else "noc")
            leaf = (
                self._leaf(subject, made.public_key(), SERVER_DAYS, ExtendedKeyUsageOID.SERVER_AUTH)
                .add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
                .sign(self._key, hashes.SHA256())
            )
            _write(key, _key_pem(made))
            _write(chain, _pem(leaf) + _pem(self.certificate))
        return chain, key

    def sign(self, csr: str, station: str, asked_by: str) -> tuple[str, IssuedCertificate]:
        """A station's request becomes its certificate: the PEM chain, and what is remembered of it.

        Raises:
            Invalid: the request is broken, weak, or in another's name (whitepaper A02; CN and O).
        """
        key = checked_key(csr, station, self._organization)
        subject = self._name(station)
        leaf = self._leaf(subject, key, STATION_DAYS, ExtendedKeyUsageOID.CLIENT_AUTH).sign(self._key, hashes.SHA256())
        issued = IssuedCertificate(
            serial=f"{leaf.serial_number:X}",
            station=station,
            not_before=leaf.not_valid_before_utc.timestamp(),
            not_after=leaf.not_valid_after_utc.timestamp(),
            fingerprint=leaf.fingerprint(hashes.SHA256()).hex(),
            asked_by=asked_by,
        )
        return (_pem(leaf) + _pem(self.certificate)).decode(), issued

    @property
    def crl(self) -> Path:
        """The PEM file of our revocation list."""
        return self._folder / "crl.pem"

    def write_crl(self, revoked: Iterable[IssuedCertificate], days: float) -> None:
        """Write the list of what counts no more, good for some days. Raises OSError."""
        now = self._now()
        until = now + timedelta(days=days)
        made = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(now)
            .next_update(until)
            .add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )
        for one in revoked:
            at = as_datetime(one.revoked or now.timestamp())
            row = x509.RevokedCertificateBuilder().serial_number(int(one.serial, 16)).revocation_date(at).build()
            made = made.add_revoked_certificate(row)
        _write(self.crl, made.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        self.crl_until = until.timestamp()

    # Inside

    def _create(self, key: Path, root: Path) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = ec.generate_private_key(ec.SECP256R1())
        now, name = self._now(), self._name("noc CA")
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(made.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - EARLY)
            .not_valid_after(now + timedelta(days=CA_DAYS))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(made.public_key()), critical=False)
            .sign(made, hashes.SHA256())
        )
        _write(root, _pem(certificate))
        _write(key, _key_pem(made))

    def _leaf(
        self, subject: x509.Name, key: StationKey, days: int, purpose: x509.ObjectIdentifier
    ) -> x509.CertificateBuilder:
        now = self._now()
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.certificate.subject)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - EARLY)
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )

    def _name(self, common: str) -> x509.Name:
        return x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, self._organization[:64] or "noc"),
                x509.NameAttribute(NameOID.COMMON_NAME, common[:64]),
            ]
        )

    def _serves(self, chain: Path, names: Sequence[str]) -> bool:
        try:
            found = x509.load_pem_x509_certificate(chain.read_bytes())
            named = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except (ValueError, x509.ExtensionNotFound):
            return False
        ours = found.issuer == self.certificate.subject
        lasts = found.not_valid_after_utc - self._now() > timedelta(days=30)
        return ours and lasts and {_general(name) for name in names} <= set(named)

    def _now(self) -> datetime:
        return as_datetime(self._clock.now())


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all, and for nobody else to read."""
    beside = path.with_suffix(path.suffix + ".new")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
