"""Pictures of Sessions: the list, what the cursor stands on, a filter."""

from __future__ import annotations

import pytest

from tests.screens.asking import asking, keys, rest, typed
from tests.screens.draw import LOOK_IDS, LOOKS


@pytest.mark.parametrize(("name", "size", "theme", "language"), LOOKS, ids=LOOK_IDS)
async def test_sessions(picture, name, size, theme, language) -> None:
    """Live and past ones, newest first; below or beside them what the cursor stands on."""
    async with asking(size, theme, language) as (app, pilot, _):
        await keys(pilot, "3", "j")
        picture(app)


async def test_filtered(picture) -> None:
    """By site and by how it ended; the filter stands above the keys."""
    async with asking() as (app, pilot, _):
        await keys(pilot, "3")
        await typed(pilot, "slash", "state:ended reason:power")
        await rest(pilot)
        picture(app)
