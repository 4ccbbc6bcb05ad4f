"""Pictures of Uptime: the promise, the worst, a timeline, every minute explained."""

from __future__ import annotations

import pytest

from tests.screens.asking import asking, keys
from tests.screens.draw import LARGE, LOOK_IDS, LOOKS, SMALL


@pytest.mark.parametrize(("name", "size", "theme", "language"), LOOKS, ids=LOOK_IDS)
async def test_uptime(picture, name, size, theme, language) -> None:
    """The figure, the budget, lost minutes with their goal, the worst outlets."""
    async with asking(size, theme, language) as (app, pilot, _):
        await keys(pilot, "4", "j")
        picture(app)


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "160x48"])
async def test_opened(picture, size) -> None:
    """The timeline of one outlet; where every minute went; the sites: in this order."""
    async with asking(size) as (app, pilot, _):
        await keys(pilot, "4", "j", "enter")
        picture(app)
        await keys(pilot, "d")
        picture(app)
        await keys(pilot, "tab")
        picture(app)
