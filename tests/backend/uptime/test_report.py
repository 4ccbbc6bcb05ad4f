"""Reports: rows by grouping, days, slices."""

from __future__ import annotations

import itertools
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from backend.model.errors import Invalid
from backend.model.interval import Interval, Minutes
from backend.uptime import Report, at_once, day_bounds
from backend.uptime.report import SLICE, spread

DAY = 86_400.0
STOCKHOLM = ZoneInfo("Europe/Stockholm")


def row(station: str, evse: int, start: float, end: float | None, kind: Minutes, detail: str = "") -> Interval:
    return Interval(station=station, evse=evse, start=start, end=end, kind=kind, detail=detail)


def whole() -> list[Interval]:
    """Three outlets of two stations over ten days."""
    return [
        row("A", 1, 0.0, 9 * DAY, Minutes.UP),
        row("A", 1, 9 * DAY, None, Minutes.OFFLINE),
        row("A", 2, 0.0, None, Minutes.UP),
        row("B", 1, 5 * DAY, 6 * DAY, Minutes.FAULTED, "GroundFailure"),
        row("B", 1, 6 * DAY, 7 * DAY, Minutes.PLANNED),
        row("B", 1, 7 * DAY, 12 * DAY, Minutes.UP),
    ]


@pytest.fixture
def report() -> Report:
    made = Report(0.0, 10 * DAY, days=[n * DAY for n in range(11)])
    at_once(made.take(whole()))
    return made


def site_of(station: str) -> str | None:
    return "Malmö" if station == "A" else None


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("outlet", {"A:1": 90.0, "A:2": 100.0, "B:1": 75.0}),
        ("station", {"A": 95.0, "B": 75.0}),
        ("site", {"Malmö": 95.0, "": 75.0}),
        ("network", {"network": 265.0 / 3}),
    ],
)
def test_rows_by_grouping(report: Report, by: str, expected: dict[str, float]) -> None:
    """Every outlet first, then the mean."""
    rows = at_once(report.rows(by, "strict", site_of))
    assert {found.key: found.uptime_pct for found in rows} == pytest.approx(expected)


def test_seconds_and_causes_add_up(report: Report) -> None:
    """Of the network: sums over its outlets; causes name kind and detail."""
    found = at_once(report.rows("network", "strict", site_of))[0]
    assert (found.up_s, found.down_s, found.excluded_s, found.gap_s) == (22 * DAY, 2 * DAY, DAY, 0.0)
    assert found.causes == {"offline": DAY, "faulted:GroundFailure": DAY, "planned": DAY}
    assert (found.outlets, found.site) == (3, None)


def test_one_report_answers_for_every_formula(report: Report) -> None:
    """Without reading the intervals again."""
    optimistic = at_once(report.rows("outlet", "optimistic", site_of))
    assert [found.uptime_pct for found in optimistic] == [100.0, 100.0, 75.0]
    pessimistic = at_once(report.rows("outlet", "pessimistic", site_of))
    assert [found.uptime_pct for found in pessimistic] == [90.0, 100.0, 60.0]


def test_lost_per_day_is_a_mean_per_outlet(report: Report) -> None:
    """By the formula's own idea of down."""
    station = at_once(report.rows("station", "strict", site_of))[0]
    assert station.lost_per_day_s == [0.0] * 9 + [DAY / 2]
    other = at_once(report.rows("outlet", "pessimistic", site_of))[2]
    assert other.lost_per_day_s == [0.0] * 5 + [DAY, DAY] + [0.0] * 3


def test_no_days_unless_asked_for() -> None:
    """They cost memory and time."""
    made = Report(0.0, 10 * DAY)
    at_once(made.take(whole()))
    assert at_once(made.rows("network", "strict", site_of))[0].lost_per_day_s == ()


def test_an_outlet_without_recorded_time_has_no_row() -> None:
    """Its intervals lie outside."""
    made = Report(20 * DAY, 30 * DAY)
    at_once(made.take([row("A", 1, 0.0, DAY, Minutes.UP)]))
    assert at_once(made.rows("outlet", "strict", site_of)) == []


def test_only_excluded_time_has_no_percentage() -> None:
    """And does not weigh in the mean."""
    made = Report(0.0, DAY)
    at_once(made.take([row("A", 1, 0.0, None, Minutes.PLANNED), row("A", 2, 0.0, None, Minutes.UP)]))
    rows = at_once(made.rows("outlet", "strict", site_of))
    assert [found.uptime_pct for found in rows] == [None, 100.0]
    assert at_once(made.rows("network", "strict", site_of))[0].uptime_pct == 100.0


def test_unknown_names_are_told(report: Report) -> None:
    """With the names that there are."""
    with pytest.raises(Invalid) as grouping:
        at_once(report.rows("planet", "strict", site_of))
    assert "network" in grouping.value.hint
    with pytest.raises(Invalid) as formula:
        at_once(report.rows("site", "rosy", site_of))
    assert "optimistic" in formula.value.hint


def test_days_are_local() -> None:
    """A day of summer time's end has 25 hours, one of its beginning 23."""
    start = datetime(2025, 10, 25, 12, tzinfo=STOCKHOLM).timestamp()
    end = datetime(2025, 10, 27, tzinfo=STOCKHOLM).timestamp()
    bounds = day_bounds(start, end, "Europe/Stockholm")
    assert [(b - a) / 3600 for a, b in itertools.pairwise(bounds)] == [24.0, 25.0]
    spring = datetime(2026, 3, 29, 1, tzinfo=STOCKHOLM).timestamp()
    bounds = day_bounds(spring, spring + 3600, "Europe/Stockholm")
    assert bounds[1] - bounds[0] == 23 * 3600.0
    assert day_bounds(end, start, "Europe/Stockholm") == []


def test_spread_over_days() -> None:
    """Half open, clipped at both ends."""
    lost = [0.0, 0.0]
    spread(lost, [0.0, 10.0, 20.0], -5.0, 12.0)
    spread(lost, [0.0, 10.0, 20.0], 10.0, 10.0)
    spread(lost, [0.0, 10.0, 20.0], 19.0, 99.0)
    assert lost == [10.0, 3.0]


def test_a_report_is_made_in_steps() -> None:
    """Whoever runs it can let others have their turn after every hundred stretches, and every few rows."""
    many = (row(f"S{n}", 1, 0.0, None, Minutes.UP) for n in range(10 * SLICE))
    made = Report(0.0, DAY)
    assert sum(1 for _ in made.take(many)) == 10
    assert sum(1 for _ in made.rows("outlet", "strict", site_of)) >= 40
    assert len(at_once(made.rows("outlet", "strict", site_of))) == 10 * SLICE
