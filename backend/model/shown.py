"""What the totals show of an outlet: one of six words, so that the totals add up to all outlets."""

from __future__ import annotations

from backend.model.words import Activity, Known

SHOWN = ("faulted", "offline", "unavailable", "plugged", "charging", "idle")
"""Worst first; the keys of `Totals.activities`."""

_OF: dict[str, str] = {
    Activity.IDLE: "idle",
    Activity.CHARGING: "charging",
    Activity.FAULTED: "faulted",
    Activity.UNAVAILABLE: "unavailable",
    Activity.UNKNOWN: "offline",
}


def shown(activity: Activity, known: Known) -> str:
    """`offline` stands for all that is not known now: no link, or a link and no word yet."""
    if known is not Known.LIVE:
        return "offline"
    return _OF.get(activity, "plugged")
