"""Reset: the link drops, the station boots (or comes back), and reports (recipes R3-R7)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from backend.model.change import Change, LinkChanged
from backend.model.clock import Instant
from backend.model.event import Booted, Connected, Disconnected, StationEvent, StatusReported, TransactionEnded
from backend.model.words import Link
from backend.operations.answers import Answer
from backend.operations.lengths import kwh, spell
from backend.operations.order import Order
from backend.operations.proofs.base import Effect, NotProved, Proof, Proved, Seen
from backend.operations.proofs.places import is_late, outlets, place_text, sessions, still_waits

NO_DROP_S = 120.0
"""A reset that was accepted and has not brought the link down by then has no effect (R7); where the caller names a
deadline, that one decides."""
MISSING_S = 60.0
"""After the boot: when nothing was reported until then, it is proved with *statuses missing* noted (CONTRACT.md)."""
GOES_ON = frozenset({"Accepted", "Scheduled"})
_NO_BOOT = frozenset({"triggered"})
"""Boot reasons of 2.x that tell of no boot."""


class ResetProof(Proof):
    """No drop is no proof, whatever was answered."""

    goes_on = GOES_ON
    alone = True
    drops = True
    watch_s = MISSING_S

    def __init__(self, order: Order) -> None:
        super().__init__(order)
        self._connection = order.station.connection
        self._waits = False
        self._accepted: Instant | None = None
        self._down: Instant | None = None
        self._back: Instant | None = None
        self._booted: Instant | None = None
        self._how = ""
        self._silent: set[int] = set()
        self._done = False

    def began(self, at: Instant) -> Iterable[Effect]:
        self._connection = self.order.station.connection
        return super().began(at)

    def answered(self, answer: Answer, at: Instant) -> Iterable[Effect]:
        self._waits = answer.status.casefold() == "scheduled"
        self._accepted = at
        if self._waits:
            yield Seen(name="scheduled", text="when the charges under way have ended")

    def scheduled(self) -> bool:
        return self._waits

    def observe(self, event: StationEvent, changes: Sequence[Change]) -> Iterable[Effect]:
        yield from self._ended(event, changes)
        if isinstance(event, Disconnected):
            if any(isinstance(change, LinkChanged) and change.after is Link.OFFLINE for change in changes):
                yield from self._went_down(event.learned, f"connection lost, {event.code}")
        elif isinstance(event, Connected):
            if event.connection != self._connection:
                self._connection = event.connection
                yield from self._went_down(event.learned, "a new connection took the place of the old one")
                self._back = event.learned
        elif isinstance(event, Booted):
            yield from self._boot(event)
        elif isinstance(event, StatusReported) and not is_late(changes):
            yield from self._reported(event)

    def tick(self, now: Instant) -> Iterable[Effect]:
        if self._booted is not None:
            if not self._done and now - self._booted >= MISSING_S:
                self._done = True
                yield Seen(name="missing", text="statuses missing: no outlet has reported since the boot")
                yield Proved(text=f"{self._how}, statuses missing")
        elif self._has_no_effect(now):
            yield NotProved(text=self.why_not(now))

    def _has_no_effect(self, now: Instant) -> bool:
        if self._accepted is None or self._down is not None or self._waits or not self.order.usual_deadline:
            return False
        return now - self._accepted >= NO_DROP_S

    def watch(self, event: StationEvent, changes: Sequence[Change]) -> Iterable[Effect]:
        """The other outlets report too, or are missing."""
        if not isinstance(event, StatusReported) or is_late(changes) or not self._silent:
            return
        self._silent.discard(event.evse)
        if not self._silent:
            number = len({outlet.evse for outlet in outlets(self.order.station)})
            yield Seen(name="all_reported", text=f"all {number} outlets", values={"outlets": str(number)})

    def why_not(self, now: Instant) -> str:
        if self._down is None:
            if self._waits:
                return f"it is scheduled, and {still_waits(self.order.station)}"
            return f"it did not go down in {spell(now - self.sent)}"
        if self._back is None and self._booted is None:
            return "it went down and has not come back"
        if self._waits and self._booted is None:
            return "the link was lost and came back without a boot: the reset is still to come"
        return "it came back without a boot, and reported nothing"

    def _went_down(self, at: Instant, how: str) -> Iterable[Effect]:
        again = self._down is not None
        self._back = self._booted = None
        if not again or self._waits:
            self._down = at
            yield Seen(name="went_down", text=f"{how}, after {spell(at - self.sent)}")

    def _boot(self, event: Booted) -> Iterable[Effect]:
        if self._down is None or event.reason.casefold() in _NO_BOOT:
            return
        self._booted = event.learned
        parts = [part for part in (event.reason, event.firmware) if part]
        values = {"reason": event.reason, "firmware": event.firmware, "seconds": f"{event.learned - self._down:.0f}"}
        self._how = f"back in {spell(event.learned - self.sent)}"
        yield Seen(name="booted", text=", ".join(parts), values=values)

    def _reported(self, event: StatusReported) -> Iterable[Effect]:
        if self._done or self._down is None or (self._booted is None and (self._back is None or self._waits)):
            return
        self._done = True
        how = f"back in {spell(event.learned - self.sent)}"
        if self._booted is None:
            how += ", without a boot"
            yield Seen(name="came_back", text="without a boot")
        self._silent = {outlet.evse for outlet in outlets(self.order.station)} - {event.evse}
        yield Seen(
            name="reported",
            text=f"{place_text(event)} {event.status}",
            values={"evse": str(event.evse), "status": event.status},
        )
        yield Proved(text=how)

    def _ended(self, event: StationEvent, changes: Sequence[Change]) -> Iterable[Effect]:
        if not isinstance(event, TransactionEnded):
            return
        for change, session in sessions(changes):
            if change.ended:
                text = f"charge {session.id}, {kwh(session.energy_wh)}, {session.stop_reason}"
                yield Seen(name="ended", text=text, values={"session": str(session.id), "reason": session.stop_reason})


class EvseResetProof(Proof):
    """2.x: one EVSE restarts, the link stays. Proved by its status after the answer: gone away first or not."""

    goes_on = GOES_ON

    def __init__(self, order: Order) -> None:
        super().__init__(order)
        self._accepted = False
        self._waits = False

    def answered(self, answer: Answer, at: Instant) -> Iterable[Effect]:
        self._accepted = True
        self._waits = answer.status.casefold() == "scheduled"
        if self._waits:
            yield Seen(name="scheduled", text="when the charge under way has ended")

    def scheduled(self) -> bool:
        return self._waits

    def observe(self, event: StationEvent, changes: Sequence[Change]) -> Iterable[Effect]:
        if not isinstance(event, StatusReported) or event.evse != self.order.evse or is_late(changes):
            return
        if not self._accepted or (self._waits and self._charging()):
            return
        if event.status.casefold() == "unavailable":
            yield Seen(name="went_down", text=f"outlet {event.evse} Unavailable")
            return
        yield Seen(name="reported", text=f"outlet {event.evse} {event.status}", values={"status": event.status})
        yield Proved(text=f"outlet {event.evse} reports {event.status} after {spell(event.learned - self.sent)}")

    def why_not(self, now: Instant) -> str:
        return f"outlet {self.order.evse} has not reported since"

    def _charging(self) -> bool:
        found = [c.session for key, c in self.order.station.connectors.items() if key[0] == self.order.evse]
        return any(session is not None for session in found)
