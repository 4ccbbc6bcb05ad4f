"""`noc simulate`: virtual stations against any central system, until they are told to stop."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable

from backend.model.errors import Invalid
from backend.model.words import Version
from backend.simulator.fleet import VirtualFleet
from backend.simulator.network import DEFAULT_STATIONS, Network, make_network
from backend.simulator.opening import Opening
from backend.simulator.scenarios import find_scenario
from backend.simulator.timers import LoopTimers, Timers
from backend.simulator.transport import station_uri
from backend.text import t

MOST_STATIONS = 90_000
PROGRESS_S = 0.5


async def simulate(
    url: str,
    *,
    stations: int = DEFAULT_STATIONS,
    version: Version | None = None,
    scenario: str = "daily",
    seed: int = 1,
    speed: float = 1.0,
    network: Network | None = None,
    opening: Opening | None = None,
    password: str | None = None,
    tls: ssl.SSLContext | None = None,
    stop: asyncio.Event | None = None,
    progress: Callable[[int, int], None] | None = None,
    timers: Timers | None = None,
) -> None:
    """Run virtual stations until `stop` is set, or this is cancelled; then close their connections.

    Args:
        url: ws:// or wss:// endpoint; each station adds a slash and its identity.
        stations: How many, where no network is given.
        version: Let all speak this one; None: a mix of all three.
        scenario: A name of `scenarios.names()`.
        seed: The same one gives the same stations, cars and troubles.
        speed: Events are denser by this factor; clocks run as ever.
        network: The stations to play; made from `stations` and `seed` when None.
        opening: Carry on from the state of `make_opening(network, now, seed)` (`noc demo`).
        password: HTTP Basic password of every station.
        progress: Called about twice a second with (connected, all).

    Raises:
        Invalid: wrong URL, number, speed or scenario, each with the next step.
    """
    chosen = find_scenario(scenario)
    _check(url, stations if network is None else 1, speed)
    made = network if network is not None else make_network(stations, seed)
    fleet = VirtualFleet(
        url,
        made,
        chosen,
        timers or LoopTimers(),
        seed=seed,
        speed=speed,
        opening=opening,
        version=version,
        password=password,
        tls=tls,
    )
    fleet.start()
    try:
        await _until(stop or asyncio.Event(), fleet, progress)
    finally:
        fleet.stop()
        await asyncio.sleep(0)


def _check(url: str, stations: int, speed: float) -> None:
    try:
        station_uri(url, "x")
    except ValueError:
        raise Invalid(
            "bad_url",
            t("{url!r} is no WebSocket address.", url=url[:100]),
            t("Write ws://HOST:PORT/ocpp, or wss:// for TLS."),
        ) from None
    if not 1 <= stations <= MOST_STATIONS:
        raise Invalid(
            "bad_count",
            t("{n} stations cannot be simulated.", n=stations),
            t("Ask for 1 to {most}.", most=MOST_STATIONS),
        )
    if not 0.01 <= speed <= 1000.0:
        raise Invalid("bad_speed", t("A speed of {speed} makes no sense.", speed=speed), t("Write 0.01 to 1000."))


async def _until(ended: asyncio.Event, fleet: VirtualFleet, progress: Callable[[int, int], None] | None) -> None:
    while not ended.is_set():
        if progress is not None:
            progress(fleet.online, len(fleet.stations))
        try:
            await asyncio.wait_for(ended.wait(), PROGRESS_S if progress is not None else None)
        except TimeoutError:
            continue
