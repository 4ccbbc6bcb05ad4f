"""Pictures of Fleet: live, without a server, on poor terminals."""

from __future__ import annotations

import pytest

from tests.screens.client import StandIn
from tests.screens.draw import LARGE, LOOK_IDS, LOOKS, SMALL, console, press
from tests.screens.frozen import frozen_mirror


@pytest.mark.parametrize(("name", "size", "theme", "language"), LOOKS, ids=LOOK_IDS)
async def test_fleet(picture, name, size, theme, language) -> None:
    """Trouble first, under its site; the cursor on a faulted outlet."""
    mirror = frozen_mirror()
    async with console(mirror, size=size, theme=theme, language=language, client=StandIn(mirror)) as (app, pilot):
        await press(pilot, "j", "j", "j")
        picture(app)


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "160x48"])
async def test_no_server(picture, size) -> None:
    """The server is gone: everything is grey, and says since when."""
    async with console(frozen_mirror(gone=True), size=size) as (app, pilot):
        await press(pilot, "j", "j", "j")
        picture(app)


@pytest.mark.parametrize(
    ("theme", "ascii_only"),
    [("noc-ansi-dark", False), ("noc-ansi-light", False), ("noc-none", False), ("noc-none", True)],
    ids=["16-dark", "16-light", "none", "none-ascii"],
)
async def test_poor(picture, theme, ascii_only) -> None:
    """Sixteen colours, none, and ASCII glyphs say the same."""
    async with console(theme=theme, ascii_only=ascii_only) as (app, pilot):
        await press(pilot, "j", "j", "j")
        picture(app)


async def test_filtered(picture) -> None:
    """A filter shows what passes, grouped as before, and stands above the keys."""
    async with console() as (app, pilot):
        await press(pilot, "slash", *"malmo", "enter")
        picture(app)


async def test_flat(picture) -> None:
    """One list, sorted by name."""
    async with console(size=(120, 30)) as (app, pilot):
        await press(pilot, "N")
        picture(app)


async def test_menu(picture) -> None:
    """What may be done to an outlet, and what not, and why."""
    async with console() as (app, pilot):
        await press(pilot, "j", "j", "j", "x")
        picture(app)


@pytest.mark.parametrize("size", [(60, 20), (80, 10)], ids=["60x20", "80x10"])
async def test_too_small(picture, size) -> None:
    """A message, not a broken screen."""
    async with console(size=size) as (app, _):
        picture(app)
