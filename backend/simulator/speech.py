"""What a virtual station can say, whatever the version. `speech_v16` and `speech_v2` put it into frames."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Protocol

from msgspec import Struct

from backend.model.clock import Instant
from backend.model.words import Version
from backend.simulator.cars import PHASE_V
from backend.simulator.messages import Message
from backend.simulator.outlet import Charge, Outlet, Trouble


class Nameplate(Struct, frozen=True, kw_only=True):
    """What a station tells of itself when it boots."""

    id: str
    vendor: str = "Tallvik"
    model: str = "Duo 22"
    serial: str = ""
    firmware: str = "4.2.7"
    iccid: str = ""
    imsi: str = ""
    meter_type: str = ""
    meter_serial: str = ""


class Circumstances(Protocol):
    """What speech needs to know of the moment."""

    @property
    def plate(self) -> Nameplate: ...
    @property
    def online(self) -> bool: ...
    @property
    def dice(self) -> Random: ...
    def now(self) -> Instant: ...


class Speech(Protocol):
    """Moments of a station's life, as messages of one version."""

    version: Version

    def boot(self, reason: str) -> Message: ...
    def heartbeat(self) -> Message: ...
    def authorize(self, id_token: str, token_type: str) -> Message: ...
    def status_word(self, outlet: Outlet) -> str: ...
    def station_status(self, word: str) -> list[Message]:
        """The state of the station as a whole; 2.x has no such message."""
        ...

    def status(self, outlet: Outlet) -> Message: ...
    def trouble(self, outlet: Outlet, trouble: Trouble, cleared: bool) -> list[Message]:
        """A fault came or went (besides the status that goes with it)."""
        ...

    def started(self, outlet: Outlet, charge: Charge, trigger: str) -> list[Message]: ...
    def changed(self, outlet: Outlet, charge: Charge, trigger: str) -> list[Message]: ...
    def metered(self, outlet: Outlet, charge: Charge | None, context: str) -> list[Message]: ...
    def ended(
        self, outlet: Outlet, charge: Charge, reason: str, trigger: str, id_token: str | None
    ) -> list[Message]: ...
    def firmware(self, status: str, request_id: int | None) -> Message: ...
    def log(self, status: str, request_id: int | None) -> Message: ...
    def security_event(self, kind: str, info: str = "") -> Message: ...


SpeechMaker = Callable[[Circumstances], Speech]


class Reading(Struct, frozen=True, kw_only=True):
    """What a meter shows at one moment."""

    energy_wh: int
    power_w: int
    offered_w: int
    voltages_v: tuple[float, ...]
    currents_a: tuple[float, ...]
    soc_pct: int | None
    temperature_c: float


def read_meter(outlet: Outlet, dice: Random) -> Reading:
    """Look at an outlet's meter; the mains wobble a little."""
    power_w = outlet.power_kw * 1000.0 * (1.0 + dice.uniform(-0.004, 0.004))
    car = outlet.car
    phases = 1 if car is not None and (outlet.plug.current == "DC" or car.kind.ac_phases == 1) else 3
    if outlet.plug.current == "DC":
        volts: tuple[float, ...] = (round(355.0 + (car.soc_pct if car else 0.0) * 0.6 + dice.uniform(-1, 1), 1),)
    else:
        volts = tuple(round(PHASE_V + dice.uniform(-2.5, 2.5), 1) for _ in range(phases))
    amperes = tuple(round(power_w / phases / volt, 1) for volt in volts)
    soc = int(car.soc_pct) if car is not None and outlet.plug.current == "DC" else None
    warm = 21.0 + 18.0 * min(outlet.power_kw / max(outlet.plug.max_kw, 1.0), 1.0)
    return Reading(
        energy_wh=int(outlet.register_wh),
        power_w=round(power_w),
        offered_w=round(outlet.offered_kw * 1000.0),
        voltages_v=volts,
        currents_a=amperes,
        soc_pct=soc,
        temperature_c=round(warm + dice.uniform(-0.5, 0.5), 1),
    )
