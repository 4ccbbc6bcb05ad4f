"""Tells the log what happens, one line each: who came and went, what people had done, how operations ended."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from backend.model.change import Change
from backend.model.event import Connected, Disconnected, StationEvent
from backend.model.operation import Operation

log = logging.getLogger(__name__)


def station(event: StationEvent | None, changes: Sequence[Change]) -> None:
    """Connections, for who looks closely."""
    if not log.isEnabledFor(logging.DEBUG):
        return
    if isinstance(event, Connected):
        said = {
            "event": "connected",
            "station": event.station,
            "address": event.address,
            "version": event.version.value,
        }
        log.debug("station %s connected", event.station, extra=said)
    elif isinstance(event, Disconnected):
        said = {"event": "disconnected", "station": event.station, "code": str(event.code)}
        log.debug("station %s disconnected", event.station, extra=said)


def operation(found: Operation) -> None:
    """How a remote operation ended, and whose it was."""
    if found.state.ended:
        log.info(
            "operation %s on %s: %s",
            found.operation,
            found.target,
            found.state.value,
            extra={
                "event": "operation",
                "operation": found.operation,
                "target": found.target,
                "state": found.state.value,
                "who": found.requested_by,
            },
        )
