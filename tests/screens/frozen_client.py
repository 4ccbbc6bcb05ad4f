"""Stands in for the client of the frozen network: it answers from it, and records what it was asked."""

# ruff: noqa: A002 - `filter` and `id` are the words of the API

from __future__ import annotations

from typing import Any

from backend.client.found import Found
from backend.client.mirror import Mirror
from backend.model.errors import Conflict, Invalid, NocError
from backend.model.requests import ImportProgress, RowProblem
from backend.model.resources import (
    AuditResource,
    CertificateResource,
    FrameResource,
    HandshakeResource,
    IntervalResource,
    OperationResource,
    OutletResource,
    QuirkResource,
    ReadingResource,
    RootResource,
    SecurityResource,
    SessionResource,
    SiteResource,
    StationQuirks,
    StationResource,
    TokenResource,
    UptimeResource,
    Vitals,
    Who,
)
from backend.model.words import Admission, SessionState
from tests.screens.client import StandIn
from tests.screens.frozen import NOW, ago, frozen_mirror
from tests.screens.frozen_frames import frames
from tests.screens.frozen_house import audit, pending, quarantine, security, tokens, vitals
from tests.screens.frozen_operations import past_operations
from tests.screens.frozen_sessions import HERO, ac_readings, hero_readings, sessions
from tests.screens.frozen_uptime import intervals, uptime_rows


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
        self.looked_at: int | None = None
        """How far searches for sessions go back."""

    def _note(self, what: str, detail: Any = None) -> None:
        self.asked.append((what, detail))
        if self.fails is not None:
            raise self.fails

    async def close(self) -> None:
        """Nothing to close."""

    async def sessions(
        self, filter: str = "", limit: int = 100, before: str | None = None, reveal: str | None = None
    ) -> Found[SessionResource]:
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
        answer = Found(found[:limit] if limit else found)
        answer.looked_at = self.looked_at
        return answer

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
    ) -> Found[OperationResource]:
        self._note("operations", (filter, limit, before))
        return Found([o for o in self.past if before is None or int(o.id) < int(before)][:limit])

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

    async def security(self, filter: str = "", limit: int = 0, after: str | None = None) -> list[SecurityResource]:
        self._note("security", filter)
        return security()

    async def root(self) -> RootResource:
        self._note("root", None)
        return RootResource(pem="ROOT", until=ago(days=-7_000))

    async def revoke_certificate(self, serial: str) -> CertificateResource:
        self._note("revoke_certificate", serial)
        return CertificateResource(serial=serial, station="NK-11290", begins=ago(days=344), until=ago(days=-21))

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

    async def accept_refused(self, row: HandshakeResource, version: str = "") -> StationResource:
        self._note("accept_refused", row.identity)
        if not row.identity:
            raise Invalid("no_identity", "It never said who it is.", "Add the station under its identity instead.")
        return next(iter(self.mirror.stations.values()))

    async def block_refused(self, row: HandshakeResource) -> StationResource:
        self._note("block_refused", row.identity)
        return next(iter(self.mirror.stations.values()))

    async def put_outlet(self, outlet: str, *, how: str = "put", **fields: Any) -> OutletResource:
        self._note("put_outlet", (outlet, how, fields))
        return next(iter(self.mirror.outlets.values()))

    async def put_token(self, token: str, *, how: str = "put", **fields: Any) -> TokenResource:
        self._note("put_token", (token, how, fields))
        if token == "taken":
            raise Conflict("exists", "There is a token taken already.", "Change it instead.")
        return TokenResource(token=token, status="Accepted")

    async def station_quirks(self, station: str) -> StationQuirks:
        self._note("station_quirks", station)
        held = self.mirror.stations[station]
        traits = [QuirkResource(trait="ping", value="off", vendor=held.vendor, model=held.model, by="samira")]
        return StationQuirks(
            station=station, vendor=held.vendor, model=held.model, firmware=held.firmware, traits=traits
        )

    async def put_quirk(self, trait: str, value: str | None, **about: Any) -> QuirkResource:
        self._note("put_quirk", (trait, value, about))
        return QuirkResource(trait=trait, value=value or "")

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
