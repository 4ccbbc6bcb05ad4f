"""Pictures of Station: overview, its other pages, an offline one, one without a server."""

from __future__ import annotations

import pytest

from tests.screens.asking import asking, keys, rest
from tests.screens.client import StandIn
from tests.screens.draw import LARGE, LOOK_IDS, LOOKS, console, press, settle
from tests.screens.frozen import frozen_mirror


@pytest.mark.parametrize(("name", "size", "theme", "language"), LOOKS, ids=LOOK_IDS)
async def test_station(picture, name, size, theme, language) -> None:
    """One outlet faulted, the other charging: the sentence says why."""
    mirror = frozen_mirror()
    async with console(mirror, size=size, theme=theme, language=language, client=StandIn(mirror)) as (app, pilot):
        app.open("station", "NK-04217", outlet="NK-04217:2")
        await settle(pilot)
        picture(app)


@pytest.mark.parametrize("tab", [1, 2, 3, 5], ids=["sessions", "operations", "config", "link"])
async def test_tabs(picture, tab) -> None:
    """Its other pages."""
    mirror = frozen_mirror()
    async with console(mirror, client=StandIn(mirror)) as (app, pilot):
        app.open("station", "NK-04217")
        await press(pilot, *["tab"] * tab)
        picture(app)


async def test_offline(picture) -> None:
    """What is not known now is a question mark, and the last known state says that it is that."""
    async with console() as (app, pilot):
        app.open("station", "NK-05512")
        await settle(pilot)
        picture(app)


async def test_no_server(picture) -> None:
    """The link is not known either."""
    async with console(frozen_mirror(gone=True), size=LARGE) as (app, pilot):
        app.open("station", "NK-04217", outlet="NK-04217:2")
        await settle(pilot)
        picture(app)


@pytest.mark.parametrize("language", ["en", "sv"])
async def test_quirks(picture, language) -> None:
    """What may be done differently for it, and the form of one trait."""
    async with asking(language=language) as (app, pilot, _):
        app.open("station", "NK-04217")
        await settle(pilot)
        await rest(pilot)
        await keys(pilot, "Q")
        picture(app)
        await keys(pilot, "p")
        picture(app)
