"""The sessions that the list shows: live ones from the mirror, past ones from the server, page by page."""

from __future__ import annotations

from collections.abc import Mapping

from backend.model.clock import Instant
from backend.model.resources import SessionResource
from backend.model.words import SessionState
from screens.past_rows import PastRows, order


class SessionRows(PastRows[SessionResource]):
    """All, or only the live or the ended ones."""

    MOST = 5_000
    MODES = ("all", "live", "ended")

    @property
    def live(self) -> Mapping[str, SessionResource]:
        return self.mirror.sessions

    def ordered(self, now: Instant) -> list[str]:
        floor = -1 if self.complete or not self.past or self.mode == "live" else order(self.oldest or "")
        names = set(self.past)
        for name, session in self.mirror.sessions.items():
            if name not in names and order(name) >= floor and self._passes(session, now):
                names.add(name)
        if self.mode != "all":
            live = self.mode == "live"
            names = {n for n in names if (s := self.get(n)) is not None and (s.state is SessionState.ACTIVE) is live}
        return sorted(names, key=order, reverse=True)

    def _passes(self, session: SessionResource, now: Instant) -> bool:
        site = self.mirror.sites.get(session.site or "")
        station = self.mirror.stations.get(session.station)
        return self.filter.matches_session(session, site, station, now)
