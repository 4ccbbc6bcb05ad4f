"""Where stations come in: the listener, who is connected, and what is due when."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from itertools import count, islice, takewhile
from typing import Any, TypeVar

from backend.gateway.authentication import NO_KEYS, Proved, Shown, authenticate
from backend.gateway.calling import Caller
from backend.gateway.calls import Call
from backend.gateway.counts import Counts
from backend.gateway.dialogue import Dialogue
from backend.gateway.door import Door
from backend.gateway.entrance import Entrance
from backend.gateway.floods import Floods
from backend.gateway.handshake import address as handshake_address
from backend.gateway.handshake import shown
from backend.gateway.lobby import Lobby
from backend.gateway.memories import Memories
from backend.gateway.quarantine import Quarantine
from backend.gateway.reception import Refusal, Welcome, receive
from backend.gateway.slices import Slices
from backend.gateway.station_socket import (
    GOING_AWAY,
    HOLD_STOP,
    HOLD_STORE,
    RESTART,
    StationSocket,
)
from backend.gateway.tls_port import TlsPort, tls_failure
from backend.gateway.translators import TRANSLATORS
from backend.gateway.turn import Gathers
from backend.model.clock import Clock, Instant
from backend.model.event import Connected, Disconnected
from backend.model.frame import Handshake
from backend.model.operation import CallLost
from backend.model.ports import Admits, CallOutcome, Keys
from backend.model.quirk import NO_TRAITS, Traits
from backend.model.ration import Ration
from backend.model.reply import Done
from backend.model.sanitise import clean
from backend.model.settings import OcppSettings

T = TypeVar("T")

CLOSE_S = 5.0
"""How long the other side has to answer a close."""
SETTLE_S = 10.0
"""How long calls wait for a station that connects and says nothing (field lesson 9)."""
PINGS_PER_TICK = 2_000
RELEASED_PER_TICK = 2_000
"""Stations that are read again at one tick when the disk has caught up."""


class Gateway:
    """Implements `model.ports.Stations`."""

    def __init__(
        self,
        clock: Clock,
        settings: OcppSettings,
        admits: Admits,
        takes: Gathers,
        traits_of: Callable[[str], Traits] = lambda _station: NO_TRAITS,
        keys: Keys = NO_KEYS,
        tls: TlsPort | None = None,
        store_full: Callable[[], bool] = lambda: False,
    ) -> None:
        self.clock = clock
        self.settings = settings
        self.silence_s = 3.0 * settings.heartbeat_s
        """A station that answers no pings is lost after this time without a message."""
        self.vitals = Counts()
        self.slices = Slices()
        self.full = False
        """The disk is behind, and what stations say waits in the kernel."""
        self.memories = Memories()
        self.floods = Floods(self.memories)
        self._traits_of = traits_of
        self._admits = admits
        self._takes = takes
        self._keys = keys
        self._tls = tls
        self._door = Door(lambda: StationSocket(self))
        self._tls_door: Door | None = None
        self.tls_address = ""
        """`HOST:PORT` of the TLS port; empty when there is none."""
        self._ration = Ration(settings.trusted_networks)
        self._quarantine = Quarantine(clock, takes, settings.trusted_networks)
        self._live: dict[str, StationSocket] = {}
        self._sockets: set[StationSocket] = set()
        self._numbers = count(1)
        self._bytes = 0
        self.stopping = False
        self._handshakes: dict[StationSocket, float] = {}
        self._lobby: Lobby[StationSocket] = Lobby(settings.trusted_networks)
        self._closes: dict[StationSocket, float] = {}
        self._settles: dict[Dialogue, float] = {}
        self._pings: dict[StationSocket, float] = {}
        self._under_way: dict[Caller, None] = {}
        self._settling: dict[Caller, float] = {}
        self._store_full = store_full
        self._waiting: dict[StationSocket, None] = {}

    # -- life ----------------------------------------------------------------------------------------------------

    @property
    def address(self) -> str:
        """`HOST:PORT` once started."""
        return self._door.address

    @property
    def shut(self) -> str | None:
        """Why no station can be let in at present; None: they can."""
        return self._door.error or (self._tls_door.error if self._tls_door is not None else None)

    @property
    def refused_by_reason(self) -> Counter[str]:
        """Connections that could not be served, since the start."""
        return self._quarantine.refused

    def waiting(self) -> dict[str, int]:
        """How many sockets are in their handshake, are not read because the store is full, send more than their
        share."""
        return {"handshake": len(self._handshakes), "store": len(self._waiting), "flooding": len(self.floods)}

    async def start(self) -> None:
        """Listen. Port 0 takes a free one.

        Raises:
            Unavailable: the address is in use, or not ours.
        """
        if self.settings.plain:
            await self._door.open(self.settings.host, self.settings.port)
        if self._tls is not None:
            await self._open_tls(self._tls)

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

    def hold(self) -> None:
        """Take nothing more from stations, nor new ones; answers still go out."""
        self._door.close()
        if self._tls_door is not None:
            self._tls_door.close()
        for socket in self._sockets:
            socket.hold(HOLD_STOP)

    async def stop(self) -> None:
        """Close the door and all stations (1001). No Disconnected is told: it is we who go."""
        self.stopping = True
        self.hold()
        for socket in list(self._sockets):
            socket.release(HOLD_STOP)
            socket.close(GOING_AWAY, "the server stops")
        for _ in range(50):
            if not self._sockets:
                break
            await asyncio.sleep(0.02)
        for socket in list(self._sockets):
            socket.abort()
        await asyncio.sleep(0)

    def tick(self, now: Instant) -> None:
        """Everything that is due: handshakes, closes, settling, deadlines of calls, pings."""
        monotonic = self.clock.monotonic()
        for socket in _due(self._handshakes, monotonic):
            if socket.shaking_hands:
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
            socket.ping(monotonic)
            if socket in self._sockets:
                self._pings[socket] = monotonic + self.settings.ping_s
        self.floods.tick(monotonic)
        self._judge_store()
        self._quarantine.tick(monotonic)
        self.memories.tick()

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
        socket.hurry()
        if socket in self._waiting and socket.dialogue is not None and socket.dialogue.caller.busy:
            del self._waiting[socket]
            socket.release(HOLD_STORE)

    def close(self, station: str, why: str) -> bool:
        """Close the station's connection, for it to come back."""
        socket = self._live.get(station.casefold())
        if socket is None:
            return False
        socket.close(RESTART, clean(why, 100))
        return True

    def traits_changed(self, station: str) -> None:
        """What is in force for a station may be different now."""
        socket = self._live.get(station.casefold())
        if socket is not None and socket.dialogue is not None:
            socket.dialogue.apply(self._traits_of(socket.dialogue.station))

    # -- what sockets tell ---------------------------------------------------------------------------------------

    def opened(self, socket: StationSocket) -> None:
        monotonic = self.clock.monotonic()
        self._sockets.add(socket)
        self._handshakes[socket] = monotonic + self.settings.handshake_s
        turned_away = self._lobby.enter(socket, socket.address, monotonic)
        if turned_away is not None:
            turned_away.refuse("too_many_waiting")
            turned_away.abort()

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
        memory = self.memories.of(welcome.station)
        memory.key_form = welcome.key_form
        if welcome.oddities:
            memory.count(welcome.oddities, self.clock.now())
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
        self._handshakes.pop(socket, None)
        self._lobby.leave(socket)
        self._settles[dialogue] = monotonic + SETTLE_S
        self._pings[socket] = monotonic + self.settings.ping_s
        event = Connected(
            station=welcome.station,
            learned=self.clock.now(),
            connection=dialogue.number,
            version=welcome.version,
            address=socket.address,
            security_profile=welcome.security_profile,
            new_key=welcome.new_key,
        )
        self._takes.take(event, Entrance(event, Done(), (), socket))
        if old is not None:
            replaced, old.dialogue = old.dialogue, None
            if replaced is not None:
                self._settles.pop(replaced, None)
                replaced.replaced_by(dialogue)
            old.close(1000, "replaced by a new connection")

    def alive(self, dialogue: Dialogue) -> None:
        """A ping or a pong came."""
        self._takes.heard(dialogue.station, self.clock.now())

    def closing(self, socket: StationSocket) -> None:
        if socket in self._sockets:
            self._closes.setdefault(socket, self.clock.monotonic() + CLOSE_S)

    def flooding(self, socket: StationSocket) -> None:
        if socket.dialogue is not None:
            self.floods.begin(socket.dialogue.station, socket)

    def wait_for_store(self, socket: StationSocket) -> None:
        """Not read until the disk has caught up; one with a call under way is, for somebody waits for its answer."""
        if socket.dialogue is None or not socket.dialogue.caller.busy:
            self._waiting[socket] = None
            socket.hold(HOLD_STORE)

    def _judge_store(self) -> None:
        self.full = self._store_full()
        if not self.full:
            for socket in list(islice(self._waiting, RELEASED_PER_TICK)):
                del self._waiting[socket]
                socket.release(HOLD_STORE)

    def claim(self, size: int) -> bool:
        """Take (or give back) bytes of unfinished messages; False when the budget of all stations is spent."""
        self._bytes += size
        return size <= 0 or self._bytes <= self.settings.budget_bytes

    def lost(self, socket: StationSocket, code: int, reason: str) -> None:
        """The TCP connection is gone. Sockets are compared, not identities: a late end of a replaced one changes
        nothing (field lesson 7)."""
        self._sockets.discard(socket)
        self._waiting.pop(socket, None)
        self._lobby.leave(socket)
        for due in (self._handshakes, self._closes, self._pings):
            due.pop(socket, None)
        dialogue, socket.dialogue = socket.dialogue, None
        if dialogue is None:
            return
        key = dialogue.station.casefold()
        self.floods.leave(dialogue.station, socket)
        if self._live.get(key) is socket:
            del self._live[key]
        self.vitals.connections = len(self._live)
        self._settles.pop(dialogue, None)
        dialogue.end()
        if not self.stopping:
            self._takes.take(
                Disconnected(
                    station=dialogue.station,
                    learned=self.clock.now(),
                    connection=dialogue.number,
                    code=code,
                    reason=clean(reason, 120),
                )
            )


def _due(queue: dict[T, float], monotonic: float, most: int = 1 << 30) -> list[T]:
    """Take what is due from the front of a queue of equal delays."""
    taken = [one for one, _ in takewhile(lambda item: item[1] <= monotonic, islice(queue.items(), most))]
    for one in taken:
        del queue[one]
    return taken
