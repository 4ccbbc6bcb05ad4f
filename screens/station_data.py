"""What the server is asked about one station, beside what the feed tells."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from msgspec import Struct, field

from backend.model.clock import Instant
from backend.model.errors import NocError
from backend.model.resources import (
    IntervalResource,
    LinkEntryResource,
    NoticeResource,
    OperationResource,
    ReadingResource,
    SessionResource,
    SettingResource,
    UptimeResource,
)
from screens.console import Console

FRESH_S = 30.0
CURVES = 8
"""Sessions of the last day whose curves make the post's power."""
DAY_S = 86_400.0


class StationData(Struct, kw_only=True):
    """Empty where the server had nothing, or was not asked yet."""

    asked: Instant = 0.0
    sessions: list[SessionResource] = field(default_factory=list)
    """Newest first."""
    curves: dict[str, list[ReadingResource]] = field(default_factory=dict)
    """By session, of the last day."""
    operations: list[OperationResource] = field(default_factory=list)
    links: list[LinkEntryResource] = field(default_factory=list)
    notices: list[NoticeResource] = field(default_factory=list)
    settings: list[SettingResource] = field(default_factory=list)
    """Those that are wanted, by key."""
    intervals: dict[str, list[IntervalResource]] = field(default_factory=dict)
    """By outlet, of the last day."""
    uptime: UptimeResource | None = None


class StationLoader:
    """Fills a `StationData`, again when it is old; one question after the other."""

    def __init__(self, console: Console, station: str, arrived: Callable[[], None]) -> None:
        self.console = console
        self.station = station
        self.data = StationData()
        self._arrived = arrived

    def want(self) -> StationData:
        """What is known; asks in the background when that is old."""
        console = self.console
        if console.client is not None and not console.gone and console.now - self.data.asked > FRESH_S:
            self.data.asked = console.now
            console.run_worker(self._ask(), group=f"station:{self.station}", exclusive=True)
        return self.data

    async def _ask(self) -> None:
        console, data, client = self.console, self.data, self.console.client
        if client is None:
            return
        exact = f'station:"{self.station}"'
        try:
            data.sessions = [s for s in await client.sessions(filter=exact, limit=50) if s.station == self.station]
            self._arrived()
            data.operations = [o for o in await client.operations(filter=exact, limit=100) if o.station == self.station]
            data.links = await client.links(self.station, limit=200)
            data.notices = await client.notices(self.station, limit=100)
            data.settings = await client.settings_of(self.station)
            self._arrived()
            for outlet in console.mirror.outlets_of(self.station):
                data.intervals[outlet.outlet] = await client.intervals(outlet.outlet, start="-24h")
            rows = await client.uptime(by="station", filter=exact, days=True)
            data.uptime = next((row for row in rows if row.key == self.station), None)
            self._arrived()
            day = [s for s in data.sessions if s.ended is None or console.now - s.ended.timestamp() < DAY_S]
            for session in day[:CURVES]:
                if session.ended is None or session.id not in data.curves:
                    data.curves[session.id] = await client.readings(session.id)
        except asyncio.CancelledError:
            data.asked = 0.0
            raise
        except NocError:
            return
        self._arrived()
