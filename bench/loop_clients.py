"""Who asks the server of `loop.py`, and a station that reports to it and is called: processes of their own.

loop_clients.py ask SERVER WHAT FILE     waits for a line, asks for one thing, prints how many bytes came
loop_clients.py watch SERVER OCPP        reports and calls until a line comes, prints the latencies in milliseconds
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from websockets.asyncio.client import unix_connect

from backend.client.address import parse_address
from backend.client.client import Client

STATION = "NKL-00000"
PATHS = {
    "station list": "/v1/stations?limit=0",
    "outlet list": "/v1/outlets?limit=0",
    "outlet filter": "/v1/outlets?limit=0&filter=label%3A059999",
    "station filter": "/v1/stations?limit=0&filter=link%3Aoffline",
    "token list": "/v1/tokens?limit=0",
    "token filter": "/v1/tokens?limit=0&filter=label%3A199999",
    "session list": "/v1/sessions?limit=0",
    "session filter": "/v1/sessions?limit=0&filter=station%3ANKL-1999",
    "alarm list": "/v1/alarms?limit=0",
    "uptime 12 months": "/v1/uptime?from=-365d&by=outlet",
    "uptime 12 months, formula cec": "/v1/uptime?from=-365d&by=site&formula=cec",
    "uptime 30 days, days": "/v1/uptime?days=true",
    "import": "/v1/import",
}
CONSOLES = {"snapshot": 1, "20 snapshots": 20}


async def ask(server: str, what: str, file: str) -> int:
    """Ask for one thing, in bytes: reading them is not the server's business."""
    if " + " in what:
        return sum(await asyncio.gather(*(ask(server, one, file) for one in what.split(" + "))))
    if what in CONSOLES:
        return sum(await asyncio.gather(*(snapshot(server) for _ in range(CONSOLES[what]))))
    path = PATHS[what]
    address = parse_address(server)
    assert address.path is not None
    reader, writer = await asyncio.open_unix_connection(address.path)
    body = Path(file).read_bytes() if what == "import" else b""
    method = "POST" if what == "import" else "GET"
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    total, status = 0, b""
    while data := await reader.read(1 << 18):
        status = status or data.partition(b"\r\n")[0]
        total += len(data)
    assert b"200" in status, status
    return total


async def snapshot(server: str) -> int:
    """Read one snapshot."""
    address = parse_address(server)
    total = 0
    async with unix_connect(address.path, "ws://x/v1/feed", max_size=64 << 20, compression=None) as socket:
        async for message in socket:
            total += len(message)
            if not str(message[:20]).startswith('{"kind":"snapshot"'):
                return total
    return total


class Charger(asyncio.Protocol):
    """One station that reports, and notes when a call of ours reaches it."""

    def __init__(self, name: str) -> None:
        self.opened, self.called = asyncio.Event(), asyncio.Event()
        self.answered: dict[str, asyncio.Event] = {}
        self._name = name
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(  # type: ignore[attr-defined]
            f"GET /ocpp/{self._name} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ocpp1.6\r\n\r\n".encode()
        )

    def send(self, message: list[Any]) -> None:
        data = json.dumps(message).encode()
        size = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + len(data).to_bytes(2, "big")
        self.transport.write(b"\x81" + size + bytes(4) + data)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self.opened.is_set():
            head, found, rest = self._buffer.partition(b"\r\n\r\n")
            if not found:
                return
            assert b"101" in head, head
            self._buffer = rest
            self.opened.set()
        while len(self._buffer) >= 2:
            size, at = self._buffer[1] & 0x7F, 2
            if size == 126:
                size, at = int.from_bytes(self._buffer[2:4], "big"), 4
            if len(self._buffer) < at + size:
                return
            kind, body = self._buffer[0] & 0x0F, self._buffer[at : at + size]
            self._buffer = self._buffer[at + size :]
            if kind == 9:
                self.transport.write(b"\x8a" + bytes([0x80 | size]) + bytes(4) + body)
            elif kind == 1:
                self._message(json.loads(body))

    def _message(self, message: list[Any]) -> None:
        if message[0] == 2:
            self.called.set()
            self.send([3, message[1], {"status": "Accepted"}])
        elif message[1] in self.answered:
            self.answered.pop(message[1]).set()


async def watch(server: str, ocpp: str) -> None:
    """Report and call until told to stop; print latencies in milliseconds."""
    host, _, port = ocpp.rpartition(":")
    _, charger = await asyncio.get_running_loop().create_connection(lambda: Charger(STATION), host, int(port))
    await charger.opened.wait()
    statuses: list[float] = []
    commands: list[float] = []
    number = 0

    async def say(action: str, payload: dict[str, Any]) -> float:
        nonlocal number
        number += 1
        done = charger.answered[str(number)] = asyncio.Event()
        begun = time.perf_counter()
        charger.send([2, str(number), action, payload])
        await asyncio.wait_for(done.wait(), 30)
        return (time.perf_counter() - begun) * 1e3

    async def report() -> None:
        while True:
            word = ("Available", "Preparing")[number % 2]
            statuses.append(await say("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": word}))
            await asyncio.sleep(0.01)

    async def command(client: Client) -> None:
        while True:
            charger.called.clear()
            begun = time.perf_counter()
            asked = asyncio.create_task(client.call(STATION, "TriggerMessage", {"requestedMessage": "Heartbeat"}))
            await asyncio.wait_for(charger.called.wait(), 30)
            commands.append((time.perf_counter() - begun) * 1e3)
            await asked
            await asyncio.sleep(0.05)

    await say("BootNotification", {"chargePointModel": "Duo", "chargePointVendor": "Nordvolt"})
    async with Client(server) as client:
        tasks = [asyncio.create_task(report()), asyncio.create_task(command(client))]
        line = asyncio.create_task(asyncio.to_thread(sys.stdin.readline))
        ended, _ = await asyncio.wait([*tasks, line], return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            if task in ended:
                task.result()
            task.cancel()
    print(json.dumps({"status": statuses, "command": commands}), flush=True)


def main() -> None:
    """Do what the command line says."""
    what, *arguments = sys.argv[1:]
    if what == "watch":
        asyncio.run(watch(*arguments))
    else:
        sys.stdin.readline()
        print(asyncio.run(ask(*arguments)))


if __name__ == "__main__":
    main()
