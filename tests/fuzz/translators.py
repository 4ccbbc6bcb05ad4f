"""Fuzzes the translators: any payload of any action becomes events or a Violation; answers are JSON.

The first two bytes choose version and action, the rest is the payload.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.fuzz.target import fuzz, instrumented

with instrumented(__name__):
    from backend.gateway import guard
    from backend.gateway.breach import Violation
    from backend.gateway.letter import Letter
    from backend.gateway.translators import TRANSLATORS
    from backend.model.clock import HeldClock
    from backend.model.reply import Done, TokenReply
    from backend.model.words import TokenStatus, Version

ACTIONS = [(version, sorted(TRANSLATORS[version].actions)) for version in Version]
NOW = HeldClock().now()


def one(data: bytes) -> None:
    """What the dialogue lets through to a translator: one JSON value, not too deep."""
    if len(data) < 3:
        return
    version, names = ACTIONS[data[0] % len(ACTIONS)]
    action = TRANSLATORS[version].actions[names[data[1] % len(names)]]
    try:
        (payload,) = guard.decode_list(b"[" + data[2:] + b"]")
    except (*guard.UNREADABLE, ValueError):
        return
    if guard.too_deep(data.decode("utf-8", "replace")):
        return
    letter = Letter("CP1", version, {})
    letter.action, letter.learned = action.name, NOW
    try:
        events = action.read(payload, letter)
    except Violation as violation:
        assert violation.why
        return
    assert events
    for reply in (Done(), TokenReply(TokenStatus.BLOCKED)):
        json.loads((letter.answer or action.answer)(reply, NOW))


def corpus() -> list[bytes]:
    """Each seed under the number of its own action."""
    from tests.fuzz.seeds import seeds

    made = []
    for number, (version, names) in enumerate(ACTIONS):
        for seed in seeds(version):
            try:
                frame = json.loads(seed)
                place = names.index(frame[2])
            except (ValueError, IndexError, TypeError):
                continue
            made.append(bytes((number, place)) + json.dumps(frame[3]).encode())
    return made


if __name__ == "__main__":
    fuzz(one, corpus())
