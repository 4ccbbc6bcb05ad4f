"""Security profiles, keys, certificates and roots."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from backend.model.words import Link


class SecurityResource(Struct, kw_only=True):
    """How one station proves who it is."""

    station: str
    security_profile: int
    """What it has proved on its last connection."""
    least_profile: int
    """Below which it is not served."""
    link: Link
    has_key: bool = False
    key_form: str = ""
    """How it showed its key: `raw`, `hex`."""
    key_set: datetime | None = None
    key_set_by: str = ""
    next_key: bool = False
    """A new key is on its way; the old one counts until the station has taken it."""
    certificate: str = ""
    """Serial number of the newest that was issued to it."""
    certificate_until: datetime | None = None
    certificate_revoked: datetime | None = None


class CertificateResource(Struct, kw_only=True):
    """A client certificate that was issued to a station."""

    serial: str
    station: str
    begins: datetime
    until: datetime
    fingerprint: str = ""
    """SHA-256 of the DER form, hexadecimal."""
    asked_by: str = ""
    """`station`: by SignCertificate; else who."""
    revoked: datetime | None = None
    issuer: str = ""
    """The outside authority that signed it (RFC 4514); empty: our own did."""


class CertificateRequestResource(Struct, kw_only=True):
    """A station's request that waits for an outside authority."""

    station: str
    key: str
    """SHA-256 of its public key, hexadecimal."""
    asked: datetime
    pem: str
    signed: bool = False
    """Its certificate is here, and waits for the station."""


class RevocationListResource(Struct, kw_only=True):
    """Our own revocation list."""

    pem: str
    until: datetime
    revoked: int


class RootResource(Struct, kw_only=True):
    """The root certificate of the house's own authority."""

    pem: str
    until: datetime


class KeyResource(Struct, kw_only=True):
    """A key that was made: shown this once, and kept by nobody."""

    station: str
    key: str
