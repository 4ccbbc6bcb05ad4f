"""The frozen house itself: vital signs, the door, cards, who did what."""

from __future__ import annotations

from datetime import UTC, datetime

from backend.model.resources import (
    AuditResource,
    HandshakeResource,
    SecurityResource,
    StationResource,
    TokenResource,
    Vitals,
)
from backend.model.words import Admission, BootStatus, Link
from tests.screens.frozen import NOW, ago, at


def vitals() -> Vitals:
    """A server that is well."""
    return Vitals(
        version="0.1.0",
        started=ago(days=6, hours=3),
        now=datetime.fromtimestamp(NOW, UTC),
        connections=19_912,
        frames_in=412_338_201,
        frames_out=418_006_114,
        frames_per_s=812.4,
        events=398_114_007,
        loop_lag_ms=0.8,
        writer_queue=12,
        commit_ms=3.1,
        commits=41_220_118,
        database_bytes=18_400_000_000,
        trace_bytes=1_920_000_000,
        memory_bytes=612_000_000,
        consoles=14,
        commit_p99_ms=11.4,
        open_files=19_968,
        open_files_limit=65_536,
        disk_free_bytes=81_300_000_000,
        last_backup=ago(hours=9),
        last_backup_path="/backup/noc.db",
        settings={
            "data": "/var/lib/noc",
            "ocpp": "0.0.0.0:9000",
            "trace_days": "7",
            "accept_unknown": "no",
            "heartbeat_s": "300",
            "uptime_goal_pct": "99",
        },
    )


def pending() -> list[StationResource]:
    """Stations that wait at the door."""
    rows = (
        ("NK-12001", "Nordvolt", "Nordvolt Duo 22", "4.12.1", "10.20.4.17", 3, "1.6"),
        ("NK-12002", "Nordvolt", "Nordvolt Duo 22", "4.12.1", "10.20.4.18", 3, "1.6"),
        ("TEST", "Isberg", "Isberg HPC 300", "2.0.4", "10.31.0.9", 55, "2.0.1"),
    )
    return [
        StationResource(
            id=id_,
            ocpp_version=version,
            link=Link.ONLINE,
            boot_status=BootStatus.PENDING,
            last_heard=ago(seconds=8),
            site=None,
            vendor=vendor,
            model=model,
            firmware=firmware,
            outlets=[],
            admission=Admission.PENDING,
            link_since=ago(minutes=minutes),
            serial=f"ND-{id_[-4:]}",
            address=address,
        )
        for id_, vendor, model, firmware, address, minutes, version in rows
    ]


def quarantine() -> list[HandshakeResource]:
    """Connections that nobody could serve."""
    return [
        HandshakeResource(
            at=ago(minutes=2),
            address="10.20.9.3",
            reason="no_subprotocol",
            raw="GET /ocpp/NK-08801 HTTP/1.1  Host: noc.example  Upgrade: websocket  Connection: Upgrade  "
            "Sec-WebSocket-Protocol: ocpp1.5  Authorization: Basic ••••••",
            identity="NK-08801",
            offered="ocpp1.5",
            count=41,
        ),
        HandshakeResource(
            at=ago(minutes=18),
            address="185.12.7.44",
            reason="tls_on_plain",
            raw="\\x16\\x03\\x01 TLS on a plain port",
            count=3,
        ),
        HandshakeResource(
            at=ago(hours=2),
            address="10.20.9.77",
            reason="no_room",
            identity="CP001",
            offered="ocpp1.6",
            count=210,
        ),
    ]


def audit() -> list[AuditResource]:
    """Who did what."""
    return [
        AuditResource(
            at=at("14:31"),
            who="samira",
            what="reset",
            target="NK-01450",
            reason="boots again and again",
            result="requested (881)",
        ),
        AuditResource(
            at=at("14:30"),
            who="elin",
            what="unlock",
            target="NK-04217:2",
            reason="driver waits",
            result="unproved (880)",
        ),
        AuditResource(
            at=at("14:12"), who="johan", what="alarm shelved", target="412", reason="technician on site", result=""
        ),
        AuditResource(at=at("13:55"), who="samira", what="station accepted", target="NK-11990", reason="", result=""),
        AuditResource(
            at=at("13:20"),
            who="root",
            what="token changed",
            target="04••••••9F",
            reason="",
            result='{"status":"Blocked"}',
        ),
    ]


def tokens() -> list[TokenResource]:
    """Some cards."""
    return [
        TokenResource(token="04••••••9F", status="Blocked", group="Fleet Skåne", label="NK 20 114", expires=None),
        TokenResource(token="0B••••••12", status="Accepted", label="NK 31 902"),
        TokenResource(
            token="71••••••3B", status="Accepted", group="Fleet Skåne", label="NK 44 310", expires=ago(days=-200)
        ),
        TokenResource(token="8F••••••07", status="Expired", label="NK 12 007", expires=ago(days=12)),
    ]


def security() -> list[SecurityResource]:
    """One of each: a key, a key under way, a certificate that ends, one that is revoked, one below its profile."""
    return [
        SecurityResource(
            station="NK-04217",
            security_profile=2,
            least_profile=2,
            link=Link.ONLINE,
            has_key=True,
            key_form="raw",
            key_set=ago(days=90),
        ),
        SecurityResource(
            station="NK-05512",
            security_profile=1,
            least_profile=1,
            link=Link.OFFLINE,
            has_key=True,
            key_form="hex",
            key_set=ago(minutes=4),
            next_key=True,
        ),
        SecurityResource(
            station="NK-11290",
            security_profile=3,
            least_profile=3,
            link=Link.ONLINE,
            certificate="7A",
            certificate_until=ago(days=-21),
        ),
        SecurityResource(
            station="NK-12004",
            security_profile=0,
            least_profile=3,
            link=Link.ONLINE,
            certificate="7B",
            certificate_until=ago(days=-200),
            certificate_revoked=ago(days=1),
        ),
        SecurityResource(
            station="NK-12100",
            security_profile=3,
            least_profile=3,
            link=Link.OFFLINE,
            certificate="7C",
            certificate_until=ago(days=2),
        ),
        SecurityResource(
            station="NK-12101",
            security_profile=3,
            least_profile=3,
            link=Link.ONLINE,
            certificate="7D",
            certificate_until=ago(days=-2),
        ),
        SecurityResource(station="NK-20001", security_profile=0, least_profile=0, link=Link.ONLINE),
    ]
