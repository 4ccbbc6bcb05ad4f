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

DETAILED_S = 36 * 3600.0
"""Charges that ended in the last so many seconds have readings."""
DETAILED_SHARE = 0.01
"""And so many of the older ones."""
_HOURS = (2, 1, 1, 1, 1, 3, 7, 12, 11, 9, 9, 11, 12, 11, 10, 11, 14, 16, 14, 11, 9, 7, 5, 3)
"""How often charges begin, by the hour of the day."""
_REASONS = (("Local", 52), ("EVDisconnected", 30), ("Remote", 13), ("Other", 2), ("PowerLoss", 1), ("EmergencyStop", 1))


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
    expected = sum(
        86_400.0 * KIND_BY_NAME[build.kind].busy_share / KIND_BY_NAME[build.kind].stay_s * len(build.plugs)
        for build in network.builds.values()
    )
    begin = max(breaks.begin, opening.now - most / max(expected, 0.1) * 86_400.0)
    done: list[_Done] = []
    for identity, build in network.builds.items():
        start = opening.stations[identity]
        for plug in build.plugs:
            done += _of_outlet(network, build, plug, start.outlets[plug.evse], breaks, begin, dice)
    done.sort(key=lambda found: (-found.started, found.station))
    for place, found in enumerate(done):
        session = found.session
        session.id = FIRST_SESSION - 1 - place
        if network.builds[session.station].version is Version.V16:
            session.transaction_id = str(session.id)
        yield session
        for at, sample in found.samples:
            yield Reading(session=session.id, at=at, sample=sample)


def _of_outlet(
    network: Network, build: Build, plug: Plug, outlet: OutletStart, breaks: Breaks, begin: Instant, dice: Random
) -> Iterator[_Done]:
    """Backwards from what the outlet is now: so the meter of each charge ends where the next one's begins."""
    kind = KIND_BY_NAME[build.kind]
    identity = build.plate.id
    gap_s = kind.stay_s * (1.0 / kind.busy_share - 1.0)
    register = outlet.charge.meter_start if outlet.charge is not None else outlet.register_wh
    end = outlet.since - dice.uniform(90.0, 900.0)
    if outlet.state == "finishing":
        end = outlet.since
    while True:
        stay = max(dice.gammavariate(2.2, kind.stay_s / 2.2), 240.0)
        started = float(int(end - stay))
        if started <= begin or register < 120_000:
            return
        if dice.random() * 16 > _HOURS[int(started // 3600) % 24] or breaks.touches(identity, plug.evse, started, end):
            end = started - dice.expovariate(1.0 / gap_s) * 0.4 - 60.0
            continue
        found = _one(network, build, plug, started, end, register, breaks, dice)
        register = found.session.meter_start_wh or 0
        yield found
        end = started - dice.expovariate(0.8 / gap_s) - 60.0


def _one(
    network: Network,
    build: Build,
    plug: Plug,
    started: Instant,
    end: Instant,
    register: int,
    breaks: Breaks,
    dice: Random,
) -> _Done:
    car = some_car(dice, plug.current)
    soc_start = car.soc_pct if plug.current == "DC" else None
    samples: list[tuple[Instant, Sample]] = []
    if end > breaks.now - DETAILED_S or dice.random() < DETAILED_SHARE:
        step = 60.0 if end - started < 3_000.0 else 180.0
        samples, energy, _ = run_curve(car, plug, started, end, 0, dice, step)
        most = max((sample.power_w or 0.0 for _, sample in samples), default=0.0)
    else:
        energy, most = _roughly(car, plug, end - started)
    energy_wh = int(energy)
    meter_start = max(register - energy_wh, 0)
    moved = [(at, _moved(sample, meter_start)) for at, sample in samples]
    ended = float(int(end))
    driver = dice.choice(network.drivers)
    flags: set[SessionFlag] = set()
    if dice.random() < 0.004:
        flags.add(SessionFlag.RECEIVED_LATE)
    v16 = build.version is Version.V16
    session = Session(
        id=0,
        station=build.plate.id,
        evse=plug.evse,
        connector=1,
        transaction_id="" if v16 else f"{build.plate.id}-{int(started):x}-{plug.evse}",
        id_token=driver.token,
        state=SessionState.ENDED,
        started=started,
        ended=ended,
        start_said=started,
        learned=started,
        meter_start_wh=meter_start,
        meter_stop_wh=meter_start + energy_wh,
        energy_wh=energy_wh,
        max_power_w=float(round(most)),
        soc_pct=float(int(car.soc_pct)) if soc_start is not None else None,
        soc_start_pct=float(int(soc_start)) if soc_start is not None else None,
        sampled=moved[-1][0] if moved else ended,
        register_wh=meter_start + energy_wh,
        stop_reason=dice.choices([word for word, _ in _REASONS], [share for _, share in _REASONS])[0],
        start_trigger="" if v16 else "Authorized",
        flags=flags,
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
