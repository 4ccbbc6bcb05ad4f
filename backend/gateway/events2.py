"""2.x NotifyEvent: a connector's availability is a status, a problem is a fault, the rest is kept and shown."""

from __future__ import annotations

from msgspec import Raw

from backend.gateway import mrec, notices, times, wire2
from backend.gateway.letter import Letter
from backend.gateway.memory import MAX_PROBLEMS
from backend.gateway.tolerant import Reader
from backend.model.event import Fault, FaultsReported, StationEvent, StatusReported
from backend.model.sanitise import clean
from backend.model.secrets import without_secrets

_TRUE = frozenset({"true", "1", "yes", "active", "faulted", "alarm", "tripped"})

_read = Reader(
    wire2.NotifyEvent,
    {
        "generatedAt": None,
        "timestamp": None,
        "seqNo": 0,
        "eventId": 0,
        "trigger": "Delta",
        "actualValue": "",
        "eventNotificationType": "",
    },
).read


def notify_event(payload: Raw | bytes, letter: Letter) -> tuple[StationEvent, ...]:
    """Statuses, then faults by connector, then one notice when something was neither."""
    message = _read(payload, letter.deviations)
    statuses: list[StationEvent] = []
    faults: dict[tuple[int, int], tuple[list[Fault], list[Fault]]] = {}
    others: list[str] = []
    for data in message.event_data:
        where = _where(data.component)
        if _availability(data):
            statuses.append(_status(data, where, letter))
        elif _problem(data):
            raised, cleared = faults.setdefault(where, ([], []))
            _sort(data, where, letter, raised, cleared)
        else:
            others.append(f"{data.component.name}.{data.variable.name}={data.actual_value}")
    events = statuses + [
        FaultsReported(
            station=letter.station,
            learned=letter.learned,
            said=times.instant(message.generated_at, "generatedAt", letter.deviations),
            evse=evse,
            connector=connector,
            raised=tuple(raised),
            cleared=tuple(cleared),
        )
        for (evse, connector), (raised, cleared) in faults.items()
    ]
    if others or not events:
        events += notices.noticed(payload, letter, ", ".join(others[:8]) or "no event data")
    return tuple(events)


def _where(component: wire2.Component) -> tuple[int, int]:
    """EVSE and connector of a component; (0, 0) is the station itself."""
    evse = component.evse
    if evse is None or not evse.id:
        return 0, 0
    return evse.id, evse.connector_id or 1


def _availability(data: wire2.EventData) -> bool:
    if data.variable.name != "AvailabilityState":
        return False
    return data.component.name == "Connector" or (
        data.component.name == "ChargingStation" and data.component.evse is None
    )


def _status(data: wire2.EventData, where: tuple[int, int], letter: Letter) -> StatusReported:
    return StatusReported(
        station=letter.station,
        learned=letter.learned,
        said=times.instant(data.timestamp, "timestamp", letter.deviations),
        evse=where[0],
        connector=where[1],
        status=clean(data.actual_value, 40),
        info=without_secrets(clean(data.tech_info, 255)),
    )


def _problem(data: wire2.EventData) -> bool:
    return bool(data.tech_code) or data.trigger == "Alerting" or data.variable.name == "Problem"


def _sort(
    data: wire2.EventData, where: tuple[int, int], letter: Letter, raised: list[Fault], cleared: list[Fault]
) -> None:
    """Put a problem among the raised or the cleared. A clearance that does not repeat the code finds the one under
    which that variable of that component was raised."""
    component, variable = clean(data.component.name, 50), clean(data.variable.name, 50)
    tech_code = without_secrets(clean(data.tech_code.strip(), 50))
    code = tech_code if mrec.CODE.fullmatch(tech_code) else component
    key = f"{where[0]}/{where[1]}/{component}/{data.component.instance[:50]}/{variable}"
    gone = data.cleared is True or (
        data.variable.name == "Problem" and data.actual_value.strip().casefold() not in _TRUE
    )
    problems = letter.problems
    if gone:
        before = problems.pop(key, None)
        codes = {code, before} if before is not None else {code}
        cleared.extend(Fault(code=one, vendor_code=tech_code if one == code else "") for one in sorted(codes))
        return
    if key in problems or len(problems) < MAX_PROBLEMS:
        problems[key] = code
    info = data.tech_info or (f"{variable}={data.actual_value}" if data.variable.name != "Problem" else "")
    raised.append(Fault(code=code, vendor_code=tech_code, info=without_secrets(clean(info, 255))))
