"""Invented makers and models of charging stations. None exists; none is meant to look like one that does."""

from __future__ import annotations

from typing import NamedTuple

from backend.model.words import Version
from backend.simulator.outlet import Plug


class Model(NamedTuple):
    """One model: what it says of itself, what it speaks, how it is built."""

    vendor: str
    name: str
    version: Version
    firmware: tuple[str, ...]
    """In the field; the first is the most common."""
    plugs: tuple[Plug, ...]
    meter: str
    boot_s: float


def _ac(count: int, kilowatts: float) -> tuple[Plug, ...]:
    return tuple(Plug(evse=number + 1, current="AC", max_kw=kilowatts) for number in range(count))


def _dc(count: int, kilowatts: float, ac: int = 0) -> tuple[Plug, ...]:
    fast = tuple(Plug(evse=number + 1, current="DC", max_kw=kilowatts, tethered=True) for number in range(count))
    slow = tuple(Plug(evse=count + number + 1, current="AC", max_kw=22.0) for number in range(ac))
    return fast + slow


DUO_22 = Model("Tallvik", "Duo 22", Version.V16, ("4.11.0", "4.11.0", "4.9.2", "4.12.1"), _ac(2, 22.0), "TM3-MID", 18.0)
SOLO_11 = Model("Tallvik", "Solo 11", Version.V16, ("3.4.8", "3.4.8", "3.4.2"), _ac(1, 11.0), "TM1-MID", 14.0)
VIPA_22 = Model("Tofsvipa", "Vipa 22", Version.V201, ("2.7.1", "2.7.1", "2.6.4"), _ac(2, 22.0), "TV-E3", 22.0)
VIPA_11 = Model("Tofsvipa", "Vipa 11", Version.V201, ("2.7.1", "2.5.9"), _ac(2, 11.0), "TV-E3", 22.0)
KAJ_22 = Model("Skarvik", "Kaj 22", Version.V21, ("1.3.0", "1.2.2"), _ac(2, 22.0), "SK-M4", 16.0)
TRIO_60 = Model("Granholm", "GH-60 Trio", Version.V16, ("8.2.6", "8.2.6", "8.1.0"), _dc(2, 60.0, 1), "GH-DCM", 42.0)
GH_150 = Model("Granholm", "GH-150", Version.V16, ("8.2.6", "8.3.1"), _dc(2, 150.0), "GH-DCM", 45.0)
RAPID_50 = Model("Lomvik", "Rapid 50", Version.V201, ("5.0.12", "5.0.9"), _dc(1, 50.0, 1), "LV-D1", 35.0)
RAPID_180 = Model("Lomvik", "Rapid 180", Version.V201, ("5.1.3", "5.0.12"), _dc(2, 180.0), "LV-D2", 38.0)
RAPID_300 = Model("Lomvik", "Rapid 300", Version.V21, ("6.0.2", "6.0.1"), _dc(2, 300.0), "LV-D3", 38.0)
MODELS = (DUO_22, SOLO_11, VIPA_22, VIPA_11, KAJ_22, TRIO_60, GH_150, RAPID_50, RAPID_180, RAPID_300)
