"""Sessions of the frozen network and their curves."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from backend.client.mirror import Mirror
from backend.model.resources import (
    OutletResource,
    ReadingResource,
    SessionResource,
)
from backend.model.words import Activity, Link, SessionState
from tests.screens.frozen import ago, at

HERO = "8214377"
"""The session of the pictures: a fast charge at Gävle Syd E4."""
REASONS = ("Local", "EVDisconnected", "Remote", "StoppedByEV", "EVDisconnected", "Local", "PowerLoss", "EVDisconnected")
TOKENS = ("71••••••3B", "04••••••9F", "0B••••••12", "8F••••••07", "C4••••••51", "2E••••••A0")


def curve_kw(minute: float) -> float:
    """Power of a car on a fast charger: up in three minutes, a plateau, then down as it fills."""
    if minute < 3:
        return 152 * (minute / 3) ** 1.4
    if minute < 8:
        return 149.8 - 3.5 * abs(math.sin(minute * 1.7))
    return 149 * math.exp(-(minute - 8) / 26)


def hero_readings() -> list[ReadingResource]:
    """The curve of the picture: one reading a minute since 14:01, with the battery."""
    found: list[ReadingResource] = []
    energy, start = 183_402_100.0, at("14:01")
    for minute in range(32):
        power = curve_kw(minute) * 1_000
        energy += power / 60
        found.append(
            ReadingResource(
                at=start + timedelta(minutes=minute, seconds=0 if minute < 31 else -2),
                energy_wh=round(energy),
                power_w=round(power),
                offered_w=150_000,
                soc_pct=round(18 + 61 * (1 - math.exp(-minute / 17)) / (1 - math.exp(-31 / 17))),
                current_a=[round(power / 402, 1)],
                voltage_v=[372 + minute],
                temperature_c=18 + 20 * (1 - math.exp(-minute / 9)),
            )
        )
    return found


def ac_readings(session: SessionResource) -> list[ReadingResource]:
    """A slow charge on three phases; the meter was not read for a while."""
    found: list[ReadingResource] = []
    end = session.ended or ago(seconds=9)
    minutes = int((end - session.started).total_seconds() // 60)
    energy = float(session.meter_start_wh or 0)
    top = session.max_power_w or 11_000
    for minute in range(0, minutes + 1, 2):
        tail = 1.0 if session.ended is None else max(0.08, min(1.0, (minutes - minute) / 12))
        power = (session.power_w or top) * tail if minute > 2 else top * 0.4
        energy += session.energy_wh * 2 / max(2, minutes)
        if minutes > 60 and minutes // 3 < minute < minutes // 3 + 9:
            continue
        found.append(
            ReadingResource(
                at=session.started + timedelta(minutes=minute),
                energy_wh=round(energy),
                power_w=round(power),
                current_a=[round(power / 693, 1)] * 3,
                voltage_v=[231.0, 229.0, 230.0],
            )
        )
    return found


def sessions(mirror: Mirror) -> list[SessionResource]:
    """The open ones of the mirror's charging outlets, and two days of past ones, newest first."""
    found: list[SessionResource] = []
    number = int(HERO)
    charging = [o for o in mirror.outlets.values() if o.activity is Activity.CHARGING and o.link is Link.ONLINE]
    for index, outlet in enumerate(charging[:40]):
        hero = outlet.outlet == "NK-02118:2"
        minutes = 31 + 7 / 60 if hero else 9 + index * 13 % 160
        id_ = HERO if hero else str(number - 3 * index - 1)
        power = 60_800 if hero else outlet.power_w
        session = _session(id_, outlet, index, started=ago(minutes=minutes), power=power)
        if hero:
            readings = hero_readings()
            last = readings[-1]
            session.id_token = "8F••••••07"
            session.power_w, session.offered_w = last.power_w, 150_000
            session.max_power_w = max(r.power_w or 0.0 for r in readings)
            session.soc_pct, session.soc_start_pct = last.soc_pct, 18
            session.current_a, session.voltage_v, session.temperature_c = last.current_a, last.voltage_v, 38
            session.meter_start_wh = 183_402_100
            session.energy_wh = (last.energy_wh or 0) - 183_402_100
            session.sampled, session.started = last.at, at("14:01")
            session.start_trigger = "Authorized"
        outlet.session_since = session.started
        outlet.power_w, outlet.energy_wh, outlet.id_token = session.power_w, session.energy_wh, session.id_token
        found.append(session)
    others = [o for o in mirror.outlets.values() if o.link is Link.ONLINE]
    for index in range(160):
        outlet = others[index * 7 % len(others)]
        length = 18 + index * 37 % 200
        ended = ago(minutes=6 + index * 11)
        session = _session(
            str(number - 300 - index), outlet, index, started=ended - timedelta(minutes=length), ended=ended, power=None
        )
        found.append(session)
    found.sort(key=lambda session: session.started, reverse=True)
    first = number + [session.id for session in found].index(HERO)
    for rank, session in enumerate(found):
        session.id = session.transaction_id = str(first - rank)
        if session.state is SessionState.ACTIVE:
            mirror.outlets[session.outlet].session = session.id
    return found


def _session(
    id_: str,
    outlet: OutletResource,
    index: int,
    *,
    started: datetime,
    power: float | None,
    ended: datetime | None = None,
) -> SessionResource:
    fast = "HPC" in outlet.model
    length = ((ended or ago()) - started).total_seconds()
    top = (98_000.0 if fast else 11_000.0) + index * 977 % 9_000
    flags = ["received_late"] if ended is not None and index % 17 == 3 else []
    return SessionResource(
        id=id_,
        outlet=outlet.outlet,
        id_token=TOKENS[index % len(TOKENS)],
        state=SessionState.ACTIVE if ended is None else SessionState.ENDED,
        started=started,
        ended=ended,
        meter_start_wh=1_204_300 + index * 7_919,
        meter_stop_wh=None if ended is None else 1_204_300 + index * 7_919 + round(top * 0.7 * length / 3600),
        energy_wh=round(top * 0.7 * length / 3600),
        power_w=power,
        stop_reason=None if ended is None else REASONS[index % len(REASONS)],
        flags=flags,
        station=outlet.station,
        evse=outlet.evse,
        label=outlet.label,
        site=outlet.site,
        transaction_id=id_,
        duration_s=length,
        offered_w=None,
        max_power_w=top,
        soc_pct=float(20 + index * 13 % 75) if fast else None,
        sampled=ago(seconds=20 + index % 30) if ended is None else ended,
        current_a=[] if fast else [15.9, 15.9, 15.8],
        voltage_v=[] if fast else [231.0, 229.0, 230.0],
    )
