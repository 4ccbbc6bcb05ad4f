"""Pictures of Trace: calls with their answers, and what they mean."""

from __future__ import annotations

import pytest

from tests.screens.asking import asking, keys, rest
from tests.screens.draw import LOOK_IDS, LOOKS


@pytest.mark.parametrize(("name", "size", "theme", "language"), LOOKS, ids=LOOK_IDS)
async def test_trace(picture, name, size, theme, language) -> None:
    """An unlock that was answered, and taken back half a minute later."""
    async with asking(size, theme, language) as (app, pilot, _):
        app.open("trace", "NK-04217")
        await rest(pilot)
        await keys(pilot, "j", "j")
        picture(app)


async def test_unfolded(picture) -> None:
    """The payload in full, one field a line."""
    async with asking() as (app, pilot, _):
        app.open("trace", "NK-04217")
        await rest(pilot)
        await keys(pilot, "j", "enter")
        picture(app)
