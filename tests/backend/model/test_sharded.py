"""A dictionary in many parts behaves like one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from backend.model import sharded
from backend.model.sharded import FIRST, Sharded


@given(st.lists(st.tuples(st.sampled_from("pdg"), st.integers(0, 40), st.integers()), max_size=200))
def test_it_holds_what_a_dict_holds(steps: list[tuple[str, int, int]]) -> None:
    """Whatever is put in, taken out and asked for, beyond its first part too."""
    before, sharded.FIRST = sharded.FIRST, 5
    try:
        ours: Sharded[str, int] = Sharded()
        plain: dict[str, int] = {}
        for what, number, value in steps:
            key = f"k{number}"
            if what == "p":
                ours[key] = plain[key] = value
            elif what == "d":
                assert ours.pop(key, None) == plain.pop(key, None)
            assert ours.get(key) == plain.get(key)
            assert (key in ours) == (key in plain)
            assert (len(ours), bool(ours)) == (len(plain), bool(plain))
        assert ours == plain
        assert dict(ours.pairs()) == plain
        assert dict(ours.drain()) == plain
        assert not ours
    finally:
        sharded.FIRST = before


def test_a_network_of_usual_size_keeps_its_order() -> None:
    """People see their tokens as they put them in."""
    held: Sharded[str, int] = Sharded()
    for number in range(FIRST):
        held[str(number)] = number
    assert list(held.values()) == list(range(FIRST))
