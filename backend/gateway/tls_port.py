"""The port of security profiles 2 and 3, as the gateway needs it: where, with which context, and what its failures are
called."""

from __future__ import annotations

import ssl
from typing import NamedTuple

_VERIFY = {9: "early_certificate", 10: "expired_certificate"}
"""OpenSSL's X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED."""


class TlsPort(NamedTuple):
    """Where to listen, and how."""

    host: str
    port: int
    context: ssl.SSLContext


def tls_failure(error: BaseException) -> str:
    """A word of `backend.text.handshakes` for why a TLS handshake failed."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _VERIFY.get(error.verify_code, "unknown_certificate")
    reason = (getattr(error, "reason", None) or "").upper()
    if reason in ("HTTP_REQUEST", "WRONG_VERSION_NUMBER", "HTTPS_PROXY_REQUEST"):
        return "plain_on_tls"
    if "PROTOCOL" in reason or "VERSION" in reason:
        return "tls_too_old"
    if "CIPHER" in reason:
        return "no_common_suite"
    if "ALERT" in reason or "CERTIFICATE" in reason:
        return "tls_alert"
    if "timed out" in str(error) or "taking longer" in str(error) or "handshake" in str(error).casefold():
        return "tls_timeout"
    return "tls_failed"
