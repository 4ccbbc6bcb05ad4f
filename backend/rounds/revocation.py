"""Revocation lists: our own, written when something is revoked and before it ends, and those of outside authorities,
read again every hour and when their file changes (RFC 5280, section 5)."""

from __future__ import annotations

import logging
from collections.abc import Callable

from backend.alarms.alarms import Alarms
from backend.model.certificate import IssuedCertificate
from backend.model.clock import Clock, Instant
from backend.model.errors import Unavailable
from backend.model.ports import Stations
from backend.model.settings import TlsSettings
from backend.security.authority import Authority
from backend.security.certificates import Certificates
from backend.security.tls import file_stamp, read_revoked
from backend.text import t

LOOK_S = 30.0
READ_S = 3600.0
OURS_DAYS = 7.0
OURS_EARLY_S = 3 * 86400.0
"""Before its end our own list is made anew."""
CODE = "revocation"
log = logging.getLogger(__name__)


class Revocation:
    """Looks after both; time passes by `tick`."""

    def __init__(
        self,
        clock: Clock,
        authority: Authority,
        certificates: Certificates,
        settings: TlsSettings,
        stations: Stations,
        on_profile_3: Callable[[str], bool],
        alarms: Alarms,
    ) -> None:
        self._clock = clock
        self._authority = authority
        self._certificates = certificates
        self._settings = settings
        self._stations = stations
        self._on_profile_3 = on_profile_3
        self._alarms = alarms
        self._look = 0.0
        self._read = 0.0
        self._stamp: tuple[int, int] | None = None
        self._until: Instant | None = None
        self._stale = True
        certificates.on_revoke.append(self._revoked)

    def open(self) -> None:
        """Read and write for the first time.

        Raises:
            Unavailable: a list of an outside authority cannot be used.
        """
        self._write()
        self._load()

    def tick(self, now: Instant) -> None:
        """Every half minute a look at what has changed."""
        monotonic = self._clock.monotonic()
        if monotonic < self._look:
            return
        self._look = monotonic + LOOK_S
        if self._stale or self._authority.crl_until - now < OURS_EARLY_S:
            self._write()
        if self._settings.client_crl is None:
            return
        if monotonic >= self._read or file_stamp(self._settings.client_crl) != self._stamp:
            self._again(now)
        elif self._until is not None and self._until < now:
            self._complain(t("the revocation list has ended, a newer one is missing"))

    def _write(self) -> None:
        try:
            self._authority.write_crl(self._certificates.revoked_of_ours(), OURS_DAYS)
        except OSError as error:
            log.warning("our revocation list cannot be written: %s", error)
            return
        self._stale = False

    def _revoked(self, certificate: IssuedCertificate) -> None:
        """At the next tick, so that many make one list."""
        self._stale = True
        self._look = 0.0

    def _load(self) -> None:
        settings = self._settings
        self._read = self._clock.monotonic() + READ_S
        if settings.client_crl is None:
            return
        self._stamp = file_stamp(settings.client_crl)
        found = read_revoked(settings.client_crl, settings.client_ca)
        self._certificates.revoked_elsewhere, self._until = found.revoked, found.until

    def _again(self, now: Instant) -> None:
        before = self._certificates.revoked_elsewhere
        try:
            self._load()
        except Unavailable as error:
            log.warning("the revocation list in use stays: %s", error.message)
            self._complain(t("the revocation list cannot be read"))
            return
        if self._until is not None and self._until < now:
            self._complain(t("the revocation list has ended, a newer one is missing"))
        else:
            self._alarms.clear_condition("certificate", code=CODE)
        new = self._certificates.revoked_elsewhere - before
        for one in self._certificates.newest_of_all() if new else ():
            if (one.issuer, one.serial) in new and self._on_profile_3(one.station):
                self._stations.close(one.station, "certificate revoked")

    def _complain(self, info: str) -> None:
        self._alarms.raise_condition("certificate", code=CODE, info=info)
