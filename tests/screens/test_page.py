"""The frame of every page: prompt, filter, going, time, holding, and the server going away."""

from __future__ import annotations

from copy import copy
from datetime import datetime

import pytest

from backend.client.mirror import Lamp, Mirror
from backend.model.clock import HeldClock
from backend.model.resources import Changes, Snapshot
from backend.model.words import Activity
from noc.app import default_theme, unfit
from tests.conftest import cells_of
from tests.screens.client import StandIn
from tests.screens.draw import console, press, settle
from tests.screens.frozen import NOW, ago, frozen_mirror


def tell(mirror: Mirror, **objects) -> None:
    """One message of the feed."""
    assert mirror.apply(Changes(seq=mirror.seq + 1, sent=datetime.now().astimezone(), **objects))


async def test_search_as_you_type() -> None:
    """Each key narrows the list; `esc` clears the filter, then goes back."""
    async with console() as (app, pilot):
        await press(pilot, "slash", *"malm")
        assert "Gävle" not in cells_of(app)
        await press(pilot, "enter")
        assert "filter malm" in cells_of(app)
        await press(pilot, "escape")
        assert "Gävle" in cells_of(app)


async def test_bad_filter_says_where() -> None:
    """A field that does not exist is named, with those there are."""
    async with console() as (app, pilot):
        await press(pilot, "slash", *"colour", "colon", "x", "enter")
        assert "no field 'colour'" in cells_of(app)


async def test_tab_completes_and_enter_does_not() -> None:
    """`tab` goes through what fits; `enter` takes what stands there."""
    async with console() as (app, pilot):
        await press(pilot, "slash", "s", "t", "a", "tab")
        assert "state:" in cells_of(app)
        await press(pilot, *"fau", "tab")
        assert "/state:faulted" in cells_of(app)
        await press(pilot, "enter")
        assert "04217-2" in cells_of(app)
        assert "04219" not in cells_of(app)


async def test_commands() -> None:
    """`:alarms`, `:sort`, an unknown one, and the history by the arrows."""
    async with console() as (app, pilot):
        await press(pilot, "colon", *"sort", "space", "k", "w", "enter")
        assert "sorted by kw" in cells_of(app)
        await press(pilot, "colon", *"alarms", "enter")
        assert cells_of(app).startswith(" Alarms")
        await press(pilot, "colon", *"nonsense", "enter")
        assert "no command 'nonsense'" in cells_of(app)
        await press(pilot, "colon", "up", "up", "enter")
        assert cells_of(app).startswith(" Alarms")
        await press(pilot, "colon", *"station", "space", *"04217", "enter")
        assert "NK-04217  Malmö C P-hus" in cells_of(app)


async def test_going() -> None:
    """Numbers, the one before, and back."""
    async with console() as (app, pilot):
        await press(pilot, "2")
        assert cells_of(app).startswith(" Alarms")
        await press(pilot, "minus")
        assert cells_of(app).startswith(" Fleet")
        await press(pilot, "j", "j", "j", "enter")
        assert cells_of(app).startswith(" Station")
        await press(pilot, "escape")
        assert cells_of(app).startswith(" Fleet")
        await press(pilot, "right_square_bracket")
        assert cells_of(app).startswith(" Alarms")


async def test_fleet_keeps_its_place() -> None:
    """Filter and cursor are where they were when one comes back."""
    async with console() as (app, pilot):
        await press(pilot, "slash", *"malm", "enter", "j", "2", "1")
        assert "filter malm" in cells_of(app)
        assert "▌ 04217-2" in cells_of(app)


async def test_utc() -> None:
    """`t` shows UTC and prints the zone."""
    async with console() as (app, pilot):
        await press(pilot, "t")
        assert "13:32:07 UTC ● live" in cells_of(app)
        await press(pilot, "t")
        assert "14:32:07 ● live" in cells_of(app)


async def test_hold() -> None:
    """`p` holds the picture: changes wait, the header says since when; again, and they are there."""
    mirror = frozen_mirror()
    async with console(mirror) as (app, pilot):
        await press(pilot, "p")
        assert "HELD 14:32:07" in cells_of(app)
        outlet = copy(mirror.outlets["NK-04217:2"])
        outlet.activity = Activity.CHARGING
        tell(mirror, outlets=[outlet])
        app.flush()
        await settle(pilot)
        assert "✖ faulted       0.0   21.4     4m" in cells_of(app)
        await press(pilot, "p")
        assert "✖ faulted       0.0   21.4     4m" not in cells_of(app)


async def test_changes_are_drawn_in_place() -> None:
    """A new value appears at the next flush; rows keep their places while the hand is on the keys."""
    mirror = frozen_mirror()
    async with console(mirror) as (app, pilot):
        await press(pilot, "j", "j", "j")
        before = cells_of(app).splitlines()
        gavle = next(at for at, line in enumerate(before) if "Gävle" in line)
        outlet = copy(mirror.outlets["NK-02118:1"])
        outlet.since, outlet.power_w = ago(), 3_300.0
        tell(mirror, outlets=[outlet])
        app.flush()
        await settle(pilot)
        after = cells_of(app).splitlines()
        assert after[gavle + 1].startswith("  02118-1  ✖ faulted       3.3")
        mirror.clock.advance(4)
        app.second()
        await settle(pilot)
        moved = cells_of(app).splitlines()
        assert moved.index(next(line for line in moved if "04217-2" in line)) == 9
        assert moved.index(next(line for line in moved if "Gävle" in line)) < gavle


async def test_server_goes_and_comes_back() -> None:
    """Grey and a banner while it is away, with since and the next try; live again without a key."""
    mirror = frozen_mirror()
    async with console(mirror) as (app, pilot):
        mirror.set_lamp(Lamp.GONE, next_try=mirror.clock.now() + 4)
        mirror.clock.advance(2)
        app.flush()
        await settle(pilot)
        told = cells_of(app)
        assert "○ NO SERVER since 14:32:07, 2" in told
        assert "again in 2 s" in told
        assert "as of 14:32:07" in told
        assert "99.31" not in told
        mirror.set_lamp(Lamp.LIVE)
        app.flush()
        await settle(pilot)
        assert "NO SERVER" not in cells_of(app)
        assert "● live" in cells_of(app)


async def test_a_lagging_feed_is_the_lamps_business() -> None:
    """Only the lamp tells, and the rest stays."""
    mirror = frozen_mirror()
    async with console(mirror) as (app, pilot):
        mirror.set_lamp(Lamp.BEHIND, lag_s=4)
        app.flush()
        await settle(pilot)
        assert "◐ 4 s behind" in cells_of(app)
        assert "NO SERVER" not in cells_of(app)


async def test_waiting_and_loading() -> None:
    """Before the first picture: what it waits for, then how far the loading is."""
    clock = HeldClock(NOW)
    mirror = Mirror(clock)
    async with console(mirror) as (app, pilot):
        assert "waiting for the server" in cells_of(app)
        clock.advance(5)
        app.second()
        await settle(pilot)
        assert "no answer for 5" in cells_of(app)
        mirror.load(Snapshot(seq=1, part=1, parts=4))
        app.flush()
        await settle(pilot)
        assert "loading the network, 1 of 4 parts" in cells_of(app)
        for part in (2, 3, 4):
            mirror.load(Snapshot(seq=1, part=part, parts=4))
        mirror.set_lamp(Lamp.LIVE)
        app.flush()
        await settle(pilot)
        assert "outlet   state" in cells_of(app)


async def test_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    """`y` sends the id, `Y` the row as JSON; whether it arrived nobody can know."""
    async with console() as (app, pilot):
        sent: list[str] = []
        monkeypatch.setattr(app, "copy_to_clipboard", sent.append)
        await press(pilot, "j", "j", "j", "y", "Y")
        assert sent[0] == "NK-04217:2"
        assert '"outlet":"NK-04217:2"' in sent[1]
        assert "sent to your terminal" in cells_of(app)


async def test_theme_and_language_at_run_time() -> None:
    """`:theme` and `:language`; a wrong one names those there are."""
    async with console() as (app, pilot):
        await press(pilot, "colon", *"theme", "space", *"light", "enter")
        assert app.theme == "noc-light"
        assert app.look.palette.name == "noc-light"
        await press(pilot, "colon", *"theme", "space", *"pink", "enter")
        assert "theme is one of:" in cells_of(app)
        await press(pilot, "colon", *"language", "space", "s", "v", "enter")
        await press(pilot, "colon", *"language", "space", "e", "n", "enter")
        assert cells_of(app).startswith(" Fleet")


async def test_keymap() -> None:
    """A user's key does it; the old one does not; the key line shows the new one."""
    async with console(keymap={"go.alarms": "f5"}) as (app, pilot):
        await press(pilot, "2")
        assert cells_of(app).startswith(" Fleet")
        await press(pilot, "f5")
        assert cells_of(app).startswith(" Alarms")


async def test_resize_keeps_the_cursor() -> None:
    """Another size draws anew, with the same row under the cursor."""
    async with console() as (app, pilot):
        await press(pilot, "j", "j", "j")
        await pilot.resize_terminal(160, 48)
        await settle(pilot)
        assert "▌ 04217-2" in cells_of(app)
        assert "why it will not charge" in cells_of(app)
        await pilot.resize_terminal(80, 24)
        await settle(pilot)
        assert "▌ 04217-2" in cells_of(app)


async def test_quit_asks_when_something_runs() -> None:
    """At the first screen `q` quits; when an operation of one's own runs, it asks first."""
    from backend.model.words import OperationState
    from tests.screens.frozen import operation

    mirror = frozen_mirror()
    running = operation(77, "reset", "NK-04217", OperationState.SENT, ago())
    tell(mirror, operations=[running])
    async with console(mirror, client=StandIn(mirror)) as (app, pilot):
        await press(pilot, "q")
        assert "1 operation still runs." in cells_of(app)
        await press(pilot, "escape", "q", "enter")
        assert app.return_code == 0


async def test_hostile_names_stay_in_their_cells() -> None:
    """A station that calls itself markup and escapes is text like any other."""
    mirror = frozen_mirror()
    outlet = copy(mirror.outlets["NK-04217:2"])
    outlet.label = "[red]x\u202e\x1b[2J"
    tell(mirror, outlets=[outlet])
    async with console(mirror) as (app, _):
        told = cells_of(app)
        assert "\x1b" not in told
        assert "\u202e" not in told
        assert len(told.splitlines()) == 24


def test_terminals_that_cannot_draw() -> None:
    """One clear line instead of a broken screen."""
    assert unfit({"TERM": "xterm"}, "utf-8") is None
    assert "TERM=dumb" in (unfit({"TERM": "dumb"}, "utf-8") or "")
    assert "LC_ALL" in (unfit({"TERM": "xterm"}, "latin-1") or "")
    assert "ssh -t" in (unfit({"TERM": "xterm"}, "utf-8", terminal=False) or "")


def test_theme_to_begin_with() -> None:
    """Sixteen colours over SSH, none with NO_COLOR, all of them else."""
    assert default_theme({}) == "noc-dark"
    assert default_theme({"SSH_CONNECTION": "1"}) == "noc-ansi-dark"
    assert default_theme({"SSH_CONNECTION": "1", "NO_COLOR": "1"}) == "noc-none"


async def test_find_a_callers_outlet_from_anywhere() -> None:
    """`c` searches the whole fleet, wherever one is."""
    async with console() as (app, pilot):
        await press(pilot, "2", "c", *"03390")
        assert cells_of(app).startswith(" Fleet")
        assert "/03390" in cells_of(app)
        assert "Gävle" not in cells_of(app)
        await press(pilot, "enter", "j", "enter")
        assert "NK-03390  Uppsala Resecentrum" in cells_of(app)


async def test_palette_offers_our_screens() -> None:
    """ctrl+p shows what we have, and none of Textual's own themes."""
    async with console() as (app, _):
        titles = [command.title for command in app.get_system_commands(app.screen)]
        assert titles == ["Fleet", "Alarms", "Sessions", "Uptime", "Operations", "System", "Keys", "Quit"]
