"""What an operator may set. Read from TOML and the environment by `noc`; the backend only takes values."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

DEFAULT_OCPP_PORT = 9000


class OcppSettings(Struct, kw_only=True):
    host: str = "0.0.0.0"  # noqa: S104 - stations come from outside
    port: int = DEFAULT_OCPP_PORT
    plain: bool = True
    """Whether stations may come in without TLS at all."""
    accept_unknown: bool = False
    """Unknown stations are in service from their first boot, unknown tokens are accepted."""
    heartbeat_s: int = 300
    pending_interval_s: int = 30
    ping_s: float = 20.0
    ping_misses: int = 3
    """Pings unanswered before the socket counts as lost."""
    handshake_s: float = 10.0
    call_timeout_s: float = 30.0
    guard_bytes: int = 1 << 20
    """Above it a frame is answered with an error; the connection stays."""
    transport_bytes: int = 8 << 20
    """Above it the connection is closed with 1009."""
    budget_bytes: int = 256 << 20
    """Of unfinished messages, over all stations."""
    frames_s: Annotated[float, Meta(ge=200)] = 300.0
    """A station's share, sustained; who sends more is slowed, never closed."""
    bytes_s: Annotated[int, Meta(ge=1 << 16)] = 1 << 20
    """The same in bytes."""
    trusted_networks: list[str] = field(default_factory=list)
    """CIDR networks to which the limits per address do not apply."""
    least_profile: int = 0
    """OCPP security profile below which nobody is served; a station's own may be higher."""
    concurrent_tx: bool = False
    """Answer ConcurrentTx when a token already charges elsewhere."""


class AlarmSettings(Struct, kw_only=True):
    offline_ac_s: float = 900.0
    offline_dc_s: float = 300.0
    offline_clear_s: float = 120.0
    fault_clear_s: float = 60.0
    """A fault must be gone that long before its alarm returns."""
    deaf_calls: int = 3
    max_shelve_s: float = 8 * 3600.0
    undo_s: float = 10.0
    on_delay_s: dict[str, float] = field(default_factory=dict)
    """By rule: how long a cause must last before its alarm is raised, where it differs from the rule's own."""
    temperature_c: float = 80.0
    """A measured temperature from here on raises an alarm."""
    temperature_clear_c: float = 75.0
    """And at or below this clears it."""


class RoundsSettings(Struct, kw_only=True):
    """What the server asks of stations by itself, behind people's work."""

    status_every_s: float = 4 * 3600.0
    """A station whose statuses are older is asked for them; 0: never."""
    per_s: float = 2.0
    """Stations asked a second at most."""
    most_waiting: int = 20
    """Calls of the rounds without an answer yet, over all stations."""
    settings_every_s: float = 24 * 3600.0
    """How often wanted settings are compared, besides after every boot; 0: after boots alone."""


class TlsSettings(Struct, kw_only=True):
    """The port of security profiles 2 and 3."""

    host: str = "0.0.0.0"  # noqa: S104 - stations come from outside
    port: int | None = None
    """None: no TLS port. 8443 is usual; 0 takes a free one."""
    certificate: Path | None = None
    """PEM chain; None: issued by our own authority for `names`."""
    key: Path | None = None
    names: list[str] = field(default_factory=list)
    """Host names and addresses under which stations reach us; this machine's own when empty."""
    client_ca: Path | None = None
    """PEM of outside authorities whose client certificates count, besides our own."""
    client_crl: Path | None = None
    """PEM of their revocation lists."""
    signer: Literal["own", "outside"] = "own"
    """Who signs stations' certificates: our own authority, or one of `client_ca` (`noc security requests`)."""
    organization: str = ""
    """What O of a client certificate must be (1.6: CpoName); empty: the network's name."""
    handshake_s: float = 10.0
    old_suites: bool = False
    """Also TLS 1.2 with AES-CBC, for hardware that has nothing better."""


class StoreSettings(Struct, kw_only=True):
    data: Path = Path()
    group_commit_ms: float = 5.0
    trace_days: float = 7.0
    trace_bytes: int = 2 << 30
    history_days: float = 400.0
    reading_days: float = 400.0
    """Curves of sessions, and readings outside them: most of what there is to keep."""
    cache_bytes: int = 64 << 20
    """Pages that each of the two writing connections keeps in memory; a reading one keeps half as many."""
    max_bytes: int = 20 << 30
    """Of the database without the trace: above it the oldest days go, but for the last week."""


class ApiSettings(Struct, kw_only=True):
    listen: str = ""
    """`unix:PATH` or `HOST:PORT`; empty: the default socket."""
    roles: Path | None = None
    """The role file; without it root and the server's own user have every right."""
    metrics: str = ""
    """`HOST:PORT` that serves figures and health without a login; empty: only the API does."""
    flush_s: float = 0.1
    """How often the feed sends what has changed."""


class LogSettings(Struct, kw_only=True):
    """The server's own log, on stderr."""

    format: Literal["text", "json"] = "text"
    level: Literal["debug", "info", "warning", "error"] = "warning"


class Settings(Struct, kw_only=True):
    network: str = "noc"
    """The operator's name, as the header shows it."""
    language: str = "en"
    uptime_goal_pct: float = 99.0
    allow_unsafe: list[str] = field(default_factory=list)
    """What may stand open to the internet: `plain-ocpp`, `accept-unknown`, `plain-api`."""
    ocpp: OcppSettings = field(default_factory=OcppSettings)
    alarms: AlarmSettings = field(default_factory=AlarmSettings)
    store: StoreSettings = field(default_factory=StoreSettings)
    api: ApiSettings = field(default_factory=ApiSettings)
    tls: TlsSettings = field(default_factory=TlsSettings)
    rounds: RoundsSettings = field(default_factory=RoundsSettings)
    log: LogSettings = field(default_factory=LogSettings)
