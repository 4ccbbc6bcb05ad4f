"""Pictures of the dialog before harm, and of the help screen."""

from __future__ import annotations

import pytest

from backend.model.resources import LiveCharge, Question
from backend.model.words import OperationState
from tests.screens.client import StandIn
from tests.screens.draw import LARGE, LOOK_IDS, LOOKS, console, press
from tests.screens.frozen import ago, frozen_mirror


def hard_reset() -> Question:
    """What a hard reset of the post in Malmö would end."""
    return Question(
        operation="reset",
        target="NK-04217",
        station="NK-04217",
        ends=[
            LiveCharge(
                outlet="NK-04217:1",
                label="04217-1",
                session="s-1",
                id_token="71••••••3B",
                minutes=38,
                energy_wh=6_800,
                power_w=11_000,
            )
        ],
        must_type="NK-04217",
        advice="unlock",
        worked=83,
        tried=88,
        median_s=71,
        last_here=ago(days=8, hours=2),
        last_result=OperationState.PROVED,
    )


@pytest.mark.parametrize(("name", "size", "theme", "language"), LOOKS, ids=LOOK_IDS)
async def test_hard_reset(picture, name, size, theme, language) -> None:
    """Whose charge ends, how long it has run, what it usually does; the id half typed, so `enter` is faint."""
    mirror = frozen_mirror()
    client = StandIn(mirror)
    client.questions["reset", "NK-04217"] = hard_reset()
    async with console(mirror, size=size, theme=theme, language=language, client=client) as (app, pilot):
        await press(pilot, "j", "j", "j", "x", "R")
        await press(pilot, *"plug stuck and driver waits")
        await press(pilot, "tab", "N", "K")
        picture(app)


@pytest.mark.parametrize("size", [(80, 24), LARGE], ids=["80x24", "160x48"])
async def test_help(picture, size) -> None:
    """The keys of Fleet, made from its bindings."""
    async with console(size=size) as (app, pilot):
        await press(pilot, "question_mark")
        picture(app)
