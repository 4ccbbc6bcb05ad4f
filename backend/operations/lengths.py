"""Times and energies in the operation log's own English."""

from __future__ import annotations


def spell(seconds: float) -> str:
    """`47 s`, `5 min`, `2 h 10 min`."""
    whole = max(0, round(seconds))
    if whole < 120:
        return f"{whole} s"
    minutes = round(whole / 60)
    if minutes < 120:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def kwh(energy_wh: int) -> str:
    """`21.4 kWh`."""
    return f"{energy_wh / 1000:.1f} kWh"
