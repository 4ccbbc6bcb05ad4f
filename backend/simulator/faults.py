"""Faults that virtual stations have, as both versions carry them (domain.md 1.4 and 3.4)."""

from __future__ import annotations

from random import Random
from typing import NamedTuple

from backend.simulator.outlet import Trouble


class Likely(NamedTuple):
    trouble: Trouble
    current: str
    """`AC`, `DC`, or empty for both."""
    share: int


def _fault(code: str, tech: str, component: str, info: str, *, blocks: bool = True) -> Trouble:
    return Trouble(error_code=code, tech_code=tech, component=component, info=info, blocks=blocks)


LOCK = _fault("ConnectorLockFailure", "", "ConnectorPlugRetentionLock", "plug did not lock or unlock")
CABLE_HOT = _fault("OtherError", "CX019", "TemperatureSensor", "cable over temperature, stopped")
OVERCURRENT = _fault("OverCurrentFailure", "CX004", "OverCurrentProtection", "L2 41 A for 6 s")
METER = _fault("PowerMeterFailure", "", "FiscalMetering", "no answer from the meter")
READER = _fault("ReaderFailure", "", "TokenReader", "RFID reader does not answer", blocks=False)
GROUND = _fault("GroundFailure", "CX002", "RCD", "residual current trip")
CONTACTOR = _fault("PowerSwitchFailure", "CX017", "PowerContactor", "contactor does not follow")
EMERGENCY = _fault("OtherError", "CX008", "EmergencyStopSensor", "emergency stop pressed")
WEAK_SIGNAL = _fault("WeakSignal", "CX007", "DataLink", "RSRP -119 dBm", blocks=False)

LIKELY = (
    Likely(LOCK, "AC", 16),
    Likely(OVERCURRENT, "AC", 6),
    Likely(GROUND, "AC", 3),
    Likely(METER, "", 5),
    Likely(READER, "", 10),
    Likely(CABLE_HOT, "DC", 12),
    Likely(_fault("HighTemperature", "CX003", "TemperatureSensor", "cabinet 61 C, derating", blocks=False), "DC", 9),
    Likely(_fault("OtherError", "CX022", "GroundIsolationProtection", "isolation below limit"), "DC", 3),
    Likely(_fault("OtherError", "CX012", "ElectricalFeed", "pre-charge failed twice"), "DC", 7),
    Likely(_fault("OtherError", "CX025", "ConnectorHolsterRelease", "latch worn"), "DC", 4),
    Likely(CONTACTOR, "", 2),
    Likely(EMERGENCY, "DC", 3),
    Likely(_fault("InternalError", "E-217", "ChargingStation", "module 3 lost"), "DC", 6),
    Likely(_fault("UnderVoltage", "CX006", "ElectricalFeed", "L1 198 V"), "", 3),
    Likely(WEAK_SIGNAL, "", 6),
    Likely(_fault("EVCommunicationError", "CX014", "ConnectedEV", "pilot signal lost", blocks=False), "AC", 8),
)


def some_fault(dice: Random, current: str) -> Trouble:
    """A fault as an AC or DC outlet may have it."""
    fitting = [likely for likely in LIKELY if likely.current in ("", current)]
    return dice.choices(fitting, [likely.share for likely in fitting])[0].trouble
