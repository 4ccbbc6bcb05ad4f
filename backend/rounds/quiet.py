"""Stations whose last word is old are asked for their statuses: nobody else would notice that they went wrong.

One operator of 500 DC posts did this by hand every two hours. The answer is a StatusNotification like any other; a
station that answers nothing three times is *deaf*, and an alarm.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from backend.fleet import Fleet
from backend.model.clock import Instant
from backend.model.operation import CallLost, CallResult
from backend.model.ports import CallOutcome, Stations
from backend.model.settings import RoundsSettings
from backend.model.station import Station
from backend.model.words import BootStatus, Link, Version
from backend.operations.order import Call
from backend.operations.triggers import statuses_v2, trigger_v16

LOOKED_AT_A_TICK = 200
ANSWER_S = 30.0
SETTLE_S = 120.0
"""After a connect stations tell their statuses by themselves."""
MOST_CONNECTORS = 10


class Quiet:
    """Goes round the fleet, slowly, and asks; a station that refuses is left alone until it connects anew."""

    def __init__(self, fleet: Fleet, stations: Stations, settings: RoundsSettings) -> None:
        self._fleet = fleet
        self._stations = stations
        self._settings = settings
        self._round: Iterator[str] = iter(())
        self._asked: dict[str, Instant] = {}
        self._refused: dict[str, int | None] = {}
        """Station -> the connection on which it refused."""
        self._waiting = 0
        self._allowance = 0.0
        self._last: Instant | None = None

    def tick(self, now: Instant) -> None:
        """Look at some stations, and ask those whose turn it is."""
        every = self._settings.status_every_s
        if every <= 0:
            return
        elapsed = 0.0 if self._last is None else min(max(now - self._last, 0.0), 1.0)
        self._last = now
        self._allowance = min(self._allowance + elapsed * self._settings.per_s, self._settings.per_s)
        for _ in range(LOOKED_AT_A_TICK):
            if self._allowance < 1.0 or self._waiting >= self._settings.most_waiting:
                return
            name = next(self._round, None)
            if name is None:
                self._begin()
                return
            station = self._fleet.find(name)
            if station is not None and self._due(station, now, every):
                self._allowance -= 1.0
                self._ask(station, now)

    def _begin(self) -> None:
        stations = self._fleet.stations
        for name in self._asked.keys() - stations.keys():
            del self._asked[name]
            self._refused.pop(name, None)
        self._round = iter(list(stations))

    def _due(self, station: Station, now: Instant, every: float) -> bool:
        if station.link is not Link.ONLINE or station.boot_status is not BootStatus.ACCEPTED or station.version is None:
            return False
        if station.link_since is None or now - station.link_since < SETTLE_S:
            return False
        if self._refused.get(station.id, -1) == station.connection:
            return False
        asked = self._asked.get(station.id)
        if asked is not None and 0 <= now - asked < every:
            return False
        words = [one.status_since for key, one in station.connectors.items() if key[0]]
        return not words or any(at is None or now - at >= every for at in words)

    def _ask(self, station: Station, now: Instant) -> None:
        self._asked[station.id] = now
        calls = (
            [trigger_v16("StatusNotification", None)]
            if station.version is Version.V16
            else [trigger.call for trigger in statuses_v2(station, None)[:MOST_CONNECTORS]]
        )
        self._send(station.id, station.connection, calls)

    def _send(self, station: str, connection: int | None, calls: list[Call]) -> None:
        call, *rest = calls
        self._waiting += 1
        self._stations.call(
            station,
            call.action,
            call.payload,
            deadline_s=ANSWER_S,
            done=partial(self._answered, station, connection, rest),
            background=True,
        )

    def _answered(self, station: str, connection: int | None, rest: list[Call], outcome: CallOutcome) -> None:
        self._waiting -= 1
        if isinstance(outcome, CallLost):
            return
        if isinstance(outcome, CallResult) and outcome.payload.get("status") == "Accepted":
            if rest:
                self._send(station, connection, rest)
        else:
            self._refused[station] = connection
