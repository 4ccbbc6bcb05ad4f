"""What a session tells: the sentence, the events, the forecast; pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backend.model.resources import OutletResource, ReadingResource, SessionResource
from backend.model.words import Activity, Known, Link, SessionFlag, SessionState
from screens import session_story as story
from screens.session_story import Told
from screens.session_words import ended_well, flag_sentence, flag_word, stop_sentence, stop_word

START = datetime(2025, 11, 14, 13, 0, tzinfo=UTC)
NOW = (START + timedelta(minutes=30)).timestamp()


def reading(minute: float, kw: float | None, **values: Any) -> ReadingResource:
    """One reading."""
    return ReadingResource(at=START + timedelta(minutes=minute), power_w=None if kw is None else kw * 1_000, **values)


def told(readings: list[ReadingResource] | None = None, outlet: OutletResource | None = None, **values: Any) -> Told:
    """A live session with its last reading at hand."""
    session = SessionResource(
        id="7",
        outlet="A:1",
        id_token=None,
        state=values.pop("state", SessionState.ACTIVE),
        started=START,
        ended=values.pop("ended", None),
        meter_start_wh=1_000,
        meter_stop_wh=None,
        energy_wh=values.pop("energy_wh", 11_000),
        power_w=values.pop("power_w", 22_000.0),
        stop_reason=values.pop("stop_reason", None),
        flags=values.pop("flags", []),
        sampled=values.pop("sampled", START + timedelta(minutes=29)),
        station="A",
        **values,
    )
    return Told(session=session, now=NOW, outlet=outlet, readings=readings or [])


def outlet(**values: Any) -> OutletResource:
    """An outlet on which it charges."""
    given: dict[str, Any] = {"activity": Activity.CHARGING, "link": Link.ONLINE, "state": "Charging"} | values
    return OutletResource(outlet="A:1", since=START, known=Known.LIVE, session="7", station="A", evse=1, **given)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (
            {"offered_w": 150_000.0, "power_w": 61_000.0},
            "The car sets the pace: it takes 61\xa0kW, the post offers 150",
        ),
        ({"offered_w": 11_000.0, "power_w": 10_900.0}, "The post sets the pace"),
        ({"power_w": None}, "how much power flows was not said"),
        ({"power_w": 5.0}, "No power flows now"),
        ({"sampled": None}, "no reading has come yet"),
        ({"sampled": START}, "No reading for 30m"),
        ({"charging_state": "SuspendedEV"}, "The car pauses"),
        ({"charging_state": "SuspendedEVSE"}, "The post pauses"),
    ],
)
def test_the_sentence_says_what_limits_the_charge(values: dict[str, Any], words: str) -> None:
    """Offer, draw, pauses and silence are told apart."""
    assert words in story.sentence(told(**values), "")[0][0]


def test_a_silent_post_is_never_told_as_live() -> None:
    """Offline comes before everything that was said earlier."""
    sentences, hue = story.sentence(told(outlet=outlet(link=Link.OFFLINE)), "")
    assert "silent" in sentences[0]
    assert hue == "offline"


def test_a_fault_under_a_charge_is_named() -> None:
    """In plain words, not by the code that the station gave."""
    found = outlet(activity=Activity.FAULTED, error_codes=["GroundFailure"])
    sentences, hue = story.sentence(told(outlet=found), "")
    assert "earth fault" in sentences[0]
    assert hue == "crit"


def test_how_it_ended_and_what_was_odd() -> None:
    """The reason first, then the oddity, then the figures."""
    ended = told(
        state=SessionState.ENDED, ended=START + timedelta(minutes=20), stop_reason="PowerLoss", flags=["received_late"]
    )
    sentences, hue = story.sentence(ended, "14:20")
    assert sentences[0] == "It ended at 14:20: the post lost its power."
    assert sentences[1] == flag_sentence("received_late")
    assert "33.0\xa0kW on average" in sentences[2]
    assert hue == "warn"


def test_the_pace_of_the_battery_is_only_told_when_it_is_known() -> None:
    """From the last ten minutes; none without three readings, and none backwards."""
    rising = [reading(minute, 50, soc_pct=50 + minute) for minute in range(30)]
    found = told(rising, soc_pct=79.0)
    goals = dict(story.forecast(found))
    assert goals[90.0] == pytest.approx(10 * 60, abs=61)
    assert story.forecast(told(rising[:2], soc_pct=51.0)) == []
    falling = [reading(minute, 50, soc_pct=80 - minute) for minute in range(30)]
    assert story.forecast(told(falling, soc_pct=51.0)) == []


def test_events_are_read_off_the_curve() -> None:
    """Start, first power, peak, easing, half power, a pause and a hole: each once, in order."""
    curve = [reading(0, 0), reading(1, 100), reading(2, 150), reading(3, 120), reading(4, 70)]
    curve += [reading(minute, 0) for minute in range(5, 9)]
    curve += [reading(9, 60), reading(10, 60), reading(25, 60), reading(26, 60)]
    events = story.happened(told(curve))
    assert [event.what for event in events] == [
        "charge began",
        "first power",
        "most power",
        "car eases off",
        "half power",
        "no power",
        "no readings",
        "last reading",
    ]
    assert [event.at for event in events] == sorted(event.at for event in events)


def test_energy_counts_from_the_meters_start() -> None:
    """In kWh, never below zero."""
    found = told(
        [reading(0, None, energy_wh=1_000), reading(10, None, energy_wh=3_500), reading(20, None, energy_wh=900)]
    )
    assert [point.value for point in story.energy(found)] == [0.0, 2.5, 0.0]


def test_power_from_the_meter_where_none_was_measured() -> None:
    """2.5 kWh in ten minutes are 15 kW."""
    found = told([reading(0, None, energy_wh=1_000), reading(10, None, energy_wh=3_500)])
    assert [point.value for point in story.from_energy(story.energy(found))] == [pytest.approx(15.0)] * 2


def test_the_meters_stands() -> None:
    """Both ends, with tenths however long; what was not said is a question mark."""
    session = told().session
    assert story.meter(session) == "1.0 → 12.0\xa0kWh"
    session.meter_start_wh = None
    session.meter_stop_wh = 183_450_400
    assert story.meter(session) == "? → 183\xa0450.4\xa0kWh"
    session.meter_stop_wh = None
    assert story.meter(session) == "–"


@pytest.mark.parametrize("flag", list(SessionFlag))
def test_every_flag_has_words(flag: SessionFlag) -> None:
    """A short word for the list and a sentence for the page."""
    assert flag_word(flag) != flag.value
    assert flag_sentence(flag).endswith(".")


def test_a_reason_that_nobody_knows_stays_as_it_was_sent() -> None:
    """A station's own word is better than none."""
    assert stop_word("Gremlins") == "Gremlins"
    assert "Gremlins" in stop_sentence("Gremlins", "14:00")
    assert stop_word(None) == "no reason said"
    assert not ended_well("Gremlins")
