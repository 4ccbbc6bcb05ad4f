"""The baselines: the stock `ocpp` package's central system on `websockets`, and a bare echo. Prints its port."""

from __future__ import annotations

import asyncio
import logging
import sys
from datetime import UTC, datetime
from typing import Any

from ocpp.routing import on
from ocpp.v16 import ChargePoint as ChargePoint16
from ocpp.v16 import call_result as result16
from ocpp.v201 import ChargePoint as ChargePoint201
from ocpp.v201 import call_result as result201
from websockets.asyncio.server import ServerConnection, serve

logging.disable(logging.CRITICAL)


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Plain16(ChargePoint16):
    @on("BootNotification")
    def boot(self, **_: Any) -> Any:
        return result16.BootNotification(current_time=now(), interval=300, status="Accepted")

    @on("Heartbeat")
    def heartbeat(self) -> Any:
        return result16.Heartbeat(current_time=now())

    @on("StatusNotification")
    def status(self, **_: Any) -> Any:
        return result16.StatusNotification()

    @on("MeterValues")
    def meter(self, **_: Any) -> Any:
        return result16.MeterValues()


class Plain201(ChargePoint201):
    @on("BootNotification")
    def boot(self, **_: Any) -> Any:
        return result201.BootNotification(current_time=now(), interval=300, status="Accepted")

    @on("TransactionEvent")
    def event(self, **_: Any) -> Any:
        return result201.TransactionEvent()


async def stock(socket: ServerConnection) -> None:
    identity = (socket.request.path if socket.request else "/x").rpartition("/")[2]
    kind = Plain201 if socket.subprotocol == "ocpp2.0.1" else Plain16
    await kind(identity, socket).start()


async def echo(socket: ServerConnection) -> None:
    async for text in socket:
        assert isinstance(text, str)
        await socket.send('[3,"' + text.split('"', 2)[1] + '",{}]')


async def main(which: str) -> None:
    handler = echo if which == "echo" else stock
    server = await serve(
        handler, "127.0.0.1", 0, subprotocols=["ocpp1.6", "ocpp2.0.1"], compression=None, ping_interval=None
    )
    print(f"ready {server.sockets[0].getsockname()[1]}", flush=True)
    await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
