"""A load of OCPP 1.6 or 2.0.1 messages from its own process: raw WebSocket frames, made before they are sent.

Run by the benchmarks; its last line is JSON: `seconds`, `cpu_s`, `messages`, `errors`. Each reply is awaited before the
next message of a connection goes out.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import struct
import sys
import time

BATCH = 200
REST_S = 0.3
"""Between `begin` and the first message: whoever measures has read the server's clock by then."""


def frame(text: str) -> bytes:
    """A masked client frame with a zero mask: the receiver unmasks all the same."""
    data = text.encode()
    if len(data) < 126:
        return struct.pack("!BB4x", 0x81, 0x80 | len(data)) + data
    return struct.pack("!BBH4x", 0x81, 0x80 | 126, len(data)) + data


def messages(kind: str, number: int, count: int) -> list[bytes]:
    """`count` frames of one station; ids differ, states and meters change."""
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    made = []
    for n in range(count):
        if kind == "Heartbeat":
            payload: dict[str, object] = {}
        elif kind == "StatusNotification":
            word = ("Available", "Preparing", "Finishing")[n % 3]
            payload = {"connectorId": 1, "errorCode": "NoError", "status": word, "timestamp": at}
        elif kind == "MeterValues":
            values = [("Energy.Active.Import.Register", 1000 + n), ("Power.Active.Import", 7000)]
            values += [("Current.Import", 10), ("Voltage", 230), ("Current.Offered", 16), ("SoC", 50)]
            sampled = [{"value": str(value), "measurand": name, "context": "Sample.Periodic"} for name, value in values]
            payload = {"connectorId": 1, "meterValue": [{"timestamp": at, "sampledValue": sampled}]}
        elif kind == "Invalid":
            payload = {"connectorId": {"odd": n}, "errorCode": [1], "timestamp": at}
            kind_ = "StatusNotification"
            made.append(frame(json.dumps([2, f"{number}-{n}", kind_, payload], separators=(",", ":"))))
            continue
        else:
            sample = [{"value": 1000 + n}, {"value": 7000, "measurand": "Power.Active.Import"}]
            sample += [{"value": 230, "measurand": "Voltage"}, {"value": 50, "measurand": "SoC"}]
            payload = {
                "eventType": "Started" if n == 0 else "Updated",
                "timestamp": at,
                "triggerReason": "MeterValuePeriodic",
                "seqNo": n,
                "transactionInfo": {"transactionId": f"T{number}", "chargingState": "Charging"},
                "evse": {"id": 1, "connectorId": 1},
                "meterValue": [{"timestamp": at, "sampledValue": sample}],
            }
        made.append(frame(json.dumps([2, f"{number}-{n}", kind, payload], separators=(",", ":"))))
    return made


class Station(asyncio.Protocol):
    """One connection that sends its frames one by one."""

    def __init__(self, number: int, version: str, boot: bytes, frames: list[bytes]) -> None:
        self.handshake = (
            f"GET /ocpp/B{number} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Protocol: ocpp{version}\r\n\r\n"
        ).encode()
        self.boot = boot
        self.frames = frames
        self.at = -1
        self.errors = 0
        self.open = False
        self.buffer = b""
        self.ready = asyncio.get_running_loop().create_future()
        self.go = False
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        transport.write(self.handshake)

    def begin(self) -> None:
        self.go = True
        self.at = 0
        self.transport.write(self.frames[0])

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.open:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            assert b" 101 " in self.buffer[:end], self.buffer[:200]
            self.buffer = self.buffer[end + 4 :]
            self.open = True
            self.transport.write(self.boot)
        while len(self.buffer) >= 2:
            length, head = self.buffer[1] & 0x7F, 2
            if length == 126:
                if len(self.buffer) < 4:
                    return
                length, head = struct.unpack("!H", self.buffer[2:4])[0], 4
            if len(self.buffer) < head + length:
                return
            text = self.buffer[head : head + length]
            opcode = self.buffer[0] & 0x0F
            self.buffer = self.buffer[head + length :]
            if opcode == 1:
                self.answered(text)

    def answered(self, text: bytes) -> None:
        if text.startswith(b"[2"):
            return
        if not self.go:
            if not self.ready.done():
                self.ready.set_result(None)
            return
        if text.startswith(b"[4"):
            self.errors += 1
        self.at += 1
        if self.at < len(self.frames):
            self.transport.write(self.frames[self.at])
        elif not self.done.done():
            self.done.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        for waiting in (self.ready, self.done):
            if not waiting.done():
                waiting.set_exception(ConnectionError("the server closed the connection"))


async def main(host: str, port: int, kind: str, stations: int, count: int, version: str) -> None:
    loop = asyncio.get_running_loop()
    if version == "1.6":
        boot = {"chargePointVendor": "Bench", "chargePointModel": "B1"}
    else:
        boot = {"reason": "PowerUp", "chargingStation": {"vendorName": "Bench", "model": "B2"}}
    first = frame(json.dumps([2, "boot", "BootNotification", boot]))
    made = [Station(n, version, first, messages(kind, n, count)) for n in range(stations)]
    for start in range(0, stations, BATCH):
        part = made[start : start + BATCH]
        await asyncio.gather(*(loop.create_connection(lambda s=s: s, host, port) for s in part))
        await asyncio.gather(*(station.ready for station in part))
    print("begin", flush=True)
    await asyncio.sleep(REST_S)
    begin, cpu = time.perf_counter(), time.process_time()
    for station in made:
        station.begin()
    await asyncio.gather(*(station.done for station in made))
    print("end", flush=True)
    result = {
        "seconds": time.perf_counter() - begin,
        "cpu_s": time.process_time() - cpu,
        "messages": stations * count,
        "errors": sum(station.errors for station in made),
    }
    print(json.dumps(result), flush=True)


if __name__ == "__main__":
    host, port, kind, stations, count, version = sys.argv[1:]
    try:
        import uvloop

        runner = uvloop.run
    except ImportError:
        runner = asyncio.run
    runner(main(host, int(port), kind, int(stations), int(count), version))
