"""Folded text for free-word search: without case and accents, so that `malmo` finds Malmö."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TypeAlias

from backend.model.resources import (
    AlarmResource,
    OperationResource,
    OutletResource,
    SessionResource,
    SiteResource,
    StationResource,
    TokenResource,
)

Thing: TypeAlias = (
    OutletResource
    | StationResource
    | SessionResource
    | AlarmResource
    | OperationResource
    | SiteResource
    | TokenResource
)


@lru_cache(maxsize=16_384)
def fold(text: str) -> str:
    """`text` for comparison: casefolded, accents taken off; twice, for letters that come apart into capitals (`𝐀`)."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text).casefold()
    apart = unicodedata.normalize("NFKD", apart).casefold()
    return "".join(char for char in unicodedata.normalize("NFKD", apart) if not unicodedata.combining(char))


def _plain(text: str) -> str:
    return text.lower() if text.isascii() else fold(text)


def _site(site: SiteResource | None) -> tuple[str, ...]:
    return () if site is None else (site.id, site.name, site.town, site.address, site.owner)


def words_of(thing: Thing, site: SiteResource | None, station: StationResource | None) -> str:
    """All that free words look through, folded; parts are kept apart by a newline."""
    parts: list[str]
    if isinstance(thing, OutletResource):
        parts = [thing.outlet, thing.label, thing.place, thing.model, thing.info, thing.connector_type, *_site(site)]
        if thing.evse_id:
            parts += (thing.evse_id, thing.evse_id.replace("*", ""))
        parts += thing.error_codes
        parts += thing.vendor_error_codes
        if station is not None:
            parts += (station.vendor, station.model, station.serial)
    elif isinstance(thing, StationResource):
        parts = [thing.id, thing.vendor, thing.model, thing.serial, thing.firmware, thing.address, thing.note]
        parts += _site(site)
    elif isinstance(thing, SessionResource):
        parts = [thing.id, thing.outlet, thing.label, thing.transaction_id, thing.id_token or "", *_site(site)]
    elif isinstance(thing, AlarmResource):
        parts = [thing.id, thing.source, thing.label, thing.text, thing.code, thing.vendor_code, thing.info]
        parts += (thing.rule, thing.owner or "", *_site(site))
    elif isinstance(thing, OperationResource):
        parts = [thing.id, thing.operation, thing.target, thing.reason, thing.requested_by, thing.answer or ""]
        parts += (thing.proof or "", *_site(site))
    elif isinstance(thing, SiteResource):
        parts = list(_site(thing))
    else:
        parts = [thing.token, thing.label, thing.group or ""]
    return "\n".join([_plain(part) for part in parts if part])


class Haystacks:
    """Remembers the folded text of objects until they change, for search as you type.

    One entry for each object seen; `keep` drops those that are no more.
    """

    def __init__(self) -> None:
        self._held: dict[str, tuple[Thing, SiteResource | None, StationResource | None, str]] = {}

    def text(self, name: str, thing: Thing, site: SiteResource | None, station: StationResource | None) -> str:
        """The folded text of `thing`, which is known by `name`."""
        held = self._held.get(name)
        if held is not None and held[0] is thing and held[1] is site and held[2] is station:
            return held[3]
        if held is not None and held[1] is site and held[2] is station and _same_words(held[0], thing):
            text = held[3]
        else:
            text = words_of(thing, site, station)
        self._held[name] = (thing, site, station, text)
        return text

    def keep(self, names: Iterable[str] | Mapping[str, object]) -> None:
        """Forget all but `names`."""
        wanted = names if isinstance(names, Mapping) else set(names)
        self._held = {name: held for name, held in self._held.items() if name in wanted}


def _same_words(before: Thing, after: Thing) -> bool:
    """Whether only figures changed: the usual case, worth a cheap look."""
    return (
        isinstance(before, OutletResource)
        and isinstance(after, OutletResource)
        and before.label == after.label
        and before.place == after.place
        and before.model == after.model
        and before.info == after.info
        and before.evse_id == after.evse_id
        and before.connector_type == after.connector_type
        and before.error_codes == after.error_codes
        and before.vendor_error_codes == after.vendor_error_codes
    )
