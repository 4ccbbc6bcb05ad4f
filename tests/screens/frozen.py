"""A network that stands still, for pictures: invented operator, makers, sites and people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from backend.client.mirror import Lamp, Mirror
from backend.model.clock import HeldClock
from backend.model.resources import (
    AlarmResource,
    OperationResource,
    OutletResource,
    SessionResource,
    SiteResource,
    Snapshot,
    StationResource,
    StepResource,
    Totals,
)
from backend.model.words import (
    Activity,
    AlarmState,
    BootStatus,
    Known,
    Link,
    OperationState,
    SessionState,
    Severity,
)

NOW = 1_763_127_127.0
"""14 November 2025, 14:32:07 in Stockholm."""

AC, DC = "Duo 22", "HPC 300"

# site, address, capacity kW, power kW, faulted, offline, plugged, charging, free, shape of the day
SITES: tuple[tuple[str, str, float, float | None, int, int, int, int, int, str], ...] = (
    ("Ljungby E4 Lagan", "Lagavägen 2", 600, None, 0, 12, 0, 0, 0, "road"),
    ("Malmö C P-hus", "Skeppsbron 3", 264, 98, 1, 0, 2, 9, 12, "town"),
    ("Gävle Syd E4", "Utmarksvägen 6", 900, 412, 1, 0, 0, 4, 3, "road"),
    ("Kungens kurva", "Dialoggatan 2", 720, 287, 0, 2, 0, 7, 5, "town"),
    ("Uppsala Resecentrum", "Stationsgatan 9", 220, 131, 1, 0, 0, 11, 8, "town"),
    ("Göteborg Lindholmspiren", "Lindholmspiren 7", 176, 76, 0, 0, 3, 8, 5, "town"),
    ("Stockholm Karlavägen 58", "kerbside", 88, 49, 0, 2, 0, 6, 4, "home"),
    ("Norrköping P-hus Spiralen", "Spiralgatan 20", 198, 61, 0, 0, 2, 5, 11, "town"),
    ("Östersund Stadsdel Norr", "Frösövägen 12", 66, 19, 0, 1, 0, 2, 3, "home"),
    ("Umeå BRF Tallkotten", "", 110, 0, 1, 0, 0, 0, 9, "home"),
    ("Sundsvall Birsta", "Gesällvägen 1", 600, 318, 0, 0, 0, 6, 6, "road"),
    ("Helsingborg Knutpunkten", "Kungstorget 8", 176, 92, 0, 0, 0, 9, 7, "town"),
    ("Linköping Tornby", "Roxviksgatan 6", 720, 388, 0, 0, 0, 8, 4, "road"),
    ("Västerås Erikslund", "Hallsta Gårdsgata 2", 600, 241, 0, 0, 0, 7, 9, "town"),
    ("Luleå Smedjan P-hus", "Smedjegatan 11", 176, 28, 0, 0, 0, 3, 13, "town"),
    ("Örebro Marieberg", "Säljarevägen 4", 720, 402, 0, 0, 0, 10, 6, "road"),
    ("Kalmar Hansa City", "Verkstadsgatan 9", 450, 118, 0, 0, 0, 4, 8, "road"),
    ("Karlstad Bergvik", "Frykmans väg 3", 600, 207, 0, 0, 0, 6, 6, "road"),
    ("Lund Clemenstorget", "Clemenstorget 2", 176, 121, 0, 0, 0, 11, 5, "town"),
    ("Gotland Visby Östercentrum", "Norra Hansegatan 5", 132, 17, 0, 0, 0, 2, 10, "town"),
    ("Falun Stabergsvägen", "residents only", 220, 22, 0, 0, 0, 5, 15, "home"),
    ("Jönköping A6", "Kompanigatan 8", 900, 344, 0, 0, 0, 9, 11, "road"),
    ("Skövde Resecentrum", "Stationsgatan 12", 132, 25, 0, 0, 0, 3, 9, "town"),
    ("Kiruna Stadshus", "Stadshustorget 1", 88, 7, 0, 0, 0, 1, 7, "town"),
)
SHAPES = {
    "road": (2, 2, 1, 1, 1, 1, 1, 2, 2, 3, 3, 3, 4, 4, 4, 6, 6, 6),
    "town": (1, 1, 1, 1, 1, 1, 1, 1, 2, 3, 4, 5, 6, 7, 6, 5, 4, 4),
    "home": (3, 4, 4, 5, 4, 5, 4, 5, 4, 3, 3, 2, 1, 1, 1, 1, 1, 1),
}
FIRST = (
    "NK-07731",
    "NK-04217",
    "NK-02118",
    "NK-01450",
    "NK-03390",
    "NK-02801",
    "NK-05512",
    "NK-03107",
    "NK-06604",
    "NK-09011",
)


def ago(**parts: float) -> datetime:
    """A moment before the frozen one."""
    return datetime.fromtimestamp(NOW, UTC) - timedelta(**parts)


def at(time: str) -> datetime:
    """A clock time of the frozen day, as Stockholm reads it."""
    hour, minute = (int(part) for part in time.split(":"))
    day = datetime.fromtimestamp(NOW, UTC)
    return day.replace(hour=hour, minute=minute, second=0, microsecond=0) - timedelta(hours=1)


def frozen_mirror(*, gone: bool = False) -> Mirror:
    """The network at 14:32:07; with `gone`, two minutes after its server was lost."""
    clock = HeldClock(NOW - 17)
    mirror = Mirror(clock)
    builder = Builder()
    mirror.load(builder.snapshot())
    mirror.set_lamp(Lamp.LIVE)
    if gone:
        mirror.set_lamp(Lamp.GONE)
        clock.advance(137)
        mirror.set_lamp(Lamp.GONE, next_try=clock.now() + 4)
    else:
        clock.advance(17)
    return mirror


class Builder:
    """Puts the network together."""

    def __init__(self) -> None:
        self.sites: list[SiteResource] = []
        self.stations: dict[str, StationResource] = {}
        self.outlets: dict[str, OutletResource] = {}
        self.sessions: list[SessionResource] = []
        self._number = 10_000

    def snapshot(self) -> Snapshot:
        """All of it, in one part."""
        for row in range(len(SITES)):
            self._site(row)
        self._stories()
        return Snapshot(
            seq=7,
            part=1,
            parts=1,
            totals=totals(),
            sites=self.sites,
            stations=list(self.stations.values()),
            outlets=list(self.outlets.values()),
            alarms=alarms(),
            operations=operations(),
            sessions=self.sessions,
        )

    def _site(self, row: int) -> None:
        name, address, capacity, power, faulted, offline, plugged, charging, free, shape = SITES[row]
        site = f"site-{row:02d}"
        count = faulted + offline + plugged + charging + free
        history: list[float | None] = [value / 8 * capacity * 1000 for value in SHAPES[shape]]
        if power is None:
            history[-1] = None
        self.sites.append(
            SiteResource(
                id=site,
                name=name,
                address=address,
                capacity_w=capacity * 1000,
                power_w=None if power is None else power * 1000,
                power_history_w=history,
                outlets=count,
                stations=count // 2,
            )
        )
        activities = (
            [Activity.FAULTED] * faulted
            + [Activity.UNKNOWN] * offline
            + [Activity.PLUGGED] * plugged
            + [Activity.CHARGING] * charging
            + [Activity.IDLE] * free
        )
        wide = capacity / max(1, count) > 30
        for at_, activity in enumerate(activities):
            station = self._station(site, wide) if at_ % 2 == 0 or not self.stations else next(reversed(self.stations))
            self._outlet(
                self.stations[station], activity, None if power is None or not charging else power * 1000 / charging
            )

    def _station(self, site: str, wide: bool) -> str:
        first = int(site[-2:])
        fresh = [name for name in FIRST[first : first + 1] if name not in self.stations]
        if fresh:
            name = fresh[0]
        else:
            self._number += 1
            name = f"NK-{self._number}"
        self.stations[name] = StationResource(
            id=name,
            ocpp_version="1.6",
            link=Link.ONLINE,
            boot_status=BootStatus.ACCEPTED,
            last_heard=ago(seconds=12),
            site=site,
            vendor="Isberg" if wide else "Nordvolt",
            model=DC if wide else AC,
            firmware="4.11.0",
            outlets=[],
            link_since=ago(days=6, hours=3),
            booted=ago(days=6, hours=3),
            serial=f"{'IB' if wide else 'ND'}-{name[3:]}",
            clock_skew_s=0.4,
            security_profile=2,
        )
        return name

    def _outlet(self, station: StationResource, activity: Activity, power: float | None) -> None:
        evse = len(station.outlets) + 1
        name = f"{station.id}:{evse}"
        station.outlets.append(name)
        charging = activity is Activity.CHARGING
        words = {Activity.IDLE: "Available", Activity.FAULTED: "Faulted", Activity.PLUGGED: "Preparing"}
        self.outlets[name] = OutletResource(
            outlet=name,
            state=words.get(activity, "Charging" if charging else "Unknown"),
            activity=activity,
            since=ago(minutes=22) if activity is not Activity.IDLE else ago(hours=5),
            known=Known.LIVE,
            session=f"s-{name}" if charging else None,
            station=station.id,
            evse=evse,
            label=f"{station.id[3:]}-{evse}",
            evse_id=f"SE*NKL*E{station.id[3:]}*{evse}",
            site=station.site,
            place=f"bay {len(self.outlets) % 40 + 1}",
            link=Link.ONLINE,
            link_since=ago(days=6, hours=3),
            heard=ago(seconds=12),
            power_w=power if charging else None,
            energy_wh=9_400 if charging else None,
            id_token="71••••••3B" if charging else None,
            session_since=ago(minutes=38) if charging else None,
            max_power_w=300_000 if station.model == DC else 22_000,
            connector_type="CCS" if station.model == DC else "type 2",
            model=station.model,
        )

    # the troubles that the pictures tell

    def _change(self, name: str, **values: Any) -> None:
        outlet = self.outlets[name]
        for key, value in values.items():
            setattr(outlet, key, value)

    def _lose(self, station: str, lost: datetime, **values: Any) -> None:
        self.stations[station].link = Link.OFFLINE
        self.stations[station].link_since = lost
        self.stations[station].last_heard = lost
        for name in self.stations[station].outlets:
            self._change(name, link=Link.OFFLINE, known=Known.LAST_KNOWN, link_since=lost, heard=lost, **values)

    def _stories(self) -> None:
        lagan = [station.id for station in self.stations.values() if station.site == "site-00"]
        for at_, station in enumerate(lagan):
            self._lose(
                station, ago(minutes=11), activity=Activity.CHARGING if at_ < 3 else Activity.IDLE, since=ago(hours=1)
            )
            second = self.outlets[self.stations[station].outlets[1]]
            second.activity = Activity.IDLE
        self._malmo()
        self._change(
            "NK-02118:1",
            since=ago(minutes=23),
            power_w=0.0,
            energy_wh=8_700,
            error_codes=["HighTemperature"],
            vendor_error_codes=["CX019"],
            alarm_severity=Severity.S2,
            place="bay 3",
        )
        self._lose("NK-01450", ago(minutes=2), activity=Activity.IDLE, alarm_severity=Severity.S2)
        self._change(
            "NK-03390:1",
            since=ago(hours=2, minutes=10),
            error_codes=["PowerMeterFailure"],
            alarm_severity=Severity.S2,
            place="plan 1, bay 4",
        )
        self._change(
            "NK-02801:1",
            activity=Activity.SUSPENDED_EVSE,
            since=ago(minutes=34),
            session="s-NK-02801:1",
            power_w=0.0,
            energy_wh=3_100,
            alarm_severity=Severity.S3,
            place="row B, bay 4",
        )
        self._lose("NK-05512", at("11:29"), activity=Activity.IDLE, since=at("09:12"), alarm_severity=Severity.S3)
        self._change("NK-05512:1", place="post 1 left")
        self._change("NK-05512:2", activity=Activity.CHARGING, place="post 1 right")
        self._change(
            "NK-03107:2",
            activity=Activity.IDLE,
            conflict=True,
            power_w=7_200,
            energy_wh=12_900,
            session="s-NK-03107:2",
            since=ago(minutes=41),
            alarm_severity=Severity.S3,
            place="plan 3, bay 2",
        )
        for name in ("NK-06604:1", "NK-06604:2"):
            self._change(name, link=Link.DEAF, link_since=ago(minutes=48), alarm_severity=Severity.S3, place="post 4")
        self._change("NK-06604:1", activity=Activity.IDLE)
        self.stations["NK-06604"].link = Link.DEAF
        self.stations["NK-06604"].link_since = ago(minutes=48)
        self._change(
            "NK-09011:1",
            since=ago(hours=6, minutes=5),
            error_codes=["ReaderFailure"],
            alarm_severity=Severity.S3,
            place="garage, bay 6",
        )

    def _malmo(self) -> None:
        """The post of the pictures: one outlet faulted, the other charging."""
        self._change(
            "NK-04217:1",
            activity=Activity.CHARGING,
            state="Charging",
            session="s-1",
            since=ago(minutes=38),
            session_since=ago(minutes=38),
            power_w=11_000,
            energy_wh=6_800,
            id_token="71••••••3B",
            place="plan 2, bay 13",
            error_codes=[],
        )
        self._change(
            "NK-04217:2",
            activity=Activity.FAULTED,
            state="Faulted",
            session=None,
            since=at("14:28"),
            power_w=0.0,
            energy_wh=21_400,
            error_codes=["ConnectorLockFailure"],
            place="plan 2, bay 14",
            alarm_severity=Severity.S2,
            alarms=1,
        )
        refused = next(o for o in self.outlets.values() if o.site == "site-01" and o.activity is Activity.PLUGGED)
        refused.since, refused.refused_at, refused.place = at("14:10"), at("14:27"), "plan 2, bay 17"
        self.sessions += [
            session("s-1", "NK-04217:1", started=ago(minutes=38), energy=6_800, power=11_000, token="71••••••3B"),
            session(
                "s-2",
                "NK-04217:2",
                started=at("13:19"),
                ended=at("14:26"),
                energy=21_400,
                token="04••••••9F",
                reason="Local",
                top=21_900,
            ),
        ]


def session(
    name: str,
    outlet: str,
    *,
    started: datetime,
    energy: int,
    token: str,
    power: float | None = None,
    ended: datetime | None = None,
    reason: str | None = None,
    top: float = 11_000,
) -> SessionResource:
    """One charge."""
    return SessionResource(
        id=name,
        outlet=outlet,
        id_token=token,
        state=SessionState.ACTIVE if ended is None else SessionState.ENDED,
        started=started,
        ended=ended,
        meter_start_wh=1_204_300,
        meter_stop_wh=None if ended is None else 1_204_300 + energy,
        energy_wh=energy,
        power_w=power,
        stop_reason=reason,
        flags=[],
        station=outlet.rpartition(":")[0],
        evse=int(outlet.rpartition(":")[2]),
        label=outlet.replace("NK-", "").replace(":", "-"),
        site="site-01",
        transaction_id="8812",
        duration_s=((ended or ago()) - started).total_seconds(),
        max_power_w=top,
    )


def totals() -> Totals:
    """The vital signs of the whole network; the mirror of the pictures holds a part of it."""
    return Totals(
        network="Nordkraft Laddnät",
        stations=20_000,
        online=19_912,
        outlets=60_000,
        sites=3_412,
        activities={
            "faulted": 143,
            "offline": 262,
            "unavailable": 318,
            "plugged": 4_347,
            "charging": 9_842,
            "idle": 45_088,
        },
        power_w=118_400_000,
        alarms={"S1": 1, "S2": 4, "S3": 94, "S4": 41},
        unacknowledged={"S1": 1, "S2": 3, "S3": 1},
        uptime_30d_pct=99.31,
    )


def alarm(
    id_: int,
    severity: Severity,
    rule: str,
    source: str,
    since: datetime,
    *,
    site: int | None = None,
    count: int = 1,
    owner: str | None = None,
    state: AlarmState = AlarmState.UNACKNOWLEDGED,
    **values: Any,
) -> AlarmResource:
    """One alarm; `source` `NK-1:2` is an outlet, `NK-1` a station, `site-01` a site."""
    station, _, evse = source.partition(":")
    is_site = source.startswith("site-")
    label = "" if is_site else station.removeprefix("NK-") + (f"-{evse}" if evse else "")
    return AlarmResource(
        id=str(id_),
        rule=rule,
        severity=severity,
        state=state,
        source=source,
        site=source if is_site else (None if site is None else f"site-{site:02d}"),
        since=since,
        raised=since,
        count=count,
        flags=[],
        text="",
        owner=owner,
        parent=None,
        station=None if is_site else station,
        evse=int(evse) if evse else None,
        label=label,
        **values,
    )


def alarms() -> list[AlarmResource]:
    """The open ones that the pictures show."""
    s1, s2, s3, s4 = Severity
    ack, back, shelved = AlarmState.ACKNOWLEDGED, AlarmState.RETURNED, AlarmState.SHELVED
    return [
        alarm(
            1, s1, "site_dark", "site-00", ago(minutes=11), count=12, values={"n": "12", "of": "12", "unit": "outlets"}
        ),
        alarm(2, s2, "fault", "NK-04217:2", at("14:28"), site=1, count=2, code="ConnectorLockFailure"),
        alarm(3, s2, "fault", "NK-02118:1", ago(minutes=23), site=2, code="HighTemperature", vendor_code="CX019"),
        alarm(4, s2, "boot_loop", "NK-01450", ago(minutes=2), site=3, count=5, values={"n": "5"}),
        alarm(5, s3, "fault", "NK-02801:1", ago(minutes=34), site=5, code="OtherError", info="no power, no limit set"),
        alarm(
            6,
            s2,
            "fault",
            "NK-03390:1",
            ago(hours=2, minutes=10),
            site=4,
            code="PowerMeterFailure",
            owner="Samira K",
            state=ack,
        ),
        alarm(7, s3, "offline", "NK-05512", ago(hours=3), site=6, count=2, owner="Elin N", state=ack),
        alarm(8, s3, "deaf", "NK-06604", ago(minutes=48), site=8, owner="Elin N", state=ack),
        alarm(
            9, s3, "conflict", "NK-03107:2", ago(minutes=41), site=7, owner="Johan S", state=ack, values={"kw": "7.2"}
        ),
        alarm(
            10,
            s3,
            "fault",
            "NK-09011:1",
            ago(hours=6, minutes=5),
            site=9,
            count=3,
            code="ReaderFailure",
            owner="Johan S",
            state=ack,
        ),
        alarm(
            11,
            s3,
            "fault",
            "NK-20144:1",
            ago(days=1, hours=2),
            site=16,
            count=9,
            code="EVCommunicationError",
            owner="Samira K",
            state=ack,
        ),
        alarm(
            12,
            s4,
            "flapping",
            "NK-20120",
            ago(hours=5),
            site=13,
            count=4,
            owner="Johan S",
            state=ack,
            values={"n": "9"},
        ),
        alarm(
            13,
            s4,
            "clock",
            "NK-20170",
            ago(days=2),
            site=18,
            count=2,
            owner="Samira K",
            state=ack,
            values={"skew": "+71"},
        ),
        alarm(
            14,
            s2,
            "fault",
            "NK-20132:2",
            ago(minutes=52),
            site=15,
            count=14,
            state=back,
            active=False,
            code="ConnectorLockFailure",
            cleared=ago(minutes=31),
        ),
        alarm(15, s3, "offline", "NK-20150", ago(hours=1), site=17, state=back, active=False, cleared=at("13:41")),
        alarm(
            16,
            s3,
            "fault",
            "NK-20110:2",
            ago(hours=4),
            site=14,
            count=6,
            state=shelved,
            code="ReaderFailure",
            shelved_by="Elin N",
            shelved_until=at("18:00"),
            shelve_reason="rebuilding plan 1",
        ),
        alarm(
            17,
            s4,
            "fault",
            "NK-20200",
            ago(hours=7),
            site=22,
            state=shelved,
            code="WeakSignal",
            shelved_by="Samira K",
            shelved_until=at("20:00"),
            shelve_reason="new antenna ordered",
        ),
    ]


def operation(
    id_: int,
    name: str,
    target: str,
    state: OperationState,
    asked: datetime,
    *,
    proof: str | None = None,
    answer: str | None = "Accepted",
    by: str = "Elin Nyberg",
    took: float = 30.0,
    seen: str = "",
    **values: Any,
) -> OperationResource:
    """One operation; `seen`: the name of the last thing that was seen of it."""
    station, _, evse = target.partition(":")
    end = asked + timedelta(seconds=took)
    return OperationResource(
        id=str(id_),
        operation=name,
        target=target,
        state=state,
        answer=answer,
        proof=proof,
        reason="driver on the phone",
        requested_by=by,
        times={"requested": asked, "sent": asked, "answered": asked, "ended": end if state.ended else None},
        station=station,
        outlet=target if evse else None,
        site=None,
        steps=[
            StepResource(at=asked, name="sent"),
            StepResource(at=asked, name="answered", text="Accepted"),
            *([StepResource(at=end, name=seen)] if seen else []),
        ],
        **values,
    )


def operations() -> list[OperationResource]:
    """What was done, oldest first."""
    proved, unproved = OperationState.PROVED, OperationState.UNPROVED
    return [
        operation(
            1,
            "reset",
            "NK-04217",
            proved,
            ago(days=8, hours=2),
            proof="back in 51 s, 2 of 2 outlets",
            by="auto-heal",
            took=51,
            seen="reported",
        ),
        operation(2, "stop", "NK-04217:2", proved, at("14:27"), proof="ended, 21.4 kWh", took=4, seen="ended"),
        operation(3, "unlock", "NK-04217:2", unproved, at("14:29"), proof="still locked after 30 s"),
        operation(4, "unlock", "NK-04217:2", unproved, at("14:30"), proof="still locked after 30 s"),
    ]
