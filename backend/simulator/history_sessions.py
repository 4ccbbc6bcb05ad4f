"""Past charges of an invented network, and those that run."""

from __future__ import annotations

import math
from collections.abc import Iterator
from random import Random

from msgspec import Struct

from backend.model.clock import Instant
from backend.model.event import Sample
from backend.model.session import Reading, Session
from backend.model.words import SessionFlag, SessionState, Version
from backend.simulator.cars import AC_LOSS, Car, some_car
from backend.simulator.history_trouble import Breaks
from backend.simulator.network import KIND_BY_NAME, Build, Network
from backend.simulator.opening import FIRST_SESSION, Carried, Opening, OutletStart, run_curve
from backend.simulator.outlet import Plug

DETAILED_S = 24 * 3600.0
"""Charges that ended in the last so many seconds have readings; in larger networks, fewer."""
LARGE = 300
"""Stations; of a network twice as large half as much is invented in detail."""
FINE_BELOW_S = 2_400.0
"""Shorter charges have a reading a minute, longer ones one in three."""
LEAST_REGISTER_WH = 120_000
"""A meter that has counted less is new: nothing came before."""
DETAILED_SHARE = 0.01
"""And so many of the older ones."""
_HOURS = (2, 1, 1, 1, 1, 3, 7, 12, 11, 9, 9, 11, 12, 11, 10, 11, 14, 16, 14, 11, 9, 7, 5, 3)
"""How often charges begin, by the hour of the day."""
_REASONS = {"Local": 52, "EVDisconnected": 30, "Remote": 13, "Other": 2, "PowerLoss": 1, "EmergencyStop": 1}
_REASON_WORDS, _REASON_SHARES = list(_REASONS), list(_REASONS.values())


class _Done(Struct):
    started: Instant
    station: str
    session: Session
    samples: list[tuple[Instant, Sample]]


def running_sessions(network: Network, opening: Opening) -> Iterator[Session | Reading]:
    """The charges that are under way, with what was read of them."""
    for identity, start in opening.stations.items():
        version = network.builds[identity].version
        for evse, outlet in start.outlets.items():
            charge = outlet.charge
            if charge is None:
                continue
            yield _running(identity, evse, version, charge)
            for at, sample in charge.samples:
                yield Reading(session=charge.session, at=at, sample=sample)


def _running(identity: str, evse: int, version: Version, charge: Carried) -> Session:
    last = charge.samples[-1] if charge.samples else None
    powers = [sample.power_w or 0.0 for _, sample in charge.samples]
    state = "SuspendedEV" if charge.full else "Charging"
    return Session(
        id=charge.session,
        station=identity,
        evse=evse,
        connector=1,
        transaction_id=charge.transaction,
        id_token=charge.id_token,
        started=charge.started,
        start_said=charge.started,
        learned=charge.started,
        meter_start_wh=charge.meter_start,
        energy_wh=charge.register_wh - charge.meter_start,
        power_w=charge.power_w,
        offered_w=last[1].offered_w if last else None,
        max_power_w=max(powers, default=0.0),
        soc_pct=last[1].soc_pct if last else None,
        soc_start_pct=charge.soc_start,
        current_a=last[1].current_a if last else (),
        voltage_v=last[1].voltage_v if last else (),
        sampled=last[0] if last else None,
        register_wh=charge.register_wh,
        charging_state="" if version is Version.V16 else state,
        start_trigger="" if version is Version.V16 else "Authorized",
        next_seq=None if version is Version.V16 else charge.seq_no,
    )


def past_sessions(
    network: Network, opening: Opening, breaks: Breaks, dice: Random, most: int
) -> Iterator[Session | Reading]:
    """The charges that are over, newest first; at most about `most`."""
    inventor = _Inventor(network, opening, breaks, dice, most)
    done = [
        found
        for identity, build in network.builds.items()
        for plug in build.plugs
        for found in inventor.of_outlet(build, plug, opening.stations[identity].outlets[plug.evse])
    ]
    done.sort(key=lambda found: (-found.started, found.station))
    for place, found in enumerate(done):
        session = found.session
        session.id = FIRST_SESSION - 1 - place
        if network.builds[session.station].version is Version.V16:
            session.transaction_id = str(session.id)
        yield session
        for at, sample in found.samples:
            yield Reading(session=session.id, at=at, sample=sample)


class _Inventor:
    """Invents the past charges of outlets."""

    def __init__(self, network: Network, opening: Opening, breaks: Breaks, dice: Random, most: int) -> None:
        self._drivers = network.drivers
        self._breaks = breaks
        self._dice = dice
        a_day = sum(
            86_400.0 * KIND_BY_NAME[build.kind].busy_share / KIND_BY_NAME[build.kind].stay_s * len(build.plugs)
            for build in network.builds.values()
        )
        self._begin = max(breaks.begin, opening.now - most / max(a_day, 0.1) * 86_400.0)
        small = min(LARGE / len(network.builds), 1.0)
        self._detailed_from = opening.now - DETAILED_S * small
        self._detailed_share = DETAILED_SHARE * small

    def of_outlet(self, build: Build, plug: Plug, outlet: OutletStart) -> Iterator[_Done]:
        """Backwards from what the outlet is now: so the meter of each charge ends where the next one's begins."""
        kind, dice = KIND_BY_NAME[build.kind], self._dice
        gap_s = kind.stay_s * (1.0 / kind.busy_share - 1.0)
        register = outlet.charge.meter_start if outlet.charge is not None else outlet.register_wh
        end = outlet.since if outlet.state == "finishing" else outlet.since - dice.uniform(90.0, 900.0)
        while True:
            stay = max(dice.gammavariate(2.2, kind.stay_s / 2.2), 240.0)
            started = float(int(end - stay))
            if started <= self._begin or register < LEAST_REGISTER_WH:
                return
            quiet = dice.random() * max(_HOURS) > _HOURS[int(started // 3600) % 24]
            if quiet or self._breaks.touches(build.plate.id, plug.evse, started, end):
                end = started - dice.expovariate(1.0 / gap_s) * 0.4 - 60.0
                continue
            found = self._one(build, plug, started, float(int(end)), register)
            register = found.session.meter_start_wh or 0
            yield found
            end = started - dice.expovariate(0.8 / gap_s) - 60.0

    def _one(self, build: Build, plug: Plug, started: Instant, ended: Instant, register: int) -> _Done:
        dice = self._dice
        car = some_car(dice, plug.current)
        soc_start = float(int(car.soc_pct)) if plug.current == "DC" else None
        samples: list[tuple[Instant, Sample]] = []
        if ended > self._detailed_from or dice.random() < self._detailed_share:
            step = 60.0 if ended - started < FINE_BELOW_S else 180.0
            samples, energy, _ = run_curve(car, plug, started, ended, 0, dice, step)
            most = max((sample.power_w or 0.0 for _, sample in samples), default=0.0)
        else:
            energy, most = _roughly(car, plug, ended - started)
        energy_wh = int(energy)
        meter_start = register - energy_wh
        moved = [(at, _moved(sample, meter_start)) for at, sample in samples]
        v16 = build.version is Version.V16
        session = Session(
            id=0,
            station=build.plate.id,
            evse=plug.evse,
            connector=1,
            transaction_id="" if v16 else f"{build.plate.id}-{int(started):x}-{plug.evse}",
            id_token=dice.choice(self._drivers).token,
            state=SessionState.ENDED,
            started=started,
            ended=ended,
            start_said=started,
            learned=started,
            meter_start_wh=meter_start,
            meter_stop_wh=register,
            energy_wh=energy_wh,
            max_power_w=float(round(most)),
            soc_pct=float(int(car.soc_pct)) if soc_start is not None else None,
            soc_start_pct=soc_start,
            sampled=moved[-1][0] if moved else ended,
            register_wh=register,
            stop_reason=dice.choices(_REASON_WORDS, _REASON_SHARES)[0],
            start_trigger="" if v16 else "Authorized",
            flags={SessionFlag.RECEIVED_LATE} if dice.random() < 0.004 else set(),
        )
        return _Done(started, build.plate.id, session, moved)


def _moved(sample: Sample, meter_start: int) -> Sample:
    return Sample(
        at=sample.at,
        energy_wh=(sample.energy_wh or 0) + meter_start,
        power_w=sample.power_w,
        offered_w=sample.offered_w,
        current_a=sample.current_a,
        voltage_v=sample.voltage_v,
        soc_pct=sample.soc_pct,
    )


def _roughly(car: Car, plug: Plug, seconds: float) -> tuple[float, float]:
    """Energy in Wh and highest power in W of a charge that nobody will look at closely."""
    power = car.power_kw(plug.current, plug.max_kw) * 1000.0
    if plug.current == "AC":
        room = (car.target_pct - car.soc_pct) / 100.0 * car.kind.battery_kwh * 1000.0 / (1.0 - AC_LOSS)
        energy = min(power * seconds / 3600.0, max(room, 0.0))
        car.soc_pct = min(car.soc_pct + energy / (car.kind.battery_kwh * 10.0), car.target_pct)
        return energy, power
    energy, most = 0.0, power
    steps = max(math.ceil(seconds / 300.0), 1)
    for _ in range(steps):
        power = car.power_kw("DC", plug.max_kw) * 1000.0
        most = max(most, power)
        flowed = power * (seconds / steps) / 3600.0
        energy += flowed
        car.soc_pct = min(car.soc_pct + flowed / (car.kind.battery_kwh * 10.5), car.target_pct)
    return energy, most
