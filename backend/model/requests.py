"""What clients send to the API. A field that is left out (UNSET) stays as it is; null empties it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import UNSET, Struct, UnsetType, field

from backend.model.words import Admission, Service, TokenStatus


class SiteChange(Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    id: str | UnsetType = UNSET
    """Only where the path does not name it."""
    name: str | UnsetType = UNSET
    address: str | UnsetType = UNSET
    town: str | UnsetType = UNSET
    owner: str | UnsetType = UNSET
    capacity_kw: float | UnsetType | None = UNSET
    latitude: float | UnsetType | None = UNSET
    longitude: float | UnsetType | None = UNSET
    time_zone: str | UnsetType = UNSET


class StationChange(Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    id: str | UnsetType = UNSET
    site: str | UnsetType | None = UNSET
    admission: Admission | UnsetType = UNSET
    pinned_version: str | UnsetType | None = UNSET
    """`1.6`, `2.0.1`, `2.1`; null: by what it offers."""
    least_profile: int | UnsetType = UNSET
    """0 to 3."""
    current: str | UnsetType = UNSET
    """`AC`, `DC` or empty."""
    serial: str | UnsetType = UNSET
    note: str | UnsetType = UNSET


class OutletChange(Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    outlet: str | UnsetType = UNSET
    label: str | UnsetType = UNSET
    evse_id: str | UnsetType = UNSET
    place: str | UnsetType = UNSET
    max_power_kw: float | UnsetType | None = UNSET
    connector_type: str | UnsetType = UNSET
    service: Service | UnsetType = UNSET
    in_service_since: datetime | UnsetType | None = UNSET


class TokenChange(Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    token: str | UnsetType = UNSET
    status: TokenStatus | UnsetType = UNSET
    group: str | UnsetType | None = UNSET
    expires: datetime | UnsetType | None = UNSET
    label: str | UnsetType = UNSET


class QuirkChange(Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A trait of a station, or of a model (vendor alone: of all its models)."""

    trait: str
    value: str | None = None
    """Null, and not refused: the entry is taken out."""
    refused: bool = False
    station: str = ""
    vendor: str = ""
    model: str = ""
    firmware: str = ""
    """What the firmware begins with."""


class QuirkRowProblem(Struct, kw_only=True):
    """One row of an import of quirk profiles that cannot be taken."""

    row: int
    why: str


class QuirkImport(Struct, kw_only=True):
    """What became of an import of quirk profiles; nothing is written when a row is bad."""

    dry_run: bool = False
    rows: int = 0
    written: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    bad_rows: int = 0
    bad: list[QuirkRowProblem] = field(default_factory=list)


class KeyChange(Struct, kw_only=True, forbid_unknown_fields=True):
    key: str | None = None
    """Null: a random one is made, and answered once."""


class CertificateImport(Struct, kw_only=True, forbid_unknown_fields=True):
    pem: str
    """The station's certificate, and what is above it."""


class SettingWish(Struct, kw_only=True, forbid_unknown_fields=True):
    scope: str
    """`all`, `model:VENDOR/MODEL` or `station:ID`."""
    key: str
    value: str


class OperationRequest(Struct, kw_only=True, forbid_unknown_fields=True):
    operation: str
    target: str
    parameters: dict[str, Any] = field(default_factory=dict)
    reason: str = ""
    yes: bool = False
    """The question was asked and answered."""
    typed: str = ""
    """What was typed to confirm, where that is asked for."""
    deadline_s: float | None = None


class CallRequest(Struct, kw_only=True, forbid_unknown_fields=True):
    action: str
    payload: dict[str, Any] = field(default_factory=dict)
    reason: str = ""
    deadline_s: float | None = None
    yes: bool = False
    typed: str = ""


class OwnRequest(Struct, kw_only=True, forbid_unknown_fields=True):
    who: str | None
    """None: nobody."""


class ShelveRequest(Struct, kw_only=True, forbid_unknown_fields=True):
    seconds: float
    reason: str


class NoteRequest(Struct, kw_only=True, forbid_unknown_fields=True):
    text: str


class RowProblem(Struct, kw_only=True):
    """One row of an import that cannot be taken."""

    line: int
    """The header is line 1."""
    column: str
    why: str
    value: str = ""


class ImportProgress(Struct, kw_only=True):
    """One line of an import's answer; the last one, with `phase` `done`, is the report."""

    phase: str = "reading"
    """`reading`, `checking`, `writing`, `done`."""
    dry_run: bool = False
    rows: int = 0
    """Read until now."""
    rows_total: int = 0
    """As many as the file has lines."""
    written: int = 0
    bad_rows: int = 0
    new: dict[str, int] = field(default_factory=dict)
    """By kind: `site`, `station`, `outlet`, `token`."""
    changed: dict[str, int] = field(default_factory=dict)
    unchanged: dict[str, int] = field(default_factory=dict)
    bad: list[RowProblem] = field(default_factory=list)
    """By line; empty until done, bounded."""

    @property
    def done(self) -> bool:
        """Whether this is the report."""
        return self.phase == "done"


class Rule(Struct, kw_only=True):
    """One alarm rule, as `GET /v1/alarm-rules` shows it."""

    rule: str
    watches: str
    """In words."""
    severity: int | None
    """None: by the code, or by whether the post is AC or DC."""
    on_delay_s: float
    """How long the cause must last."""
    off_delay_s: float
    """How long it must be gone."""
    action: str = ""


class BackupRequest(Struct, kw_only=True):
    """Where to put a copy of the database."""

    path: str
    """An absolute file name on the server's machine."""
