"""What the server is asked about one outlet, beside what the feed tells; remembered for a while."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable

from msgspec import Struct, field

from backend.model.clock import Instant
from backend.model.errors import NocError
from backend.model.resources import ReadingResource, SessionResource, UptimeResource
from screens.console import Console

KEPT = 64
FRESH_S = 60.0
REST_S = 0.25
"""The cursor rests that long on a row before the server is asked about it."""


class Details(Struct, kw_only=True):
    """Of one outlet; empty where the server had nothing, or was not asked yet."""

    asked: Instant
    last: SessionResource | None = None
    curve: list[ReadingResource] = field(default_factory=list)
    uptime: UptimeResource | None = None


class DetailsCache:
    """Asks for one outlet at a time; what is asked about another one meanwhile is given up."""

    def __init__(self, console: Console, arrived: Callable[[], None]) -> None:
        self.console = console
        self._arrived = arrived
        self._held: OrderedDict[str, Details] = OrderedDict()

    def get(self, outlet: str) -> Details | None:
        """What is known; asks in the background when that is nothing, or old."""
        found = self._held.get(outlet)
        old = found is None or self.console.now - found.asked > FRESH_S
        if old and self.console.client is not None and not self.console.gone:
            asked = found or Details(asked=0.0)
            asked.asked = self.console.now
            self._held[outlet] = asked
            self._held.move_to_end(outlet)
            while len(self._held) > KEPT:
                self._held.popitem(last=False)
            self.console.run_worker(self._ask(outlet), group="details", exclusive=True)
        return self._held.get(outlet)

    async def _ask(self, outlet: str) -> None:
        client = self.console.client
        if client is None:
            return
        try:
            await asyncio.sleep(REST_S)
            sessions = await client.sessions(filter=f'outlet:"{outlet}"', limit=5)
            own = [session for session in sessions if session.outlet == outlet]
            last = own[0] if own else None
            curve = await client.readings(last.id) if last is not None else []
            uptime = await client.uptime(by="outlet", filter=f'outlet:"{outlet}"', days=True)
        except asyncio.CancelledError:
            self._held.pop(outlet, None)
            raise
        except NocError:
            return
        mine = next((row for row in uptime if row.key == outlet), None)
        self._held[outlet] = Details(asked=self.console.now, last=last, curve=curve, uptime=mine)
        self._arrived()
