"""Meter values of all versions and makers, made into Samples (domain.md 1.7, field lesson 37).

Energy is the import register in whole Wh. A total beats phases; phases are summed when no total came, and never
added to one. Power is derived from voltage and current when the station does not say it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from backend.gateway import times
from backend.model.clock import Instant
from backend.model.event import Sample
from backend.model.sanitise import clean

ENERGY = "Energy.Active.Import.Register"
MAX_SAMPLES = 1_000

_TOTAL = 3
_PHASES = {"": _TOTAL, "L1": 0, "L2": 1, "L3": 2, "L1-N": 0, "L2-N": 1, "L3-N": 2}
_BETWEEN = {"L1-L2": 4, "L2-L3": 5, "L3-L1": 6}
_LOCATIONS = {"": 0, "Outlet": 0, "Body": 1, "Cable": 2, "Inlet": 3, "Upstream": 4, "EV": 5}
_ENERGY, _POWER, _OFFERED, _CURRENT, _VOLTAGE, _SOC, _TEMPERATURE = range(0, 70, 10)
_KEPT = {
    "": _ENERGY,
    ENERGY: _ENERGY,
    "Power.Active.Import": _POWER,
    "Power.Offered": _OFFERED,
    "Current.Import": _CURRENT,
    "Voltage": _VOLTAGE,
    "SoC": _SOC,
    "Temperature": _TEMPERATURE,
}
"""The measurands that are kept, each with room for ten places: phases 0-2, the total 3, between phases 4-6."""
_SLOTS = {
    (name, phase, location): (measurand + place, rank)
    for name, measurand in _KEPT.items()
    for phase, place in (_PHASES | (_BETWEEN if measurand == _VOLTAGE else {})).items()
    for location, rank in _LOCATIONS.items()
}
"""Where a value goes, and how far from the outlet it was measured."""
_TOTALS = frozenset(measurand + _TOTAL for measurand in _KEPT.values())
FACTORS = {"Wh": 1.0, "W": 1.0, "A": 1.0, "V": 1.0, "Percent": 1.0, "Celsius": 1.0, "kWh": 1e3, "kW": 1e3}
"""The common units, and what makes Wh, W, A, V, percent and Celsius of them."""
_ODD_FACTORS = {"kwh": 1e3, "mwh": 1e6, "kw": 1e3, "mw": 1e6, "ma": 1e-3, "mv": 1e-3, "kv": 1e3}
SENSIBLE = 1e18
"""Larger figures are none."""
_LEADING = re.compile(r"\s*([-+]?\d+(?:[.,]\d+)?(?:[eE][-+]?\d+)?)")


class Reading(Protocol):
    """A sampledValue of any version, as its translator decoded it."""

    @property
    def context(self) -> str: ...
    @property
    def measurand(self) -> str: ...
    @property
    def phase(self) -> str: ...
    @property
    def location(self) -> str: ...
    def scaled(self, deviations: list[str]) -> float | None:
        """The value in the measurand's own unit (Wh, W, A, V, percent, Celsius)."""
        ...


class _Group:
    """What was read at one moment in one context, by slot (measurand and place)."""

    __slots__ = ("at", "context", "ranks", "values")

    def __init__(self, at: Instant | None) -> None:
        self.at = at
        self.context = ""
        self.values: dict[int, float] = {}
        self.ranks: dict[int, int] = {}

    def put(self, slot: int, rank: int, value: float) -> None:
        """Keep a value; what leaves the outlet beats what was measured elsewhere."""
        if slot not in self.values:
            self.values[slot] = value
            if rank:
                self.ranks[slot] = rank
        elif rank < self.ranks.get(slot, 0):
            self.values[slot] = value
            self.ranks[slot] = rank

    def phases(self, first: int) -> dict[int, float]:
        """The three places from `first` on, as far as there is something."""
        values = self.values
        return {place: values[first + place] for place in (0, 1, 2) if first + place in values}

    def summed(self, measurand: int) -> float | None:
        """The sum of the phases, where there is no total."""
        three = self.three(measurand)
        return sum(three) if three else None

    def three(self, first: int) -> tuple[float, ...]:
        """What there is in the three places from `first` on, in their order."""
        get = self.values.get
        one, two, three = get(first), get(first + 1), get(first + 2)
        if one is not None:
            if two is None and three is None:
                return (one,)
            if two is not None and three is not None:
                return one, two, three
        return tuple(value for value in (one, two, three) if value is not None)

    def sample(self) -> Sample:
        return self._of_totals() if self.values.keys() <= _TOTALS else self._of_phases()

    def _of_totals(self) -> Sample:
        """The common case, and the same as the other one where no phase is named."""
        get = self.values.get
        energy, power = get(_ENERGY + _TOTAL), get(_POWER + _TOTAL)
        current, voltage = get(_CURRENT + _TOTAL), get(_VOLTAGE + _TOTAL)
        if power is None and current is not None and voltage is not None:
            power = round(current * voltage, 1)
        return Sample(
            at=self.at,
            energy_wh=None if energy is None else round(energy),
            power_w=power,
            offered_w=get(_OFFERED + _TOTAL),
            current_a=() if current is None else (current,),
            voltage_v=() if voltage is None else (voltage,),
            soc_pct=get(_SOC + _TOTAL),
            temperature_c=get(_TEMPERATURE + _TOTAL),
            context=self.context or "Sample.Periodic",
        )

    def _of_phases(self) -> Sample:
        get = self.values.get
        energy, power, offered = get(_ENERGY + _TOTAL), get(_POWER + _TOTAL), get(_OFFERED + _TOTAL)
        if energy is None:
            energy = self.summed(_ENERGY)
        if power is None:
            power = self.summed(_POWER)
        if offered is None:
            offered = self.summed(_OFFERED)
        current = get(_CURRENT + _TOTAL)
        return Sample(
            at=self.at,
            energy_wh=None if energy is None else round(energy),
            power_w=self._derived() if power is None else power,
            offered_w=offered,
            current_a=self.three(_CURRENT) or (() if current is None else (current,)),
            voltage_v=self.three(_VOLTAGE) or tuple(self._voltages().values()),
            soc_pct=get(_SOC + _TOTAL),
            temperature_c=get(_TEMPERATURE + _TOTAL),
            context=self.context or "Sample.Periodic",
        )

    def _voltages(self) -> dict[int, float]:
        """By phase; 3 when none is named. From line to line when nothing else came."""
        values = self.phases(_VOLTAGE)
        if values:
            return values
        total = self.values.get(_VOLTAGE + _TOTAL)
        if total is not None:
            return {_TOTAL: total}
        return {place: round(value / math.sqrt(3), 1) for place, value in self.phases(_VOLTAGE + 4).items()}

    def _derived(self) -> float | None:
        """P = U * I: phase by phase; one known voltage stands for all; a current without phase is the whole."""
        voltages = self._voltages()
        if not voltages:
            return None
        mean = sum(voltages.values()) / len(voltages)
        currents = self.phases(_CURRENT)
        if currents:
            return round(sum(current * voltages.get(phase, mean) for phase, current in currents.items()), 1)
        total = self.values.get(_CURRENT + _TOTAL)
        return None if total is None else round(total * mean, 1)


def samples(
    meter_values: Iterable[tuple[datetime | None, Iterable[Reading]]], deviations: list[str]
) -> tuple[Sample, ...]:
    """The Samples of a list of meterValue elements, in their order.

    Elements with the same time are one Sample (some makers send one element per measurand); the begin and the
    end of a transaction stay apart. Elements without a usable value leave nothing.
    """
    groups: dict[tuple[Instant | None, str], _Group] = {}
    for moment, readings in meter_values:
        at = times.instant(moment, "timestamp", deviations)
        group: _Group | None = None
        last = ""
        for reading in readings:
            found = _SLOTS.get((reading.measurand, reading.phase, reading.location))
            if found is None:
                found = _SLOTS.get((reading.measurand, reading.phase, ""))
                if found is None:
                    continue
            value = reading.scaled(deviations)
            if value is None:
                continue
            slot, rank = found
            context = reading.context
            if group is None or context != last:
                last = context
                key = at, context if context in _EDGES else ""
                group = groups.get(key)
                if group is None:
                    if len(groups) >= MAX_SAMPLES:
                        deviations.append("too_many_samples")
                        break
                    group = groups[key] = _Group(at)
                if context and not group.context:
                    group.context = clean(context, 40)
            if rank or slot in group.values:
                group.put(slot, rank, value)
            else:
                group.values[slot] = value
    return tuple([group.sample() for group in groups.values()])


_EDGES = frozenset({"Transaction.Begin", "Transaction.End"})


def number(value: str | float, deviations: list[str]) -> float | None:
    """A meter's figure; text with a comma or a unit behind it is understood, nonsense is None."""
    try:
        result = float(value)
    except ValueError:
        found = _LEADING.match(str(value)[:64])
        if found is None:
            deviations.append("not_a_number:value")
            return None
        deviations.append("odd_number:value")
        result = float(found.group(1).replace(",", "."))
    if not -SENSIBLE < result < SENSIBLE:
        deviations.append("not_a_number:value")
        return None
    return result


def scale(value: float, unit: str) -> float:
    """`value` in Wh, W, A, V or degrees Celsius."""
    folded = unit.casefold()
    if folded == "k":
        return round(value - 273.15, 2)
    if folded == "fahrenheit":
        return round((value - 32) / 1.8, 2)
    return value * _ODD_FACTORS.get(folded, 1.0)
