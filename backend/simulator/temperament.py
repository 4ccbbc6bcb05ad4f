"""How willing a virtual station is. The obedient one does what OCPP asks; the others fail as real ones do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from backend.model.errors import Invalid
from backend.text import t

ALL = frozenset({"*"})
RESETS = frozenset({"Reset"})
REFUSALS: Mapping[str, str] = {
    "UnlockConnector": "UnlockFailed",
    "SendLocalList": "Failed",
    "ClearChargingProfile": "Unknown",
    "GetChargingProfiles": "NoProfiles",
    "GetInstalledCertificateIds": "NotFound",
    "DeleteCertificate": "Failed",
    "GetDisplayMessages": "Unknown",
}
"""The word for no, where it is not `Rejected`."""
STATUSLESS = frozenset(
    {
        "GetConfiguration",
        "GetLocalListVersion",
        "GetTransactionStatus",
        "GetDiagnostics",
        "CostUpdated",
        "GetVariables",
        "SetVariables",
        "SetVariableMonitoring",
        "ClearVariableMonitoring",
    }
)
"""Answers that carry no status of their own: nobody refuses those."""


class Temperament(Struct, frozen=True, kw_only=True):
    """What a station does otherwise than asked; action names, or `*` for all."""

    name: str = "obedient"
    rejects: frozenset[str] = frozenset()
    """Answered with the word for no."""
    shirks: frozenset[str] = frozenset()
    """Answered properly, and then nothing happens (R7)."""
    late_s: float = 0.0
    """Every answer takes so long."""
    deaf: bool = False
    """Talks, and never answers a call (domain.md 1.1)."""
    unlock_failures: int = 0
    """So many unlocks fail before one works (R8)."""
    loses_stops: bool = False
    """A hard reset loses the queued StopTransaction (R6)."""
    repeats_starts: bool = False
    """Sends every StartTransaction twice, as after a lost answer (R12)."""
    loses_starts: bool = False
    """The start is never sent; what follows carries transactionId -1 (R11)."""
    skips_event: int | None = None
    """The TransactionEvent with this seqNo is lost (R15)."""
    bad_firmware: bool = False
    """New firmware fails its signature (R14)."""
    boots_again_s: float | None = None
    """Reboots by itself so long after each boot: a boot loop."""

    def does(self, rule: frozenset[str], action: str) -> bool:
        return action in rule or "*" in rule


TEMPERAMENTS: Mapping[str, Temperament] = {
    found.name: found
    for found in (
        Temperament(),
        Temperament(name="rejecting", rejects=ALL),
        Temperament(name="shirking", shirks=ALL),
        Temperament(name="late", late_s=12.0),
        Temperament(name="too_late", late_s=45.0),
        Temperament(name="deaf", deaf=True),
        Temperament(name="stuck_lock", unlock_failures=2),
        Temperament(name="stop_loser", loses_stops=True),
        Temperament(name="repeater", repeats_starts=True),
        Temperament(name="start_loser", loses_starts=True),
        Temperament(name="event_loser", skips_event=2),
        Temperament(name="bad_firmware", bad_firmware=True),
        Temperament(name="boot_loop", boots_again_s=90.0),
    )
}
"""By name."""

OBEDIENT = TEMPERAMENTS["obedient"]


def temperament(name: str) -> Temperament:
    """The temperament of that name.

    Raises:
        Invalid: there is none; the hint names those there are.
    """
    found = TEMPERAMENTS.get(name)
    if found is None:
        raise Invalid(
            "unknown_temperament",
            t("There is no temperament {name!r}.", name=name),
            t("There are: {names}.", names=", ".join(TEMPERAMENTS)),
        )
    return found


def refusal(action: str, payload: dict[str, Any]) -> dict[str, Any]:
    """The answer that says no, for an answer that would have said `payload`."""
    if action in STATUSLESS or "status" not in payload:
        return payload
    return {"status": REFUSALS.get(action, "Rejected")}
