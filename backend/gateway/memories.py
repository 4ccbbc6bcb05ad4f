"""What is remembered of all stations: whose memory is whose, and what of it is neither told nor written yet."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from itertools import islice

from backend.gateway.memory import Memory
from backend.model.deviation import Deviation

TOLD_PER_TICK = 500


class Memories:
    """One Memory for each station that was ever let in; stations are found without case."""

    def __init__(self) -> None:
        self.on_deviation: list[Callable[[str, str], None]] = []
        """Called at a tick with a station and a deviation that it was not known for."""
        self._held: dict[str, Memory] = {}
        self._unwritten: dict[str, Memory] = {}
        self._news: deque[tuple[str, str]] = deque()

    def of(self, station: str) -> Memory:
        """The station's memory, a new one where there is none."""
        key = station.casefold()
        found = self._held.get(key)
        if found is None:
            found = self._held[key] = Memory(partial(self._new, station), station, self._unwritten)
        return found

    def find(self, station: str) -> Memory | None:
        """The station's memory; None: it was never here."""
        return self._held.get(station.casefold())

    def load(self, deviations: Iterable[Deviation]) -> None:
        """Take what was stored: these are not new."""
        for one in deviations:
            self.of(one.station).deviations[one.name] = one

    def quirks(self, station: str) -> dict[str, int]:
        """How often the station broke the standard and was served all the same, by the deviation's name."""
        return {one.name: one.count for one in self.deviations(station)}

    def deviations(self, station: str) -> list[Deviation]:
        """The same with times and examples."""
        memory = self.find(station)
        return list(memory.deviations.values()) if memory is not None else []

    def key_form(self, station: str) -> str:
        """How the station showed its key last: `raw`, `hex`, or empty."""
        memory = self.find(station)
        return memory.key_form if memory is not None else ""

    def changed(self, most: int) -> list[Deviation]:
        """What is not written, of so many stations at most; it counts as written from now on."""
        found: list[Deviation] = []
        for station in list(islice(self._unwritten, most)):
            memory = self._unwritten.pop(station)
            found += [memory.deviations[name] for name in memory.changed]
            memory.changed.clear()
        return found

    def tick(self) -> None:
        """Tell of deviations that are new."""
        for _ in range(min(len(self._news), TOLD_PER_TICK)):
            station, deviation = self._news.popleft()
            for listener in self.on_deviation:
                listener(station, deviation)

    def _new(self, station: str, deviation: str) -> None:
        self._news.append((station, deviation))
