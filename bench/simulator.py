"""CPU of the virtual fleet: per message against stock `ocpp` clients, and beside the server at its goal.

    python bench/simulator.py [--stations 500] [--seconds 20]

First, Heartbeats from virtual stations and, as many, from clients of the `ocpp` package on the asyncio client of
`websockets` (the baseline `stock`), both under uvloop, against one tiny server: microseconds of client CPU per message,
and the ratio. Then the goal: 500 stations at one message a minute, a tenth of the outlets charging, beside
`noc serve`: the share of one core that both take.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import uvloop

ROOT = Path(__file__).parents[1]
EVERY_S = 1.0
WARM_S = 6.0


def cpu_of(pid: int) -> float:
    """User and system seconds of a process and its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def child(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A process that is ended with the block."""
    process = subprocess.Popen(
        [sys.executable, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(10)


# -- the parts that run as processes of their own ------------------------------------------------------------


async def tiny_server(count_file: str) -> None:
    """Answers every call with what a boot or a heartbeat needs; prints its port, keeps the count in a file."""
    from websockets.asyncio.server import ServerConnection, serve

    logging.disable(logging.CRITICAL)
    count = 0

    async def answer(socket: ServerConnection) -> None:
        async for text in socket:
            nonlocal count
            count += 1
            _, message_id, action, _ = json.loads(text)
            payload: dict[str, object] = {"currentTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
            if action == "BootNotification":
                payload |= {"status": "Accepted", "interval": 300}
            await socket.send(json.dumps([3, message_id, payload]))

    protocols = ["ocpp1.6", "ocpp2.0.1", "ocpp2.1"]
    async with serve(answer, "127.0.0.1", 0, subprotocols=protocols, compression=None) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        while True:
            Path(f"{count_file}.new").write_text(str(count))
            Path(f"{count_file}.new").replace(count_file)
            await asyncio.sleep(0.1)


async def virtual(url: str, stations: int) -> None:
    """Virtual stations, a Heartbeat each a second."""
    from msgspec.structs import replace

    from backend.simulator.fleet import VirtualFleet
    from backend.simulator.network import make_network
    from backend.simulator.scenarios import SCENARIOS
    from backend.simulator.timers import LoopTimers

    scenario = replace(SCENARIOS["steady"], charging=None, heartbeat_s=EVERY_S)
    VirtualFleet(url, make_network(stations), scenario, LoopTimers(), seed=1).start()
    print("up", flush=True)
    await asyncio.Event().wait()


async def stock(url: str, stations: int) -> None:
    """The same of the `ocpp` package: one ChargePoint each on `websockets`' asyncio client."""
    from ocpp import messages
    from ocpp.v16 import ChargePoint, call
    from websockets.asyncio.client import connect

    messages.ASYNC_VALIDATION = False
    logging.disable(logging.CRITICAL)

    async def one(number: int) -> None:
        async with connect(f"{url}/CP{number}", subprotocols=["ocpp1.6"], compression=None) as socket:
            point = ChargePoint(f"CP{number}", socket)
            reading = asyncio.ensure_future(point.start())
            while not reading.done():
                await point.call(call.Heartbeat(), skip_schema_validation=True)
                await asyncio.sleep(EVERY_S)

    print("up", flush=True)
    await asyncio.gather(*(one(number) for number in range(stations)))


# -- measuring -----------------------------------------------------------------------------------------------


def per_message(port: str, counts: Path, part: str, stations: int, seconds: float) -> float:
    """Microseconds of client CPU per message of one kind of client."""
    with child(
        "bench/simulator.py", "--part", part, "--url", f"ws://127.0.0.1:{port}", "--stations", str(stations)
    ) as one:
        assert one.stdout is not None
        one.stdout.readline()
        time.sleep(WARM_S + stations / 150.0)
        before, said = cpu_of(one.pid), int(counts.read_text())
        time.sleep(seconds)
        used, said = cpu_of(one.pid) - before, int(counts.read_text()) - said
    return used / said * 1e6


def beside_server(stations: int, seconds: float) -> tuple[float, float]:
    """Shares of one core of the simulator and of the server, at one message a minute."""
    with tempfile.TemporaryDirectory() as directory:
        api = f"unix:{directory}/api.sock"
        data = f"{directory}/data"
        serve = ("-m", "noc", "serve", "--data", data, "--ocpp", "127.0.0.1:0", "--api", api, "--accept-unknown")
        with child(*serve) as server:
            assert server.stdout is not None
            address = server.stdout.readline().split("ocpp=")[1].split()[0]
            more = ("--scenario", "steady", "--stations", str(stations))
            with child("-m", "noc", "simulate", "--to", f"ws://{address}/ocpp", *more) as fleet:
                time.sleep(WARM_S * 2 + stations / 150.0)
                before = cpu_of(fleet.pid), cpu_of(server.pid)
                time.sleep(seconds)
                after = cpu_of(fleet.pid), cpu_of(server.pid)
    return (after[0] - before[0]) / seconds, (after[1] - before[1]) / seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stations", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--part", choices=["server", "virtual", "stock"])
    parser.add_argument("--url", default="")
    chosen = parser.parse_args()
    if chosen.part is not None:
        part = virtual if chosen.part == "virtual" else stock
        uvloop.run(tiny_server(chosen.url) if chosen.part == "server" else part(chosen.url, chosen.stations))
        return
    with (
        tempfile.TemporaryDirectory() as directory,
        child("bench/simulator.py", "--part", "server", "--url", f"{directory}/count") as server,
    ):
        assert server.stdout is not None
        port, counts = server.stdout.readline().strip(), Path(directory) / "count"
        ours = per_message(port, counts, "virtual", chosen.stations, chosen.seconds)
        theirs = per_message(port, counts, "stock", chosen.stations, chosen.seconds)
    ratio = ours / theirs
    print(f"client CPU per Heartbeat: virtual {ours:.0f} us, stock {theirs:.0f} us: {ratio:.2f} of the baseline")
    fleet, house = beside_server(chosen.stations, chosen.seconds)
    print(
        f"{chosen.stations} stations, a message a minute, a tenth charging: simulator {fleet:.1%} of a core, "
        f"server {house:.1%}, together {fleet + house:.1%} (goal: below 100 %)"
    )


if __name__ == "__main__":
    main()
