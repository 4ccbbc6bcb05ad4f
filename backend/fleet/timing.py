"""When did it happen: the station's time against ours (RULINGS.md, time)."""

from __future__ import annotations

from msgspec import Struct

from backend.model.clock import Instant
from backend.model.station import Station

LATE_S = 600.0
"""A message further behind than this may be a replay."""
AHEAD_S = 3600.0
"""A time further ahead than this is absurd."""
EARLIEST: Instant = 1_262_304_000.0
"""2010-01-01: nothing that speaks OCPP-J wrote a time before it."""
SKEW_COUNTS_S = 60.0
"""A clock that is off by less is taken as right: whole seconds and transit are no skew."""
BACK_S = 300.0
"""A station that came that short a time ago brings what it kept while it was away."""
KEPT_S = 7 * 86_400.0
"""A queue is not older than this, where we did not see the absence ourselves."""
DETECTION_S = 120.0
"""A link can be dead that long before we notice."""


class When(Struct, frozen=True, gc=False):
    """When it counts, and whether that is in the past."""

    at: Instant
    late: bool


def plausible(said: Instant | None, learned: Instant) -> bool:
    """Whether a station's time can be meant: not 1970, not hours ahead, not missing."""
    return said is not None and EARLIEST <= said <= learned + AHEAD_S


def was_away(station: Station, at: Instant) -> bool:
    """Whether the station had no connection at `at`, as far as its last absences tell."""
    return any(begin - DETECTION_S <= at < end for begin, end in station.absences)


def resolve(station: Station, said: Instant | None, learned: Instant, *, offline: bool = False) -> When:
    """When an event counts, and whether it tells of the past.

    Late is what lies more than ten minutes behind the station's own clock and was said for a time when the
    station was away, or while it drains its queue. `offline` is OCPP 2.x's own word for that.
    """
    if said is None or not EARLIEST <= said <= learned + AHEAD_S:
        return When(learned, False)
    skew = station.clock_skew_s
    at = said if skew is None or -SKEW_COUNTS_S < skew < SKEW_COUNTS_S else said - skew
    if learned - at > LATE_S:
        if offline or station.draining or was_away(station, at):
            return When(at, True)
        return When(learned, False)
    return When(min(at, learned), False)


def brings_queue(station: Station, said: Instant | None, learned: Instant) -> bool:
    """Whether a message of a transaction, said for a time before the station came, is from its queue.

    It has just come, and its clock was seen: so the time is meant, also where we know of no absence, because the
    link was dead unnoticed or because the station was never here before.
    """
    came, skew = station.link_since, station.clock_skew_s
    if said is None or came is None or skew is None or not said <= learned + AHEAD_S:
        return False
    at = said if abs(skew) < SKEW_COUNTS_S else said - skew
    return learned - came <= BACK_S and learned - KEPT_S <= at < came - LATE_S


def measure_skew(station: Station, said: Instant | None, learned: Instant) -> None:
    """Learn the station's clock from a live message's time."""
    if said is None or said < EARLIEST:
        return
    skew = said - learned
    if skew < -LATE_S and (station.draining or was_away(station, said)):
        return
    if abs(skew) > 366 * 86_400:
        return
    station.clock_skew_s = skew
