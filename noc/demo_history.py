"""Fills a data directory with an invented network and its past: `python -m noc.demo_history DIR STATIONS SEED NOW`.

A process of its own, so that the console which follows stays small. Prints how many rows it has written.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from backend.model.settings import StoreSettings
from backend.simulator.history import history
from backend.simulator.network import make_network
from backend.simulator.opening import make_opening
from backend.store import Store

T = TypeVar("T")
TELL_EVERY = 5_000


def fill(data: Path, stations: int, seed: int, now: float) -> None:
    """Write register and past of the network of `stations` and `seed` into a new store at `data`."""
    network = make_network(stations, seed)
    opening = make_opening(network, now, seed)
    store = Store(StoreSettings(data=data))
    store.open()
    try:
        store.insert_all(network.entries())
        store.insert_all(_told(history(network, now, seed, opening=opening)))
        store.tick(now)
    finally:
        store.close()


def _told(things: Iterable[T]) -> Iterator[T]:
    for number, thing in enumerate(things, 1):
        if number % TELL_EVERY == 0:
            sys.stdout.write(f"{number}\n")
            sys.stdout.flush()
        yield thing


if __name__ == "__main__":
    fill(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
