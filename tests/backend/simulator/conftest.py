"""The stage on which virtual stations play in tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from websockets.asyncio.server import serve

from backend.model.clock import HeldClock
from backend.simulator.timers import HeldTimers
from tests.backend.simulator.stage import Stage, StrictServer


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """A strict server on a free port and a held clock; any frame against its schema fails the test."""
    clock = HeldClock()
    server = StrictServer(clock)
    timers = HeldTimers(clock)
    async with serve(
        server.serve_one,
        "127.0.0.1",
        0,
        subprotocols=["ocpp1.6", "ocpp2.0.1", "ocpp2.1"],
        compression=None,
        ping_interval=None,
        close_timeout=0.2,
    ) as listening:
        port = listening.sockets[0].getsockname()[1]
        server.url = f"ws://127.0.0.1:{port}/ocpp"
        found = Stage(server, timers)
        timers.settle = found.settle
        yield found
        for station in found.stations:
            station.stop()
    assert server.wrong == []
