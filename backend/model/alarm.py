"""An alarm and its history (ISA-18.2 words)."""

from __future__ import annotations

from msgspec import Struct, field

from backend.model.clock import Instant
from backend.model.words import AlarmState, Severity


class Alarm(Struct, kw_only=True, gc=False):
    """One cause that a person must act on; repeated occurrences are counted here, not listed."""

    id: int
    rule: str
    """`fault`, `offline`, `deaf`, `flapping`, `boot_loop`, ... the name of the rule."""
    code: str
    """What distinguishes alarms of one rule on one source: the fault's code."""
    source: str
    """Outlet, station or site id."""
    station: str | None
    evse: int | None
    site: str | None
    severity: Severity
    state: AlarmState
    active: bool
    """Whether the cause is there now; independent of what people did."""
    since: Instant
    """When the present occurrence began."""
    raised: Instant
    """When it first came since it was last normal."""
    count: int = 1
    flags: set[str] = field(default_factory=set)
    """`chattering`, `latched`, `stale`, ..."""
    info: str = ""
    """What the station said with it (sanitised)."""
    vendor_code: str = ""
    values: dict[str, str] = field(default_factory=dict)
    """What the text of the rule is filled with."""
    owner: str | None = None
    acknowledged_by: str | None = None
    acknowledged: Instant | None = None
    shelved_by: str | None = None
    shelved_until: Instant | None = None
    shelve_reason: str = ""
    cleared: Instant | None = None
    parent: int | None = None


class AlarmEntry(Struct, frozen=True, kw_only=True, gc=False):
    """One line of an alarm's history."""

    alarm: int
    at: Instant
    what: str
    """`raised`, `repeated`, `acknowledged`, `unacknowledged`, `owned`, `shelved`, `unshelved`, `note`, `returned`,
    `normal`, `severity`, `chattering`, `suppressed`, `unsuppressed`."""
    who: str | None = None
    text: str = ""
