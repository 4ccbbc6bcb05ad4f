"""Who may come in: a request that is a proper WebSocket handshake becomes a Welcome or a Refusal."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from backend.gateway import handshake
from backend.gateway.authentication import STATUS, Proved, Shown
from backend.model.ports import Admits
from backend.model.quirk import NO_TRAITS, Traits
from backend.model.words import Admission, Version


class Welcome(Struct, frozen=True, kw_only=True):
    """Serve it."""

    station: str
    """The registered form of its identity."""
    version: Version
    subprotocol: str | None
    security_profile: int
    key_form: str = ""
    """How its key was shown: `raw` or `hex`; empty when none was checked."""
    new_key: bool = False
    """It was the key on its way to it."""
    oddities: tuple[str, ...] = ()
    traits: Traits = NO_TRAITS


class Refusal(Struct, frozen=True, kw_only=True):
    """Do not."""

    reason: str
    """`no_identity`, `bad_identity`, `blocked`, `no_room`, `no_subprotocol`, or one of `authentication.STATUS`."""
    identity: str = ""
    completes: bool = False
    """The handshake is completed without a subprotocol, and the connection closed at once (OCPP-J 3.1.2);
    otherwise it is refused with `status`."""
    status: int = 404


def receive(
    admits: Admits,
    shown: Shown,
    prove: Callable[[str, Shown], Proved | str],
    traits_of: Callable[[str], Traits] = lambda _station: NO_TRAITS,
) -> Welcome | Refusal:
    """Look at a handshake: identity, admission, version, proof. An unknown station that can be served is introduced."""
    name = handshake.identity(shown.path)
    if not name:
        return Refusal(reason="bad_identity" if name is None else "no_identity")
    found = admits.admission(name)
    station, admission, pinned = found if found is not None else (name, None, None)
    if admission is Admission.BLOCKED:
        return Refusal(reason="blocked", identity=station)
    proved = prove(station, shown)
    if isinstance(proved, str):
        return Refusal(reason=proved, identity=station, status=STATUS[proved])
    traits = traits_of(station)
    offered = handshake.offers(shown.subprotocols)
    choice = handshake.choose(offered, pinned or traits.pin_version, traits.assume_version)
    if choice is None:
        return Refusal(reason="no_subprotocol", identity=station, completes=True)
    if admission is None:
        admission = admits.introduce(name, shown.address)
        if admission is None or admission is Admission.BLOCKED:
            return Refusal(reason="no_room" if admission is None else "blocked", identity=name)
    oddities = [oddity for oddity in (choice.oddity, proved.oddity) if oddity]
    if proved.key_form == "hex" and choice.version is Version.V16:
        oddities.append("hex_key")
    return Welcome(
        station=station,
        version=choice.version,
        subprotocol=choice.subprotocol,
        security_profile=proved.profile,
        key_form=proved.key_form,
        new_key=proved.new_key,
        oddities=tuple(oddities),
        traits=traits,
    )
