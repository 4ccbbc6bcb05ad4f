"""Draws a page on the frozen network, for pictures and tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from zoneinfo import ZoneInfo

from textual.events import Key
from textual.keys import _character_to_key
from textual.pilot import Pilot

from backend.client.mirror import Mirror
from backend.model.resources import Who
from backend.text import set_language
from noc.app import NocApp
from screens import details
from tests.screens.frozen import frozen_mirror

SMALL, LARGE = (80, 24), (160, 48)
LOOKS = (
    ("dark", SMALL, "noc-dark", "en"),
    ("dark", LARGE, "noc-dark", "en"),
    ("light", SMALL, "noc-light", "en"),
    ("light", LARGE, "noc-light", "en"),
    ("sv", SMALL, "noc-dark", "sv"),
)
"""Every page is a picture in each of these: name, size, theme, language."""
LOOK_IDS = [f"{name}-{size[0]}x{size[1]}" for name, size, _, _ in LOOKS]


@asynccontextmanager
async def console(
    mirror: Mirror | None = None,
    *,
    size: tuple[int, int] = SMALL,
    theme: str = "noc-dark",
    language: str = "en",
    client: Any = None,
    **options: Any,
) -> AsyncIterator[tuple[NocApp, Pilot[None]]]:
    """The console on a mirror that stands still. With a client it asks that one, without waiting first."""
    set_language(language)
    app = NocApp(mirror or frozen_mirror(), theme=theme, zone=ZoneInfo("Europe/Stockholm"), **options)
    app.client = client
    app.who = Who(name="Elin Nyberg", rights=["read", "acknowledge", "operate", "operate_hard", "call", "register"])
    rest, details.REST_S = details.REST_S, 0.0
    try:
        async with app.run_test(size=size) as pilot:
            await settle(pilot)
            yield app, pilot
    finally:
        details.REST_S = rest
        set_language("en")


async def settle(pilot: Pilot[None]) -> None:
    """Let all that was asked for arrive, and be drawn."""
    await _pass(pilot)
    await pilot.pause()


async def press(pilot: Pilot[None], *keys: str) -> None:
    """Press keys one after the other, each time until what it asked for is here; then let all be drawn."""
    for key in keys:
        char = key if len(key) == 1 else CHARACTERS.get(key)
        pilot.app.post_message(Key(_character_to_key(key) if len(key) == 1 else key, char))
        await _pass(pilot)
    await settle(pilot)


CHARACTERS = {"space": " ", "colon": ":", "slash": "/", "minus": "-", "question_mark": "?"}


async def _pass(pilot: Pilot[None]) -> None:
    for _ in range(3):
        await pilot.pause(0)
    while any(not worker.is_finished for worker in pilot.app.workers):
        await asyncio.wait_for(pilot.app.workers.wait_for_complete(), 5)
        for _ in range(3):
            await pilot.pause(0)
