"""Energy and power of a session, from readings that may be odd (domain.md 1.7, field lessons 31 and 37)."""

from __future__ import annotations

from backend.model.clock import Instant
from backend.model.event import Sample
from backend.model.session import Session
from backend.model.words import SessionFlag

MOST_W = 1_000_000.0
"""No outlet gives more; a register that rises faster is garbage."""
SLACK_WH = 5_000


def take_reading(session: Session, at: Instant, sample: Sample) -> None:
    """Let a session learn one reading; older readings than the last move energy only."""
    if sample.energy_wh is not None:
        _take_register(session, at, sample.energy_wh)
    if session.sampled is not None and at < session.sampled:
        return
    session.sampled = at
    if sample.power_w is not None:
        session.power_w = sample.power_w
        session.max_power_w = max(session.max_power_w, sample.power_w)
    if sample.offered_w is not None:
        session.offered_w = sample.offered_w
    if sample.soc_pct is not None:
        session.soc_pct = sample.soc_pct
        if session.soc_start_pct is None:
            session.soc_start_pct = sample.soc_pct
    if sample.current_a:
        session.current_a = sample.current_a
    if sample.voltage_v:
        session.voltage_v = sample.voltage_v
    if sample.temperature_c is not None:
        session.temperature_c = sample.temperature_c


def _take_register(session: Session, at: Instant, register: int) -> None:
    if session.meter_start_wh is None:
        session.meter_start_wh = session.register_wh = register
        return
    last = session.register_wh if session.register_wh is not None else session.meter_start_wh
    since = session.sampled if session.sampled is not None else session.started
    if register < last:
        if since is not None and session.sampled is not None and at < session.sampled:
            return
        session.flags.add(SessionFlag.REGISTER_FELL)
        if session.sampled is None:
            # The first reading lies below the start: a meter that counts from zero in every session.
            session.energy_wh += register
        session.register_wh = register
        return
    most = MOST_W * max(at - since, 60.0) / 3600 + SLACK_WH
    if register - last > most:
        return
    session.energy_wh += register - last
    session.register_wh = register


def begin_meter(session: Session, register: int) -> None:
    """The register at the begin of a session, learned after later ones."""
    first = session.meter_start_wh
    start = register if first is None else min(first, register)
    session.meter_start_wh = start
    if session.register_wh is None:
        session.register_wh = start
    if SessionFlag.REGISTER_FELL in session.flags:
        return
    if session.meter_stop_wh is not None:
        session.energy_wh = max(session.meter_stop_wh - start, 0)
    elif first is not None:
        session.energy_wh += first - start


def close_meter(session: Session, meter_stop_wh: int | None) -> None:
    """Settle a session's energy at its end: the two registers decide, unless the meter fell in between."""
    stop = meter_stop_wh if meter_stop_wh is not None else session.register_wh
    session.meter_stop_wh = stop
    session.power_w = None
    start = session.meter_start_wh
    if stop is None or start is None:
        return
    if stop < start:
        session.flags.add(SessionFlag.REGISTER_FELL)
    elif SessionFlag.REGISTER_FELL not in session.flags:
        session.energy_wh = stop - start
