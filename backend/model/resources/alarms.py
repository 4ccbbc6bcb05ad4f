"""Alarms and their journal."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct, field

from backend.model.words import AlarmState, Severity


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
