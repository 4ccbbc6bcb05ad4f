"""A whole server in the test's own process, on a held clock, and what tests ask of it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from backend.api.outlet_view import outlet as outlet_view
from backend.client.client import Client
from backend.model.clock import HeldClock, Instant, iso
from backend.model.register import SiteEntry, StationEntry, TokenEntry
from backend.model.resources import (
    AlarmResource,
    OperationResource,
    OutletResource,
    SessionResource,
    StationResource,
)
from backend.model.settings import ApiSettings, OcppSettings, Settings, StoreSettings
from backend.model.words import OperationState, TokenStatus
from backend.server import Server
from tests.recipes.station import RawStation

PATIENCE_S = 10.0
"""Real seconds until a test gives up."""


class Net:
    """Server, client and stations of one test."""

    def __init__(self, folder: Path, *, accept_unknown: bool = False) -> None:
        self.clock = HeldClock()
        self.settings = Settings(
            network="Nordkraft",
            ocpp=OcppSettings(host="127.0.0.1", port=0, accept_unknown=accept_unknown, ping_s=10_000_000.0),
            store=StoreSettings(data=folder / "data"),
            api=ApiSettings(listen=f"unix:{folder}/api.sock"),
        )
        self.stations: list[RawStation] = []
        self.server = Server(self.settings, clock=self.clock)
        self.client = Client(self.settings.api.listen)

    async def start(self) -> None:
        await self.server.start()
        await self._tick()

    async def stop(self) -> None:
        for station in self.stations:
            await station.close()
        await self.client.close()
        await self.server.stop()

    async def restart(self) -> None:
        """A new process, as far as can be had in one: everything comes from the store."""
        await self.client.close()
        await self.server.stop()
        self.clock.advance(5)
        self.server = Server(self.settings, clock=self.clock)
        await self.start()
        self.client = Client(self.settings.api.listen)

    async def crash(self) -> None:
        """A new process that finds the files as they are now, without a stop of the one before."""
        left = self.settings.store.data
        data = left.with_name(left.name + "-left")
        await self.server.house.store.settled()
        shutil.copytree(left, data, ignore=shutil.ignore_patterns("*lock*", "*.sock"))
        await self.client.close()
        await self.server.stop()
        self.clock.advance(5)
        self.settings.store.data = data
        self.server = Server(self.settings, clock=self.clock)
        await self.start()
        self.client = Client(self.settings.api.listen)

    @property
    def ocpp(self) -> str:
        """`HOST:PORT` of the stations' listener."""
        return self.server.ocpp_address

    # -- time ------------------------------------------------------------------------------------------------

    def iso(self, at: Instant | None = None) -> str:
        return iso(self.clock.now() if at is None else at)

    async def _tick(self) -> None:
        self.server.tick()
        for _ in range(3):
            await asyncio.sleep(0)

    async def wait(self, seconds: float) -> None:
        """Let held time pass, in steps that every deadline notices."""
        step = max(seconds / 20, 1.0)
        while seconds > 0:
            self.clock.advance(min(step, seconds))
            seconds -= step
            await self._tick()

    async def until(self, found: Callable[[], Any]) -> Any:
        """Wait, in real time and without moving the held one, until `found` gives something."""
        async with asyncio.timeout(PATIENCE_S):
            while not (result := found()):
                await self._tick()
                await asyncio.sleep(0.005)
        return result

    # -- stations --------------------------------------------------------------------------------------------

    async def station(self, identity: str, version: str = "1.6") -> RawStation:
        """A connected station, registered or not."""
        station = RawStation(identity, version)
        self.stations.append(station)
        return await station.connect(self.ocpp)

    async def booted(self, identity: str, version: str = "1.6", outlets: int = 2) -> RawStation:
        """A registered station, booted, with all outlets Available and the tokens CARD and BLOCKED known."""
        register = self.server.house.register
        register.put_site(SiteEntry(id="S1", name="Strandvägen"))
        register.put_station(StationEntry(id=identity, site="S1", current="AC"))
        register.put_token(TokenEntry(token="CARD"))
        register.put_token(TokenEntry(token="BLOCKED", status=TokenStatus.BLOCKED))
        station = await self.station(identity, version)
        assert (await station.boot())["status"] == "Accepted"
        if version == "1.6":
            await station.status(0, "Available", self.iso())
        for number in range(1, outlets + 1):
            await station.status(number, "Available", self.iso())
        return station

    # -- what is seen ----------------------------------------------------------------------------------------

    def outlet(self, name: str) -> OutletResource:
        station, _, evse = name.rpartition(":")
        house = self.server.house
        live = house.fleet.stations[station]
        return outlet_view(house, live, int(evse))

    def station_resource(self, name: str) -> StationResource:
        return self.server.house.views.station(self.server.house.fleet.stations[name])

    def alarms(self, *, active: bool | None = None) -> list[AlarmResource]:
        house = self.server.house
        found = [house.views.alarm(alarm) for alarm in house.alarms.open.values()]
        return [alarm for alarm in found if active is None or alarm.active is active]

    async def session(self, number: object) -> SessionResource:
        return await self.client.session(str(number))

    async def until_trace(self, station: str, action: str, count: int) -> None:
        """The trace has a writer of its own: wait until that many frames of an action are in it."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                if len([frame for frame in await self.client.trace(station) if frame.action == action]) >= count:
                    return
                await asyncio.sleep(0.02)

    # -- operations ------------------------------------------------------------------------------------------

    async def operate(
        self,
        operation: str,
        target: str,
        parameters: dict[str, Any] | None = None,
        *,
        typed: str = "",
        deadline_s: float | None = None,
    ) -> str:
        """Ask for an operation, questions answered; its id."""
        made = await self.client.operate(
            operation,
            target,
            parameters=parameters or {},
            reason="test",
            yes=True,
            typed=typed,
            deadline_s=deadline_s,
        )
        return made.id

    async def operation(self, number: str) -> OperationResource:
        return await self.client.operation(number)

    def live_operation(self, number: str) -> OperationResource:
        house = self.server.house
        found = next(o for o in (*house.operations.running.values(), *house.operations.recent) if str(o.id) == number)
        return house.views.operation(found)

    async def reaches(self, number: str, state: OperationState) -> OperationResource:
        """Wait until the operation is in `state`; it is an error when it ends otherwise."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                found = await self.operation(number)
                if found.state is state:
                    return found
                assert not found.state.ended, (found.state, found.answer, found.proof)
                await self._tick()
                await asyncio.sleep(0.005)
