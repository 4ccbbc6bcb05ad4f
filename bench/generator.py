"""Stations in a process of their own: each has one message in flight, and sends the next as soon as it is answered.

    python bench/generator.py HOST PORT KIND STATIONS COUNT VERSION

Plain sockets and epoll, one message at a time: what an answer sets free goes out at once and not in waves, so that no
server gets its messages in larger portions than its own answers make. Prints `begin` when all are connected and have
booted, `end` after the last answer, then JSON: `seconds`, `cpu_s`, `messages`, `errors`, `results`.
"""

from __future__ import annotations

import base64
import json
import os
import select
import socket
import sys
import time

from messages import boot, frame, messages, start

REST_S = 0.3
"""Between `begin` and the first message: whoever measures has read the server's clock by then."""
SILENCE_S = 20.0
STEP_S = 0.0005
"""Between the first messages of two stations."""


class Station:
    """One connection."""

    def __init__(self, number: int, host: str, port: int, version: str) -> None:
        self.number = number
        self.socket = socket.create_connection((host, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.frames: list[bytes] = []
        self.at = 0
        self.errors = 0
        self.results = 0
        self.socket.sendall(
            f"GET /ocpp/B{number} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Protocol: ocpp{version}\r\n\r\n".encode()
        )
        while b"\r\n\r\n" not in self.buffer:
            self.buffer += self.socket.recv(65536)
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        assert b" 101 " in head, head

    def ask(self, message: bytes) -> bytes:
        """Send a message and wait for its answer."""
        self.socket.sendall(message)
        while True:
            for text in self.texts(self.socket.recv(65536)):
                if text.startswith((b"[3", b"[4")):
                    return text

    def texts(self, data: bytes) -> list[bytes]:
        """The messages that are whole with this; a call of the server is refused, as a small station does."""
        self.buffer += data
        found = []
        while len(self.buffer) >= 2:
            length, head = self.buffer[1] & 0x7F, 2
            if length == 126:
                length, head = int.from_bytes(self.buffer[2:4], "big"), 4
            if len(self.buffer) < head + length:
                break
            opcode, text = self.buffer[0] & 0x0F, self.buffer[head : head + length]
            self.buffer = self.buffer[head + length :]
            if opcode == 1 and text.startswith(b"[2"):
                answer = json.dumps([4, json.loads(text)[1], "NotSupported", "", {}])
                self.socket.sendall(frame(answer))
            elif opcode == 1:
                found.append(text)
        return found

    def received(self, data: bytes) -> bool:
        """Count answers and send what comes next; True: this station is done."""
        for text in self.texts(data):
            if text.startswith(b"[4"):
                self.errors += 1
            else:
                self.results += 1
            self.at += 1
            if self.at < len(self.frames):
                self.socket.send(self.frames[self.at])
        return self.at >= len(self.frames)


def come(number: int, host: str, port: int, kind: str, count: int, version: str) -> Station:
    """A station that has booted and has what it will send; for readings of a session it has begun one."""
    station = Station(number, host, port, version)
    station.ask(boot(number, version))
    transaction = 0
    if kind == "MeterValues":
        transaction = json.loads(station.ask(start(number)))[2]["transactionId"]
    station.frames = messages(kind, number, count, transaction)
    return station


def main(host: str, port: int, kind: str, stations: int, count: int, version: str) -> None:
    made = [come(number, host, port, kind, count, version) for number in range(1, stations + 1)]
    poll = select.epoll()
    by_file = {station.socket.fileno(): station for station in made}
    print("begin", flush=True)
    time.sleep(REST_S)
    begin, cpu = time.perf_counter(), time.process_time()
    waiting = list(made)
    while by_file:
        if waiting:
            station = waiting.pop()
            poll.register(station.socket, select.EPOLLIN)
            station.socket.send(station.frames[0])
        ready = poll.poll(STEP_S if waiting else SILENCE_S)
        if not ready and not waiting:
            sys.exit(f"no answer for {SILENCE_S:g} s, {len(by_file)} stations wait")
        for file, _ in ready:
            station = by_file[file]
            if station.received(station.socket.recv(65536)):
                poll.unregister(file)
                del by_file[file]
    result = {
        "seconds": time.perf_counter() - begin,
        "cpu_s": time.process_time() - cpu,
        "messages": stations * count,
        "errors": sum(station.errors for station in made),
        "results": sum(station.results for station in made),
    }
    print("end", flush=True)
    print(json.dumps(result), flush=True)


if __name__ == "__main__":
    host, port, kind, stations, count, version = sys.argv[1:]
    main(host, int(port), kind, int(stations), int(count), version)
