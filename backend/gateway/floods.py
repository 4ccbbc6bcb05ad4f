"""Stations that send more than their share: they are not read until it has caught up, and named when it lasts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from backend.gateway.station_socket import BURST_S, HOLD_FLOOD

if TYPE_CHECKING:
    from backend.gateway.memories import Memories
    from backend.gateway.station_socket import StationSocket

CALM_S = BURST_S / 2
"""A station that is ahead of its share by no more than this floods no longer."""


class Floods:
    """Who is held back for it. A share goes on over reconnects, so whoever was told of is judged without a socket."""

    def __init__(self, memories: Memories) -> None:
        self.on_flood: list[Callable[[str, bool], None]] = []
        """Called at a tick with a station and whether it sends more than its share now."""
        self._memories = memories
        self._held: dict[str, StationSocket] = {}
        self._told: set[str] = set()

    def __len__(self) -> int:
        return len(self._held)

    def begin(self, station: str, socket: StationSocket) -> None:
        """The socket holds itself back."""
        self._held[station] = socket

    def leave(self, station: str, socket: StationSocket) -> None:
        """The connection is gone."""
        if self._held.get(station) is socket:
            del self._held[station]

    def tick(self, monotonic: float) -> None:
        """Read those again whose share has caught up; tell who begins and who has ended."""
        if not (self._held or self._told):
            return
        for station in self._told.union(self._held):
            memory, socket = self._memories.find(station), self._held.get(station)
            ahead = 0.0 if memory is None else memory.ahead_s(monotonic)
            if socket is not None and ahead <= BURST_S:
                del self._held[station]
                socket.release(HOLD_FLOOD)
            if socket is not None and station not in self._told:
                self._told.add(station)
                self._tell(station, begins=True)
            elif station in self._told and ahead <= CALM_S:
                self._told.discard(station)
                self._tell(station, begins=False)

    def _tell(self, station: str, *, begins: bool) -> None:
        for listener in self.on_flood:
            listener(station, begins)
