"""Turns objects into rows, at the moment when they are handed over."""

from __future__ import annotations

from collections.abc import Iterable

from backend.model.alarm import Alarm, AlarmEntry
from backend.model.certificate import CertificateRequest, IssuedCertificate
from backend.model.clock import Instant
from backend.model.credential import Credential
from backend.model.deviation import Deviation
from backend.model.event import Sample
from backend.model.frame import Handshake
from backend.model.interval import Interval
from backend.model.operation import AuditEntry, Operation
from backend.model.quirk import Quirk
from backend.model.register import OutletEntry, SiteEntry, StationEntry, TokenEntry
from backend.model.session import Session
from backend.model.station import Connector, Station
from backend.model.wanted import WantedSetting
from backend.model.words import Link
from backend.store import (
    alarm_rows,
    history_rows,
    interval_rows,
    live_rows,
    operation_rows,
    register_rows,
    rollup_rows,
    session_rows,
)
from backend.store.writer import Done, Writer


class RowJournal:
    """All of `model.ports.Journal` but the trace. Nothing here waits."""

    _writer: Writer
    rolled_until: Instant = float("-inf")
    """The newest day of which there are sums of uptime; a change before it makes them untrue."""

    def station(self, station: Station) -> None:
        self._writer.put(live_rows.STATIONS.put, live_rows.STATIONS.row(station))

    def connector(self, station: Station, connector: Connector) -> None:
        self._writer.put(live_rows.CONNECTORS.put, live_rows.CONNECTORS.row(connector, station.id))

    def heard(self, station: str, at: Instant) -> None:
        """When a station was heard last, where nothing else about it is new."""
        self._writer.put(live_rows.HEARD, (at, station))

    def forget_station(self, station: str) -> None:
        """Drop the live state of a station that left the register; its history stays."""
        self._writer.put(live_rows.FORGET_STATION, (station,))
        self._writer.put(live_rows.FORGET_CONNECTORS, (station,))

    def session(self, session: Session) -> None:
        self._writer.put(session_rows.SESSIONS.put, session_rows.SESSIONS.row(session))

    def readings(self, session: Session, samples: tuple[tuple[Instant, Sample], ...]) -> None:
        put = self._writer.put
        for at, sample in samples:
            put(session_rows.READING, session_rows.reading_row(session.id, at, sample, session.next_seq))

    def meter_values(
        self, station: str, evse: int, connector: int, samples: tuple[tuple[Instant, Sample], ...]
    ) -> None:
        put = self._writer.put
        for at, sample in samples:
            put(session_rows.METER_VALUE, (station, evse, connector, at, *session_rows.sample_values(sample)))

    def status(self, station: str, connector: Connector, at: Instant, learned: Instant, late: bool) -> None:
        self._writer.put(history_rows.STATUS, history_rows.status_row(station, connector, at, learned, late))

    def link(self, station: str, link: Link, at: Instant, detail: str) -> None:
        self._writer.put(history_rows.LINK, (station, at, link, detail))

    def interval(self, interval: Interval) -> None:
        self._writer.put(interval_rows.INTERVALS.put, interval_rows.INTERVALS.row(interval))
        changed = interval.start if interval.end is None else interval.end
        if changed < self.rolled_until:
            self._writer.put(rollup_rows.STALE, (interval.station, interval.evse, interval.start))

    def cut_intervals(self, station: str, evse: int, start: Instant, end: Instant, pieces: list[Interval]) -> None:
        for statement, row in interval_rows.cut(station, evse, start, end, pieces):
            self._writer.put(statement, row)
        if start < self.rolled_until:
            self._writer.put(rollup_rows.STALE, (station, evse, start))

    def roll_up(self, outlet: tuple[str, int], marks: Iterable[tuple[Instant, bytes]], version: int | None) -> None:
        """Keep an outlet's sums at some days. `version`: of the doubt that is over by it (`stale`)."""
        for day, mark in marks:
            self._writer.put(rollup_rows.MARK, (day, *outlet, mark))
        if version is not None:
            self._writer.put(rollup_rows.SOUND, (*outlet, version))

    def doubt(self, outlet: tuple[str, int], since: Instant) -> None:
        """An outlet's sums from then on are not to be used."""
        self._writer.put(rollup_rows.STALE, (*outlet, since))

    def rolled_up(self, days: Iterable[Instant], gone: Iterable[Instant]) -> None:
        """All outlets have sums at these days; those at the others are not needed any more."""
        for day in days:
            self._writer.put(rollup_rows.DAY, (day,))
        for day in gone:
            self._writer.put(rollup_rows.FORGET_DAY, (day,))
        self._writer.after_commit(lambda: self._writer.submit(rollup_rows.forget_marks()))

    def alarm(self, alarm: Alarm) -> None:
        self._writer.put(alarm_rows.ALARMS.put, alarm_rows.ALARMS.row(alarm))

    def alarm_entry(self, entry: AlarmEntry) -> None:
        self._writer.put(alarm_rows.ENTRY, alarm_rows.entry_row(entry))

    def operation(self, operation: Operation) -> None:
        self._writer.put(operation_rows.OPERATIONS.put, operation_rows.OPERATIONS.row(operation))
        self._writer.put(operation_rows.SET_MODEL, (operation.id,))

    def audit(self, entry: AuditEntry) -> None:
        self._writer.put(operation_rows.AUDIT, operation_rows.audit_row(entry))

    def notice(self, station: str, at: Instant, action: str, text: str, data: str) -> None:
        self._writer.put(history_rows.NOTICE, (station, at, action, text, data))

    def handshake(self, handshake: Handshake) -> None:
        self._writer.put(history_rows.HANDSHAKE, history_rows.handshake_row(handshake))

    def site_entry(self, entry: SiteEntry) -> None:
        self._writer.put(register_rows.SITES.put, register_rows.SITES.row(entry, entry.id.casefold()))

    def station_entry(self, entry: StationEntry) -> None:
        self._writer.put(register_rows.STATIONS.put, register_rows.STATIONS.row(entry, entry.id.casefold()))

    def outlet_entry(self, entry: OutletEntry) -> None:
        self._writer.put(register_rows.OUTLETS.put, register_rows.OUTLETS.row(entry, entry.station.casefold()))

    def token_entry(self, entry: TokenEntry) -> None:
        self._writer.put(register_rows.TOKENS.put, register_rows.TOKENS.row(entry, entry.token.casefold()))

    def quirk(self, quirk: Quirk) -> None:
        self._writer.put(register_rows.QUIRKS.put, register_rows.QUIRKS.row(quirk, quirk.subject))

    def deviation(self, deviation: Deviation) -> None:
        row = register_rows.DEVIATIONS.row(deviation, deviation.station.casefold())
        self._writer.put(register_rows.DEVIATIONS.put, row)

    def credential(self, credential: Credential) -> None:
        row = register_rows.CREDENTIALS.row(credential, credential.station.casefold())
        self._writer.put(register_rows.CREDENTIALS.put, row)

    def certificate(self, certificate: IssuedCertificate) -> None:
        self._writer.put(register_rows.CERTIFICATES.put, register_rows.CERTIFICATES.row(certificate))

    def certificate_gone(self, serial: str) -> None:
        self._writer.put(register_rows.CERTIFICATES.delete, (serial,))

    def certificate_request(self, request: CertificateRequest) -> None:
        row = register_rows.CERTIFICATE_REQUESTS.row(request, request.station.casefold())
        self._writer.put(register_rows.CERTIFICATE_REQUESTS.put, row)

    def wanted_setting(self, setting: WantedSetting) -> None:
        keys = (setting.scope.casefold(), setting.key.casefold())
        self._writer.put(register_rows.WANTED.put, register_rows.WANTED.row(setting, *keys))

    def forget(self, kind: str, key: tuple[str | int, ...]) -> None:
        self._writer.put(*register_rows.removal(kind, key))
        if kind == "station":
            self._writer.put(live_rows.FORGET_DEVIATIONS, (str(key[0]).casefold(),))

    def after_commit(self, done: Done) -> None:
        self._writer.after_commit(done)
