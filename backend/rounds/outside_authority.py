"""Certificates by an outside authority: requests wait here until somebody brings what it has signed."""

from __future__ import annotations

from functools import partial

from msgspec.structs import replace

from backend.alarms.alarms import Alarms
from backend.fleet import Fleet
from backend.model.certificate import CertificateRequest, IssuedCertificate
from backend.model.clock import Clock, Instant
from backend.model.errors import Invalid
from backend.model.settings import TlsSettings
from backend.model.words import BootStatus, Link
from backend.rounds.handover import Handover
from backend.security.certificates import Certificates
from backend.security.csr import checked_key
from backend.security.outside import Requests, checked
from backend.security.tls import authorities_in
from backend.text import t, tn

LOOK_S = 30.0
AGAIN_S = 3600.0
"""A station that has not answered is given it again after that."""
A_LOOK = 50
"""Certificates handed over at one look."""
CODE = "requests"


class OutsideAuthority:
    """Told of requests by the enrolment, of signed certificates by people; the rest is due at ticks."""

    def __init__(
        self,
        clock: Clock,
        settings: TlsSettings,
        requests: Requests,
        certificates: Certificates,
        fleet: Fleet,
        alarms: Alarms,
        handover: Handover,
    ) -> None:
        self._clock = clock
        self._settings = settings
        self.requests = requests
        self._certificates = certificates
        self._fleet = fleet
        self._alarms = alarms
        self._handover = handover
        self._under_way: dict[str, float] = {}
        """Given to these stations; from when on it may be given again, monotonic."""
        self._look = 0.0
        self._told = -1

    def asked(self, station: str, csr: str) -> None:
        """A station's request: judged as our own authority would, and kept."""
        try:
            checked_key(csr, station, self._certificates.organization)
        except Invalid as error:
            self._handover.note(station, error.message)
            self._alarms.raise_condition("certificate", station, station=station, info=error.message)
            return
        if self.requests.add(station, csr):
            self._handover.note(station, t("its request waits for the outside authority"))
        else:
            self._handover.note(station, t("asked too often, no certificate for this request"))
        self._look = 0.0

    def take(self, pem: str, who: str) -> IssuedCertificate:
        """A signed certificate with what is above it; it goes to the station as soon as that is connected.

        Raises:
            Invalid: it is not fit for the station; nothing was changed.
            Unknown: it belongs to no request.
            Unavailable: client_ca cannot be read.
        """
        request, chain = self.requests.answered_by(pem)
        trusted = authorities_in(self._settings.client_ca)
        now = self._clock.now()
        sent, issued = checked(request, chain, trusted, self._certificates.organization, now, who)
        self._certificates.issued(issued)
        self.requests.keep(replace(request, chain=sent, serial=issued.serial))
        self._give(self.requests.of(request.station), issued)
        return issued

    def tick(self, now: Instant) -> None:
        """Hand over what waits for its station; one alarm tells that requests wait for a person."""
        monotonic = self._clock.monotonic()
        if monotonic < self._look:
            return
        self._look = monotonic + LOOK_S
        held = self.requests.all()
        waiting = sum(1 for one in held if not one.chain)
        if waiting != self._told:
            self._told = waiting
            self._tell(waiting)
        for request in [one for one in held if one.chain][:A_LOOK]:
            issued = self._certificates.by_serial(request.serial)
            if issued is None or issued.revoked is not None:
                self.requests.drop(request.station)
            else:
                self._give(request, issued)

    def _tell(self, waiting: int) -> None:
        if waiting:
            info = tn("{n} request waits for its signature", "{n} requests wait for their signature", waiting)
            self._alarms.raise_condition("certificate", code=CODE, info=info)
        else:
            self._alarms.clear_condition("certificate", code=CODE)

    def _give(self, request: CertificateRequest, issued: IssuedCertificate) -> None:
        station = self._fleet.find(request.station)
        if station is None or station.link is not Link.ONLINE or station.boot_status is not BootStatus.ACCEPTED:
            return
        now = self._clock.monotonic()
        if now < self._under_way.get(request.station, now):
            return
        self._under_way[request.station] = now + AGAIN_S
        self._handover.give(request.chain, issued, partial(self._given, request))

    def _given(self, request: CertificateRequest, taken: bool | None) -> None:
        if taken is None:
            return
        self._under_way.pop(request.station, None)
        if self.requests.has(request):
            self.requests.drop(request.station)
