"""The one filter grammar."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.model import filter_tests
from backend.model.clock import as_datetime
from backend.model.errors import Invalid
from backend.model.filter import Subject, fields, parse
from backend.model.filter_fields import Sort
from backend.model.resources import OutletResource, SessionResource, SiteResource, StationResource
from backend.model.search import Haystacks, fold
from backend.model.words import Activity, Known, Link, SessionState, Severity

NOW = 1_763_130_727.0
AT = as_datetime(NOW)
SITE = SiteResource(id="malmo-c", name="Malmö C P-hus", town="Malmö", address="Skeppsgatan 1", owner="P-Malmö")
STATION = StationResource(
    id="CP-0042", ocpp_version="1.6", link=Link.ONLINE, boot_status="accepted", last_heard=AT, site="malmo-c",
    vendor="Fjord", model="Terra AC", firmware="4.10.1", outlets=["CP-0042:1"],
)  # fmt: skip


def outlet(**changes: object) -> OutletResource:
    """A charging outlet, with `changes`."""
    values: dict[str, object] = {
        "outlet": "CP-0042:1", "state": "Charging", "activity": Activity.CHARGING, "since": AT - timedelta(hours=2),
        "known": Known.LIVE, "session": "17", "station": "CP-0042", "evse": 1, "label": "4217", "site": "malmo-c",
        "evse_id": "SE*NKL*E04217*1", "link": Link.ONLINE, "power_w": 47_300.0, "energy_wh": 21_400,
        "id_token": "04••••••9F", "model": "Terra AC", "place": "plan 2",
    }  # fmt: skip
    return OutletResource(**(values | changes))  # type: ignore[arg-type]


def passes(text: str, **changes: object) -> bool:
    return parse(text).matches_outlet(outlet(**changes), SITE, STATION, NOW)


@pytest.mark.parametrize(
    "text",
    [
        "", "4217", "malmo", "MALMÖ p-hus", '"malmö c"', "cp-0042:1", "SENKLE04217", "skeppsg", "plan",
        "state:charging", "state:faulted,charging", "state:char", "!state:faulted", "model:Terra", 'model:"terra ac"',
        "site:malmö", "site:skepps", "town:Malmö", "owner:p-malmo", "since:>1h", "since:<3h", "since:1h..3h",
        "kw:>40", "kw:<=47.3", "kw:47", "kwh:20..22", "online:yes", "fw:>4.9", "fw:4.10", "fw:>=4.10.1", "fw:<5",
        "token:04••••••9F", "alarm:none", "session:yes", "evse:e04217", "since:>-3h", "!kw:>50 malmö", "! faulted",
        "code:", "vendor:fjord", "ocpp:1.6", "power:>40",
    ],
)  # fmt: skip
def test_lets_through(text: str) -> None:
    """Each of these describes the outlet."""
    assert passes(text)


@pytest.mark.parametrize(
    "text",
    [
        "4218", "!malmö", "state:faulted", "!state:charging", "since:>3h", "kw:>48", "fw:<4.2", "fw:>4.10", "online:no",
        "alarm:s1", "token:04", "token:9F", "model:terra,", "malmö faulted", "! malmö", "session:no", "label:",
        "since:>2025-11-15", "conflict:yes",
    ],
)  # fmt: skip
def test_leaves_out(text: str) -> None:
    """None of these describes the outlet (`model:terra,` does: the empty alternative is dropped)."""
    assert passes(text) is (text == "model:terra,")


def test_offline_is_never_what_it_was_last() -> None:
    """An outlet that is not seen now is offline, whatever it said last; `status` has the last word."""
    gone = {"known": Known.LAST_KNOWN, "link": Link.DEAF}
    assert passes("state:offline", **gone)
    assert passes("state:deaf", **gone)
    assert not passes("state:charging", **gone)
    assert passes("status:charging online:no", **gone)


def test_quotes_mean_that_very_station() -> None:
    """`station:CP-1` is also CP-10; in quotes it is CP-1 alone. A model in quotes is just two words."""
    assert passes("station:CP-004 outlet:CP-0042")
    assert not passes('station:"CP-004"')
    assert passes('station:"cp-0042" outlet:"CP-0042:1"')
    assert not passes('outlet:"CP-0042:"')
    assert passes('outlet:"4217" model:"Terra A"')


def test_severity_and_codes() -> None:
    """Alarms by severity, faults by the code of the station or its vendor."""
    sick = {"alarm_severity": Severity.S1, "error_codes": ["GroundFailure"], "vendor_error_codes": ["E-17"]}
    assert passes("alarm:s1", **sick)
    assert passes("alarm:s2,s1 code:ground", **sick)
    assert passes("fault:e-17", **sick)
    assert passes("alarm:any !alarm:s2", **sick)
    assert not passes("alarm:s2", **sick)


def test_a_token_is_not_spelt_out_by_searching() -> None:
    """Part of a masked token finds nothing; the whole finds it, and so does the masked form."""
    session = SessionResource(
        id="17", outlet="CP-0042:1", id_token="04••••••9F", state=SessionState.ACTIVE, started=AT, ended=None,
        meter_start_wh=0, meter_stop_wh=None, energy_wh=0, power_w=None, stop_reason=None, flags=[],
    )  # fmt: skip
    for text, found in (("04a1b2c3d49f", True), ("04a1b2", False), ("a1b2", False), ("04••••••9F", True)):
        chosen = parse(f"token:{text}", Subject.SESSION)
        assert chosen.matches_session(session, None, None, NOW, token="04A1B2C3D49F") is found, text


@pytest.mark.parametrize(
    ("text", "position", "says"),
    [
        ("malmö stat:faulted", 6, "did you mean 'state'"),
        ("kw:>much", 3, "not a number"),
        ('model:"Terra', 6, "quote"),
        ("since:>soon", 6, "neither an age"),
        ("online:perhaps", 7, "yes nor no"),
        ("alarm:s9", 6, "no severity"),
        ("x" * 2000, 1000, "longer"),
        ("a " * 60, 100, "more than"),
        ("since:>-soon", 6, "not a length"),
    ],
)
def test_errors_name_the_place_and_the_fields(text: str, position: int, says: str) -> None:
    """A wrong filter is told where, why, and what there is."""
    with pytest.raises(Invalid) as caught:
        parse(text)
    assert caught.value.code == "bad_filter"
    assert caught.value.detail == position
    assert f"character {position + 1}" in caught.value.message
    assert says in caught.value.message
    assert "state" in caught.value.hint


@pytest.mark.parametrize("subject", list(Subject))
def test_every_subject_has_fields(subject: Subject) -> None:
    """Each kind of thing can be filtered, and unknown fields are refused for each."""
    assert fields(subject)
    with pytest.raises(Invalid):
        parse("nosuchfield:1", subject)


def test_many_at_once_as_one_by_one() -> None:
    """The fast path over many outlets finds what single matches find, in the same order."""
    held = [outlet(outlet=f"CP-{n:04}:1", label=str(n), power_w=float(n)) for n in range(300)]
    texts = Haystacks()
    for text in ("malmo", "12", "! 12", "!12 malmö", "kw:<0.1", "kw:<0.2 !label:17", ""):
        chosen = parse(text)
        expected = [one for one in held if chosen.matches_outlet(one, SITE, STATION, NOW)]
        for _ in range(2):
            assert chosen.outlets(held, {"malmo-c": SITE}, {"CP-0042": STATION}, NOW, texts) == expected


def test_remembered_text_follows_the_object() -> None:
    """What search remembers of an outlet is renewed when its words change, and can be dropped."""
    texts = Haystacks()
    assert "plan 2" in texts.text("a", outlet(), SITE, STATION)
    assert "plan 3" in texts.text("a", outlet(place="plan 3"), SITE, STATION)
    assert "plan 3" in texts.text("a", outlet(place="plan 3", power_w=1.0), SITE, STATION)
    assert "lund" in texts.text("a", outlet(), SiteResource(id="l", name="Lund"), STATION)
    texts.keep([])
    assert texts._held == {}


def test_fold_takes_accents_off() -> None:
    """Swedish letters are found without them, and the other way round."""
    assert fold("Ängelholm ÅÄÖ é") == "angelholm aao e"


SIGNS = st.sampled_from(["", ">", ">=", "<", "<=", "="])
POINTS = st.sampled_from(["2h", "90s", "3d", "-24h", "-3h", "now", "2025-11-13", "2025-11-14T12:00Z", "2025-11-14T08"])
WRITTEN = st.one_of(
    st.just(""),
    st.builds(lambda sign, point: sign + point, SIGNS, POINTS),
    st.builds(lambda low, high: f"{low}..{high}", POINTS, POINTS),
)


@given(text=WRITTEN, ago=st.integers(-7_200, 5 * 86_400))
def test_an_index_is_never_asked_for_too_little(text: str, ago: int) -> None:
    """Whatever passes what is written lies within the times that are looked up for it."""
    at = NOW - ago
    first, last = filter_tests.moments(text, NOW)
    if filter_tests.tester(Sort.MOMENT, text, False)(as_datetime(at), NOW):
        assert first <= at <= last


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        (">-24h", NOW - 86_400, float("inf")), ("<2h", NOW - 7_200, float("inf")), (">2h", float("-inf"), NOW - 7_200),
        ("1h..2h", NOW - 7_200, NOW - 3_600), ("2025-11-14", 1_763_078_400.0, 1_763_164_800.0),
        ("<2025-11-14", float("-inf"), 1_763_078_400.0), ("", float("-inf"), float("inf")),
    ],
)  # fmt: skip
def test_what_is_looked_up_is_bounded(text: str, first: float, last: float) -> None:
    """And it is not simply everything."""
    assert filter_tests.moments(text, NOW) == (first, last)
