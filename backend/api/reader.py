"""One reader of the feed: a console, a script."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from backend.api.dirty import Dirty

if TYPE_CHECKING:
    from backend.api.feed import Feed
    from backend.api.snapshot import Snapshots

FRAMES_WAITING = 2_000
"""Frames that wait for a slow reader; the oldest are dropped first."""
BODIES_WAITING = 8
"""Messages that wait, the same for all readers; who is further behind gets the latest state of all that it missed."""
MOST_FOLLOWED = 20
FRAMES_A_MESSAGE = 200


class Reader:
    """Waits for messages, each with a number of this reader's own: its snapshot is 0, what follows counts from 1."""

    def __init__(self, who: str, *, frames_only: bool = False) -> None:
        self.who = who
        self.follows: frozenset[str] = frozenset()
        self.frames: deque[str] = deque(maxlen=FRAMES_WAITING)
        self._frames_only = frames_only
        self._wants_snapshot = not frames_only
        self._in_snapshot = False
        self._seq = 0
        self._bodies: deque[str] = deque()
        self._missed = Dirty()
        self._wake = asyncio.Event()
        self._closed = False
        self._answers = False

    @property
    def behind(self) -> bool:
        """Whether it still waits for its snapshot, or for what it missed meanwhile."""
        return self._wants_snapshot or self._in_snapshot or bool(self._missed)

    def offer(self, body: str, part: Dirty) -> None:
        """Here is what has changed, encoded; or, when this reader is busy, what it has to catch up with."""
        if self._frames_only:
            if self.frames:
                self._wake.set()
            return
        if self.behind or len(self._bodies) >= BODIES_WAITING:
            self._missed.add(part)
            self._missed.totals = True
        else:
            self._bodies.append(body)
        self._wake.set()

    def follow(self, stations: list[str]) -> None:
        """Send the frames of these stations from now on; a message, perhaps an empty one, says that it is so."""
        self.follows = frozenset(stations[:MOST_FOLLOWED])
        self._answers = True
        self._wake.set()

    def again(self) -> None:
        """It lost count: it gets a new snapshot."""
        self._wants_snapshot = not self._frames_only
        self._wake.set()

    def wake(self) -> None:
        """There is something to send."""
        self._wake.set()

    def close(self) -> None:
        """End `messages`."""
        self._closed = True
        self._wake.set()

    async def messages(self, feed: Feed, snapshots: Snapshots) -> AsyncIterator[str]:
        """What to send, one after the other; it is asked for the next one when the last is on its way."""
        while not self._closed:
            if self._wants_snapshot:
                async for part in snapshots.parts(self._new_picture):
                    yield part
                self._in_snapshot = False
            elif self._bodies:
                if feed.work.spent:
                    await feed.work.rest()
                if self._bodies:
                    yield self._message(self._bodies.popleft())
            elif self._missed:
                await feed.work.rest()
                yield self._message(feed.catch_up(self._missed))
            elif self.frames or self._answers:
                self._answers = False
                yield self._message(feed.catch_up(Dirty()))
            else:
                await self._wake.wait()
                self._wake.clear()

    def _new_picture(self) -> None:
        """Its snapshot is taken: it holds all that was missed so far."""
        self._wants_snapshot, self._in_snapshot = False, True
        self._seq = 0
        self._bodies.clear()
        self._missed = Dirty()

    def _message(self, body: str) -> str:
        self._seq += 1
        frames = [self.frames.popleft() for _ in range(min(len(self.frames), FRAMES_A_MESSAGE))]
        return f'{{"kind":"changes","seq":{self._seq},{body}"frames":[{",".join(frames)}]}}'
