"""The one figure in everybody's header: the network's uptime over 30 days, counted now and then beside all else."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from typing import TYPE_CHECKING

from backend.api.uptime import count
from backend.model.filter import EMPTY

if TYPE_CHECKING:
    from backend.api.house import House

log = logging.getLogger(__name__)

SPAN_S = 30 * 86_400.0
FIRST_S = 1.0
PAUSE_S = 60.0
SHARE = 50
"""It may take a fiftieth of the time."""


class NetworkUptime:
    """Keeps `House.uptime_30d_pct`."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def run(self) -> None:
        """Count for ever."""
        clock = self._house.clock
        await asyncio.sleep(FIRST_S)
        while True:
            begun = clock.monotonic()
            try:
                await self.refresh()
            except sqlite3.Error as error:
                log.warning("uptime could not be counted: %s", error)
            await asyncio.sleep(max(PAUSE_S, SHARE * (clock.monotonic() - begun)))

    async def refresh(self) -> None:
        """Count once, by the strict formula."""
        now = self._house.clock.now()
        rows = await count(self._house, now - SPAN_S, now, "network", "strict", EMPTY)
        self._house.uptime_30d_pct = rows[0].uptime_pct if rows else None
