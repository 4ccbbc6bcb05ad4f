"""The sessions that the list shows: live ones from the mirror, past ones from the server, page by page."""

from __future__ import annotations

from backend.client.mirror import Mirror
from backend.model.clock import Instant
from backend.model.filter import EMPTY, Filter
from backend.model.resources import SessionResource
from backend.model.words import SessionState

PAGE = 100
"""Rows asked for at a time."""
MOST = 5_000
"""Rows held at most; who needs older ones filters by time."""
MODES = ("all", "live", "ended")


class SessionRows:
    """Newest first. What lies beyond the last page is not shown before it is there: no holes in the list."""

    def __init__(self, mirror: Mirror) -> None:
        self.mirror = mirror
        self.filter: Filter = EMPTY
        self.mode = "all"
        self.complete = False
        """Whether the server has no older ones."""
        self.past: dict[str, SessionResource] = {}
        """As the server sent them, by id, for the filter in force."""

    def reset(self, found: Filter) -> None:
        """Another filter: what the server sent for the old one says nothing."""
        self.filter = found
        self.past = {}
        self.complete = False

    def add(self, page: list[SessionResource], asked: int) -> None:
        """Take a page from the server."""
        for session in page:
            self.past[session.id] = session
        self.complete = len(page) < asked

    @property
    def oldest(self) -> str | None:
        """The last id of the last page: the next one begins before it."""
        return min(self.past, key=_order) if self.past else None

    @property
    def full(self) -> bool:
        """Whether no more rows are held."""
        return len(self.past) >= MOST

    def get(self, id_: str) -> SessionResource | None:
        """One session as it is now."""
        return self.mirror.sessions.get(id_) or self.past.get(id_)

    def arrange(self, now: Instant) -> list[str]:
        """The ids of the rows."""
        floor = -1 if self.complete or not self.past or self.mode == "live" else _order(self.oldest or "")
        names = set(self.past)
        for name, session in self.mirror.sessions.items():
            if name not in names and _order(name) >= floor and self._passes(session, now):
                names.add(name)
        if self.mode != "all":
            live = self.mode == "live"
            names = {n for n in names if (s := self.get(n)) is not None and (s.state is SessionState.ACTIVE) is live}
        return sorted(names, key=_order, reverse=True)

    def _passes(self, session: SessionResource, now: Instant) -> bool:
        site = self.mirror.sites.get(session.site or "")
        station = self.mirror.stations.get(session.station)
        return self.filter.matches_session(session, site, station, now)


def _order(id_: str) -> int:
    return int(id_) if id_.isdigit() else -1
