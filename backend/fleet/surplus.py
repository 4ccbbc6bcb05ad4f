"""Room for sessions: a station that begins transactions for ever, and ends none, has only so many of them open."""

from __future__ import annotations

from collections import deque

from backend.fleet.roster import Roster
from backend.fleet.transactions import Transactions
from backend.model.change import Change
from backend.model.clock import Instant
from backend.model.session import Session
from backend.model.station import Station
from backend.model.words import SessionFlag

BESIDE_PER_STATION = 50
"""Open sessions that hold no outlet (late ones, and of outlets that have gone on); the oldest go."""
OPEN_IN_ALL = 100_000
"""Above it those go that hold no outlet, the oldest first, whoever began them."""
A_TICK = 2_000
"""Sessions that are looked at in one tick."""


def holds_its_outlet(station: Station, session: Session) -> bool:
    """Whether it is what goes on at its outlet now. There are at most as many as outlets, so none of them is closed
    to make room."""
    connector = station.connectors.get((session.evse, session.connector))
    return connector is not None and connector.session is session


class Surplus:
    """Closes what is too much, with a mark; its row stays, and a stop that comes later still tells the truth."""

    def __init__(self, transactions: Transactions, roster: Roster) -> None:
        self._transactions = transactions
        self._roster = roster
        self._unseen: deque[int] = deque()

    def of_station(self, station: Station, at: Instant) -> list[Change]:
        """After a session has begun."""
        found = self._transactions.sessions.open_at(station.id)
        if len(found) <= BESIDE_PER_STATION:
            return []
        beside = [session for session in found if not holds_its_outlet(station, session)]
        return [self._end(station, session, at) for session in beside[:-BESIDE_PER_STATION]]

    def tick(self, now: Instant) -> list[Change]:
        """Go on through all of them while there are too many."""
        held = self._transactions.sessions.open
        if len(held) <= OPEN_IN_ALL:
            self._unseen.clear()
            return []
        if not self._unseen:
            self._unseen.extend(held)
        changes: list[Change] = []
        for _ in range(min(A_TICK, len(self._unseen))):
            session = held.get(self._unseen.popleft())
            station = self._roster.find(session.station) if session is not None else None
            if session is not None and station is not None and not holds_its_outlet(station, session):
                changes.append(self._end(station, session, now))
        return changes

    def _end(self, station: Station, session: Session, at: Instant) -> Change:
        session.flags.add(SessionFlag.SURPLUS)
        return self._transactions.assume_ended(station, None, session, at)
