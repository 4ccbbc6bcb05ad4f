"""The baselines: the stock `ocpp` package's central system on `websockets`, without a store (`stock`) or with one row
per StatusNotification by sqlite-utils in a WAL database (`stored`), and a bare echo (`echo`). Prints its port.

    python bench/plain.py stock|stored|echo [FOLDER]
"""

from __future__ import annotations

import asyncio
import logging
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ocpp.routing import on
from ocpp.v16 import ChargePoint as ChargePoint16
from ocpp.v16 import call_result as result16
from ocpp.v201 import ChargePoint as ChargePoint201
from ocpp.v201 import call_result as result201
from sqlite_utils import Database
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

    @on("StartTransaction")
    def start_transaction(self, **_: Any) -> Any:
        return result16.StartTransaction(transaction_id=1, id_tag_info={"status": "Accepted"})

    @on("StopTransaction")
    def stop_transaction(self, **_: Any) -> Any:
        return result16.StopTransaction()


class Stored16(Plain16):
    """One committed row per message before it is answered."""

    db: Database

    @on("StatusNotification")
    def status(self, **said: Any) -> Any:
        self.db["status"].insert({"station": self.id, **said})
        return result16.StatusNotification()


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


async def stored(socket: ServerConnection) -> None:
    await Stored16((socket.request.path if socket.request else "/x").rpartition("/")[2], socket).start()


async def echo(socket: ServerConnection) -> None:
    async for text in socket:
        assert isinstance(text, str)
        await socket.send('[3,"' + text.split('"', 2)[1] + '",{}]')


async def main(which: str, folder: str) -> None:
    handler = {"stock": stock, "stored": stored, "echo": echo}[which]
    if which == "stored":
        Stored16.db = Database(Path(folder) / "plain.db")
        Stored16.db.enable_wal()
    server = await serve(
        handler, "127.0.0.1", 0, subprotocols=["ocpp1.6", "ocpp2.0.1"], compression=None, ping_interval=None
    )
    print(f"ready {server.sockets[0].getsockname()[1]}", flush=True)
    await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "."))
