"""Live objects -> resources. Tokens are masked here; text was sanitised where it came in."""

from __future__ import annotations

import hmac
import secrets
from typing import TYPE_CHECKING

from backend.api.board import Board
from backend.api.open_alarms import OpenAlarms
from backend.model.alarm import Alarm, AlarmEntry
from backend.model.clock import Instant, as_datetime
from backend.model.frame import Frame, Handshake
from backend.model.interval import Interval
from backend.model.mask import mask_token
from backend.model.operation import AuditEntry, Operation
from backend.model.register import OutletEntry, SiteEntry, StationEntry, TokenEntry
from backend.model.resources import (
    AlarmEntryResource,
    AlarmResource,
    AuditResource,
    FrameResource,
    HandshakeResource,
    IntervalResource,
    OperationResource,
    ReadingResource,
    SessionResource,
    SiteResource,
    StationResource,
    StepResource,
    TokenResource,
    Totals,
)
from backend.model.secrets import hidden
from backend.model.session import Reading, Session
from backend.model.station import Station
from backend.model.words import Admission, Known, Link, SessionState
from backend.text.alarms import alarm_text

if TYPE_CHECKING:
    from datetime import datetime

    from backend.api.house import House

TOKEN_KEY = "key:"  # noqa: S105 - a prefix


def when(instant: Instant | None) -> datetime | None:
    """As `as_datetime`, for what may be unknown."""
    return None if instant is None else as_datetime(instant)


class Views:
    """Makes resources of the live objects of one house."""

    def __init__(self, house: House, open_alarms: OpenAlarms, board: Board) -> None:
        self._house = house
        self.open_alarms = open_alarms
        self.board = board
        self._work: dict[str, list[Operation]] | None = None
        self._secret = secrets.token_bytes(32)

    # Sites, stations

    def site(self, entry: SiteEntry) -> SiteResource:
        """A site with its power now and over the last hours."""
        outlets, stations = self.board.site_counts(entry.id)
        return SiteResource(
            id=entry.id,
            name=entry.name,
            address=entry.address,
            town=entry.town,
            owner=entry.owner,
            capacity_w=None if entry.capacity_kw is None else entry.capacity_kw * 1000,
            power_w=self.board.site_power_w(entry.id),
            power_history_w=self._house.power.means(entry.id),
            time_zone=entry.time_zone,
            outlets=outlets,
            stations=stations,
        )

    def live(self, station: str) -> Station | None:
        """The station of that id, also one that is registered and never came; None: nobody knows it."""
        found = self._house.fleet.find(station)
        if found is not None:
            return found
        entry = self._house.register.station(station)
        return None if entry is None else Station(id=entry.id)

    def evses(self, station: Station) -> list[int]:
        """The numbers of a station's outlets: what is registered, and what it reported."""
        phantoms = self._house.quirks.phantoms(station.id)
        numbers = {evse for evse, _ in station.connectors if evse > 0}
        numbers.difference_update(phantoms)
        numbers.update(entry.evse for entry in self._house.register.outlets_of(station.id))
        return sorted(numbers)

    def station(self, station: Station) -> StationResource:
        """A station. Without an entry in the register it counts as pending."""
        entry = self._house.register.station(station.id)
        own = station.connectors.get((0, 0))
        now = self._house.clock.now()
        return StationResource(
            id=station.id,
            ocpp_version=None if station.version is None else station.version.value,
            link=station.link,
            boot_status=station.boot_status,
            last_heard=when(station.last_heard),
            site=self._site_id(entry),
            vendor=station.vendor,
            model=station.model,
            firmware=station.firmware,
            outlets=[f"{station.id}:{evse}" for evse in self.evses(station)],
            admission=Admission.PENDING if entry is None else entry.admission,
            link_since=when(station.link_since),
            booted=when(station.booted),
            boot_reason=station.boot_reason,
            serial=station.serial or ("" if entry is None else entry.serial),
            address=station.address,
            iccid=mask_token(station.iccid) or "" if station.iccid else "",
            security_profile=station.security_profile,
            least_profile=self._house.credentials.least_profile(station.id),
            has_key=self._house.credentials.has_key(station.id),
            key_form=self._house.gateway.memories.key_form(station.id),
            clock_skew_s=station.clock_skew_s,
            connects_last_hour=sum(1 for at in station.connects if at > now - 3600),
            state=own.status if own is not None else "",
            error_codes=[fault.code for fault in own.faults] if own is not None else [],
            current="" if entry is None else entry.current,
            pinned_version=None if entry is None or entry.pinned_version is None else entry.pinned_version.value,
            quirks=self._house.gateway.memories.quirks(station.id),
            traits={quirk.trait.value: quirk.value for quirk in self._house.quirks.in_force(station.id)},
            note="" if entry is None else entry.note,
            pending_work=self._pending_work(station.id),
        )

    def _site_id(self, entry: StationEntry | None) -> str | None:
        if entry is None or entry.site is None:
            return None
        site = self._house.register.site(entry.site)
        return entry.site if site is None else site.id

    def operations_changed(self) -> None:
        """Forget which operations run at which station."""
        self._work = None

    def _pending_work(self, station: str) -> str:
        if self._work is None:
            self._work = {}
            for operation in self._house.operations.running.values():
                self._work.setdefault(operation.station, []).append(operation)
        waiting = self._work.get(station)
        if not waiting:
            return ""
        return waiting[0].operation if len(waiting) == 1 else f"{waiting[0].operation} +{len(waiting) - 1}"

    # Tokens

    def token(self, entry: TokenEntry, *, reveal: bool = False, key: bool = True) -> TokenResource:
        """A token; `key`: with its key, which takes longer than all the rest."""
        return TokenResource(
            token=entry.token if reveal else mask_token(entry.token) or "",
            status=entry.status.value,
            group=entry.group if reveal else mask_token(entry.group),
            expires=when(entry.expires),
            label=entry.label,
            key=self.token_key(entry) if key else "",
        )

    def token_key(self, entry: TokenEntry) -> str:
        """A name for a token that does not tell what it is: a plain digest of a card's number could be guessed."""
        return TOKEN_KEY + hmac.digest(self._secret, entry.token.encode(), "sha256").hex()[:24]

    # Sessions

    def session(self, session: Session, *, reveal: bool = False) -> SessionResource:
        """A session, live or past."""
        entry = self._house.register.outlet(session.station, session.evse)
        site = self._house.register.site_of(session.station)
        end = session.ended if session.ended is not None else self._house.clock.now()
        active = session.state is SessionState.ACTIVE
        return SessionResource(
            id=str(session.id),
            outlet=f"{session.station}:{session.evse}",
            id_token=session.id_token if reveal else mask_token(session.id_token),
            state=session.state,
            started=as_datetime(session.started),
            ended=when(session.ended),
            meter_start_wh=session.meter_start_wh,
            meter_stop_wh=session.meter_stop_wh,
            energy_wh=session.energy_wh,
            power_w=session.power_w if active else None,
            stop_reason=None if active else session.stop_reason,
            flags=sorted(flag.value for flag in session.flags),
            station=session.station,
            evse=session.evse,
            label=_label(entry, session.station, session.evse),
            site=None if site is None else site.id,
            transaction_id=session.transaction_id,
            duration_s=max(0.0, end - session.started),
            offered_w=session.offered_w,
            max_power_w=session.max_power_w,
            soc_pct=session.soc_pct,
            soc_start_pct=session.soc_start_pct,
            current_a=list(session.current_a),
            voltage_v=list(session.voltage_v),
            temperature_c=session.temperature_c,
            sampled=when(session.sampled),
            charging_state=session.charging_state,
            start_trigger=session.start_trigger,
        )

    # Alarms, operations

    def alarm(self, alarm: Alarm) -> AlarmResource:
        label = ""
        if alarm.station is not None and alarm.evse is not None:
            entry = self._house.register.outlet(alarm.station, alarm.evse)
            label = _label(entry, alarm.station, alarm.evse)
        return AlarmResource(
            id=str(alarm.id),
            rule=alarm.rule,
            severity=alarm.severity,
            state=alarm.state,
            source=alarm.source,
            site=alarm.site,
            since=as_datetime(alarm.since),
            count=alarm.count,
            flags=sorted(alarm.flags),
            text=alarm_text(alarm.rule, alarm.code, alarm.values, alarm.info),
            owner=alarm.owner,
            parent=None if alarm.parent is None else str(alarm.parent),
            code=alarm.code,
            active=alarm.active,
            station=alarm.station,
            evse=alarm.evse,
            label=label,
            raised=as_datetime(alarm.raised),
            info=alarm.info,
            vendor_code=alarm.vendor_code,
            values=dict(alarm.values),
            acknowledged_by=alarm.acknowledged_by,
            acknowledged=when(alarm.acknowledged),
            shelved_by=alarm.shelved_by,
            shelved_until=when(alarm.shelved_until),
            shelve_reason=alarm.shelve_reason,
            cleared=when(alarm.cleared),
        )

    def operation(self, operation: Operation) -> OperationResource:
        site = self._house.register.site_of(operation.station)
        return OperationResource(
            id=str(operation.id),
            operation=operation.operation,
            target=operation.target,
            state=operation.state,
            answer=operation.answer,
            proof=operation.proof,
            reason=operation.reason,
            requested_by=operation.requested_by,
            times={
                "requested": as_datetime(operation.requested),
                "sent": when(operation.sent),
                "answered": when(operation.answered),
                "ended": when(operation.ended),
            },
            station=operation.station,
            outlet=None if operation.evse is None else f"{operation.station}:{operation.evse}",
            session=None if operation.session is None else str(operation.session),
            site=None if site is None else site.id,
            parameters=hidden(operation.parameters),
            answer_payload=hidden(operation.answer_payload),
            deadline_s=operation.deadline_s,
            steps=[
                StepResource(at=as_datetime(step.at), name=step.name, text=step.text, values=dict(step.values))
                for step in operation.steps
            ],
        )

    # The network

    def totals(self) -> Totals:
        house, board = self._house, self.board
        alarms, unacknowledged = self.open_alarms.totals()
        return Totals(
            network=house.settings.network,
            stations=board.stations,
            online=board.online,
            outlets=board.outlets,
            sites=len(house.register.sites),
            activities=board.activities(),
            power_w=board.power_w,
            alarms=alarms,
            unacknowledged=unacknowledged,
            uptime_30d_pct=house.uptime_30d_pct,
            pending_stations=board.pending,
        )


def _label(entry: OutletEntry | None, station: str, evse: int) -> str:
    return entry.label if entry is not None and entry.label else f"{station}:{evse}"


def reading(found: Reading) -> ReadingResource:
    """One point of a curve."""
    sample = found.sample
    return ReadingResource(
        at=as_datetime(found.at),
        energy_wh=sample.energy_wh,
        power_w=sample.power_w,
        offered_w=sample.offered_w,
        soc_pct=sample.soc_pct,
        current_a=list(sample.current_a),
        voltage_v=list(sample.voltage_v),
        temperature_c=sample.temperature_c,
    )


def frame(found: Frame) -> FrameResource:
    """A frame of the trace; it was redacted when it was taken."""
    return FrameResource(
        station=found.station,
        direction=found.direction,
        received=as_datetime(found.received),
        action=found.action,
        frame=found.frame,
        deviations=list(found.deviations),
        message_id=found.message_id,
        kind=found.kind,
        latency_ms=found.latency_ms,
        requested_by=found.requested_by,
    )


def entry_line(found: AlarmEntry) -> AlarmEntryResource:
    """One line of an alarm's history."""
    return AlarmEntryResource(at=as_datetime(found.at), what=found.what, who=found.who, text=found.text)


def handshake(found: Handshake) -> HandshakeResource:
    """One row of the quarantine list."""
    return HandshakeResource(
        at=as_datetime(found.at),
        address=found.address,
        reason=found.reason,
        identity=found.identity,
        offered=found.offered,
        raw=found.raw,
        count=found.count,
    )


def audit(found: AuditEntry) -> AuditResource:
    """One line of the audit."""
    return AuditResource(
        at=as_datetime(found.at),
        who=found.who,
        what=found.what,
        target=found.target,
        reason=found.reason,
        result=found.result,
    )


def interval(found: Interval) -> IntervalResource:
    """One stretch of an outlet's time."""
    return IntervalResource(
        outlet=f"{found.station}:{found.evse}",
        start=as_datetime(found.start),
        end=when(found.end),
        kind=found.kind.value,
        detail=found.detail,
    )


def seen_now(link: Link) -> Known:
    """Only a station that is connected and answers shows its state live."""
    return Known.LIVE if link is Link.ONLINE else Known.LAST_KNOWN
