"""Certificates of stations that an outside authority signs: requests that wait for it, and what comes back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from backend.model.certificate import CertificateRequest, IssuedCertificate
from backend.model.clock import Clock, Instant
from backend.model.errors import Invalid, Unknown
from backend.model.ports import Journal
from backend.model.sanitise import clean
from backend.security.csr import name_of, public_key_id
from backend.text import t

MOST_PEM = 64_000
MOST_CERTIFICATES = 10
MOST_REQUESTS = 20_000


class Requests:
    """One request per station; a newer one takes the place of the older."""

    def __init__(self, clock: Clock, journal: Journal | None = None) -> None:
        self._clock = clock
        self._journal = journal
        self._held: dict[str, CertificateRequest] = {}

    def load(self, requests: Iterable[CertificateRequest]) -> None:
        """Take what the store kept."""
        self._held = {one.station.casefold(): one for one in requests}

    def all(self) -> list[CertificateRequest]:
        """The oldest first."""
        return sorted(self._held.values(), key=lambda one: (one.at, one.station))

    def of(self, station: str) -> CertificateRequest:
        """The request of a station. Raises Unknown: it has none."""
        found = self._held.get(station.casefold())
        if found is None:
            raise Unknown(
                "unknown_request",
                t("No request of {station} waits for its certificate.", station=clean(station, 100)),
                t("`noc security requests` names those that do."),
            )
        return found

    def add(self, station: str, csr: str) -> bool:
        """Keep a request that was checked; False: there is no room."""
        if station.casefold() not in self._held and len(self._held) >= MOST_REQUESTS:
            return False
        self.keep(CertificateRequest(station=station, csr=csr, key=public_key_id(csr), at=self._clock.now()))
        return True

    def keep(self, request: CertificateRequest) -> None:
        """Remember it as it is now."""
        self._held[request.station.casefold()] = request
        if self._journal is not None:
            self._journal.certificate_request(request)

    def has(self, request: CertificateRequest) -> bool:
        """Whether that is still the station's request."""
        return self._held.get(request.station.casefold()) is request

    def drop(self, station: str) -> None:
        """It is done with."""
        found = self._held.pop(station.casefold(), None)
        if found is not None and self._journal is not None:
            self._journal.forget("certificate_request", (found.station,))

    def answered_by(self, pem: str) -> tuple[CertificateRequest, list[x509.Certificate]]:
        """The request that a chain (PEM, in any order) is the answer to, and the chain, the station's own first.

        Raises:
            Invalid: it cannot be read.
            Unknown: none of its certificates is for the key of a request.
        """
        found = _read(pem)
        by_key = {one.key: one for one in self._held.values()}
        for leaf in found:
            request = by_key.get(public_key_id(leaf))
            if request is not None:
                return request, [leaf, *(one for one in found if one != leaf)]
        raise Unknown(
            "unknown_request",
            t("None of these certificates is for the key of a request that waits."),
            t("`noc security requests` names those that do; a newer request takes the place of an older one."),
        )


def checked(
    request: CertificateRequest,
    chain: Sequence[x509.Certificate],
    trusted: Sequence[x509.Certificate],
    organization: str,
    now: Instant,
    who: str,
) -> tuple[str, IssuedCertificate]:
    """What goes to the station (PEM, its own certificate first, without the root), and what is remembered of it.

    Raises:
        Invalid: another's name, another operator, not for clients, not valid now, or no way up to a trusted authority.
    """
    leaf = chain[0]
    common, operator = name_of(leaf.subject, NameOID.COMMON_NAME), name_of(leaf.subject, NameOID.ORGANIZATION_NAME)
    if common.casefold() != request.station.casefold():
        raise _no("wrong_name", t("It is in the name of {name!r}, not of {station}.", name=clean(common, 60),
                                  station=request.station))  # fmt: skip
    if organization and operator != organization:
        raise _no("wrong_owner", t("It names the operator {name!r}, not {organization!r}.", name=clean(operator, 60),
                                   organization=organization))  # fmt: skip
    if not _for_clients(leaf):
        raise _no("wrong_use", t("It is not for clients (extended key usage)."))
    way = _way(chain, trusted, now)
    pem = b"".join(one.public_bytes(Encoding.PEM) for one in way)
    issued = IssuedCertificate(
        serial=f"{leaf.serial_number:X}",
        station=request.station,
        not_before=leaf.not_valid_before_utc.timestamp(),
        not_after=leaf.not_valid_after_utc.timestamp(),
        fingerprint=leaf.fingerprint(hashes.SHA256()).hex(),
        asked_by=who,
        issuer=leaf.issuer.rfc4514_string(),
    )
    return pem.decode(), issued


def _read(pem: str) -> list[x509.Certificate]:
    try:
        found = x509.load_pem_x509_certificates(pem.encode()) if len(pem) <= MOST_PEM else []
    except (ValueError, UnsupportedAlgorithm):
        found = []
    if not 1 <= len(found) <= MOST_CERTIFICATES:
        raise _no("bad_certificate", t("That is no certificate chain in PEM."))
    return list(dict.fromkeys(found))


def _way(
    chain: Sequence[x509.Certificate], trusted: Sequence[x509.Certificate], now: Instant
) -> list[x509.Certificate]:
    """From the station's own up to below a trusted authority."""
    way = [chain[0]]
    while len(way) <= MOST_CERTIFICATES:
        last = way[-1]
        if not last.not_valid_before_utc.timestamp() <= now <= last.not_valid_after_utc.timestamp():
            raise _no("not_valid_now", t("{name} is not valid now.", name=clean(last.subject.rfc4514_string(), 80)))
        if any(_signed(last, root) for root in trusted if _valid(root, now)):
            return way
        above = next((one for one in chain[1:] if one not in way and _is_authority(one) and _signed(last, one)), None)
        if above is None:
            break
        way.append(above)
    raise _no("untrusted", t("It does not lead up to an authority of [tls] client_ca."))


def _signed(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _valid(certificate: x509.Certificate, now: Instant) -> bool:
    return certificate.not_valid_before_utc.timestamp() <= now <= certificate.not_valid_after_utc.timestamp()


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (ValueError, x509.ExtensionNotFound):
        return False


def _for_clients(certificate: x509.Certificate) -> bool:
    try:
        uses = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return True
    except ValueError:
        return False
    return ExtendedKeyUsageOID.CLIENT_AUTH in uses or ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE in uses


def _no(code: str, message: str) -> Invalid:
    return Invalid(code, message, t("Nothing was sent to the station; its request still waits."))
