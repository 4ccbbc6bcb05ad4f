"""No picture without its test: a folder that no module draws would never be noticed."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_folder_of_pictures_has_its_module() -> None:
    """`snapshots/test_fleet` is drawn by `tests/screens/pictures/test_fleet.py`."""
    modules = {path.stem for path in (ROOT / "tests" / "screens").rglob("test_*.py")}
    folders = {path.name for path in (ROOT / "snapshots").iterdir() if path.is_dir()}
    assert folders <= modules


def test_every_picture_has_its_plain_text() -> None:
    """An SVG for colour, the text beside it for review."""
    for folder in (ROOT / "snapshots").iterdir():
        if folder.is_dir():
            pictures = {path.stem for path in folder.glob("*.svg")}
            assert pictures == {path.stem for path in folder.glob("*.txt")}, folder.name
