"""The register's entries on disk, under their casefolded names."""

from __future__ import annotations

import sqlite3
from typing import Any

from backend.model.certificate import CertificateRequest, IssuedCertificate
from backend.model.credential import Credential
from backend.model.deviation import Deviation
from backend.model.quirk import Quirk
from backend.model.register import OutletEntry, SiteEntry, StationEntry, TokenEntry
from backend.model.wanted import WantedSetting
from backend.store.table import Table
from backend.store.writer import Row, Statement

SITES = Table("site", SiteEntry, ("key",), leading=("key",))
STATIONS = Table("station", StationEntry, ("key",), leading=("key",))
OUTLETS = Table("outlet", OutletEntry, ("station_key", "evse"), leading=("station_key",))
TOKENS = Table("token", TokenEntry, ("key",), leading=("key",))
QUIRKS = Table("quirk", Quirk, ("key", "trait"), leading=("key",))
WANTED = Table("wanted_setting", WantedSetting, ("scope_folded", "key_folded"), leading=("scope_folded", "key_folded"))
CREDENTIALS = Table("credential", Credential, ("station_key", "slot"), leading=("station_key",))
CERTIFICATES = Table("issued_certificate", IssuedCertificate, ("serial",))
CERTIFICATE_REQUESTS = Table("certificate_request", CertificateRequest, ("station_key",), leading=("station_key",))
DEVIATIONS = Table("deviation", Deviation, ("station_key", "name"), leading=("station_key",))
_DELETE: dict[str, Statement] = {
    "site": SITES.delete,
    "station": STATIONS.delete,
    "outlet": OUTLETS.delete,
    "token": TOKENS.delete,
    "quirk": QUIRKS.delete,
    "wanted_setting": WANTED.delete,
    "credential": CREDENTIALS.delete,
    "certificate_request": CERTIFICATE_REQUESTS.delete,
}


def removal(kind: str, key: tuple[str | int, ...]) -> tuple[Statement, Row]:
    """How an entry is removed. Raises KeyError: no such kind."""
    return _DELETE[kind], tuple(part.casefold() if isinstance(part, str) else part for part in key)


def load_sites(db: sqlite3.Connection) -> list[SiteEntry]:
    """All sites."""
    return SITES.read(db)


def load_stations(db: sqlite3.Connection) -> list[StationEntry]:
    """All stations of the register, in the order in which they came."""
    return STATIONS.read(db, "ORDER BY added, id")


def load_outlets(db: sqlite3.Connection) -> list[OutletEntry]:
    """All outlets."""
    return OUTLETS.read(db)


def load_tokens(db: sqlite3.Connection) -> list[TokenEntry]:
    """All tokens."""
    return TOKENS.read(db)


def load_quirks(db: sqlite3.Connection) -> list[Quirk]:
    """All traits of models and stations."""
    return QUIRKS.read(db)


def load_deviations(db: sqlite3.Connection) -> list[Deviation]:
    """How stations broke the standard."""
    return DEVIATIONS.read(db)


def load_wanted(db: sqlite3.Connection) -> list[WantedSetting]:
    """All settings that are wanted."""
    return WANTED.read(db)


def load_credentials(db: sqlite3.Connection) -> list[Credential]:
    """The hashed keys of stations."""
    return CREDENTIALS.read(db)


def load_certificates(db: sqlite3.Connection) -> list[IssuedCertificate]:
    """What our own authority has issued, the oldest first."""
    return CERTIFICATES.read(db, "ORDER BY not_before")


def load_certificate_requests(db: sqlite3.Connection) -> list[CertificateRequest]:
    """What waits for an outside authority's signature."""
    return CERTIFICATE_REQUESTS.read(db)


def get_meta(db: sqlite3.Connection, key: str) -> Any:
    """One fact about the database itself; None: not there."""
    found = db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return None if found is None else found[0]
