"""OCPP-J over one connection at a time: calls and answers, one call outstanding, reconnecting, a queue that survives.

Messages of transactions are *kept*: they wait while the link is down and are sent again until they are answered,
as OCPP 1.6 (3.3, 3.7.1) and 2.0.1 (E04) ask. All others are only worth something now, and are dropped without a link.
"""

from __future__ import annotations

import asyncio
import itertools
import ssl
from collections import deque
from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple, Protocol

import msgspec

from backend.model.words import Version
from backend.simulator.messages import Answer, CallError, Message, Payload
from backend.simulator.timers import Timer, Timers
from backend.simulator.transport import Socket, connect, station_uri

CALL, RESULT, ERROR = 2, 3, 4
KEPT_MOST = 2_000
PASSING_MOST = 200
ATTEMPTS = 5
"""Of a kept message that is answered with an error, or not at all."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(list).decode


class Owner(Protocol):
    """The station, as its link sees it."""

    def link_opened(self) -> None: ...
    def link_closed(self, code: int, reason: str) -> None: ...
    def called(self, message_id: str, action: str, payload: Payload) -> None:
        """The central system called; answer with `Link.answer` or `Link.refuse`, now or later."""
        ...

    def answered(self, action: str, payload: Payload, answer: Answer) -> None:
        """A call of ours has come to its end."""
        ...


class _Waiting:
    __slots__ = ("attempts", "message", "payload", "urgent")

    def __init__(self, message: Message, urgent: bool) -> None:
        self.message = message
        self.urgent = urgent
        self.payload: Payload = {}
        self.attempts = 0


class Backoff(NamedTuple):
    """Waits before reconnecting: the first, times 2 each time, at most `longest`, plus up to `jitter` at random."""

    first_s: float = 2.0
    longest_s: float = 60.0
    jitter_s: float = 3.0

    def wait(self, failures: int, dice: Random) -> float:
        return min(self.first_s * float(1 << min(failures, 10)), self.longest_s) + dice.random() * self.jitter_s


class Link:
    """A station's way to its central system."""

    def __init__(
        self,
        url: str,
        identity: str,
        version: Version,
        timers: Timers,
        dice: Random,
        owner: Owner,
        *,
        password: str | None = None,
        tls: ssl.SSLContext | None = None,
        backoff: Backoff | None = None,
        answer_within_s: float = 30.0,
        retry_s: float = 20.0,
    ) -> None:
        self._uri = station_uri(url, identity, password)
        self._password = password
        self._identity = identity
        self._tls = tls
        self._version = version
        self._timers = timers
        self._dice = dice
        self._owner = owner
        self._backoff = backoff or Backoff()
        self._answer_within_s = answer_within_s
        self._retry_s = retry_s
        self._socket: Socket | None = None
        self._ghosts: deque[Socket] = deque(maxlen=8)
        """Half-open sockets that the other side has not noticed yet."""
        self._open = False
        self._wanted = False
        self._dialling: asyncio.Task[None] | None = None
        self._redial: Timer | None = None
        self._failures = 0
        self._urgent: deque[_Waiting] = deque()
        self._queue: deque[_Waiting] = deque()
        self._kept: deque[_Waiting] = deque()
        self._kept_rest: Timer | None = None
        self._outstanding: tuple[str, _Waiting, Timer] | None = None
        self._born = f"{int(timers.now()):x}"
        self._ids = itertools.count(1)
        self._owed: set[str] = set()
        self.released = False
        """Whether more than boot and triggered messages may be sent: the boot was accepted."""
        self.on_frame: Callable[[str, str], None] | None = None
        """Told of every frame: `out` or `in`, and the text."""
        self._changed: list[asyncio.Future[None]] = []

    @property
    def password(self) -> str | None:
        """The Basic password of the next handshake."""
        return self._password

    @password.setter
    def password(self, value: str) -> None:
        self._password = value
        self._uri.username, self._uri.password = self._identity, value

    def go(self, url: str, tls: ssl.SSLContext | None, *, shows_key: bool) -> None:
        """Take another way from the next connection on."""
        self._uri = station_uri(url, self._identity, self._password if shows_key else None)
        self._tls = tls

    # -- connection ------------------------------------------------------------------------------------------

    @property
    def online(self) -> bool:
        """Whether the WebSocket is open."""
        return self._open

    @property
    def waiting(self) -> int:
        """Kept messages that are not answered yet."""
        kept = self._outstanding is not None and self._outstanding[1].message.keep
        return len(self._kept) + (1 if kept else 0)

    @property
    def settled(self) -> bool:
        """Whether all that was said is answered, and nothing waits to be said."""
        return self._outstanding is None and not self._kept and not self._queue and not self._urgent

    @property
    def quiet(self) -> bool:
        """Whether nothing is on its way: no connecting, no call out, nothing sayable to say, no answer owed."""
        if self._dialling is not None or self._owed:
            return False
        if not self._open:
            return self._socket is None
        if self._outstanding is not None or self._urgent:
            return False
        return not self.released or (not self._queue and (not self._kept or self._kept_rest is not None))

    def connect(self) -> None:
        """Connect, and stay connected from now on."""
        self._wanted = True
        self._cancel_redial()
        if self._socket is None and self._dialling is None:
            self._dialling = asyncio.get_running_loop().create_task(self._dial())

    def drop(self, how: str = "cut", away_s: float | None = None) -> None:
        """Lose the link: `cut` (no word), `close` (properly) or `silent` (half open: the other side must notice).

        It comes back by itself after `away_s`, or after the usual backoff when None.
        """
        self._cancel_redial()
        socket = self._socket
        if socket is None:
            self._dial_later(away_s)
            return
        if how == "silent":
            socket.silence()
            self._lost(socket, 1006, "silent", away_s)
            self._ghosts.append(socket)
        elif how == "close":
            self._lost(socket, 1000, "closed by the station", away_s)
            socket.close()
        else:
            self._lost(socket, 1006, "cut", away_s)
            socket.abort()

    def leave(self, how: str = "close") -> None:
        """Disconnect and stay away until `connect`."""
        self._wanted = False
        self._cancel_redial()
        if self._dialling is not None:
            self._dialling.cancel()
            self._dialling = None
        for ghost in self._ghosts:
            ghost.abort()
        self._ghosts.clear()
        if self._socket is not None:
            self.drop(how)

    async def _dial(self) -> None:
        try:
            socket = await connect(self._uri, self._version.subprotocol, self, self._tls)
        except OSError as problem:
            self._dialling = None
            self._failures += 1
            self._owner.link_closed(1006, str(problem))
            self._dial_later(None)
            self._tell_changed()
            return
        self._dialling = None
        if not self._wanted:
            socket.abort()
        elif self._socket is None and not socket.dead:
            self._socket = socket

    def _dial_later(self, after_s: float | None) -> None:
        if not self._wanted:
            return
        wait = self._backoff.wait(self._failures, self._dice) if after_s is None else after_s
        self._redial = self._timers.later(wait, self.connect)

    def _cancel_redial(self) -> None:
        if self._redial is not None:
            self._redial.cancel()
            self._redial = None

    # -- Ears ------------------------------------------------------------------------------------------------

    def opened(self, socket: Socket) -> None:
        if self._socket is None:
            self._socket = socket
        if socket is not self._socket:
            return
        self._open = True
        self._failures = 0
        self._owner.link_opened()
        self._pump()

    def closed(self, socket: Socket, code: int, reason: str) -> None:
        if socket is self._socket:
            self._lost(socket, code, reason, None)
        elif self._socket is None and self._dialling is not None:
            self._failures += 1
            self._owner.link_closed(code, reason)
            self._dial_later(None)
            self._tell_changed()

    def text(self, socket: Socket, message: str) -> None:
        if socket is not self._socket:
            return
        if self.on_frame is not None:
            self.on_frame("in", message)
        try:
            frame = _decode(message)
        except msgspec.DecodeError:
            return
        match frame:
            case [2, str(message_id), str(action), dict(payload)]:
                self._owed.add(message_id)
                self._owner.called(message_id, action, payload)
            case [3, str(message_id), dict(payload)]:
                self._settle(message_id, Answer(payload))
            case [4, str(message_id), str(code), *_]:
                self._settle(message_id, Answer(None, code or "GenericError"))
            case _:
                pass
        self._tell_changed()

    def _lost(self, socket: Socket, code: int, reason: str, away_s: float | None) -> None:
        if not self._open:
            self._failures += 1
        self._socket = None
        self._open = False
        self.released = False
        self._owed.clear()
        for waiting in (*self._urgent, *self._queue):
            _finish(waiting, Answer(None, "offline"))
        self._urgent.clear()
        self._queue.clear()
        if self._outstanding is not None:
            _, waiting, timer = self._outstanding
            self._outstanding = None
            timer.cancel()
            if waiting.message.keep:
                self._kept.appendleft(waiting)
            else:
                _finish(waiting, Answer(None, "offline"))
        self._owner.link_closed(code, reason)
        if self._redial is None:
            self._dial_later(away_s)
        self._tell_changed()

    # -- calls -----------------------------------------------------------------------------------------------

    def call(self, message: Message, *, urgent: bool = False) -> None:
        """Say something. `urgent` goes out before the boot is accepted, and before all else."""
        waiting = _Waiting(message, urgent)
        if message.keep:
            self._kept.append(waiting)
            if len(self._kept) > KEPT_MOST:
                _finish(self._kept.popleft(), Answer(None, "discarded"))
        elif not self._open or len(self._queue) >= PASSING_MOST:
            _finish(waiting, Answer(None, "offline"))
            return
        else:
            (self._urgent if urgent else self._queue).append(waiting)
        self._pump()

    def release(self) -> None:
        """The boot was accepted: whatever waits may go."""
        self.released = True
        self._pump()
        self._tell_changed()

    def forget(self) -> None:
        """Lose what was kept: a hard reset may do that."""
        self._kept.clear()

    def answer(self, message_id: str, payload: Payload) -> None:
        """Answer a call with a result."""
        self._owed.discard(message_id)
        self._write([RESULT, message_id, payload])
        self._tell_changed()

    def refuse(self, message_id: str, error: CallError) -> None:
        """Answer a call with an error."""
        self._owed.discard(message_id)
        self._write([ERROR, message_id, error.code, error.description, {}])
        self._tell_changed()

    def ignore(self, message_id: str) -> None:
        """Never answer that call."""
        self._owed.discard(message_id)
        self._tell_changed()

    def _next(self) -> _Waiting | None:
        if self._urgent:
            return self._urgent.popleft()
        if not self.released:
            return None
        # A transaction's messages in their order, before what came after them; the rest may overtake a pause.
        if self._kept and self._kept_rest is None:
            return self._kept.popleft()
        return self._queue.popleft() if self._queue else None

    def _pump(self) -> None:
        if self._outstanding is not None or not self._open:
            return
        waiting = self._next()
        if waiting is None:
            return
        message = waiting.message
        payload = message.payload
        waiting.payload = payload() if callable(payload) else payload
        waiting.attempts += 1
        message_id = f"{self._born}-{next(self._ids):x}"
        timer = self._timers.later(self._answer_within_s, lambda: self._settle(message_id, Answer(None, "timeout")))
        self._outstanding = (message_id, waiting, timer)
        self._write([CALL, message_id, message.action, waiting.payload])

    def _settle(self, message_id: str, answer: Answer) -> None:
        if self._outstanding is None or self._outstanding[0] != message_id:
            return
        _, waiting, timer = self._outstanding
        timer.cancel()
        self._outstanding = None
        if waiting.message.keep and answer.error and waiting.attempts < ATTEMPTS:
            self._kept.appendleft(waiting)
            self._kept_rest = self._timers.later(self._retry_s * waiting.attempts, self._rested)
        else:
            _finish(waiting, answer)
            self._owner.answered(waiting.message.action, waiting.payload, answer)
        self._pump()
        self._tell_changed()

    def _rested(self) -> None:
        self._kept_rest = None
        self._pump()

    def _write(self, frame: list[Any]) -> None:
        if self._socket is None:
            return
        text = _encode(frame).decode()
        if self.on_frame is not None:
            self.on_frame("out", text)
        self._socket.send(text)

    # -- waiting ---------------------------------------------------------------------------------------------

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until `condition` holds; it is looked at whenever something happened here."""
        while not condition():
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._changed.append(future)
            await future

    def _tell_changed(self) -> None:
        if self._changed:
            waiting, self._changed = self._changed, []
            for future in waiting:
                if not future.done():
                    future.set_result(None)


def _finish(waiting: _Waiting, answer: Answer) -> None:
    if waiting.message.done is not None:
        waiting.message.done(answer)
