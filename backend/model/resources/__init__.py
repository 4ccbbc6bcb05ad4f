"""The public shapes: what the API, the feed and `--json` show, and what screens and widgets draw.

Fields of CONTRACT.md are always there; more may follow. Times are aware UTC datetimes (ISO 8601 with Z as
JSON), units stand in the names, unknown is null. Tokens are masked. All text is sanitised.
"""

from __future__ import annotations

from backend.model.resources.alarms import AlarmEntryResource, AlarmResource
from backend.model.resources.feed import Changes, Snapshot
from backend.model.resources.frames import FrameResource
from backend.model.resources.house import BackupResource, Readiness, Vitals
from backend.model.resources.network import (
    LinkEntryResource,
    NoticeResource,
    OutletResource,
    SiteResource,
    StationResource,
    TokenResource,
    Totals,
)
from backend.model.resources.operations import LiveCharge, OperationResource, Question, StepResource
from backend.model.resources.people import AuditResource, Problem, Who
from backend.model.resources.quirks import DeviationResource, HandshakeResource, QuirkResource, StationQuirks
from backend.model.resources.security import (
    CertificateRequestResource,
    CertificateResource,
    KeyResource,
    RevocationListResource,
    RootResource,
    SecurityResource,
)
from backend.model.resources.sessions import ReadingResource, SessionResource
from backend.model.resources.settings import SettingResource, WantedSettingResource
from backend.model.resources.uptime import IntervalResource, UptimeResource

__all__ = [
    "AlarmEntryResource",
    "AlarmResource",
    "AuditResource",
    "BackupResource",
    "CertificateRequestResource",
    "CertificateResource",
    "Changes",
    "DeviationResource",
    "FrameResource",
    "HandshakeResource",
    "IntervalResource",
    "KeyResource",
    "LinkEntryResource",
    "LiveCharge",
    "NoticeResource",
    "OperationResource",
    "OutletResource",
    "Problem",
    "Question",
    "QuirkResource",
    "Readiness",
    "ReadingResource",
    "RevocationListResource",
    "RootResource",
    "SecurityResource",
    "SessionResource",
    "SettingResource",
    "SiteResource",
    "Snapshot",
    "StationQuirks",
    "StationResource",
    "StepResource",
    "TokenResource",
    "Totals",
    "UptimeResource",
    "Vitals",
    "WantedSettingResource",
    "Who",
]
