"""Fuzzes how things are found by name: outlets, EVSE-IDs, stickers, tokens, filters, words, a station's URL path."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.fuzz.target import fuzz, instrumented

with instrumented(__name__):
    from backend.gateway import handshake
    from backend.model.clock import HeldClock
    from backend.model.errors import Invalid
    from backend.model.filter import Filter, Subject, parse
    from backend.model.outlet_id import parse_outlet
    from backend.model.register import OutletEntry, StationEntry, TokenEntry
    from backend.model.resources import OutletResource, StationResource
    from backend.model.sanitise import clean
    from backend.model.search import fold
    from backend.model.settings import OcppSettings
    from backend.model.words import Activity, BootStatus, Known, Link
    from backend.register.formats import normalise_emaid, normalise_evse_id, reversed_uid, sticker_key, token_key
    from backend.register.register import Register

CLOCK = HeldClock()
REGISTER = Register(CLOCK, OcppSettings())
REGISTER.put_station(StationEntry(id="CP-1"))
REGISTER.put_outlet(OutletEntry(station="CP-1", evse=1, evse_id="SE*NKR*E1001*1"))
REGISTER.put_token(TokenEntry(token="04A1B2C3D49F"))
STATION = StationResource(
    id="CP-1",
    ocpp_version="1.6",
    link=Link.ONLINE,
    boot_status=BootStatus.ACCEPTED,
    last_heard=None,
    site="S1",
    vendor="Fjord",
    model="F1",
    firmware="1.2.3",
    outlets=["CP-1:1"],
)
OUTLET = OutletResource(
    outlet="CP-1:1",
    state="Available",
    activity=Activity.IDLE,
    since=None,
    known=Known.LIVE,
    session=None,
    station="CP-1",
    evse=1,
)
SEEDS = [
    "CP-1:1", "CP-1:1:2", "a:b:3", "SE*NKR*E1001*1", "SENKRE10011", "+49*822*4321", "SE-NKR-C00012345-6",
    "04A1B2C3D49F",
    'station:"CP-1" state:faulted,reserved since:>1h kw:10..40 !malmö', "!! model:Fjord firmware:>=1.2.3",
    "started:>2025-11-14 energy:>5kWh flags:", "/ocpp/CP-1", "/ocpp/CP%201%2F?x=1#y", "/ocpp/%c3%a5%2e%2e", "/%00/%ff",
]  # fmt: skip


def _raises_only(kind: type[Exception], call: Callable[[str], object], text: str) -> None:
    with contextlib.suppress(kind):
        call(text)


def one(data: bytes) -> None:
    """Every way to look something up with the same text: found, not found, or one kind of error that says why."""
    text = data.decode("utf-8", "replace")
    _raises_only(ValueError, parse_outlet, text)
    _raises_only(ValueError, normalise_evse_id, text)
    _raises_only(ValueError, normalise_emaid, text)
    assert fold(text) == fold(fold(text))
    assert token_key(text) == token_key(token_key(text))
    sticker_key(text)
    reversed_uid(text)
    REGISTER.station(text)
    REGISTER.outlet_by_evse_id(text)
    REGISTER.token(text)
    REGISTER.tokens_like(text)
    REGISTER.authorise(text, CLOCK.now())
    for subject in Subject:
        try:
            found = parse(text, subject)
        except Invalid as error:
            assert error.message
            continue
        _match(found, subject)
    name = handshake.identity(text)
    assert name is None or (clean(name) == name and "/" not in (name[:1], name[-1:]))
    handshake.offers([text])
    handshake.shown(data)


def _match(found: Filter, subject: Subject) -> None:
    """What was parsed can be asked."""
    if subject is Subject.STATION:
        found.matches_station(STATION, None, CLOCK.now())
    elif subject is Subject.OUTLET:
        found.matches_outlet(OUTLET, None, STATION, CLOCK.now())


if __name__ == "__main__":
    fuzz(one, (seed.encode() for seed in SEEDS))
