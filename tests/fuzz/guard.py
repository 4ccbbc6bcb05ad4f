"""Fuzzes the frame guard: nothing raises, and what is saved of a broken frame can be sent back."""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.fuzz.target import fuzz, instrumented

with instrumented(__name__):
    from backend.gateway import guard
    from backend.gateway.pieces import whole_text
    from backend.model.words import Version


def one(data: bytes) -> None:
    """Every function of the guard on the same bytes."""
    text = data.decode("utf-8", "replace")
    found = guard.head(text)
    if found.id is not None:
        json.loads(f"[4,{found.id}]")
        assert len(found.id) <= guard.MAX_ID + 2
    guard.too_deep(text)
    fixed = guard.without_lone_surrogates(text)
    if fixed is not None:
        assert guard.without_lone_surrogates(fixed) is None
    if guard.usable_id(text):
        assert len(text) <= guard.MAX_ID + 2
    whole = whole_text(data, 0)
    if whole is not None:
        assert 0 < whole[1] <= len(data)


if __name__ == "__main__":
    from tests.fuzz.seeds import seeds

    fuzz(one, seeds(Version.V16) + seeds(Version.V201))
