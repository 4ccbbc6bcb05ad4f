"""Bytes to the terminal at 10 visible changes a second on 80x24, against DataTable with Textual's default theme.

    python bench/terminal_bytes.py [--seconds 10]

Each runs in a pseudo terminal of its own, as over SSH: what comes out of it is counted, the first picture left out. The
same power values of the same ten outlets, all in sight, change once a second each.
"""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import os
import pty
import random
import select
import signal
import struct
import sys
import termios
import time
from copy import copy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

SIZE = (80, 24)
A_SECOND = 10
SETTLE_S = 6.0
MUST, AIM = 0.15, 0.07


async def changes(mirror: Any, names: list[str], seconds: float, show: Any) -> None:
    """Ten changes a second, all of outlets in sight; each picture is drawn as it would be for a live feed."""
    from backend.model.resources import Changes

    assert len(names) == A_SECOND, names
    dice = random.Random(2)
    mark = os.environ["BENCH_MARK"]
    Path(mark).touch()
    due = time.perf_counter()
    for number in range(int(seconds * A_SECOND)):
        row = copy(mirror.outlets[names[number % A_SECOND]])
        row.power_w = float(dice.randrange(1_000, 22_000))
        mirror.apply(Changes(seq=mirror.seq + 1, sent=datetime.now(UTC), outlets=[row]))
        show()
        due += 1 / A_SECOND
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
    Path(mark).unlink()


def charging(snapshot: Any) -> Any:
    """The first outlets charge: their power is shown."""
    from backend.model.words import Activity

    for outlet in snapshot.outlets[:20]:
        outlet.activity, outlet.power_w, outlet.state = Activity.CHARGING, 11_000.0, "Charging"
    return snapshot


def in_sight(mirror: Any, count: int) -> list[str]:
    """The outlets on the first lines of both screens: those of the first stations."""
    return list(mirror.outlets)[:count]


async def ours(seconds: float) -> None:
    """The console's Fleet page."""
    from console import fleet

    from backend.client.mirror import Lamp, Mirror
    from backend.model.clock import SystemClock
    from noc.app import NocApp
    from widgets.table import Table

    mirror = Mirror(SystemClock())
    mirror.load(charging(fleet(400)))
    mirror.set_lamp(Lamp.LIVE)
    app = NocApp(mirror)

    async def change() -> None:
        await asyncio.sleep(SETTLE_S / 2)
        app.pages_seen()[0].set_filter("site:site-0")
        await asyncio.sleep(SETTLE_S / 2)
        seen = [row for table in app.screen.query(Table) for row in table.seen]
        names = [name for name in mirror.outlets if any(row.endswith(name) for row in seen)][:A_SECOND]
        await changes(mirror, names, seconds, app.flush)

    task = asyncio.get_running_loop().create_task(change())
    task.add_done_callback(lambda _: app.exit())
    await app.run_async()
    await task


async def theirs(seconds: float) -> None:
    """The same outlets in a DataTable."""
    from console import TableApp, cells, fleet

    from backend.client.mirror import Mirror
    from backend.model.clock import SystemClock

    mirror = Mirror(SystemClock())
    mirror.load(charging(fleet(400)))
    app = TableApp(mirror)

    async def change() -> None:
        await asyncio.sleep(SETTLE_S)
        from textual.widgets import DataTable

        table = app.query_one(DataTable)

        def show() -> None:
            for name in names:
                values = cells(mirror.outlets[name])
                table.update_cell(name, app.columns[2], values[2])

        names = in_sight(mirror, A_SECOND)
        await changes(mirror, names, seconds, show)

    task = asyncio.get_running_loop().create_task(change())
    task.add_done_callback(lambda _: app.exit())
    await app.run_async()
    await task


def counted(way: str, seconds: float) -> int:
    """Run one of them in a pseudo terminal; the bytes that it sent while things changed."""
    mark = Path(f"/tmp/terminal-bytes-{os.getpid()}")
    mark.unlink(missing_ok=True)
    child, terminal = pty.fork()
    if child == 0:
        os.environ.update(TERM="xterm-256color", COLORTERM="truecolor", BENCH_MARK=str(mark), NO_COLOR="")
        del os.environ["NO_COLOR"]
        os.execv(sys.executable, [sys.executable, __file__, "--run", way, "--seconds", str(seconds)])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", SIZE[1], SIZE[0], 0, 0))
    total, begun, counting = 0, time.monotonic(), False
    while time.monotonic() - begun < SETTLE_S + seconds + 30:
        ready, _, _ = select.select([terminal], [], [], 0.05)
        if mark.exists():
            counting = True
        elif counting:
            break
        if ready:
            try:
                data = os.read(terminal, 1 << 16)
            except OSError:
                break
            total += len(data) if counting else 0
    os.kill(child, signal.SIGTERM)
    os.close(terminal)
    os.waitpid(child, 0)
    mark.unlink(missing_ok=True)
    return total


def main() -> None:
    """Run both, print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--run", choices=("ours", "theirs"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.run:
        asyncio.run((ours if chosen.run == "ours" else theirs)(chosen.seconds))
        return
    console, table = (counted(way, chosen.seconds) / chosen.seconds for way in ("ours", "theirs"))
    print(f"{A_SECOND} visible changes a second, {SIZE[0]}x{SIZE[1]}, bytes a second to the terminal:")
    print(f"  DataTable {table:8,.0f}")
    print(f"  console   {console:8,.0f}, {console / table:.3f} of it, must <= {MUST}, aim {AIM}")


if __name__ == "__main__":
    main()
