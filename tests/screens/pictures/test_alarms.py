"""Pictures of Alarms: the folded list, one alarm in full, the load."""

from __future__ import annotations

import pytest

from tests.screens.client import StandIn
from tests.screens.draw import LOOK_IDS, LOOKS, console, press
from tests.screens.frozen import frozen_mirror


@pytest.mark.parametrize(("name", "size", "theme", "language"), LOOKS, ids=LOOK_IDS)
async def test_alarms(picture, name, size, theme, language) -> None:
    """What nobody has acknowledged comes first; the detail tells why, the harm, and what next."""
    mirror = frozen_mirror()
    async with console(mirror, size=size, theme=theme, language=language, client=StandIn(mirror)) as (app, pilot):
        await press(pilot, "2", "j", "j")
        picture(app)


async def test_quiet(picture) -> None:
    """No alarm at all: nothing waits for a person."""
    mirror = frozen_mirror()
    mirror.alarms.clear()
    mirror.totals.alarms, mirror.totals.unacknowledged = {}, {}
    async with console(mirror) as (app, pilot):
        await press(pilot, "2")
        picture(app)
