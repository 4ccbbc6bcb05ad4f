"""The TLS of the stations' port: versions, suites, certificates, and what a client's certificate says."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.x509.oid import NameOID

from backend.model.certificate import PeerCertificate
from backend.model.clock import Instant
from backend.model.errors import Unavailable
from backend.model.sanitise import clean
from backend.model.settings import TlsSettings
from backend.security.authority import Authority
from backend.text import t

SUITES = (
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-RSA-AES256-GCM-SHA384:AES128-GCM-SHA256:AES256-GCM-SHA384"
)
"""What the security whitepaper asks of profiles 2 and 3; TLS 1.3 has its own."""
_CRL_BEGIN, _CRL_END = b"-----BEGIN X509 CRL-----", b"-----END X509 CRL-----"
OLD_SUITES = ":ECDHE-RSA-AES128-SHA256:AES128-SHA256:AES128-SHA"


class ServerTls:
    """The context of the port, and its renewal: a context takes new certificates for new connections."""

    def __init__(self, settings: TlsSettings, authority: Authority) -> None:
        self._settings = settings
        self._authority = authority
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._top: x509.Certificate | None = None
        self.until = 0.0
        """When the server's certificate ends."""

    def open(self) -> None:
        """Load all files.

        Raises:
            Unavailable: one cannot be read, or does not fit; it says which.
        """
        context, settings = self.context, self._settings
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(SUITES + (OLD_SUITES if settings.old_suites else ""))
        context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
        context.verify_mode = ssl.CERT_OPTIONAL
        self.renew()
        self._trust(self._authority.root)
        if settings.client_ca is not None:
            self._trust(settings.client_ca)

    def renew(self) -> None:
        """Take the server's certificate as it is on disk now; our own is made anew a month before it ends."""
        settings = self._settings
        if settings.certificate is not None and settings.key is not None:
            chain, key = settings.certificate, settings.key
        else:
            chain, key = self._authority.server_files(settings.names or own_names())
        try:
            self.context.load_cert_chain(chain, key)
            certificates = x509.load_pem_x509_certificates(chain.read_bytes())
            self.until, self._top = certificates[0].not_valid_after_utc.timestamp(), certificates[-1]
        except (OSError, ValueError) as error:
            raise _unusable(chain, error) from error

    def root(self) -> tuple[bytes, int | None]:
        """Name (DER) and serial number of the root above the certificate in use; no serial: it is not in the chain."""
        if self._top is None:
            return b"", None
        whole = self._top.issuer == self._top.subject
        return self._top.issuer.public_bytes(), self._top.serial_number if whole else None

    def _trust(self, file: Path) -> None:
        try:
            self.context.load_verify_locations(cafile=file)
        except (OSError, ValueError) as error:
            raise _unusable(file, error) from error


class Revoked(NamedTuple):
    """What the lists of a file say."""

    revoked: frozenset[tuple[str, str]]
    """Issuer (RFC 4514) and serial (hexadecimal)."""
    until: Instant | None
    """When the first of the lists ends; None: none says."""


def read_revoked(lists: Path, authorities: Path | None) -> Revoked:
    """The PEM revocation lists of a file.

    Raises:
        Unavailable: it cannot be read, or a list is not signed by one of the authorities.
    """
    try:
        data = lists.read_bytes()
        found = [x509.load_pem_x509_crl(part + _CRL_END) for part in data.split(_CRL_END) if _CRL_BEGIN in part]
    except (OSError, ValueError) as error:
        raise _unusable(lists, error) from error
    trusted = authorities_in(authorities)
    for one in found:
        signers = [signer for signer in trusted if signer.subject == one.issuer]
        if not any(_signed(one, signer) for signer in signers):
            raise _unusable(
                lists,
                ValueError(
                    t("the list of {issuer} is signed by nobody in client_ca", issuer=one.issuer.rfc4514_string())
                ),
            )
    ends = [one.next_update_utc.timestamp() for one in found if one.next_update_utc is not None]
    rows = frozenset((one.issuer.rfc4514_string(), f"{row.serial_number:X}") for one in found for row in one)
    return Revoked(rows, min(ends, default=None))


def authorities_in(file: Path | None) -> list[x509.Certificate]:
    """The certificates of a PEM file of authorities. Raises Unavailable: it cannot be read."""
    try:
        return [] if file is None else x509.load_pem_x509_certificates(file.read_bytes())
    except (OSError, ValueError) as error:
        raise _unusable(file or Path(), error) from error


def file_stamp(file: Path) -> tuple[int, int] | None:
    """Tells whether a file was changed; None: it is not there."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _signed(revoked: x509.CertificateRevocationList, signer: x509.Certificate) -> bool:
    try:
        return revoked.is_signature_valid(signer.public_key())  # type: ignore[arg-type]
    except TypeError:
        return False


def peer_certificate(connection: ssl.SSLObject | ssl.SSLSocket | None) -> PeerCertificate | None:
    """The client's certificate, which OpenSSL has verified; None: it showed none."""
    der = None if connection is None else connection.getpeercert(binary_form=True)
    if not der:
        return None
    try:
        found = x509.load_der_x509_certificate(der)
    except ValueError:  # OpenSSL takes what is stricter read here
        return PeerCertificate(common_name="", organization="", issuer="", serial="", not_after=0.0)
    return PeerCertificate(
        common_name=_text(found.subject, NameOID.COMMON_NAME),
        organization=_text(found.subject, NameOID.ORGANIZATION_NAME),
        issuer=found.issuer.rfc4514_string(),
        serial=f"{found.serial_number:X}",
        not_after=found.not_valid_after_utc.timestamp(),
    )


def own_names() -> list[str]:
    """The names under which this machine is likely reached."""
    names = [socket.gethostname(), socket.getfqdn(), "localhost", "127.0.0.1", "::1"]
    return list(dict.fromkeys(name for name in names if name and " " not in name))


def _text(name: x509.Name, oid: x509.ObjectIdentifier) -> str:
    found = name.get_attributes_for_oid(oid)
    return clean(str(found[0].value), 100) if len(found) == 1 else ""


def _unusable(file: Path, error: Exception) -> Unavailable:
    return Unavailable(
        "bad_tls_file",
        t("{file} cannot be used for TLS: {why}", file=file, why=clean(str(error), 160)),
        t("It must be PEM, the chain with the server's own certificate first, and the key must fit to it."),
    )
