"""Fuzzes a whole dialogue: any bytes get at most one answer, that answer is a frame, and nothing is a fault of ours.

The first byte chooses the version.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.fuzz.target import fuzz, instrumented

with instrumented(__name__):
    from backend.model.words import Version
    from tests.fuzz.house import answers

VERSIONS = tuple(Version)


def one(data: bytes) -> None:
    """Three times the same frame: the third time an error has to come to an end."""
    if not data:
        return
    said = answers(VERSIONS[data[0] % len(VERSIONS)], [data[1:]] * 3)
    assert len(said) <= 3
    for text in said:
        frame = json.loads(text)
        assert frame[0] in (3, 4)
        assert len(frame) == (3 if frame[0] == 3 else 5)


if __name__ == "__main__":
    from tests.fuzz.seeds import seeds

    fuzz(one, (bytes((number,)) + seed for number, version in enumerate(VERSIONS) for seed in seeds(version)))
