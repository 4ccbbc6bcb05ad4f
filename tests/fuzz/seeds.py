"""What the fuzzers begin with: correct messages of every action, and odd ones from the field."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from backend.gateway.translators import TRANSLATORS
from backend.model.words import Version
from tests.backend.gateway.test_field_frames import FRAMES
from tests.backend.gateway.test_schemas import FOLDERS, SENDS, example, schema

CORPUS = Path(__file__).parents[1] / "quirks" / "corpus"


@cache
def seeds(version: Version) -> tuple[bytes, ...]:
    """Frames as bytes: each action with all and with the required fields alone, the quirk corpus, the field's."""
    made = [json.dumps(frame, ensure_ascii=False) for frame in (*_by_schema(version), *_answers(), *_by_corpus())]
    wanted = "1.6" if version is Version.V16 else "2.0.1"
    made += [
        str(row["raw"]) if "raw" in row else json.dumps(row["frame"], ensure_ascii=False)
        for row in FRAMES
        if row["version"] == wanted
    ]
    return tuple(text.encode("utf-8", "replace") for text in dict.fromkeys(made))


def _by_schema(version: Version) -> list[Any]:
    frames: list[Any] = []
    for action in TRANSLATORS[version].actions:
        request = schema(version, action if action in SENDS else action + FOLDERS[version][1])
        frames += [
            [6 if action in SENDS else 2, "i", action, example(request, request, full=full)] for full in (True, False)
        ]
    return frames


def _answers() -> list[Any]:
    return [[3, "i", {"status": "Accepted"}], [4, "i", "InternalError", "", {}], [5, "i", "GenericError", "", {}]]


def _by_corpus() -> list[Any]:
    """What the stations of the quirk corpus say; marks of the player stay as odd text."""
    frames = []
    for file in sorted(CORPUS.glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line) if line.strip() else {}
            said = row.get("send") or row.get("ask")
            if isinstance(said, list):
                frames.append(said)
    return frames
