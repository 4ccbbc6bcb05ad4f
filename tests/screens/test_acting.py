"""Acting: nothing goes out by one key, harm is named and asked for, the outcome comes back as a line."""

from __future__ import annotations

from copy import copy
from datetime import datetime

from backend.model.errors import Conflict
from backend.model.resources import Changes, LiveCharge, Question
from backend.model.words import OperationState
from screens.alarm_acting import read_span
from screens.form import Form
from screens.menu import Menu
from tests.conftest import cells_of
from tests.screens.asking import asking, cells, keys
from tests.screens.client import StandIn
from tests.screens.draw import console, press, settle
from tests.screens.frozen import frozen_mirror, operation


def question(must_type: str | None = None) -> Question:
    """A reset that would end one charge."""
    charge = LiveCharge(
        outlet="NK-04217:1",
        label="04217-1",
        session="s-1",
        id_token="71••••••3B",
        minutes=38,
        energy_wh=6_800,
        power_w=11_000,
    )
    return Question(operation="reset", target="NK-04217", station="NK-04217", ends=[charge], must_type=must_type)


async def test_enter_does_nothing_until_all_is_given() -> None:
    """A hard reset under a charge: reason first, then the id; only then it is sent, with what was typed."""
    mirror = frozen_mirror()
    client = StandIn(mirror)
    client.questions["reset", "NK-04217"] = question("NK-04217")
    async with console(mirror, client=client) as (app, pilot):
        await press(pilot, "j", "j", "j", "x", "R", "enter", "enter")
        assert isinstance(app.screen, Form)
        await press(pilot, *"frozen", "enter", *"NK-0421", "enter")
        assert isinstance(app.screen, Form)
        assert [what[0] for what in client.asked] == ["ask"]
        await press(pilot, "7", "enter")
        assert client.asked[-1][:3] == ("operate", "reset", "NK-04217")
        given = client.asked[-1][3]
        assert given == {"parameters": {"hard": True}, "reason": "frozen", "yes": True, "typed": "NK-04217"}
        assert "waits for its turn" in cells_of(app)


async def test_leaving_sends_nothing() -> None:
    """`esc` at any point, and the line says so."""
    mirror = frozen_mirror()
    client = StandIn(mirror)
    async with console(mirror, client=client) as (app, pilot):
        await press(pilot, "j", "j", "j", "x", "escape")
        await press(pilot, "x", "r", *"reason", "escape")
        assert [what[0] for what in client.asked] == ["ask"]
        assert "nothing was sent" in cells_of(app)


async def test_a_pasted_newline_presses_nothing() -> None:
    """Pasted text becomes one line of the field."""
    mirror = frozen_mirror()
    client = StandIn(mirror)
    async with console(mirror, client=client) as (app, pilot):
        await press(pilot, "j", "j", "j", "x", "R")
        form = app.screen
        assert isinstance(form, Form)
        from textual.events import Paste

        form.on_paste(Paste("stuck\nreset now\n\x1b[31m"))
        await settle(pilot)
        assert app.screen is form
        assert form.fields[0].value.startswith("stuck reset now")
        assert "\x1b" not in form.fields[0].value
        assert [what[0] for what in client.asked] == ["ask"]


async def test_outcome_becomes_the_result_line() -> None:
    """What was begun here is told when it ends, with its proof; what others did is not."""
    mirror = frozen_mirror()
    client = StandIn(mirror)
    async with console(mirror, client=client) as (app, pilot):
        await press(pilot, "j", "j", "j", "x", "u", "enter")
        assert client.asked[-1][:3] == ("operate", "unlock", "NK-04217:2")
        done = operation(
            900, "unlock", "NK-04217:2", OperationState.PROVED, datetime.now().astimezone(), proof="let go after 2 s"
        )
        other = copy(done)
        other.id, other.proof = "901", "somebody else's"
        mirror.apply(Changes(seq=mirror.seq + 1, sent=datetime.now().astimezone(), operations=[other, done]))
        app.flush()
        await settle(pilot)
        assert "unlock 04217-2  ✓ proved: let go after 2 s" in cells_of(app)


async def test_more_than_one_target_is_counted_and_typed() -> None:
    """Two marked outlets of two posts: the list, and the count to type."""
    mirror = frozen_mirror()
    client = StandIn(mirror)
    async with console(mirror, client=client) as (app, pilot):
        await press(pilot, "j", "j", "j", "space", "j", "j", "space", "x", "r")
        assert "2 posts" in cells_of(app)
        await press(pilot, *"why", "enter", "3", "enter")
        assert isinstance(app.screen, Form)
        await press(pilot, "backspace", "2", "enter")
        sent = [what[2] for what in client.asked if what[0] == "operate"]
        assert sent == ["NK-04217", "NK-02118"]


async def test_menu_says_why_not() -> None:
    """No charge to stop; an offline post takes nothing: the key is greyed and says why."""
    mirror = frozen_mirror()
    client = StandIn(mirror)
    async with console(mirror, client=client) as (app, pilot):
        await press(pilot, "j", "j", "j", "x")
        assert "no charge runs here" in cells_of(app)
        await press(pilot, "s")
        assert isinstance(app.screen, Menu)
        assert "not now: no charge runs here" in cells_of(app)
        assert client.asked == []


async def test_read_only_acts_on_nothing() -> None:
    """Keys that change something are greyed, and say why when they are pressed."""
    mirror = frozen_mirror()
    client = StandIn(mirror)
    async with console(mirror, client=client, read_only=True) as (app, pilot):
        await press(pilot, "j", "j", "j", "x")
        assert not isinstance(app.screen, Menu)
        assert "this console is read-only" in cells_of(app)
        await press(pilot, "2", "a", "o", "m")
        assert client.asked == []


async def test_no_server_acts_on_nothing() -> None:
    """Without a server nothing is sent, and the line says what it waits for."""
    mirror = frozen_mirror(gone=True)
    client = StandIn(mirror)
    async with console(mirror, client=client) as (app, pilot):
        await press(pilot, "j", "j", "j", "x")
        assert "waits for the server" in cells_of(app)
        assert client.asked == []


async def test_acknowledge_and_take_back() -> None:
    """`a` acknowledges; again within ten seconds takes it back, later it does not."""
    mirror = frozen_mirror()
    client = StandIn(mirror)
    async with console(mirror, client=client) as (app, pilot):
        await press(pilot, "2", "j", "j", "a")
        assert client.asked == [("acknowledge", "2")]
        assert "acknowledged 04217-2 Malmö C P-hus  a again takes it back, 10 s" in cells_of(app)
        await press(pilot, "a")
        assert client.asked[-1] == ("take_back", "2")
        await press(pilot, "a")
        mirror.clock.advance(11)
        await press(pilot, "a")
        assert [what[0] for what in client.asked] == ["acknowledge", "take_back", "acknowledge", "acknowledge"]


async def test_own_note_and_shelve() -> None:
    """An owner, a line in the history, a time and a reason."""
    mirror = frozen_mirror()
    client = StandIn(mirror)
    async with console(mirror, client=client) as (app, pilot):
        await press(pilot, "2", "j", "j", "o")
        assert client.asked[-1] == ("own", "2", "Elin Nyberg")
        await press(pilot, "n", "enter", *"pushed", "enter")
        assert client.asked[-1] == ("note", "2", "pushed")
        await press(pilot, "m", "enter", *"rebuilding", "enter")
        assert client.asked[-1] == ("shelve", "2", 7_200.0, "rebuilding")
        await press(pilot, "k", "k", "m")
        assert "an S1 cannot be shelved" in cells_of(app)


def test_read_span() -> None:
    """Minutes, hours; nonsense is none."""
    assert read_span("30m") == 1_800
    assert read_span("1,5h") == 5_400
    assert read_span("90") == 5_400
    assert read_span("soon") is None
    assert read_span("-1h") is None


async def test_a_charge_that_begins_meanwhile_is_asked_about() -> None:
    """Nothing was at stake when the menu was opened; when it is sent there is: the server asks, and so do we."""
    mirror = frozen_mirror()
    client = StandIn(mirror)
    async with console(mirror, client=client) as (app, pilot):
        await press(pilot, "j", "j", "j", "x", "r")
        client.refuse_once = Conflict("confirmation_needed", "one charge", detail=question())
        await press(pilot, "enter")
        assert isinstance(app.screen, Form)
        assert "This ends 1 live charge." in cells_of(app)
        await press(pilot, "enter", *"agreed", "enter")
        given = [what[3] for what in client.asked if what[0] == "operate"]
        assert [entry["yes"] for entry in given] == [False, True]


async def test_all_operations_come_from_the_server() -> None:
    """Behind `o` stands the server's catalogue; its parameters become fields, JSON is checked here."""
    mirror = frozen_mirror()
    client = StandIn(mirror)
    async with console(mirror, client=client) as (app, pilot):
        await press(pilot, "j", "j", "j", "x", "o")
        assert "any OCPP call" in cells_of(app)
        await press(pilot, "j", "enter")
        await press(pilot, *"Reset", "tab", *"{oops", "enter")
        assert "payload is no JSON" in cells_of(app)
        await press(pilot, "x", "o", "j", "enter", *"Reset", "tab", *'{"type":"Soft"}', "enter")
        assert client.asked[-1][:3] == ("operate", "call", "NK-04217")
        assert client.asked[-1][3]["parameters"] == {"action": "Reset", "payload": {"type": "Soft"}}


async def test_a_form_with_fields_does_not_promise_that_no_charge_ends() -> None:
    """What it ends hangs on what is typed: the server is asked when it is known. Outlets go by their stickers."""
    async with asking() as (app, pilot, _):
        await keys(pilot, "slash", *"04217", "enter", "j", "space", "space")
        assert "filter 04217  2 rows marked" in cells(app)
        await keys(pilot, "x", "v")
        assert "A charge that would end is asked about before it is sent." in cells(app)
        assert "This ends no charge." not in cells(app)
        assert "NK-04217:" not in cells(app)


async def test_a_time_that_is_none_keeps_the_form_and_the_reason() -> None:
    """`enter` goes back to the field; what else was typed stands."""
    async with asking() as (app, pilot, client):
        await keys(pilot, "2", "j")
        await keys(pilot, "m", *"x", "tab", *"rebuilding", "enter")
        form = app.screen
        assert isinstance(form, Form)
        assert form.at == 0
        await keys(pilot, "backspace", "enter")
        assert [what for what in client.asked if what[0] == "shelve"][-1][2:] == (7_200.0, "rebuilding")
