"""A server with both ports, and virtual stations that come to it, on one held clock."""

from __future__ import annotations

import asyncio
import datetime
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from backend.client.client import Client
from backend.model.clock import HeldClock
from backend.model.resources import OperationResource
from backend.model.settings import Settings
from backend.model.words import Version
from backend.server import Server
from backend.simulator.speech import Nameplate
from backend.simulator.station import VirtualStation
from backend.simulator.timers import HeldTimers

NOW = datetime.datetime.now(datetime.UTC)


class Net:
    """A server with both ports, its client, and virtual stations on the same held clock."""

    def __init__(self, server: Server, client: Client, clock: HeldClock) -> None:
        self.server, self.client, self.clock = server, client, clock
        self.timers = HeldTimers(clock)

    def station(self, version: Version, name: str = "CP-1") -> VirtualStation:
        """A virtual station that comes by the plain port, without a key."""
        plate = Nameplate(id=name, vendor="Fjord", model="Solo", serial="1", firmware="1.0.0")
        made = VirtualStation(f"ws://{self.server.ocpp_address}/ocpp", plate, version, self.timers, boot_s=5.0)
        made.start()
        return made

    async def until(self, true: Callable[[], object], seconds: float = 400.0) -> None:
        """Let time pass, in both, until something is true."""
        async with asyncio.timeout(20):
            for _ in range(int(seconds * 4)):
                if true():
                    return
                await self.timers.advance(0.25)
                self.server.tick()
                await asyncio.sleep(0.004)
        raise AssertionError("it did not happen")

    async def ended(self, operation: OperationResource) -> OperationResource:
        """An operation at its end."""
        await self.until(lambda: int(operation.id) not in self.server.house.operations.running, 1200)
        return await self.client.operation(operation.id)

    async def move(self, profile: int, **parameters: Any) -> OperationResource:
        return await self.client.operate("security_profile", "CP-1", parameters={"profile": profile, **parameters})

    async def install_root(self) -> None:
        pem = (await self.client.root()).pem
        made = await self.client.operate("install_certificate", "CP-1", parameters={"certificate": pem})
        assert (await self.ended(made)).state == "proved"

    def live(self) -> Any:
        return self.server.house.fleet.find("CP-1")


@asynccontextmanager
async def serving(folder: Path, **tls: Any) -> AsyncIterator[Net]:
    """The server, with CP-1 in its register; `tls`: settings of that section."""
    with tempfile.TemporaryDirectory() as short:
        settings = Settings(network="Nordkraft")
        settings.ocpp.host, settings.ocpp.port = "127.0.0.1", 0
        settings.tls.host, settings.tls.port, settings.tls.names = "127.0.0.1", 0, ["localhost", "127.0.0.1"]
        for name, value in tls.items():
            setattr(settings.tls, name, value)
        settings.store.data, settings.api.listen = folder / "data", f"unix:{short}/api.sock"
        clock = HeldClock(NOW.timestamp())
        server = Server(settings, clock)
        await server.start()
        async with Client(server.api_address) as client:
            await client.put_station("CP-1")
            yield Net(server, client, clock)
        await server.stop()
