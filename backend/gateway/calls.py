"""Our calls to one station: one outstanding, operators before background, deadlines counted from sent."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from os import urandom
from typing import Any

import msgspec

from backend.model.clock import Instant
from backend.model.operation import CallLost
from backend.model.ports import CallOutcome
from backend.model.secrets import hidden, secrets_in

MAX_WAITING = 500
MAX_LATE = 8

_prefix = urandom(4).hex()
_numbers = count(1)


class Call:
    """One CALL of ours."""

    __slots__ = (
        "action",
        "background",
        "deadline_s",
        "done",
        "expires",
        "id",
        "payload",
        "requested_by",
        "secrets",
        "sent",
        "sent_at",
    )

    def __init__(
        self,
        action: str,
        payload: dict[str, Any],
        deadline_s: float,
        done: Callable[[CallOutcome], None],
        sent: Callable[[], None] | None,
        background: bool,
        requested_by: str | None,
    ) -> None:
        self.id = f"{_prefix}-{next(_numbers)}"
        """Unlike any other, over all connections and restarts (2.1 asks for it)."""
        self.action = action
        self.payload = msgspec.json.encode(payload).decode()
        self.secrets = secrets_in(payload, hidden(payload, tokens=False, tidy=False))
        """The secrets in it, for a station that says them again."""
        self.deadline_s = deadline_s
        self.done = done
        self.sent = sent
        self.background = background
        self.requested_by = requested_by
        self.sent_at: Instant = 0.0
        self.expires = 0.0
        """By the monotonic clock."""

    def frame(self) -> str:
        action = msgspec.json.encode(self.action).decode()
        return f'[2,"{self.id}",{action},{self.payload}]'


class Calls:
    """The queue of one connection and the call that is under way."""

    __slots__ = ("_late", "_waiting", "outstanding")

    def __init__(self) -> None:
        self.outstanding: Call | None = None
        self._waiting: list[Call] = []
        self._late: dict[str, Call] = {}

    def put(self, call: Call) -> bool:
        """Queue a call; False when the queue is full."""
        waiting = self._waiting
        if len(waiting) >= MAX_WAITING:
            return False
        place = len(waiting)
        if not call.background:
            while place and waiting[place - 1].background:
                place -= 1
        waiting.insert(place, call)
        return True

    def next(self) -> Call | None:
        """Take the next call when none is under way."""
        if self.outstanding is not None or not self._waiting:
            return None
        self.outstanding = self._waiting.pop(0)
        return self.outstanding

    def answered(self, message_id: str) -> tuple[Call | None, bool]:
        """The call that an answer belongs to, and whether the answer came in time."""
        call = self.outstanding
        if call is not None and call.id == message_id:
            self.outstanding = None
            return call, True
        return self._late.pop(message_id, None), False

    def expired(self, monotonic: float) -> Call | None:
        """The call under way, taken out when its deadline has passed; its answer may still come late."""
        call = self.outstanding
        if call is None or monotonic < call.expires:
            return None
        self.outstanding = None
        if len(self._late) >= MAX_LATE:
            del self._late[next(iter(self._late))]
        self._late[call.id] = call
        return call

    def move_waiting_to(self, other: Calls) -> None:
        """A new connection of the same station takes over what was not sent."""
        other._waiting, self._waiting = self._waiting, []

    def lose(self) -> None:
        """The connection is gone: nothing more will come of them."""
        lost, self.outstanding = self.outstanding, None
        waiting, self._waiting = self._waiting, []
        if lost is not None:
            lost.done(CallLost(why="disconnected"))
        for call in waiting:
            call.done(CallLost(why="offline"))
