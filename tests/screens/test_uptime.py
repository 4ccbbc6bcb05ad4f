"""Uptime: what the keys and commands do."""

from __future__ import annotations

import csv
from pathlib import Path

from backend.model.errors import Invalid
from screens.sessions import SessionsPage
from screens.uptime import CSV_HEAD, WORST, UptimePage
from tests.screens.asking import asking, cells, keys, rest, typed


def page_of(app: object) -> UptimePage:
    """The page in front."""
    found = app.screen  # type: ignore[attr-defined]
    assert isinstance(found, UptimePage)
    return found


async def test_the_goal_is_the_servers() -> None:
    """A network that promises more has not kept it."""
    async with asking() as (app, pilot, client):
        vitals = await client.system()
        vitals.settings["uptime_goal_pct"] = "99.9"

        async def system() -> object:
            return vitals

        client.system = system  # type: ignore[method-assign]
        await keys(pilot, "4")
        assert "✖ not kept" in cells(app)
        assert "goal 99.90" in cells(app)


async def test_the_worst_are_asked_for_not_all() -> None:
    """60,000 outlets are counted on the server; the list holds the worst of them."""
    async with asking() as (app, pilot, client):
        limits = []
        plain = client.uptime

        async def uptime(**given: object) -> object:
            limits.append((given.get("by"), given.get("limit", 0)))
            return await plain(**given)  # type: ignore[arg-type]

        client.uptime = uptime  # type: ignore[method-assign, assignment]
        await keys(pilot, "4")
        assert ("outlet", WORST) in limits
        assert page_of(app).table.rows[0] == "NK-09011:1"


async def test_another_formula() -> None:
    """Counted anew, and said so."""
    async with asking() as (app, pilot, _):
        await keys(pilot, "4")
        await typed(pilot, "colon", "formula optimistic")
        assert page_of(app).told.formula == "optimistic"
        assert "99.64" in cells(app)
        assert "optimistic formula" in cells(app)


async def test_a_formula_that_does_not_exist() -> None:
    """The server's word about it is shown, the figures stay."""
    async with asking() as (app, pilot, client):
        await keys(pilot, "4")
        client.fails = Invalid("bad_formula", "There is no formula 'lucky'.", "There are strict, uk.")
        await typed(pilot, "colon", "formula lucky")
        assert "There is no formula 'lucky'." in cells(app)
        assert page_of(app).told.formula == "strict"


async def test_export_is_a_csv_without_formulas(tmp_path: Path) -> None:
    """Every row of the list, and nothing that a spreadsheet runs."""
    async with asking() as (app, pilot, client):
        await keys(pilot, "4")
        rows = await client.uptime(by="outlet")
        rows[0].label = "=1+1"

        async def uptime(**_: object) -> object:
            return rows

        client.uptime = uptime  # type: ignore[method-assign, assignment]
        path = tmp_path / "u.csv"
        page_of(app).command(["export", str(path)])
        await rest(pilot)
        read = list(csv.DictReader(path.read_text().splitlines()))
        assert tuple(read[0]) == CSV_HEAD
        assert read[0]["label"] == "'=1+1"
        assert len(read) == len(rows)
        assert "10 rows" in cells(app)


async def test_timeline_and_explanation_close_again() -> None:
    """By the same key, or by esc."""
    async with asking() as (app, pilot, client):
        await keys(pilot, "4", "enter")
        assert page_of(app).opened == "timeline"
        assert ("intervals", "NK-09011:1") in client.asked
        assert "counts" in cells(app)
        await keys(pilot, "d")
        assert "uptime = up / (up + lost)" in cells(app)
        await keys(pilot, "escape")
        assert page_of(app).opened == ""
        assert isinstance(app.screen, UptimePage)


async def test_enter_on_a_site_leads_to_its_outlets() -> None:
    """Those of the site under the cursor; `esc` shows all again."""
    async with asking() as (app, pilot, _):
        await keys(pilot, "4", "tab")
        page = page_of(app)
        row = page.row()
        assert row is not None
        site = page.site_of(row)
        assert site is not None
        await keys(pilot, "enter")
        assert page.mode == "outlet"
        assert page.filter_text == f'site:"{site.name}"'
        assert {app.mirror.outlets[key].site for key in page.table.rows if key in app.mirror.outlets} <= {site.id}
        await keys(pilot, "escape")
        assert not page.filter_text


async def test_a_filter_keeps_the_rows_that_pass() -> None:
    """At once here, and then counted by the server."""
    async with asking() as (app, pilot, client):
        await keys(pilot, "4")
        await typed(pilot, "slash", "site:kungens")
        assert list(page_of(app).table.rows) == ["NK-01450:1", "NK-01450:2"]
        assert any(what == "uptime" and detail[3] == "site:kungens" for what, detail in client.asked)


async def test_the_other_end_of_the_list() -> None:
    """`O` turns it round."""
    async with asking() as (app, pilot, _):
        await keys(pilot, "4", "O")
        assert page_of(app).table.rows[0] == "NK-04217:2"


async def test_s_goes_to_the_sessions_of_the_outlet() -> None:
    """With its filter."""
    async with asking() as (app, pilot, _):
        await keys(pilot, "4", "s")
        assert isinstance(app.screen, SessionsPage)
        assert app.screen.filter_text == 'outlet:"NK-09011:1"'
