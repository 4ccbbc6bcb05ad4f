"""The one filter grammar: of `/` in the console, of `--filter`, and of the API.

    words            contained anywhere, without case and accents; all words must be there
    "two words"      one text; quotes also keep a colon from being read as a field
    field:value      that field alone; `field:a,b` either of them; `field:` the value is unknown or empty
    station:"CP-1"   quotes after `station:`, `outlet:`, `target:`, `source:` mean that very one, and not CP-10
    field:>1h        `>`, `>=`, `<`, `<=`, `=`; `field:10..40` between, both included
    !term            inverts one term; a `!` of its own in front inverts the whole

Ages: `since:>1h` is *longer ago than an hour*; with a date (`started:>2025-11-14`) it is *later than*.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from backend.model.clock import Instant
from backend.model.errors import Invalid
from backend.model.filter_fields import FIELDS, Field, Row, Subject, field_of
from backend.model.filter_tests import Tester, tester
from backend.model.resources import (
    AlarmResource,
    OperationResource,
    OutletResource,
    SessionResource,
    SiteResource,
    StationResource,
    TokenResource,
)
from backend.model.search import Haystacks, Thing, fold, words_of
from backend.text import t

__all__ = ["EMPTY", "Filter", "Subject", "Term", "fields", "parse"]

MOST_CHARACTERS = 1_000
MOST_TERMS = 50
_NAME = re.compile(r"[A-Za-z_]+\Z")


class Term(NamedTuple):
    """One `field:value`, as written; the store reads these to ask its indexes."""

    field: str
    """The field's own name, also where another was written."""
    text: str
    """The value as written, without quotes."""
    values: tuple[str, ...]
    """Its alternatives."""
    inverted: bool
    position: int
    quoted: bool = False
    """Of a station or an outlet: exactly that one."""


class _Check(NamedTuple):
    get: Callable[[Row], Any]
    test: Tester
    inverted: bool


class Filter:
    """A parsed filter. Cheap to hold; a match costs about a microsecond and half."""

    __slots__ = ("_checks", "inverted", "subject", "terms", "text", "unwanted", "words")

    def __init__(self, subject: Subject, text: str = "") -> None:
        self.subject = subject
        self.text = text
        """As it was written."""
        self.words: list[str] = []
        """Folded free words that must be there."""
        self.unwanted: list[str] = []
        """Folded free words that must not."""
        self.terms: list[Term] = []
        self.inverted = False
        """Whether the whole is inverted."""
        self._checks: list[_Check] = []

    def __bool__(self) -> bool:
        """Whether it leaves anything out."""
        return bool(self.words or self.unwanted or self.terms)

    def matches(
        self,
        thing: Thing,
        site: SiteResource | None = None,
        station: StationResource | None = None,
        *,
        now: Instant = 0.0,
        token: str | None = None,
        text: str | None = None,
    ) -> bool:
        """Whether `thing` passes. `text` is its folded text where it is known already, `token` its token in full."""
        if not self:
            return True
        return self._passes(Row(thing, site, station, now, token), text) is not self.inverted

    def matches_outlet(
        self, outlet: OutletResource, site: SiteResource | None, station: StationResource | None, now: Instant
    ) -> bool:
        return self.matches(outlet, site, station, now=now)

    def matches_station(self, station: StationResource, site: SiteResource | None, now: Instant) -> bool:
        return self.matches(station, site, station, now=now)

    def matches_session(
        self,
        session: SessionResource,
        site: SiteResource | None,
        station: StationResource | None,
        now: Instant,
        token: str | None = None,
    ) -> bool:
        return self.matches(session, site, station, now=now, token=token)

    def matches_alarm(
        self, alarm: AlarmResource, site: SiteResource | None, station: StationResource | None, now: Instant
    ) -> bool:
        return self.matches(alarm, site, station, now=now)

    def matches_operation(
        self, operation: OperationResource, site: SiteResource | None, station: StationResource | None, now: Instant
    ) -> bool:
        return self.matches(operation, site, station, now=now)

    def matches_site(self, site: SiteResource, now: Instant) -> bool:
        return self.matches(site, site, None, now=now)

    def matches_token(self, token: TokenResource, full: str | None, now: Instant) -> bool:
        return self.matches(token, now=now, token=full)

    def outlets(
        self,
        outlets: Iterable[OutletResource],
        sites: Mapping[str, SiteResource],
        stations: Mapping[str, StationResource],
        now: Instant,
        haystacks: Haystacks,
    ) -> list[OutletResource]:
        """Those of `outlets` that pass, in their order: search as you type.

        Free words are looked up in texts that `haystacks` remembers.
        """
        if not self:
            return list(outlets)
        words, unwanted, checks, inverted = self.words, self.unwanted, self._checks, self.inverted
        needs_text = bool(words or unwanted)
        found: list[OutletResource] = []
        for outlet in outlets:
            site = sites.get(outlet.site) if outlet.site is not None else None
            station = stations.get(outlet.station)
            good = True
            if needs_text:
                text = haystacks.text(outlet.outlet, outlet, site, station)
                for word in words:
                    if word not in text:
                        good = False
                        break
                if good and unwanted:
                    good = not any(word in text for word in unwanted)
            if good and checks:
                row = Row(outlet, site, station, now, None)
                good = all(check.test(check.get(row), now) is not check.inverted for check in checks)
            if good is not inverted:
                found.append(outlet)
        return found

    def _passes(self, row: Row, text: str | None) -> bool:
        for check in self._checks:
            if check.test(check.get(row), row.now) is check.inverted:
                return False
        if self.words or self.unwanted:
            held = text if text is not None else words_of(row.thing, row.site, row.station)
            if not all(word in held for word in self.words):
                return False
            return not any(word in held for word in self.unwanted)
        return True


EMPTY = Filter(Subject.OUTLET)
"""Lets everything through."""


def fields(subject: Subject) -> list[str]:
    """The names of the fields there are, for completion and for messages."""
    return list(FIELDS[subject])


def parse(text: str, subject: Subject = Subject.OUTLET) -> Filter:
    """Read a filter.

    Raises:
        Invalid: code `bad_filter`; the message names the position (from 1) and the hint the fields there are;
            `detail` is the position from 0.
    """
    if len(text) > MOST_CHARACTERS:
        raise _wrong(MOST_CHARACTERS, t("the filter is longer than {n} characters", n=MOST_CHARACTERS), subject)
    found = Filter(subject, text)
    for piece in _split(text, subject):
        if piece.text == "!" and not piece.quoted and not found and not found.inverted:
            found.inverted = True
            continue
        if len(found.terms) + len(found.words) + len(found.unwanted) >= MOST_TERMS:
            raise _wrong(piece.start, t("more than {n} terms", n=MOST_TERMS), subject)
        _add(found, piece)
    return found


def _add(found: Filter, piece: _Piece) -> None:
    inverted = piece.text.startswith("!") and piece.quoted != 1
    body = piece.text[1:] if inverted else piece.text
    colon = piece.colon - (1 if inverted else 0)
    if piece.colon < 0 or not _NAME.match(body[:colon]):
        if body:
            (found.unwanted if inverted else found.words).append(fold(body))
        return
    name, value = body[:colon].lower(), body[colon + 1 :]
    known = field_of(found.subject, name)
    if known is None:
        raise _no_field(piece.start + (1 if inverted else 0), name, found.subject)
    at = piece.start + piece.colon + 1
    values = (value,) if piece.quoted else tuple(part for part in value.split(",") if part) or ("",)
    try:
        tests = [tester(known[1].sort, part, piece.quoted > 0) for part in values]
    except ValueError as error:
        raise _wrong(at, str(error), found.subject) from None
    found.terms.append(Term(known[0], value, values, inverted, piece.start, piece.quoted > 0))
    found._checks.append(_check(known[1], tests, inverted))


def _check(field: Field, tests: list[Tester], inverted: bool) -> _Check:
    if len(tests) == 1:
        return _Check(field.get, tests[0], inverted)

    def either(value: Any, now: Instant) -> bool:
        return any(test(value, now) for test in tests)

    return _Check(field.get, either, inverted)


class _Piece(NamedTuple):
    text: str
    start: int
    colon: int
    """Of the first colon outside quotes; -1: none."""
    quoted: int
    """1: from its first character on, 2: later, 0: not."""


def _split(text: str, subject: Subject) -> Iterable[_Piece]:
    at, length = 0, len(text)
    while at < length:
        if text[at].isspace():
            at += 1
            continue
        start, colon, quoted = at, -1, 0
        out: list[str] = []
        while at < length and not text[at].isspace():
            char = text[at]
            if char == '"':
                end = text.find('"', at + 1)
                if end < 0:
                    raise _wrong(at, t("the quote is not closed"), subject)
                quoted = quoted or (1 if at == start else 2)
                out.append(text[at + 1 : end])
                at = end + 1
                continue
            if char == ":" and colon < 0 and quoted == 0:
                colon = at - start
            out.append(char)
            at += 1
        yield _Piece("".join(out), start, colon, quoted)


def _wrong(position: int, what: str, subject: Subject) -> Invalid:
    return Invalid(
        "bad_filter",
        t("Filter, character {position}: {what}.", position=position + 1, what=what),
        t("Fields: {fields}.", fields=" ".join(fields(subject))),
        detail=position,
    )


def _no_field(position: int, name: str, subject: Subject) -> Invalid:
    near = difflib.get_close_matches(name, fields(subject), n=1)
    if near:
        return _wrong(position, t("no field {name!r}; did you mean {near!r}?", name=name, near=near[0]), subject)
    return _wrong(position, t("no field {name!r}; put text with a colon in quotes", name=name), subject)
