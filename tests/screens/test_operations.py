"""Operations: what the keys do, and what the feed changes."""

from __future__ import annotations

from backend.model.resources import Changes
from backend.model.words import OperationState
from screens.operations import OperationsPage
from screens.trace import TracePage
from tests.screens.asking import asking, cells, keys, rest, typed
from tests.screens.frozen import ago


def page_of(app: object) -> OperationsPage:
    """The page in front."""
    found = app.screen  # type: ignore[attr-defined]
    assert isinstance(found, OperationsPage)
    return found


async def test_a_proof_arrives_on_the_feed() -> None:
    """The row changes where it stands, and the counts with it."""
    async with asking() as (app, pilot, _):
        await keys(pilot, "5")
        assert "2 running" in cells(app)
        operation = app.mirror.operations["4711"]
        operation.state, operation.proof = OperationState.PROVED, "back in 55 s"
        operation.times["ended"] = ago()
        app.mirror.apply(Changes(seq=app.mirror.seq + 1, sent=ago(), operations=[operation]))
        app.flush()
        await rest(pilot)
        assert "✓ back in 55 s" in cells(app)
        assert "1 running" in cells(app)
        assert page_of(app).table.rows[0] == "4711"


async def test_tab_shows_what_runs_and_what_had_no_effect() -> None:
    """Each list holds what it says."""
    async with asking() as (app, pilot, _):
        await keys(pilot, "5", "tab")
        assert list(page_of(app).table.rows) == ["4711", "4710"]
        await keys(pilot, "tab")
        states = {page_of(app).model.get(row).state for row in page_of(app).table.rows}  # type: ignore[union-attr]
        assert OperationState.PROVED not in states
        assert len(page_of(app).table.rows) == 5


async def test_enter_gives_the_steps_the_screen_and_esc_takes_it_back() -> None:
    """On small screens."""
    async with asking() as (app, pilot, _):
        await keys(pilot, "5", "enter")
        assert page_of(app).opened
        await keys(pilot, "escape")
        assert not page_of(app).opened


async def test_l_opens_the_frames() -> None:
    """Of the station that it was sent to."""
    async with asking() as (app, pilot, _):
        await keys(pilot, "5", "l")
        assert isinstance(app.screen, TracePage)
        assert app.screen.station == "NK-01450"


async def test_the_menu_acts_on_the_same_outlet() -> None:
    """`x` names what it would go to, and sends nothing."""
    async with asking() as (app, pilot, client):
        await keys(pilot, "5", "j", "j")
        assert [target.name for target in page_of(app).targets()] == ["04217-2"]
        await keys(pilot, "x")
        assert "04217-2" in cells(app)
        assert not any(what == "operate" for what, _ in client.asked)


async def test_a_filter_is_asked_of_the_server() -> None:
    """The past is there."""
    async with asking() as (_, pilot, client):
        await keys(pilot, "5")
        await typed(pilot, "slash", "by:samira")
        assert ("operations", ("by:samira", 100, None)) in client.asked


async def test_a_failure_is_told_in_full_on_a_small_screen() -> None:
    """The list has room for its beginning; below it stands all of it, and behind `enter` also the reason."""
    async with asking() as (app, pilot, _):
        await keys(pilot, "5", "tab", "tab")
        failed = page_of(app).operation()
        assert failed is not None
        failed.state, failed.reason = OperationState.REFUSED, "driver waits in the rain"
        failed.proof = "the lock did not let go although it was asked three times by the person in charge"
        page_of(app).draw_all()
        await rest(pilot)
        told = " ".join(cells(app).split())
        assert "✖ refused: the lock did not let go although it was asked three times by the person in charge" in told
        await keys(pilot, "enter")
        assert "driver waits in the rain" in cells(app)
