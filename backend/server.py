"""Wires the rooms into one process: store, register, fleet, alarms, uptime, operations, gateway, API, feed."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from ipaddress import ip_address

from backend.alarms.alarms import Alarms
from backend.api.app import make_app
from backend.api.board import Board
from backend.api.feed import Feed
from backend.api.health import make_metrics_app
from backend.api.house import House, Queries
from backend.api.listener import Listener, host_and_port
from backend.api.network_uptime import NetworkUptime
from backend.api.open_alarms import OpenAlarms
from backend.api.past import load_operations, load_power
from backend.api.people import People
from backend.api.rollups import Rollups
from backend.api.views import Views
from backend.checkpoint import WITHIN_S
from backend.fleet import Fleet
from backend.gateway import Gateway
from backend.gateway.turn import Turn
from backend.intake import Intake
from backend.model.clock import Clock, Instant, SystemClock
from backend.model.errors import Invalid
from backend.model.event import Booted, Connected, Disconnected
from backend.model.settings import Settings
from backend.model.words import Admission
from backend.operations.operations import Operations
from backend.register.quirks import QuirkBook
from backend.register.register import Key, Register
from backend.rounds import Rounds, WantedSettings
from backend.security.exposure import check_exposure
from backend.server_security import SecurityRoom
from backend.store import Store
from backend.store.alarm_rows import AlarmQuery
from backend.store.operation_rows import OperationQuery
from backend.store.session_rows import SessionQuery
from backend.text import t
from backend.uptime.recorder import Recorder
from backend.watches import chronicle
from backend.watches.quirk_watch import QuirkWatch
from backend.watches.self_watch import SelfWatch

log = logging.getLogger(__name__)

TICK_S = 0.1
ANSWER_S = 2.0
"""How long a stop waits for the commit of what was taken."""
HEARD_STORE_S = 60.0
HEARD_STORED_A_TICK = 500
RECALLED_S = 5 * WITHIN_S
"""Statuses of so long before the end of the last server may not be in the live rows yet."""


class Server:
    """The whole server. In a test: `Server(settings, HeldClock())`, `await start()`, then `tick()` as time is moved.

    With the machine's own clock it ticks and tells by itself.
    """

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock: Clock = clock or SystemClock()
        self._runs_itself = clock is None or isinstance(clock, SystemClock)
        self._tasks: list[asyncio.Task[None]] = []
        self._undo: list[Callable[[], object]] = []
        self._heard: set[str] = set()
        self._heard_due: Instant = 0.0
        self._heard_queue: list[str] = []
        self._stopped = False
        self.security: SecurityRoom
        self.broken = asyncio.Event()
        """Set when a fault of ours stopped the server's own clockwork."""

    @property
    def ocpp_address(self) -> str:
        """`HOST:PORT` where stations connect."""
        return self.house.gateway.address

    @property
    def tls_address(self) -> str:
        """The same of the TLS port; empty when there is none."""
        return self.house.gateway.tls_address

    @property
    def api_address(self) -> str:
        """`unix:PATH` or `HOST:PORT`, as clients write it."""
        return self._listener.address

    @property
    def metrics_address(self) -> str:
        """`HOST:PORT` of figures and health; empty: there is none."""
        return "" if self._metrics is None else self._metrics.address

    async def start(self) -> None:
        """Open the store, take up what it kept, listen for stations and clients; returns when both are answered.

        Raises:
            NocError: why it cannot; nothing is left behind.
        """
        try:
            self._wire()
            await self._listen()
        except BaseException:
            await self._give_back()
            raise
        if self._runs_itself:
            self._tasks = [
                asyncio.create_task(self._run()),
                asyncio.create_task(self.house.feed.run()),
                asyncio.create_task(self._uptime.run()),
                asyncio.create_task(self.house.rollups.run()),
                asyncio.create_task(load_power(self.house)),
            ]
            for task in self._tasks:
                task.add_done_callback(self._task_ended)

    def _task_ended(self, task: asyncio.Task[None]) -> None:
        """A server whose clockwork broke must not go on as if nothing were: whoever runs it starts it again."""
        if not task.cancelled() and (error := task.exception()) is not None:
            log.critical("the server cannot go on", exc_info=error)
            self.broken.set()

    def _wire(self) -> None:
        settings, clock = self.settings, self.clock
        check_exposure(settings)
        people = People(clock, settings.api.roles)
        self._listener = Listener(settings.api.listen, open_to_all=settings.api.roles is not None)
        _check_policy(settings.api.listen, people)
        self._listener.bind()
        self._undo.append(self._listener.release)
        self._metrics = Listener(settings.api.metrics, brief=True) if settings.api.metrics else None
        if self._metrics is not None:
            self._metrics.bind()
            self._undo.append(self._metrics.release)
        loop = asyncio.get_running_loop()
        store = Store(settings.store, lambda done: _soon(loop, done))
        store.open()
        self._undo.append(lambda: _close(store))
        self.house = self._rooms(store)
        self.house.people = people
        self._take_up()
        board = Board()
        self.house.views = Views(self.house, OpenAlarms(self.house.alarms.open.values()), board)
        self.house.feed = Feed(self.house, board)
        self.house.rollups = Rollups(self.house)
        self._listen_to_each_other()
        self._uptime = NetworkUptime(self.house)

    def _rooms(self, store: Store) -> House:
        """The rooms, each handed what it needs of the others."""
        settings, clock = self.settings, self.clock
        ids = store.load_next_ids()
        register = Register(clock, settings.ocpp, store)
        register.load(store.load_sites(), store.load_stations(), store.load_outlets(), store.load_tokens())
        fleet = Fleet(clock, register, settings.ocpp, ids.session)
        alarms = Alarms(clock, settings.alarms, register, store, ids.alarm)
        recorder = Recorder(clock, register, store)
        intake = Intake(fleet, store, readers=[alarms, recorder])
        quirks = QuirkBook(clock, fleet.find, store)
        quirks.load(store.load_quirks())
        security = self.security = SecurityRoom(clock, settings, store, register)
        gateway = Gateway(
            clock,
            settings.ocpp,
            register,
            Turn(intake),
            quirks.traits,
            security.credentials,
            security.port,
            store_full=lambda: store.full,
        )
        security.join(fleet, gateway, alarms, intake)
        operations = Operations(
            clock, fleet, register, gateway, store, ids.operation, security.credentials, security.moves
        )
        operations.on_change.append(security.operation)
        intake.watchers.append(operations)
        wanted = WantedSettings(clock, store)
        wanted.load(store.load_wanted())
        rounds = Rounds(clock, fleet, gateway, operations, alarms, wanted, settings.rounds)
        intake.tell(rounds.event, Booted, Connected)
        return House(
            clock=clock,
            settings=settings,
            register=register,
            fleet=fleet,
            intake=intake,
            alarms=alarms,
            recorder=recorder,
            operations=operations,
            rounds=rounds,
            credentials=security.credentials,
            certificates=security.certificates,
            authority=security.authority,
            outside=security.outside,
            store=store,
            gateway=gateway,
            quirks=quirks,
            queries=Queries(SessionQuery, AlarmQuery, OperationQuery),
            started=clock.now(),
        )

    def _take_up(self) -> None:
        """Go on where the last server stopped."""
        house, store, now = self.house, self.house.store, self.house.started
        store.load_last_backup()
        house.gateway.memories.load(store.load_deviations())
        alive_until = store.load_alive_until()
        sessions = [*store.load_recent_sessions(now), *store.load_open_sessions()]
        since = None if alive_until is None else alive_until - RECALLED_S
        statuses, readings = store.load_statuses(since), store.load_unsettled_readings()
        house.fleet.load(store.load_live(), sessions, alive_until, statuses, readings)
        for entry in house.register.stations.values():
            house.fleet.ensure(entry.id)
        house.alarms.load(store.load_open_alarms())
        house.alarms.start(now, house.fleet.stations.values())
        outlets = house.register.outlets.values()
        house.recorder.start(now, alive_until, store.load_open_intervals(), outlets)
        house.operations.restore(store.load_unfinished_operations())

    def _listen_to_each_other(self) -> None:
        house = self.house
        house.feed.listen()
        house.register.on_change.append(self._registered)
        self._self_watch = SelfWatch(house.alarms, house.fleet, house.store, house.gateway)
        house.intake.tell(self._self_watch.event, Connected)
        house.gateway.floods.on_flood.append(self._self_watch.flood)
        house.operations.on_change.append(self._self_watch.operation)
        house.operations.on_change.append(house.outcomes.operation)
        house.operations.on_change.append(chronicle.operation)
        house.intake.tell(chronicle.station, Connected, Disconnected)
        self._quirk_watch = QuirkWatch(
            house.quirks, house.fleet, house.register, house.gateway, house.feed, house.store
        )
        house.intake.tell(self._quirk_watch.event, Booted)
        house.quirks.on_change.append(self._quirk_watch.changed)
        house.gateway.memories.on_deviation.append(self._quirk_watch.deviated)

    async def _listen(self) -> None:
        for _ in self.house.feed.begin():
            await asyncio.sleep(0)
        await load_operations(self.house)
        await self.house.gateway.start()
        self._undo.append(self.house.gateway.stop)
        await self._listener.start(make_app(self.house))
        if self._metrics is not None:
            await self._metrics.start(make_metrics_app(self.house))
            self._undo[self._undo.index(self._metrics.release)] = self._metrics.stop

    async def stop(self) -> None:
        """Close the stations and the API, and bring everything that was taken to the disk."""
        if self._stopped:
            return
        self._stopped = True
        self.house.stopping = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._keep_heard(everything=True)
        self.house.intake.checkpoint.write()
        self._quirk_watch.close()
        for reader in list(self.house.feed.readers):
            reader.close()
        self.house.operations.stop()
        await self._listener.stop()
        await self._answer_stored()
        await self._give_back()

    async def _answer_stored(self) -> None:
        """What was taken from stations is answered before they are closed, as far as the disk takes it in time."""
        self.house.gateway.hold()
        stored = asyncio.Event()
        self.house.store.after_commit(stored.set)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stored.wait(), ANSWER_S)

    async def _give_back(self) -> None:
        while self._undo:
            left = self._undo.pop()()
            if asyncio.iscoroutine(left):
                await left

    def kept(self) -> int:
        """How many stations, outlets, tokens, sessions and alarms are in memory, those connected counted twice."""
        house = self.house
        register, fleet = house.register, house.fleet
        entries = len(register.stations) + len(register.outlets) + len(register.tokens)
        return entries + len(fleet.stations) + len(fleet.sessions) + len(house.alarms.open) + house.views.board.online

    def tick(self) -> None:
        """Let time pass in every room. The server does it by itself ten times a second, a test when it wants."""
        now, house = self.clock.now(), self.house
        house.gateway.tick(now)
        house.intake.tick(now)
        house.alarms.tick(now)
        house.recorder.tick(now)
        house.operations.tick(now)
        house.rounds.tick(now)
        house.store.tick(now)
        self._self_watch.tick(now)
        self._quirk_watch.tick(now)
        self.security.tick(now)
        house.feed.note_heard(house.intake.heard_since)
        self._heard |= house.intake.heard_since
        house.intake.heard_since.clear()
        self._keep_heard(everything=False)
        house.feed.sample_power(now)
        house.frame_rate.note(self.clock.monotonic(), house.gateway.vitals.frames_in + house.gateway.vitals.frames_out)
        if not self._runs_itself:
            house.feed.flush()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time() + TICK_S
        while True:
            await asyncio.sleep(max(0.0, due - loop.time()))
            self.house.lag.note(loop.time() - due)
            self.tick()
            due = max(due + TICK_S, loop.time())

    def _keep_heard(self, *, everything: bool) -> None:
        """Once a minute write down when stations were heard, some hundred at a time."""
        now, house = self.clock.now(), self.house
        if everything or abs(now - self._heard_due) >= HEARD_STORE_S:
            self._heard_due = now
            self._heard_queue = list({*self._heard_queue, *self._heard})
            self._heard.clear()
        most = len(self._heard_queue) if everything else HEARD_STORED_A_TICK
        for name in self._heard_queue[:most]:
            station = house.fleet.find(name)
            if station is not None and station.last_heard is not None:
                house.store.heard(station.id, station.last_heard)
        del self._heard_queue[:most]

    def _registered(self, kind: str, key: Key) -> None:
        """What a change of the register means elsewhere."""
        house = self.house
        if kind == "token" or kind == "site":
            return
        station = key[0] if isinstance(key, tuple) else key
        if kind == "station" and house.register.station(station) is None:
            house.gateway.close(station, "removed")
            house.fleet.forget(station)
        elif kind == "station":
            house.fleet.ensure(station)
            entry = house.register.station(station)
            if entry is not None and entry.admission is Admission.BLOCKED:
                house.gateway.close(station, "blocked")
        house.alarms.register_changed(station)
        house.recorder.register_changed(station)


def _soon(loop: asyncio.AbstractEventLoop, done: Callable[[], None]) -> None:
    """From the writer's thread to the loop; a loop that is closed needs nothing more."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(done)


async def _close(store: Store) -> None:
    """Beside the loop, which goes on answering who asks how the server is."""
    if not await asyncio.to_thread(store.close):
        log.error("the disk did not take all in time: what was not answered, stations say again")


def _check_policy(listen: str, people: People) -> None:
    """Over a network nobody comes in without a bearer token.

    Raises:
        Invalid: the address can be reached from outside, and no role file names a token.
    """
    if listen.startswith("unix:") or people.has_tokens:
        return
    host, _ = host_and_port(listen)
    try:
        loopback = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise Invalid(
            "tcp_needs_tokens",
            t("{address} can be reached from outside, and there is no role file with [tokens].", address=listen),
            t("Listen on a Unix socket or on 127.0.0.1, or name tokens in the role file."),
        )
