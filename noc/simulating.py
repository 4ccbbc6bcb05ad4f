"""Runs virtual stations as a process: event loop, signals, progress, the tie to a parent."""

from __future__ import annotations

import asyncio
import signal

from backend.model.words import Version
from backend.text import t
from noc.cli.output import end_progress, progress_line, say
from noc.serving import new_loop, parent_spoke


def run_simulator(
    to: str,
    stations: int,
    version: Version | None,
    scenario: str,
    seed: int,
    speed: float,
    *,
    parent: int | None = None,
    opening: float | None = None,
) -> None:
    """Run until SIGTERM or SIGINT, or until the pipe `parent` is closed at its other end.

    Args:
        opening: the moment at which a demonstration began whose history is in the store.

    Raises:
        Invalid: a URL, number or scenario that makes no sense.
    """
    from backend.simulator.scenarios import names

    if scenario == "list":
        for name, about in names().items():
            say(f"{name:<10} {about}")
        return
    with asyncio.Runner(loop_factory=new_loop()) as runner:
        runner.run(_run(to, stations, version, scenario or "daily", seed, speed, parent, opening))


async def _run(
    to: str,
    stations: int,
    version: Version | None,
    scenario: str,
    seed: int,
    speed: float,
    parent: int | None,
    opening: float | None,
) -> None:
    from backend.simulator.network import make_network
    from backend.simulator.opening import make_opening
    from backend.simulator.simulate import simulate

    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    if parent is not None:
        loop.add_reader(parent, parent_spoke, parent, ended)
    network = make_network(stations, seed) if opening is not None else None
    try:
        await simulate(
            to,
            stations=stations,
            version=version,
            scenario=scenario,
            seed=seed,
            speed=speed,
            network=network,
            opening=make_opening(network, opening, seed) if network is not None and opening is not None else None,
            stop=ended,
            progress=lambda connected, total: progress_line(t("{n} of {total} connected", n=connected, total=total)),
        )
    finally:
        end_progress()
