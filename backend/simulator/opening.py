"""How a network stands at the moment when a demonstration begins: who charges, what is broken, who is away.

It follows from the network, the moment and the seed alone, so that the history that is written into the store and the
stations that then connect, in another process perhaps, tell the same story.
"""

from __future__ import annotations

from random import Random

from msgspec import Struct, field

from backend.model.clock import Instant
from backend.model.event import Sample
from backend.model.words import Version
from backend.simulator import faults
from backend.simulator.cars import PHASE_V, Car, some_car
from backend.simulator.network import KIND_BY_NAME, Build, Driver, Network
from backend.simulator.outlet import Plug, Trouble

FIRST_SESSION = 4_000_000
"""Sessions that run when the demonstration begins are numbered from here on; past ones downwards from it."""
DARK_S = 660.0
"""The dark site has been silent for so long."""
SAMPLE_S = 60.0
MOST_SAMPLES = 180
DETAILED = 1_000
"""Networks with more stations have coarser curves."""
COARSE_S = 600.0


class Carried(Struct, kw_only=True):
    """A charge that began before the demonstration and goes on in it."""

    session: int
    transaction: str
    """As the station knows it."""
    id_token: str
    token_type: str
    started: Instant
    meter_start: int
    car: Car
    """As it is at `until`."""
    register_wh: int
    power_w: float
    soc_start: float | None
    charging_s: float
    seq_no: int
    """2.x: the number of its next event."""
    until: Instant
    """When it was last heard of: now, or when its station was lost."""
    samples: list[tuple[Instant, Sample]]

    @property
    def full(self) -> bool:
        return self.car.full


class OutletStart(Struct, kw_only=True):
    """One outlet at that moment."""

    state: str = "idle"
    """`idle`, `plugged`, `charging`, `finishing`, `faulted`, `unavailable`."""
    since: Instant = 0.0
    register_wh: int = 0
    car: Car | None = None
    charge: Carried | None = None
    trouble: Trouble | None = None


class StationStart(Struct, kw_only=True):
    """One station at that moment."""

    presence: str = "online"
    """`online`, `offline`, `dark` (with its whole site), `deaf`, `boot_loop`."""
    since: Instant = 0.0
    """Since when, where it is not `online`."""
    booted: Instant = 0.0
    temperament: str = "obedient"
    outlets: dict[int, OutletStart] = field(default_factory=dict)

    @property
    def away(self) -> bool:
        return self.presence in ("offline", "dark")


class Opening(Struct, kw_only=True):
    """The whole network at that moment."""

    now: Instant
    stations: dict[str, StationStart] = field(default_factory=dict)
    dark_site: str | None = None
    sessions: int = 0
    """How many run."""


def make_opening(network: Network, now: Instant, seed: int) -> Opening:
    """The state of `network` at `now`; the same arguments give the same state."""
    dice = Random(f"opening:{seed}")
    opening = Opening(now=now)
    starts = {
        identity: StationStart(booted=now - dice.uniform(0.5, 40.0) * 86_400.0, since=now)
        for identity in network.builds
    }
    opening.stations = starts
    _lose_stations(network, opening, dice)
    for identity, build in network.builds.items():
        start = starts[identity]
        for plug in build.plugs:
            start.outlets[plug.evse] = _outlet(network, build, plug, start, now, dice)
    _break_outlets(network, opening, dice)
    _number(network, opening)
    return opening


def _lose_stations(network: Network, opening: Opening, dice: Random) -> None:
    now, starts = opening.now, opening.stations
    by_site: dict[str, list[str]] = {}
    for identity, build in network.builds.items():
        by_site.setdefault(build.site, []).append(identity)
    hubs = [site for site, members in by_site.items() if len(members) >= 3 and _is_hub(network, members)]
    large = hubs or [site for site, members in by_site.items() if len(members) >= 3]
    if large and len(starts) >= 40:
        opening.dark_site = dice.choice(large)
        for place, identity in enumerate(by_site[opening.dark_site]):
            starts[identity].presence = "dark"
            starts[identity].since = now - DARK_S + place * 2.0
    well = [identity for identity, start in starts.items() if start.presence == "online"]
    dice.shuffle(well)
    for _ in range(max(round(len(starts) * 0.013), 1 if len(starts) > 3 else 0)):
        start = starts[well.pop()]
        start.presence = "offline"
        start.since = now - dice.choice((1_500.0, 4_200.0, 11_000.0, 26_000.0, 90_000.0)) * dice.uniform(0.8, 1.3)
    if len(well) < 10:
        return
    for presence, ago in (("deaf", 2_900.0), ("boot_loop", 1_300.0)):
        start = starts[well.pop()]
        start.presence = start.temperament = presence
        start.since = now - ago
    for mood in ("shirking", "rejecting", "late", "stop_loser", "repeater", "too_late"):
        for _ in range(max(len(starts) // 300, 1)):
            if len(well) > 6:
                starts[well.pop()].temperament = mood


def _is_hub(network: Network, members: list[str]) -> bool:
    return all(plug.current == "DC" for identity in members for plug in network.builds[identity].plugs)


def _outlet(network: Network, build: Build, plug: Plug, start: StationStart, now: Instant, dice: Random) -> OutletStart:
    kind = KIND_BY_NAME[build.kind]
    until = start.since if start.away else now
    found = OutletStart(register_wh=dice.randrange(2_000_000, 60_000_000))
    chance = dice.random()
    if start.presence == "boot_loop" or chance > kind.busy_share:
        found.since = until - min(dice.expovariate(1 / 5_400.0) + 60.0, 200_000.0)
        return found
    if chance > kind.busy_share * 0.9:
        found.state = "plugged" if chance > kind.busy_share * 0.97 else "finishing"
        found.car = some_car(dice, plug.current)
        found.since = until - dice.uniform(40.0, 1_500.0)
        return found
    step_s = SAMPLE_S if len(network.builds) <= DETAILED else COARSE_S
    charge = _charge(dice.choice(network.drivers), plug, found, until, kind.stay_s, step_s, dice)
    found.charge, found.car = charge, charge.car
    found.state = "charging"
    found.since = charge.started
    found.register_wh = charge.register_wh
    return found


def _charge(
    driver: Driver, plug: Plug, outlet: OutletStart, until: Instant, stay_s: float, step_s: float, dice: Random
) -> Carried:
    car = some_car(dice, plug.current)
    soc_start = car.soc_pct if plug.current == "DC" else None
    age = min(dice.uniform(0.05, 1.1) * stay_s, MOST_SAMPLES * SAMPLE_S)
    started = float(int(until - age))
    meter_start = outlet.register_wh
    samples, energy_wh, charging_s = run_curve(car, plug, started, until, meter_start, dice, step_s)
    power = car.power_kw(plug.current, plug.max_kw) * 1000.0
    return Carried(
        session=0,
        transaction="",
        id_token=driver.token,
        token_type=driver.token_type,
        started=started,
        meter_start=meter_start,
        car=car,
        register_wh=meter_start + int(energy_wh),
        power_w=power,
        soc_start=soc_start,
        charging_s=charging_s,
        seq_no=len(samples) + 2 + (1 if car.full else 0),
        until=until,
        samples=samples,
    )


def run_curve(
    car: Car, plug: Plug, started: Instant, until: Instant, meter_start: int, dice: Random, step_s: float = SAMPLE_S
) -> tuple[list[tuple[Instant, Sample]], float, float]:
    """Charge `car` from `started` to `until`.

    Returns:
        The readings every `step_s`, the energy in Wh, and how long energy flowed in seconds.
    """
    samples: list[tuple[Instant, Sample]] = []
    energy_wh = charging_s = 0.0
    phases = 1 if plug.current == "DC" or car.kind.ac_phases == 1 else 3
    at = started
    while at + step_s <= until:
        at += step_s
        flowed, power_kw = car.charge(plug.current, plug.max_kw, step_s)
        energy_wh += flowed
        if flowed > 0:
            charging_s += step_s
        power_w = round(power_kw * 1000.0 * (1.0 + dice.uniform(-0.006, 0.006)))
        volts = (355.0 + car.soc_pct * 0.6,) if plug.current == "DC" else (PHASE_V,) * phases
        samples.append(
            (
                at,
                Sample(
                    at=at,
                    energy_wh=meter_start + int(energy_wh),
                    power_w=power_w,
                    offered_w=plug.max_kw * 1000.0,
                    current_a=tuple(round(power_w / phases / volt, 1) for volt in volts),
                    voltage_v=tuple(round(volt, 1) for volt in volts),
                    soc_pct=float(int(car.soc_pct)) if plug.current == "DC" else None,
                ),
            )
        )
    return samples, energy_wh, charging_s


_SHOWN: tuple[tuple[Trouble, str, float], ...] = (
    (faults.LOCK, "AC", 240.0),
    (faults.CABLE_HOT, "DC", 1_380.0),
    (faults.METER, "AC", 7_600.0),
    (faults.READER, "AC", 21_000.0),
    (faults.OVERCURRENT, "AC", 5_200.0),
)


def _break_outlets(network: Network, opening: Opening, dice: Random) -> None:
    """The faults that stand at the beginning, each at an outlet that is fit for it, and outlets out of use."""
    idle: dict[str, list[tuple[str, int]]] = {"AC": [], "DC": []}
    for identity, start in opening.stations.items():
        if start.presence != "online" or start.temperament != "obedient":
            continue
        for plug in network.builds[identity].plugs:
            if start.outlets[plug.evse].state == "idle":
                idle[plug.current].append((identity, plug.evse))
    for places in idle.values():
        dice.shuffle(places)
    count = max(len(opening.stations) // 60, 1)
    for number in range(count):
        trouble, current, ago = _SHOWN[number % len(_SHOWN)]
        places = idle[current] or idle["AC"] or idle["DC"]
        if not places:
            return
        identity, evse = places.pop()
        start = opening.stations[identity]
        outlet = start.outlets[evse]
        outlet.trouble = trouble
        outlet.state = "faulted" if trouble.blocks else "idle"
        outlet.since = opening.now - ago * dice.uniform(0.9, 1.1) if number >= len(_SHOWN) else opening.now - ago
        if trouble is faults.LOCK:
            outlet.car = some_car(dice, current)
            start.temperament = "stuck_lock"
    for _ in range(max(len(opening.stations) // 80, 1)):
        places = idle["AC"] or idle["DC"]
        if places:
            identity, evse = places.pop()
            outlet = opening.stations[identity].outlets[evse]
            outlet.state = "unavailable"
            outlet.since = opening.now - dice.uniform(0.2, 9.0) * 86_400.0


def _number(network: Network, opening: Opening) -> None:
    """Sessions are numbered in the order of their beginning; 2.x stations name their transactions themselves."""
    running = [
        (outlet.charge.started, identity, evse, outlet.charge)
        for identity, start in opening.stations.items()
        for evse, outlet in start.outlets.items()
        if outlet.charge is not None
    ]
    running.sort(key=lambda found: found[:3])
    for place, (started, identity, evse, charge) in enumerate(running):
        charge.session = FIRST_SESSION + place
        if network.builds[identity].version is Version.V16:
            charge.transaction = str(charge.session)
        else:
            charge.transaction = f"{identity}-{int(started):x}-{evse}"
    opening.sessions = len(running)
