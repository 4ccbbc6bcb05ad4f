"""Sessions and their readings."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct, field

from backend.model.words import SessionState


class SessionResource(Struct, kw_only=True):
    id: str
    outlet: str
    id_token: str | None
    state: SessionState
    started: datetime
    ended: datetime | None
    meter_start_wh: int | None
    meter_stop_wh: int | None
    energy_wh: int
    power_w: float | None
    stop_reason: str | None
    flags: list[str]
    station: str = ""
    evse: int = 0
    label: str = ""
    site: str | None = None
    transaction_id: str = ""
    duration_s: float = 0.0
    offered_w: float | None = None
    max_power_w: float = 0.0
    soc_pct: float | None = None
    soc_start_pct: float | None = None
    current_a: list[float] = field(default_factory=list)
    voltage_v: list[float] = field(default_factory=list)
    temperature_c: float | None = None
    sampled: datetime | None = None
    charging_state: str = ""
    start_trigger: str = ""

    @property
    def measured_wh(self) -> int | None:
        """The energy, or None while no register was read: 0 is then not known, only not contradicted."""
        read = self.energy_wh or self.sampled is not None or self.meter_start_wh is not None
        return self.energy_wh if read else None


class ReadingResource(Struct, kw_only=True):
    """One point of a session's curve."""

    at: datetime
    energy_wh: int | None = None
    power_w: float | None = None
    offered_w: float | None = None
    soc_pct: float | None = None
    current_a: list[float] = field(default_factory=list)
    voltage_v: list[float] = field(default_factory=list)
    temperature_c: float | None = None
