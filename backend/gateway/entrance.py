"""A station that has come in, on its way through the rooms."""

from __future__ import annotations

import logging
from typing import Protocol

from backend.model.delivery import Delivery
from backend.model.reply import Reply

_log = logging.getLogger(__name__)


class Cuts(Protocol):
    """Its connection."""

    def abort(self, reason: str = "") -> None: ...


class Entrance(Delivery, eq=False, gc=False):
    """Nobody waits for an answer. Whom the rooms cannot take has to come again."""

    socket: Cuts

    def __call__(self, reply: Reply) -> None:
        pass

    def failed(self, error: Exception) -> None:
        _log.error("station %s: its connection could not be handled", self.event.station, exc_info=error)
        self.socket.abort("a mistake of ours")
