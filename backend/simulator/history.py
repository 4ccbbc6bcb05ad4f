"""A plausible past of an invented network: what the store of a demonstration is filled with.

`history` yields values of the model in no particular order but that an object comes before what belongs to it.
It is generated, not simulated: 30 days of 300 stations take a second or two. Sessions are numbered below and the
running ones from `opening.FIRST_SESSION` on, so live ones continue above them; alarms and operations from 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import TypeAlias

from backend.model.alarm import Alarm, AlarmEntry
from backend.model.clock import Instant
from backend.model.event import Fault
from backend.model.interval import Interval
from backend.model.operation import AuditEntry, Operation
from backend.model.session import Reading, Session
from backend.model.station import Connector, Station
from backend.model.words import Activity, BootStatus, Link, Version
from backend.simulator.history_operations import past_operations
from backend.simulator.history_sessions import past_sessions, running_sessions
from backend.simulator.history_trouble import Breaks, fault_code, past_alarms, past_intervals
from backend.simulator.network import Build, Network
from backend.simulator.opening import Opening, OutletStart, StationStart, make_opening
from backend.simulator.outlet import Trouble

Past: TypeAlias = Station | Session | Reading | Interval | Alarm | AlarmEntry | Operation | AuditEntry
DAYS = 30.0
MOST_SESSIONS = 40_000
"""Of larger networks, fewer days are invented."""


def history(
    network: Network, now: Instant, seed: int, *, days: float = DAYS, opening: Opening | None = None
) -> Iterator[Past]:
    """The past of `network` until `now`.

    Args:
        seed: The one that the live stations get as well.
        opening: What `make_opening` made of the same arguments, where it is there already.
    """
    state = opening or make_opening(network, now, seed)
    dice = Random(f"history:{seed}")
    breaks = Breaks(network, state, now - days * 86_400.0, dice)
    for identity, build in network.builds.items():
        yield _station(build, state.stations[identity], now)
    yield from past_intervals(network, state, breaks)
    yield from running_sessions(network, state)
    yield from past_sessions(network, state, breaks, dice, MOST_SESSIONS)
    yield from past_alarms(network, state, breaks, dice)
    yield from past_operations(network, state, dice)


_WORDS = {
    "idle": ("Available", "Available", Activity.IDLE),
    "plugged": ("Preparing", "Occupied", Activity.PLUGGED),
    "charging": ("Charging", "Occupied", Activity.CHARGING),
    "full": ("SuspendedEV", "Occupied", Activity.SUSPENDED_EV),
    "finishing": ("Finishing", "Occupied", Activity.FINISHING),
    "faulted": ("Faulted", "Faulted", Activity.FAULTED),
    "unavailable": ("Unavailable", "Unavailable", Activity.UNAVAILABLE),
}


def _station(build: Build, start: StationStart, now: Instant) -> Station:
    plate = build.plate
    heard = start.since if start.away else now - 8.0
    station = Station(
        id=plate.id,
        version=build.version,
        link=Link.OFFLINE if start.away else Link.ONLINE,
        link_since=start.since if start.away else start.booted,
        boot_status=BootStatus.ACCEPTED,
        booted=start.booted,
        boot_reason="" if build.version is Version.V16 else "PowerUp",
        last_heard=heard,
        address="10.20.0.1",
        vendor=plate.vendor,
        model=plate.model,
        serial=plate.serial,
        firmware=plate.firmware,
        iccid=plate.iccid,
        imsi=plate.imsi,
        clock_skew_s=0.0,
    )
    station.connectors[0, 0] = Connector(
        evse=0, connector=0, status="Available", status_since=start.booted, activity=Activity.IDLE, since=start.booted
    )
    for evse, outlet in start.outlets.items():
        station.connectors[evse, 1] = _connector(build, evse, outlet, heard)
    return station


def _connector(build: Build, evse: int, outlet: OutletStart, heard: Instant) -> Connector:
    state = "full" if outlet.charge is not None and outlet.charge.full else outlet.state
    old, new, activity = _WORDS[state]
    charge = outlet.charge
    return Connector(
        evse=evse,
        connector=1,
        status=old if build.version is Version.V16 else new,
        status_since=outlet.since,
        activity=activity,
        since=outlet.since,
        faults=(_fault(outlet.trouble, build.version),) if outlet.trouble is not None else (),
        info=outlet.trouble.info if outlet.trouble is not None else "",
        power_w=charge.power_w if charge is not None else None,
        register_wh=outlet.register_wh,
        metered=charge.samples[-1][0] if charge is not None and charge.samples else heard,
        ended=outlet.state == "finishing",
    )


def _fault(trouble: Trouble, version: Version) -> Fault:
    return Fault(code=fault_code(trouble, version), vendor_code=trouble.tech_code, info=trouble.info)
