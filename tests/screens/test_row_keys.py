"""Keys that lead from a row to its station, and the way back from there."""

from __future__ import annotations

import pytest

from screens.alarms import AlarmsPage
from screens.fleet import FleetPage
from screens.operations import OperationsPage
from screens.sessions import SessionsPage
from screens.station import StationPage
from screens.trace import TracePage
from tests.screens.asking import asking, cells, keys, typed


@pytest.mark.parametrize("start", [["slash", *"04217-2", "enter", "j"], ["2", "j", "j"], ["5"], ["3"]])
async def test_l_and_s_lead_from_every_list_to_the_station_of_the_row(start: list[str]) -> None:
    """Its frames, what was done there, its sessions; `esc` comes back to the list as it was."""
    async with asking() as (app, pilot, _):
        await keys(pilot, *start)
        page = app.screen
        await keys(pilot, "l")
        assert isinstance(app.screen, TracePage)
        await keys(pilot, "escape", "L")
        assert isinstance(app.screen, StationPage)
        assert app.screen.tab == "operations"
        await keys(pilot, "escape", "s")
        assert isinstance(app.screen, SessionsPage)
        assert app.screen is not page
        assert app.screen.filter_text
        await keys(pilot, "escape")
        assert app.screen is page


async def test_enter_on_what_was_done_here_opens_its_steps() -> None:
    """On the station's page; `esc` closes the steps, then comes back."""
    async with asking() as (app, pilot, _):
        app.open("station", "NK-04217", tab="operations")
        await keys(pilot, "j", "enter")
        page = app.screen
        assert isinstance(page, OperationsPage)
        assert page.opened
        await keys(pilot, "escape", "escape")
        assert isinstance(app.screen, StationPage)


async def test_esc_leads_from_a_site_s_outlets_back_to_its_alarm() -> None:
    """While the filter stands that the alarm has set; another one is cleared as ever."""
    async with asking() as (app, pilot, _):
        await keys(pilot, "2")
        alarms = app.screen
        assert isinstance(alarms, AlarmsPage)
        alarms.table.point(next(a.id for a in app.mirror.alarms.values() if a.station is None and a.site))
        await keys(pilot, "enter")
        assert isinstance(app.screen, FleetPage)
        assert app.screen.filter_text.startswith("site:")
        await keys(pilot, "escape")
        assert app.screen is alarms
        await keys(pilot, "enter")
        await typed(pilot, "slash", "x")
        await keys(pilot, "escape")
        assert isinstance(app.screen, FleetPage)
        assert not app.screen.filter_text


async def test_a_hint_goes_with_its_page() -> None:
    """`this is the first screen` says nothing about the next one."""
    async with asking() as (app, pilot, _):
        await keys(pilot, "escape")
        assert "this is the first screen" in cells(app)
        await keys(pilot, "5")
        assert "this is the first screen" not in cells(app)


async def test_help_tells_every_key_in_full() -> None:
    """No text ends in an ellipsis on a small screen, and no heading stands alone."""
    async with asking() as (app, pilot, _):
        for root in ("1", "2", "4", "7"):
            await keys(pilot, root, "question_mark")
            told = app.screen._all(80)  # type: ignore[attr-defined]
            assert [line.plain for line in told if "…" in line.plain] == []
            heads = [at for at, line in enumerate(told) if line.plain.strip() in ("acting", "rows", "the view")]
            assert all(told[at + 1].plain.strip() for at in heads)
            await keys(pilot, "escape")
