"""Sites, stations, outlets and their signs of life, as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct, field

from backend.model.words import Activity, Admission, BootStatus, Known, Link, Service, Severity


class SiteResource(Struct, kw_only=True):
    id: str
    name: str
    address: str = ""
    town: str = ""
    owner: str = ""
    capacity_w: float | None = None
    power_w: float | None = None
    """Now, over its outlets; None while no outlet of it is online."""
    power_history_w: list[float | None] = field(default_factory=list)
    """Mean power of each of the last 18 full hours, oldest first; None is a gap."""
    time_zone: str = "Europe/Stockholm"
    outlets: int = 0
    stations: int = 0


class OutletResource(Struct, kw_only=True):
    outlet: str
    """`STATION:EVSE`."""
    state: str
    """The OCPP word; `Unknown` when none was said."""
    activity: Activity
    since: datetime | None
    known: Known
    session: str | None
    station: str
    evse: int
    label: str = ""
    """The number on the sticker; the outlet's name when there is none."""
    evse_id: str = ""
    site: str | None = None
    place: str = ""
    link: Link = Link.NEVER_SEEN
    link_since: datetime | None = None
    heard: datetime | None = None
    power_w: float | None = None
    energy_wh: int | None = None
    """Of the session that is open, or that ended last while the car is still in."""
    soc_pct: float | None = None
    id_token: str | None = None
    """Of the open session, masked."""
    session_since: datetime | None = None
    error_codes: list[str] = field(default_factory=list)
    vendor_error_codes: list[str] = field(default_factory=list)
    info: str = ""
    conflict: bool = False
    refused_at: datetime | None = None
    """When a token was refused here last."""
    max_power_w: float | None = None
    connector_type: str = ""
    connectors: list[dict[str, Any]] = field(default_factory=list)
    """2.x with several connectors: `{connector, state}` of each."""
    service: Service = Service.IN_SERVICE
    alarm_severity: Severity | None = None
    """The worst open alarm here."""
    alarms: int = 0
    model: str = ""


class StationResource(Struct, kw_only=True):
    id: str
    ocpp_version: str | None
    link: Link
    boot_status: BootStatus
    last_heard: datetime | None
    site: str | None
    vendor: str
    model: str
    firmware: str
    outlets: list[str]
    admission: Admission = Admission.ACCEPTED
    link_since: datetime | None = None
    booted: datetime | None = None
    boot_reason: str = ""
    serial: str = ""
    address: str = ""
    iccid: str = ""
    """Masked."""
    security_profile: int = 0
    """What it has proved on this connection."""
    least_profile: int = 0
    """Below which it is not served."""
    has_key: bool = False
    """A key is on record, and must be shown."""
    key_form: str = ""
    """How it showed its key: `raw`, `hex`."""
    clock_skew_s: float | None = None
    connects_last_hour: int = 0
    state: str = ""
    """The station's own status (1.6 connector 0)."""
    error_codes: list[str] = field(default_factory=list)
    current: str = ""
    pinned_version: str | None = None
    quirks: dict[str, int] = field(default_factory=dict)
    """Deviations from the standard, counted."""
    traits: dict[str, str] = field(default_factory=dict)
    """What is done differently for it, by trait (`noc quirk show ID` tells why)."""
    note: str = ""
    pending_work: str = ""
    """The operation outstanding, and how many wait behind it."""


class TokenResource(Struct, kw_only=True):
    token: str
    """Masked unless revealed."""
    status: str
    group: str | None = None
    expires: datetime | None = None
    label: str = ""
    key: str = ""
    """`key:...`: names it to this server, until that is restarted, without telling what it is."""


class NoticeResource(Struct, kw_only=True):
    station: str
    at: datetime
    action: str
    text: str
    data: str = ""


class LinkEntryResource(Struct, kw_only=True):
    at: datetime
    link: str
    detail: str = ""


class Totals(Struct, kw_only=True):
    """The vital signs of the network."""

    network: str = ""
    """The operator's name."""
    stations: int = 0
    online: int = 0
    outlets: int = 0
    sites: int = 0
    activities: dict[str, int] = field(default_factory=dict)
    """Outlets by what the totals show: `faulted`, `offline`, `unavailable`, `plugged`, `charging`, `idle`."""
    power_w: float = 0.0
    alarms: dict[str, int] = field(default_factory=dict)
    """Open alarms by severity, `S1`...`S4`."""
    unacknowledged: dict[str, int] = field(default_factory=dict)
    uptime_30d_pct: float | None = None
    pending_stations: int = 0
