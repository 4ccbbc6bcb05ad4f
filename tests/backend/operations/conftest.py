"""Operations on a held clock, with a way to the stations that the test answers by hand."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import Any, cast

import pytest
from msgspec import Struct

from backend.fleet import Fleet
from backend.model.clock import HeldClock
from backend.model.event import (
    Booted,
    Connected,
    Disconnected,
    Fault,
    Heard,
    MeterValuesReported,
    Noticed,
    Sample,
    StationEvent,
    StatusReported,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
)
from backend.model.operation import AuditEntry, CallFailed, CallLost, CallResult, Operation
from backend.model.ports import CallOutcome, Journal
from backend.model.register import StationEntry
from backend.model.settings import OcppSettings
from backend.model.words import Version
from backend.operations.operations import Operations
from backend.operations.request import Request
from backend.register.register import Register


class Sent(Struct):
    """One call that the operations made."""

    station: str
    action: str
    payload: dict[str, Any]
    done: Callable[[CallOutcome], None]
    background: bool
    deadline_s: float
    sent: Callable[[], None] | None


class Book:
    """As much of a journal as operations write, each entry as it was when it was written."""

    def __init__(self) -> None:
        self.operations: list[Operation] = []
        self.audits: list[AuditEntry] = []

    def operation(self, operation: Operation) -> None:
        self.operations.append(copy(operation))

    def audit(self, entry: AuditEntry) -> None:
        self.audits.append(entry)


class Stage:
    """A fleet with station CP1, operations, and the calls that they make."""

    def __init__(self, version: Version = Version.V16) -> None:
        self.book = Book()
        self.holds = False
        """Calls wait in the station's queue until `send`."""
        self.clock = HeldClock()
        settings = OcppSettings()
        self.register = Register(self.clock, settings, None)
        self.register.put_station(StationEntry(id="CP1", current="AC"))
        self.fleet = Fleet(self.clock, self.register, settings)
        self.calls: list[Sent] = []
        self.operations = Operations(self.clock, self.fleet, self.register, self, cast("Journal", self.book))
        self.version = version
        self.connection = 0
        self.connect()
        self.see(Booted(station="CP1", learned=self.now, vendor="Fjord", model="F1"))
        for evse in (1, 2):
            self.status(evse, "Available")

    @property
    def now(self) -> float:
        return self.clock.now()

    # -- ports.Stations ------------------------------------------------------------------------------------------

    def call(
        self,
        station: str,
        action: str,
        payload: dict[str, Any],
        *,
        deadline_s: float,
        done: Callable[[CallOutcome], None],
        sent: Callable[[], None] | None = None,
        background: bool = False,
        requested_by: str | None = None,
    ) -> None:
        self.calls.append(Sent(station, action, payload, done, background, deadline_s, sent))
        if not self.holds:
            self.send()

    def send(self) -> None:
        """It is the last call's turn."""
        sent = self.calls[-1].sent
        if sent is not None:
            sent()

    def close(self, station: str, why: str) -> bool:
        return False

    # -- what the station does -----------------------------------------------------------------------------------

    def see(self, event: StationEvent) -> None:
        _, changes = self.fleet.apply(event)
        self.operations.observe(event, changes)

    def connect(self) -> None:
        self.connection += 1
        self.see(
            Connected(
                station="CP1", learned=self.now, connection=self.connection, version=self.version, address="192.0.2.1"
            )
        )

    def drop(self) -> None:
        self.see(Disconnected(station="CP1", learned=self.now, connection=self.connection, code=1006))

    def boot(self, reason: str = "") -> None:
        self.see(Booted(station="CP1", learned=self.now, vendor="Fjord", model="F1", reason=reason))

    def status(self, evse: int, status: str, *codes: str) -> None:
        self.see_status(evse, 1 if evse else 0, status, *codes)

    def see_status(self, evse: int, connector: int, status: str, *codes: str, said: float | None = None) -> None:
        self.see(
            StatusReported(
                station="CP1",
                learned=self.now,
                said=self.now if said is None else said,
                evse=evse,
                connector=connector,
                status=status,
                faults=tuple(Fault(code=code) for code in codes),
            )
        )

    def start(
        self, evse: int = 1, token: str | None = "CARD", remote: int | None = None, transaction: str | None = None
    ) -> None:
        self.see(
            TransactionStarted(
                station="CP1",
                learned=self.now,
                said=self.now,
                evse=evse,
                connector=1,
                transaction_id=transaction,
                id_token=token,
                meter_start_wh=0,
                remote_start_id=remote,
                charging_state="Charging" if transaction else "",
            )
        )

    def see_new(self, station: str) -> None:
        """Another station comes, with one outlet."""
        self.see(
            Connected(station=station, learned=self.now, connection=900, version=self.version, address="192.0.2.2")
        )
        self.see(Booted(station=station, learned=self.now, vendor="Fjord", model="F1"))
        self.see(StatusReported(station=station, learned=self.now, evse=1, connector=1, status="Available"))

    def update(
        self,
        transaction: str,
        *,
        remote: int | None = None,
        trigger: str = "",
        power_w: float | None = None,
        current_a: tuple[float, ...] = (),
    ) -> None:
        self.see(
            TransactionUpdated(
                station="CP1",
                learned=self.now,
                said=self.now,
                transaction_id=transaction,
                remote_start_id=remote,
                trigger=trigger,
                samples=(Sample(at=self.now, power_w=power_w, current_a=current_a),),
            )
        )

    def meter(self, evse: int) -> None:
        self.see(MeterValuesReported(station="CP1", learned=self.now, evse=evse, connector=1, transaction_id=None))

    def heartbeat(self) -> None:
        self.see(Heard(station="CP1", learned=self.now))

    def notice(self, action: str, text: str) -> None:
        self.see(Noticed(station="CP1", learned=self.now, action=action, text=text))

    def stop(self, transaction: str, meter: int = 900) -> None:
        self.see(
            TransactionEnded(
                station="CP1", learned=self.now, said=self.now, transaction_id=transaction, meter_stop_wh=meter
            )
        )

    def answer(self, status: str | None = "Accepted", **more: Any) -> None:
        """Answer the last call."""
        payload = more if status is None else {"status": status, **more}
        self.calls[-1].done(CallResult(payload=payload))

    def refuse(self, code: str) -> None:
        self.calls[-1].done(CallFailed(code=code))

    def lose(self, why: str) -> None:
        self.calls[-1].done(CallLost(why=why))

    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.operations.tick(self.now)

    def ask(
        self,
        operation: str,
        target: str = "CP1",
        *,
        typed: str = "",
        deadline_s: float | None = None,
        **parameters: Any,
    ) -> Operation:
        return self.operations.submit(
            Request(
                operation=operation,
                target=target,
                parameters=parameters,
                reason="test",
                yes=True,
                typed=typed,
                deadline_s=deadline_s,
                requested_by="elin",
            )
        )


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def stage2() -> Stage:
    return Stage(Version.V201)
