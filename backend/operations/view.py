"""What operations see of the fleet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from backend.model.session import Session
from backend.model.station import Station


class FleetView(Protocol):
    """Live state, to read."""

    @property
    def sessions(self) -> Mapping[int, Session]:
        """The open ones."""
        ...

    def find(self, station: str) -> Station | None: ...
