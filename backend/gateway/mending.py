"""Events of a station with traits, put right before the house sees them: local time, connectors that are none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from typing import Any, TypeAlias

from msgspec.structs import replace

from backend.model.clock import Instant
from backend.model.event import FaultsReported, Heard, MeterValuesReported, StationEvent, StatusReported
from backend.model.quirk import Traits, zone_of

Mend: TypeAlias = Callable[[tuple[StationEvent, ...]], tuple[StationEvent, ...]]
_OF_CONNECTORS = (StatusReported, MeterValuesReported, FaultsReported)


def of(traits: Traits) -> Mend | None:
    """What is done to each event of a station with these traits; None: nothing."""
    zone = zone_of(traits.clock_zone) if traits.clock_zone else None
    phantoms = frozenset(traits.phantom_connectors)
    if zone is None and not phantoms:
        return None

    def mend(events: tuple[StationEvent, ...]) -> tuple[StationEvent, ...]:
        return tuple(_mended(event, zone, phantoms) for event in events)

    return mend


def _mended(event: StationEvent, zone: tzinfo | None, phantoms: frozenset[int]) -> StationEvent:
    if phantoms and isinstance(event, _OF_CONNECTORS) and event.evse in phantoms:
        return Heard(station=event.station, learned=event.learned)
    if zone is None:
        return event
    changes: dict[str, Any] = {}
    if event.said is not None:
        changes["said"] = _universal(event.said, zone)
    samples = getattr(event, "samples", ())
    if any(sample.at is not None for sample in samples):
        changes["samples"] = tuple(
            sample if sample.at is None else replace(sample, at=_universal(sample.at, zone)) for sample in samples
        )
    return replace(event, **changes) if changes else event


def _universal(local: Instant, zone: tzinfo) -> Instant:
    """The time at which a clock of that zone shows what `local` shows in UTC."""
    return datetime.fromtimestamp(local, UTC).replace(tzinfo=zone).timestamp()
