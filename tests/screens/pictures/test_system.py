"""Pictures of System: the server, the door, the register, an import."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from screens.system import SystemPage
from screens.system_server import Sample
from tests.screens.asking import asking, keys, rest, typed
from tests.screens.draw import LARGE, LOOK_IDS, LOOKS, SMALL
from tests.screens.frozen import NOW

TABS = ("waiting", "quarantine", "sites", "stations", "outlets", "tokens", "security", "audit")


@pytest.mark.parametrize(("name", "size", "theme", "language"), LOOKS, ids=LOOK_IDS)
async def test_system(picture, name, size, theme, language) -> None:
    """Whether our own house is in order: the sentence, the figures and how they went."""
    async with asking(size, theme, language) as (app, pilot, _):
        await keys(pilot, "7")
        page = app.screen
        assert isinstance(page, SystemPage)
        page.samples = [
            Sample(NOW - 3 * at, 812 + 60 * math.sin(at / 3), 0.8 + at % 5 / 4, 3.1 + at % 3, 12 + at % 7)
            for at in range(40)
        ]
        page.rearrange()
        page.draw_all()
        await rest(pilot)
        picture(app)


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "160x48"])
async def test_tabs(picture, size) -> None:
    """Who waits at the door, who could not be served, sites, stations, outlets, tokens, who did what: in this order."""
    async with asking(size) as (app, pilot, _):
        await keys(pilot, "7")
        for _tab in TABS:
            await keys(pilot, "tab")
            picture(app)


async def test_change(picture) -> None:
    """An entry of the register is changed in a form."""
    async with asking() as (app, pilot, _):
        await keys(pilot, "7", "tab", "tab", "tab", "j", "e")
        picture(app)


async def test_import(picture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file with a bad row: nothing was taken, and the row is named."""
    monkeypatch.chdir(tmp_path)
    Path("posts.csv").write_text("bad")
    async with asking() as (app, pilot, _):
        await keys(pilot, "7")
        await typed(pilot, "colon", "check posts.csv")
        picture(app)


@pytest.mark.parametrize(("language", "size"), [("en", SMALL), ("sv", SMALL), ("en", LARGE)])
async def test_security_acts(picture, language, size) -> None:
    """The menu behind `x` on the page security, and the dialog of a move."""
    async with asking(size, "noc-dark", language) as (app, pilot, _):
        await keys(pilot, "7", *["tab"] * (1 + TABS.index("security")), *"jjjjj", "x")
        picture(app)
        await keys(pilot, "p")
        picture(app)
