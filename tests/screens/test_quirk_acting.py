"""`Q` on a station's page: what is done differently for it or its model."""

from __future__ import annotations

import pytest

from backend.model.quirk import Trait, read_value
from backend.text import language, set_language
from backend.text.quirks import trait_name
from screens.form import Form
from screens.menu import Menu
from screens.quirk_acting import KEYS
from tests.screens.asking import asking, cells, keys


async def test_a_trait_is_set_for_the_station() -> None:
    """The menu says how each trait stands and whose word it is; the form sends the value, and the line tells it."""
    async with asking() as (app, pilot, client):
        app.open("station", "NK-04217")
        await keys(pilot, "Q")
        assert isinstance(app.screen, Menu)
        assert "is not pinged, set for the model by samira" in cells(app)
        assert "local clock" in cells(app)
        await keys(pilot, "w")
        assert isinstance(app.screen, Form)
        assert "now: as every other" in cells(app)
        await keys(pilot, "3", "0", "enter")
        assert client.asked[-1] == ("put_quirk", ("settle_s", "30", {"refused": False, "station": "NK-04217"}))
        assert "no call for 30 s after its boot: set" in cells(app)


async def test_a_trait_of_the_model_is_refused_or_taken_out() -> None:
    """The model is named; no value is sent with it."""
    async with asking() as (app, pilot, client):
        app.open("station", "NK-04217")
        station = app.mirror.stations["NK-04217"]
        model = {"vendor": station.vendor, "model": station.model}
        await keys(pilot, "Q", "p", "tab", "right", "tab", "right", "enter")
        assert client.asked[-1] == ("put_quirk", ("ping", None, {"refused": True, **model}))
        assert "pings: refused" in cells(app)
        await keys(pilot, "Q", "p", "tab", "right", "tab", "left", "enter")
        assert client.asked[-1] == ("put_quirk", ("ping", None, {"refused": False, **model}))
        assert "pings: taken out" in cells(app)


async def test_nothing_is_sent_without_a_value_or_when_it_is_left() -> None:
    """The line says what is missing."""
    async with asking() as (app, pilot, client):
        app.open("station", "NK-04217")
        await keys(pilot, "Q", "z", "enter")
        assert "local clock needs a value" in cells(app)
        await keys(pilot, "Q", "escape")
        await keys(pilot, "Q", "z", "escape")
        assert not any(what == "put_quirk" for what, _ in client.asked)


async def test_who_may_not_change_the_register_is_told_so() -> None:
    """The server is not even asked."""
    async with asking(read_only=True) as (app, pilot, client):
        app.open("station", "NK-04217")
        await keys(pilot, "Q")
        assert "not now, this console is read-only" in cells(app)
        assert not any(what == "station_quirks" for what, _ in client.asked)


@pytest.mark.parametrize("spoken", ["en", "sv"])
def test_every_trait_has_a_key_and_a_name(spoken: str) -> None:
    """No two share a key, none takes those that move in the menu; the names fit their column."""
    assert set(KEYS) == set(Trait)
    assert len(set(KEYS.values())) == len(KEYS)
    assert not set(KEYS.values()) & {"j", "k", "q"}
    before = language()
    set_language(spoken)
    try:
        assert [name for name in map(trait_name, Trait) if "_" in name or len(name) > 19] == []
    finally:
        set_language(before)


def test_the_choices_of_the_form_are_values() -> None:
    """What the arrows go through is what the server takes."""
    assert read_value(Trait.PING, "on") == "on"
    assert read_value(Trait.PIN_VERSION, "2.0.1") == "2.0.1"
