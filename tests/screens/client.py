"""A client without a server: it answers from what it was given, and notes what it was asked."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from backend.client.found import Found
from backend.client.mirror import Mirror
from backend.model.errors import Conflict
from backend.model.resources import (
    AlarmEntryResource,
    AlarmResource,
    IntervalResource,
    LinkEntryResource,
    NoticeResource,
    OperationResource,
    Question,
    ReadingResource,
    SessionResource,
    SettingResource,
    UptimeResource,
    Who,
)
from backend.model.wanted import SettingState
from backend.model.words import OperationState
from tests.screens.frozen import NOW, ago


class StandIn:
    """The methods of `backend.client.client.Client` that the pages of the fleet, stations and alarms call."""

    def __init__(self, mirror: Mirror) -> None:
        self.mirror = mirror
        self.asked: list[tuple[Any, ...]] = []
        self.questions: dict[tuple[str, str], Question] = {}
        self.refuse_once: Conflict | None = None

    async def whoami(self) -> Who:
        rights = ["read", "acknowledge", "operate", "operate_hard", "call", "register"]
        return Who(name="Elin Nyberg", rights=rights)

    async def sessions(self, filter: str = "", limit: int = 100, **_: Any) -> Found[SessionResource]:  # noqa: A002
        found = sorted(self.mirror.sessions.values(), key=lambda session: session.started, reverse=True)
        asked = [session for session in found if f'"{session.outlet}"' in filter or f'"{session.station}"' in filter]
        return Found(asked[:limit])

    async def readings(self, id: str) -> list[ReadingResource]:  # noqa: A002
        session = self.mirror.sessions[id]
        return curve(session)

    async def uptime(self, by: str = "network", filter: str = "", **_: Any) -> list[UptimeResource]:  # noqa: A002
        key = filter.split('"')[1]
        lost = [60.0] * 30
        lost[14], lost[29] = 9_000.0, 5_000.0
        return [
            UptimeResource(
                key=key,
                from_=ago(days=30),
                to=ago(),
                formula="strict",
                up_s=2_582_000.0,
                down_s=9_900.0,
                excluded_s=0.0,
                gap_s=0.0,
                uptime_pct=99.62,
                causes={"faulted:ConnectorLockFailure": 6_200.0, "offline": 3_600.0},
                lost_per_day_s=lost,
            )
        ]

    async def operations(self, filter: str = "", limit: int = 100, **_: Any) -> Found[OperationResource]:  # noqa: A002
        return Found()

    async def links(self, station: str, limit: int = 200) -> list[LinkEntryResource]:
        return [
            LinkEntryResource(at=ago(days=6, hours=3), link="online", detail="booted, 4.11.0"),
            LinkEntryResource(at=ago(days=6, hours=3, minutes=14), link="offline", detail="no pong for 60 s"),
        ]

    async def settings_of(self, station: str) -> list[SettingResource]:
        """One of each kind."""
        everywhere = "all"
        return [
            SettingResource(
                key="ClockAlignedDataInterval", wanted="900", scope=everywhere, state=SettingState.SAME, found="900"
            ),
            SettingResource(
                key="HeartbeatInterval",
                wanted="300",
                scope="model:Fjord/Solo 11",
                state=SettingState.NOT_TAKEN,
                found="86400",
                why="it reads back 86400",
            ),
            SettingResource(
                key="MeterValueSampleInterval", wanted="30", scope="station:NK-04217", state=SettingState.UNREAD
            ),
        ]

    async def notices(self, station: str, limit: int = 200) -> list[NoticeResource]:
        return []

    async def intervals(self, outlet: str, start: str = "-24h", end: str = "now") -> list[IntervalResource]:
        if outlet.endswith(":2"):
            return [
                _interval(outlet, 24, 12, "up"),
                _interval(outlet, 12, 11.2, "offline"),
                _interval(outlet, 11.2, 0.1, "up"),
                _interval(outlet, 0.1, None, "faulted"),
            ]
        return [_interval(outlet, 24, None, "up")]

    async def alarms(self, filter: str = "", limit: int = 0, history: bool = False) -> Found[AlarmResource]:  # noqa: A002
        return Found(self.mirror.alarms.values())

    async def alarm_entries(self, id: str) -> list[AlarmEntryResource]:  # noqa: A002
        if id != "2":
            return []
        return [
            AlarmEntryResource(at=ago(minutes=2), what="note", who="Elin Nyberg", text="green light, will not move")
        ]

    async def ask(self, operation: str, target: str, *, parameters: dict[str, Any] | None = None) -> Question | None:
        self.asked.append(("ask", operation, target))
        return self.questions.get((operation, target))

    async def catalogue(self) -> list[dict[str, Any]]:
        return [
            {"operation": "refresh", "what": "ask for a message", "targets": ["station"], "parameters": []},
            {
                "operation": "call",
                "what": "any OCPP call",
                "targets": ["station"],
                "danger": True,
                "parameters": [
                    {"name": "action", "kind": "text", "needed": True, "choices": [], "default": None},
                    {"name": "payload", "kind": "object", "needed": False, "choices": [], "default": {}},
                ],
            },
        ]

    async def operate(self, operation: str, target: str, **given: Any) -> OperationResource:
        self.asked.append(("operate", operation, target, given))
        if self.refuse_once is not None:
            refused, self.refuse_once = self.refuse_once, None
            raise refused
        return OperationResource(
            id="900",
            operation=operation,
            target=target,
            state=OperationState.QUEUED,
            answer=None,
            proof=None,
            reason=given.get("reason", ""),
            requested_by="Elin Nyberg",
            times={"requested": ago(), "sent": None, "answered": None, "ended": None},
            station=target.rpartition(":")[0] or target,
        )

    async def acknowledge(self, id: str) -> AlarmResource:  # noqa: A002
        self.asked.append(("acknowledge", id))
        return self.mirror.alarms[id]

    async def take_back(self, id: str) -> AlarmResource:  # noqa: A002
        self.asked.append(("take_back", id))
        return self.mirror.alarms[id]

    async def own(self, id: str, who: str | None) -> AlarmResource:  # noqa: A002
        self.asked.append(("own", id, who))
        return self.mirror.alarms[id]

    async def note(self, id: str, text: str) -> AlarmResource:  # noqa: A002
        self.asked.append(("note", id, text))
        return self.mirror.alarms[id]

    async def shelve(self, id: str, seconds: float, reason: str) -> AlarmResource:  # noqa: A002
        self.asked.append(("shelve", id, seconds, reason))
        return self.mirror.alarms[id]


def _interval(outlet: str, start_h: float, end_h: float | None, kind: str) -> IntervalResource:
    end = None if end_h is None else ago(hours=end_h)
    return IntervalResource(outlet=outlet, start=ago(hours=start_h), end=end, kind=kind)


def curve(session: SessionResource) -> list[ReadingResource]:
    """A plausible curve: it rises, holds, and falls at the end of a charge."""
    end = session.ended or datetime.fromtimestamp(NOW, session.started.tzinfo)
    points = 60
    step = (end - session.started) / points
    readings = []
    for at in range(points + 1):
        share = at / points
        level = min(1.0, share * 8) * (1.0 if share < 0.88 or session.ended is None else max(0.05, (1 - share) / 0.12))
        watts = session.max_power_w * level * (0.97 if at % 3 else 1.0)
        readings.append(
            ReadingResource(at=session.started + timedelta(seconds=step.total_seconds() * at), power_w=watts)
        )
    return readings
