"""Meter values of all versions and makers, made into Samples (domain.md 1.7, field lesson 37).

Energy is the import register in whole Wh. A total beats phases; phases are summed when no total came, and never
added to one. Power is derived from voltage and current when the station does not say it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Protocol, TypeAlias

from backend.gateway import times
from backend.model.clock import Instant
from backend.model.event import Sample
from backend.model.sanitise import clean

ENERGY = "Energy.Active.Import.Register"
MAX_SAMPLES = 1_000
MAX_REGISTER_WH = 2**62

_PHASES = {"L1": 0, "L2": 1, "L3": 2, "L1-N": 0, "L2-N": 1, "L3-N": 2}
_BETWEEN = {"L1-L2": 0, "L2-L3": 1, "L3-L1": 2}
_LOCATIONS = {"Outlet": 0, "Body": 1, "Cable": 2, "Inlet": 3, "Upstream": 4, "EV": 5}
_SCALE = {"kwh": 1e3, "mwh": 1e6, "kw": 1e3, "mw": 1e6, "ma": 1e-3, "mv": 1e-3, "kv": 1e3}
_LEADING = re.compile(r"\s*([-+]?\d+(?:[.,]\d+)?(?:[eE][-+]?\d+)?)")
_KEPT = frozenset(
    {
        ENERGY,
        "Power.Active.Import",
        "Power.Offered",
        "Current.Import",
        "Voltage",
        "SoC",
        "Temperature",
    }
)


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


_Slot: TypeAlias = tuple[str, int]
"""Measurand; phase 0-2, 3 for the total, 4-6 between two phases."""
_TOTAL = 3


class _Group:
    """What was read at one moment in one context."""

    __slots__ = ("at", "context", "rank", "values")

    def __init__(self, at: Instant | None) -> None:
        self.at = at
        self.context = ""
        self.values: dict[_Slot, float] = {}
        self.rank: dict[_Slot, int] = {}

    def put(self, measurand: str, phase: str, location: str, value: float) -> None:
        if not phase:
            place = _TOTAL
        elif phase in _PHASES:
            place = _PHASES[phase]
        elif phase in _BETWEEN and measurand == "Voltage":
            place = 4 + _BETWEEN[phase]
        else:
            return
        slot = (measurand, place)
        rank = _LOCATIONS.get(location, 0)
        if slot not in self.values or rank < self.rank[slot]:
            self.values[slot] = value
            self.rank[slot] = rank

    def phases(self, measurand: str, first: int = 0) -> dict[int, float]:
        values = self.values
        return {p: values[measurand, p + first] for p in range(3) if (measurand, p + first) in values}

    def total(self, measurand: str) -> float | None:
        """The total, or the sum of the phases."""
        value = self.values.get((measurand, _TOTAL))
        if value is None:
            phases = self.phases(measurand)
            value = sum(phases.values()) if phases else None
        return value

    def sample(self) -> Sample:
        energy = self.total(ENERGY)
        currents = self.phases("Current.Import")
        current_total = self.values.get(("Current.Import", _TOTAL))
        voltages = self._voltages()
        power = self.total("Power.Active.Import")
        if power is None:
            power = _derived(currents, current_total, voltages)
        return Sample(
            at=self.at,
            energy_wh=round(energy) if energy is not None and abs(energy) < MAX_REGISTER_WH else None,
            power_w=power,
            offered_w=self.total("Power.Offered"),
            current_a=tuple(currents.values()) or (() if current_total is None else (current_total,)),
            voltage_v=tuple(voltages.values()),
            soc_pct=self.values.get(("SoC", _TOTAL)),
            temperature_c=self.values.get(("Temperature", _TOTAL)),
            context=self.context or "Sample.Periodic",
        )

    def _voltages(self) -> dict[int, float]:
        """By phase; 3 when none is named. From line to line when nothing else came."""
        values = self.phases("Voltage")
        if values:
            return values
        total = self.values.get(("Voltage", _TOTAL))
        if total is not None:
            return {_TOTAL: total}
        return {p: round(value / math.sqrt(3), 1) for p, value in self.phases("Voltage", 4).items()}


def _derived(currents: dict[int, float], current_total: float | None, voltages: dict[int, float]) -> float | None:
    """P = U * I: phase by phase; one known voltage stands for all; a current without phase is the whole."""
    if not voltages:
        return None
    mean = sum(voltages.values()) / len(voltages)
    if currents:
        return round(sum(current * voltages.get(phase, mean) for phase, current in currents.items()), 1)
    return None if current_total is None else round(current_total * mean, 1)


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
        for reading in readings:
            measurand = reading.measurand
            if measurand not in _KEPT:
                continue
            value = reading.scaled(deviations)
            if value is None:
                continue
            context = reading.context
            edge = context if context in ("Transaction.Begin", "Transaction.End") else ""
            group = groups.get((at, edge))
            if group is None:
                if len(groups) >= MAX_SAMPLES:
                    deviations.append("too_many_samples")
                    break
                group = groups[at, edge] = _Group(at)
            if context and not group.context:
                group.context = clean(context, 40)
            group.put(measurand, reading.phase, reading.location, value)
    return tuple(group.sample() for group in groups.values() if group.values)


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
    if not math.isfinite(result):
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
    factor = _SCALE.get(folded)
    return value if factor is None else value * factor
