"""Station: its pages, its outlets, where its keys lead."""

from __future__ import annotations

from datetime import datetime

from backend.model.resources import Changes
from backend.model.words import OperationState
from screens.station_tabs import TABS, configuration_of
from tests.conftest import cells_of
from tests.screens.client import StandIn
from tests.screens.draw import console, press, settle
from tests.screens.frozen import ago, frozen_mirror, operation


async def test_tabs_turn_both_ways() -> None:
    """`tab` goes through all of them and comes back; `shift+tab` the other way."""
    async with console() as (app, pilot):
        app.open("station", "NK-04217")
        await settle(pilot)
        page = app.pages_seen()[0]
        seen = []
        for _ in TABS:
            await press(pilot, "tab")
            seen.append(page.tab)
        assert seen == [*TABS[1:], TABS[0]]
        await press(pilot, "shift+tab")
        assert page.tab == TABS[-1]


async def test_the_sentence_follows_the_outlet() -> None:
    """Each outlet has its own; the post below them is a row too."""
    async with console() as (app, pilot):
        app.open("station", "NK-04217")
        await settle(pilot)
        assert "It charges for 38m" in cells_of(app)
        await press(pilot, "j")
        assert "the lock did not let go" in cells_of(app)
        await press(pilot, "j", "j", "j")
        assert "▌ post" in cells_of(app)


async def test_enter_opens_the_session() -> None:
    """The running one of the outlet, else the last that the server knows."""
    mirror = frozen_mirror()
    async with console(mirror, client=StandIn(mirror)) as (app, pilot):
        opened: list[tuple[str, str]] = []
        app.open("station", "NK-04217")
        await settle(pilot)
        app.open = lambda name, argument="", **_: opened.append((name, argument))  # type: ignore[method-assign]
        await press(pilot, "enter", "j", "enter", "l")
        assert opened == [("session", "s-1"), ("session", "s-2"), ("trace", "NK-04217")]


async def test_done_here_is_told_live() -> None:
    """An operation on the feed appears at once; `L` shows all of them."""
    mirror = frozen_mirror()
    async with console(mirror) as (app, pilot):
        app.open("station", "NK-04217")
        await settle(pilot)
        new = operation(50, "refresh", "NK-04217", OperationState.PROVED, ago(), proof="status came after 1 s")
        mirror.apply(Changes(seq=mirror.seq + 1, sent=datetime.now().astimezone(), operations=[new]))
        app.flush()
        await settle(pilot)
        assert "✓ proved: status came after 1 s" in cells_of(app)
        await press(pilot, "L")
        assert sum("unlock 2" in line for line in cells_of(app).splitlines()) == 2


async def test_a_station_that_is_gone_says_so() -> None:
    """Removed from the register while one looks at it."""
    mirror = frozen_mirror()
    async with console(mirror) as (app, pilot):
        app.open("station", "NK-04217")
        await settle(pilot)
        mirror.apply(Changes(seq=mirror.seq + 1, sent=datetime.now().astimezone(), gone={"stations": ["NK-04217"]}))
        app.flush()
        await settle(pilot)
        assert "NK-04217 is not in the register any more" in cells_of(app)


def test_configuration_of_both_families() -> None:
    """The answers of GetConfiguration and of GetVariables; anything else has none."""
    read = operation(1, "configuration", "NK-1", OperationState.PROVED, ago())
    read.answer_payload = {"configurationKey": [{"key": "HeartbeatInterval", "readonly": False, "value": "300"}]}
    assert configuration_of(read) == {"HeartbeatInterval": "300"}
    read.answer_payload = {
        "getVariableResult": [
            {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "HeartbeatInterval"}, "attributeValue": "60"}
        ]
    }
    assert configuration_of(read) == {"OCPPCommCtrlr.HeartbeatInterval": "60"}
    read.answer_payload = ["nonsense"]
    assert configuration_of(read) == {}
