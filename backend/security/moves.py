"""Moves between security profiles: what they need to know, and what becomes of the least profile and the new key."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from backend.model.certificate import IssuedCertificate
from backend.model.clock import Clock
from backend.model.credential import Standing
from backend.model.operation import AuditEntry, Operation
from backend.model.ports import Journal
from backend.model.settings import Settings
from backend.model.words import OperationState
from backend.register.register import Register
from backend.security.certificates import Certificates
from backend.security.credentials import Credentials
from backend.security.tls import ServerTls

MOST_OPEN = 5_000


class ProfileMoves:
    """Implements `Standings`, and listens to operations of one name."""

    def __init__(
        self,
        clock: Clock,
        settings: Settings,
        register: Register,
        credentials: Credentials,
        certificates: Certificates,
        tls: ServerTls | None,
        ports: Callable[[], tuple[str, str]],
        journal: Journal,
        operation: str,
    ) -> None:
        self._clock = clock
        self._settings = settings
        self._register = register
        self._credentials = credentials
        self._certificates = certificates
        self._tls = tls
        self._ports = ports
        """The addresses of the plain and of the TLS port, `HOST:PORT`."""
        self._journal = journal
        self._operation = operation
        self._before: dict[int, int] = {}
        """Of steps down that are under way: the least profile that the station had."""

    def standing(self, station: str) -> Standing:
        """What the station and the server have for a move."""
        name, serial = (b"", None) if self._tls is None else self._tls.root()
        plain, secure = self._ports()
        return Standing(
            has_key=self._credentials.has_key(station),
            has_certificate=self._counts(self._certificates.newest(station)),
            network_least=self._settings.ocpp.least_profile,
            tls_port=self._tls is not None,
            secure_url=self._url("wss", secure),
            plain_url=self._url("ws", plain),
            root_name=name,
            root_serial=serial,
        )

    def changed(self, operation: Operation) -> None:
        """Proved: nothing less is taken from the station any more. A step down is let in from the beginning, and taken
        back when the station has refused it, or was never asked; when nobody knows whether it has taken it, it stays
        let in, because it would be locked out otherwise. A key that the station has refused, or never got, counts for
        nothing."""
        if operation.operation != self._operation:
            return
        wanted = int(operation.parameters["profile"])
        if operation.parameters.get("downgrade") and operation.id not in self._before and not operation.state.ended:
            entry = self._register.station(operation.station)
            if entry is not None and entry.least_profile > wanted and len(self._before) < MOST_OPEN:
                self._before[operation.id] = entry.least_profile
                self._ask_for(operation, wanted)
        if not operation.state.ended:
            return
        before = self._before.pop(operation.id, None)
        seen = {step.name for step in operation.steps}
        if operation.state is OperationState.PROVED:
            self._ask_for(operation, wanted)
        elif before is not None and (operation.state is OperationState.REFUSED or "let_in" not in seen):
            self._ask_for(operation, before)
        if "key_refused" in seen or "key_sent" not in seen:
            self._credentials.withdraw(operation.station)

    def _ask_for(self, operation: Operation, profile: int) -> None:
        entry = self._register.station(operation.station)
        if entry is None or entry.least_profile == profile:
            return
        self._register.put_station(replace(entry, least_profile=profile))
        self._journal.audit(
            AuditEntry(
                at=self._clock.now(),
                who=operation.requested_by,
                what="least security profile",
                target=operation.station,
                reason=operation.reason,
                result=f"{entry.least_profile} -> {profile} ({operation.id})",
            )
        )

    def _counts(self, issued: IssuedCertificate | None) -> bool:
        return issued is not None and issued.revoked is None and issued.not_after > self._clock.now()

    def _url(self, scheme: str, address: str) -> str:
        names, port = self._settings.tls.names, address.rpartition(":")[2]
        if not names or not port:
            return ""
        host = f"[{names[0]}]" if ":" in names[0] else names[0]
        return f"{scheme}://{host}:{port}/ocpp"
