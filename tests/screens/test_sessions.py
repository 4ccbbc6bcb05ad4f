"""Sessions and Session: what the keys do."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from backend.client.found import Found
from backend.model.errors import Unavailable
from backend.model.resources import Changes, SessionResource
from backend.model.words import SessionState
from screens.past_rows import PAGE
from screens.session import SessionPage
from screens.session_list import SessionRows
from screens.sessions import SessionsPage
from screens.trace import TracePage
from tests.screens.asking import asking, cells, keys, rest, typed
from tests.screens.frozen import NOW, ago
from tests.screens.frozen_client import frozen_pair
from tests.screens.frozen_sessions import HERO


def page_of(app: object) -> SessionsPage:
    """The page in front."""
    found = app.screen  # type: ignore[attr-defined]
    assert isinstance(found, SessionsPage)
    return found


async def test_older_pages_come_as_one_scrolls() -> None:
    """By keyset: each page is asked for before the last id of the one before, and only when it is near."""
    async with asking() as (app, pilot, client):
        await keys(pilot, "3")
        assert [asked[1] for asked in client.asked if asked[0] == "sessions"] == [("", PAGE, None)]
        await keys(pilot, "G")
        pages = [asked[1] for asked in client.asked if asked[0] == "sessions"]
        assert len(pages) == 2
        assert pages[1][2] == client.held[PAGE - 1].id
        assert len(page_of(app).table.rows) == 200


async def test_no_row_is_shown_before_those_between_are_here() -> None:
    """An open session older than the last page is not put under it: the list has no holes."""
    mirror, client = frozen_pair()
    rows = SessionRows(mirror)
    rows.add(Found(client.held[:10]), 10)
    assert rows.ordered(NOW) == [session.id for session in client.held[:10]]
    rows.add(Found(), 10)
    assert len(rows.ordered(NOW)) > 10


async def test_a_search_that_does_not_come_to_the_end_says_so() -> None:
    """Nothing found in the newest is not nothing at all; the footer tells how to look further back."""
    async with asking() as (app, pilot, client):
        client.looked_at = 200_000
        await keys(pilot, "3")
        await typed(pilot, "slash", "reason:nosuch")
        assert page_of(app).count == 0
        text = cells(app)
        assert "nothing matches reason:nosuch" in text
        assert text.count("the newest 200\xa0000 searched, older: started:<2025-10-15") == 2


async def test_a_search_that_takes_long_is_not_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """While the server looks the list says so; another filter does not wait for the answer to the one before."""
    async with asking() as (app, pilot, client):
        await keys(pilot, "3")
        answer, hung_up = client.sessions, asyncio.Event()

        async def slow(*args: Any, **options: Any) -> Found[SessionResource]:
            try:
                await asyncio.Event().wait()
            finally:
                hung_up.set()
            raise AssertionError

        monkeypatch.setattr(client, "sessions", slow)
        await pilot.press("slash", *"reason:nosuch", "enter")
        while "searching" not in cells(app):
            await pilot.pause()
        monkeypatch.setattr(client, "sessions", answer)
        await pilot.press("slash", *(["backspace"] * 6), *"Local", "enter")
        while not page_of(app).count:
            await pilot.pause()
        assert hung_up.is_set()


async def test_a_filter_is_asked_of_the_server() -> None:
    """A token in full is known there alone, so its answer is not filtered again here."""
    async with asking() as (app, pilot, client):
        await keys(pilot, "3")
        await typed(pilot, "slash", 'site:"Gävle Syd E4"')
        assert ('site:"Gävle Syd E4"', PAGE, None) in [asked[1] for asked in client.asked if asked[0] == "sessions"]
        shown = [page_of(app).model.get(row) for row in page_of(app).table.rows]
        assert shown
        assert {session.site for session in shown if session is not None} == {"site-02"}


async def test_tab_goes_through_all_live_and_ended() -> None:
    """The three lists hold what their names say."""
    async with asking() as (app, pilot, _):
        await keys(pilot, "3", "tab")
        page = page_of(app)
        states = {page.model.get(row).state for row in page.table.rows}  # type: ignore[union-attr]
        assert states == {SessionState.ACTIVE}
        await keys(pilot, "tab")
        states = {page.model.get(row).state for row in page.table.rows}  # type: ignore[union-attr]
        assert states == {SessionState.ENDED}


async def test_the_curve_under_the_cursor_is_asked_once() -> None:
    """Of a past session; the hand may come back to it."""
    async with asking((160, 48)) as (app, pilot, client):
        await keys(pilot, "3", "tab", "tab", "j", "k", "j")
        asked = [detail for what, detail in client.asked if what == "readings"]
        assert len(asked) == len(set(asked))
        assert page_of(app).table.cursor in asked


async def test_enter_opens_the_session_and_brackets_go_on() -> None:
    """In the order of the list; at its end the key says why it does nothing."""
    async with asking() as (app, pilot, _):
        await keys(pilot, "3", "enter")
        page = app.screen
        assert isinstance(page, SessionPage)
        first = page.session_id
        assert page.refusal("go.prev") is not None
        await keys(pilot, "right_square_bracket")
        assert page.session_id != first
        await keys(pilot, "left_square_bracket")
        assert page.session_id == first
        await keys(pilot, "left_square_bracket")
        assert "no other session" in cells(app)


async def test_l_opens_the_frames_of_the_station() -> None:
    """From the list and from the page."""
    async with asking() as (app, pilot, _):
        app.open("session", HERO)
        await keys(pilot, "l")
        assert isinstance(app.screen, TracePage)
        assert app.screen.station == "NK-02118"


async def test_a_live_curve_grows_with_the_feed() -> None:
    """A new reading is added without asking for the whole curve again."""
    async with asking() as (app, pilot, client):
        app.open("session", HERO)
        await rest(pilot)
        page = app.screen
        assert isinstance(page, SessionPage)
        count = len(page.readings)
        session = app.mirror.sessions[HERO]
        session.sampled = ago() + timedelta(seconds=20)
        session.power_w = 12_345.0
        app.mirror.apply(Changes(seq=app.mirror.seq + 1, sent=ago(), sessions=[session]))
        app.flush()
        await rest(pilot)
        assert len(page.readings) == count + 1
        assert "12.3\xa0kW" in cells(app)
        assert [what for what, detail in client.asked if what == "readings"] == ["readings"]


async def test_x_is_refused_where_the_charge_has_ended() -> None:
    """It says why, and nothing is sent."""
    async with asking() as (app, pilot, client):
        ended = next(session for session in client.held if session.state is SessionState.ENDED)
        app.open("session", ended.id)
        await keys(pilot, "x")
        assert "this charge has ended" in cells(app)


async def test_a_session_that_is_not_there() -> None:
    """One clear line instead of a page."""
    async with asking() as (app, pilot, _):
        app.open("session", "1")
        await rest(pilot)
        assert "There is no session 1." in cells(app)


async def test_without_a_server_the_list_stays() -> None:
    """What failed is told; what is known is still shown."""
    async with asking() as (app, pilot, client):
        client.fails = Unavailable("no_server", "No server answers.", "Start one.")
        await keys(pilot, "3")
        text = cells(app)
        assert "No server answers." in text
        assert "02118-2" in text


async def test_no_curve_says_so() -> None:
    """A session without readings is no empty chart."""
    async with asking() as (app, pilot, client):
        session = client.held[-1]

        async def none(id: str) -> list[object]:  # noqa: A002
            return []

        client.readings = none  # type: ignore[method-assign]
        app.open("session", session.id)
        await rest(pilot)
        assert "there is no curve to draw" in cells(app)


def test_rows_are_bounded() -> None:
    """However long one scrolls."""
    mirror, client = frozen_pair()
    rows = SessionRows(mirror)
    for at in range(60):
        page = [replace(client.held[0], id=str(9_000_000 - at * 100 - n)) for n in range(100)]
        rows.add(page, 100)
    assert rows.full
    assert len(rows.past) >= 5_000
