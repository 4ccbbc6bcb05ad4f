"""Alarms: the folded list, what stands behind one alarm, where its keys lead."""

from __future__ import annotations

from copy import copy
from datetime import datetime
from zoneinfo import ZoneInfo

from backend.model.filter import Subject, parse
from backend.model.resources import Changes
from backend.model.words import AlarmState, Severity
from screens.alarm_detail import per_hour
from screens.alarm_rows import AlarmRows, more_line, what_words
from screens.alarm_story import because, folded, harm, next_steps
from tests.conftest import cells_of
from tests.screens.asking import asking, cells, keys, rest, typed
from tests.screens.client import StandIn
from tests.screens.draw import console, press, settle
from tests.screens.frozen import NOW, ago, alarm, frozen_mirror

ZONE = ZoneInfo("Europe/Stockholm")


def test_sections_by_acknowledgement() -> None:
    """Not acknowledged first, the worst and newest on top; then acknowledged, returned, shelved."""
    rows = AlarmRows(frozen_mirror())
    order = rows.arrange(gaps=False)
    heads = [row for row in order if row.startswith("§")]
    assert heads == ["§head:open", "§head:acknowledged", "§head:returned", "§head:shelved"]
    assert order[1:6] == ["1", "4", "2", "3", "5"]
    assert rows.counts == {"open": 5, "acknowledged": 8, "returned": 2, "shelved": 2, "suppressed": 0}


def test_what_another_alarm_tells_is_folded() -> None:
    """Members of a dark site are one line until somebody wants to see them."""
    mirror = frozen_mirror()
    for number in range(12):
        child = alarm(
            100 + number, Severity.S2, "offline", f"NK-{number}", ago(minutes=11), state=AlarmState.SUPPRESSED
        )
        mirror.alarms[child.id] = child
    rows = AlarmRows(mirror)
    assert rows.arrange(gaps=False)[-1] == "more:suppressed:12"
    rows.open.add("suppressed")
    assert rows.arrange(gaps=False)[-12:] == [str(100 + number) for number in range(12)]


def test_filter_and_worst_only() -> None:
    """The filter's grammar; `!` leaves S1 and S2."""
    rows = AlarmRows(frozen_mirror())
    rows.filter = parse("site:malmö", Subject.ALARM)
    assert [row for row in rows.arrange(gaps=False) if not row.startswith("§")] == ["2"]
    rows.filter = parse("", Subject.ALARM)
    rows.worst_only = True
    mirror = rows.mirror
    left = [mirror.alarms[row] for row in rows.arrange(gaps=False) if not row.startswith("§")]
    assert {found.severity for found in left} == {Severity.S1, Severity.S2}


def test_words_of_what_became_of_it() -> None:
    """A shelved one says until when, a returned one since when."""
    mirror = frozen_mirror()
    assert what_words(mirror.alarms["16"], NOW, ZONE) == "card reader dead, until 18:00"
    assert what_words(mirror.alarms["15"], NOW, ZONE) == "offline, gone 13:41"


def test_because() -> None:
    """What led to it, in order: the charge, the fault, what was tried; the same things together."""
    mirror = frozen_mirror()
    events = because(mirror, mirror.alarms["2"], ())
    assert [event.text for event in events][:3] == [
        "charge ended, 21.4\u00a0kWh",
        "stop charge: proved: ended, 21.4 kWh",
        "ConnectorLockFailure reported",
    ]
    told = folded(events, NOW, ZONE)
    assert told[-1].text == "unlock: no effect"
    assert told[-1].times == "14:29, 14:30"
    assert all("ConnectorLockFailure" not in event.text for event in told)


def test_harm_and_next() -> None:
    """The driver, and who else would be touched; the site's dark outlets."""
    mirror = frozen_mirror()
    assert harm(mirror, mirror.alarms["2"]) == [
        "plug may be stuck, driver waits",
        "outlet 1 here charges, 11.0\u00a0kW",
    ]
    assert harm(mirror, mirror.alarms["1"]) == ["12 outlets silent", "3 were charging when lost"]
    assert next_steps(mirror, mirror.alarms["2"], NOW, ZONE)[0] == "unlock while the driver pushes the plug"
    assert next_steps(mirror, mirror.alarms["4"], NOW, ZONE) == ["fetch log, check firmware"]


def test_per_hour() -> None:
    """The newest hour is the last one; what is older than a day does not count."""
    past = [
        alarm(1, Severity.S3, "deaf", "NK-1", ago(minutes=5)),
        alarm(2, Severity.S3, "deaf", "NK-1", ago(hours=23.5)),
    ]
    past.append(alarm(3, Severity.S3, "deaf", "NK-1", ago(days=2)))
    counts = per_hour(past, NOW)
    assert (counts[0], counts[-1], sum(counts)) == (1, 1, 2)


async def test_keys_lead_to_the_outlet_and_its_site() -> None:
    """`enter` on an outlet's alarm opens its station there, on a site's the fleet of that site."""
    async with console() as (app, pilot):
        await press(pilot, "2", "j", "j", "enter")
        assert "▌ 04217-2" in cells_of(app)
        assert cells_of(app).startswith(" Station")
        await press(pilot, "escape", "g", "enter")
        assert cells_of(app).startswith(" Fleet")
        assert 'filter site:"Ljungby E4 Lagan"' in cells_of(app)


async def test_list_follows_the_feed() -> None:
    """An acknowledged alarm moves to its section once the hand is still, and a normal one goes."""
    mirror = frozen_mirror()
    async with console(mirror) as (app, pilot):
        await press(pilot, "2", "j", "j")
        changed = copy(mirror.alarms["3"])
        changed.state, changed.owner = AlarmState.ACKNOWLEDGED, "Elin Nyberg"
        mirror.apply(Changes(seq=mirror.seq + 1, sent=datetime.now().astimezone(), alarms=[changed]))
        app.flush()
        await settle(pilot)
        assert "not acknowledged  5" in cells_of(app)
        mirror.clock.advance(4)
        app.second()
        await settle(pilot)
        assert "not acknowledged  4" in cells_of(app)
        assert "▌ ▲ S2   4m   ×2  04217-2" in cells_of(app)


async def test_history_tells_the_load() -> None:
    """On a wide screen the day's alarms are drawn by hour, when the server tells them."""
    mirror = frozen_mirror()
    async with console(mirror, size=(160, 48), client=StandIn(mirror)) as (app, pilot):
        await press(pilot, "2", "j", "j")
        told = cells_of(app)
        assert "raised per hour, 24 h" in told
        assert "Elin Nyberg: green light" in told


async def test_a_list_without_alarms_says_so() -> None:
    """Also where a filter hides them all, and how to be rid of it."""
    async with asking() as (app, pilot, _):
        await keys(pilot, "2")
        await typed(pilot, "slash", "nowhere")
        assert "nothing matches nowhere" in cells(app)
        await keys(pilot, "escape")
        assert "nothing matches" not in cells(app)
        app.mirror.alarms.clear()
        await keys(pilot, "ctrl+r")
        app.pages_seen()[0].draw_all()
        await rest(pilot)
        assert "No alarm: nothing waits for a person." in cells(app)


def test_what_is_folded_is_told_in_full_on_a_small_screen() -> None:
    """How many, and the key that shows them; what they are stands in the heading above."""
    line = more_line("more:suppressed:126", 80).plain
    assert "+ 126, enter shows them" in line
    assert "…" not in line
