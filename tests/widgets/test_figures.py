"""Numbers, ages and dates as people read them, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from backend.text import set_language
from widgets import figures

ZONE = ZoneInfo("Europe/Stockholm")
NOW = datetime(2025, 11, 14, 13, 32, 7, tzinfo=UTC).timestamp()


@pytest.fixture
def swedish() -> Iterator[None]:
    """Swedish for one test."""
    set_language("sv")
    yield
    set_language("en")


def test_thousands_are_parted_by_a_no_break_space() -> None:
    """A number never breaks in two."""
    assert figures.number(60_000) == "60\u00a0000"
    assert figures.number(99.305, 2) == "99.31" or figures.number(99.305, 2) == "99.30"


@pytest.mark.usefixtures("swedish")
def test_swedish_writes_a_decimal_comma() -> None:
    """And the same thousands."""
    assert figures.kw(11_000) == "11,0\u00a0kW"
    assert figures.number(1_234.5, 1) == "1\u00a0234,5"


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0.0"), (21_400, "21.4"), (999_940, "999.9"), (1_000_000, "1\u00a0000"), (None, "?")]
)
def test_kilo(value: float | None, text: str) -> None:
    """One decimal below a thousand, none above; unknown is a question mark, zero is zero."""
    assert figures.kilo(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "<1m"), (59, "<1m"), (60, "1m"), (3_599, "59m"), (3_600, "1h"), (86_399, "23h"), (86_400, "1d"), (6e6, "69d")],
)
def test_ages_have_one_unit(seconds: float, text: str) -> None:
    """At most five cells, and changes at most once a minute."""
    assert figures.span(seconds) == text


def test_an_unknown_age_is_a_question_mark() -> None:
    """Never a made-up one."""
    assert figures.age(None, NOW) == "?"
    assert figures.ago(None, NOW) == "never heard"


def test_lengths() -> None:
    """Seconds, minutes, hours with two digits of minutes."""
    assert figures.length(47) == "47\u00a0s"
    assert figures.length(4_020) == "1h\u00a007m"
    assert figures.took(71) == "71\u00a0s"
    assert figures.countdown(137) == "2m\u00a017s"


def test_dates_name_the_year_when_it_is_another() -> None:
    """`6 Nov` this year, `14 Mar 2024` before."""
    assert figures.date(datetime(2025, 11, 6, tzinfo=UTC), NOW, ZONE) == "6\u00a0Nov"
    assert figures.date(datetime(2024, 3, 14, tzinfo=UTC), NOW, ZONE) == "14\u00a0Mar\u00a02024"
    assert figures.when(NOW - 60, NOW, ZONE) == "14:31"


def test_the_zone_has_a_name() -> None:
    """`t` shows UTC, and says so."""
    assert figures.zone_word(NOW, ZONE) == "CET"
    assert figures.zone_word(NOW, UTC) == "UTC"


def test_megawatts() -> None:
    """Below one they are kilowatts."""
    assert figures.mw(118_400_000) == "118.4\u00a0MW"
    assert figures.mw(98_000) == "98\u00a0kW"


def test_uptime_is_never_rounded_up() -> None:
    """96.999 is not 97, and 100.00 means that nothing was lost; what a float lacks by itself is no loss."""
    shown = [
        figures.uptime_share(value, unit=False) for value in (96.999, 99.99999, 100.0, 99.31, 0.1 + 0.2, 0.0, None)
    ]
    assert shown == ["96.99", "99.99", "100.00", "99.31", "0.30", "0.00", "?"]
    assert figures.uptime_share(99.999) == "99.99\xa0%"
