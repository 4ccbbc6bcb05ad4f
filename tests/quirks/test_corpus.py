"""Every lesson from the field, played against the whole server; and every lesson has its file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.quirks.player import Player, read
from tests.recipes.net import Net

CORPUS = Path(__file__).parent / "corpus"
LESSONS = list(range(1, 48))
ROWS = list(range(1, 13))


@pytest.mark.parametrize("file", sorted(CORPUS.glob("*.jsonl")), ids=lambda file: file.stem)
async def test_lesson(file: Path, tmp_path: Path) -> None:
    """What the file says comes true, line by line."""
    net = Net(tmp_path, accept_unknown=True)
    net.settings.rounds.status_every_s = 0.0
    await net.start()
    player = Player(net)
    try:
        await player.play(file)
    finally:
        await player.close()
        await net.stop()


def test_every_lesson_has_a_file() -> None:
    """Named after what it is about, its first line says what was learned and where."""
    heads = [read(file)[0][1] for file in sorted(CORPUS.glob("*.jsonl"))]
    assert sorted({head["lesson"] for head in heads if "lesson" in head}) == LESSONS
    assert sorted({head["row"] for head in heads if "row" in head}) == ROWS
    assert all(next(iter(head)) in ("lesson", "row", "profile", "ruling") for head in heads)
    assert all(head["from"] and head["must"] for head in heads)
