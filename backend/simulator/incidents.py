"""What goes wrong somewhere in a virtual fleet, every now and then, and how it comes right again."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from random import Random
from typing import NamedTuple

from backend.simulator.daily import DailyLife
from backend.simulator.faults import LOCK, some_fault
from backend.simulator.outlet import Outlet
from backend.simulator.station import VirtualStation
from backend.simulator.timers import Timers

FIRST_S = (4.0, 8.0, 13.0)
"""The first three incidents are soon, for whoever looks on."""


class Member(NamedTuple):
    station: VirtualStation
    life: DailyLife | None


class Incidents:
    """Picks a station and lets something happen to it, about every `mean_s`."""

    def __init__(self, members: list[Member], timers: Timers, dice: Random, mean_s: float) -> None:
        self._members = members
        self._timers = timers
        self._dice = dice
        self._mean_s = mean_s
        self._kinds: tuple[tuple[Callable[[], bool], int], ...] = (
            (self._fault, 34),
            (self._arrival, 26),
            (self._drop, 20),
            (self._reboot, 8),
            (self._pause, 7),
            (self._half_open, 5),
        )

    def begin(self) -> None:
        """Let the first ones happen soon, then go on for ever."""
        for wait, act in zip(FIRST_S, (self._arrival, self._lock_fault, self._drop), strict=True):
            self._timers.later(wait, act)
        self._timers.later(FIRST_S[-1], self._next)

    def _next(self) -> None:
        self._timers.later(max(self._dice.expovariate(1.0 / self._mean_s), 0.5), self._happen)

    def _happen(self) -> None:
        acts = [act for act, _ in self._kinds]
        act = self._dice.choices(acts, [share for _, share in self._kinds])[0]
        act()
        self._next()

    def _pick(self, fits: Callable[[Member], bool]) -> Member | None:
        """A member that fits, of a dozen tried: good enough, and cheap in a large fleet."""
        for _ in range(12):
            member = self._dice.choice(self._members)
            if member.station.online and member.station.accepted and fits(member):
                return member
        return None

    def _outlet(self, fits: Callable[[Outlet], bool]) -> tuple[VirtualStation, Outlet] | None:
        member = self._pick(lambda m: any(fits(outlet) for outlet in m.station.outlets.values()))
        if member is None:
            return None
        fitting = [outlet for outlet in member.station.outlets.values() if fits(outlet)]
        return member.station, self._dice.choice(fitting)

    # -- kinds -----------------------------------------------------------------------------------------------

    def _fault(self) -> bool:
        found = self._outlet(lambda outlet: outlet.trouble is None and outlet.warning is None)
        if found is None:
            return False
        station, outlet = found
        station.fault(outlet.evse, some_fault(self._dice, outlet.plug.current))
        self._timers.later(self._dice.uniform(60.0, 420.0), partial(station.mend, outlet.evse))
        return True

    def _lock_fault(self) -> bool:
        """A plug that will not come loose, with the driver beside it: better than any other fault to look at."""
        found = self._outlet(lambda o: o.trouble is None and o.charge is not None and not o.plug.tethered)
        if found is None:
            return self._fault()
        station, outlet = found
        station.fault(outlet.evse, LOCK)
        self._timers.later(self._dice.uniform(200.0, 420.0), partial(station.mend, outlet.evse))
        return True

    def _arrival(self) -> bool:
        member = self._pick(lambda m: m.life is not None)
        if member is None or member.life is None:
            return False
        return any(member.life.arrive(evse) for evse in member.station.outlets)

    def _drop(self) -> bool:
        member = self._pick(lambda m: True)
        if member is None:
            return False
        member.station.drop_link(self._dice.uniform(15.0, 240.0))
        return True

    def _half_open(self) -> bool:
        member = self._pick(lambda m: True)
        if member is None:
            return False
        member.station.drop_link(self._dice.uniform(90.0, 300.0), how="silent")
        return True

    def _reboot(self) -> bool:
        member = self._pick(lambda m: not m.station.charging.any_charge())
        if member is None:
            return False
        member.station.reboot("Watchdog")
        return True

    def _pause(self) -> bool:
        found = self._outlet(lambda outlet: outlet.charge is not None and outlet.charge.state == "Charging")
        if found is None:
            return False
        station, outlet = found
        station.pause(outlet.evse, True)
        self._timers.later(self._dice.uniform(60.0, 400.0), partial(station.pause, outlet.evse, False))
        return True
