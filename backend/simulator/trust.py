"""What a virtual station trusts, and what it proves itself with: roots, its key, its certificate."""

from __future__ import annotations

import hashlib
import ssl
import tempfile
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from backend.simulator.messages import Payload

MOST_ROOTS = 5


class Trust:
    """The certificate store of one station."""

    def __init__(self) -> None:
        self._roots: list[str] = []
        self._asked: ec.EllipticCurvePrivateKey | None = None
        self._key: ec.EllipticCurvePrivateKey | None = None
        self._chain = ""

    @property
    def has_root(self) -> bool:
        return bool(self._roots)

    @property
    def has_certificate(self) -> bool:
        return bool(self._chain)

    def install(self, pem: str) -> str:
        """Trust a root; the status of InstallCertificate."""
        try:
            x509.load_pem_x509_certificate(pem.encode())
        except ValueError:
            return "Rejected"
        if pem in self._roots:
            return "Accepted"
        if len(self._roots) >= MOST_ROOTS:
            return "Rejected"
        self._roots.append(pem)
        return "Accepted"

    def installed(self) -> list[Payload]:
        """The certificateHashData of every root."""
        return [_hash_data(x509.load_pem_x509_certificate(pem.encode())) for pem in self._roots]

    def forget(self, hash_data: Payload) -> str:
        """The status of DeleteCertificate."""
        for pem in self._roots:
            own = _hash_data(x509.load_pem_x509_certificate(pem.encode()))
            if own["serialNumber"].casefold() == str(hash_data.get("serialNumber", "")).casefold():
                self._roots.remove(pem)
                return "Accepted"
        return "NotFound"

    def request(self, identity: str, operator: str) -> str:
        """A new key, and the request for its certificate (PEM)."""
        self._asked = ec.generate_private_key(ec.SECP256R1())
        names = [x509.NameAttribute(NameOID.COMMON_NAME, identity[:64])]
        if operator:
            names.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, operator[:64]))
        made = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(names)).sign(self._asked, hashes.SHA256())
        return made.public_bytes(serialization.Encoding.PEM).decode()

    def signed(self, chain: str) -> str:
        """The status of CertificateSigned: it must be for the key that was asked with."""
        try:
            leaf = x509.load_pem_x509_certificates(chain.encode())[0]
        except ValueError:
            return "Rejected"
        if self._asked is None or leaf.public_key() != self._asked.public_key():
            return "Rejected"
        self._key, self._chain, self._asked = self._asked, chain, None
        return "Accepted"

    def context(self, *, client: bool) -> ssl.SSLContext:
        """TLS that trusts the roots alone, with the client certificate where it is asked for."""
        made = ssl.create_default_context(cadata="".join(self._roots))
        if client and self._key is not None:
            key = self._key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            with tempfile.TemporaryDirectory(prefix="noc-simulate-") as folder:
                file = Path(folder) / "client.pem"
                file.touch(mode=0o600)
                file.write_bytes(self._chain.encode() + key)
                made.load_cert_chain(file)
        return made


def _hash_data(root: x509.Certificate) -> Payload:
    key = root.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return {
        "hashAlgorithm": "SHA256",
        "issuerNameHash": hashlib.sha256(root.issuer.public_bytes()).hexdigest(),
        "issuerKeyHash": hashlib.sha256(key).hexdigest(),
        "serialNumber": f"{root.serial_number:x}",
    }
