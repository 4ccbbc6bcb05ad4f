"""The sessions that live state needs: the open ones, and the recent ones that a repeated message may name."""

from __future__ import annotations

from backend.model.clock import Instant
from backend.model.session import Session
from backend.model.words import SessionState

RECENT_PER_STATION = 50
ENDED_KEPT = 12
"""Ended sessions that are kept however old they are; more of them only for DAY_S."""
DAY_S = 86_400.0


class Sessions:
    """Open sessions by id, and per station the last ones by what identifies them."""

    def __init__(self, next_id: int) -> None:
        self.next_id = next_id
        self.open: dict[int, Session] = {}
        self._of_station: dict[str, list[Session]] = {}
        """Oldest first; every open one is in it."""

    def new_id(self) -> int:
        """A positive id that was never given before (1.6 errata: zero and below carry no meaning)."""
        number = self.next_id
        self.next_id += 1
        return number

    def add(self, session: Session) -> None:
        if session.state is SessionState.ACTIVE:
            self.open[session.id] = session
        recent = self._of_station.setdefault(session.station, [])
        recent.append(session)
        if len(recent) > ENDED_KEPT:
            self._let_go(recent, session.learned)
        self.next_id = max(self.next_id, session.id + 1)

    @staticmethod
    def _let_go(recent: list[Session], now: Instant) -> None:
        """Forget ended sessions, the oldest first; the store has them."""
        ended = [place for place, session in enumerate(recent) if session.state is SessionState.ENDED]
        while len(ended) > ENDED_KEPT:
            oldest = recent[ended[0]]
            if len(ended) < RECENT_PER_STATION and now - max(oldest.learned, oldest.ended or 0.0) < DAY_S:
                return
            del recent[ended.pop(0)]
            ended = [place - 1 for place in ended]

    def close(self, session: Session) -> None:
        session.state = SessionState.ENDED
        self.open.pop(session.id, None)

    def of_station(self, station: str) -> list[Session]:
        """The recent sessions of a station, newest first, open ones among them."""
        return list(reversed(self._of_station.get(station, ())))

    def open_at(self, station: str) -> list[Session]:
        """The open sessions of a station."""
        return [s for s in self._of_station.get(station, ()) if s.state is SessionState.ACTIVE]

    def by_transaction(self, station: str, transaction_id: str) -> Session | None:
        """The newest recent session that the station knows by this id."""
        for session in reversed(self._of_station.get(station, ())):
            if session.transaction_id == transaction_id:
                return session
        return None

    def same_start(
        self,
        station: str,
        connector: tuple[int, int],
        id_token: str | None,
        meter_start_wh: int | None,
        said: Instant | None,
        learned: Instant,
    ) -> Session | None:
        """The session that a repeated StartTransaction began already: same connector, token, meter and time
        (field lesson 32). Without a time, the same start within ten minutes is a repetition."""
        token = (id_token or "").casefold()
        for session in reversed(self._of_station.get(station, ())):
            if (session.evse, session.connector) != connector or session.meter_start_wh != meter_start_wh:
                continue
            if (session.id_token or "").casefold() != token:
                continue
            if said is not None and said in (session.start_said, session.started):
                return session
            if said is None and session.start_said is None and learned - session.learned < 600:
                return session
        return None
