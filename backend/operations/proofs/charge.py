"""Start and stop: a transaction begins, or ends (recipe R2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from backend.model.change import Change
from backend.model.clock import Instant
from backend.model.event import (
    StationEvent,
    StatusReported,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
)
from backend.model.session import Session
from backend.model.words import Link
from backend.operations.lengths import kwh, spell
from backend.operations.order import Order
from backend.operations.proofs.base import Effect, Proof, Proved, Seen
from backend.operations.proofs.places import is_late, sessions

FIRST_POWER_W = 100.0


class StartProof(Proof):
    """A transaction begins on that outlet with that token or remoteStartId.

    In 2.x a transaction may be there before (TxStartPoint EVConnected, domain.md 1.6): then it is its going on under
    our remoteStartId, or under that token by RemoteStart.
    """

    alone = True
    watch_s = 120.0

    def __init__(self, order: Order) -> None:
        super().__init__(order)
        self._token = str(order.parameters.get("token", "")).casefold()
        self._statuses: list[str] = []
        self._session: int | None = None
        self._charging = False

    def observe(self, event: StationEvent, changes: Sequence[Change]) -> Iterable[Effect]:
        if isinstance(event, StatusReported):
            yield from self._status(event, changes)
            return
        if not isinstance(event, TransactionStarted | TransactionUpdated) or event.offline:
            return
        for change, session in sessions(changes):
            if session.evse != self.order.evse or change.late or not self._ours(event, session, change.began):
                continue
            self._session = session.id
            text = f"charge {session.id}"
            yield Seen(name="began", text=text, values={"session": str(session.id)})
            yield Proved(text=f"{text} began after {spell(event.learned - self.sent)}")
            return

    def watch(self, event: StationEvent, changes: Sequence[Change]) -> Iterable[Effect]:
        """The first power."""
        for _, session in sessions(changes):
            if session.id == self._session and not self._charging and (session.power_w or 0.0) >= FIRST_POWER_W:
                self._charging = True
                power = f"{(session.power_w or 0.0) / 1000:.1f}"
                after = event.learned - self.sent
                yield Seen(name="charging", text=f"{power} kW after {spell(after)}", values={"power_kw": power})

    def why_not(self, now: Instant) -> str:
        if self.order.station.link is Link.OFFLINE:
            return "the station went offline; whether a charge began is not known"
        last = self._statuses[-1].casefold() if self._statuses else ""
        if last == "available":
            return "driver did not plug in"
        if last:
            return f"no charge began: the outlet says {self._statuses[-1]}"
        return "no charge began, and the outlet said nothing"

    def _ours(self, event: TransactionStarted | TransactionUpdated, session: Session, began: bool) -> bool:
        if event.remote_start_id is not None:
            return event.remote_start_id == self.order.number
        if (event.id_token or "").casefold() != self._token or not self._token:
            return False
        if isinstance(event, TransactionStarted):
            return began
        return event.trigger.casefold() == "remotestart"

    def _status(self, event: StatusReported, changes: Sequence[Change]) -> Iterable[Effect]:
        if event.evse != self.order.evse or is_late(changes):
            return
        if not self._statuses or self._statuses[-1] != event.status:
            self._statuses = [*self._statuses[-4:], event.status]
            name = "plugged" if event.status.casefold() in ("preparing", "occupied") else "reported"
            text = f"outlet {event.evse} {event.status}"
            yield Seen(name=name, text=text, values={"status": event.status})


class StopProof(Proof):
    """That transaction ends, by the station's own word."""

    alone = True

    def observe(self, event: StationEvent, changes: Sequence[Change]) -> Iterable[Effect]:
        wanted = self.order.session
        if wanted is None or not isinstance(event, TransactionEnded):
            return
        for _, session in sessions(changes):
            if session.id != wanted.id:
                continue
            energy, reason = kwh(session.energy_wh), session.stop_reason or event.reason
            values = {"session": str(session.id), "energy_wh": str(session.energy_wh), "reason": reason}
            yield Seen(name="ended", text=f"{energy}, {reason}", values=values)
            yield Proved(text=f"ended, {energy}")
            return

    def why_not(self, now: Instant) -> str:
        if self.order.station.link is Link.OFFLINE:
            return "the station went offline; whether the charge has ended is not known"
        return f"no end of the charge was reported in {spell(now - self.sent)}"
