"""Certificate requests of stations: read, and judged before anybody signs them (security whitepaper A02)."""

from __future__ import annotations

from hashlib import sha256
from typing import TypeAlias

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from backend.model.errors import Invalid
from backend.model.sanitise import clean
from backend.text import t

MOST_CSR = 5_500
"""Characters (2.0.1 SignCertificateRequest.csr)."""
LEAST_RSA, MOST_RSA, LEAST_EC = 2048, 8192, 224
"""Bits."""
StationKey: TypeAlias = rsa.RSAPublicKey | ec.EllipticCurvePublicKey


def checked_key(csr: str, station: str, organization: str) -> StationKey:
    """The key that a station's request is for.

    Raises:
        Invalid: the request is broken, weak, or in another's name (CN and O).
    """
    request = _read(csr)
    key = _strong(request.public_key())
    common = name_of(request.subject, NameOID.COMMON_NAME)
    operator = name_of(request.subject, NameOID.ORGANIZATION_NAME)
    if common.casefold() != station.casefold():
        raise Invalid("wrong_name", t("The request is in the name of {name!r}.", name=clean(common, 60)))
    if operator and operator != organization:
        raise Invalid("wrong_owner", t("The request names the operator {name!r}.", name=clean(operator, 60)))
    return key


def public_key_id(holder: str | x509.Certificate) -> str:
    """SHA-256 of the public key (SubjectPublicKeyInfo, DER) of a request (PEM) or a certificate, hexadecimal."""
    found = x509.load_pem_x509_csr(holder.encode()) if isinstance(holder, str) else holder
    return sha256(found.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def name_of(name: x509.Name, oid: x509.ObjectIdentifier) -> str:
    """The one attribute of that kind; empty: none, or several."""
    found = name.get_attributes_for_oid(oid)
    return str(found[0].value) if len(found) == 1 else ""


def _read(csr: str) -> x509.CertificateSigningRequest:
    if len(csr) > MOST_CSR:
        raise Invalid("bad_request", t("The request is longer than {n} characters.", n=MOST_CSR))
    try:
        request = x509.load_pem_x509_csr(csr.encode())
        if not request.is_signature_valid:
            raise Invalid("bad_request", t("The request is not signed with its own key."))
    except (ValueError, TypeError, UnsupportedAlgorithm, InvalidSignature) as error:
        raise Invalid("bad_request", t("The request cannot be read: {why}", why=clean(str(error), 100))) from error
    return request


def _strong(key: object) -> StationKey:
    if isinstance(key, rsa.RSAPublicKey) and LEAST_RSA <= key.key_size <= MOST_RSA:
        return key
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.key_size >= LEAST_EC:
        return key
    raise Invalid("weak_key", t("The request's key is too weak, or of a kind that OCPP does not know."))
