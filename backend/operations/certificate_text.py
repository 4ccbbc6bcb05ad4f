"""Certificates as people hand them over: PEM text."""

from __future__ import annotations

from typing import Any

from cryptography import x509

from backend.model.errors import Invalid
from backend.text import t

MOST = 5_500
"""Characters (2.x InstallCertificateRequest.certificate; 1.6 the same)."""


def checked(given: dict[str, Any]) -> dict[str, Any]:
    """Parameters whose `certificate` is one that can be read, and nothing else.

    Raises:
        Invalid: it is none.
    """
    try:
        serial_of(str(given["certificate"]))
    except ValueError:
        raise Invalid(
            "bad_certificate",
            t("That is no certificate in PEM."),
            t("It begins with -----BEGIN CERTIFICATE-----; hand over one, without its key."),
        ) from None
    return given


def serial_of(pem: str) -> int:
    """The serial number. Raises ValueError: no certificate, or several."""
    found = x509.load_pem_x509_certificates(pem.encode())
    if len(found) != 1 or "PRIVATE KEY" in pem:
        raise ValueError("not one certificate")
    return found[0].serial_number
