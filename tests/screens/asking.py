"""The console on the frozen network with a client that answers; keys, prompts and waiting for what they cause."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from textual.app import App
from textual.pilot import Pilot

import screens.past_page
import screens.sessions
import screens.system
import screens.uptime
from noc.app import NocApp
from screens.page import Page
from tests.screens.draw import SMALL, console
from tests.screens.frozen_client import FrozenClient, frozen_pair
from widgets.lines import Lines


@asynccontextmanager
async def asking(
    size: tuple[int, int] = SMALL, theme: str = "noc-dark", language: str = "en", **options: Any
) -> AsyncIterator[tuple[NocApp, Pilot[None], FrozenClient]]:
    """The console on the frozen network with its client; nothing waits for the hand to rest."""
    mirror, client = frozen_pair()
    modules = (screens.past_page, screens.sessions, screens.uptime, screens.system)
    waits = [module.WAIT_S for module in modules]
    for module in modules:
        module.WAIT_S = 0.001
    try:
        async with console(mirror, size=size, theme=theme, language=language, client=client, **options) as (app, pilot):
            yield app, pilot, client
    finally:
        for module, wait in zip(modules, waits, strict=True):
            module.WAIT_S = wait


def cells(app: App[Any]) -> str:
    """The screen as text: one line each, without blanks at its end."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips) + "\n"


async def rest(pilot: Pilot[None]) -> None:
    """Let what waits for the hand to rest be asked, and be drawn."""
    for _ in range(4):
        await asyncio.sleep(0.003)
        await asyncio.wait_for(pilot.app.workers.wait_for_complete(), 5)
    for _ in range(100):
        if _drawn(pilot.app):
            break
        await asyncio.sleep(0.01)
    await pilot.pause()


def _drawn(app: App[Any]) -> bool:
    """Whether the page in front has been drawn once."""
    page = app.screen
    return not isinstance(page, Page) or any(lines.lines for lines in page.query("#keys").results(Lines))


async def keys(pilot: Pilot[None], *names: str) -> None:
    """Press keys one after the other; what they ask for arrives in between."""
    for name in names:
        await pilot.press(name)
        await asyncio.wait_for(pilot.app.workers.wait_for_complete(), 5)
    await rest(pilot)


async def typed(pilot: Pilot[None], sign: str, text: str) -> None:
    """Open a prompt with its key, type a line, and give it."""
    await pilot.press(sign)
    await pilot.pause()
    await pilot.press(*({" ": "space"}.get(char, char) for char in text), "enter")
    await rest(pilot)
