"""Long work in slices: everybody else has their turn in between, and works take turns."""

from __future__ import annotations

import asyncio
import random
from time import perf_counter

from backend.api.pace import SLICE_S, Work, in_order, in_slices, sliced


def busy(seconds: float) -> None:
    """Hold the loop."""
    until = perf_counter() + seconds
    while perf_counter() < until:
        pass


async def worker(name: str, log: list[str], slices: int) -> None:
    """So many slices of work, each noted when it begins."""
    work = Work()
    for _ in range(slices):
        await work.rest()
        log.append(name)
        busy(SLICE_S)


async def test_between_two_slices_the_loop_goes_round() -> None:
    """However many works there are, others come in after each slice."""
    log: list[str] = []

    async def other() -> None:
        while True:
            log.append(".")
            await asyncio.sleep(0)

    beside = asyncio.create_task(other())
    await asyncio.gather(*(worker(name, log, 5) for name in "abcd"))
    beside.cancel()
    text = "".join(log)
    assert sum(text.count(name) for name in "abcd") == 20
    assert all(two not in text for two in ("ab", "bc", "cd", "da", "aa", "bb"))


async def test_works_take_turns() -> None:
    """A work that came later does not wait until the first has ended."""
    log: list[str] = []
    await asyncio.gather(worker("a", log, 6), worker("b", log, 3))
    assert log.index("b") <= 1
    assert log.count("a") == 6


async def test_tasks_may_share_a_work_and_its_slices() -> None:
    """Twenty short steps of one work fit into a few turns; none is left waiting."""
    work, done = Work(), []

    async def step(number: int) -> None:
        if work.spent:
            await work.rest()
        done.append(number)

    await asyncio.gather(*(step(number) for number in range(20)))
    assert sorted(done) == list(range(20))


async def test_a_task_that_is_cancelled_in_its_rest_holds_nobody_up() -> None:
    """The turn goes on to the next."""
    work = Work()
    gone = asyncio.create_task(work.rest())
    await asyncio.sleep(0)
    gone.cancel()
    async with asyncio.timeout(5):
        await Work().rest()
        await work.rest()


async def test_sorting_and_steps_give_what_they_give_at_once() -> None:
    """The result does not depend on the slices."""
    numbers = random.Random(1).sample(range(10_000), 3_000)
    assert list(await in_order(list(numbers), lambda number: -number)) == sorted(numbers, reverse=True)
    assert [one async for one in sliced(numbers)] == numbers

    def steps():  # type: ignore[no-untyped-def]
        for _ in range(100):
            yield
        return "done"

    assert await in_slices(steps()) == "done"
