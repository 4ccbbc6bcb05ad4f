"""What happened at a virtual station, for scripts and tests that wait for it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

KEPT = 400


class Note(NamedTuple):
    """One thing that happened: `booted`, `heard` (a call), `answered` (a call of ours), `offline`, ..."""

    kind: str
    name: str
    """The action, or the status of the boot."""
    payload: dict[str, Any]
    answer: dict[str, Any] | None = None


class Watch:
    """Notes not yet asked for; each is given out once."""

    def __init__(self) -> None:
        self._notes: deque[Note] = deque(maxlen=KEPT)
        self._waiting: list[tuple[Callable[[Note], bool], asyncio.Future[Note]]] = []

    def note(self, note: Note) -> None:
        """Something happened: hand it to whoever waits for it, or keep it."""
        for place, (wanted, future) in enumerate(self._waiting):
            if not future.done() and wanted(note):
                del self._waiting[place]
                future.set_result(note)
                return
        self._notes.append(note)

    async def wait(self, wanted: Callable[[Note], bool]) -> Note:
        """The first note that fits, kept or to come."""
        for note in self._notes:
            if wanted(note):
                self._notes.remove(note)
                return note
        future: asyncio.Future[Note] = asyncio.get_running_loop().create_future()
        self._waiting.append((wanted, future))
        return await future

    def forget(self) -> None:
        """Drop what is kept: from now on only news count."""
        self._notes.clear()
