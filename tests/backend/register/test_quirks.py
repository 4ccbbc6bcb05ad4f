"""The quirk book: the nearest entry counts, what is seen is learned, what a person says stands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.model.clock import HeldClock
from backend.model.errors import Conflict, Invalid
from backend.model.quirk import NO_TRAITS, Quirk, Source, Trait, read_value, traits_of
from backend.model.station import Station
from backend.model.words import Version
from backend.register.lessons import lesson
from backend.register.quirks import MOST_QUIRKS, QuirkBook

STATIONS = {
    name: Station(id=name, vendor="Fjord", model="F1", firmware=firmware, version=Version.V16)
    for name, firmware in (("A", "2.1.7"), ("B", "2.0"), ("C", "1.9"), ("D", ""))
}
STATIONS["new"] = Station(id="new")


def make() -> QuirkBook:
    return QuirkBook(HeldClock(), STATIONS.get)


def of(trait: Trait, value: str, **about: str) -> Quirk:
    return Quirk(trait=trait, value=value, **about)  # type: ignore[arg-type]


def test_the_nearest_entry_counts() -> None:
    """Station before the longest firmware prefix, before the model, before the maker."""
    book = make()
    assert book.traits("A") is NO_TRAITS
    book.put(of(Trait.SETTLE_S, "1", vendor="fjord"))
    assert [book.traits(name).settle_s for name in "ABCD"] == [1, 1, 1, 1]
    book.put(of(Trait.SETTLE_S, "2", vendor="FJORD", model="f1"))
    book.put(of(Trait.SETTLE_S, "3", vendor="Fjord", model="F1", firmware="2."))
    book.put(of(Trait.SETTLE_S, "4", vendor="Fjord", model="F1", firmware="2.1"))
    assert [book.traits(name).settle_s for name in "ABCD"] == [4, 3, 2, 2]
    book.put(of(Trait.SETTLE_S, "5", station="a"))
    assert book.traits("A").settle_s == 5
    assert book.traits("new") == NO_TRAITS


def test_a_refusal_ends_the_search() -> None:
    """What a station does not have, although its model has it; and it is gone when the entry is."""
    book = make()
    book.put(of(Trait.PING, "no", vendor="Fjord", model="F1"))
    refused = book.put(Quirk(trait=Trait.PING, station="A", source=Source.REFUSED))
    assert [book.traits(name).ping for name in "AB"] == [None, False]
    assert book.remove(refused)
    assert not book.remove(refused)
    assert book.traits("A").ping is False


def test_phantom_connectors_come_and_go() -> None:
    """As the entry does."""
    book = make()
    made = book.put(of(Trait.PHANTOM_CONNECTORS, "2", vendor="Fjord", model="F1"))
    assert [book.phantoms(name) for name in ("A", "new")] == [(2,), ()]
    book.remove(made)
    assert book.phantoms("A") == ()


def test_three_stations_make_it_the_models() -> None:
    """Learned: for those that showed it, from three on for all; a person's word is not learned over."""
    book = make()
    for name in ("A", "B", "A"):
        book.learn(name, Trait.PING, "off")
    assert [book.traits(name).ping for name in "ABCD"] == [False, False, None, None]
    book.learn("C", Trait.PING, "off")
    assert [book.traits(name).ping for name in "ABCD"] == [False] * 4
    (entry,) = book.all()
    assert (entry.source, entry.stations, entry.vendor, entry.model) == (Source.LEARNED, ("A", "B", "C"), "Fjord", "F1")
    book.put(Quirk(trait=Trait.PING, vendor="Fjord", model="F1", source=Source.REFUSED, by="anna"))
    book.learn("D", Trait.PING, "off")
    assert [book.traits(name).ping for name in "ABCD"] == [None] * 4
    book.learn("new", Trait.PING, "off")
    assert book.traits("new").ping is False
    book.learn("nobody", Trait.PING, "off")
    assert len(book.all()) == 2


def test_what_it_cannot_be_about() -> None:
    """Nothing, a station and a model at once, a firmware of no model; a trait has its own values; all is bounded."""
    book = make()
    for about in ({}, {"station": "A", "vendor": "V"}, {"vendor": "V", "firmware": "1"}):
        with pytest.raises(Invalid):
            book.put(of(Trait.PING, "off", **about))
    for number in range(MOST_QUIRKS):
        book.load([of(Trait.PING, "off", station=f"S{number}")])
    with pytest.raises(Conflict):
        book.put(of(Trait.PING, "off", vendor="V"))
    book.put(of(Trait.PING, "on", station="S1"))


@pytest.mark.parametrize(
    ("trait", "text", "value"),
    [
        (Trait.PING, " Off ", "off"),
        (Trait.PING, "loud", None),
        (Trait.PING_S, "60.0", "60"),
        (Trait.PING_S, "1", None),
        (Trait.SETTLE_S, "nan", None),
        (Trait.SETTLE_S, "inf", None),
        (Trait.ASSUME_VERSION, "1.6", "1.6"),
        (Trait.ASSUME_VERSION, "1.5", None),
        (Trait.PIN_VERSION, "2.0.1", "2.0.1"),
        (Trait.HEX_KEY, "yes", "on"),
        (Trait.CLOCK_ZONE, "Europe/Stockholm", "Europe/Stockholm"),
        (Trait.CLOCK_ZONE, "-03:30", "-03:30"),
        (Trait.CLOCK_ZONE, "+25:00", None),
        (Trait.CLOCK_ZONE, "../etc/passwd", None),
        (Trait.CLOCK_ZONE, "", None),
        (Trait.PHANTOM_CONNECTORS, "3, 2,2", "2,3"),
        (Trait.PHANTOM_CONNECTORS, "0", None),
        (Trait.PHANTOM_CONNECTORS, "²", None),
        (Trait.PHANTOM_CONNECTORS, "1,", None),
    ],
)
def test_values(trait: Trait, text: str, value: str | None) -> None:
    """One spelling for each value, and a word about those that are none."""
    if value is None:
        with pytest.raises(Invalid) as caught:
            read_value(trait, text)
        assert caught.value.hint
    else:
        assert read_value(trait, text) == value


@given(st.sampled_from(Trait), st.text(max_size=80))
def test_whatever_is_read_can_be_used(trait: Trait, text: str) -> None:
    """A value that was taken reads as itself, and makes traits."""
    try:
        value = read_value(trait, text)
    except Invalid:
        return
    assert read_value(trait, value) == value
    assert traits_of({trait: value}) is not None


WINTER = 1_763_130_727.0


@pytest.mark.parametrize(
    ("deviation", "skew", "found"),
    [
        ("no_pong", None, (Trait.PING, "off")),
        ("hex_key", None, (Trait.HEX_KEY, "on")),
        ("no_subprotocol", None, (Trait.ASSUME_VERSION, "1.6")),
        ("local_time:timestamp", 3590.0, (Trait.CLOCK_ZONE, "Europe/Stockholm")),
        ("local_time:timestamp", 7200.0, None),
        ("local_time:timestamp", None, None),
        ("too_long:idTag", 3600.0, None),
    ],
)
def test_lessons(deviation: str, skew: float | None, found: tuple[Trait, str] | None) -> None:
    """A skew of just the site's offset, and no zone: local time. Most deviations teach nothing."""
    station = Station(id="A", version=Version.V16, clock_skew_s=skew)
    assert lesson(deviation, station, "Europe/Stockholm", WINTER) == found
    assert lesson("local_time:timestamp", Station(id="A", clock_skew_s=0.0), "Nowhere/At all", WINTER) is None
