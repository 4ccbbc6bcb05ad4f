"""What a server that starts takes from the record for its screens: power of past hours, the last operations."""

from __future__ import annotations

import logging
import sqlite3
from typing import TYPE_CHECKING

from backend.api.pace import sliced
from backend.api.power_history import HOUR_S, HOURS
from backend.model.clock import Instant
from backend.model.interval import Minutes

if TYPE_CHECKING:
    from backend.api.house import House

log = logging.getLogger(__name__)

OPERATIONS = 200
GAP_SHARE = 0.5
"""An hour of which we missed that much is a gap."""


async def load_operations(house: House) -> None:
    """Put the last operations that ended where screens look for them."""
    found = await house.store.operations(house.queries.operations(limit=OPERATIONS))
    known = {one.id for one in house.operations.recent} | set(house.operations.running)
    for one in reversed(found):
        if one.id not in known:
            house.operations.recent.append(one)


async def load_power(house: House) -> None:
    """Fill the power history of the sites. Takes its time beside everything else."""
    now = house.clock.now()
    begin = (now // HOUR_S - HOURS) * HOUR_S
    try:
        found = await house.store.hourly_power(begin, now)
        gaps = await _gaps(house, begin, now)
    except sqlite3.Error as error:
        log.warning("the power of past hours could not be read: %s", error)
        return
    parts = []
    async for station, hour, power in sliced(found):
        site = house.register.site_of(station)
        if site is not None:
            parts.append((site.id, hour, power))
    house.power.load(now, [entry.id for entry in house.register.sites.values()], parts, gaps)
    house.feed.all_sites()


async def _gaps(house: House, begin: Instant, end: Instant) -> set[int]:
    """Hours in which we did not look: one outlet's gaps tell of all."""
    outlet = next(((name, numbers[0]) for name, numbers in house.feed.known.items() if numbers), None)
    if outlet is None:
        return set()
    missed: dict[int, float] = {}
    for interval in await house.store.intervals([outlet], begin, end):
        if interval.kind is not Minutes.GAP:
            continue
        at, until = max(interval.start, begin), min(interval.end or end, end)
        while at < until:
            edge = min((at // HOUR_S + 1) * HOUR_S, until)
            missed[int(at // HOUR_S)] = missed.get(int(at // HOUR_S), 0.0) + edge - at
            at = edge
    return {hour for hour, seconds in missed.items() if seconds >= GAP_SHARE * HOUR_S}
