"""What a station said, on its way through the rooms, and whom it is answered to."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from backend.model.change import Change
from backend.model.event import StationEvent
from backend.model.reply import Reply


class Delivery(Struct, eq=False, gc=False):
    """One event that somebody waits for. The rooms fill in what became of it."""

    event: StationEvent
    reply: Reply
    """What fleet answers, once it has been there."""
    changes: Sequence[Change]
    """What it changed."""

    def __call__(self, reply: Reply) -> None:
        """Answer it."""
        raise NotImplementedError

    def failed(self, error: Exception) -> None:
        """A mistake of ours on the way: there is no reply, the asker is told so."""
        raise NotImplementedError
