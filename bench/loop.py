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
import contextlib
import gc
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from backend.api.system import memory_bytes
from backend.model.clock import SystemClock
from backend.model.interval import Interval, Minutes
from backend.model.register import OutletEntry, SiteEntry, StationEntry, TokenEntry
from backend.model.session import Session
from backend.model.settings import ApiSettings, OcppSettings, Settings, StoreSettings
from backend.model.words import Admission, SessionState
from backend.server import Server
from backend.store import Store
from backend.watches.garbage import Garbage
from bench.loop_clients import CONSOLES, PATHS
from noc.serving import new_loop

MUST_MS = 5.0
NAMED_MS = 3.5
BEAT_S = 0.001
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
        self._gc_ms = 0.0
        self._searches: list[tuple[int, float]] = []
        self._samples: list[str] = []
        self.reset()
        self._beat()
        if where:
            gc.callbacks.append(self._searched)
            threading.Thread(target=self._watch, args=(threading.get_ident(),), daemon=True).start()

    def reset(self) -> None:
        """Begin anew."""
        self.late_ms = self.held_ms = 0.0
        self.over = 0
        self.all_late: list[float] = []
        self.places: list[tuple[float, str]] = []
        self._cpu = time.thread_time()
        self._due = time.perf_counter() + BEAT_S

    def _beat(self) -> None:
        now, cpu = time.perf_counter(), time.thread_time()
        late = (now - self._due) * 1e3
        held = min(late, (cpu - self._cpu) * 1e3)
        self.late_ms, self.held_ms = max(self.late_ms, late), max(self.held_ms, held)
        self.over += held > MUST_MS
        self.all_late.append(late)
        if held > NAMED_MS:
            found = [*(f"search {age}: {ms:.1f} ms" for age, ms in self._searches), *dict.fromkeys(self._samples)]
            self.places.append((held, "\n            ".join(found)))
        self._samples.clear()
        self._searches.clear()
        self._due, self._cpu = now + BEAT_S, cpu
        self._loop.call_later(BEAT_S, self._beat)

    @property
    def p99_ms(self) -> float:
        """99 of 100 turns came no later."""
        return sorted(self.all_late)[int(len(self.all_late) * 0.99)] if self.all_late else 0.0

    def _searched(self, phase: str, info: dict[str, int]) -> None:
        """The interpreter searched for garbage, on whatever thread."""
        now = time.perf_counter() * 1e3
        if phase == "start":
            self._gc_ms = now
        elif now - self._gc_ms > 0.3:
            self._searches.append((info["generation"], now - self._gc_ms))

    def _watch(self, loop_thread: int) -> None:
        """On a thread of its own: look at what the loop does when it is late."""
        while True:
            time.sleep(BEAT_S / 2)
            if time.perf_counter() - self._due > BEAT_S and len(self._samples) < 50:
                frame = sys._current_frames().get(loop_thread)
                names = []
                while frame is not None and len(names) < 6:
                    file = "/".join(frame.f_code.co_filename.rsplit("/", 2)[1:])
                    names.append(f"{file}:{frame.f_lineno} {frame.f_code.co_name}")
                    frame = frame.f_back
                self._samples.append(" < ".join(names))


# -- the server -------------------------------------------------------------------------------------------------


def p99(values: list[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * 0.99))] if values else 0.0


async def child(*arguments: str) -> asyncio.subprocess.Process:
    script = str(Path(__file__).with_name("loop_clients.py"))
    return await asyncio.create_subprocess_exec(
        sys.executable, script, *arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, limit=1 << 26
    )


class Bench:
    """Runs the kinds of work one after the other."""

    def __init__(self, server: Server, probe: Probe, chosen: argparse.Namespace, directory: Path) -> None:
        self.server, self.probe, self.chosen, self.directory = server, probe, chosen, directory
        self.worst = 0.0
        self.works = {"nothing": self.nothing, "retention": self.retention}

    async def measure(self, what: str) -> None:
        """Processes are made before, for that alone holds the loop for some milliseconds."""
        watcher = await child("watch", self.server.api_address, self.server.ocpp_address)
        asker = await child("ask", self.server.api_address, what, str(self.directory / "import.csv"))
        with contextlib.suppress(ProcessLookupError):
            os.setpriority(os.PRIO_PROCESS, asker.pid, 5)
        await asyncio.sleep(1.5)
        self.probe.reset()
        begun = time.perf_counter()
        if what in self.works:
            await self.works[what]()
        else:
            out, _ = await asker.communicate(b"\n")
            assert asker.returncode == 0
            assert int(out) > 0
        took = time.perf_counter() - begun
        probe = self.probe
        late, held, over, late99, places = probe.late_ms, probe.held_ms, probe.over, probe.p99_ms, probe.places
        if asker.returncode is None:
            asker.kill()
        out, _ = await watcher.communicate(b"\n")
        times = json.loads(out)
        self.worst = max(self.worst, held)
        print(
            f"{what:30}{took:8.1f}{held:9.1f}{over:8}{late:9.1f}{late99:9.1f}"
            f"{p99(times['status']):9.1f}{p99(times['command']):9.1f}",
            flush=True,
        )
        for ms, place in sorted(places, reverse=True)[:12] if self.chosen.where else ():
            print(f"      {ms:4.1f} {place}")

    async def nothing(self) -> None:
        """What the server does of itself, and what a station and an operator cost."""
        await asyncio.sleep(3)

    async def retention(self) -> None:
        self.server.house.store.retain(time.time() + 200 * 86_400.0)
        ended = asyncio.Event()
        asyncio.get_running_loop().call_later(self.chosen.retention, ended.set)
        await ended.wait()

    async def run(self) -> None:
        print(
            f"{'':30}{'seconds':>8}{'held ms':>9}{'over 5':>8}{'late ms':>9}{'late p99':>9}{'status':>9}{'command':>9}"
        )
        only = [name.strip() for name in self.chosen.only.split(",") if name.strip()]
        for what in ("nothing", *CONSOLES, *PATHS, "snapshot + uptime 12 months", "retention"):
            if not only or what in only:
                await self.measure(what)
        print(f"longest stretch of the server's own: {self.worst:.1f} ms, must {MUST_MS:.0f}")


async def serve(directory: Path, chosen: argparse.Namespace) -> None:
    settings = Settings(
        ocpp=OcppSettings(host="127.0.0.1", port=0),
        store=StoreSettings(data=directory),
        api=ApiSettings(listen=f"unix:{directory / 'api.sock'}"),
    )
    server = Server(settings, SystemClock())
    await server.start()
    garbage = Garbage(memory_bytes, server.kept)
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
        "--where",
        action="store_true",
        help="name what held the loop longest: another thread looks at it when it is late",
    )
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        store = Store(StoreSettings(data=directory))
        store.open()
        store.insert_all(entries("NKL", chosen.stations, chosen.tokens))
        store.insert_all(history(chosen.stations, chosen.intervals, time.time()))
        store.close()
        csv_file(directory / "import.csv", chosen.stations, chosen.tokens)
        with asyncio.Runner(loop_factory=new_loop()) as runner:
            runner.run(serve(directory, chosen))


if __name__ == "__main__":
    main()
