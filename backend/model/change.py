"""What an event did to live state. Only `fleet` makes these."""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct

from backend.model.clock import Instant
from backend.model.event import Fault, Sample
from backend.model.session import Session
from backend.model.station import Connector, Station
from backend.model.words import Activity, Link


class LinkChanged(Struct, frozen=True, kw_only=True, gc=False):
    station: Station
    before: Link
    after: Link
    at: Instant
    """When it became so, which may be before we noticed."""


class StationChanged(Struct, frozen=True, kw_only=True, gc=False):
    """Something about the station itself is new: boot, firmware, clock, connection."""

    station: Station
    at: Instant


class ConnectorChanged(Struct, frozen=True, kw_only=True, gc=False):
    """Status, activity or measured values of a connector are new. `before == after`: the activity stayed."""

    station: Station
    connector: Connector
    before: Activity
    after: Activity
    at: Instant
    late: bool = False
    """Tells of the past: moves intervals, never live state, and raises no alarm."""
    measured: bool = False
    """Measured values are new, and nothing else."""


class FaultsChanged(Struct, frozen=True, kw_only=True, gc=False):
    """Faults that came and went on a connector; live only, never from a replay."""

    station: Station
    connector: Connector
    raised: tuple[Fault, ...]
    cleared: tuple[Fault, ...]
    at: Instant


class SessionChanged(Struct, frozen=True, kw_only=True, gc=False):
    """A session began, went on or ended; `samples` are its new readings."""

    station: Station
    session: Session
    began: bool = False
    ended: bool = False
    late: bool = False
    samples: tuple[tuple[Instant, Sample], ...] = ()
    at: Instant = 0.0
    measured: bool = False
    """What the readings tell is new, and nothing else."""


class NoticeTaken(Struct, frozen=True, kw_only=True, gc=False):
    """A message to keep and show that changed no state."""

    station: Station
    at: Instant
    action: str
    text: str
    data: str = ""


Change: TypeAlias = LinkChanged | StationChanged | ConnectorChanged | FaultsChanged | SessionChanged | NoticeTaken
