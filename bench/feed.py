"""What the live feed costs the server: 1,000 changes a second to 20 consoles, against JSON per console and change.

    python bench/feed.py [--consoles 20] [--changes 1000] [--seconds 4] [--runs 3]

Both are served by the same process over WebSockets on a Unix socket, with the same protocol; the consoles are another
process that reads bytes. `plain` builds, encodes and sends each changed outlet for each console by itself. CPU of the
server process, less what it takes when the same outlets change and nobody is told; runs alternate, medians count.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import uvicorn
from litestar import Litestar, WebSocket, websocket

sys.path.insert(0, str(Path(__file__).parents[1]))

from backend.api import outlet_view
from backend.api.house import House
from backend.api.peers import SocketProtocol
from backend.model.change import ConnectorChanged
from backend.model.clock import SystemClock
from backend.model.register import OutletEntry, StationEntry
from backend.model.settings import ApiSettings, OcppSettings, Settings, StoreSettings
from backend.model.station import Connector, Station
from backend.model.words import Activity, Admission
from backend.server import Server
from backend.store import Store
from noc.serving import new_loop

STATIONS = 2_000
MUST, AIM = 10, 30
STEP_S = 0.02


def network() -> Iterator[StationEntry | OutletEntry | Station]:
    """Two outlets a station."""
    for n in range(STATIONS):
        name = f"NKL-{n:05d}"
        yield StationEntry(id=name, admission=Admission.ACCEPTED, added=1.7e9)
        live = Station(id=name, model="Duo 22", vendor="Nordvolt")
        for evse in (1, 2):
            yield OutletEntry(station=name, evse=evse, label=f"{2 * n + evse:05d}", place="plan 2")
            live.connectors[evse, 1] = Connector(evse=evse, connector=1, status="Charging", activity=Activity.CHARGING)
        yield live


class Plain:
    """JSON per console and change."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.queues: set[asyncio.Queue[tuple[str, int]]] = set()

    def app(self) -> Litestar:
        """One route."""
        encode = msgspec.json.Encoder().encode

        @websocket("/plain")
        async def plain(socket: WebSocket[Any, Any, Any]) -> None:
            await socket.accept()
            queue: asyncio.Queue[tuple[str, int]] = asyncio.Queue()
            self.queues.add(queue)
            with contextlib.suppress(asyncio.CancelledError):
                while True:
                    name, evse = await queue.get()
                    live = self._house.views.live(name)
                    assert live is not None
                    await socket.send_text(encode(outlet_view.outlet(self._house, live, evse)).decode())

        return Litestar([plain], openapi_config=None)


async def read(path: str, url: str, consoles: int) -> None:
    """So many consoles that read for ever."""
    from websockets.asyncio.client import unix_connect

    async def one() -> None:
        async with unix_connect(path, url, max_size=64 << 20, compression=None, ping_interval=None) as socket:
            async for _ in socket:
                pass

    await asyncio.gather(*(one() for _ in range(consoles)))


class Bench:
    """One server, two ways to tell."""

    def __init__(self, server: Server, plain: Plain, chosen: argparse.Namespace) -> None:
        self.house, self.plain, self.chosen = server.house, plain, chosen
        self.dice = random.Random(1)

    async def cpu(self, way: str, changes: int) -> float:
        """CPU seconds for `changes` a second, for the time that was chosen."""
        names = list(self.house.feed.known)
        begun, cpu = time.perf_counter(), time.process_time()
        made = 0
        while (passed := time.perf_counter() - begun) < self.chosen.seconds:
            for _ in range(max(0, int(passed * changes) - made)):
                made += 1
                self.change(way, self.dice.choice(names), self.dice.randrange(1, 3))
            await asyncio.sleep(STEP_S)
        await asyncio.sleep(0.3)
        return time.process_time() - cpu

    async def connected(self, way: str) -> None:
        """Until all consoles are there and have their snapshot."""
        readers, queues = self.house.feed.readers, self.plain.queues
        while len(queues if way == "plain" else readers) < self.chosen.consoles or any(r.behind for r in readers):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
        await asyncio.sleep(1)

    def change(self, way: str, name: str, evse: int) -> None:
        """One outlet has another power."""
        live = self.house.views.live(name)
        assert live is not None
        connector = live.connectors[evse, 1]
        connector.power_w = self.dice.uniform(1_000, 22_000)
        if way == "nobody":
            return
        if way == "plain":
            for queue in self.plain.queues:
                queue.put_nowait((name, evse))
            return
        was, now = connector.activity, self.house.clock.now()
        change = ConnectorChanged(station=live, connector=connector, before=was, after=was, at=now, measured=True)
        for listener in self.house.intake.listeners:
            listener(None, [change])


async def serve(directory: Path, chosen: argparse.Namespace) -> None:
    settings = Settings(
        ocpp=OcppSettings(host="127.0.0.1", port=0),
        store=StoreSettings(data=directory),
        api=ApiSettings(listen=f"unix:{directory / 'api.sock'}"),
    )
    server = Server(settings, SystemClock())
    await server.start()
    plain = Plain(server.house)
    config = uvicorn.Config(
        plain.app(), uds=str(directory / "plain.sock"), ws=SocketProtocol, log_config=None, lifespan="off",
        ws_per_message_deflate=False, timeout_graceful_shutdown=1,
    )  # fmt: skip
    other = uvicorn.Server(config)
    other.install_signal_handlers = lambda: None  # type: ignore[attr-defined,method-assign]
    running = asyncio.create_task(other.serve())
    await asyncio.sleep(1.5)
    bench = Bench(server, plain, chosen)
    figures: dict[str, list[float]] = {"plain": [], "feed": []}
    for _ in range(chosen.runs):
        for way, url in (("plain", "ws://x/plain"), ("feed", "ws://x/v1/feed")):
            path = directory / ("plain.sock" if way == "plain" else "api.sock")
            readers = await asyncio.create_subprocess_exec(
                sys.executable, __file__, "--read", str(path), url, "--consoles", str(chosen.consoles)
            )
            await bench.connected(way)
            idle = await bench.cpu("nobody", chosen.changes)
            busy = await bench.cpu(way, chosen.changes)
            figures[way].append((busy - idle) / chosen.seconds)
            readers.kill()
            await readers.wait()
            plain.queues.clear()
    other.should_exit = True
    await running
    await server.stop()
    plain_s, feed_s = (statistics.median(figures[way]) for way in ("plain", "feed"))
    print(f"{chosen.changes:,} changes a second to {chosen.consoles} consoles, CPU of the server in a second:")
    print(f"  JSON per console and change {plain_s * 1e3:7.1f} ms")
    print(
        f"  the feed                    {feed_s * 1e3:7.1f} ms, {plain_s / feed_s:.1f}x cheaper, must {MUST}, aim {AIM}"
    )


def main() -> None:
    """Fill a store, serve it, measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--consoles", type=int, default=20)
    parser.add_argument("--changes", type=int, default=1_000)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--read", nargs=2, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.read:
        asyncio.run(read(*chosen.read, chosen.consoles))
        return
    with tempfile.TemporaryDirectory() as name:
        store = Store(StoreSettings(data=Path(name)))
        store.open()
        store.insert_all(network())
        store.close()
        with asyncio.Runner(loop_factory=new_loop()) as runner:
            runner.run(serve(Path(name), chosen))


if __name__ == "__main__":
    main()
