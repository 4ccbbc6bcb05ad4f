"""How far a search goes back where no index helps, and how the asker learns that there is more."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from backend.model.clock import Instant
from backend.model.filter_tests import moments

if TYPE_CHECKING:
    from backend.api.house import House
    from backend.model.filter import Filter
    from backend.store.alarm_rows import AlarmQuery
    from backend.store.operation_rows import OperationQuery
    from backend.store.session_rows import SessionQuery

PAGE = 200
"""Rows read from the store at a time."""
MOST_LOOKED_AT = 100_000
"""Rows that one request looks through for a filter, the newest first."""
ROUNDING_S = 0.001
"""The times that a filter looks at are rounded to the millisecond, those in the store are not."""


class Span(NamedTuple):
    """Where in time rows can be: [begin, end). None: no such bound."""

    begin: Instant | None
    end: Instant | None


def span_of(chosen: Filter, now: Instant, exactly: Iterable[str], not_after: Iterable[str] = ()) -> Span:
    """The times that a filter leaves for the moment by which rows are ordered.

    `exactly`: fields that are that moment; `not_after`: fields that are that moment or a later one, such as the end.
    """
    low, high = -math.inf, math.inf
    if not chosen.inverted:
        for term in chosen.terms:
            if term.inverted or len(term.values) != 1:
                continue
            first, last = moments(term.text, now)
            if term.field in exactly:
                low, high = max(low, first), min(high, last)
            elif term.field in not_after:
                high = min(high, last)
    return Span(
        None if math.isinf(low) else low - ROUNDING_S,
        None if math.isinf(high) else high + ROUNDING_S,
    )


async def looked_at(house: House, chosen: Filter, query: SessionQuery | AlarmQuery | OperationQuery) -> int | None:
    """To how many rows of `query` a search is limited; None: it comes to the end."""
    if chosen and await house.store.exceeds(query, MOST_LOOKED_AT):
        return MOST_LOOKED_AT
    return None
