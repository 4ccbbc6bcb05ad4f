"""The way of our calls over one connection: out when it is their turn, back with an outcome or without."""

from __future__ import annotations

from backend.gateway import guard
from backend.gateway.answers import read_error, read_result
from backend.gateway.breach import Breach
from backend.gateway.calls import Call, Calls
from backend.gateway.counts import Counts, Wire
from backend.gateway.letter import Letter
from backend.gateway.tracing import Tracer
from backend.model.clock import Clock
from backend.model.operation import CallFailed, CallLost
from backend.model.ports import Takes
from backend.model.secrets import forgotten


class Caller:
    """Sends the calls to one station, and tells those who made them what came of them."""

    __slots__ = (
        "_calls",
        "_clock",
        "_counts",
        "_settling",
        "_station",
        "_takes",
        "_tracer",
        "_under_way",
        "_wire",
        "released",
        "settle_s",
    )

    def __init__(
        self,
        *,
        station: str,
        wire: Wire,
        clock: Clock,
        takes: Takes,
        tracer: Tracer,
        counts: Counts,
        under_way: dict[Caller, None],
        settling: dict[Caller, float] | None = None,
    ) -> None:
        self.released = False
        """Calls may go out: the station has booted, has gone on without a boot, or has had time to."""
        self._calls = Calls()
        self._station = station
        self._wire: Wire | None = wire
        self._clock = clock
        self._takes = takes
        self._tracer = tracer
        self._counts = counts
        self._under_way = under_way
        """Of all connections, those with a call under way; for whoever keeps the time."""
        self.settle_s = 0.0
        """How long its model needs after a boot before it can be called (field lesson 9)."""
        self._settling = {} if settling is None else settling
        """Of all connections, those that settle, with the end of it by the monotonic clock."""

    @property
    def busy(self) -> bool:
        """Whether a call is under way."""
        return self._calls.outstanding is not None

    @property
    def is_urgent(self) -> bool:
        """Whether one that an operator waits for is under way."""
        call = self._calls.outstanding
        return call is not None and not call.background

    def call(self, call: Call) -> None:
        """Queue a call and send it when it is its turn."""
        if self._calls.put(call):
            self._pump()
        else:
            call.done(CallLost(why="timeout"))

    def settle(self) -> None:
        """The station is there: calls may go out, at once or when its model has settled."""
        if self.released or self in self._settling:
            return
        if self.settle_s > 0.0:
            self._settling[self] = self._clock.monotonic() + self.settle_s
        else:
            self.release()

    def release(self) -> None:
        """Calls may go out from now on."""
        self.released = True
        self._settling.pop(self, None)
        self._pump()

    def _pump(self) -> None:
        wire = self._wire
        if not self.released or wire is None:
            return
        call = self._calls.next()
        if call is None:
            return
        now = self._clock.now()
        call.sent_at = now
        call.expires = self._clock.monotonic() + call.deadline_s
        self._under_way[self] = None
        text = call.frame()
        wire.send(text)
        self._counts.frames_out += 1
        self._tracer.called(call, text, now)
        if call.sent is not None:
            call.sent()

    def answered(self, kind: int, text: str, parts: list[str], letter: Letter) -> None:
        """A CALLRESULT or CALLERROR. One that belongs to nothing is recorded, never answered."""
        raw = parts[1] if len(parts) > 1 else ""
        call, in_time = self._calls.answered(guard.decode_text(raw) if raw.startswith('"') else raw)
        latency = None
        if call is None:
            letter.deviations.append("answer_to_nothing")
        else:
            letter.action = call.action
            if call.secrets:
                text, parts = forgotten(text, call.secrets), [forgotten(part, call.secrets) for part in parts]
            latency = max(0, round((letter.learned - call.sent_at) * 1000))
            if not in_time:
                letter.deviations.append("late_answer")
        self._tracer.came(kind, text, raw, letter, latency_ms=latency)
        if call is None or not in_time:
            return
        outcome = read_result(parts, call.action) if kind == guard.RESULT else read_error(parts)
        error = outcome.code if isinstance(outcome, CallFailed) else None
        self._counts.replied(call.action, letter.learned - call.sent_at, error)
        self._takes.call_answered(self._station, letter.learned)
        call.done(outcome)
        self._pump()

    def unreadable(self, message_id: str | None, letter: Letter) -> None:
        """An answer that cannot be read still ends the call that it names."""
        outstanding = self._calls.outstanding
        if outstanding is None or message_id != f'"{outstanding.id}"':
            return
        self._calls.answered(outstanding.id)
        self._takes.call_answered(self._station, letter.learned)
        code = Breach.FORMAT.code(letter.version)
        outstanding.done(CallFailed(code=code, description="the station's answer could not be read"))
        self._pump()

    def expire(self, monotonic: float) -> None:
        """Give up the call under way when its deadline has passed."""
        call = self._calls.expired(monotonic)
        if call is not None:
            self._takes.call_lost(self._station, self._clock.now())
            call.done(CallLost(why="timeout"))
            self._pump()

    def hand_over(self, other: Caller) -> None:
        """A new connection of the same station goes on with what was not sent."""
        self._calls.move_waiting_to(other._calls)
        self.end()

    def end(self) -> None:
        """The connection is gone."""
        self._wire = None
        self._under_way.pop(self, None)
        self._settling.pop(self, None)
        self._calls.lose()
