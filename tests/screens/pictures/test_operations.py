"""Pictures of Operations: what runs, what was proved, what had no effect."""

from __future__ import annotations

import pytest

from tests.screens.asking import asking, keys
from tests.screens.draw import LOOK_IDS, LOOKS


@pytest.mark.parametrize(("name", "size", "theme", "language"), LOOKS, ids=LOOK_IDS)
async def test_operations(picture, name, size, theme, language) -> None:
    """The steps of the one under the cursor, and what it still waits for."""
    async with asking(size, theme, language) as (app, pilot, _):
        await keys(pilot, "5")
        picture(app)


async def test_steps(picture) -> None:
    """All steps of an unlock that was taken back, with what was asked and answered."""
    async with asking() as (app, pilot, _):
        await keys(pilot, "5", "j", "j", "enter")
        picture(app)
