"""The keys of stations: set, shown, changed."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from hashlib import blake2b

from backend.model.certificate import PeerCertificate
from backend.model.clock import Clock
from backend.model.credential import Credential, KeyMatch, Slot
from backend.model.errors import Invalid, Unknown
from backend.model.ports import Journal
from backend.model.sanitise import clean
from backend.register.register import Register
from backend.security import keys
from backend.security.certificates import Certificates
from backend.text import t

MOST_PROVED = 50_000


class Credentials:
    """By casefolded station. Implements `backend.model.ports.Keys`."""

    def __init__(
        self, clock: Clock, register: Register, certificates: Certificates, journal: Journal | None = None
    ) -> None:
        self._clock = clock
        self._register = register
        self._certificates = certificates
        self._journal = journal
        self._held: dict[str, dict[Slot, Credential]] = {}
        self._pepper = secrets.token_bytes(32)
        self._proved: dict[tuple[str, bytes], KeyMatch] = {}
        """What passed a slow hash since the start, by a fast one under a key of this process."""
        register.on_change.append(self._registered)

    def load(self, credentials: Iterable[Credential]) -> None:
        """Take what the store kept."""
        for one in credentials:
            self._held.setdefault(one.station.casefold(), {})[one.slot] = one

    # -- ports.Keys ------------------------------------------------------------------------------------------

    def has_key(self, station: str) -> bool:
        """Whether a key is on record, and so must be shown. A first key that is still on its way need not be."""
        return Slot.CURRENT in self._held.get(station.casefold(), ())

    def least_profile(self, station: str) -> int:
        """The security profile below which the station is not served."""
        entry = self._register.station(station)
        least = self._register.least_profile
        return least if entry is None else max(least, entry.least_profile)

    def match(self, station: str, shown: bytes) -> KeyMatch | None:
        """Whether that is the station's key. A *next* key that is shown becomes the only one."""
        held = self._held.get(station.casefold())
        if not held or len(shown) > keys.MAX_SHOWN:
            return None
        memo = (station.casefold(), blake2b(shown, key=self._pepper, digest_size=16).digest())
        found = self._proved.get(memo)
        if found is not None and found.slot in held:
            return self._used(station, found)
        for slot in (Slot.CURRENT, Slot.NEXT):
            one = held.get(slot)
            if one is None:
                continue
            for form, key in keys.readings(shown):
                if keys.same(keys.digest(one.method, one.salt, key), one.digest):
                    found = KeyMatch(slot=slot, form=form)
                    if one.method == "scrypt" and len(self._proved) < MOST_PROVED:
                        self._proved[memo] = found
                    return self._used(station, found)
        return None

    def certificate_fault(self, station: str, certificate: PeerCertificate) -> str | None:
        """Why a certificate is not this station's; None: it is (whitepaper 3.4: CN and O)."""
        return self._certificates.fault(station, certificate)

    # -- people and operations -------------------------------------------------------------------------------

    def of(self, station: str) -> dict[Slot, Credential]:
        """What is on record for a station."""
        return dict(self._held.get(station.casefold(), {}))

    def put(self, station: str, key: str, who: str) -> None:
        """Put a key on record in place of all others; the station has it already, or is given it on site.

        Raises:
            Unknown: no such station.
            Invalid: the key is empty, too long, or holds what no header carries.
        """
        plain = _checked(key)
        self._drop(station)
        self._keep(station, Slot.CURRENT, plain, who)

    def propose(self, station: str, key: str, who: str) -> None:
        """A key that is on its way to the station: it counts as soon as it is shown, the old one until then."""
        self._keep(station, Slot.NEXT, _checked(key), who)

    def confirm(self, station: str) -> None:
        """The station has accepted the next key: the old one is dead (OCPP whitepaper, A01)."""
        following = self._held.get(station.casefold(), {}).get(Slot.NEXT)
        if following is None:
            return
        self._drop(station)
        self._store(
            Credential(
                station=following.station,
                slot=Slot.CURRENT,
                method=following.method,
                salt=following.salt,
                digest=following.digest,
                set_by=following.set_by,
                at=following.at,
            )
        )

    def withdraw(self, station: str) -> None:
        """The station has refused the next key: the old one stays."""
        held = self._held.get(station.casefold(), {})
        if held.pop(Slot.NEXT, None) is not None:
            self._forget(station, Slot.NEXT)
        if not held:
            self._held.pop(station.casefold(), None)

    def remove(self, station: str) -> None:
        """Ask the station for no key any more. Raises Unknown: none is on record."""
        if not self.has_key(station):
            raise Unknown("unknown_key", t("There is no key of {station} on record.", station=clean(station, 100)))
        self._drop(station)

    # Inside

    def _used(self, station: str, found: KeyMatch) -> KeyMatch:
        if found.slot is Slot.NEXT:
            self.confirm(station)
        return found

    def _keep(self, station: str, slot: Slot, plain: bytes, who: str) -> None:
        entry = self._register.station(station)
        if entry is None:
            raise Unknown(
                "unknown_station",
                t("There is no station {name!r}.", name=clean(station, 255)),
                t("`noc station list` names those there are."),
            )
        method, salt, digest = keys.hashed(keys.canonical(plain))
        self._store(
            Credential(
                station=entry.id,
                slot=slot,
                method=method,
                salt=salt,
                digest=digest,
                set_by=clean(who, 100),
                at=self._clock.now(),
            )
        )

    def _store(self, credential: Credential) -> None:
        self._held.setdefault(credential.station.casefold(), {})[credential.slot] = credential
        if self._journal is not None:
            self._journal.credential(credential)

    def _drop(self, station: str) -> None:
        for slot in self._held.pop(station.casefold(), {}):
            self._forget(station, slot)
        for memo in [memo for memo in self._proved if memo[0] == station.casefold()]:
            del self._proved[memo]

    def _forget(self, station: str, slot: Slot) -> None:
        if self._journal is not None:
            self._journal.forget("credential", (station, slot.value))

    def _registered(self, kind: str, key: object) -> None:
        if kind == "station" and isinstance(key, str) and self._register.station(key) is None:
            self._drop(key)


def _checked(key: str) -> bytes:
    """Raises Invalid: no key; the hint names what OCPP wants."""
    plain = key.encode()
    if not 1 <= len(plain) <= 128 or clean(key) != key:
        raise Invalid(
            "bad_key",
            t("That cannot be a key."),
            t("Write 32 to 40 hexadecimal digits, or 16 to 40 characters; 128 at most."),
        )
    return plain
