"""What the inner rooms need from the outer ones. `gateway` and `store` implement these; `server` wires them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol, TypeAlias

from backend.model.alarm import Alarm, AlarmEntry
from backend.model.certificate import CertificateRequest, IssuedCertificate, PeerCertificate
from backend.model.clock import Instant
from backend.model.credential import Credential, KeyMatch, Standing
from backend.model.delivery import Delivery
from backend.model.event import Sample, StationEvent
from backend.model.frame import Frame, Handshake
from backend.model.interval import Interval
from backend.model.operation import AuditEntry, CallFailed, CallLost, CallResult, Operation
from backend.model.quirk import Quirk
from backend.model.register import OutletEntry, SiteEntry, StationEntry, TokenEntry
from backend.model.reply import TokenReply
from backend.model.session import Session
from backend.model.station import Connector, Station
from backend.model.wanted import WantedSetting
from backend.model.words import Admission, Link, Version

CallOutcome: TypeAlias = CallResult | CallFailed | CallLost


class Stations(Protocol):
    """The way to the stations: the gateway."""

    def call(
        self,
        station: str,
        action: str,
        payload: dict[str, Any],
        *,
        deadline_s: float,
        done: Callable[[CallOutcome], None],
        sent: Callable[[], None] | None = None,
        background: bool = False,
        requested_by: str | None = None,
    ) -> None:
        """Queue a CALL; one is outstanding per station, operators go before background work.

        `sent` is called when it goes to the wire, `done` exactly once, on the loop. The deadline counts from
        then. A station without a connection gives `CallLost("offline")` at once.
        """
        ...

    def close(self, station: str, why: str) -> bool:
        """Close the station's connection, for it to come back (first aid for a deaf one). False: it has none."""
        ...


class Admits(Protocol):
    """Who may connect: the register, as the gateway sees it."""

    def admission(self, identity: str) -> tuple[str, Admission, Version | None] | None:
        """The registered form of an identity (found without case), its admission, its pinned version.
        None: unknown."""
        ...

    def introduce(self, identity: str, address: str) -> Admission | None:
        """Note an unknown station. `PENDING` (or `ACCEPTED` with `--accept-unknown`): serve it.
        None: no room in the list of pending ones (1,000 in all, 50 an address); answer 404."""
        ...


class Traced(Protocol):
    """A frame for the trace, which may not be in the shape that is shown; it is brought there where it is written or
    read, from any thread."""

    @property
    def station(self) -> str: ...
    @property
    def received(self) -> Instant: ...
    def shown(self) -> Frame:
        """Masked, redacted and sanitised."""
        ...

    def row(self) -> Any:
        """For who writes thousands a second: what MessagePack writes as a list, for `frame.from_row`; masked and
        redacted, not yet sanitised."""
        ...


class KeyRing(Protocol):
    """Where a new key is noted before it goes out."""

    def propose(self, station: str, key: str, who: str) -> None:
        """From now on this key is good too; the old one until the station has taken the new."""
        ...


class Standings(Protocol):
    """What a move between security profiles needs to know."""

    def standing(self, station: str) -> Standing:
        """What the station and the server have for it."""
        ...


class Keys(Protocol):
    """How stations prove who they are, as the gateway sees it."""

    def has_key(self, station: str) -> bool:
        """Whether a key is on record, and so must be shown."""
        ...

    def least_profile(self, station: str) -> int:
        """The security profile below which the station is not served."""
        ...

    def match(self, station: str, shown: bytes) -> KeyMatch | None:
        """Whether that is the station's key."""
        ...

    def certificate_fault(self, station: str, certificate: PeerCertificate) -> str | None:
        """Why a certificate of ours is not this station's: `wrong_certificate`, `wrong_certificate_owner`,
        `revoked_certificate`. None: it is."""
        ...


class Takes(Protocol):
    """Where the gateway delivers: the intake."""

    def take(self, event: StationEvent, answer: Delivery | None = None) -> None:
        """Apply one event. `answer` is called with the reply, on the loop: at once when nothing waits for the
        disk, else after the commit (RULINGS.md, what waits for the disk)."""
        ...

    def heard(self, station: str, learned: Instant) -> None:
        """A frame or a pong came that brings no event: proof of life."""
        ...

    def trace(self, frame: Traced) -> None:
        """Keep one frame for the trace and show it to those who follow."""
        ...

    def quarantine(self, handshake: Handshake) -> None:
        """A connection could not be served."""
        ...

    def call_answered(self, station: str, learned: Instant) -> None:
        """A call of ours was answered, by a result or an error: the station is not deaf."""
        ...

    def call_lost(self, station: str, learned: Instant) -> None:
        """A call of ours was not answered in time; three in a row while it talks make it *deaf*."""
        ...


class Rooms(Takes, Protocol):
    """The same for many events and frames at a time, room by room."""

    def trace_all(self, frames: list[Traced]) -> None:
        """`trace` for each, oldest first."""
        ...

    @property
    def stages(self) -> Sequence[Callable[[Iterator[Delivery]], None]]:
        """The rooms in their order. Each brings all deliveries that it is given one step further."""
        ...

    def sorted(self, deliveries: list[Delivery]) -> tuple[list[Delivery], list[Delivery]]:
        """Those that were through all stages: (to be answered at once, to be answered after the commit)."""
        ...

    def after_commit(self, done: Callable[[], None]) -> None:
        """See `Journal.after_commit`."""
        ...


class Journal(Protocol):
    """A place to write: the store. All methods queue and return at once; a writer thread commits in groups.

    Objects are read when the method is called; later changes to them do not matter.
    """

    def station(self, station: Station) -> None: ...
    def connector(self, station: Station, connector: Connector) -> None: ...
    def session(self, session: Session) -> None: ...
    def readings(self, session: Session, samples: tuple[tuple[Instant, Sample], ...]) -> None: ...
    def meter_values(
        self, station: str, evse: int, connector: int, samples: tuple[tuple[Instant, Sample], ...]
    ) -> None:
        """Readings outside a session."""
        ...

    def status(self, station: str, connector: Connector, at: Instant, learned: Instant, late: bool) -> None:
        """One line of the status history."""
        ...

    def link(self, station: str, link: Link, at: Instant, detail: str) -> None:
        """One line of the link history."""
        ...

    def interval(self, interval: Interval) -> None:
        """Insert, or replace the one with the same station, evse and start."""
        ...

    def cut_intervals(self, station: str, evse: int, start: Instant, end: Instant, pieces: list[Interval]) -> None:
        """Replace all that lies in [start, end) by `pieces` (late knowledge)."""
        ...

    def alarm(self, alarm: Alarm) -> None: ...
    def alarm_entry(self, entry: AlarmEntry) -> None: ...
    def operation(self, operation: Operation) -> None: ...
    def audit(self, entry: AuditEntry) -> None: ...
    def notice(self, station: str, at: Instant, action: str, text: str, data: str) -> None: ...
    def handshake(self, handshake: Handshake) -> None: ...
    def site_entry(self, entry: SiteEntry) -> None: ...
    def station_entry(self, entry: StationEntry) -> None: ...
    def outlet_entry(self, entry: OutletEntry) -> None: ...
    def token_entry(self, entry: TokenEntry) -> None: ...
    def quirk(self, quirk: Quirk) -> None: ...
    def credential(self, credential: Credential) -> None: ...
    def certificate(self, certificate: IssuedCertificate) -> None: ...
    def certificate_gone(self, serial: str) -> None: ...
    def certificate_request(self, request: CertificateRequest) -> None: ...
    def wanted_setting(self, setting: WantedSetting) -> None: ...
    def forget(self, kind: str, key: tuple[str | int, ...]) -> None:
        """Remove an entry; `kind` is `site`, `station`, `outlet`, `token`, `quirk`, `credential`,
        `certificate_request` or `wanted_setting`."""
        ...

    def keep_frames(self, frames: list[Traced]) -> None:
        """Into the trace's own file, oldest first; never in the way of a commit."""
        ...

    def after_commit(self, done: Callable[[], None]) -> None:
        """Call `done` on the loop once all that was queued until now is on disk (synchronous FULL).
        It is not called while the store cannot write; the stations then wait, and send again."""
        ...


class Register(Admits, Protocol):
    """What fleet, alarms, uptime, operations and the API read of the register. Look-ups are without case."""

    def station(self, station: str) -> StationEntry | None: ...
    def site(self, site: str) -> SiteEntry | None: ...
    def site_of(self, station: str) -> SiteEntry | None: ...
    def stations_of(self, site: str) -> list[StationEntry]:
        """The stations of a site, by id."""
        ...

    def outlet(self, station: str, evse: int) -> OutletEntry | None: ...
    def outlets_of(self, station: str) -> list[OutletEntry]:
        """The registered outlets of a station, by EVSE number."""
        ...

    def token(self, id_token: str) -> TokenEntry | None:
        """The entry of a token."""
        ...

    def authorise(self, id_token: str, now: Instant) -> TokenReply:
        """Whether a token may charge: Accepted, Blocked, Expired or Invalid (unknown, unless unknown ones are
        accepted)."""
        ...
