"""How long the server's loop is held while much is asked of it, at 20,000 stations, 60,000 outlets and 200,000 tokens.

    python bench/loop.py [--stations 20000] [--tokens 200000] [--intervals 20] [--only "snapshot,outlet list"] [--where]

The server runs in this process; who asks, and a station that reports and is called, run in others. A timer of one
millisecond tells how late it comes: `late` is the longest wait of anybody on the loop, the machine's own pauses and
other threads included; `held` is the CPU that the loop's thread spent within that wait, so what the server itself did
at a stretch; `over 5` counts the waits in which it held the loop for more than 5 ms. `status` is a station's
StatusNotification until its answer, committed; `command` an operator's call until it reaches the station; both p99.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from backend.api.system import memory_bytes
from backend.client.address import parse_address
from backend.client.client import Client
from backend.model.clock import SystemClock
from backend.model.interval import Interval, Minutes
from backend.model.register import OutletEntry, SiteEntry, StationEntry, TokenEntry
from backend.model.session import Session
from backend.model.settings import ApiSettings, OcppSettings, Settings, StoreSettings
from backend.model.words import Admission, SessionState
from backend.server import Server
from backend.store import Store
from backend.watches.garbage import Garbage
from noc.serving import new_loop

MUST_MS = 5.0
BEAT_S = 0.001
STATION = "NKL-00000"
YEAR_S = 365 * 86_400.0


# -- the network ------------------------------------------------------------------------------------------------


def entries(prefix: str, stations: int, tokens: int) -> Iterator[SiteEntry | StationEntry | OutletEntry | TokenEntry]:
    """Ten stations a site, three outlets a station."""
    for n in range(-(-stations // 10)):
        yield SiteEntry(id=f"{prefix}{n:05d}", name=f"P-hus {n}", town="Lund", address="Storgatan 1")
    for n in range(stations):
        name = f"{prefix}-{n:05d}"
        yield StationEntry(id=name, site=f"{prefix}{n // 10:05d}", admission=Admission.ACCEPTED, added=1.7e9)
        for evse in (1, 2, 3):
            number = 3 * n + evse
            yield OutletEntry(station=name, evse=evse, label=f"{number:06d}", evse_id=f"SE*{prefix}*E{number:06d}")
    for n in range(tokens):
        yield TokenEntry(token=f"04{prefix}{n:08X}", label=f"kort {n}")


def history(stations: int, each: int, now: float) -> Iterator[Interval | Session]:
    """A year of every outlet: `each` stretches, and a few sessions a station."""
    for n in range(stations):
        name = f"NKL-{n:05d}"
        for evse in (1, 2, 3):
            step = YEAR_S / each
            for k in range(each):
                start = now - YEAR_S + k * step + n % 977
                kind = (Minutes.UP, Minutes.OFFLINE, Minutes.UP, Minutes.FAULTED)[k % 4]
                last = k == each - 1
                yield Interval(
                    station=name,
                    evse=evse,
                    start=start,
                    end=None if last else start + step,
                    kind=Minutes.UP if last else kind,
                    detail="GroundFailure" if kind is Minutes.FAULTED and not last else "",
                )
    for n in range(2 * stations):
        started = now - YEAR_S + n * YEAR_S / (2 * stations)
        yield Session(
            id=n + 1,
            station=f"NKL-{n * 7919 % stations:05d}",
            evse=1,
            connector=1,
            transaction_id=str(n),
            id_token=f"04NKL{n:08X}",
            state=SessionState.ENDED,
            started=started,
            ended=started + 3600,
        )


def csv_file(path: Path, stations: int, tokens: int) -> None:
    """Another network of that size, to be imported."""
    with path.open("w", encoding="utf-8") as out:
        out.write("kind,site,name,station,evse,label,evse_id,token\n")
        for entry in entries("IMP", stations, tokens):
            match entry:
                case SiteEntry():
                    out.write(f"site,{entry.id},{entry.name},,,,,\n")
                case StationEntry():
                    out.write(f"station,{entry.site},,{entry.id},,,,\n")
                case OutletEntry():
                    out.write(f"outlet,,,{entry.station},{entry.evse},{entry.label},{entry.evse_id},\n")
                case TokenEntry():
                    out.write(f"token,,,,,{entry.label},,{entry.token}\n")


# -- the probe --------------------------------------------------------------------------------------------------


class Probe:
    """Notes how late a timer of the loop comes, and what ran then."""

    def __init__(self, where: bool) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = False
        self.reset()
        self._beat()
        if where:
            self.name_callbacks()

    def reset(self) -> None:
        """Begin anew."""
        self.late_ms = self.held_ms = 0.0
        self.over = 0
        self.all_late: list[float] = []
        self.places: Counter[str] = Counter()
        self._cpu = time.thread_time()
        self._due = time.perf_counter() + BEAT_S

    def _beat(self) -> None:
        now, cpu = time.perf_counter(), time.thread_time()
        late = (now - self._due) * 1e3
        held = min(late, (cpu - self._cpu) * 1e3)
        self.late_ms, self.held_ms = max(self.late_ms, late), max(self.held_ms, held)
        self.over += held > MUST_MS
        self.all_late.append(late)
        self._due, self._cpu = now + BEAT_S, cpu
        self._loop.call_later(BEAT_S, self._beat)

    @property
    def p99_ms(self) -> float:
        """99 of 100 turns came no later."""
        return sorted(self.all_late)[int(len(self.all_late) * 0.99)] if self.all_late else 0.0

    def name_callbacks(self) -> None:
        """Time every callback of asyncio's own loop and name those that take long."""
        run = asyncio.Handle._run

        def timed(handle: asyncio.Handle) -> None:
            begun = time.thread_time()
            run(handle)
            took = (time.thread_time() - begun) * 1e3
            if took > MUST_MS / 2:
                self.places[f"{took:5.1f} ms {_callback_name(handle)}"] += 1

        asyncio.Handle._run = timed  # type: ignore[method-assign]


def _callback_name(handle: asyncio.Handle) -> str:
    """What a callback is; of a task where it stands now."""
    callback: Any = handle._callback  # type: ignore[attr-defined]
    task = getattr(callback, "__self__", None)
    if not isinstance(task, asyncio.Task):
        return repr(callback)[:110]
    at: Any = task.get_coro()
    names = []
    while at is not None:
        frame = getattr(at, "cr_frame", None) or getattr(at, "ag_frame", None) or getattr(at, "gi_frame", None)
        if frame is not None:
            file = "/".join(frame.f_code.co_filename.rsplit("/", 2)[1:])
            names.append(f"{file}:{frame.f_lineno} {frame.f_code.co_name}")
        at = getattr(at, "cr_await", None) or getattr(at, "ag_await", None) or getattr(at, "gi_yieldfrom", None)
    return " > ".join(names[-4:]) or f"{task.get_coro()} (ended)"


# -- who asks: other processes ----------------------------------------------------------------------------------


async def ask(server: str, what: str, file: str) -> int:
    """Ask for one thing, in bytes: reading them is not the server's business."""
    if what in ("snapshot", "20 snapshots"):
        many = 20 if what == "20 snapshots" else 1
        return sum(await asyncio.gather(*(snapshot(server) for _ in range(many))))
    path = {
        "station list": "/v1/stations?limit=0",
        "outlet list": "/v1/outlets?limit=0",
        "outlet filter": "/v1/outlets?limit=0&filter=label%3A059999",
        "station filter": "/v1/stations?limit=0&filter=link%3Aoffline",
        "token list": "/v1/tokens?limit=0",
        "session list": "/v1/sessions?limit=0",
        "session filter": "/v1/sessions?limit=0&filter=station%3ANKL-1999",
        "alarm list": "/v1/alarms?limit=0",
        "uptime 12 months": "/v1/uptime?from=-365d&by=outlet",
        "uptime 12 months, formula cec": "/v1/uptime?from=-365d&by=site&formula=cec",
        "uptime 30 days, days": "/v1/uptime?days=true",
        "import": "/v1/import",
    }[what]
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
    from websockets.asyncio.client import unix_connect

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


# -- the server -------------------------------------------------------------------------------------------------


def p99(values: list[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * 0.99))] if values else 0.0


async def child(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, __file__, *arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, limit=1 << 26
    )


class Bench:
    """Runs the kinds of work one after the other."""

    def __init__(self, server: Server, probe: Probe, chosen: argparse.Namespace, directory: Path) -> None:
        self.server, self.probe, self.chosen, self.directory = server, probe, chosen, directory
        self.worst = 0.0

    async def measure(self, what: str, work: Callable[[], Awaitable[Any]]) -> None:
        watcher = await child("--watch", self.server.api_address, self.server.ocpp_address)
        await asyncio.sleep(0.7)
        self.probe.reset()
        begun = time.perf_counter()
        await work()
        took = time.perf_counter() - begun
        probe = self.probe
        late, held, over, late99, places = probe.late_ms, probe.held_ms, probe.over, probe.p99_ms, probe.places
        out, _ = await watcher.communicate(b"\n")
        times = json.loads(out)
        self.worst = max(self.worst, held)
        print(
            f"{what:30}{took:8.1f}{held:9.1f}{over:8}{late:9.1f}{late99:9.1f}"
            f"{p99(times['status']):9.1f}{p99(times['command']):9.1f}",
            flush=True,
        )
        for place, count in sorted(places.items(), reverse=True)[:12]:
            print(f"      {count:4} x {place}")

    async def asked(self, what: str) -> None:
        helper = await child("--ask", self.server.api_address, what, str(self.directory / "import.csv"))
        with contextlib.suppress(ProcessLookupError):
            os.setpriority(os.PRIO_PROCESS, helper.pid, 5)
        out, _ = await helper.communicate()
        assert helper.returncode == 0
        assert int(out) > 0

    async def retention(self) -> None:
        self.server.house.store.retain(time.time() + 200 * 86_400.0)
        ended = asyncio.Event()
        asyncio.get_running_loop().call_later(self.chosen.retention, ended.set)
        await ended.wait()

    async def run(self) -> None:
        print(
            f"{'':30}{'seconds':>8}{'held ms':>9}{'over 5':>8}{'late ms':>9}{'late p99':>9}{'status':>9}{'command':>9}"
        )
        kinds: dict[str, Callable[[], Awaitable[Any]]] = {"nothing": lambda: asyncio.sleep(3)}
        for what in (
            "snapshot",
            "20 snapshots",
            "station list",
            "station filter",
            "outlet list",
            "outlet filter",
            "token list",
            "session list",
            "session filter",
            "alarm list",
            "uptime 12 months",
            "uptime 12 months, formula cec",
            "uptime 30 days, days",
            "import",
        ):
            kinds[what] = lambda what=what: self.asked(what)
        kinds["retention"] = self.retention
        only = [name.strip() for name in self.chosen.only.split(",") if name.strip()]
        for what, work in kinds.items():
            if not only or what in only:
                await self.measure(what, work)
        print(f"longest stretch of the server's own: {self.worst:.1f} ms, must {MUST_MS:.0f}")


async def serve(directory: Path, chosen: argparse.Namespace) -> None:
    settings = Settings(
        ocpp=OcppSettings(host="127.0.0.1", port=0),
        store=StoreSettings(data=directory),
        api=ApiSettings(listen=f"unix:{directory / 'api.sock'}"),
    )
    server = Server(settings, SystemClock())
    await server.start()
    garbage = Garbage(memory_bytes)
    garbage.begin()
    searching = asyncio.create_task(garbage.run())
    await asyncio.sleep(3)
    if chosen.sums:
        await server.house.rollups.sum_up()
    try:
        await Bench(server, Probe(chosen.where), chosen, directory).run()
    finally:
        searching.cancel()
        await server.stop()


def main() -> None:
    """Fill a store, serve it, measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stations", type=int, default=20_000)
    parser.add_argument("--tokens", type=int, default=200_000)
    parser.add_argument("--intervals", type=int, default=20, help="of an outlet, over a year")
    parser.add_argument("--only", default="")
    parser.add_argument("--sums", action="store_true", help="sum up the uptime of the year first: some minutes")
    parser.add_argument("--retention", type=float, default=10.0, help="seconds of it that are measured")
    parser.add_argument(
        "--where", action="store_true", help="name what held the loop; on asyncio's own loop, for uvloop tells nobody"
    )
    parser.add_argument("--ask", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--watch", nargs=2, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.ask:
        print(asyncio.run(ask(*chosen.ask)))
    elif chosen.watch:
        asyncio.run(watch(*chosen.watch))
    else:
        with tempfile.TemporaryDirectory() as name:
            directory = Path(name)
            store = Store(StoreSettings(data=directory))
            store.open()
            store.insert_all(entries("NKL", chosen.stations, chosen.tokens))
            store.insert_all(history(chosen.stations, chosen.intervals, time.time()))
            store.close()
            csv_file(directory / "import.csv", chosen.stations, chosen.tokens)
            with asyncio.Runner(loop_factory=None if chosen.where else new_loop()) as runner:
                runner.run(serve(directory, chosen))


if __name__ == "__main__":
    main()
