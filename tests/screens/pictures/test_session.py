"""Pictures of Session: a fast charge, a slow one with a hole in its curve, one that ended badly."""

from __future__ import annotations

import pytest

from backend.model.words import SessionState
from tests.screens.asking import asking, keys, rest
from tests.screens.draw import LARGE, LOOK_IDS, LOOKS, SMALL
from tests.screens.frozen_sessions import HERO


@pytest.mark.parametrize(("name", "size", "theme", "language"), LOOKS, ids=LOOK_IDS)
async def test_session(picture, name, size, theme, language) -> None:
    """Power as an area, battery and energy as lines, one time axis; the sentence says who sets the pace."""
    async with asking(size, theme, language) as (app, pilot, _):
        app.open("session", HERO)
        await rest(pilot)
        picture(app)


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "160x48"])
async def test_ended(picture, size) -> None:
    """Three phases, a stretch without readings, and the post lost its power."""
    async with asking(size) as (app, pilot, client):
        found = next(
            s for s in client.held if s.state is SessionState.ENDED and s.stop_reason == "PowerLoss" and s.current_a
        )
        app.open("session", found.id)
        await rest(pilot)
        picture(app)


async def test_zoomed(picture) -> None:
    """The curve alone, as large as the terminal."""
    async with asking() as (app, pilot, _):
        app.open("session", HERO)
        await keys(pilot, "z")
        picture(app)


async def test_ascii(picture) -> None:
    """Without colour and without symbols beyond ASCII."""
    async with asking(theme="noc-none", ascii_only=True) as (app, pilot, _):
        app.open("session", HERO)
        await rest(pilot)
        picture(app)
