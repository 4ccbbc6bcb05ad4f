"""What of a filter the store's indexes can answer: which station a term can mean, and no other."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from backend.api.house import House
    from backend.model.filter import Filter, Term


class Place(NamedTuple):
    """A station, or one outlet of it."""

    station: str
    evse: int | None = None


def place_of(house: House, term: Term) -> Place | None:
    """The only place that a term can mean: `station:CP-1` also means CP-10, where there is one. None: several, or
    none that is known."""
    name, _, evse = term.text.rpartition(":") if term.field in ("outlet", "target", "source") else (term.text, "", "")
    live = house.views.live(name or term.text)
    if live is None or not (term.quoted or house.feed.is_alone(live.id)):
        return None
    exact = term.quoted and evse.isdecimal() and len(evse) < 6
    return Place(live.id, int(evse) if exact else None)


def place_in(house: House, chosen: Filter, fields: Iterable[str]) -> Place | None:
    """The place that one of a filter's terms in these fields asks for."""
    if chosen.inverted:
        return None
    for term in chosen.terms:
        if term.field in fields and not term.inverted and len(term.values) == 1 and term.text:
            found = place_of(house, term)
            if found is not None:
                return found
    return None
