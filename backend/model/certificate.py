"""Certificates, as far as the house speaks of them (X.509, RFC 5280)."""

from __future__ import annotations

from msgspec import Struct

from backend.model.clock import Instant


class PeerCertificate(Struct, frozen=True, kw_only=True):
    """What a client certificate says."""

    common_name: str
    organization: str
    issuer: str
    """The issuer's name, RFC 4514."""
    serial: str
    """Hexadecimal, without leading zeros, in capitals."""
    not_after: Instant


class IssuedCertificate(Struct, kw_only=True):
    """One that was issued to a station."""

    serial: str
    """Hexadecimal, without leading zeros, in capitals."""
    station: str
    not_before: Instant
    not_after: Instant
    fingerprint: str = ""
    """SHA-256 of the DER form, hexadecimal."""
    asked_by: str = ""
    """`station`: by SignCertificate; else who."""
    revoked: Instant | None = None
    issuer: str = ""
    """The name (RFC 4514) of the outside authority that signed it; empty: our own did."""


class CertificateRequest(Struct, frozen=True, kw_only=True):
    """A station's request that waits for an outside authority."""

    station: str
    csr: str
    """PEM."""
    key: str
    """SHA-256 of its public key, hexadecimal."""
    at: Instant
    chain: str = ""
    """What was signed, PEM, until the station has taken it."""
    serial: str = ""
