"""The console at 60,000 outlets, against Textual's DataTable on the same rows, in the same run.

    python bench/console.py [--outlets N] [--rounds N] [--seconds N]

The first line is target 16: CPU in a second while 1,000 outlets a second change anywhere, in ten messages as the feed
sends them; the console draws by its own clock, the table when a cell is set. The rest are CPU seconds of one thing
(medians). Compare ratios; absolute times belong to the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from copy import copy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widgets import DataTable

from backend.client.mirror import Lamp, Mirror
from backend.model.clock import HeldClock
from backend.model.resources import Changes, OutletResource, SiteResource, Snapshot, StationResource, Totals
from backend.model.words import Activity, BootStatus, Known, Link
from noc.app import NocApp

SIZE = (160, 48)
CHANGED = 500
CHANGES_S, MESSAGES_S = 1_000, 10
LIVE = f"{CHANGES_S:,} changes a second"
MUST, AIM = 0.25, 0.05
TYPED = "malmo 17"
TOWNS = ("Malmö", "Lund", "Gävle", "Umeå", "Göteborg", "Uppsala", "Kiruna", "Växjö", "Örebro", "Kalmar")


def fleet(count: int) -> Snapshot:
    """`count` outlets, two a station, eighteen a site; a tenth charge, one in 150 is in trouble."""
    dice = random.Random(1)
    now = datetime(2025, 11, 14, 13, 32, 7, tzinfo=UTC)
    sites, stations, outlets = [], [], []
    for number in range(count // 2):
        site = f"site-{number // 9}"
        if number % 9 == 0:
            name = f"{TOWNS[number // 9 % len(TOWNS)]} P-hus {number // 9}"
            sites.append(
                SiteResource(id=site, name=name, address="Storgatan 1", capacity_w=200_000.0, power_w=40_000.0)
            )
        station = f"NK-{number:05d}"
        names = [f"{station}:1", f"{station}:2"]
        stations.append(
            StationResource(
                id=station,
                ocpp_version="1.6",
                link=Link.ONLINE,
                boot_status=BootStatus.ACCEPTED,
                last_heard=now,
                site=site,
                vendor="Nordvolt",
                model="Duo 22",
                firmware="4.11.0",
                outlets=names,
            )
        )
        outlets += [outlet(name, station, evse, site, dice, now) for evse, name in enumerate(names, 1)]
    totals = Totals(network="Bench", stations=len(stations), online=len(stations), outlets=count, sites=len(sites))
    return Snapshot(seq=1, part=1, parts=1, totals=totals, sites=sites, stations=stations, outlets=outlets)


def outlet(name: str, station: str, evse: int, site: str, dice: random.Random, now: datetime) -> OutletResource:
    """One outlet of the bench."""
    chance = dice.random()
    charging, faulted = chance < 0.1, 0.1 < chance < 0.107
    activity = Activity.CHARGING if charging else Activity.FAULTED if faulted else Activity.IDLE
    return OutletResource(
        outlet=name,
        state=str(activity),
        activity=activity,
        since=now,
        known=Known.LIVE,
        session=f"s{name}" if charging else None,
        station=station,
        evse=evse,
        label=name.removeprefix("NK-").replace(":", "-"),
        site=site,
        place=f"bay {evse}",
        link=Link.ONLINE,
        heard=now,
        power_w=11_000.0 if charging else None,
        energy_wh=5_000 if charging else None,
        model="Duo 22",
    )


def cells(row: OutletResource) -> tuple[str, ...]:
    """What a row of the DataTable shows: the same columns."""
    power = "" if row.power_w is None else f"{row.power_w / 1000:.1f}"
    energy = "" if row.energy_wh is None else f"{row.energy_wh / 1000:.1f}"
    return (row.label, str(row.activity), power, energy, "<1m", "<1m", row.place, row.model)


class TableApp(App[None]):
    """The same outlets in a DataTable."""

    def __init__(self, mirror: Mirror) -> None:
        super().__init__()
        self.mirror = mirror

    def compose(self) -> ComposeResult:
        yield DataTable()

    def on_mount(self) -> None:
        self.fill(list(self.mirror.outlets.values()))

    def fill(self, rows: list[OutletResource]) -> None:
        """Show these."""
        table = self.query_one(DataTable)
        table.clear(columns=True)
        self.columns = table.add_columns("outlet", "state", "kW", "kWh", "since", "heard", "place", "model")
        for row in rows:
            table.add_row(*cells(row), key=row.outlet)


def message(mirror: Mirror, dice: random.Random, count: int = CHANGED) -> Changes:
    """So many outlets with another power, anywhere."""
    names = dice.sample(list(mirror.outlets), count)
    changed = []
    for name in names:
        row = copy(mirror.outlets[name])
        row.power_w, row.energy_wh = dice.uniform(1_000, 22_000), dice.randrange(60_000)
        changed.append(row)
    return Changes(seq=mirror.seq + 1, sent=datetime.now(UTC), outlets=changed)


async def timed(work: Callable[[], Awaitable[None]]) -> float:
    """CPU seconds of some work: neighbours on the machine do not count."""
    begin = time.process_time()
    await work()
    return time.process_time() - begin


async def live(mirror: Mirror, dice: random.Random, seconds: float, take: Callable[[Changes], object]) -> float:
    """CPU seconds in a second of changes that come by the clock."""
    messages = [message(mirror, dice, CHANGES_S // MESSAGES_S) for _ in range(round(seconds * MESSAGES_S))]
    begin, cpu = time.perf_counter(), time.process_time()
    for number, changes in enumerate(messages):
        await asyncio.sleep(max(0.0, begin + number / MESSAGES_S - time.perf_counter()))
        changes.seq = mirror.seq + 1
        take(changes)
    await asyncio.sleep(max(0.0, begin + seconds - time.perf_counter()))
    return (time.process_time() - cpu) / seconds


async def settled(pilot: Pilot[Any]) -> None:
    """Until all messages are handled and the screen is drawn."""
    for _ in range(3):
        await pilot.pause(0)


async def ours(snapshot: Snapshot, rounds: int, seconds: float) -> dict[str, float]:
    """The console."""
    mirror = Mirror(HeldClock(1_763_127_127.0))
    mirror.load(snapshot)
    mirror.set_lamp(Lamp.LIVE)
    app = NocApp(mirror)
    dice = random.Random(2)
    begin = time.process_time()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        first = time.process_time() - begin
        share = await live(mirror, dice, seconds, mirror.apply)

        async def refresh() -> None:
            mirror.apply(message(mirror, dice))
            app.flush()
            await settled(pilot)

        async def type_filter() -> None:
            page = app.pages_seen()[0]
            for end in range(1, len(TYPED) + 1):
                page.set_filter(TYPED[:end])
                await settled(pilot)
            page.set_filter("")
            await settled(pilot)

        refreshes = [await timed(refresh) for _ in range(rounds)]
        cold = await timed(type_filter)
        typing = [await timed(type_filter) for _ in range(3)]
    return {
        LIVE: share,
        "first paint": first,
        f"refresh, {CHANGED} changed": statistics.median(refreshes),
        "search, cold, a key": cold / (len(TYPED) + 1),
        "search, warm, a key": statistics.median(typing) / (len(TYPED) + 1),
    }


async def theirs(snapshot: Snapshot, rounds: int, seconds: float) -> dict[str, float]:
    """DataTable."""
    mirror = Mirror(HeldClock(1_763_127_127.0))
    mirror.load(snapshot)
    app = TableApp(mirror)
    dice = random.Random(2)
    begin = time.process_time()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        first = time.process_time() - begin
        table = app.query_one(DataTable)

        def take(changes: Changes) -> None:
            mirror.apply(changes)
            for row in changes.outlets:
                values = cells(row)
                table.update_cell(row.outlet, app.columns[2], values[2])
                table.update_cell(row.outlet, app.columns[3], values[3])

        share = await live(mirror, dice, seconds, take)

        async def refresh() -> None:
            take(message(mirror, dice))
            await settled(pilot)

        async def type_filter() -> None:
            needle = TYPED.split()[1]
            for end in range(1, len(needle) + 1):
                app.fill([row for row in mirror.outlets.values() if needle[:end] in row.label])
                await settled(pilot)
            app.fill(list(mirror.outlets.values()))
            await settled(pilot)

        refreshes = [await timed(refresh) for _ in range(rounds)]
        typing = await timed(type_filter)
    return {
        LIVE: share,
        "first paint": first,
        f"refresh, {CHANGED} changed": statistics.median(refreshes),
        "search, cold, a key": typing / (len(TYPED.split()[1]) + 1),
        "search, warm, a key": typing / (len(TYPED.split()[1]) + 1),
    }


def main() -> None:
    """Run both, print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--outlets", type=int, default=60_000)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=5.0)
    options = parser.parse_args()
    snapshot = fleet(options.outlets)
    console = asyncio.run(ours(snapshot, options.rounds, options.seconds))
    table = asyncio.run(theirs(snapshot, options.rounds, options.seconds))
    print(f"{options.outlets:,} outlets, {SIZE[0]}x{SIZE[1]}, medians of {options.rounds}")
    print(f"{'':24}{'console':>12}{'DataTable':>12}{'ratio':>9}")
    for name, value in console.items():
        print(f"{name:24}{value:11.4f}s{table[name]:11.4f}s{table[name] / value:8.1f}x")
    print(f"{LIVE}: {console[LIVE] / table[LIVE]:.3f} of the DataTable's CPU, must {MUST}, aim {AIM}")


if __name__ == "__main__":
    main()
