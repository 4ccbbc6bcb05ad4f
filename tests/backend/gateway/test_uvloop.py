"""The same under uvloop, the loop that the server runs on."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from websockets.asyncio.client import connect

from backend.gateway import Gateway
from backend.model.clock import HeldClock
from backend.model.settings import OcppSettings

uvloop = pytest.importorskip("uvloop", reason="uvloop is not installed here")


def test_a_station_on_uvloop(admits: Any, request: pytest.FixtureRequest) -> None:
    """Handshake, fragments, a large message in slices, a flood, our calls, replacement and stop."""

    async def live() -> None:
        takes = request.getfixturevalue("make_recorder")()
        clock = HeldClock()
        gateway = Gateway(clock, OcppSettings(host="127.0.0.1", port=0), admits, takes)
        await gateway.start()
        url = f"ws://{gateway.address}/ocpp/CP1"
        async with asyncio.timeout(20), connect(url, subprotocols=["ocpp1.6"], max_size=None) as station:  # type: ignore[list-item]
            await station.send(iter(['[2,"1","Heart', 'beat",{}]']))
            assert json.loads(await station.recv())[:2] == [3, "1"]
            await station.send(json.dumps([2, "2", "DataTransfer", {"vendorId": "v", "data": "x" * 900_000}]))
            assert json.loads(await station.recv())[:2] == [3, "2"]
            for number in range(3_000):
                await station.send(f'[2,"{number}","Heartbeat",{{}}]')
            for number in range(3_000):
                assert json.loads(await station.recv())[1] == str(number)
                clock.advance(0.01)
                gateway.tick(0.0)
            outcomes: list[Any] = []
            gateway.call("CP1", "Reset", {"type": "Soft"}, deadline_s=5, done=outcomes.append)
            call = json.loads(await station.recv())
            await station.send(json.dumps([3, call[1], {"status": "Accepted"}]))
            await takes.until(lambda: outcomes)
            async with connect(url, subprotocols=["ocpp1.6"]) as other:  # type: ignore[list-item]
                await station.wait_closed()
                assert station.close_code == 1000
                await other.send('[2,"1","Heartbeat",{}]')
                await other.recv()
                await gateway.stop()
                await other.wait_closed()
                assert other.close_code == 1001

    uvloop.run(live())
