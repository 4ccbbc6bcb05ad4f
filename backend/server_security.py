"""Wires what stations' trust needs: keys, certificates, authorities, the TLS port, moves between profiles."""

from __future__ import annotations

from backend.alarms.alarms import Alarms
from backend.fleet import Fleet
from backend.gateway import Gateway
from backend.gateway.tls_port import TlsPort
from backend.intake import Intake
from backend.model.clock import Clock, Instant
from backend.model.errors import Invalid
from backend.model.event import Noticed
from backend.model.operation import Operation
from backend.model.settings import Settings
from backend.operations.identity import ROTATE_KEY
from backend.operations.profile_move import SECURITY_PROFILE
from backend.register.register import Register
from backend.rounds.enrolment import Enrolment
from backend.rounds.handover import Handover
from backend.rounds.outside_authority import OutsideAuthority
from backend.rounds.revocation import Revocation
from backend.security.authority import Authority
from backend.security.certificates import Certificates
from backend.security.credentials import Credentials
from backend.security.moves import ProfileMoves
from backend.security.outside import Requests
from backend.security.rotation import Rotation
from backend.security.tls import ServerTls
from backend.store import Store
from backend.text import t

FOLDER = "tls"
"""In the data folder: the house's own certificate authority, and the server's certificate."""


class SecurityRoom:
    """Made from what the store kept; `join` when gateway and fleet are there. Raises Unavailable, Invalid."""

    def __init__(self, clock: Clock, settings: Settings, store: Store, register: Register) -> None:
        self._clock = clock
        self._settings = settings
        self._store = store
        self._register = register
        tls = settings.tls
        self.certificates = Certificates(clock, tls.organization or settings.network, store)
        self.certificates.load(store.load_certificates())
        self.credentials = Credentials(clock, register, self.certificates, store)
        self.credentials.load(store.load_credentials())
        self.authority: Authority | None = None
        self.tls: ServerTls | None = None
        self.outside: OutsideAuthority | None = None
        self.moves: ProfileMoves
        self._rotation = Rotation(self.credentials, ROTATE_KEY)
        self._enrolment: Enrolment | None = None
        self._revocation: Revocation | None = None
        if tls.port is not None:
            self.authority = Authority(settings.store.data / FOLDER, self.certificates.organization, clock)
            self.authority.open()
            self.tls = ServerTls(tls, self.authority)
            self.tls.open()

    @property
    def port(self) -> TlsPort | None:
        """The port of profiles 2 and 3; None: it was not asked for."""
        tls = self._settings.tls
        if tls.port is None or self.tls is None:
            return None
        return TlsPort(tls.host, tls.port, self.tls.context)

    def join(self, fleet: Fleet, gateway: Gateway, alarms: Alarms, intake: Intake) -> None:
        """Listen to the others."""
        clock, settings, store, certificates = self._clock, self._settings, self._store, self.certificates
        self.moves = ProfileMoves(
            clock,
            settings,
            self._register,
            self.credentials,
            certificates,
            self.tls,
            lambda: (gateway.address, gateway.tls_address),
            store,
            SECURITY_PROFILE,
        )
        if self.authority is None or self.tls is None:
            return
        fleet.signs_certificates = True
        handover = Handover(clock, certificates, fleet, gateway, store, alarms)
        if settings.tls.signer == "outside":
            _check_outside(settings)
            requests = Requests(clock, store)
            requests.load(store.load_certificate_requests())
            self.outside = OutsideAuthority(clock, settings.tls, requests, certificates, fleet, alarms, handover)
        self._enrolment = Enrolment(
            clock, self.authority, self.tls, certificates, fleet, gateway, alarms, handover, self.outside
        )
        intake.tell(self._enrolment.event, Noticed)

        def on_profile_3(station: str) -> bool:
            live = fleet.find(station)
            return live is not None and live.security_profile == 3

        self._revocation = Revocation(clock, self.authority, certificates, settings.tls, gateway, on_profile_3, alarms)
        self._revocation.open()

    def operation(self, operation: Operation) -> None:
        """What operations mean for keys and least profiles."""
        self._rotation.changed(operation)
        self.moves.changed(operation)

    def tick(self, now: Instant) -> None:
        """Let time pass."""
        if self._enrolment is not None:
            self._enrolment.tick(now)
        if self._revocation is not None:
            self._revocation.tick(now)
        if self.outside is not None:
            self.outside.tick(now)


def _check_outside(settings: Settings) -> None:
    if settings.tls.client_ca is None:
        raise Invalid(
            "no_client_ca",
            t("An outside authority signs for stations ([tls] signer), and [tls] client_ca is missing."),
            t("Name the file with its root certificates."),
        )
