"""The targets of the fuzzers with hypothesis: on every machine, and with the input made small when one fails."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.model.words import Version
from tests.fuzz import decoder, guard, lookup, translators
from tests.fuzz.mutation import mutated
from tests.fuzz.seeds import seeds

FRAMES = st.builds(
    lambda version, number, dice: mutated(Random(dice), seeds(version)[number % len(seeds(version))], "i"),
    st.sampled_from(list(Version)),
    st.integers(0, 10_000),
    st.integers(0, 1 << 32),
)
NAMES = st.builds(
    lambda text, dice: mutated(Random(dice), text.encode(), "i"), st.sampled_from(lookup.SEEDS), st.integers(0, 1 << 32)
)
PREFIXED = st.builds(lambda head, frame: head + frame, st.binary(min_size=1, max_size=1), FRAMES)
PAYLOADS = st.sampled_from(translators.corpus()).flatmap(
    lambda seed: st.integers(0, 1 << 32).map(lambda dice: seed[:2] + mutated(Random(dice), seed[2:], "i"))
)


@pytest.mark.parametrize(
    ("one", "inputs"),
    [
        pytest.param(guard.one, FRAMES | st.binary(max_size=200), id="guard"),
        pytest.param(decoder.one, PREFIXED, id="decoder"),
        pytest.param(translators.one, PAYLOADS, id="translators"),
        pytest.param(
            lookup.one, NAMES | st.text(max_size=80).map(lambda text: text.encode("utf-8", "replace")), id="lookup"
        ),
    ],
)
def test_whatever_the_input(one: Callable[[bytes], None], inputs: st.SearchStrategy[bytes]) -> None:
    """Nothing raises what it should not, and every answer can be read."""

    @settings(max_examples=300, deadline=None)
    @given(inputs)
    def any_input(data: bytes) -> None:
        one(data)

    any_input()


@pytest.mark.parametrize(
    ("text", "kept"),
    [('[2,"\\u0"', None), ("[2,007,", None), ('[2,"\\q","Heartbeat"', None), ('[2,"a\\n"', '"a\\n"'), ("[2,-7,", "-7")],
)
def test_only_an_id_that_can_be_sent_back_is_saved(text: str, kept: str | None) -> None:
    """Of broken frames; an answer that is no JSON itself is worse than the id `-1`."""
    assert guard.guard.head(text).id == kept
