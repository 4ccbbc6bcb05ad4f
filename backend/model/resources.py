"""The public shapes: what the API, the feed and `--json` show, and what screens and widgets draw.

Fields of CONTRACT.md are always there; more may follow. Times are aware UTC datetimes (ISO 8601 with Z as
JSON), units stand in the names, unknown is null. Tokens are masked. All text is sanitised.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct, field

from backend.model.wanted import SettingState
from backend.model.words import (
    Activity,
    Admission,
    AlarmState,
    BootStatus,
    Known,
    Link,
    OperationState,
    Service,
    SessionState,
    Severity,
)


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


class QuirkResource(Struct, kw_only=True):
    """One trait of a station or of a model."""

    trait: str
    """`ping`, `ping_s`, `settle_s`, `assume_version`, `pin_version`, `hex_key`, `clock_zone`, `phantom_connectors`."""
    value: str
    station: str = ""
    vendor: str = ""
    model: str = ""
    """Empty: all of the vendor's."""
    firmware: str = ""
    """What the firmware begins with; empty is any."""
    source: str = "set"
    """`set`, `learned`, `refused`."""
    by: str = ""
    at: datetime | None = None
    stations: list[str] = field(default_factory=list)
    """Learned: who showed it."""
    for_all: bool = True
    """Learned: whether it counts for all of the model by now, or only for these stations."""


class StationQuirks(Struct, kw_only=True):
    """What is in force for one station."""

    station: str
    vendor: str = ""
    model: str = ""
    firmware: str = ""
    traits: list[QuirkResource] = field(default_factory=list)
    seen: dict[str, int] = field(default_factory=dict)
    """Deviations from the standard, counted since the server started."""


class SecurityResource(Struct, kw_only=True):
    """How one station proves who it is."""

    station: str
    security_profile: int
    """What it has proved on its last connection."""
    least_profile: int
    """Below which it is not served."""
    link: Link
    has_key: bool = False
    key_form: str = ""
    """How it showed its key: `raw`, `hex`."""
    key_set: datetime | None = None
    key_set_by: str = ""
    next_key: bool = False
    """A new key is on its way; the old one counts until the station has taken it."""
    certificate: str = ""
    """Serial number of the newest that our own authority has issued to it."""
    certificate_until: datetime | None = None
    certificate_revoked: datetime | None = None


class CertificateResource(Struct, kw_only=True):
    """A client certificate that our own authority has issued."""

    serial: str
    station: str
    begins: datetime
    until: datetime
    fingerprint: str = ""
    """SHA-256 of the DER form, hexadecimal."""
    asked_by: str = ""
    """`station`: by SignCertificate; else who."""
    revoked: datetime | None = None


class RootResource(Struct, kw_only=True):
    """The root certificate of the house's own authority."""

    pem: str
    until: datetime


class KeyResource(Struct, kw_only=True):
    """A key that was made: shown this once, and kept by nobody."""

    station: str
    key: str


class WantedSettingResource(Struct, kw_only=True):
    """A setting that is wanted of stations."""

    scope: str
    """`all`, `model:VENDOR/MODEL` or `station:ID`."""
    key: str
    value: str
    set_by: str
    at: datetime


class SettingResource(Struct, kw_only=True):
    """A wanted setting of one station, and how it stands there."""

    key: str
    wanted: str
    scope: str
    state: SettingState
    found: str | None = None
    checked: datetime | None = None
    why: str = ""


class SessionResource(Struct, kw_only=True):
    id: str
    outlet: str
    id_token: str | None
    state: SessionState
    started: datetime
    ended: datetime | None
    meter_start_wh: int | None
    meter_stop_wh: int | None
    energy_wh: int
    power_w: float | None
    stop_reason: str | None
    flags: list[str]
    station: str = ""
    evse: int = 0
    label: str = ""
    site: str | None = None
    transaction_id: str = ""
    duration_s: float = 0.0
    offered_w: float | None = None
    max_power_w: float = 0.0
    soc_pct: float | None = None
    soc_start_pct: float | None = None
    current_a: list[float] = field(default_factory=list)
    voltage_v: list[float] = field(default_factory=list)
    temperature_c: float | None = None
    sampled: datetime | None = None
    charging_state: str = ""
    start_trigger: str = ""

    @property
    def measured_wh(self) -> int | None:
        """The energy, or None while no register was read: 0 is then not known, only not contradicted."""
        read = self.energy_wh or self.sampled is not None or self.meter_start_wh is not None
        return self.energy_wh if read else None


class ReadingResource(Struct, kw_only=True):
    """One point of a session's curve."""

    at: datetime
    energy_wh: int | None = None
    power_w: float | None = None
    offered_w: float | None = None
    soc_pct: float | None = None
    current_a: list[float] = field(default_factory=list)
    voltage_v: list[float] = field(default_factory=list)
    temperature_c: float | None = None


class StepResource(Struct, kw_only=True):
    at: datetime
    name: str
    text: str = ""
    values: dict[str, str] = field(default_factory=dict)


class OperationResource(Struct, kw_only=True):
    id: str
    operation: str
    target: str
    state: OperationState
    answer: str | None
    proof: str | None
    reason: str
    requested_by: str
    times: dict[str, datetime | None]
    """`requested`, `sent`, `answered`, `ended`."""
    station: str = ""
    outlet: str | None = None
    session: str | None = None
    site: str | None = None
    parameters: dict[str, Any] = field(default_factory=dict)
    answer_payload: Any = None
    deadline_s: float = 0.0
    steps: list[StepResource] = field(default_factory=list)


class LiveCharge(Struct, kw_only=True):
    """A charge that an operation would end: what the question names."""

    outlet: str
    label: str
    session: str
    id_token: str | None
    """Masked."""
    minutes: int
    energy_wh: int
    power_w: float | None


class Question(Struct, kw_only=True):
    """What must be answered before an operation goes out."""

    operation: str
    target: str
    station: str
    ends: list[LiveCharge]
    must_type: str | None = None
    """What has to be typed to confirm: the station's id for a hard reset under a live charge."""
    advice: str = ""
    """The gentler way, by name of an operation."""
    worked: int = 0
    """How often this operation was proved on this model in 90 days, of `tried`."""
    tried: int = 0
    median_s: float | None = None
    last_here: datetime | None = None
    last_result: OperationState | None = None


class AlarmResource(Struct, kw_only=True):
    id: str
    rule: str
    severity: Severity
    state: AlarmState
    source: str
    site: str | None
    since: datetime
    count: int
    flags: list[str]
    text: str
    """In the server's language; clients that speak another translate by `rule`, `code` and `values`."""
    owner: str | None
    parent: str | None
    code: str = ""
    active: bool = True
    station: str | None = None
    evse: int | None = None
    label: str = ""
    raised: datetime | None = None
    info: str = ""
    vendor_code: str = ""
    values: dict[str, str] = field(default_factory=dict)
    acknowledged_by: str | None = None
    acknowledged: datetime | None = None
    shelved_by: str | None = None
    shelved_until: datetime | None = None
    shelve_reason: str = ""
    cleared: datetime | None = None


class AlarmEntryResource(Struct, kw_only=True):
    at: datetime
    what: str
    who: str | None
    text: str = ""


class UptimeResource(Struct, kw_only=True):
    key: str
    from_: datetime = field(name="from")
    to: datetime
    formula: str
    up_s: float
    down_s: float
    excluded_s: float
    gap_s: float
    uptime_pct: float | None
    """None: no minute counts."""
    label: str = ""
    site: str | None = None
    outlets: int = 1
    causes: dict[str, float] = field(default_factory=dict)
    """Seconds lost (and excluded) by kind and detail: `offline`, `faulted:GroundFailure`, `planned`, ..."""
    lost_per_day_s: list[float] = field(default_factory=list)
    """Only where asked for."""


class IntervalResource(Struct, kw_only=True):
    outlet: str
    start: datetime
    end: datetime | None
    kind: str
    detail: str = ""


class FrameResource(Struct, kw_only=True):
    station: str
    direction: str
    received: datetime
    action: str
    frame: str
    deviations: list[str]
    message_id: str = ""
    kind: int = 0
    latency_ms: int | None = None
    requested_by: str | None = None


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


class HandshakeResource(Struct, kw_only=True):
    at: datetime
    address: str
    reason: str
    identity: str = ""
    offered: str = ""
    raw: str = ""
    count: int = 1


class LinkEntryResource(Struct, kw_only=True):
    at: datetime
    link: str
    detail: str = ""


class AuditResource(Struct, kw_only=True):
    at: datetime
    who: str
    what: str
    target: str
    reason: str = ""
    result: str = ""


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


class Vitals(Struct, kw_only=True):
    """Is our own house in order."""

    version: str
    started: datetime
    now: datetime
    connections: int
    frames_in: int
    frames_out: int
    frames_per_s: float
    events: int
    loop_lag_ms: float
    writer_queue: int
    commit_ms: float
    """Mean of the last commits."""
    commits: int
    database_bytes: int
    trace_bytes: int
    memory_bytes: int
    consoles: int
    database_most_bytes: int = 0
    """What the database may grow to: beyond it the oldest days go."""
    trace_most_bytes: int = 0
    commit_p99_ms: float = 0.0
    """Of the last thousand commits."""
    open_files: int = 0
    open_files_limit: int = 0
    """What the system lets this process have open: each connection is one."""
    disk_free_bytes: int = 0
    disk_bytes: int = 0
    last_backup: datetime | None = None
    last_backup_path: str | None = None
    files_needed: int = 0
    """How many open files it needs when every registered station is connected."""
    store_error: str | None = None
    trace_error: str | None = None
    settings: dict[str, str] = field(default_factory=dict)


class Readiness(Struct, kw_only=True):
    """Whether stations and people are served as they should be."""

    ready: bool
    reasons: list[str]
    """Why not."""


class BackupResource(Struct, kw_only=True):
    """A copy of the database, proved."""

    path: str
    bytes: int
    schema: int
    rows: dict[str, int]
    """By table."""
    took_s: float


class Who(Struct, kw_only=True):
    """Who is asking, and what they may."""

    name: str
    rights: list[str]
    read_only: bool = False


class Problem(Struct, kw_only=True):
    """What every failure answers: `{"error": {...}}`."""

    code: str
    message: str
    hint: str = ""
    question: Question | None = None
    """With code `confirmation_needed`."""


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
