"""A fleet on a held clock, with an accepted station or two."""

from __future__ import annotations

from typing import Any

import pytest

from backend.fleet import Fleet
from backend.model.change import Change
from backend.model.clock import HeldClock
from backend.model.event import (
    Booted,
    Connected,
    Disconnected,
    Fault,
    MeterValuesReported,
    Sample,
    StationEvent,
    StatusReported,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
)
from backend.model.register import StationEntry, TokenEntry
from backend.model.reply import Reply
from backend.model.session import Session
from backend.model.settings import OcppSettings
from backend.model.station import Connector, Station
from backend.model.words import Admission, TokenStatus, Version
from backend.register.register import Register


class Bench:
    """Speaks events for one station and keeps what came of the last one."""

    def __init__(self) -> None:
        self.clock = HeldClock()
        settings = OcppSettings()
        self.register = Register(self.clock, settings, None)
        self.register.put_station(StationEntry(id="CP1", admission=Admission.ACCEPTED))
        self.register.put_token(TokenEntry(token="CARD"))
        self.register.put_token(TokenEntry(token="BLOCKED", status=TokenStatus.BLOCKED))
        self.fleet = Fleet(self.clock, self.register, settings)
        self.connection = 0
        self.changes: list[Change] = []
        self.reply: Reply | None = None

    @property
    def now(self) -> float:
        return self.clock.now()

    @property
    def station(self) -> Station:
        return self.fleet.stations["CP1"]

    def connector(self, evse: int = 1) -> Connector:
        return self.station.connectors[evse, 1]

    def apply(self, event: StationEvent) -> Reply:
        self.reply, self.changes = self.fleet.apply(event)
        return self.reply

    def connect(self, version: Version = Version.V16) -> None:
        self.connection += 1
        self.apply(
            Connected(station="CP1", learned=self.now, connection=self.connection, version=version, address="192.0.2.1")
        )

    def drop(self, code: int = 1001) -> None:
        self.apply(Disconnected(station="CP1", learned=self.now, connection=self.connection, code=code))

    def boot(self) -> Reply:
        return self.apply(Booted(station="CP1", learned=self.now, vendor="Nordlys", model="L2"))

    def status(self, status: str, evse: int = 1, *codes: str, said: float | None = None) -> Reply:
        faults = tuple(Fault(code=code) for code in codes)
        return self.apply(
            StatusReported(
                station="CP1",
                learned=self.now,
                said=self.now if said is None else said,
                evse=evse,
                connector=1 if evse else 0,
                status=status,
                faults=faults,
            )
        )

    def start(self, evse: int = 1, token: str = "CARD", meter: int = 1000, said: float | None = None) -> Any:
        return self.apply(
            TransactionStarted(
                station="CP1",
                learned=self.now,
                said=self.now if said is None else said,
                evse=evse,
                connector=1,
                transaction_id=None,
                id_token=token,
                meter_start_wh=meter,
            )
        )

    def stop(
        self,
        transaction: object,
        meter: int = 6000,
        *,
        token: str | None = None,
        said: float | None = None,
        reason: str = "Local",
    ) -> Reply:
        return self.apply(
            TransactionEnded(
                station="CP1",
                learned=self.now,
                said=self.now if said is None else said,
                transaction_id=str(transaction),
                id_token=token,
                meter_stop_wh=meter,
                reason=reason,
            )
        )

    def meter(
        self,
        wh: int | None,
        power: float | None = None,
        *,
        evse: int = 1,
        transaction: object | None = None,
        said: float | None = None,
    ) -> Reply:
        at = self.now if said is None else said
        sample = Sample(at=at, energy_wh=wh, power_w=power)
        return self.apply(
            MeterValuesReported(
                station="CP1",
                learned=self.now,
                evse=evse,
                connector=1,
                transaction_id=None if transaction is None else str(transaction),
                samples=(sample,),
            )
        )

    def tx(
        self,
        kind: str,
        seq: int,
        state: str = "Charging",
        *,
        offline: bool = False,
        said: float | None = None,
        wh: int | None = None,
    ) -> Reply:
        shared: dict[str, Any] = {
            "station": "CP1",
            "learned": self.now,
            "said": self.now if said is None else said,
            "transaction_id": "tx-1",
            "evse": 1,
            "connector": 1,
            "id_token": "CARD" if kind == "Started" else None,
            "charging_state": state,
            "seq_no": seq,
            "offline": offline,
            "samples": () if wh is None else (Sample(energy_wh=wh),),
        }
        made: StationEvent = {"Started": TransactionStarted, "Updated": TransactionUpdated, "Ended": TransactionEnded}[
            kind
        ](**shared)
        return self.apply(made)

    def session(self, number: int) -> Session:
        return next(s for s in self.fleet.recent_sessions("CP1") if s.id == number)


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    made.connect()
    made.boot()
    made.status("Available", 0)
    made.status("Available", 1)
    made.status("Available", 2)
    return made
