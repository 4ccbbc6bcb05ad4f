"""What the operator has registered: sites, stations, outlets and tokens."""

from __future__ import annotations

from msgspec import Struct

from backend.model.clock import Instant
from backend.model.words import Admission, Service, TokenStatus, Version


class SiteEntry(Struct, frozen=True, kw_only=True, gc=False):
    id: str
    name: str
    address: str = ""
    town: str = ""
    owner: str = ""
    capacity_kw: float | None = None
    latitude: float | None = None
    longitude: float | None = None
    time_zone: str = "Europe/Stockholm"


class StationEntry(Struct, frozen=True, kw_only=True, gc=False):
    id: str
    admission: Admission = Admission.ACCEPTED
    site: str | None = None
    pinned_version: Version | None = None
    """Serve it in this version, whatever it offers."""
    current: str = ""
    """`AC` or `DC`, empty when not known: offline alarms and deadlines depend on it."""
    serial: str = ""
    note: str = ""
    least_profile: int = 0
    """OCPP security profile (0 to 3) below which it is not served."""
    added: Instant = 0.0
    first_address: str = ""
    """Where it came from when it introduced itself; empty when somebody registered it."""


class OutletEntry(Struct, frozen=True, kw_only=True, gc=False):
    station: str
    evse: int
    label: str = ""
    """The number on the sticker."""
    evse_id: str = ""
    """`SE*NKL*E04217*2` (domain.md section 7)."""
    place: str = ""
    max_power_kw: float | None = None
    connector_type: str = ""
    service: Service = Service.IN_SERVICE
    in_service_since: Instant | None = None
    """Minutes count from here."""


class TokenEntry(Struct, frozen=True, kw_only=True, gc=False):
    """An RFID card or another means of identification; compared without case."""

    token: str
    status: TokenStatus = TokenStatus.ACCEPTED
    group: str | None = None
    """parentIdTag in 1.6, groupIdToken in 2.x."""
    expires: Instant | None = None
    label: str = ""
    """The visual number, or what the driver calls it."""
