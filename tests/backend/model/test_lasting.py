"""A dictionary that stays aside once it was put aside."""

from __future__ import annotations

import gc

from backend.model.lasting import Lasting


def test_it_is_not_searched_again_for_what_is_put_in() -> None:
    """A dict of tuples comes back to the search at every assignment; this one does not."""
    plain: dict[tuple[str, int], str] = {("A", 1): "x"}
    lasting: Lasting[tuple[str, int], str] = Lasting()
    lasting["A", 1] = "x"
    gc.collect()
    assert not gc.is_tracked(plain), "the interpreter does not look into it any more"
    gc.freeze()
    try:
        plain["B", int("2")] = lasting["B", int("2")] = "y"
        young = gc.get_objects(generation=0)
        assert any(one is plain for one in young)
        assert not any(one is lasting for one in young)
    finally:
        gc.unfreeze()
    assert lasting == plain
