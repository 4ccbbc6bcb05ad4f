"""Stations, EVSEs and connectors as the fleet holds them."""

from __future__ import annotations

from msgspec import Struct, field

from backend.model.clock import Instant
from backend.model.event import Fault
from backend.model.session import Session
from backend.model.words import Activity, BootStatus, Link, Version


class Connector(Struct, kw_only=True):
    """One connector; evse 0, connector 0 is the station itself (its main controller)."""

    evse: int
    connector: int
    status: str = ""
    """The station's own last word; empty when it never said one."""
    status_since: Instant | None = None
    told: Instant | None = None
    """When we learned that word; never goes back."""
    activity: Activity = Activity.UNKNOWN
    since: Instant | None = None
    """Since when the activity is what it is."""
    faults: tuple[Fault, ...] = ()
    info: str = ""
    power_w: float | None = None
    register_wh: int | None = None
    """Last energy register reported outside or inside a session."""
    metered: Instant | None = None
    conflict: bool = False
    """Status and measurement contradict each other."""
    session: Session | None = None
    """The session open here."""
    ended: bool = False
    """A session ended here and the car has not left since."""
    last_refusal: Instant | None = None
    """When a token was refused here last."""


class Station(Struct, kw_only=True):
    """One charging station."""

    id: str
    """As registered; looked up without case."""
    version: Version | None = None
    link: Link = Link.NEVER_SEEN
    link_since: Instant | None = None
    boot_status: BootStatus = BootStatus.NONE
    booted: Instant | None = None
    boot_reason: str = ""
    last_heard: Instant | None = None
    connection: int | None = None
    """The number of the live connection."""
    address: str = ""
    security_profile: int = 0
    vendor: str = ""
    model: str = ""
    serial: str = ""
    firmware: str = ""
    iccid: str = ""
    imsi: str = ""
    clock_skew_s: float | None = None
    """Station's clock minus ours, measured on live messages."""
    draining: bool = False
    """It came back and still replays what it queued."""
    lost_by_us: bool = False
    """It was connected when the last server ended, and has not come back yet."""
    brought_back: Instant | None = None
    """When it came back after that; until its first boot, which is not its own doing either."""
    absences: list[tuple[Instant, Instant]] = field(default_factory=list)
    """Begin and end of its last absences, oldest first; bounded."""
    connects: list[Instant] = field(default_factory=list)
    """Of the last hour; bounded. Without those that a restart of ours caused, as `boots`."""
    replaced: list[Instant] = field(default_factory=list)
    """When a new connection took the place of a live one, in the last hour; bounded."""
    boots: list[Instant] = field(default_factory=list)
    """Of the last 30 minutes; bounded."""
    connectors: dict[tuple[int, int], Connector] = field(default_factory=dict)
    """By (evse, connector); (0, 0) is the station itself."""
    timeouts: int = 0
    """Calls of ours in a row that nobody answered."""
