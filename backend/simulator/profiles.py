"""Charging profiles of a virtual station: stored, cleared, combined (domain.md section 2, charging profile).

The same purpose and stack level replaces; the highest stack level of a purpose counts; the result is the smallest
over the purposes.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct

from backend.model.clock import Instant
from backend.simulator.cars import PHASE_V

MOST = 10
_STATION = ("ChargePointMaxProfile", "ChargingStationMaxProfile")


class Profile(Struct, frozen=True, kw_only=True):
    """One installed profile, whatever the version."""

    id: int
    evse: int
    purpose: str
    stack: int
    unit: str
    """`A` per phase, or `W` in all."""
    periods: tuple[tuple[int, float, int], ...]
    """Start in seconds, limit, phases."""
    begins: Instant
    payload: dict[str, Any]

    def limit_kw(self, now: Instant) -> float | None:
        """What it allows at `now`; None before it begins."""
        passed = now - self.begins
        found: float | None = None
        for start, limit, phases in self.periods:
            if passed >= start:
                found = limit / 1000.0 if self.unit == "W" else limit * PHASE_V * phases / 1000.0
        return found


def _instant(text: object, otherwise: Instant) -> Instant:
    try:
        return datetime.fromisoformat(str(text)).timestamp() if text is not None else otherwise
    except ValueError:
        return otherwise


def read_profile(evse: int, payload: dict[str, Any], now: Instant) -> Profile:
    """A profile as 1.6 (`chargingProfileId`, one schedule) or 2.x (`id`, a list of schedules) sends it.

    Raises:
        ValueError: it lacks what it needs.
    """
    schedule = payload.get("chargingSchedule")
    if isinstance(schedule, list):
        schedule = schedule[0] if schedule else None
    number = payload.get("chargingProfileId", payload.get("id"))
    periods = schedule.get("chargingSchedulePeriod") if isinstance(schedule, dict) else None
    if not isinstance(schedule, dict) or not isinstance(number, int) or not isinstance(periods, list) or not periods:
        raise ValueError("a profile needs an id and a schedule with periods")
    found = tuple(
        (int(period.get("startPeriod", 0)), float(period.get("limit", 0.0)), int(period.get("numberPhases", 3)))
        for period in periods[:24]
        if isinstance(period, dict)
    )
    return Profile(
        id=number,
        evse=evse,
        purpose=str(payload.get("chargingProfilePurpose", "")),
        stack=int(payload.get("stackLevel", 0)),
        unit=str(schedule.get("chargingRateUnit", "A")),
        periods=found,
        begins=_instant(schedule.get("startSchedule"), now),
        payload=payload,
    )


class Profiles:
    """All profiles of one station; they survive a reboot."""

    def __init__(self) -> None:
        self.installed: list[Profile] = []

    def install(self, profile: Profile) -> bool:
        """Put one in; False when the store is full."""
        kept = [
            old
            for old in self.installed
            if old.id != profile.id
            and (old.evse, old.purpose, old.stack) != (profile.evse, profile.purpose, profile.stack)
        ]
        if len(kept) >= MOST:
            return False
        self.installed = [*kept, profile]
        return True

    def matching(
        self, number: int | None = None, evse: int | None = None, purpose: str | None = None, stack: int | None = None
    ) -> list[Profile]:
        """Those that fit all that is given."""
        return [
            profile
            for profile in self.installed
            if (number is None or profile.id == number)
            and (evse is None or profile.evse == evse)
            and (purpose is None or profile.purpose == purpose)
            and (stack is None or profile.stack == stack)
        ]

    def clear(self, profiles: list[Profile]) -> None:
        self.installed = [profile for profile in self.installed if profile not in profiles]

    def transaction_over(self, evse: int) -> None:
        """A TxProfile goes with its transaction."""
        self.clear(self.matching(evse=evse, purpose="TxProfile"))

    def limit_kw(self, evse: int, now: Instant) -> float | None:
        """What all profiles together allow an outlet now; None: no profile says anything."""
        found: list[float] = []
        for purposes, places in ((_STATION, (0,)), (("TxDefaultProfile",), (0, evse)), (("TxProfile",), (evse,))):
            fitting = [p for p in self.installed if p.purpose in purposes and p.evse in places]
            for profile in sorted(fitting, key=lambda p: (-p.stack, -p.evse)):
                limit = profile.limit_kw(now)
                if limit is not None:
                    found.append(limit)
                    break
        return min(found) if found else None
