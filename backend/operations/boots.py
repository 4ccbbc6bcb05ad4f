"""A boot is asked for once per connection: some stations answer each such trigger with a new connection, and a second
one has them turn in a circle (field lesson 9)."""

from __future__ import annotations

from backend.model.errors import Conflict
from backend.model.station import Station
from backend.operations.order import Call
from backend.text import t

_TRIGGERS = ("TriggerMessage", "ExtendedTriggerMessage")


class AskedBoots:
    """Which connection of a station was asked for its boot, by whatever operation."""

    def __init__(self) -> None:
        self._asked: dict[str, int | None] = {}

    def note(self, station: Station, call: Call) -> None:
        """Called with every call that is about to go out first.

        Raises:
            Conflict: it asks for a boot, and that was done on this connection.
        """
        if call.action not in _TRIGGERS or call.payload.get("requestedMessage") != "BootNotification":
            return
        if station.id in self._asked and self._asked[station.id] == station.connection:
            raise Conflict(
                "boot_asked_already",
                t("{station} was asked for its boot on this connection already.", station=station.id),
                t("Asked twice, some stations connect anew for ever. A reset brings another boot."),
            )
        self._asked[station.id] = station.connection
