"""How the values of filter fields compare: one function from a written value to a test."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeAlias

from backend.model.clock import Instant
from backend.model.duration import parse_duration, parse_moment
from backend.model.errors import Invalid
from backend.model.filter_fields import Sort
from backend.model.mask import mask_token
from backend.model.search import fold
from backend.text import t

Tester: TypeAlias = Callable[[Any, Instant], bool]
"""(the field's value, now) -> whether it passes."""

_COMPARISON = re.compile(r"(>=|<=|>|<|=)?(.*)\Z", re.DOTALL)
_TURNED = {">": "<", ">=": "<=", "<": ">", "<=": ">=", "=": "="}
"""An age that is larger is a time that is earlier."""
DAY_S = 86_400.0
_YES = frozenset({"yes", "y", "true", "1", "on", "ja"})
_NO = frozenset({"no", "n", "false", "0", "off", "nej"})


def tester(sort: Sort, text: str, quoted: bool) -> Tester:
    """The test that a written value stands for.

    Raises:
        ValueError: such a value makes no sense for that sort of field; the message says what would.
    """
    if text == "":
        return lambda value, _now: value is None or value == "" or (isinstance(value, list | tuple) and not any(value))
    if sort is Sort.NAME and quoted:
        return _text("=" + text)
    if sort in (Sort.TEXT, Sort.NAME, Sort.WORD):
        return _word(text) if sort is Sort.WORD else _text(text)
    if sort is Sort.TOKEN:
        return _token(text)
    if sort is Sort.YES_NO:
        return _yes_no(text)
    if sort is Sort.SEVERITY:
        return _severity(text)
    low, between, high = text.partition("..")
    if between and sort is not Sort.VERSION:
        both = tester(sort, ">=" + low, quoted), tester(sort, "<=" + high, quoted)
        return lambda value, now: both[0](value, now) and both[1](value, now)
    found = _COMPARISON.match(text)
    assert found is not None
    sign, wanted = found.group(1) or "", found.group(2).strip()
    if sort is Sort.NUMBER:
        return _number(sign, wanted)
    return _moment(sign, wanted) if sort is Sort.MOMENT else _version(sign, wanted)


def moments(text: str, now: Instant) -> tuple[Instant, Instant]:
    """The first and the last point in time that can pass what is written for a field of points in time; infinite where
    there is no bound. It is for asking an index: what lies between may fail the test all the same."""
    low, between, high = text.partition("..")
    if between:
        from_low, to_high = moments(">=" + low, now), moments("<=" + high, now)
        return max(from_low[0], to_high[0]), min(from_low[1], to_high[1])
    found = _COMPARISON.match(text)
    assert found is not None
    sign, wanted = found.group(1) or "", found.group(2).strip()
    try:
        if wanted == "now" or wanted.startswith("-"):
            return _side(sign or ">=", parse_moment(wanted, now))
        at = _ago(wanted, now)
        if at is not None:
            return _side(_TURNED[sign or ">="], at)
        at = parse_moment(wanted, now)
    except Invalid:
        return -math.inf, math.inf
    return (at, at + DAY_S) if sign in ("", "=") else _side(sign, at)


def _side(sign: str, at: Instant) -> tuple[Instant, Instant]:
    return (at if sign in (">", ">=", "=") else -math.inf), (at if sign in ("<", "<=", "=") else math.inf)


def _ago(text: str, now: Instant) -> Instant | None:
    try:
        return now - parse_duration(text)
    except Invalid:
        return None


def _several(value: Any) -> Iterable[str]:
    return (value,) if isinstance(value, str) else value


def _text(text: str) -> Tester:
    wanted = fold(text)
    if wanted.startswith("="):
        whole = wanted[1:]
        return lambda value, _now: any(fold(part) == whole for part in _several(value))
    return lambda value, _now: any(wanted in fold(part) for part in _several(value))


def _word(text: str) -> Tester:
    wanted = fold(text).lstrip("=")
    whole = text.startswith("=")

    @lru_cache(maxsize=256)
    def fits(part: str) -> bool:
        word = fold(part)
        return word == wanted or (not whole and word.startswith(wanted))

    def test(value: Any, _now: Instant) -> bool:
        if isinstance(value, str):
            return fits(value)
        for part in value:  # noqa: SIM110 - a generator costs more than the test
            if fits(part):
                return True
        return False

    return test


def _token(text: str) -> Tester:
    wanted = text.casefold()
    masked = (mask_token(text) or "").casefold()

    def test(value: str | None, _now: Instant) -> bool:
        if value is None:
            return False
        held = value.casefold()
        return held in (wanted, masked) or (mask_token(value) or "").casefold() == wanted

    return test


def _yes_no(text: str) -> Tester:
    word = text.casefold()
    if word not in _YES | _NO:
        raise ValueError(t("{text!r} is neither yes nor no", text=text[:40]))
    wanted = word in _YES
    return lambda value, _now: value is not None and bool(value) is wanted


def _severity(text: str) -> Tester:
    word = text.casefold()
    if word in _NO | {"none"}:
        return lambda value, _now: value is None
    if word in _YES | {"any"}:
        return lambda value, _now: value is not None
    level = word.removeprefix("s")
    if level not in ("1", "2", "3", "4"):
        raise ValueError(t("{text!r} is no severity; there are s1, s2, s3, s4, any, none", text=text[:40]))
    wanted = int(level)
    return lambda value, _now: value is not None and int(value) == wanted


def _number(sign: str, text: str) -> Tester:
    try:
        wanted = float(text.replace(",", "."))
    except ValueError:
        raise ValueError(t("{text!r} is not a number", text=text[:40])) from None
    if sign in ("", "="):
        slack = 0.5 * 10.0 ** -len(text.partition(".")[2])
        return lambda value, _now: value is not None and abs(value - wanted) <= slack
    return _ordered(sign, lambda value, _now: value, wanted)


def _moment(sign: str, text: str) -> Tester:
    """Ages and lengths compare in seconds, dates as points in time; `-24h` is the point a day ago."""
    if text == "now" or text.startswith("-"):
        return _ordered(sign or ">=", _from_now, -_length(text[1:]) if text != "now" else 0.0)
    try:
        length = parse_duration(text)
    except Invalid:
        length = None
    if length is not None:
        return _ordered(sign or ">=", _age, length)
    try:
        wanted = parse_moment(text, 0.0)
    except Invalid as error:
        raise ValueError(t("{text!r} is neither an age (15m, 2h, 3d) nor a date", text=text[:40])) from error
    if sign in ("", "="):
        end = wanted + DAY_S
        return lambda value, now: (at := _instant(value, now)) is not None and wanted <= at < end
    return _ordered(sign, _instant, wanted)


def _length(text: str) -> float:
    try:
        return parse_duration(text)
    except Invalid as error:
        raise ValueError(error.message.rstrip(".")) from None


def _from_now(value: Any, now: Instant) -> float | None:
    return value.timestamp() - now if isinstance(value, datetime) else None


def _age(value: Any, now: Instant) -> float | None:
    if isinstance(value, datetime):
        return now - value.timestamp()
    return None if value is None else float(value)


def _instant(value: Any, _now: Instant) -> float | None:
    return value.timestamp() if isinstance(value, datetime) else None


def _ordered(sign: str, get: Callable[[Any, Instant], float | None], wanted: float) -> Tester:
    def test(value: Any, now: Instant) -> bool:
        held = get(value, now)
        if held is None:
            return False
        if sign == ">":
            return held > wanted
        if sign == "<":
            return held < wanted
        return held >= wanted if sign == ">=" else held <= wanted if sign == "<=" else held == wanted

    return test


_NUMBERS = re.compile(r"\d+|[a-z]+")


def version_key(text: str) -> tuple[tuple[int, int, str], ...]:
    """A version for comparison: `4.10` > `4.9` > `4.9-rc1`."""
    return tuple(
        (1, int(part), "") if part.isdecimal() else (0, 0, part) for part in _NUMBERS.findall(text.casefold()[:80])
    )


def _version(sign: str, text: str) -> Tester:
    wanted = version_key(text)
    if sign in ("", "="):
        folded = fold(text)
        exact = sign == "="
        return lambda value, _now: fold(value) == folded or (not exact and fold(value).startswith(folded))

    @lru_cache(maxsize=256)
    def fits(value: str) -> bool:
        if not value:
            return False
        held = version_key(value)
        short = held[: len(wanted)]
        if sign == ">":
            return short > wanted
        if sign == "<":
            return held < wanted and short != wanted
        return held >= wanted if sign == ">=" else short <= wanted

    return lambda value, _now: fits(value)
