"""The quirk book: traits by station, by model with firmware, by model, by vendor; the nearest one counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec.structs import replace

from backend.model.clock import Clock
from backend.model.errors import Conflict, Invalid
from backend.model.ports import Journal
from backend.model.quirk import NO_TRAITS, Quirk, Source, Trait, Traits, read_value, subject_key, traits_of
from backend.model.sanitise import clean
from backend.model.station import Station
from backend.text import t

MOST_QUIRKS = 10_000
MOST_LEARNED = 2_000
"""Models and stations that teach us something; what they call themselves is their own invention."""
MOST_STATIONS = 20
"""Stations that a learned entry names."""

Find = Callable[[str], Station | None]


class QuirkBook:
    """Looked up when a station connects or boots, never for a frame. Every look-up is without case."""

    def __init__(self, clock: Clock, find: Find, journal: Journal | None = None) -> None:
        self.journal = journal
        self.on_change: list[Callable[[Quirk], None]] = []
        """Called with the entry that was put in or taken out."""
        self._clock = clock
        self._find = find
        self._held: dict[str, dict[Trait, Quirk]] = {}
        self._with_phantoms: set[str] = set()
        """Subjects with phantom connectors."""
        self._firmwares: dict[str, list[str]] = {}
        """By model: the firmware prefixes that there are entries of, the longest first."""

    def load(self, quirks: Iterable[Quirk]) -> None:
        """Take what was stored."""
        for quirk in quirks:
            self._hold(quirk)

    def all(self) -> list[Quirk]:
        """All entries: those of models by name, then those of stations."""
        found = [quirk for held in self._held.values() for quirk in held.values()]
        return sorted(
            found,
            key=lambda one: (one.station, one.vendor.casefold(), one.model.casefold(), one.firmware, one.trait.value),
        )

    # -- what is in force ----------------------------------------------------------------------------------------

    def traits(self, station: str) -> Traits:
        """What is in force for a station, by what it said of itself last."""
        if not self._held:
            return NO_TRAITS
        return traits_of({quirk.trait: quirk.value for quirk in self.in_force(station)})

    def phantoms(self, station: str) -> tuple[int, ...]:
        """The connectors that a station does not have. Asked for every outlet that is shown: cheap where none is."""
        if not self._with_phantoms:
            return ()
        return self.traits(station).phantom_connectors

    def in_force(self, station: str) -> list[Quirk]:
        """The entries that count for a station; one that was refused ends the search for its trait."""
        if not self._held:
            return []
        found: dict[Trait, Quirk] = {}
        for key in self.subjects(station):
            for trait, quirk in self._held.get(key, {}).items():
                if trait not in found and (quirk.counts_for_all or station in quirk.stations):
                    found[trait] = quirk
        return [quirk for quirk in found.values() if quirk.source is not Source.REFUSED]

    def subjects(self, station: str) -> list[str]:
        """The keys under which something may stand for a station, the nearest first."""
        keys = [subject_key(station, "", "", "")]
        live = self._find(station)
        if live is None or not (live.vendor or live.model):
            return keys
        model = subject_key("", live.vendor, live.model, "")
        firmware = live.firmware.casefold()
        keys += [model + prefix for prefix in self._firmwares.get(model, ()) if firmware.startswith(prefix)]
        return [*keys, model, subject_key("", live.vendor, "", "")]

    # -- people --------------------------------------------------------------------------------------------------

    def put(self, quirk: Quirk) -> Quirk:
        """Set or refuse a trait.

        Raises:
            Invalid: it is about nothing, or its value is none.
            Conflict: there are too many.
        """
        quirk = self.checked(quirk)
        if len(self._held) >= MOST_QUIRKS and quirk.subject not in self._held:
            raise Conflict("too_many_quirks", t("There are {n} quirk profiles already.", n=MOST_QUIRKS))
        self._store(replace(quirk, at=self._clock.now(), stations=()))
        return self._held[quirk.subject][quirk.trait]

    def checked(self, quirk: Quirk) -> Quirk:
        """An entry with its value in its one spelling. Raises Invalid."""
        names = [clean(text, 100) for text in (quirk.station, quirk.vendor, quirk.model, quirk.firmware)]
        station, vendor, model, firmware = names
        if bool(station) == bool(vendor or model) or (firmware and not model):
            raise Invalid(
                "bad_quirk",
                t("A quirk is about a station, or about a maker's model."),
                t("Give --station, or --vendor with --model (and --firmware)."),
            )
        value = quirk.value if quirk.source is Source.REFUSED else read_value(quirk.trait, quirk.value)
        return replace(quirk, value=value, station=station, vendor=vendor, model=model, firmware=firmware)

    def remove(self, quirk: Quirk) -> bool:
        """Take an entry out. False: there is none."""
        held = self._held.get(quirk.subject)
        found = held.pop(quirk.trait, None) if held is not None else None
        if found is None:
            return False
        if not held:
            del self._held[quirk.subject]
        if found.trait is Trait.PHANTOM_CONNECTORS:
            self._with_phantoms.discard(found.subject)
        if self.journal is not None:
            self.journal.forget("quirk", (found.subject, found.trait.value))
        self._tell(found)
        return True

    def find(self, quirk: Quirk) -> Quirk | None:
        """The entry of the same subject and trait."""
        return self._held.get(quirk.subject, {}).get(quirk.trait)

    # -- learning ------------------------------------------------------------------------------------------------

    def learn(self, station: str, trait: Trait, value: str) -> None:
        """A station has shown a trait. What a person has set or refused stays as it is."""
        live = self._find(station)
        if live is None:
            return
        named = Quirk(trait=trait, station="" if live.vendor or live.model else station)
        if not named.station:
            named = replace(named, vendor=live.vendor, model=live.model)
        if trait in self._held.get(subject_key(station, "", "", ""), {}):
            return
        held = self.find(named)
        if held is None and len(self._held) < MOST_LEARNED:
            made = replace(named, value=value, source=Source.LEARNED, at=self._clock.now(), stations=(station,))
            self._store(made)
        if held is None or held.source is not Source.LEARNED or held.value != value or station in held.stations:
            return
        if len(held.stations) < MOST_STATIONS:
            self._store(replace(held, stations=(*held.stations, station)))

    # -- inside --------------------------------------------------------------------------------------------------

    def _hold(self, quirk: Quirk) -> None:
        self._held.setdefault(quirk.subject, {})[quirk.trait] = quirk
        if quirk.trait is Trait.PHANTOM_CONNECTORS:
            self._with_phantoms.add(quirk.subject)
        if quirk.firmware:
            prefixes = self._firmwares.setdefault(subject_key("", quirk.vendor, quirk.model, ""), [])
            prefix = quirk.firmware.casefold()
            if prefix not in prefixes:
                prefixes.append(prefix)
                prefixes.sort(key=len, reverse=True)

    def _store(self, quirk: Quirk) -> None:
        self._hold(quirk)
        if self.journal is not None:
            self.journal.quirk(quirk)
        self._tell(quirk)

    def _tell(self, quirk: Quirk) -> None:
        for listener in self.on_change:
            listener(quirk)
