"""Settings that a station has lost are put back: read after every boot, compared, written where they differ.

Chargers forget what they were told when they restart or are updated. What is written is an operation like a
person's, with its proof and its place in the audit; what does not stick is an alarm, and is not tried again before
the next boot.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable
from functools import partial

from msgspec import Struct, field

from backend.fleet import Fleet
from backend.model.clock import Instant
from backend.model.errors import NocError
from backend.model.operation import CallResult, Operation
from backend.model.ports import CallOutcome, Stations
from backend.model.sanitise import clean
from backend.model.settings import RoundsSettings
from backend.model.station import Station
from backend.model.wanted import STATION, SettingFound, SettingState, WantedSetting
from backend.model.words import BootStatus, Link, OperationState, Version
from backend.operations.operations import Operations
from backend.operations.request import Request
from backend.operations.settings_keys import read_settings, same_value, variable_of
from backend.rounds.wanted import WantedSettings
from backend.text import t

SETTLE_S = 90.0
"""After a boot: firmware that just started drops the link when it is asked at once."""
ANSWER_S = 60.0
KEYS_A_CALL = 10
"""GetConfigurationMaxKeys and ItemsPerMessage of small firmware."""
BY = "noc"
"""Who asks, in the record of operations."""


class Care(Struct, kw_only=True):
    """How the wanted settings stand at one station."""

    found: dict[str, SettingFound] = field(default_factory=dict)
    """By casefolded key."""
    to_write: deque[str] = field(default_factory=deque)
    writing: tuple[int, str] | None = None
    """Operation and key."""
    tried: set[str] = field(default_factory=set)
    """Written since the last boot."""


class Drift:
    """Compares and mends; `on_trouble(station, keys)` tells which wanted settings do not stick (none: all do)."""

    def __init__(
        self,
        fleet: Fleet,
        stations: Stations,
        operations: Operations,
        wanted: WantedSettings,
        settings: RoundsSettings,
        on_trouble: Callable[[str, list[str]], None],
    ) -> None:
        self._fleet = fleet
        self._stations = stations
        self._operations = operations
        self._wanted = wanted
        self._settings = settings
        self._on_trouble = on_trouble
        self._due: dict[str, Instant] = {}
        """Station -> when to compare next."""
        self._line: list[tuple[Instant, str]] = []
        """The same as a heap; entries that `_due` no longer says are passed over."""
        self._care: dict[str, Care] = {}
        self._reading = 0
        operations.on_change.append(self._operation)

    def booted(self, station: str, now: Instant) -> None:
        """It restarted: everything may be lost, and everything may be tried again."""
        if not self._wanted:
            return
        care = self._care.get(station)
        if care is not None:
            care.tried.clear()
            care.to_write.clear()
        self._plan(station, now + SETTLE_S)

    def wish(self, setting: WantedSetting, now: Instant) -> None:
        """What is wanted has changed: compare whom it concerns."""
        scope, _, name = setting.scope.partition(":")
        one = self._fleet.find(name) if setting.scope.startswith(STATION) else None
        for station in [one] if one is not None else self._fleet.stations.values() if scope != "station" else ():
            if station.link is Link.ONLINE:
                care = self._care.get(station.id)
                if care is not None:
                    care.tried.discard(setting.key.casefold())
                self._plan(station.id, now)

    def of(self, station: Station) -> list[SettingFound]:
        """How each wanted setting stands at a station, by key."""
        known = self._care.get(station.id, Care()).found
        rows = []
        for wanted in self._wanted.of(station):
            row = known.get(wanted.key.casefold())
            if row is None or row.wanted != wanted.value or row.scope != wanted.scope:
                row = SettingFound(key=wanted.key, wanted=wanted.value, scope=wanted.scope)
            rows.append(row)
        return rows

    def tick(self, now: Instant) -> None:
        """Compare those whose time has come."""
        while self._line and self._line[0][0] <= now and self._reading < self._settings.most_waiting:
            at, name = heapq.heappop(self._line)
            if self._due.get(name) != at:
                continue
            del self._due[name]
            station = self._fleet.find(name)
            if station is None:
                self._care.pop(name, None)
            elif station.link is Link.ONLINE and station.boot_status is BootStatus.ACCEPTED:
                self._compare(station, now)

    def _plan(self, station: str, at: Instant) -> None:
        if self._due.get(station, at + 1.0) > at:
            self._due[station] = at
            heapq.heappush(self._line, (at, station))

    def _compare(self, station: Station, now: Instant) -> None:
        wanted = self._wanted.of(station)
        care = self._care.setdefault(station.id, Care())
        keys = {one.key.casefold() for one in wanted}
        for gone in care.found.keys() - keys:
            del care.found[gone]
        if not wanted:
            del self._care[station.id]
            self._on_trouble(station.id, [])
            return
        for at in range(0, len(wanted), KEYS_A_CALL):
            self._read(station, wanted[at : at + KEYS_A_CALL], now)
        if self._settings.settings_every_s > 0:
            self._plan(station.id, now + self._settings.settings_every_s)

    def _read(self, station: Station, wanted: list[WantedSetting], now: Instant) -> None:
        v16 = station.version is Version.V16
        keys = [one.key for one in wanted]
        self._reading += 1
        self._stations.call(
            station.id,
            "GetConfiguration" if v16 else "GetVariables",
            {"key": keys} if v16 else {"getVariableData": [variable_of(key) for key in keys]},
            deadline_s=ANSWER_S,
            done=partial(self._answered, station.id, wanted, now),
            background=True,
            requested_by=BY,
        )

    def _answered(self, name: str, wanted: list[WantedSetting], now: Instant, outcome: CallOutcome) -> None:
        self._reading -= 1
        care = self._care.get(name)
        if care is None or not isinstance(outcome, CallResult):
            return
        told = {one.name.casefold(): one for one in read_settings(outcome.payload)}
        for one in wanted:
            key = one.key.casefold()
            said = told.get(key)
            value = None if said is None or said.value is None else clean(said.value, 200)
            row = SettingFound(key=one.key, wanted=one.value, scope=one.scope, found=value, checked=now)
            if value is None:
                row.state, row.why = SettingState.UNKNOWN, clean(said.status if said is not None else "", 60)
            elif same_value(value, one.value):
                row.state = SettingState.SAME
            elif key in care.tried:
                before = care.found.get(key)
                row.state, row.why = SettingState.NOT_TAKEN, before.why if before is not None else ""
            else:
                row.state = SettingState.DRIFT
                if key not in care.to_write:
                    care.to_write.append(key)
            care.found[key] = row
        self._tell(name, care)
        self._write(name, care)

    def _write(self, name: str, care: Care) -> None:
        while care.to_write and care.writing is None:
            key = care.to_write.popleft()
            row = care.found.get(key)
            if row is None:
                continue
            care.tried.add(key)
            request = Request(
                operation="configuration",
                target=name,
                parameters={"key": [row.key], "value": row.wanted},
                reason=t("wanted setting, found {value}", value=row.found or "?"),
                requested_by=BY,
                background=True,
                yes=True,
            )
            try:
                operation = self._operations.submit(request)
            except NocError as error:
                row.state, row.why = SettingState.NOT_TAKEN, error.message
                self._tell(name, care)
                continue
            if operation.state.ended:
                self._ended(name, care, key, operation)
            else:
                care.writing = (operation.id, key)

    def _operation(self, operation: Operation) -> None:
        if operation.requested_by != BY or not operation.state.ended:
            return
        care = self._care.get(operation.station)
        if care is None or care.writing is None or care.writing[0] != operation.id:
            return
        key, care.writing = care.writing[1], None
        self._ended(operation.station, care, key, operation)
        self._write(operation.station, care)

    def _ended(self, name: str, care: Care, key: str, operation: Operation) -> None:
        row = care.found.get(key)
        if row is None:
            return
        if operation.state is OperationState.PROVED:
            row.state, row.found, row.why = SettingState.SAME, row.wanted, ""
        elif operation.state is OperationState.OFFLINE:
            row.state = SettingState.DRIFT
            care.tried.discard(key)
        else:
            row.state, row.why = SettingState.NOT_TAKEN, operation.proof or operation.answer or operation.state.value
        self._tell(name, care)

    def _tell(self, name: str, care: Care) -> None:
        stuck = sorted(row.key for row in care.found.values() if row.state is SettingState.NOT_TAKEN)
        self._on_trouble(name, stuck)
