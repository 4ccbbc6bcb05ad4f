"""Keeps Python's search for garbage in cycles from holding the server: it never looks at everything at once.

A search looks at all objects of an age. A network of 20,000 stations is some millions of objects, and they stay: a
search through them all holds the server for a second. So what is there is put aside for good (`gc.freeze`), and only
what came since is searched, in portions of some milliseconds. When that has grown because there is more to keep - more
stations, more tokens - it is put aside too.

What was put aside and is dropped later is freed like everything else, by its count of references; only a cycle among
such objects would stay. Nothing here makes such cycles on purpose, and against those that libraries make there is one
search through everything when memory has doubled without what is kept having doubled, too: half a second then.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import sys
from collections.abc import Callable

log = logging.getLogger(__name__)

_LARGE = (dict, list, set)

YOUNG = 1_500
"""Objects made and not yet freed before the youngest are searched: a fraction of a millisecond."""
MIDDLE = 2
"""Such searches before those that outlived one are searched."""
NEVER = 1 << 30
OLD_KEPT = 2_000
"""Old ones, and what they refer to, that may be left after a search. What is more is put aside when it is still there
after two more: what only passes, an answer on its way, is not to be put aside, for its cycles would stay."""
LOOKS = 2
OLD_MOST = 6_000
"""So many are put aside at once: to look at them again takes two milliseconds."""
GROWN = 2.0
KEPT_AT_LEAST = 20_000
GROWN_BYTES = 400 << 20
WEIGHED_S = 60.0
SWITCH_S = 0.001
"""How long a thread may hold the interpreter while another waits (5 ms as delivered): a commit takes it several times,
and so does an answer on the loop."""


def none_until_begun() -> None:
    """Search once now, and no more before `Garbage.begin`: what is read from the store at the start stays, and
    searching it again and again while there is more and more of it is a tenth of the start."""
    gc.collect()
    gc.disable()


class Garbage:
    """Searches in portions. `memory_bytes` tells what the process holds of the machine's memory, `kept` how many
    stations, tokens, sessions and the like that is for."""

    def __init__(self, memory_bytes: Callable[[], int], kept: Callable[[], int]) -> None:
        self._memory_bytes = memory_bytes
        self._kept = kept
        self._kept_then = 0
        self._heavy = 0
        self._weighed = 0
        self._loop = asyncio.get_running_loop()
        self._due = False

    def begin(self) -> None:
        """What is there now stays: put it aside."""
        sys.setswitchinterval(SWITCH_S)
        if gc.isenabled():
            gc.collect()
        gc.freeze()
        gc.enable()
        gc.set_threshold(YOUNG, MIDDLE, NEVER)
        gc.callbacks.append(self._searched)
        self._weigh_now()

    def end(self) -> None:
        """Leave it to the interpreter again."""
        if self._searched in gc.callbacks:
            gc.callbacks.remove(self._searched)
        gc.unfreeze()
        gc.set_threshold(700, 10, 10)

    async def run(self) -> None:
        """Weigh for ever, once a minute."""
        while True:
            await asyncio.sleep(WEIGHED_S)
            self.weigh()

    def _searched(self, phase: str, info: dict[str, int]) -> None:
        """The interpreter has searched, on whatever thread: after the middle ones the old ones are due."""
        if phase == "stop" and info["generation"] == 1 and not self._due:
            self._due = True
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self.look)

    def look(self) -> None:
        """Search the old ones; put aside what is left when it is much."""
        self._due = False
        gc.collect(2)
        left = gc.get_objects(generation=2)
        weight = len(left) + sum(len(one) for one in left if isinstance(one, _LARGE))
        self._heavy = self._heavy + 1 if weight > OLD_KEPT else 0
        if weight > OLD_MOST or self._heavy > LOOKS:
            gc.freeze()
            self._heavy = 0

    def weigh(self) -> None:
        """A process that has doubled, and not for what it keeps, looks once whether it holds what nobody needs."""
        now = self._memory_bytes()
        more = max(1.0, (self._kept() + KEPT_AT_LEAST) / (self._kept_then + KEPT_AT_LEAST))
        if now < self._weighed * GROWN * more or now < self._weighed + GROWN_BYTES:
            return
        gc.unfreeze()
        found = gc.collect()
        gc.freeze()
        self._weigh_now()
        log.info("memory had grown to %d MiB; %d objects in cycles were found", now >> 20, found)

    def _weigh_now(self) -> None:
        self._weighed, self._kept_then = self._memory_bytes(), self._kept()
