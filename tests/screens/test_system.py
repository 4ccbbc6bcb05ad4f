"""System: the door, the register, imports."""

from __future__ import annotations

from pathlib import Path

from backend.model.resources import Changes, Who
from screens.security_table import until_style
from screens.station import StationPage
from screens.system import TABS, SystemPage
from screens.system_server import health
from tests.screens.asking import asking, cells, keys, rest, typed
from tests.screens.frozen import ago, totals
from tests.screens.frozen_house import vitals


def page_of(app: object) -> SystemPage:
    """The page in front."""
    found = app.screen  # type: ignore[attr-defined]
    assert isinstance(found, SystemPage)
    return found


def to(tab: str) -> list[str]:
    """The keys that lead to a tab."""
    return ["7", *["tab"] * TABS.index(tab)]


async def test_one_key_lets_a_station_in() -> None:
    """The list is asked for again, the line says what it means."""
    async with asking() as (app, pilot, client):
        await keys(pilot, *to("pending"), "i")
        assert ("accept", "NK-12001") in client.asked
        assert list(page_of(app).table.rows) == ["NK-12002", "TEST"]
        assert "let in" in cells(app)


async def test_one_key_blocks_it() -> None:
    """And the next is under the cursor."""
    async with asking() as (_, pilot, client):
        await keys(pilot, *to("pending"), "j", "b")
        assert ("block", "NK-12002") in client.asked


async def test_an_identity_from_the_quarantine_is_registered() -> None:
    """One that never said who it is cannot be."""
    async with asking() as (app, pilot, client):
        await keys(pilot, *to("quarantine"), "i")
        assert ("accept_refused", "NK-08801") in client.asked
        assert "Sec-WebSocket-Protocol: ocpp1.5" in cells(app)
        await keys(pilot, "b")
        assert ("block_refused", "NK-08801") in client.asked
        await keys(pilot, "j", "i")
        assert "It never said who it is." in cells(app)


async def test_who_may_not_is_told_so() -> None:
    """The keys are greyed; nothing is sent."""
    async with asking() as (app, pilot, client):
        app.who = Who(name="guest", rights=["read"])
        await keys(pilot, *to("pending"), "i")
        assert "you may not change the register" in cells(app)
        assert not any(what == "accept" for what, _ in client.asked)


async def test_a_read_only_console_changes_nothing() -> None:
    """Nor does it import."""
    async with asking(read_only=True) as (app, pilot, client):
        await keys(pilot, *to("sites"), "plus")
        assert "read-only" in cells(app)
        page_of(app).command(["import", "x.csv"])
        await rest(pilot)
        assert not any(what in ("import", "put_site") for what, _ in client.asked)


async def test_a_site_is_added_in_a_form() -> None:
    """Only what was given is sent."""
    async with asking() as (app, pilot, client):
        await keys(pilot, *to("sites"), "plus")
        await pilot.press(*"kiruna2", "tab", *"Kiruna", "enter")
        await rest(pilot)
        assert ("put_site", ("kiruna2", "add", {"name": "Kiruna", "time_zone": "Europe/Stockholm"})) in client.asked
        assert "kiruna2" in cells(app)


async def test_a_change_sends_what_differs() -> None:
    """The note of a station, and nothing else."""
    async with asking() as (app, pilot, client):
        await keys(pilot, *to("stations"), "e")
        first = page_of_stack(app).table.cursor
        await pilot.press(*["tab"] * 6, *"barrier", "enter")
        await rest(pilot)
        assert ("put_station", (first, "set", {"note": "barrier"})) in client.asked


def page_of_stack(app: object) -> SystemPage:
    """The page behind a form."""
    return next(s for s in app.screen_stack if isinstance(s, SystemPage))  # type: ignore[attr-defined]


async def test_what_the_server_refuses_is_told() -> None:
    """In its words, with the next step."""
    async with asking() as (app, pilot, _):
        await keys(pilot, *to("tokens"), "plus")
        await pilot.press(*"taken", "enter")
        await rest(pilot)
        assert "There is a token taken already." in cells(app)


async def test_removing_asks_for_the_name() -> None:
    """Enter alone does nothing."""
    async with asking() as (_, pilot, client):
        await keys(pilot, *to("sites"), "D", "enter")
        assert not any(what == "remove" for what, _ in client.asked)
        await pilot.press(*("minus" if char == "-" else char for char in "site-00"), "enter")
        await rest(pilot)
        assert ("remove", ("sites", "site-00")) in client.asked


async def test_a_rehearsal_then_the_import(tmp_path: Path) -> None:
    """Progress while it goes on, then a report; esc closes it."""
    file = tmp_path / "posts.csv"
    file.write_text("outlet,label\nNK-1:1,1\n")
    async with asking() as (app, pilot, client):
        await keys(pilot, "7")
        page_of(app).command(["check", str(file)])
        await rest(pilot)
        assert ("import", (file.stat().st_size, True)) in client.asked
        assert "all rows are good, nothing was changed yet" in cells(app)
        page_of(app).command(["import", str(file)])
        await rest(pilot)
        assert "99 rows are in the register" in cells(app)
        await keys(pilot, "escape")
        assert page_of(app).report is None


async def test_a_file_that_is_not_there() -> None:
    """One clear line."""
    async with asking() as (app, pilot, client):
        await keys(pilot, "7")
        await typed(pilot, "colon", "import no-such-file.csv")
        assert "The file cannot be read" in cells(app)
        assert not any(what == "import" for what, _ in client.asked)


async def test_enter_opens_the_station() -> None:
    """From the register."""
    async with asking() as (app, pilot, _):
        await keys(pilot, *to("stations"), "enter")
        assert isinstance(app.screen, StationPage)


async def test_a_new_station_appears_and_a_figure_changes_in_place() -> None:
    """Only what is new re-sorts the list."""
    async with asking() as (app, pilot, _):
        await keys(pilot, *to("stations"))
        count = len(page_of(app).table.rows)
        station = next(iter(app.mirror.stations.values()))
        fresh = type(station)(**{name: getattr(station, name) for name in station.__struct_fields__} | {"id": "AA-1"})
        app.mirror.apply(Changes(seq=app.mirror.seq + 1, sent=ago(), stations=[fresh]))
        app.mirror.clock.advance(10)  # type: ignore[attr-defined]
        app.flush()
        await rest(pilot)
        assert len(page_of(app).table.rows) == count + 1
        assert page_of(app).table.rows[0] == "AA-1"


def test_the_sentence_tells_the_worst_first() -> None:
    """A disk that refuses, a queue, a slow disk, a late loop, all well."""
    found = vitals()
    assert health(found, totals()).hue == "energy"
    found.loop_lag_ms = 80
    assert "late by 80 ms" in health(found, totals()).sentence
    found.commit_ms = 70
    assert "a commit takes 70 ms" in health(found, totals()).sentence
    found.writer_queue = 9_000
    assert "wait to be written" in health(found, totals()).sentence
    found.store_error = "disk full"
    assert health(found, totals()).hue == "crit"
    assert "disk full" in health(found, totals()).sentence


async def test_what_ends_first_stands_on_top_with_its_sign() -> None:
    """What has ended or is revoked, what ends within a month, what is below its profile; then the others by date."""
    async with asking((100, 24)) as (app, pilot, _):
        await keys(pilot, *to("security"))
        page = page_of(app)
        rows = list(page.table.rows)
        assert rows[:4] == ["NK-12100", "NK-12101", "NK-11290", "NK-12004"]
        shown = cells(app)
        for words in ("✖ ended", "✖ revoked", "▲ 0 < 3", "changing"):
            assert words in shown
        styles = [until_style(page.held_rows["security"][at], page._surroundings()) for at in range(4)]
        assert styles == ["crit", "high", "warn", "crit"]


async def test_a_profile_is_moved_from_the_page() -> None:
    """`x`, `p`, the profile; the server is asked to do it, and nothing before the dialog is answered."""
    async with asking() as (app, pilot, client):
        await keys(pilot, *to("security"), *"jjjjj", "x")
        assert "move profile" in cells(app)
        await keys(pilot, "p", "right", "right", "right", "tab", "tab", "tab", "tab", *"visit", "enter")
        sent = [asked for asked in client.asked if asked[0] == "operate"]
        assert [what[1:3] for what in sent] == [("security_profile", page_of(app).selected_id())]
        assert sent[0][3]["parameters"] == {"profile": "2", "reset": "auto", "downgrade": False}


async def test_our_root_is_installed_from_the_page() -> None:
    """It is fetched first, and goes with the operation."""
    async with asking() as (_, pilot, client):
        await keys(pilot, *to("security"), "j", "x", "r", *"visit", "enter")
        sent = [asked for asked in client.asked if asked[0] == "operate"]
        assert [(what[1], what[3]["parameters"]) for what in sent] == [("install_certificate", {"certificate": "ROOT"})]


async def test_a_certificate_is_revoked_when_the_station_was_typed() -> None:
    """Not before; who may not is told so."""
    async with asking() as (app, pilot, client):
        await keys(pilot, *to("security"), "j", "x", "v", "enter")
        assert not [asked for asked in client.asked if asked[0] == "revoke_certificate"]
        await keys(pilot, *"NK-12101", "enter")
        assert ("revoke_certificate", "7D") in client.asked
        assert "certificate revoked" in cells(app)
        app.who = Who(name="guest", rights=["read", "operate"])
        await keys(pilot, "x")
        assert "your role may not do this" in cells(app)


async def test_an_empty_door_tells_how_a_station_comes_to_it() -> None:
    """The address stands there; no row is under the cursor, so no key acts."""
    async with asking() as (app, pilot, client):
        client.waiting = []
        await keys(pilot, *to("pending"))
        assert "No station waits." in cells(app)
        assert f"ws://{vitals().settings['ocpp']}/ocpp/" in cells(app)
        assert page_of(app).table.cursor is None
        await keys(pilot, "i")
        assert "nothing is under the cursor" in cells(app)


async def test_a_filter_that_hides_all_says_so() -> None:
    """And how to be rid of it."""
    async with asking() as (app, pilot, _):
        await keys(pilot, *to("sites"))
        await typed(pilot, "slash", "nowhere")
        assert "nothing matches nowhere" in cells(app)
        assert page_of(app).count == 0
        await keys(pilot, "escape")
        assert "nothing matches" not in cells(app)
