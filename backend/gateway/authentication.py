"""Whether somebody is the station that it claims to be: security profiles 0 to 3 (OCPP whitepaper; 2.0.1 A00)."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from backend.gateway.basic import is_user, read_basic
from backend.model.certificate import PeerCertificate
from backend.model.credential import KeyMatch, Slot
from backend.model.ports import Keys
from backend.model.ration import Ration


class Shown(Struct, frozen=True, kw_only=True):
    """What a connection shows of itself before anything is believed."""

    path: str
    subprotocols: Sequence[str] = ()
    authorization: Sequence[str] = ()
    address: str = ""
    tls: bool = False
    certificate: PeerCertificate | None = None
    """The client's, verified up to a CA of ours; whose it is remains to be seen."""


class Proved(Struct, frozen=True, kw_only=True):
    """It may come in."""

    profile: int
    key_form: str = ""
    """`raw` or `hex`; empty when no key was checked."""
    new_key: bool = False
    """The key that was on its way to it."""
    oddity: str = ""


STATUS = {
    "no_credentials": 401,
    "wrong_user": 401,
    "wrong_password": 401,
    "credentials_twice": 401,
    "credentials_scheme": 401,
    "credentials_broken": 401,
    "too_many_failures": 429,
    "profile_too_low": 403,
    "no_client_certificate": 403,
    "wrong_certificate": 403,
    "wrong_certificate_owner": 403,
    "revoked_certificate": 403,
    "expired_certificate": 403,
    "broken_certificate": 403,
}
"""HTTP status of each refusal."""


def authenticate(keys: Keys, ration: Ration, station: str, shown: Shown, monotonic: float) -> Proved | str:
    """The profile that was proved, or a word of `STATUS` that tells why not.

    A key on record must be shown, whatever the profile asked for: only with a client certificate it need not. Without
    a key on record there is nothing to compare, so what is shown counts as profile 0.
    """
    least = keys.least_profile(station)
    if shown.certificate is not None and not shown.certificate.serial:
        return "broken_certificate"
    if shown.certificate is not None:
        fault = keys.certificate_fault(station, shown.certificate)
        return fault or Proved(profile=3)
    found = _by_key(keys, ration, station, shown, monotonic)
    if isinstance(found, str) or found.profile >= least:
        return found
    return "no_client_certificate" if least == 3 and shown.tls else "profile_too_low"


def _by_key(keys: Keys, ration: Ration, station: str, shown: Shown, monotonic: float) -> Proved | str:
    basic = read_basic(shown.authorization)
    if not keys.has_key(station):
        if basic is None:
            return Proved(profile=0)
        if isinstance(basic, str):
            return Proved(profile=0, oddity=basic)
        first = keys.match(station, basic.password) if is_user(basic.user, station) else None
        if first is not None:
            return _with_key(first, shown)
        return Proved(profile=0, oddity="unchecked_key" if basic.password else "empty_password")
    if basic is None:
        return "no_credentials"
    if isinstance(basic, str):
        return basic
    if ration.spent(shown.address, station, monotonic):
        return "too_many_failures"
    match = keys.match(station, basic.password) if is_user(basic.user, station) else None
    if match is None:
        ration.failed(shown.address, station, monotonic)
        return "wrong_password" if is_user(basic.user, station) else "wrong_user"
    ration.passed(shown.address, station)
    return _with_key(match, shown)


def _with_key(match: KeyMatch, shown: Shown) -> Proved:
    return Proved(profile=2 if shown.tls else 1, key_form=match.form, new_key=match.slot is Slot.NEXT)


class NoKeys:
    """Nobody has a key, and every profile will do: a gateway without a register."""

    def has_key(self, station: str) -> bool:
        return False

    def least_profile(self, station: str) -> int:
        return 0

    def match(self, station: str, shown: bytes) -> KeyMatch | None:
        return None

    def certificate_fault(self, station: str, certificate: PeerCertificate) -> str | None:
        return "wrong_certificate"


NO_KEYS = NoKeys()
