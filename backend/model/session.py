"""A charging session as the fleet holds it. One session is one OCPP transaction, and outlives it."""

from __future__ import annotations

from msgspec import Struct, field

from backend.model.clock import Instant
from backend.model.event import Sample
from backend.model.words import SessionFlag, SessionState


class Session(Struct, kw_only=True, gc=False):
    """One transaction, live or past. Energies are whole Wh, power in W."""

    id: int
    """Ours, positive, for ever. In OCPP 1.6 also the transactionId that the station was given."""
    station: str
    evse: int
    connector: int
    transaction_id: str
    """As the station knows it."""
    id_token: str | None = None
    """In full; masked where it leaves the server."""
    state: SessionState = SessionState.ACTIVE
    started: Instant = 0.0
    ended: Instant | None = None
    start_said: Instant | None = None
    """The station's own time of the start, as sent: part of what makes a repeated start the same one."""
    learned: Instant = 0.0
    """When we heard of it first."""
    meter_start_wh: int | None = None
    meter_stop_wh: int | None = None
    energy_wh: int = 0
    power_w: float | None = None
    """None when not known."""
    offered_w: float | None = None
    max_power_w: float = 0.0
    soc_pct: float | None = None
    soc_start_pct: float | None = None
    current_a: tuple[float, ...] = ()
    voltage_v: tuple[float, ...] = ()
    temperature_c: float | None = None
    sampled: Instant | None = None
    """When the last reading was taken."""
    register_wh: int | None = None
    """The last energy register seen, for deltas."""
    charging_state: str = ""
    stop_reason: str = ""
    start_trigger: str = ""
    remote_start_id: int | None = None
    next_seq: int | None = None
    """2.x: the sequence number expected next."""
    seen_seq: set[int] = field(default_factory=set)
    """2.x: numbers received above a gap; bounded."""
    flags: set[SessionFlag] = field(default_factory=set)


class Reading(Struct, frozen=True, kw_only=True, gc=False):
    """A sample that belongs to a session, as it is stored and drawn."""

    session: int
    at: Instant
    sample: Sample
