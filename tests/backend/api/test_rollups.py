"""Sums of uptime: long reports say the same with them as without, also after the past has changed."""

from __future__ import annotations

import random
from typing import Any

import pytest

from backend.api.uptime import count
from backend.client.client import Client
from backend.model.filter import EMPTY
from backend.model.interval import Interval, Minutes
from backend.store import Store
from backend.uptime.formulas import FORMULAS
from backend.uptime.rollup import DAILY

DAY = 86_400.0
STATIONS = 12
KINDS = ((Minutes.UP, ""), (Minutes.OFFLINE, ""), (Minutes.FAULTED, "GroundFailure"), (Minutes.FAULTED, "vandalism"))


@pytest.fixture
async def year(house: Any, client: Client) -> Any:
    """A server with a year of intervals of twelve stations."""
    dice = random.Random(3)
    store, now = house.server.house.store, house.clock.now()
    for number in range(STATIONS):
        name = f"CP-{number:02d}"
        await client.put_station(name)
        await client.put_outlet(f"{name}:1")
        at = now - 365 * DAY - dice.uniform(0, 30 * DAY)
        while at < now - DAY:
            kind, detail = dice.choice(KINDS)
            end = at + dice.uniform(600, 9 * DAY)
            piece = Interval(station=name, evse=1, start=at, end=min(end, now - DAY), kind=kind, detail=detail)
            store.interval(piece)
            at = end
    house.clock.advance(2 * 3600)
    return house


async def report(house: Any, begin: float, formula: str, by: str = "outlet") -> dict[str, Any]:
    """The rows of a report until now, by key."""
    here = house.server.house
    rows = await count(here, begin, here.clock.now(), by, formula, EMPTY)
    return {row.key: row for row in rows}


def same(one: dict[str, Any], other: dict[str, Any]) -> None:
    """The same rows, but for roundings."""
    assert one.keys() == other.keys()
    for key, row in one.items():
        for part in ("up_s", "down_s", "excluded_s", "gap_s"):
            assert getattr(row, part) == pytest.approx(getattr(other[key], part), abs=1e-2), (key, part)
        assert row.uptime_pct == pytest.approx(other[key].uptime_pct, abs=1e-6)
        assert row.causes == pytest.approx(other[key].causes, abs=1e-2)


async def test_reports_with_sums_are_those_without(year: Any) -> None:
    """Every formula, over 30 days, a year, and from within a day long ago."""
    now = year.clock.now()
    spans = (now - 30 * DAY, now - 365 * DAY, now - 200.3 * DAY, now - 500 * DAY)
    before = [(begin, name, await report(year, begin, name)) for begin in spans for name in FORMULAS]
    rollups = year.server.house.rollups
    await rollups.sum_up()
    assert len(rollups.days) > DAILY + 40
    assert rollups.helps(now - 30 * DAY, now)
    for begin, name, rows in before:
        same(await report(year, begin, name), rows)


async def test_late_knowledge_changes_the_sums(year: Any) -> None:
    """What a replay cuts into a day that was summed up shows at once, and after the next summing up too."""
    now = year.clock.now()
    here = year.server.house
    await here.rollups.sum_up()
    start = now - 100.5 * DAY
    piece = Interval(station="CP-03", evse=1, start=start, end=start + 7_200, kind=Minutes.DELIVERING)
    here.store.cut_intervals("CP-03", 1, start, start + 7_200, [piece])
    days, here.rollups.days = here.rollups.days, []
    plain = await report(year, now - 365 * DAY, "strict")
    here.rollups.days = days
    assert len(await here.store.stale()) == 1
    same(await report(year, now - 365 * DAY, "strict"), plain)
    await here.rollups.sum_up()
    assert await here.store.stale() == []
    same(await report(year, now - 365 * DAY, "strict"), plain)


async def test_days_are_added_and_thinned_out(year: Any) -> None:
    """A week later there are seven more days, and those of five weeks ago have gone but for every seventh."""
    here = year.server.house
    await here.rollups.sum_up()
    first = list(here.rollups.days)
    year.clock.advance(7 * DAY)
    await here.rollups.sum_up()
    second = here.rollups.days
    assert len(set(second) - set(first)) == 7
    assert 5 <= len(set(first) - set(second)) <= 7
    rows = await report(year, year.clock.now() - 365 * DAY, "strict", "network")
    here.rollups.days = []
    same(rows, await report(year, year.clock.now() - 365 * DAY, "strict", "network"))


async def test_the_store_knows_how_far_the_sums_reach(year: Any) -> None:
    """A change before the newest of them is a doubt also when another server made them."""
    here = year.server.house
    await here.rollups.sum_up()
    newest = max(here.rollups.days)
    await year.server.stop()
    store = Store(here.settings.store)
    store.open()
    assert store.rolled_until == newest
    store.close()
