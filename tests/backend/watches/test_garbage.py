"""The search for garbage: what is there is put aside, what comes and goes in cycles is found."""

from __future__ import annotations

import gc
import weakref
from collections.abc import AsyncIterator

import pytest

from backend.watches import garbage
from backend.watches.garbage import Garbage


class Ring:
    """Refers to itself."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture
async def searching() -> AsyncIterator[Garbage]:
    """Begun and ended; the interpreter's own settings afterwards."""
    weight = [100 << 20]
    kept = [0]
    found = Garbage(lambda: weight[0], lambda: kept[0])
    found.weight, found.kept = weight, kept  # type: ignore[attr-defined]
    thresholds = gc.get_threshold()
    found.begin()
    yield found
    found.end()
    gc.set_threshold(*thresholds)


async def test_what_is_there_is_not_searched_again(searching: Garbage) -> None:
    """A search looks at what came since, and what stays of that is put aside when it is much."""
    assert len(gc.get_objects(generation=2)) < garbage.OLD_KEPT
    kept = [[number] for number in range(4 * garbage.OLD_KEPT)]
    searching.look()
    assert len(gc.get_objects(generation=2)) <= garbage.OLD_KEPT
    assert len(kept) == 4 * garbage.OLD_KEPT


async def test_nothing_is_searched_while_the_store_is_read_in() -> None:
    """What was in cycles before is freed at once; from `begin` on garbage is searched for again."""
    thresholds = gc.get_threshold()
    gone = weakref.ref(Ring())
    garbage.none_until_begun()
    try:
        assert gone() is None
        assert not gc.isenabled()
        found = Garbage(lambda: 0, lambda: 0)
        found.begin()
        assert gc.isenabled()
        found.end()
    finally:
        gc.enable()
        gc.set_threshold(*thresholds)


async def test_what_only_passes_is_not_put_aside(searching: Garbage) -> None:
    """An answer on its way is there at one search and gone at the next; what stays is put aside after a few."""
    passing = [[number] for number in range(garbage.OLD_KEPT // 2)]
    before = gc.get_freeze_count()
    searching.look()
    assert gc.get_freeze_count() == before
    passing.clear()
    searching.look()
    staying = [[number] for number in range(garbage.OLD_KEPT // 2)]
    for _ in range(garbage.LOOKS + 1):
        searching.look()
    assert gc.get_freeze_count() >= before + len(staying)


async def test_a_ring_is_found(searching: Garbage) -> None:
    """What refers to itself and is dropped is freed by the next look."""
    gone = weakref.ref(Ring())
    searching.look()
    assert gone() is None


async def test_a_ring_that_was_put_aside_is_found_when_memory_has_grown(searching: Garbage) -> None:
    """Nothing is lost for ever."""
    ring = Ring()
    gc.freeze()
    gone = weakref.ref(ring)
    del ring
    searching.look()
    assert gone() is not None
    searching.weigh()
    assert gone() is not None
    searching.weight[0] = 600 << 20  # type: ignore[attr-defined]
    searching.kept[0] = 200_000  # type: ignore[attr-defined]
    searching.weigh()
    assert gone() is not None, "it holds ten times as much, six times the memory is no wonder"
    searching.kept[0] = 0  # type: ignore[attr-defined]
    searching.weigh()
    assert gone() is None
