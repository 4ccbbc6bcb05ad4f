"""Languages: English is the source, others are looked up."""

from __future__ import annotations

import pytest

from backend.text import language, set_language, t, tn


def test_values_are_put_in_after_the_look_up() -> None:
    """A translator may move them."""
    assert t("{a} of {b}", a=1, b=2) == "1 of 2"
    assert tn("{n} station", "{n} stations", 1) == "1 station"
    assert tn("{n} station", "{n} stations", 3) == "3 stations"


def test_an_unknown_language_names_those_there_are() -> None:
    """And changes nothing."""
    before = language()
    with pytest.raises(ValueError, match="en, sv"):
        set_language("xx")
    assert language() == before
