"""Where stations come in: the listener, who is connected, and what is due when."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Any

from backend.gateway.authentication import NO_KEYS, Proved, Shown, authenticate
from backend.gateway.calling import Caller
from backend.gateway.calls import Call
from backend.gateway.counts import Counts
from backend.gateway.dialogue import Dialogue
from backend.gateway.door import Door
from backend.gateway.handshake import address as handshake_address
from backend.gateway.handshake import shown
from backend.gateway.memory import Memory
from backend.gateway.quarantine import Quarantine
from backend.gateway.reception import Refusal, Welcome, receive
from backend.gateway.station_socket import GOING_AWAY, HOLD_FLOOD, RESTART, StationSocket
from backend.gateway.tls_port import TlsPort, tls_failure
from backend.gateway.translators import TRANSLATORS
from backend.model.clock import Clock, Instant
from backend.model.errors import Unavailable
from backend.model.event import Connected, Disconnected
from backend.model.frame import Handshake
from backend.model.operation import CallLost
from backend.model.ports import Admits, CallOutcome, Keys, Takes
from backend.model.quirk import NO_TRAITS, Traits
from backend.model.ration import Ration
from backend.model.sanitise import clean
from backend.model.settings import OcppSettings
from backend.text import t

CLOSE_S = 5.0
"""How long the other side has to answer a close."""
SETTLE_S = 10.0
"""How long calls wait for a station that connects and says nothing (field lesson 9)."""
PINGS_PER_TICK = 2_000
NEWS_PER_TICK = 500
BACKLOG = 4_096


class Gateway:
    """Implements `model.ports.Stations`."""

    def __init__(
        self,
        clock: Clock,
        settings: OcppSettings,
        admits: Admits,
        takes: Takes,
        traits_of: Callable[[str], Traits] = lambda _station: NO_TRAITS,
        keys: Keys = NO_KEYS,
        tls: TlsPort | None = None,
    ) -> None:
        self.clock = clock
        self.settings = settings
        self.silence_s = 3.0 * settings.heartbeat_s
        """A station that answers no pings is lost after this time without a message."""
        self.vitals = Counts()
        self.address = ""
        """`HOST:PORT` once started."""
        self.tls_address = ""
        """The same of the TLS port; empty when there is none."""
        self.on_deviation: list[Callable[[str, str], None]] = []
        """Called at a tick with a station and a deviation that it was not known for."""
        self._traits_of = traits_of
        self._news: deque[tuple[str, str]] = deque()
        self._admits = admits
        self._takes = takes
        self._keys = keys
        self._tls = tls
        self._tls_door: Door | None = None
        self._ration = Ration(settings.trusted_networks)
        self._quarantine = Quarantine(clock, takes, settings.trusted_networks)
        self._server: asyncio.Server | None = None
        self._live: dict[str, StationSocket] = {}
        self._memories: dict[str, Memory] = {}
        self._sockets: set[StationSocket] = set()
        self._numbers = count(1)
        self._bytes = 0
        self._stopping = False
        self._handshakes: deque[tuple[float, StationSocket]] = deque()
        self._closes: deque[tuple[float, StationSocket]] = deque()
        self._settles: deque[tuple[float, Dialogue]] = deque()
        self._pings: deque[tuple[float, StationSocket]] = deque()
        self._under_way: dict[Caller, None] = {}
        self._settling: dict[Caller, float] = {}
        self._flooding: set[StationSocket] = set()

    # -- life ----------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Listen. Port 0 takes a free one.

        Raises:
            Unavailable: the address is in use, or not ours.
        """
        if self.settings.plain:
            await self._open_plain()
        if self._tls is not None:
            await self._open_tls(self._tls)

    async def _open_plain(self) -> None:
        loop = asyncio.get_running_loop()
        host, port = self.settings.host, self.settings.port
        try:
            self._server = await loop.create_server(lambda: StationSocket(self), host, port, backlog=BACKLOG)
        except OSError as error:
            raise Unavailable(
                "address_in_use",
                t(
                    "Cannot listen for stations on {host}:{port}: {why}",
                    host=host,
                    port=port,
                    why=error.strerror or error,
                ),
                t("Choose another address with --ocpp HOST:PORT."),
            ) from error
        bound = self._server.sockets[0].getsockname()
        self.address = f"[{bound[0]}]:{bound[1]}" if ":" in bound[0] else f"{bound[0]}:{bound[1]}"

    async def _open_tls(self, tls: TlsPort) -> None:
        self._tls_door = Door(lambda: StationSocket(self, tls=True), tls.context, self._tls_failed)
        await self._tls_door.open(tls.host, tls.port)
        self.tls_address = self._tls_door.address

    def _tls_failed(self, peer: object, error: Exception) -> None:
        """A TLS handshake that came to nothing: no request was read, so the error is all there is."""
        self._quarantine.report(
            Handshake(
                at=self.clock.now(),
                address=handshake_address(peer),
                reason=tls_failure(error),
                identity="",
                offered="",
                raw=clean(str(error), 255),
            )
        )

    async def stop(self) -> None:
        """Close the door and all stations (1001). No Disconnected is told: it is we who go."""
        self._stopping = True
        if self._server is not None:
            self._server.close()
        if self._tls_door is not None:
            self._tls_door.close()
        for socket in list(self._sockets):
            socket.close(GOING_AWAY, "the server stops")
        for _ in range(50):
            if not self._sockets:
                break
            await asyncio.sleep(0.02)
        for socket in list(self._sockets):
            socket.abort()
        await asyncio.sleep(0)
        if self._server is not None:
            await self._server.wait_closed()

    def tick(self, now: Instant) -> None:
        """Everything that is due: handshakes, closes, settling, deadlines of calls, pings."""
        monotonic = self.clock.monotonic()
        for socket in _due(self._handshakes, monotonic):
            if socket.shaking_hands and socket in self._sockets:
                socket.refuse("handshake_timeout")
                socket.abort()
        for socket in _due(self._closes, monotonic):
            socket.abort()
        for dialogue in _due(self._settles, monotonic):
            dialogue.caller.settle()
        for caller in [caller for caller, due in self._settling.items() if due <= monotonic]:
            caller.release()
        for caller in list(self._under_way):
            caller.expire(monotonic)
            if not caller.busy:
                self._under_way.pop(caller, None)
        for socket in _due(self._pings, monotonic, PINGS_PER_TICK):
            if socket in self._sockets:
                socket.ping(monotonic)
                self._pings.append((monotonic + self.settings.ping_s, socket))
        if self._flooding:
            flooding, self._flooding = self._flooding, set()
            for socket in flooding:
                socket.release(HOLD_FLOOD)
        self._quarantine.tick(monotonic)
        for _ in range(min(len(self._news), NEWS_PER_TICK)):
            station, deviation = self._news.popleft()
            for listener in self.on_deviation:
                listener(station, deviation)

    # -- ports.Stations ------------------------------------------------------------------------------------------

    def call(
        self,
        station: str,
        action: str,
        payload: dict[str, Any],
        *,
        deadline_s: float,
        done: Callable[[CallOutcome], None],
        sent: Callable[[], None] | None = None,
        background: bool = False,
        requested_by: str | None = None,
    ) -> None:
        """Queue a CALL (see `Stations.call`)."""
        socket = self._live.get(station.casefold())
        if socket is None or socket.dialogue is None:
            done(CallLost(why="offline"))
            return
        socket.dialogue.caller.call(Call(action, payload, deadline_s, done, sent, background, requested_by))

    def close(self, station: str, why: str) -> bool:
        """Close the station's connection, for it to come back."""
        socket = self._live.get(station.casefold())
        if socket is None:
            return False
        socket.close(RESTART, clean(why, 100))
        return True

    def quirks(self, station: str) -> dict[str, int]:
        """How often the station broke the standard and was served all the same, by the deviation's name."""
        memory = self._memories.get(station.casefold())
        return dict(memory.quirks) if memory is not None else {}

    def key_form(self, station: str) -> str:
        """How the station showed its key last: `raw`, `hex`, or empty."""
        memory = self._memories.get(station.casefold())
        return memory.key_form if memory is not None else ""

    def traits_changed(self, station: str) -> None:
        """What is in force for a station may be different now."""
        socket = self._live.get(station.casefold())
        if socket is not None and socket.dialogue is not None:
            socket.dialogue.apply(self._traits_of(socket.dialogue.station))

    # -- what sockets tell ---------------------------------------------------------------------------------------

    def opened(self, socket: StationSocket) -> None:
        self._sockets.add(socket)
        self._handshakes.append((self.clock.monotonic() + self.settings.handshake_s, socket))

    def receive(self, shown: Shown) -> Welcome | Refusal:
        return receive(self._admits, shown, self._prove, self._traits_of)

    def _prove(self, station: str, shown: Shown) -> Proved | str:
        return authenticate(self._keys, self._ration, station, shown, self.clock.monotonic())

    def refused(self, socket: StationSocket, reason: str, identity: str, offered: str, raw: bytes) -> None:
        self._quarantine.report(
            Handshake(
                at=self.clock.now(),
                address=socket.address,
                reason=reason,
                identity=clean(identity, 255),
                offered=clean(offered, 255),
                raw=shown(raw),
            )
        )

    def connected(self, socket: StationSocket, welcome: Welcome) -> None:
        """A station is in. An older socket of the same identity goes, without a word to the rest of the house."""
        key = welcome.station.casefold()
        memory = self._memories.get(key)
        if memory is None:
            memory = self._memories[key] = Memory(partial(self._new_deviation, welcome.station))
        memory.key_form = welcome.key_form
        if welcome.oddities:
            memory.count(welcome.oddities)
        dialogue = socket.dialogue = Dialogue(
            station=welcome.station,
            number=next(self._numbers),
            translator=TRANSLATORS[welcome.version],
            wire=socket,
            memory=memory,
            clock=self.clock,
            takes=self._takes,
            counts=self.vitals,
            under_way=self._under_way,
            settling=self._settling,
            traits=welcome.traits,
            guard_bytes=self.settings.guard_bytes,
        )
        old = self._live.get(key)
        self._live[key] = socket
        self.vitals.connections = len(self._live)
        monotonic = self.clock.monotonic()
        self._settles.append((monotonic + SETTLE_S, dialogue))
        self._pings.append((monotonic + self.settings.ping_s, socket))
        self._takes.take(
            Connected(
                station=welcome.station,
                learned=self.clock.now(),
                connection=dialogue.number,
                version=welcome.version,
                address=socket.address,
                security_profile=welcome.security_profile,
            )
        )
        if old is not None:
            replaced, old.dialogue = old.dialogue, None
            if replaced is not None:
                replaced.replaced_by(dialogue)
            old.close(1000, "replaced by a new connection")

    def _new_deviation(self, station: str, name: str) -> None:
        self._news.append((station, name))

    def alive(self, dialogue: Dialogue) -> None:
        """A ping or a pong came."""
        self._takes.heard(dialogue.station, self.clock.now())

    def closing(self, socket: StationSocket) -> None:
        self._closes.append((self.clock.monotonic() + CLOSE_S, socket))

    def flooding(self, socket: StationSocket) -> None:
        self._flooding.add(socket)

    def claim(self, size: int) -> bool:
        """Take (or give back) bytes of unfinished messages; False when the budget of all stations is spent."""
        self._bytes += size
        return size <= 0 or self._bytes <= self.settings.budget_bytes

    def lost(self, socket: StationSocket, code: int, reason: str) -> None:
        """The TCP connection is gone. Sockets are compared, not identities: a late end of a replaced one changes
        nothing (field lesson 7)."""
        self._sockets.discard(socket)
        self._flooding.discard(socket)
        dialogue, socket.dialogue = socket.dialogue, None
        if dialogue is None:
            return
        key = dialogue.station.casefold()
        if self._live.get(key) is socket:
            del self._live[key]
        self.vitals.connections = len(self._live)
        dialogue.end()
        if not self._stopping:
            self._takes.take(
                Disconnected(
                    station=dialogue.station,
                    learned=self.clock.now(),
                    connection=dialogue.number,
                    code=code,
                    reason=clean(reason, 120),
                )
            )


def _due(queue: deque[tuple[float, Any]], monotonic: float, most: int = 1 << 30) -> list[Any]:
    """Take what is due from the front of a queue of equal delays."""
    taken: list[Any] = []
    while queue and queue[0][0] <= monotonic and len(taken) < most:
        taken.append(queue.popleft()[1])
    return taken
