"""The messages of the live feed."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct, field

from backend.model.resources.alarms import AlarmResource
from backend.model.resources.frames import FrameResource
from backend.model.resources.network import OutletResource, SiteResource, StationResource, Totals
from backend.model.resources.operations import OperationResource
from backend.model.resources.sessions import SessionResource


class Snapshot(Struct, kw_only=True):
    """The feed's first messages: `part` of `parts`; then Changes follow from `seq` on."""

    kind: str = "snapshot"
    seq: int
    part: int
    parts: int
    totals: Totals | None = None
    sites: list[SiteResource] = field(default_factory=list)
    stations: list[StationResource] = field(default_factory=list)
    outlets: list[OutletResource] = field(default_factory=list)
    alarms: list[AlarmResource] = field(default_factory=list)
    operations: list[OperationResource] = field(default_factory=list)
    sessions: list[SessionResource] = field(default_factory=list)
    """The open ones."""


class Changes(Struct, kw_only=True):
    """What is new since `seq - 1`: whole objects, the latest state of each."""

    kind: str = "changes"
    seq: int
    sent: datetime
    totals: Totals | None = None
    sites: list[SiteResource] = field(default_factory=list)
    stations: list[StationResource] = field(default_factory=list)
    outlets: list[OutletResource] = field(default_factory=list)
    alarms: list[AlarmResource] = field(default_factory=list)
    operations: list[OperationResource] = field(default_factory=list)
    sessions: list[SessionResource] = field(default_factory=list)
    gone: dict[str, list[str]] = field(default_factory=dict)
    """Ids removed, by kind: `outlets`, `stations`, `sites`."""
    frames: list[FrameResource] = field(default_factory=list)
    """Only of the stations that this reader follows."""
