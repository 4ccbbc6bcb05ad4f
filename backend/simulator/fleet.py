"""Many virtual stations on one loop: made from a network, started one after the other, driven by a scenario."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable
from functools import partial
from random import Random

from backend.model.words import Version
from backend.simulator.cars import Car, some_car
from backend.simulator.daily import DailyLife, Habits
from backend.simulator.incidents import Incidents, Member
from backend.simulator.link import Backoff
from backend.simulator.network import KIND_BY_NAME, Build, Driver, Network
from backend.simulator.opening import Carried, Opening, StationStart
from backend.simulator.outlet import Charge, Outlet
from backend.simulator.recipes import Recipe
from backend.simulator.scenarios import Scenario
from backend.simulator.station import VirtualStation
from backend.simulator.temperament import TEMPERAMENTS
from backend.simulator.timers import Timers

log = logging.getLogger(__name__)

PER_SECOND = 150.0
"""How many stations connect in a second, unless all do at once."""
LONGEST_RAMP_S = 60.0
UNWILLING = (
    "shirking",
    "rejecting",
    "late",
    "too_late",
    "deaf",
    "stop_loser",
    "repeater",
    "start_loser",
    "event_loser",
)


class VirtualFleet:
    """The stations of a network, against one central system.

    Args:
        url: The endpoint, without the identity.
        opening: Carry on from there: running charges go on, faults stand, who is away stays away. None: all
            stations power up with empty outlets.
        version: Let all of them speak this one; None: as their models do.
    """

    def __init__(
        self,
        url: str,
        network: Network,
        scenario: Scenario | Recipe,
        timers: Timers,
        *,
        seed: int,
        speed: float = 1.0,
        opening: Opening | None = None,
        version: Version | None = None,
        password: str | None = None,
        tls: ssl.SSLContext | None = None,
        backoff: Backoff | None = None,
    ) -> None:
        self.stations: dict[str, VirtualStation] = {}
        self._url = url
        self._network = network
        self._scenario = scenario
        self._timers = timers
        self._seed = seed
        self._speed = max(speed, 0.01)
        self._opening = opening
        self._version = version
        self._password = password
        self._tls = tls
        self._backoff = backoff
        self._dice = Random(f"fleet:{seed}")
        self._members: list[Member] = []
        self._plays: set[asyncio.Task[None]] = set()
        self.failed: list[str] = []
        """Stations where a recipe's script broke."""
        for identity, build in network.builds.items():
            self._add(identity, build)

    # -- making ----------------------------------------------------------------------------------------------

    def _add(self, identity: str, build: Build) -> None:
        start = self._opening.stations[identity] if self._opening is not None else None
        dice = Random(f"station:{self._seed}:{identity}")
        scenario = self._scenario
        recipe = scenario if isinstance(scenario, Recipe) else None
        version = self._version or (recipe.version if recipe is not None else build.version)
        station = VirtualStation(
            self._url,
            build.plate,
            version,
            self._timers,
            plugs=build.plugs,
            dice=dice,
            password=self._password,
            tls=self._tls,
            backoff=self._backoff,
            boot_s=build.boot_s,
            heartbeat_s=scenario.heartbeat_s if isinstance(scenario, Scenario) else None,
        )
        self.stations[identity] = station
        if isinstance(scenario, Recipe):
            scenario.fit(station)
            return
        life = self._life(station, build, scenario, dice)
        if start is not None:
            self._carry_on(station, start)
        elif self._dice.random() < scenario.unwilling:
            station.temperament = TEMPERAMENTS[self._dice.choice(UNWILLING)]
        if scenario.charging is not None:
            for outlet in station.outlets.values():
                if self._dice.random() < scenario.charging:
                    _under_way(station, outlet, self._dice.choice(self._network.drivers), self._dice)
        self._members.append(Member(station, life))

    def _life(self, station: VirtualStation, build: Build, scenario: Scenario, dice: Random) -> DailyLife | None:
        if scenario.gap <= 0:
            return None
        kind = KIND_BY_NAME[build.kind]
        stay = min(kind.stay_s, 3_600.0)
        habits = Habits(gap_s=stay * (1.0 / kind.busy_share - 1.0) * scenario.gap, stay_s=stay)
        return DailyLife(station, habits, self._network.drivers, self._network.strangers, dice, self._speed)

    def _carry_on(self, station: VirtualStation, start: StationStart) -> None:
        """Give a station the state in which the history left it."""
        station.temperament = TEMPERAMENTS.get(start.temperament, station.temperament)
        if station.temperament.boots_again_s is None:
            # The central system was away, not the station: it comes back without a boot.
            station.boot_reason = None
            station.boot_status = "Accepted"
        for evse, state in start.outlets.items():
            outlet = station.outlets[evse]
            outlet.register_wh = float(state.register_wh)
            outlet.car = state.car
            outlet.inoperative = state.state == "unavailable"
            outlet.finished = state.state == "finishing"
            if state.trouble is not None and state.trouble.blocks:
                outlet.trouble = state.trouble
            else:
                outlet.warning = state.trouble
            if state.charge is not None:
                station.charging.resume(evse, _charge(station, state.charge))

    # -- running ---------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Connect all stations that are not away, one after the other, and let life begin."""
        scenario = self._scenario
        together = isinstance(scenario, Scenario) and scenario.together
        at_home = [station for name, station in self.stations.items() if not self._away(name)]
        ramp = 0.0 if together else min(len(at_home) / PER_SECOND, LONGEST_RAMP_S)
        for place, station in enumerate(at_home):
            self._timers.later(ramp * place / max(len(at_home), 1), station.start)
        if isinstance(scenario, Recipe):
            for station in at_home:
                task = asyncio.get_running_loop().create_task(self._play(scenario, station))
                self._plays.add(task)
                task.add_done_callback(partial(self._played, station.id))
            return
        present = [member for member in self._members if not self._away(member.station.id)]
        for member in present:
            if member.life is not None:
                member.life.begin()
        if scenario.incident_s is not None and present:
            mean = scenario.incident_s / self._speed
            self._timers.later(ramp, Incidents(present, self._timers, self._dice, mean).begin)
        if scenario.blackout_s is not None:
            self._timers.later(scenario.blackout_s / self._speed, self._blackout)

    def _away(self, identity: str) -> bool:
        return self._opening is not None and self._opening.stations[identity].away

    async def _play(self, recipe: Recipe, station: VirtualStation) -> None:
        await station.booted("Pending" if recipe.name == "R13" else "Accepted")
        await station.quiet()
        await recipe.play(station)

    def _played(self, station: str, task: asyncio.Task[None]) -> None:
        self._plays.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self.failed.append(station)
            log.error("the script at %s broke", station, exc_info=task.exception())

    def _blackout(self) -> None:
        scenario = self._scenario
        if not isinstance(scenario, Scenario) or scenario.blackout_s is None:
            return
        for station in self.stations.values():
            station.drop_link(2.0)
        self._timers.later(scenario.blackout_s / self._speed, self._blackout)

    def stop(self) -> None:
        """Close every connection; what is said after this is not heard."""
        for task in self._plays:
            task.cancel()
        for station in self.stations.values():
            station.stop()

    # -- looking ---------------------------------------------------------------------------------------------

    @property
    def online(self) -> int:
        """How many are connected."""
        return sum(1 for station in self.stations.values() if station.online)

    async def settle(self) -> None:
        """Wait until every station is quiet."""
        for station in self.stations.values():
            await station.quiet()

    def on_frame(self, listener: Callable[[str, str, str], None]) -> None:
        """Tell `listener` of every frame: station, `out` or `in`, text."""
        for identity, station in self.stations.items():
            station.link.on_frame = partial(listener, identity)


def _charge(station: VirtualStation, carried: Carried) -> Charge:
    v16 = station.version is Version.V16
    return Charge(
        id_token=carried.id_token,
        token_type=carried.token_type,
        started=carried.started,
        meter_start=carried.meter_start,
        transaction=int(carried.transaction) if v16 else carried.transaction,
        state="SuspendedEV" if carried.full else "Charging",
        seq_no=carried.seq_no,
        charging_s=carried.charging_s,
    )


def _under_way(station: VirtualStation, outlet: Outlet, driver: Driver, dice: Random) -> None:
    """Plug a car with a large battery in as soon as the station has booted, and let it charge."""
    outlet.car = some_car(dice, outlet.plug.current)
    outlet.car = Car(outlet.car.kind, 5.0, 100.0)
    known = station.on_boot

    def begin() -> None:
        if known is not None:
            known()
        station.on_boot = None
        station.authorise(outlet.evse, driver.token, driver.token_type)

    station.on_boot = begin
