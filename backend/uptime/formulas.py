"""What counts as uptime, by published rules (domain.md 4.1, 4.2).

Time of which nothing was recorded - before an outlet was registered, or after it was retired - belongs to no base.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import TypeAlias

from msgspec import Struct, field
from msgspec.structs import replace

from backend.model.clock import Instant
from backend.model.errors import Invalid
from backend.model.interval import Interval, Minutes
from backend.text import t
from backend.uptime.intervals import clip, flatten

YEAR_S = 525_600 * 60.0
"""Minutes of a year in the American rules; it stays so in leap years."""
CLOSED = "closed"
"""Detail of PLANNED: outside opening hours."""
VANDALISM = "vandalism"
"""Begin of the detail of a fault that somebody did on purpose."""
CEC_VANDALISM_S = 10 * 86_400.0
CEC_MAINTENANCE_S = 72 * 3600.0

_SAID = frozenset({Minutes.FAULTED, Minutes.UNAVAILABLE})
_AGREED = frozenset({Minutes.PLANNED, Minutes.NOT_COMMISSIONED})
_WORKS = frozenset({Minutes.UP, Minutes.DELIVERING})
_CLOSED = f"{Minutes.PLANNED.value}:{CLOSED}"


@lru_cache(maxsize=10_000)
def word_of(kind: Minutes | str, detail: str) -> str:
    """Kind and detail as one word."""
    word = kind.value if isinstance(kind, Minutes) else kind
    return f"{word}:{detail}" if detail else word


@lru_cache(maxsize=10_000)
def kind_of(word: str) -> Minutes:
    """The kind of a word."""
    return Minutes(word.partition(":")[0])


class Tally(Struct, gc=False):
    """The seconds of one outlet by kind and detail, from which every formula counts."""

    seconds: dict[str, float] = field(default_factory=dict)
    """By `word_of` kind and detail: `up`, `faulted:GroundFailure`."""
    losses: list[tuple[Instant, Instant, Minutes]] = field(default_factory=list)
    """What was not up, where days are wanted."""
    vandalism: list[float] = field(default_factory=list)
    """Seconds of each such incident."""

    def of(self, *kinds: Minutes) -> float:
        """Seconds of these kinds."""
        return sum(seconds for word, seconds in self.seconds.items() if kind_of(word) in kinds)

    @property
    def total(self) -> float:
        """All seconds recorded."""
        return sum(self.seconds.values())


class Count(Struct, kw_only=True, frozen=True, gc=False):
    """What a formula made of an outlet's time, in seconds."""

    up_s: float
    down_s: float
    excluded_s: float
    """Left out of the base by the formula, our own gap not among them."""
    gap_s: float
    """How long we did not look; in `pessimistic`, `nevi` and `cec` it counts as down as well."""
    uptime_pct: float | None
    """None: no second counts."""
    causes: dict[str, float] = field(default_factory=dict)
    """Where asked for (`count`): seconds not up, by kind and detail: `offline`, `faulted:GroundFailure`."""

    @property
    def base_s(self) -> float:
        """Seconds that count."""
        return self.up_s + self.down_s


Formula: TypeAlias = Callable[[Tally], Count]


def tally(intervals: Sequence[Interval], start: Instant, end: Instant, *, losses: bool = False) -> Tally:
    """The seconds of one outlet's intervals within [start, end).

    Args:
        intervals: of one outlet; those that still last count until `end`, so `end` lies not in the future.
        losses: keep when the outlet was not up, for figures per day.
    """
    found = Tally()
    seconds = found.seconds
    for interval in flatten(clip(intervals, start, end)):
        finish = interval.end if interval.end is not None else end
        word = word_of(interval.kind, interval.detail)
        seconds[word] = seconds.get(word, 0.0) + finish - interval.start
        if interval.kind is Minutes.UP:
            continue
        if losses:
            found.losses.append((interval.start, finish, interval.kind))
        if interval.kind in _SAID and interval.detail.startswith(VANDALISM):
            found.vandalism.append(finish - interval.start)
    return found


def strict(tally: Tally) -> Count:
    """Our default, for contracts: up is in order and connected.

    Faulted, unavailable by the station's own word, and offline are down. Offline during which a later replay proved
    that energy flowed is up. Agreed outages, time before commissioning, and our own gaps are excluded; the gaps are
    reported separately.
    """
    return _by_kinds(tally, _STRICT)


def optimistic(tally: Tally) -> Count:
    """As `strict`, but offline is excluded: nobody knows whether it charged."""
    return _by_kinds(tally, _OPTIMISTIC)


def pessimistic(tally: Tally) -> Count:
    """All that was not seen to be in order is down: faults, offline, agreed outages, and our own gaps."""
    return _by_kinds(tally, _PESSIMISTIC)


def nevi(tally: Tally) -> Count:
    """US NEVI, 23 CFR 680.116(b): `u = (525600 - (T_outage - T_excluded)) / 525600 x 100`, to be more than 97 %.

    T_outage is all that was not up, our own gaps too: uptime has to be shown. T_excluded is what was agreed
    (maintenance, closed hours). The base is 525,600 minutes, in leap years too; the recorded time, where that is less.
    """
    return _outage(tally, excluded_s=tally.of(Minutes.PLANNED))


def cec(tally: Tally) -> Count:
    """California Energy Commission: as `nevi`, with limits on what is excluded.

    Vandalism at most 10 days an incident, maintenance at most 72 hours a year, closed hours as they are.
    """
    closed = tally.seconds.get(_CLOSED, 0.0)
    maintenance = min(tally.of(Minutes.PLANNED) - closed, CEC_MAINTENANCE_S)
    vandalism = sum(min(incident, CEC_VANDALISM_S) for incident in tally.vandalism)
    return _outage(tally, excluded_s=closed + maintenance + vandalism)


def uk_literal(tally: Tally) -> Count:
    """UK Public Charge Point Regulations 2023, reg. 7, as written: by OCPI status, to be 99 % over a network and year.

    INOPERATIVE and OUTOFORDER (faulted, unavailable, agreed outages) do not work. UNKNOWN (offline, our gaps) is
    ineligible for measurement, yet counts as reliable. Closed hours and time before commissioning do not count.
    """
    return _uk(tally, ineligible_is_up=True)


def uk_strict(tally: Tally) -> Count:
    """As `uk_literal`, with ineligible time removed from the base, as guidance may have it."""
    return _uk(tally, ineligible_is_up=False)


FORMULAS: dict[str, Formula] = {
    "strict": strict,
    "optimistic": optimistic,
    "pessimistic": pessimistic,
    "nevi": nevi,
    "cec": cec,
    "uk_literal": uk_literal,
    "uk_strict": uk_strict,
}
POOLED = frozenset({"uk_literal", "uk_strict"})
"""These divide the seconds of all points; the others take each outlet first, then the mean."""
DOWN: dict[str, frozenset[Minutes]] = {
    "strict": _SAID | {Minutes.OFFLINE},
    "optimistic": _SAID,
    "pessimistic": _SAID | _AGREED | {Minutes.OFFLINE, Minutes.GAP},
    "nevi": _SAID | {Minutes.OFFLINE, Minutes.GAP},
    "cec": _SAID | {Minutes.OFFLINE, Minutes.GAP},
    "uk_literal": _SAID | {Minutes.PLANNED},
    "uk_strict": _SAID | {Minutes.PLANNED},
}
"""Which kinds a day of `lost_per_day` counts as lost."""
_GOALS = {"nevi": 97.0, "cec": 97.0, "uk_literal": 99.0, "uk_strict": 99.0}


def formula(name: str) -> Formula:
    """The formula of that name. Raises Invalid: there is none."""
    found = FORMULAS.get(name)
    if found is None:
        raise Invalid(
            "unknown_formula",
            t("there is no formula {name}", name=name),
            t("there are {names}", names=", ".join(FORMULAS)),
        )
    return found


def meets(name: str, uptime_pct: float, goal_pct: float = 99.0) -> bool:
    """Whether a figure keeps what the formula's rule - or, where it has none, the contract - asks for."""
    if name == "nevi":
        return uptime_pct > _GOALS[name]
    return uptime_pct >= _GOALS.get(name, goal_pct)


def count(intervals: Iterable[Interval], start: Instant, end: Instant, name: str = "strict") -> Count:
    """One outlet's intervals within [start, end), counted. Raises Invalid: no such formula."""
    found = tally(list(intervals), start, end)
    return replace(formula(name)(found), causes=causes(found.seconds))


class _Sides(dict[str, int]):
    """On which side of a formula the seconds of a word stand; found out when it is met first."""

    def __init__(self, *, down: frozenset[Minutes], excluded: frozenset[Minutes]) -> None:
        super().__init__()
        self._down = down
        self._excluded = excluded

    def __missing__(self, word: str) -> int:
        kind = kind_of(word)
        if kind is Minutes.GAP:
            side = _DOWN_GAP if kind in self._down else _GAP
        elif kind in self._down:
            side = _DOWN
        else:
            side = _EXCLUDED if kind in self._excluded else _UP
        if len(self) < MOST_WORDS:
            self[word] = side
        return side


_UP, _DOWN, _EXCLUDED, _GAP, _DOWN_GAP = range(5)
MOST_WORDS = 10_000
_STRICT = _Sides(down=_SAID | {Minutes.OFFLINE}, excluded=_AGREED)
_OPTIMISTIC = _Sides(down=_SAID, excluded=_AGREED | {Minutes.OFFLINE})
_PESSIMISTIC = _Sides(down=_SAID | _AGREED | {Minutes.OFFLINE, Minutes.GAP}, excluded=frozenset())


def _by_kinds(tally: Tally, sides: _Sides) -> Count:
    sums = [0.0, 0.0, 0.0, 0.0, 0.0]
    for word, seconds in tally.seconds.items():
        sums[sides[word]] += seconds
    up_s, down_s, excluded_s, gap_s, down_gap_s = sums
    return _count(up_s, down_s + down_gap_s, excluded_s, gap_s + down_gap_s)


def _outage(tally: Tally, *, excluded_s: float) -> Count:
    outage = tally.total - tally.of(Minutes.UP, Minutes.DELIVERING, Minutes.NOT_COMMISSIONED)
    base = min(tally.total - tally.of(Minutes.NOT_COMMISSIONED), YEAR_S)
    down = min(outage - excluded_s, base)
    return _count(base - down, down, excluded_s, tally.of(Minutes.GAP))


def _uk(tally: Tally, *, ineligible_is_up: bool) -> Count:
    closed = tally.seconds.get(_CLOSED, 0.0)
    down = tally.of(*_SAID, Minutes.PLANNED) - closed
    unknown = tally.of(Minutes.OFFLINE, Minutes.GAP)
    up = tally.of(Minutes.UP, Minutes.DELIVERING) + (unknown if ineligible_is_up else 0.0)
    gap = tally.of(Minutes.GAP)
    outside = closed + tally.of(Minutes.NOT_COMMISSIONED) + (0.0 if ineligible_is_up else unknown - gap)
    return _count(up, down, outside, gap)


def causes(seconds: dict[str, float]) -> dict[str, float]:
    """Seconds not up, by kind and detail as one word."""
    return {word: lost for word, lost in seconds.items() if kind_of(word) not in _WORKS}


def _count(up_s: float, down_s: float, excluded_s: float, gap_s: float) -> Count:
    base = up_s + down_s
    return Count(
        up_s=up_s,
        down_s=down_s,
        excluded_s=excluded_s,
        gap_s=gap_s,
        uptime_pct=100.0 * up_s / base if base > 0 else None,
    )
