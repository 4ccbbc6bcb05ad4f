"""Certificates of stations and of the server, from request to renewal (whitepaper A02, A03; 2.0.1 the same).

A station that is let in asks with SignCertificate; what our own authority has signed goes back as CertificateSigned.
Who has a certificate that ends within a month is asked to ask again.
"""

from __future__ import annotations

import json
import logging
from collections import deque
from collections.abc import Callable, Sequence

from msgspec import Struct

from backend.alarms.alarms import Alarms
from backend.fleet import Fleet
from backend.model.certificate import IssuedCertificate
from backend.model.change import Change
from backend.model.clock import Clock, Instant
from backend.model.errors import Invalid, NocError
from backend.model.event import Noticed, StationEvent
from backend.model.operation import CallResult
from backend.model.ports import CallOutcome, Stations
from backend.model.words import BootStatus, Link, Severity, Version
from backend.rounds.handover import ANSWER_S, Handover
from backend.rounds.outside_authority import OutsideAuthority
from backend.security.authority import Authority
from backend.security.certificates import Certificates
from backend.security.tls import ServerTls
from backend.text import t, tn

WAIT_S = 1.0
"""Between our answer to the request and the certificate."""
PAUSE_S = 600.0
"""A station that asks again sooner gets no other certificate for it."""
FREE_A_MONTH = 3
MONTH_S = 30 * 86400.0
LONGEST_PAUSE_S = 7 * 86400.0
"""From the third in a month on each certificate doubles the pause, up to this: who asks for ever gets few."""
MOST_WAITING = 20_000
A_TICK = 2
"""Signatures at one tick, each far below a millisecond for EC keys."""
LOOK_S = 3600.0
EARLY_S = 30 * 86400.0
TOLD_S = 28 * 86400.0
"""What has not been renewed two days after it was first asked for is an alarm."""
_GRADES = ((3 * 86400.0, Severity.S2), (14 * 86400.0, Severity.S3))
"""How grave it is, by what is left (domain.md 3.1); S4 before."""
ASK_AGAIN_S = 86400.0
ASKED_A_LOOK = 500
log = logging.getLogger(__name__)


class Wish(Struct, frozen=True, kw_only=True):
    """One request that waits for its signature."""

    station: str
    csr: str
    due: float
    """Monotonic."""


class Enrolment:
    """Told of SignCertificate by the intake; the rest is due at ticks."""

    def __init__(
        self,
        clock: Clock,
        authority: Authority,
        tls: ServerTls,
        certificates: Certificates,
        fleet: Fleet,
        stations: Stations,
        alarms: Alarms,
        handover: Handover,
        outside: OutsideAuthority | None = None,
    ) -> None:
        self._clock = clock
        self._authority = authority
        self._tls = tls
        self._certificates = certificates
        self._fleet = fleet
        self._stations = stations
        self._alarms = alarms
        self._handover = handover
        self._outside = outside
        self._line: deque[Wish] = deque()
        self._signed: dict[str, float] = {}
        """From when on a station may ask again, monotonic."""
        self._asked: dict[str, Instant] = {}
        self._look = 0.0
        self._ending: set[str] = set()

    def event(self, event: StationEvent | None, changes: Sequence[Change]) -> None:
        """A request of a station that is let in; of others there are no changes."""
        if not isinstance(event, Noticed) or event.action != "SignCertificate" or not changes:
            return
        now, key = self._clock.monotonic(), event.station.casefold()
        if len(self._line) >= MOST_WAITING or now < self._signed.get(key, now):
            self._handover.note(event.station, t("asked too often, no certificate for this request"))
            return
        csr = _csr_in(event.data)
        if csr is None:
            self._handover.note(event.station, t("the request cannot be read"))
            return
        self._signed[key] = now + self._pause(event.station)
        if self._outside is not None:
            self._outside.asked(event.station, csr)
            return
        self._line.append(Wish(station=event.station, csr=csr, due=now + WAIT_S))

    def tick(self, now: Instant) -> None:
        """Sign what waits; once an hour renew what ends."""
        monotonic = self._clock.monotonic()
        for _ in range(A_TICK):
            if not self._line or self._line[0].due > monotonic:
                break
            self._sign(self._line.popleft())
        if monotonic >= self._look:
            self._look = monotonic + LOOK_S
            self._certificates.forget_ended()
            self._renew(now)

    def _pause(self, station: str) -> float:
        lately = self._certificates.lately(station, self._clock.now() - MONTH_S)
        return min(PAUSE_S * (1 << min(max(0, lately + 1 - FREE_A_MONTH), 16)), LONGEST_PAUSE_S)

    def _sign(self, wish: Wish) -> None:
        station = self._fleet.find(wish.station)
        if station is None:
            return
        try:
            chain, issued = self._authority.sign(wish.csr, station.id, "station")
        except Invalid as error:
            self._handover.note(station.id, error.message)
            self._alarms.raise_condition("certificate", station.id, station=station.id, info=error.message)
            return
        self._certificates.issued(issued)
        self._handover.give(chain, issued, lambda taken: self._given(issued, taken))

    def _given(self, issued: IssuedCertificate, taken: bool | None) -> None:
        if taken:
            self._asked.pop(issued.station.casefold(), None)

    def _renew(self, now: Instant) -> None:
        try:
            self._tls.renew()
        except NocError as error:
            log.warning("the certificate in use stays: %s", error.message)
        self._tell(now)
        for one in self._certificates.expiring(now + EARLY_S)[:ASKED_A_LOOK]:
            key = one.station.casefold()
            station = self._fleet.find(one.station)
            if station is None or station.link is not Link.ONLINE or station.boot_status is not BootStatus.ACCEPTED:
                continue
            if now - self._asked.get(key, now - ASK_AGAIN_S) < ASK_AGAIN_S:
                continue
            self._asked[key] = now
            v16 = station.version is Version.V16
            action = "ExtendedTriggerMessage" if v16 else "TriggerMessage"
            wanted = "SignChargePointCertificate" if v16 else "SignChargingStationCertificate"
            self._stations.call(
                station.id,
                action,
                {"requestedMessage": wanted},
                deadline_s=ANSWER_S,
                done=self._asked_for(station.id),
                background=True,
            )

    def _tell(self, now: Instant) -> None:
        """Alarms for what ends: the server's own certificate, and the newest of each station that is known."""
        left = self._tls.until - now
        if left < TOLD_S:
            info = t("the server's own: {when}", when=_ends(left))
            self._alarms.raise_condition("certificate", severity=_grade(left), info=info)
        else:
            self._alarms.clear_condition("certificate")
        ending = set()
        for one in self._certificates.expiring(now + TOLD_S):
            if self._fleet.find(one.station) is None:
                continue
            left = one.not_after - now
            ending.add(one.station)
            self._alarms.raise_condition(
                "certificate", one.station, _grade(left), station=one.station, info=_ends(left)
            )
        for station in self._ending - ending:
            self._alarms.clear_condition("certificate", station)
        self._ending = ending

    def _asked_for(self, station: str) -> Callable[[CallOutcome], None]:
        def done(outcome: CallOutcome) -> None:
            if not isinstance(outcome, CallResult) or outcome.payload.get("status") != "Accepted":
                self._handover.note(station, t("does not ask for a new certificate, and its own ends soon"))

        return done


def _csr_in(data: str) -> str | None:
    try:
        found = json.loads(data)
    except ValueError:
        return None
    csr = found.get("csr") if isinstance(found, dict) else None
    return csr if isinstance(csr, str) else None


def _grade(left_s: float) -> Severity:
    return next((severity for most, severity in _GRADES if left_s < most), Severity.S4)


def _ends(left_s: float) -> str:
    days = int(left_s // 86400.0)
    return tn("ends in {n} day", "ends in {n} days", days) if left_s > 0 else t("has ended")
