"""What an idle station costs, and its way in: memory and server CPU per connection, with and without TLS.

    python bench/connections.py [--stations 2000] [--rounds 3] [--only plain,tls]

A station connects, boots and is silent. Memory is the growth of the server's resident set over its rest state with a
few stations; CPU is user and system time of the server from the first connect to the last boot's answer. Medians of
alternating runs; the server has the first core, the stations (`idle_stations.py`) the second. Without TLS the baseline
is the stock `ocpp` package's central system, with TLS a bare `websockets` server on asyncio. Certificates are P-256.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import resource
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hot_path import ROOT, command, cpu_of, on_core

WARM = 50
"""Stations that come first: what is made once is not counted."""
LEFT_FREE = 300
SETTLE_S = 2.0
KEY, CERTIFICATE = "key.pem", "certificate.pem"


class Run(NamedTuple):
    """What one run showed, per station."""

    kib: float
    cpu_ms: float


class Target(NamedTuple):
    """A server against its baseline."""

    what: str
    server: str
    baseline: str
    must: float
    aim: float


TARGETS = {
    "plain": Target("10 without TLS", "noc", "stock", 1.0, 0.5),
    "tls": Target("11 with TLS", "noc-tls", "echo-tls", 0.25, 0.12),
}


def make_certificate(folder: Path) -> None:
    """A key and a certificate of its own, P-256."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(1))
    (folder / CERTIFICATE).write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    (folder / KEY).write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def tls_context(folder: Path) -> ssl.SSLContext:
    """For a server, with the certificate in `folder`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / CERTIFICATE, folder / KEY)
    return context


async def serve_tls(folder: Path) -> None:
    """The whole server, with a door of its own for TLS."""
    from backend.gateway.door import Door
    from backend.gateway.station_socket import StationSocket
    from backend.model.settings import ApiSettings, OcppSettings, Settings, StoreSettings
    from backend.server import Server

    settings = Settings(
        ocpp=OcppSettings(host="127.0.0.1", port=0, accept_unknown=True),
        store=StoreSettings(data=folder),
        api=ApiSettings(listen=f"unix:{folder}/api.sock"),
    )
    server = Server(settings)
    await server.start()
    door = Door(lambda: StationSocket(server.house.gateway), tls_context(folder))
    await door.open("127.0.0.1", 0)
    print(f"ready ocpp={door.address}", flush=True)
    await asyncio.get_running_loop().create_future()


async def serve_echo(folder: Path) -> None:
    """A bare `websockets` server with TLS that answers every message."""
    from websockets.asyncio.server import ServerConnection, serve
    from websockets.exceptions import ConnectionClosed

    async def answer(socket: ServerConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for text in socket:
                await socket.send(text)

    server = await serve(
        answer, "127.0.0.1", 0, ssl=tls_context(folder), subprotocols=["ocpp1.6"], compression=None, ping_interval=None
    )
    print(f"ready {server.sockets[0].getsockname()[1]}", flush=True)
    await asyncio.get_running_loop().create_future()


def resident_kib(pid: int) -> int:
    """Resident memory of a process, in KiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])


def stations(port: str, first: int, count: int, how: str) -> subprocess.Popen[str]:
    """`count` stations that are in."""
    words = [sys.executable, "bench/idle_stations.py", "127.0.0.1", port, str(first), str(count), how]
    made = subprocess.Popen(on_core(1, words), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert made.stdout is not None
    assert made.stdout.readline().startswith("in")
    return made


def measure(server: str, count: int) -> Run:
    """One server, from its start to its end."""
    with tempfile.TemporaryDirectory() as folder:
        make_certificate(Path(folder))
        how = "tls" if server.endswith("tls") else "plain"
        words = [sys.executable, __file__, "--serve", server, folder] if how == "tls" else command(server, folder)
        process = subprocess.Popen(on_core(0, words), stdout=subprocess.PIPE, text=True, cwd=ROOT)
        assert process.stdout is not None
        line = process.stdout.readline()
        port = line.split("ocpp=")[1].split()[0].rpartition(":")[2] if "ocpp=" in line else line.split()[1]
        held = [stations(port, 0, WARM, how)]
        try:
            time.sleep(SETTLE_S)
            memory, cpu = resident_kib(process.pid), cpu_of(process.pid)
            held.append(stations(port, WARM, count, how))
            used = cpu_of(process.pid) - cpu
            time.sleep(SETTLE_S)
            return Run((resident_kib(process.pid) - memory) / count, used / count * 1e3)
        finally:
            for one in [*held, process]:
                one.kill()
                one.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stations", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="plain,tls")
    parser.add_argument("--serve", nargs=2, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.serve:
        from noc.serving import new_loop

        server, folder = chosen.serve
        loop = new_loop() if server == "noc-tls" else None
        with asyncio.Runner(loop_factory=loop) as runner:
            runner.run((serve_tls if server == "noc-tls" else serve_echo)(Path(folder)))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = chosen.stations + WARM + LEFT_FREE
    if hard != resource.RLIM_INFINITY and wanted > hard:
        sys.exit(f"{chosen.stations} stations need {wanted} open files; at most {hard} are allowed here (ulimit -Hn)")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    print(f"{chosen.stations} stations{'':25}{'noc':>9}{'baseline':>10}{'ratio':>8}   must    aim")
    for name in chosen.only.split(","):
        target = TARGETS[name]
        runs: dict[str, list[Run]] = {target.server: [], target.baseline: []}
        for _ in range(chosen.rounds):
            for server, found in runs.items():
                found.append(measure(server, chosen.stations))
        ours, theirs = ([statistics.median(column) for column in zip(*runs[s], strict=True)] for s in runs)
        print(
            f"{target.what + ', KiB per idle station':36}{ours[0]:9.1f}{theirs[0]:10.1f}{ours[0] / theirs[0]:8.2f}"
            f"{target.must:7g}{target.aim:7g}"
        )
        print(
            f"{'   connects per server CPU second':36}{1e3 / ours[1]:9.0f}{1e3 / theirs[1]:10.0f}"
            f"{theirs[1] / ours[1]:8.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
