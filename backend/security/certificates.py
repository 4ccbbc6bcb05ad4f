"""The client certificates that our own authority has issued: to whom, until when, and whether they still count."""

from __future__ import annotations

from collections.abc import Iterable

from backend.model.certificate import IssuedCertificate, PeerCertificate
from backend.model.clock import Clock, Instant
from backend.model.errors import Unknown
from backend.model.ports import Journal
from backend.model.sanitise import clean
from backend.text import t


class Certificates:
    """By serial number; the newest of each station by its casefolded id."""

    def __init__(self, clock: Clock, organization: str, journal: Journal | None = None) -> None:
        self._clock = clock
        self.organization = organization
        """What O must be; empty: whatever it is."""
        self._journal = journal
        self._issued: dict[str, IssuedCertificate] = {}
        self._newest: dict[str, IssuedCertificate] = {}
        self.revoked_elsewhere: frozenset[tuple[str, str]] = frozenset()
        """Issuer and serial of an outside authority's revocation list."""

    def load(self, issued: Iterable[IssuedCertificate]) -> None:
        """Take what the store kept, the oldest first."""
        for one in issued:
            self._hold(one)

    def fault(self, station: str, shown: PeerCertificate) -> str | None:
        """Why a verified certificate is not this station's; None: it is (security whitepaper, profile 3: CN is the
        identity, O the operator)."""
        ours = self._issued.get(shown.serial)
        if (ours is not None and ours.revoked is not None) or (shown.issuer, shown.serial) in self.revoked_elsewhere:
            return "revoked_certificate"
        if shown.not_after < self._clock.now():
            return "expired_certificate"
        if shown.common_name.casefold() != station.casefold():
            return "wrong_certificate"
        if self.organization and shown.organization != self.organization:
            return "wrong_certificate_owner"
        return None

    def issued(self, certificate: IssuedCertificate) -> None:
        """Remember a new one."""
        self._hold(certificate)
        if self._journal is not None:
            self._journal.certificate(certificate)

    def all(self) -> list[IssuedCertificate]:
        """The newest last."""
        return list(self._issued.values())

    def newest(self, station: str) -> IssuedCertificate | None:
        """The one that was issued last to a station."""
        return self._newest.get(station.casefold())

    def revoke(self, serial: str) -> IssuedCertificate:
        """It counts no more, from the next handshake on. Raises Unknown: not one of ours."""
        found = self._issued.get(serial.upper().lstrip("0"))
        if found is None:
            raise Unknown(
                "unknown_certificate",
                t("There is no certificate {serial}.", serial=clean(serial, 60)),
                t("`noc security certificates` names those there are."),
            )
        if found.revoked is None:
            found.revoked = self._clock.now()
            if self._journal is not None:
                self._journal.certificate(found)
        return found

    def expiring(self, before: Instant) -> list[IssuedCertificate]:
        """The newest of each station that end before an instant and are not revoked."""
        return [one for one in self._newest.values() if one.not_after < before and one.revoked is None]

    def _hold(self, one: IssuedCertificate) -> None:
        self._issued[one.serial] = one
        newest = self._newest.get(one.station.casefold())
        if newest is None or newest.not_before <= one.not_before:
            self._newest[one.station.casefold()] = one
