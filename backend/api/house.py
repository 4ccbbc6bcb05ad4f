"""All rooms of the server, as the API sees them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from backend.alarms.alarms import Alarms
from backend.api.frame_rate import FrameRate
from backend.api.loop_lag import LoopLag
from backend.api.outcomes import Outcomes
from backend.api.power_history import PowerHistory
from backend.fleet import Fleet
from backend.intake import Intake
from backend.model.clock import Clock, Instant
from backend.model.settings import Settings
from backend.operations.operations import Operations
from backend.register.quirks import QuirkBook
from backend.register.register import Register
from backend.rounds import Rounds
from backend.rounds.outside_authority import OutsideAuthority
from backend.security.authority import Authority
from backend.security.certificates import Certificates
from backend.security.credentials import Credentials
from backend.uptime.recorder import Recorder

if TYPE_CHECKING:
    from backend.api.feed import Feed
    from backend.api.people import People
    from backend.api.rollups import Rollups
    from backend.api.views import Views
    from backend.gateway.gateway import Gateway
    from backend.store.alarm_rows import AlarmQuery
    from backend.store.operation_rows import OperationQuery
    from backend.store.session_rows import SessionQuery
    from backend.store.store import Store


@dataclass(frozen=True)
class Queries:
    """How the store is asked; its own types, handed over by `server`."""

    sessions: type[SessionQuery]
    alarms: type[AlarmQuery]
    operations: type[OperationQuery]


@dataclass
class House:
    """What `server` has wired together. The last ones are set once they exist."""

    clock: Clock
    settings: Settings
    register: Register
    fleet: Fleet
    intake: Intake
    alarms: Alarms
    recorder: Recorder
    operations: Operations
    store: Store
    gateway: Gateway
    quirks: QuirkBook
    rounds: Rounds
    credentials: Credentials
    certificates: Certificates
    authority: Authority | None
    outside: OutsideAuthority | None
    queries: Queries
    started: Instant
    frame_rate: FrameRate = field(default_factory=FrameRate)
    importing: bool = False
    stopping: bool = False
    power: PowerHistory = field(default_factory=PowerHistory)
    lag: LoopLag = field(default_factory=LoopLag)
    outcomes: Outcomes = field(default_factory=Outcomes)
    uptime_30d_pct: float | None = None
    rollups: Rollups = field(init=False)
    views: Views = field(init=False)
    feed: Feed = field(init=False)
    people: People = field(init=False)
