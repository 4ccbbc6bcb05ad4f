"""The stations of a storm, in a process of their own: all connect as fast as they are let in, boot, report and replay.

    python bench/storm_stations.py HOST PORT STATIONS REPLAY_EVERY FIRST_FILE

Each sends the next message when the last one is answered: BootNotification, four StatusNotifications, and every
REPLAY_EVERY-th station what it had queued: a StartTransaction, two MeterValues and a StopTransaction of the past. Says
`begin`, `green` when the last one is through, then JSON with `seconds`, `cpu_s`, `refused`, `errors` and `stopped`,
which are the sessions whose end was acknowledged; holds its sockets until a line comes in.
"""

from __future__ import annotations

import base64
import errno
import json
import os
import select
import socket
import sys
import time
from collections import deque

from messages import boot, call

UNDER_WAY = 1_000
"""Stations that are on their way in at a time: as many as the kernel's line at a door can hold for sure."""
SILENCE_S = 60.0
AGO_S = 7_200.0


def iso(at: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))


def tag(number: int, life: str) -> str:
    """A token that no other session has."""
    return f"ST{life}{number:06d}"


class Station:
    """One of them."""

    __slots__ = ("at", "buffer", "errors", "frames", "number", "open", "replays", "socket", "stopped", "transaction")

    def __init__(self, number: int, replays: bool) -> None:
        self.number = number
        self.replays = replays
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.open = False
        self.at = 0
        self.frames: list[bytes] = []
        self.errors = 0
        self.transaction = 0
        self.stopped = False

    def handshake(self) -> bytes:
        key = base64.b64encode(os.urandom(16)).decode()
        return (
            f"GET /ocpp/NKL-{self.number:05d} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ocpp1.6\r\n\r\n"
        ).encode()

    def script(self, life: str) -> None:
        """What it says after the handshake."""
        now = time.time()
        self.frames = [boot(self.number, "1.6")]
        for connector in range(4):
            status = {"connectorId": connector, "errorCode": "NoError", "status": "Available", "timestamp": iso(now)}
            self.frames.append(call(self.number, 1 + connector, "StatusNotification", status))
        if self.replays:
            began = {
                "connectorId": 1,
                "idTag": tag(self.number, life),
                "meterStart": 1000,
                "timestamp": iso(now - AGO_S),
            }
            self.frames.append(call(self.number, 10, "StartTransaction", began))

    def replay(self, transaction: int) -> None:
        """The rest of what was queued, now that the transaction has a number."""
        then = time.time() - AGO_S
        for n in (1, 2):
            value = {"value": str(1000 + 300 * n), "measurand": "Energy.Active.Import.Register", "unit": "Wh"}
            sampled = [{"timestamp": iso(then + 600 * n), "sampledValue": [value]}]
            payload = {"connectorId": 1, "transactionId": transaction, "meterValue": sampled}
            self.frames.append(call(self.number, 10 + n, "MeterValues", payload))
        ended = {"transactionId": transaction, "meterStop": 2000, "timestamp": iso(then + 1800), "reason": "Local"}
        self.frames.append(call(self.number, 13, "StopTransaction", ended))

    def received(self, data: bytes, life: str) -> bool:
        """What came; True: it is through."""
        self.buffer += data
        if not self.open:
            head, found, rest = self.buffer.partition(b"\r\n\r\n")
            if not found:
                return False
            if b" 101 " not in head:
                raise ConnectionError(head[:60])
            self.open, self.buffer = True, rest
            self.script(life)
            self.socket.send(self.frames[0])
        while len(self.buffer) >= 2:
            length, start = self.buffer[1] & 0x7F, 2
            if length == 126:
                length, start = int.from_bytes(self.buffer[2:4], "big"), 4
            if len(self.buffer) < start + length:
                break
            opcode, text = self.buffer[0] & 0x0F, self.buffer[start : start + length]
            self.buffer = self.buffer[start + length :]
            if opcode == 9:
                self.socket.send(b"\x8a\x80\0\0\0\0")
            elif opcode == 1 and text[1:2] == b"2":
                self.socket.send(frame_error(text))
            elif opcode == 1 and self.answered(text):
                return True
        return False

    def answered(self, text: bytes) -> bool:
        if text[1:2] == b"4":
            self.errors += 1
        elif self.replays and self.at == 5:
            self.replay(json.loads(text)[2]["transactionId"])
        self.at += 1
        if self.at < len(self.frames):
            self.socket.send(self.frames[self.at])
            return False
        self.stopped = self.replays and text[1:2] == b"3"
        return self.at == len(self.frames)


def frame_error(text: bytes) -> bytes:
    """What a small station answers to a call."""
    from messages import frame

    return frame(json.dumps([4, json.loads(text)[1], "NotSupported", "", {}]))


def main(host: str, port: int, count: int, every: int, life: str) -> None:
    coming = deque(range(count))
    poll = select.epoll()
    by_file: dict[int, Station] = {}
    green: list[Station] = []
    refused = 0
    under_way = 0
    heard = begin = time.perf_counter()
    cpu = time.process_time()
    print("begin", flush=True)
    while len(green) < count:
        while coming and under_way < UNDER_WAY:
            number = coming.popleft()
            station = Station(number, every > 0 and number % every == 0)
            if station.socket.connect_ex((host, port)) not in (0, errno.EINPROGRESS):
                refused += 1
                station.socket.close()
                coming.append(number)
                break
            by_file[station.socket.fileno()] = station
            poll.register(station.socket, select.EPOLLOUT)
            under_way += 1
        for file, event in poll.poll(1.0):
            heard = time.perf_counter()
            station = by_file[file]
            try:
                if event & select.EPOLLOUT and not station.open:
                    station.socket.send(station.handshake())
                    poll.modify(file, select.EPOLLIN)
                    continue
                data = station.socket.recv(65_536)
                if not data:
                    raise ConnectionError("closed")
                if station.received(data, life):
                    green.append(station)
                    under_way -= 1
            except OSError:
                refused += 1
                under_way -= 1
                poll.unregister(file)
                del by_file[file]
                station.socket.close()
                coming.append(station.number)
        if time.perf_counter() - heard > SILENCE_S:
            sys.exit(f"nothing heard for {SILENCE_S:g} s, {count - len(green)} stations are not through")
    took = time.perf_counter() - begin
    print("green", flush=True)
    result = {
        "seconds": took,
        "cpu_s": time.process_time() - cpu,
        "refused": refused,
        "errors": sum(station.errors for station in green),
        "messages": sum(len(station.frames) for station in green),
        "stopped": [tag(station.number, life) for station in green if station.stopped],
    }
    print(json.dumps(result), flush=True)
    while not select.select([sys.stdin], [], [], 0)[0]:
        for file, _ in poll.poll(0.2):
            station = by_file[file]
            data = station.socket.recv(65_536)
            if not data:
                poll.unregister(file)
                continue
            station.at = len(station.frames) + 1
            station.received(data, life)


if __name__ == "__main__":
    host, port, count, every, life = sys.argv[1:]
    main(host, int(port), int(count), int(every), life)
