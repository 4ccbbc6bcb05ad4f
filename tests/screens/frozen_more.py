"""What the server would answer about the frozen network: sessions and their curves, uptime, frames, the house itself.

`FrozenClient` stands in for the client in pictures and in tests of what the keys do; it records what it was asked.
"""

# ruff: noqa: A002 - `filter` and `id` are the words of the API

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from textual.app import App
from textual.pilot import Pilot

import screens.sessions
import screens.system
import screens.uptime
from backend.client.mirror import Mirror
from backend.model.errors import Conflict, NocError
from backend.model.requests import ImportProgress, RowProblem
from backend.model.resources import (
    AuditResource,
    FrameResource,
    HandshakeResource,
    IntervalResource,
    OperationResource,
    OutletResource,
    ReadingResource,
    SessionResource,
    SiteResource,
    StationResource,
    TokenResource,
    UptimeResource,
    Vitals,
    Who,
)
from backend.model.words import Activity, Admission, BootStatus, Link, SessionState
from noc.app import NocApp
from tests.screens.client import StandIn
from tests.screens.draw import SMALL, console
from tests.screens.frozen import NOW, ago, at, frozen_mirror
from tests.screens.frozen_frames import frames
from tests.screens.frozen_operations import past_operations

HERO = "8214377"
"""The session of the pictures: a fast charge at Gävle Syd E4."""
REASONS = ("Local", "EVDisconnected", "Remote", "StoppedByEV", "EVDisconnected", "Local", "PowerLoss", "EVDisconnected")
TOKENS = ("71••••••3B", "04••••••9F", "0B••••••12", "8F••••••07", "C4••••••51", "2E••••••A0")


def curve_kw(minute: float) -> float:
    """Power of a car on a fast charger: up in three minutes, a plateau, then down as it fills."""
    if minute < 3:
        return 152 * (minute / 3) ** 1.4
    if minute < 8:
        return 149.8 - 3.5 * abs(math.sin(minute * 1.7))
    return 149 * math.exp(-(minute - 8) / 26)


def hero_readings() -> list[ReadingResource]:
    """The curve of the picture: one reading a minute since 14:01, with the battery."""
    found: list[ReadingResource] = []
    energy, start = 183_402_100.0, at("14:01")
    for minute in range(32):
        power = curve_kw(minute) * 1_000
        energy += power / 60
        found.append(
            ReadingResource(
                at=start + timedelta(minutes=minute, seconds=0 if minute < 31 else -2),
                energy_wh=round(energy),
                power_w=round(power),
                offered_w=150_000,
                soc_pct=round(18 + 61 * (1 - math.exp(-minute / 17)) / (1 - math.exp(-31 / 17))),
                current_a=[round(power / 402, 1)],
                voltage_v=[372 + minute],
                temperature_c=18 + 20 * (1 - math.exp(-minute / 9)),
            )
        )
    return found


def ac_readings(session: SessionResource) -> list[ReadingResource]:
    """A slow charge on three phases; the meter was not read for a while."""
    found: list[ReadingResource] = []
    end = session.ended or ago(seconds=9)
    minutes = int((end - session.started).total_seconds() // 60)
    energy = float(session.meter_start_wh or 0)
    top = session.max_power_w or 11_000
    for minute in range(0, minutes + 1, 2):
        tail = 1.0 if session.ended is None else max(0.08, min(1.0, (minutes - minute) / 12))
        power = (session.power_w or top) * tail if minute > 2 else top * 0.4
        energy += session.energy_wh * 2 / max(2, minutes)
        if minutes > 60 and minutes // 3 < minute < minutes // 3 + 9:
            continue
        found.append(
            ReadingResource(
                at=session.started + timedelta(minutes=minute),
                energy_wh=round(energy),
                power_w=round(power),
                current_a=[round(power / 693, 1)] * 3,
                voltage_v=[231.0, 229.0, 230.0],
            )
        )
    return found


def sessions(mirror: Mirror) -> list[SessionResource]:
    """The open ones of the mirror's charging outlets, and two days of past ones, newest first."""
    found: list[SessionResource] = []
    number = int(HERO)
    charging = [o for o in mirror.outlets.values() if o.activity is Activity.CHARGING and o.link is Link.ONLINE]
    for index, outlet in enumerate(charging[:40]):
        hero = outlet.outlet == "NK-02118:2"
        minutes = 31 + 7 / 60 if hero else 9 + index * 13 % 160
        id_ = HERO if hero else str(number - 3 * index - 1)
        power = 60_800 if hero else outlet.power_w
        session = _session(id_, outlet, index, started=ago(minutes=minutes), power=power)
        if hero:
            readings = hero_readings()
            last = readings[-1]
            session.id_token = "8F••••••07"
            session.power_w, session.offered_w = last.power_w, 150_000
            session.max_power_w = max(r.power_w or 0.0 for r in readings)
            session.soc_pct, session.soc_start_pct = last.soc_pct, 18
            session.current_a, session.voltage_v, session.temperature_c = last.current_a, last.voltage_v, 38
            session.meter_start_wh = 183_402_100
            session.energy_wh = (last.energy_wh or 0) - 183_402_100
            session.sampled, session.started = last.at, at("14:01")
            session.start_trigger = "Authorized"
        outlet.session_since = session.started
        outlet.power_w, outlet.energy_wh, outlet.id_token = session.power_w, session.energy_wh, session.id_token
        found.append(session)
    others = [o for o in mirror.outlets.values() if o.link is Link.ONLINE]
    for index in range(160):
        outlet = others[index * 7 % len(others)]
        length = 18 + index * 37 % 200
        ended = ago(minutes=6 + index * 11)
        session = _session(
            str(number - 300 - index), outlet, index, started=ended - timedelta(minutes=length), ended=ended, power=None
        )
        found.append(session)
    found.sort(key=lambda session: session.started, reverse=True)
    first = number + [session.id for session in found].index(HERO)
    for rank, session in enumerate(found):
        session.id = session.transaction_id = str(first - rank)
        if session.state is SessionState.ACTIVE:
            mirror.outlets[session.outlet].session = session.id
    return found


def _session(
    id_: str,
    outlet: OutletResource,
    index: int,
    *,
    started: datetime,
    power: float | None,
    ended: datetime | None = None,
) -> SessionResource:
    fast = "HPC" in outlet.model
    length = ((ended or ago()) - started).total_seconds()
    top = (98_000.0 if fast else 11_000.0) + index * 977 % 9_000
    flags = ["received_late"] if ended is not None and index % 17 == 3 else []
    return SessionResource(
        id=id_,
        outlet=outlet.outlet,
        id_token=TOKENS[index % len(TOKENS)],
        state=SessionState.ACTIVE if ended is None else SessionState.ENDED,
        started=started,
        ended=ended,
        meter_start_wh=1_204_300 + index * 7_919,
        meter_stop_wh=None if ended is None else 1_204_300 + index * 7_919 + round(top * 0.7 * length / 3600),
        energy_wh=round(top * 0.7 * length / 3600),
        power_w=power,
        stop_reason=None if ended is None else REASONS[index % len(REASONS)],
        flags=flags,
        station=outlet.station,
        evse=outlet.evse,
        label=outlet.label,
        site=outlet.site,
        transaction_id=id_,
        duration_s=length,
        offered_w=None,
        max_power_w=top,
        soc_pct=float(20 + index * 13 % 75) if fast else None,
        sampled=ago(seconds=20 + index % 30) if ended is None else ended,
        current_a=[] if fast else [15.9, 15.9, 15.8],
        voltage_v=[] if fast else [231.0, 229.0, 230.0],
    )


WORST = (
    ("NK-09011:1", 91.04, 64.5, 0.0, {"faulted:ReaderFailure": 58.0, "offline": 6.5}),
    ("NK-01450:1", 93.77, 44.85, 2.0, {"offline": 31.0, "faulted:InternalError": 13.85, "planned": 2.0}),
    ("NK-01450:2", 93.80, 44.63, 2.0, {"offline": 31.0, "faulted:InternalError": 13.63, "planned": 2.0}),
    ("NK-07731:1", 95.12, 35.13, 9.33, {"offline": 35.13, "planned": 9.33}),
    ("NK-03390:1", 96.40, 25.92, 0.0, {"faulted:PowerMeterFailure": 25.92}),
    ("NK-02801:1", 96.92, 22.18, 0.0, {"faulted:ConnectorLockFailure": 20.1, "offline": 2.08}),
    ("NK-05512:1", 97.35, 19.08, 0.0, {"offline": 19.08}),
    ("NK-06604:1", 97.61, 17.2, 0.0, {"offline": 17.2}),
    ("NK-03107:2", 97.90, 15.12, 4.0, {"faulted:HighTemperature": 12.0, "unavailable": 3.12, "planned": 4.0}),
    ("NK-04217:2", 98.04, 14.12, 0.0, {"faulted:ConnectorLockFailure": 14.12}),
)
LOST_MIN = (8, 9, 9, 7, 6, 7, 9, 11, 10, 8, 7, 9, 23, 20, 14, 11, 10, 9, 9, 8, 7, 8, 10, 11, 10, 9, 12, 14, 14.8, 17)


def uptime_rows(by: str, days: bool, start: str, formula: str) -> list[UptimeResource]:
    """Counted figures for outlets, sites and the network."""
    length = {"-24h": 1, "-7d": 7}.get(start, 30)
    begin = datetime.fromtimestamp(NOW, UTC) - timedelta(days=length)
    end = datetime.fromtimestamp(NOW, UTC)
    lift = {"optimistic": 0.33, "pessimistic": -0.42}.get(formula, 0.0)

    def row(key: str, pct: float, outlets: int, **values: Any) -> UptimeResource:
        total = outlets * length * 86_400.0
        down = values.pop("down_s", total * (100 - pct) / 100)
        return UptimeResource(
            key=key,
            from_=begin,
            to=end,
            formula=formula,
            up_s=total - down,
            down_s=down,
            excluded_s=values.pop("excluded_s", total * 0.0039),
            gap_s=values.pop("gap_s", total * 0.0003),
            uptime_pct=round(pct + lift, 2),
            outlets=outlets,
            **values,
        )

    if by == "network":
        pct = {"-24h": 98.94, "-7d": 99.22}.get(start, 99.31)
        down = 60_000 * length * 86_400.0 * (100 - pct) / 100
        causes = {
            "offline": down * 0.49,
            "faulted:ReaderFailure": down * 0.12,
            "faulted:ConnectorLockFailure": down * 0.11,
            "faulted:PowerMeterFailure": down * 0.07,
            "faulted:HighTemperature": down * 0.06,
            "faulted:OtherError": down * 0.09,
            "unavailable": down * 0.06,
            "planned": 60_000 * length * 86_400 * 0.0031,
            "not_commissioned": 60_000 * length * 86_400 * 0.0008,
            "gap": 60_000 * length * 86_400 * 0.0003,
        }
        lost = [60.0 * minutes for minutes in LOST_MIN] if days else []
        return [row("network", pct, 60_000, causes=causes, lost_per_day_s=lost, down_s=down)]
    if by == "site":
        worst = (
            (3, 96.88, 14),
            (0, 97.02, 12),
            (9, 98.61, 10),
            (17, 98.70, 12),
            (15, 98.77, 16),
            (6, 98.92, 12),
            (8, 98.97, 6),
        )
        rows = [
            row(f"site-{n:02d}", pct, count, site=f"site-{n:02d}", causes={"offline": 1.0}) for n, pct, count in worst
        ]
        return rows + [row(f"site-{n:02d}", 99.3 + n / 100, 12, site=f"site-{n:02d}") for n in (1, 2, 4, 5, 7, 10)]
    found = []
    for at_, (key, pct, down_h, out_h, causes) in enumerate(WORST):
        lost = [0.0] * 30
        hours = down_h
        for day in (29, 28, 27, 26, 24, 21, 17) if at_ % 3 else (29, 28, 27, 26, 25, 24, 23, 22, 21):
            lost[day] = min(hours, 4.0 + (day + at_) % 9) * 3_600
            hours = max(0.0, hours - lost[day] / 3_600)
        found.append(
            row(
                key,
                pct,
                1,
                label=key.removeprefix("NK-").replace(":", "-"),
                down_s=down_h * 3_600,
                excluded_s=out_h * 3_600,
                gap_s=0.0,
                causes={name: hours * 3_600 for name, hours in causes.items()},
                lost_per_day_s=lost if days else [],
            )
        )
    return found


def intervals(outlet: str) -> list[IntervalResource]:
    """Thirty days of one outlet."""
    pieces = (
        (30.0, "up", ""),
        (16.2, "planned", "maintenance"),
        (16.0, "up", ""),
        (7.4, "faulted", "InternalError"),
        (7.0, "up", ""),
        (5.2, "offline", ""),
        (4.4, "up", ""),
        (3.9, "offline", ""),
        (2.9, "faulted", "InternalError"),
        (2.5, "offline", ""),
    )
    end = datetime.fromtimestamp(NOW, UTC)
    starts = [end - timedelta(days=days) for days, _, _ in pieces]
    return [
        IntervalResource(outlet=outlet, start=start, end=stop, kind=kind, detail=detail)
        for start, stop, (_, kind, detail) in zip(starts, [*starts[1:], None], pieces, strict=True)
    ]


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
            reason="no known subprotocol",
            identity="NK-08801",
            offered="ocpp1.5",
            count=41,
        ),
        HandshakeResource(
            at=ago(minutes=18),
            address="185.12.7.44",
            reason="not HTTP",
            raw="\\x16\\x03\\x01 TLS on a plain port",
            count=3,
        ),
        HandshakeResource(
            at=ago(hours=2),
            address="10.20.9.77",
            reason="unknown identity, list full",
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
            what="operation reset",
            target="NK-01450",
            reason="boots again and again",
            result="sent",
        ),
        AuditResource(
            at=at("14:30"),
            who="elin",
            what="operation unlock",
            target="NK-04217:2",
            reason="driver waits",
            result="unproved",
        ),
        AuditResource(
            at=at("14:12"), who="johan", what="alarm shelve", target="412", reason="technician on site", result=""
        ),
        AuditResource(at=at("13:55"), who="samira", what="station accept", target="NK-11990", reason="", result=""),
        AuditResource(at=at("13:20"), who="root", what="token put", target="04••••••9F", reason="", result="Blocked"),
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


class FrozenClient(StandIn):
    """Answers from the frozen network. `asked` holds what it was asked, in order."""

    def __init__(self, mirror: Mirror) -> None:
        super().__init__(mirror)
        self.held = sessions(mirror)
        self.past = past_operations()
        self.waiting = pending()
        self.frames = frames()
        self.fails: NocError | None = None
        """What every question is answered with, while it is set."""

    def _note(self, what: str, detail: Any = None) -> None:
        self.asked.append((what, detail))
        if self.fails is not None:
            raise self.fails

    async def close(self) -> None:
        """Nothing to close."""

    async def sessions(
        self, filter: str = "", limit: int = 100, before: str | None = None, reveal: str | None = None
    ) -> list[SessionResource]:
        from backend.model.filter import Subject, parse

        self._note("sessions", (filter, limit, before))
        wanted = parse(filter, Subject.SESSION)
        sites, stations = self.mirror.sites, self.mirror.stations
        found = [
            s
            for s in self.held
            if (before is None or int(s.id) < int(before))
            and wanted.matches_session(s, sites.get(s.site or ""), stations.get(s.station), NOW)
        ]
        return found[:limit] if limit else found

    async def session(self, id: str, reveal: str | None = None) -> SessionResource:
        self._note("session", id)
        found = [s for s in self.held if s.id == id]
        if not found:
            from backend.model.errors import Unknown

            raise Unknown("unknown_session", f"There is no session {id}.")
        return found[0]

    async def readings(self, id: str) -> list[ReadingResource]:
        self._note("readings", id)
        if id == HERO:
            return hero_readings()
        found = [s for s in self.held if s.id == id]
        return ac_readings(found[0]) if found else []

    async def operations(
        self, filter: str = "", limit: int = 100, before: str | None = None
    ) -> list[OperationResource]:
        self._note("operations", (filter, limit, before))
        return [o for o in self.past if before is None or int(o.id) < int(before)][:limit]

    async def uptime(
        self,
        by: str = "network",
        start: str = "-30d",
        end: str = "now",
        formula: str = "strict",
        filter: str = "",
        days: bool = False,
        **options: Any,
    ) -> list[UptimeResource]:
        self._note("uptime", (by, start, formula, filter))
        return uptime_rows(by, days, start, formula)

    async def intervals(self, outlet: str, start: str = "-24h", end: str = "now") -> list[IntervalResource]:
        self._note("intervals", outlet)
        return intervals(outlet)

    async def trace(self, station: str, limit: int = 200, before: str | None = None) -> list[FrameResource]:
        self._note("trace", (station, limit, before))
        return [] if before is not None else [f for f in self.frames if f.station == station][-limit:]

    async def system(self) -> Vitals:
        self._note("system")
        return vitals()

    async def pending(self) -> list[StationResource]:
        self._note("pending")
        return list(self.waiting)

    async def quarantine(self) -> list[HandshakeResource]:
        self._note("quarantine")
        return quarantine()

    async def audit(self, limit: int = 200) -> list[AuditResource]:
        self._note("audit")
        return audit()

    async def whoami(self) -> Who:
        self._note("whoami")
        return Who(name="samira", rights=["read", "acknowledge", "operate", "operate_hard", "register"])

    async def accept(self, id: str, **fields: Any) -> StationResource:
        self._note("accept", id)
        found = next(s for s in self.waiting if s.id == id)
        self.waiting.remove(found)
        found.admission = Admission.ACCEPTED
        return found

    async def block(self, id: str) -> StationResource:
        self._note("block", id)
        found = next(s for s in self.waiting if s.id == id)
        self.waiting.remove(found)
        return found

    async def sites(self, filter: str = "", limit: int = 0, after: str | None = None) -> list[SiteResource]:
        self._note("sites", filter)
        return list(self.mirror.sites.values())[: limit or None]

    async def stations(self, filter: str = "", limit: int = 0, after: str | None = None) -> list[StationResource]:
        self._note("stations", filter)
        return list(self.mirror.stations.values())[: limit or None]

    async def outlets(self, filter: str = "", limit: int = 0, after: str | None = None) -> list[OutletResource]:
        self._note("outlets", filter)
        return list(self.mirror.outlets.values())[: limit or None]

    async def tokens(
        self, filter: str = "", limit: int = 100, after: str | None = None, reveal: str | None = None
    ) -> list[TokenResource]:
        self._note("tokens", filter)
        return tokens()

    async def put_site(self, id: str, *, how: str = "put", **fields: Any) -> SiteResource:
        self._note("put_site", (id, how, fields))
        return SiteResource(id=id, name=fields.get("name", id))

    async def put_station(self, id: str, *, how: str = "put", **fields: Any) -> StationResource:
        self._note("put_station", (id, how, fields))
        return next(iter(self.mirror.stations.values()))

    async def put_outlet(self, outlet: str, *, how: str = "put", **fields: Any) -> OutletResource:
        self._note("put_outlet", (outlet, how, fields))
        return next(iter(self.mirror.outlets.values()))

    async def put_token(self, token: str, *, how: str = "put", **fields: Any) -> TokenResource:
        self._note("put_token", (token, how, fields))
        if token == "taken":
            raise Conflict("exists", "There is a token taken already.", "Change it instead.")
        return TokenResource(token=token, status="Accepted")

    async def remove(self, kind: str, key: str) -> None:
        self._note("remove", (kind, key))

    async def import_csv(self, data: bytes, dry_run: bool = False, progress: Any = None) -> ImportProgress:
        self._note("import", (len(data), dry_run))
        for rows in (50, 100):
            if progress is not None:
                progress(ImportProgress(rows=rows, rows_total=100, phase="reading", dry_run=dry_run))
        bad = [
            RowProblem(line=17, column="site", why="is not registered, and no good row of this file", value="SITE-9")
        ]
        report = ImportProgress(
            phase="done", rows=100, rows_total=100, dry_run=dry_run, new={"outlet": 98}, changed={"outlet": 1}
        )
        if data.startswith(b"bad"):
            report.bad_rows, report.bad = 1, bad
        elif not dry_run:
            report.written = 99
        return report


def frozen_pair() -> tuple[Mirror, FrozenClient]:
    """The frozen network, its open sessions in the mirror, and what answers for its server."""
    mirror = frozen_mirror()
    client = FrozenClient(mirror)
    mirror.sessions = {s.id: s for s in client.held if s.state is SessionState.ACTIVE}
    mirror.operations = {o.id: o for o in client.past}
    for at_, station in enumerate(mirror.stations.values()):
        if "HPC" in station.model:
            station.ocpp_version = "2.0.1" if at_ % 3 else "2.1"
        if at_ % 7 == 0:
            station.quirks = {"timestamp without a zone": 3 + at_, "message id used again": at_ % 4 + 1}
    mirror.stations |= {s.id: s for s in client.waiting}
    return mirror, client


@asynccontextmanager
async def asking(
    size: tuple[int, int] = SMALL, theme: str = "noc-dark", language: str = "en", **options: Any
) -> AsyncIterator[tuple[NocApp, Pilot[None], FrozenClient]]:
    """The console on the frozen network with its client; nothing waits for the hand to rest."""
    mirror, client = frozen_pair()
    modules = (screens.sessions, screens.uptime, screens.system)
    waits = [module.WAIT_S for module in modules]
    for module in modules:
        module.WAIT_S = 0.001
    try:
        async with console(mirror, size=size, theme=theme, language=language, client=client, **options) as (app, pilot):
            yield app, pilot, client
    finally:
        for module, wait in zip(modules, waits, strict=True):
            module.WAIT_S = wait


def cells(app: App[Any]) -> str:
    """The screen as text: one line each, without blanks at its end."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips) + "\n"


async def rest(pilot: Pilot[None]) -> None:
    """Let what waits for the hand to rest be asked, and be drawn."""
    for _ in range(4):
        await asyncio.sleep(0.003)
        await asyncio.wait_for(pilot.app.workers.wait_for_complete(), 5)
    await pilot.pause()


async def keys(pilot: Pilot[None], *names: str) -> None:
    """Press keys one after the other; what they ask for arrives in between."""
    for name in names:
        await pilot.press(name)
        await asyncio.wait_for(pilot.app.workers.wait_for_complete(), 5)
    await rest(pilot)


async def typed(pilot: Pilot[None], sign: str, text: str) -> None:
    """Open a prompt with its key, type a line, and give it."""
    await pilot.press(sign)
    await pilot.pause()
    await pilot.press(*({" ": "space"}.get(char, char) for char in text), "enter")
    await rest(pilot)
