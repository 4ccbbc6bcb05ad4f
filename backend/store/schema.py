"""The tables. Times are seconds since 1970 in UTC, energies whole Wh, lists and sets JSON, words as in `model`.

What is read by key alone, or written far more often than read, is WITHOUT ROWID and clustered by that key.
Versions are only ever added (`migrations.py`); what stands here for a released version never changes.
"""

from __future__ import annotations

from typing import Any

from sqlite_utils import Database

_REGISTER: dict[str, dict[str, Any]] = {
    "site": {
        "key": str,
        "id": str,
        "name": str,
        "address": str,
        "town": str,
        "owner": str,
        "capacity_kw": float,
        "latitude": float,
        "longitude": float,
        "time_zone": str,
    },
    "station": {
        "key": str,
        "id": str,
        "admission": str,
        "site": str,
        "pinned_version": str,
        "current": str,
        "serial": str,
        "note": str,
        "added": float,
        "first_address": str,
    },
    "token": {"key": str, "token": str, "status": str, "group": str, "expires": float, "label": str},
}
_LIVE: dict[str, dict[str, Any]] = {
    "station_state": {
        "id": str,
        "version": str,
        "link": str,
        "link_since": float,
        "boot_status": str,
        "booted": float,
        "boot_reason": str,
        "last_heard": float,
        "address": str,
        "security_profile": int,
        "vendor": str,
        "model": str,
        "serial": str,
        "firmware": str,
        "iccid": str,
        "imsi": str,
        "clock_skew_s": float,
        "absences": str,
        "connects": str,
        "replaced": str,
        "boots": str,
        "timeouts": int,
    }
}
_SESSION: dict[str, Any] = {
    "id": int,
    "station": str,
    "evse": int,
    "connector": int,
    "transaction_id": str,
    "id_token": str,
    "state": str,
    "started": float,
    "ended": float,
    "start_said": float,
    "learned": float,
    "meter_start_wh": int,
    "meter_stop_wh": int,
    "energy_wh": int,
    "power_w": float,
    "offered_w": float,
    "max_power_w": float,
    "soc_pct": float,
    "soc_start_pct": float,
    "current_a": str,
    "voltage_v": str,
    "temperature_c": float,
    "sampled": float,
    "register_wh": int,
    "charging_state": str,
    "stop_reason": str,
    "start_trigger": str,
    "remote_start_id": int,
    "next_seq": int,
    "seen_seq": str,
    "flags": str,
}
_READING = """energy_wh INTEGER, power_w REAL, offered_w REAL, soc_pct REAL, current_a TEXT, voltage_v TEXT,
    temperature_c REAL, context TEXT"""


def create_register(db: Database) -> None:
    """Version 1: sites, stations, outlets, tokens."""
    db.table("meta").create({"key": str, "value": str}, pk="key")
    for name, columns in _REGISTER.items():
        db.table(name).create(columns, pk="key", not_null={"key"})
    db.execute(
        """CREATE TABLE outlet (station_key TEXT NOT NULL, station TEXT NOT NULL, evse INTEGER NOT NULL, label TEXT,
        evse_id TEXT, place TEXT, max_power_kw REAL, connector_type TEXT, service TEXT, in_service_since REAL,
        PRIMARY KEY (station_key, evse)) WITHOUT ROWID"""
    )
    db.table("station").create_index(["site"])


def create_quirks(db: Database) -> None:
    """Version 6: traits of models and of single stations."""
    columns = {"key": str, "trait": str, "value": str, "station": str, "vendor": str, "model": str, "firmware": str}
    db.table("quirk").create(
        {**columns, "source": str, "by": str, "at": float, "stations": str},
        pk=("key", "trait"),
        not_null={"key", "trait"},
    )


def create_live(db: Database) -> None:
    """Version 2: what the stations said last, and their sessions."""
    for name, columns in _LIVE.items():
        db.table(name).create(columns, pk="id", not_null={"id"})
    db.execute(
        """CREATE TABLE connector (station TEXT NOT NULL, evse INTEGER NOT NULL, connector INTEGER NOT NULL,
        status TEXT, status_since REAL, activity TEXT, since REAL, faults TEXT, info TEXT, power_w REAL,
        register_wh INTEGER, metered REAL, conflict INTEGER, ended INTEGER, last_refusal REAL,
        PRIMARY KEY (station, evse, connector)) WITHOUT ROWID"""
    )
    db.table("session").create(_SESSION, pk="id")
    for statement in (
        "CREATE INDEX session_started ON session (started, id)",
        "CREATE INDEX session_station ON session (station, started, id)",
        "CREATE INDEX session_token ON session (id_token COLLATE NOCASE, started, id) WHERE id_token IS NOT NULL",
        "CREATE INDEX session_open ON session (started, id) WHERE state = 'active'",
        f"""CREATE TABLE reading (session INTEGER NOT NULL, at REAL NOT NULL, {_READING},
        PRIMARY KEY (session, at)) WITHOUT ROWID""",
        f"""CREATE TABLE meter_value (station TEXT NOT NULL, evse INTEGER NOT NULL, connector INTEGER NOT NULL,
        at REAL NOT NULL, {_READING}, PRIMARY KEY (station, evse, connector, at)) WITHOUT ROWID""",
    ):
        db.execute(statement)


def create_history(db: Database) -> None:
    """Version 3: what happened to stations, and the intervals that uptime is counted from."""
    for statement in (
        """CREATE TABLE status_entry (station TEXT NOT NULL, at REAL NOT NULL, evse INTEGER NOT NULL,
        connector INTEGER NOT NULL, learned REAL NOT NULL, status TEXT, activity TEXT, faults TEXT, info TEXT,
        late INTEGER, PRIMARY KEY (station, at, evse, connector, learned)) WITHOUT ROWID""",
        """CREATE TABLE link_entry (station TEXT NOT NULL, at REAL NOT NULL, link TEXT NOT NULL, detail TEXT,
        PRIMARY KEY (station, at, link)) WITHOUT ROWID""",
        """CREATE TABLE interval (station TEXT NOT NULL, evse INTEGER NOT NULL, start REAL NOT NULL, "end" REAL,
        kind TEXT NOT NULL, detail TEXT, PRIMARY KEY (station, evse, start)) WITHOUT ROWID""",
        'CREATE INDEX interval_open ON interval (station, evse) WHERE "end" IS NULL',
        'CREATE INDEX interval_end ON interval ("end") WHERE "end" IS NOT NULL',
    ):
        db.execute(statement)
    db.table("notice").create(
        {"id": int, "station": str, "at": float, "action": str, "text": str, "data": str}, pk="id"
    )
    db.table("notice").create_index(["station", "at"])
    db.table("notice").create_index(["at"])
    db.table("handshake").create(
        {
            "id": int,
            "at": float,
            "host": str,
            "address": str,
            "reason": str,
            "identity": str,
            "offered": str,
            "raw": str,
            "count": int,
        },
        pk="id",
    )
    db.table("handshake").create_index(["host", "reason", "identity"], unique=True)
    db.table("handshake").create_index(["at"])


def create_people(db: Database) -> None:
    """Version 4: alarms, operations, and who did what."""
    alarm = {
        "id": int,
        "rule": str,
        "code": str,
        "source": str,
        "station": str,
        "evse": int,
        "site": str,
        "severity": int,
        "state": str,
        "active": int,
        "since": float,
        "raised": float,
        "count": int,
        "flags": str,
        "info": str,
        "vendor_code": str,
        "values": str,
        "owner": str,
        "acknowledged_by": str,
        "acknowledged": float,
        "shelved_by": str,
        "shelved_until": float,
        "shelve_reason": str,
        "cleared": float,
        "parent": int,
    }
    db.table("alarm").create(alarm, pk="id")
    db.table("alarm_entry").create(
        {"id": int, "alarm": int, "at": float, "what": str, "who": str, "text": str}, pk="id"
    )
    operation = {
        "id": int,
        "operation": str,
        "target": str,
        "station": str,
        "evse": int,
        "connector": int,
        "session": int,
        "parameters": str,
        "state": str,
        "answer": str,
        "answer_payload": str,
        "proof": str,
        "reason": str,
        "requested_by": str,
        "deadline_s": float,
        "requested": float,
        "sent": float,
        "answered": float,
        "ended": float,
        "steps": str,
        "background": int,
        "model": str,
    }
    db.table("operation").create(operation, pk="id")
    db.table("audit").create(
        {"id": int, "at": float, "who": str, "what": str, "target": str, "reason": str, "result": str}, pk="id"
    )
    for statement in (
        "CREATE INDEX alarm_open ON alarm (id) WHERE state <> 'normal'",
        "CREATE INDEX alarm_station ON alarm (station, raised)",
        "CREATE INDEX alarm_raised ON alarm (raised)",
        "CREATE INDEX alarm_entry_alarm ON alarm_entry (alarm, at)",
        "CREATE INDEX operation_requested ON operation (requested)",
        "CREATE INDEX operation_station ON operation (station, operation, requested)",
        "CREATE INDEX operation_model ON operation (operation, model, requested)",
        "CREATE INDEX operation_running ON operation (id) WHERE state IN ('queued', 'sent', 'answered')",
        "CREATE INDEX audit_at ON audit (at)",
        "CREATE INDEX audit_target ON audit (target, at)",
    ):
        db.execute(statement)


def add_recall(db: Database) -> None:
    """Version 5: what a restart needs to go on from live rows that are a minute old. A connector's row tells which
    status it knows; a reading knows the sequence number that its session expected next."""
    db.execute("ALTER TABLE connector ADD COLUMN told REAL")
    db.execute("ALTER TABLE reading ADD COLUMN next_seq INTEGER")


def create_wanted(db: Database) -> None:
    """Version 7: settings that are wanted of stations."""
    db.execute(
        """CREATE TABLE wanted_setting (scope_folded TEXT NOT NULL, key_folded TEXT NOT NULL, scope TEXT, key TEXT,
        value TEXT, set_by TEXT, at REAL, PRIMARY KEY (scope_folded, key_folded)) WITHOUT ROWID"""
    )


def create_rollups(db: Database) -> None:
    """Version 8: sums of uptime at the begin of days, and which of them are not true any more."""
    for statement in (
        """CREATE TABLE uptime_mark (day REAL NOT NULL, station TEXT NOT NULL, evse INTEGER NOT NULL,
        mark BLOB NOT NULL, PRIMARY KEY (day, station, evse)) WITHOUT ROWID""",
        "CREATE TABLE uptime_day (day REAL PRIMARY KEY) WITHOUT ROWID",
        """CREATE TABLE uptime_stale (station TEXT NOT NULL, evse INTEGER NOT NULL, since REAL NOT NULL,
        version INTEGER NOT NULL, PRIMARY KEY (station, evse)) WITHOUT ROWID""",
        """CREATE INDEX interval_vandalism ON interval (detail, start)
        WHERE detail >= 'vandalism' AND detail < 'vandalisn'""",
    ):
        db.execute(statement)


def create_inbox(db: Database) -> None:
    """Version 9: rows that are safe before they are in their tables."""
    db.execute("CREATE TABLE inbox (id INTEGER PRIMARY KEY, held BLOB NOT NULL)")


def create_lookups(db: Database) -> None:
    """Version 10: what lists and look-ups need so as not to go through all there is."""
    for statement in (
        "CREATE INDEX operation_by_station ON operation (station, requested)",
        "CREATE INDEX operation_by_kind ON operation (operation, requested)",
        "CREATE INDEX operation_by_person ON operation (requested_by, requested)",
        "CREATE INDEX audit_by_target ON audit (target)",
    ):
        db.execute(statement)


def create_security(db: Database) -> None:
    """Version 11: how stations prove who they are."""
    db.execute("ALTER TABLE station ADD COLUMN least_profile INTEGER NOT NULL DEFAULT 0")
    db.execute(
        """CREATE TABLE credential (station_key TEXT NOT NULL, station TEXT, slot TEXT NOT NULL, method TEXT, salt TEXT,
        digest TEXT, set_by TEXT, at REAL, PRIMARY KEY (station_key, slot)) WITHOUT ROWID"""
    )
    db.execute(
        """CREATE TABLE issued_certificate (serial TEXT PRIMARY KEY, station TEXT, not_before REAL, not_after REAL,
        fingerprint TEXT, asked_by TEXT, revoked REAL) WITHOUT ROWID"""
    )


def create_deviations(db: Database) -> None:
    """Version 13: how stations break the standard."""
    db.execute(
        """CREATE TABLE deviation (station_key TEXT NOT NULL, name TEXT NOT NULL, station TEXT, count INTEGER,
        first REAL, last REAL, example TEXT, PRIMARY KEY (station_key, name)) WITHOUT ROWID"""
    )


def create_requests(db: Database) -> None:
    """Version 12: what waits for an outside authority's signature, and who has signed."""
    db.execute("ALTER TABLE issued_certificate ADD COLUMN issuer TEXT")
    db.execute(
        """CREATE TABLE certificate_request (station_key TEXT PRIMARY KEY, station TEXT, csr TEXT, key TEXT, at REAL,
        chain TEXT, serial TEXT) WITHOUT ROWID"""
    )
