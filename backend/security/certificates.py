"""The client certificates that our own authority has issued: to whom, until when, and whether they still count.

What has ended is remembered for a month more; the newest of each station for good."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from backend.model.certificate import IssuedCertificate, PeerCertificate
from backend.model.clock import Clock, Instant
from backend.model.errors import Unknown
from backend.model.ports import Journal
from backend.model.sanitise import clean
from backend.text import t

REMEMBERED_S = 30 * 86400.0
"""After its end a certificate stays on record that long: a list then still tells why somebody is turned away."""


class Certificates:
    """By serial number, and by the casefolded id of their station."""

    def __init__(self, clock: Clock, organization: str, journal: Journal | None = None) -> None:
        self._clock = clock
        self.organization = organization
        """What O must be; empty: whatever it is."""
        self._journal = journal
        self._issued: dict[str, IssuedCertificate] = {}
        self._of: dict[str, list[IssuedCertificate]] = {}
        self.revoked_elsewhere: frozenset[tuple[str, str]] = frozenset()
        """Issuer and serial of an outside authority's revocation list."""
        self.on_revoke: list[Callable[[IssuedCertificate], None]] = []

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
        held = self._of.get(station.casefold())
        return held[-1] if held else None

    def newest_of_all(self) -> list[IssuedCertificate]:
        """The one that was issued last to each station."""
        return [held[-1] for held in self._of.values()]

    def by_serial(self, serial: str) -> IssuedCertificate | None:
        """One of those that were issued."""
        return self._issued.get(serial)

    def revoked_of_ours(self) -> list[IssuedCertificate]:
        """What our own authority has signed, counts no more, and would still be valid."""
        now = self._clock.now()
        held = self._issued.values()
        return [one for one in held if one.revoked is not None and not one.issuer and one.not_after > now]

    def lately(self, station: str, since: Instant) -> int:
        """How many a station was given that began after `since`."""
        return sum(1 for one in self._of.get(station.casefold(), ()) if one.not_before >= since)

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
            for listener in self.on_revoke:
                listener(found)
        return found

    def expiring(self, before: Instant) -> list[IssuedCertificate]:
        """The newest of each station that end before an instant and are not revoked."""
        newest = (held[-1] for held in self._of.values())
        return [one for one in newest if one.not_after < before and one.revoked is None]

    def forget_ended(self) -> int:
        """Drop what ended long ago, but for the newest of each station; how many."""
        before = self._clock.now() - REMEMBERED_S
        gone = [one for held in self._of.values() for one in held[:-1] if one.not_after < before]
        for one in gone:
            del self._issued[one.serial]
            self._of[one.station.casefold()].remove(one)
            if self._journal is not None:
                self._journal.certificate_gone(one.serial)
        return len(gone)

    def _hold(self, one: IssuedCertificate) -> None:
        held = self._of.setdefault(one.station.casefold(), [])
        replaced = self._issued.get(one.serial)
        if replaced is not None:
            held.remove(replaced)
        self._issued[one.serial] = one
        held.append(one)
        held.sort(key=lambda one: one.not_before)
