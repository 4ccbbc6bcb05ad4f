"""Stations that connect, sixteen at a time, boot and are silent; a process of its own.

    python bench/idle_stations.py HOST PORT FIRST COUNT plain|tls

Says `in` with the seconds of its own CPU when all are in, and holds them until its input ends.
"""

from __future__ import annotations

import socket
import ssl
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from messages import boot

AT_ONCE = 16
HANDSHAKE = (
    "GET /ocpp/B{number} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Protocol: ocpp1.6\r\n\r\n"
)


def come(number: int, host: str, port: int, tls: ssl.SSLContext | None) -> socket.socket:
    """One station that has booted."""
    made = socket.create_connection((host, port))
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if tls is not None:
        made = tls.wrap_socket(made)
    made.sendall(HANDSHAKE.format(number=number).encode())
    head = b""
    while b"\r\n\r\n" not in head:
        head += made.recv(4096)
    assert b" 101 " in head, head
    made.sendall(boot(number, "1.6"))
    assert made.recv(4096)
    return made


def main(host: str, port: int, first: int, count: int, tls: ssl.SSLContext | None) -> None:
    cpu, begun = time.process_time(), time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        held = list(pool.map(lambda number: come(number, host, port, tls), range(first, first + count)))
    print(f"in {time.process_time() - cpu:.3f} {time.perf_counter() - begun:.3f}", flush=True)
    sys.stdin.read()
    for station in held:
        station.close()


if __name__ == "__main__":
    host, port, first, count, how = sys.argv[1:]
    context = None
    if how == "tls":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    main(host, int(port), int(first), int(count), context)
