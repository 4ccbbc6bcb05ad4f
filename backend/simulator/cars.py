"""Cars: how fast they charge at what state of charge. Kinds, not makes.

Power at a DC outlet follows the battery: a curve over the state of charge, limited by the car, the outlet and any
profile. At an AC outlet the car's own charger decides, until the last few per cent.
"""

from __future__ import annotations

from random import Random
from typing import NamedTuple

AC_LOSS = 0.09
DC_LOSS = 0.05
PHASE_V = 230.0
FULL_PCT = 100.0


class CarKind(NamedTuple):
    """What a kind of car can take."""

    name: str
    battery_kwh: float
    ac_kw: float
    ac_phases: int
    dc_kw: float
    """0: it has no DC inlet."""
    curve: tuple[tuple[float, float], ...]
    """DC: state of charge in per cent, share of `dc_kw`; linear between the points."""
    share: int
    """How common it is."""


_LONG = (
    (0, 0.55),
    (6, 0.95),
    (12, 1.0),
    (38, 1.0),
    (52, 0.78),
    (66, 0.58),
    (80, 0.42),
    (90, 0.2),
    (97, 0.07),
    (100, 0.02),
)
_FLAT = ((0, 0.7), (8, 1.0), (62, 0.96), (76, 0.8), (84, 0.5), (92, 0.22), (100, 0.03))
_OLD = ((0, 0.8), (10, 1.0), (48, 0.92), (60, 0.66), (72, 0.5), (80, 0.4), (90, 0.18), (100, 0.03))

KINDS = (
    CarKind("small hatch", 40.0, 6.6, 1, 46.0, _OLD, 14),
    CarKind("city car", 23.0, 7.4, 1, 0.0, _OLD, 6),
    CarKind("family hatch", 58.0, 11.0, 3, 120.0, _LONG, 22),
    CarKind("saloon", 75.0, 11.0, 3, 190.0, _LONG, 18),
    CarKind("estate", 82.0, 11.0, 3, 175.0, _LONG, 16),
    CarKind("large SUV", 95.0, 11.0, 3, 150.0, _FLAT, 10),
    CarKind("van", 68.0, 11.0, 3, 90.0, _FLAT, 7),
    CarKind("grand tourer", 84.0, 22.0, 3, 230.0, _FLAT, 4),
    CarKind("plug-in hybrid", 14.0, 3.7, 1, 0.0, _OLD, 13),
)


def _share(curve: tuple[tuple[float, float], ...], soc_pct: float) -> float:
    before = curve[0]
    for point in curve[1:]:
        if soc_pct <= point[0]:
            span = point[0] - before[0]
            return before[1] + (point[1] - before[1]) * (soc_pct - before[0]) / span if span else point[1]
        before = point
    return before[1]


class Car:
    """One car at an outlet."""

    __slots__ = ("cold", "kind", "soc_pct", "target_pct")

    def __init__(self, kind: CarKind, soc_pct: float, target_pct: float = FULL_PCT, cold: float = 1.0) -> None:
        self.kind = kind
        self.soc_pct = soc_pct
        self.target_pct = target_pct
        """Where it stops taking power by itself."""
        self.cold = cold
        """1: warm battery; below: a share of the DC power it would take."""

    @property
    def full(self) -> bool:
        return self.soc_pct >= self.target_pct - 0.01

    def power_kw(self, current: str, outlet_kw: float) -> float:
        """What it takes from an outlet of `AC` or `DC` that offers `outlet_kw`."""
        if self.full or outlet_kw <= 0:
            return 0.0
        if current == "DC":
            return min(self.kind.dc_kw * self.cold * _share(self.kind.curve, self.soc_pct), outlet_kw)
        takes = self.kind.ac_kw if self.kind.ac_phases == 3 else min(self.kind.ac_kw, outlet_kw / 3 + 0.1)
        if self.soc_pct > 96:
            takes *= max((100.0 - self.soc_pct) / 4.0, 0.15)
        return min(takes, outlet_kw)

    def charge(self, current: str, outlet_kw: float, seconds: float) -> tuple[float, float]:
        """Let energy flow for a while.

        Returns:
            Energy at the outlet in Wh, and the power in kW at the end.
        """
        loss = DC_LOSS if current == "DC" else AC_LOSS
        energy_wh = 0.0
        left = seconds
        while left > 0 and not self.full:
            step = min(left, 60.0 if current == "AC" else 30.0)
            power = self.power_kw(current, outlet_kw)
            if power <= 0:
                break
            gives = power * 1000.0 * step / 3600.0
            room = max(self.target_pct - self.soc_pct, 0.0) / 100.0 * self.kind.battery_kwh * 1000.0 / (1.0 - loss)
            gives = min(gives, room)
            energy_wh += gives
            self.soc_pct = min(self.soc_pct + gives * (1.0 - loss) / (self.kind.battery_kwh * 10.0), FULL_PCT)
            left -= step
        return energy_wh, self.power_kw(current, outlet_kw)


def some_car(dice: Random, current: str) -> Car:
    """A car as it may come to an AC or DC outlet."""
    kinds = [kind for kind in KINDS if current != "DC" or kind.dc_kw > 0]
    kind = dice.choices(kinds, [kind.share for kind in kinds])[0]
    if current == "DC":
        soc = min(max(dice.gauss(24, 12), 4), 70)
        target = dice.choice((80, 80, 85, 90, 100))
        return Car(kind, soc, target, dice.choice((1.0, 1.0, 0.85, 0.6)))
    soc = min(max(dice.gauss(48, 20), 6), 86)
    return Car(kind, soc, max(dice.choice((80, 90, 100, 100)), min(soc + 14, FULL_PCT)))
