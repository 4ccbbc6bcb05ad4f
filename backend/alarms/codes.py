"""How bad a reported fault is: OCPP 1.6 errorCode, MREC codes, components of OCPP 2.x (domain.md 1.4, 3.1, 3.4).

Codes that nobody knows are S3 and keep the maker's code. A warning - a fault beside a status other than Faulted, in
OCPP 1.6 - counts one step lower, except where people may be in danger (S1): such a code is never lowered.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from backend.model.event import Fault
from backend.model.words import Severity

_MREC = re.compile(r"CX0(?:0[1-9]|1\d|2[0-6])\Z", re.IGNORECASE)
_UNEXPLAINED = frozenset({"OtherError", "InternalError", "Faulted", ""})
"""Codes that say less than the maker's own."""

UNKNOWN = Severity.S3

SEVERITIES: dict[str, Severity] = {
    "ConnectorLockFailure": Severity.S2,
    "EVCommunicationError": Severity.S4,
    "GroundFailure": Severity.S1,
    "HighTemperature": Severity.S2,
    "InternalError": Severity.S3,
    "LocalListConflict": Severity.S4,
    "OtherError": Severity.S3,
    "OverCurrentFailure": Severity.S2,
    "OverVoltage": Severity.S2,
    "UnderVoltage": Severity.S3,
    "PowerMeterFailure": Severity.S2,
    "PowerSwitchFailure": Severity.S1,
    "ReaderFailure": Severity.S3,
    "ResetFailure": Severity.S3,
    "WeakSignal": Severity.S4,
    "Faulted": Severity.S3,
    "CX001": Severity.S2,
    "CX002": Severity.S1,
    "CX003": Severity.S3,
    "CX004": Severity.S2,
    "CX005": Severity.S2,
    "CX006": Severity.S3,
    "CX007": Severity.S4,
    "CX008": Severity.S1,
    "CX009": Severity.S4,
    "CX010": Severity.S4,
    "CX011": Severity.S2,
    "CX012": Severity.S3,
    "CX013": Severity.S3,
    "CX014": Severity.S3,
    "CX015": Severity.S2,
    "CX016": Severity.S4,
    "CX017": Severity.S1,
    "CX018": Severity.S3,
    "CX019": Severity.S2,
    "CX020": Severity.S4,
    "CX021": Severity.S2,
    "CX022": Severity.S1,
    "CX023": Severity.S3,
    "CX024": Severity.S1,
    "CX025": Severity.S2,
    "CX026": Severity.S1,
    "ConnectorPlugRetentionLock": Severity.S2,
    "EmergencyStopSensor": Severity.S1,
    "RCD": Severity.S1,
    "OverCurrentProtection": Severity.S2,
    "PowerContactor": Severity.S1,
    "GroundIsolationProtection": Severity.S1,
    "TemperatureSensor": Severity.S2,
    "LiquidCoolingSystem": Severity.S3,
    "CaseAccessSensor": Severity.S2,
    "ShockSensor": Severity.S3,
    "FloodSensor": Severity.S1,
    "CableBreakawaySensor": Severity.S1,
    "FiscalMetering": Severity.S2,
    "RealTimeClock": Severity.S4,
    "DataLink": Severity.S4,
    "TokenReader": Severity.S3,
}

LATCHED = frozenset(
    {
        "GroundFailure",
        "PowerSwitchFailure",
        "PowerMeterFailure",
        "CX002",
        "CX017",
        "RCD",
        "PowerContactor",
        "CaseAccessSensor",
        "FiscalMetering",
    }
)
"""Ground failure, contactor, meter, tamper: listed until somebody acknowledges after the cause is gone."""


class Verdict(NamedTuple):
    """What a reported fault is to us."""

    code: str
    variant: str
    """The maker's code, where that is what tells two faults apart; else empty."""
    severity: Severity
    latched: bool


def judge(fault: Fault, *, warning: bool) -> Verdict:
    """The code under which a fault is known here, and how bad it is.

    Args:
        fault: as the station reported it.
        warning: it does not keep the outlet from charging, by the station's own word.
    """
    code = fault.code
    vendor_code = fault.vendor_code
    mrec = vendor_code.upper() if _MREC.match(vendor_code) else ""
    if mrec and code in _UNEXPLAINED:
        code = mrec
    severity = SEVERITIES.get(code, UNKNOWN)
    if mrec:
        severity = min(severity, SEVERITIES[mrec])
    if warning and Severity.S1 < severity < Severity.S4:
        severity = Severity(severity + 1)
    explained = code in SEVERITIES and code not in _UNEXPLAINED
    return Verdict(code, "" if explained else vendor_code, severity, code in LATCHED or mrec in LATCHED)
