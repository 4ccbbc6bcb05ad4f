"""What went wrong in an invented network: stretches of downtime, and the alarms about them."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from msgspec import Struct

from backend.model.alarm import Alarm, AlarmEntry
from backend.model.clock import Instant
from backend.model.interval import Interval, Minutes
from backend.model.outlet_id import OutletId
from backend.model.words import AlarmState, Severity, Version
from backend.simulator import faults
from backend.simulator.faults import some_fault
from backend.simulator.network import Network
from backend.simulator.opening import Opening, OutletStart, StationStart
from backend.simulator.outlet import Trouble

PEOPLE = ("Elin N", "Johan S", "Samira K")
"""Who was on shift."""
DAY_S = 86_400.0
ALARM_FROM_S = 900.0
"""An absence as long as this had an alarm."""
_SEVERITIES = {
    "ConnectorLockFailure": Severity.S2,
    "ConnectorPlugRetentionLock": Severity.S2,
    "PowerMeterFailure": Severity.S2,
    "FiscalMetering": Severity.S2,
    "ReaderFailure": Severity.S4,
    "TokenReader": Severity.S3,
    "OverCurrentFailure": Severity.S2,
    "OverCurrentProtection": Severity.S2,
    "CX002": Severity.S1,
    "CX004": Severity.S2,
    "CX007": Severity.S4,
    "CX008": Severity.S1,
    "CX017": Severity.S1,
    "CX019": Severity.S2,
    "CX022": Severity.S1,
    "CX025": Severity.S2,
}


def fault_code(trouble: Trouble, version: Version) -> str:
    """The code under which a fault is known: MREC where it has one, else the version's own word."""
    if trouble.tech_code.startswith("CX"):
        return trouble.tech_code
    return trouble.error_code if version is Version.V16 else trouble.component


class Break(NamedTuple):
    """A stretch in which an outlet (evse 0: the whole station) could not be used."""

    start: Instant
    end: Instant | None
    kind: Minutes
    evse: int
    detail: str
    trouble: Trouble | None = None


class Breaks:
    """All that went wrong since `begin`, by station, oldest first; the present troubles are the last, and open."""

    def __init__(self, network: Network, opening: Opening, begin: Instant, dice: Random) -> None:
        self.begin = begin
        self.now = opening.now
        self._of: dict[str, list[Break]] = {identity: [] for identity in network.builds}
        gap = opening.now - 9.2 * DAY_S
        outage = dice.choice([site.id for site in network.sites])
        outage_at = opening.now - 12.4 * DAY_S
        for identity, build in network.builds.items():
            found = self._of[identity]
            found.append(Break(gap, gap + 240.0, Minutes.GAP, 0, "server restart"))
            if build.site == outage:
                found.append(Break(outage_at, outage_at + 7_500.0, Minutes.OFFLINE, 0, "site dark"))
            self._past(found, dice, [plug.evse for plug in build.plugs], [plug.current for plug in build.plugs])
            self._present(found, opening.stations[identity])
            self._of[identity] = _apart(found, begin)

    def _past(self, found: list[Break], dice: Random, evses: list[int], currents: list[str]) -> None:
        span = self.now - self.begin - 2 * DAY_S
        trouble_site = dice.random() < 0.05
        for _ in range(dice.choice((0, 0, 1, 1, 2, 3)) * (4 if trouble_site else 1)):
            at = self.begin + DAY_S + dice.random() * span
            found.append(Break(at, at + 60.0 + dice.expovariate(1 / 700.0), Minutes.OFFLINE, 0, "Offline"))
        if dice.random() < (0.5 if trouble_site else 0.07):
            at = self.begin + DAY_S + dice.random() * span
            found.append(Break(at, at + dice.uniform(2.0, 30.0) * 3600.0, Minutes.OFFLINE, 0, "Offline"))
        for evse, current in zip(evses, currents, strict=True):
            if dice.random() < 0.12:
                at = self.begin + DAY_S + dice.random() * span
                trouble = some_fault(dice, current)
                if trouble.blocks:
                    end = at + 300.0 + dice.expovariate(1 / 14_000.0)
                    found.append(Break(at, end, Minutes.FAULTED, evse, trouble.error_code, trouble))
            if dice.random() < 0.03:
                at = self.begin + DAY_S + dice.random() * span
                found.append(Break(at, at + dice.uniform(1, 6) * 3600.0, Minutes.PLANNED, evse, "maintenance"))

    def _present(self, found: list[Break], start: StationStart) -> None:
        if start.away:
            found.append(Break(start.since, None, Minutes.OFFLINE, 0, "Offline"))
        for evse, outlet in start.outlets.items():
            if outlet.state == "faulted" and outlet.trouble is not None:
                detail = outlet.trouble.error_code
                found.append(Break(outlet.since, None, Minutes.FAULTED, evse, detail, outlet.trouble))
            elif outlet.state == "unavailable":
                found.append(Break(outlet.since, None, Minutes.UNAVAILABLE, evse, "Unavailable"))

    def of(self, station: str) -> list[Break]:
        return self._of[station]

    def touches(self, station: str, evse: int, start: Instant, end: Instant) -> bool:
        """Whether an outlet was out of use at any time between."""
        return any(
            found.evse in (0, evse) and found.start < end and (found.end is None or found.end > start)
            for found in self._of[station]
        )


def _apart(found: list[Break], begin: Instant) -> list[Break]:
    """In order, none over another: one that begins in another of the same station is dropped."""
    kept: list[Break] = []
    for one in sorted(found, key=lambda b: (b.end is not None, b.start)):
        clash = any(
            (one.end is None or one.end > other.start)
            and (other.end is None or other.end > one.start)
            and 0 in (one.evse, other.evse, one.evse - other.evse)
            for other in kept
        )
        if not clash and one.start > begin:
            kept.append(one)
    return sorted(kept, key=lambda b: b.start)


def past_intervals(network: Network, opening: Opening, breaks: Breaks) -> Iterator[Interval]:
    """Every outlet's time since the beginning, without a hole; the last stretch is open."""
    for identity, build in network.builds.items():
        for plug in build.plugs:
            at = breaks.begin
            for found in breaks.of(identity):
                if found.evse not in (0, plug.evse):
                    continue
                if found.start > at:
                    yield _interval(identity, plug.evse, at, found.start, Minutes.UP, "Available")
                yield _interval(identity, plug.evse, found.start, found.end, found.kind, found.detail)
                if found.end is None:
                    break
                at = found.end
            else:
                yield _interval(identity, plug.evse, at, None, Minutes.UP, "Available")


def _interval(station: str, evse: int, start: Instant, end: Instant | None, kind: Minutes, detail: str) -> Interval:
    return Interval(station=station, evse=evse, start=start, end=end, kind=kind, detail=detail)


class _Numbers(Struct):
    last: int = 0

    def next(self) -> int:
        self.last += 1
        return self.last


def past_alarms(network: Network, opening: Opening, breaks: Breaks, dice: Random) -> Iterator[Alarm | AlarmEntry]:
    """The alarms of the past, and those that stand."""
    numbers = _Numbers()
    for identity, build in network.builds.items():
        for found in breaks.of(identity):
            if found.end is None or found.kind not in (Minutes.OFFLINE, Minutes.FAULTED):
                continue
            if found.kind is Minutes.OFFLINE and found.end - found.start < ALARM_FROM_S:
                continue
            yield from _over(numbers.next(), identity, build.version, build.site, found, dice)
    yield from _standing(network, opening, numbers, dice)


def _over(
    number: int, station: str, version: Version, site: str, found: Break, dice: Random
) -> Iterator[Alarm | AlarmEntry]:
    end = found.end or found.start
    who = dice.choice(PEOPLE)
    acknowledged = found.start + min(dice.uniform(60.0, 900.0), max(end - found.start - 30.0, 30.0))
    alarm = Alarm(
        id=number,
        rule="fault" if found.trouble is not None else "offline",
        code=fault_code(found.trouble, version) if found.trouble is not None else "",
        source=str(OutletId(station, found.evse)) if found.evse else station,
        station=station,
        evse=found.evse or None,
        site=site,
        severity=_severity(found.trouble, version),
        state=AlarmState.NORMAL,
        active=False,
        since=found.start,
        raised=found.start,
        info=found.trouble.info if found.trouble is not None else "",
        vendor_code=found.trouble.tech_code if found.trouble is not None else "",
        owner=who,
        acknowledged_by=who,
        acknowledged=acknowledged,
        cleared=end,
    )
    yield alarm
    yield AlarmEntry(alarm=number, at=found.start, what="raised")
    yield AlarmEntry(alarm=number, at=acknowledged, what="acknowledged", who=who)
    yield AlarmEntry(alarm=number, at=end, what="normal")


def _severity(trouble: Trouble | None, version: Version) -> Severity:
    if trouble is None:
        return Severity.S3
    return _SEVERITIES.get(fault_code(trouble, version), Severity.S3)


def _standing(network: Network, opening: Opening, numbers: _Numbers, dice: Random) -> Iterator[Alarm | AlarmEntry]:
    parent = None
    if opening.dark_site is not None:
        parent = numbers.next()
        yield from _dark_site(parent, network, opening)
    for identity, start in opening.stations.items():
        build = network.builds[identity]
        if start.presence == "dark":
            yield from _open(
                numbers.next(), "offline", identity, None, build.site, start.since, Severity.S2, dice, parent
            )
        elif start.presence == "offline":
            fast = any(plug.current == "DC" for plug in build.plugs)
            severity = Severity.S2 if fast else Severity.S3
            yield from _open(numbers.next(), "offline", identity, None, build.site, start.since, severity, dice)
        elif start.presence == "deaf":
            yield from _open(numbers.next(), "deaf", identity, None, build.site, start.since, Severity.S3, dice)
        elif start.presence == "boot_loop":
            found = list(_open(numbers.next(), "boot_loop", identity, None, build.site, start.since, Severity.S2, dice))
            for thing in found:
                if isinstance(thing, Alarm):
                    thing.values = {"n": "5"}
                    thing.count = 5
            yield from found
        for evse, outlet in start.outlets.items():
            if outlet.trouble is not None and start.presence == "online":
                yield from _outlet_alarm(numbers.next(), identity, evse, outlet, network, dice)


def _dark_site(number: int, network: Network, opening: Opening) -> Iterator[Alarm | AlarmEntry]:
    members = [identity for identity, start in opening.stations.items() if start.presence == "dark"]
    since = min(opening.stations[identity].since for identity in members)
    outlets = sum(len(network.builds[identity].plugs) for identity in members)
    fast = any(plug.current == "DC" for identity in members for plug in network.builds[identity].plugs)
    yield Alarm(
        id=number,
        rule="site_dark",
        code="",
        source=opening.dark_site or "",
        station=None,
        evse=None,
        site=opening.dark_site,
        severity=Severity.S1 if fast else Severity.S2,
        state=AlarmState.UNACKNOWLEDGED,
        active=True,
        since=since,
        raised=since + 60.0,
        values={"n": str(outlets), "of": str(outlets), "unit": "outlets", "stations": str(len(members))},
    )
    yield AlarmEntry(alarm=number, at=since + 60.0, what="raised")


def _open(
    number: int,
    rule: str,
    station: str,
    evse: int | None,
    site: str,
    since: Instant,
    severity: Severity,
    dice: Random,
    parent: int | None = None,
) -> Iterator[Alarm | AlarmEntry]:
    """A standing alarm; the older it is, the likelier somebody has it."""
    owned = parent is None and severity > Severity.S1 and dice.random() < 0.55
    who = dice.choice(PEOPLE) if owned else None
    at = since + dice.uniform(200.0, 800.0)
    state = AlarmState.ACKNOWLEDGED if owned else AlarmState.UNACKNOWLEDGED
    yield Alarm(
        id=number,
        rule=rule,
        code="",
        source=str(OutletId(station, evse)) if evse else station,
        station=station,
        evse=evse,
        site=site,
        severity=severity,
        state=AlarmState.SUPPRESSED if parent is not None else state,
        active=True,
        since=since,
        raised=since,
        owner=who,
        acknowledged_by=who,
        acknowledged=at if owned else None,
        parent=parent,
    )
    yield AlarmEntry(alarm=number, at=since, what="raised")
    if who is not None:
        yield AlarmEntry(alarm=number, at=at, what="acknowledged", who=who)
        yield AlarmEntry(alarm=number, at=at + 5.0, what="owned", who=who)


def _outlet_alarm(
    number: int, station: str, evse: int, outlet: OutletStart, network: Network, dice: Random
) -> Iterator[Alarm | AlarmEntry]:
    build, trouble = network.builds[station], outlet.trouble
    if trouble is None:
        return
    severity = _severity(trouble, build.version)
    found = list(_open(number, "fault", station, evse, build.site, outlet.since, severity, dice))
    for thing in found:
        if not isinstance(thing, Alarm):
            continue
        thing.code = fault_code(trouble, build.version)
        thing.info = trouble.info
        thing.vendor_code = trouble.tech_code
        if trouble.tech_code:
            thing.values = {"vendor_code": trouble.tech_code}
        if trouble is faults.LOCK:
            thing.owner = thing.acknowledged_by = thing.acknowledged = None
            thing.state = AlarmState.UNACKNOWLEDGED
            found = [thing, AlarmEntry(alarm=number, at=outlet.since, what="raised")]
            break
    yield from found
