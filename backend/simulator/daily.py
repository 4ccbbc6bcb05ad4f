"""The daily life of one station: cars come, charge and leave; cards are refused; people stay too long.

Events are drawn from the station's own dice and happen by its timers. `speed` makes them denser: shorter gaps, shorter
stays. Power, energy and clocks stay what they are.
"""

from __future__ import annotations

from functools import partial
from random import Random

from msgspec import Struct

from backend.simulator.network import Driver
from backend.simulator.outlet import Charge, Outlet
from backend.simulator.station import VirtualStation

REFUSED_SHARE = 0.03
FIRST_CARD_SHARE = 0.25
"""Drivers who show the card before they plug in."""
PLAIN_UNPLUG_SHARE = 0.35
"""Drivers who just pull the plug (the car unlocks it) instead of showing the card again."""


class Habits(Struct, frozen=True, kw_only=True):
    """How busy an outlet is; all in seconds, at speed 1."""

    gap_s: float = 7_200.0
    """From the leaving of one car to the next."""
    stay_s: float = 2_400.0
    """How long a car stays."""
    refused: float = REFUSED_SHARE
    """Share of cards that the central system does not know or has blocked."""


class DailyLife:
    """Plays the drivers at one station."""

    def __init__(
        self,
        station: VirtualStation,
        habits: Habits,
        drivers: list[Driver],
        strangers: list[Driver],
        dice: Random,
        speed: float = 1.0,
    ) -> None:
        self._station = station
        self._habits = habits
        self._drivers = drivers
        self._strangers = strangers
        self._dice = dice
        self._speed = max(speed, 0.01)
        self._cards: dict[int, Driver] = {}
        self._leaving: set[int] = set()
        station.charging.on_end = self._ended

    def begin(self) -> None:
        """Take up what is there, and let the first cars come."""
        for evse, outlet in self._station.outlets.items():
            if outlet.car is None:
                self._next(evse, first=True)
            else:
                if outlet.charge is not None:
                    self._cards[evse] = Driver(outlet.charge.id_token, outlet.charge.token_type)
                self._station.timers.later(
                    self._some(self._habits.stay_s * self._dice.random()), partial(self._leave, evse)
                )

    def arrive(self, evse: int) -> bool:
        """A car comes to an outlet; False: it is not free."""
        outlet = self._station.outlets[evse]
        if outlet.car is not None or outlet.trouble is not None or outlet.inoperative or outlet.reserved is not None:
            return False
        refused = self._strangers and self._dice.random() < self._habits.refused
        driver = self._dice.choice(self._strangers if refused else self._drivers) if self._drivers else None
        if driver is None:
            return False
        self._cards[evse] = driver
        if self._dice.random() < FIRST_CARD_SHARE and self._station.online:
            self._station.authorise(evse, driver.token, driver.token_type)
            self._station.timers.later(self._dice.uniform(4.0, 15.0), partial(self._plug, evse))
        else:
            self._plug(evse)
            self._station.timers.later(self._dice.uniform(3.0, 12.0), partial(self._show, evse))
        self._station.timers.later(self._some(self._habits.stay_s), partial(self._leave, evse))
        return True

    # -- steps -----------------------------------------------------------------------------------------------

    def _some(self, mean_s: float) -> float:
        """About `mean_s`, by the speed; never nothing."""
        return max(self._dice.gammavariate(2.0, mean_s / 2.0) / self._speed, 20.0)

    def _next(self, evse: int, *, first: bool = False) -> None:
        gap = self._habits.gap_s / self._speed
        wait = self._dice.random() * gap if first else max(self._dice.expovariate(1.0 / gap), 15.0)
        self._station.timers.later(wait, partial(self._come, evse))

    def _come(self, evse: int) -> None:
        if not self.arrive(evse):
            self._next(evse)

    def _plug(self, evse: int) -> None:
        self._station.plug(evse)

    def _show(self, evse: int) -> None:
        outlet = self._station.outlets[evse]
        driver = self._cards.get(evse)
        if driver is not None and outlet.car is not None and outlet.charge is None and not outlet.finished:
            self._station.authorise(evse, driver.token, driver.token_type)

    def _leave(self, evse: int) -> None:
        """The driver is back."""
        outlet, driver = self._station.outlets[evse], self._cards.get(evse)
        if outlet.car is None:
            self._next(evse)
            return
        if evse in self._leaving:
            return
        self._leaving.add(evse)
        if driver is not None and outlet.locked_for is not None:
            self._station.authorise(evse, driver.token, driver.token_type)
        if outlet.charge is not None and driver is not None and self._dice.random() > PLAIN_UNPLUG_SHARE:
            self._station.authorise(evse, driver.token, driver.token_type)
        self._station.timers.later(self._dice.uniform(6.0, 40.0), partial(self._drive_off, evse))

    def _drive_off(self, evse: int) -> None:
        self._leaving.discard(evse)
        outlet = self._station.outlets[evse]
        if outlet.car is not None and not self._station.unplug(evse):
            self._station.timers.later(self._some(300.0), partial(self._leave, evse))
            return
        self._cards.pop(evse, None)
        self._next(evse)

    def _ended(self, outlet: Outlet, charge: Charge) -> None:
        """A charge ended; when not by the driver, the driver comes to look."""
        if outlet.evse not in self._leaving and outlet.car is not None:
            self._station.timers.later(self._some(400.0), partial(self._leave, outlet.evse))
