"""Pictures of screens: an SVG in `snapshots/`, and its plain text beside it, which reads well in a review."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_textual_snapshot as pts
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from textual.app import App

ROOT = Path(__file__).parent.parent
SNAPSHOTS = ROOT / "snapshots"


class ScreenSnapshot(pts.SVGImageExtension):
    """One SVG a test, in a folder named after its module."""

    _file_extension = "svg"

    @classmethod
    def dirname(cls, *, test_location: Any) -> str:
        """`snapshots/test_fleet`."""
        return str(SNAPSHOTS / test_location.basename)


class CellSnapshot(SingleFileSnapshotExtension):
    """The same screen as lines of text."""

    _file_extension = "txt"
    _write_mode = WriteMode.TEXT

    @classmethod
    def dirname(cls, *, test_location: Any) -> str:
        """Beside the SVG."""
        return str(SNAPSHOTS / test_location.basename)

    def serialize(self, data: str, **_: Any) -> str:
        """As it is."""
        return data


pts.SVGImageExtension = ScreenSnapshot


def cells_of(app: App[Any]) -> str:
    """The screen as text: one line each, without blanks at its end."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips) + "\n"


@pytest.fixture
def picture(snapshot: Any) -> Callable[[App[Any]], None]:
    """Compares what the app shows with its picture and with the picture's plain text.

    `--snapshot-update` draws both anew.
    """
    drawn, told = snapshot.use_extension(ScreenSnapshot), snapshot.use_extension(CellSnapshot)

    def compare(app: App[Any]) -> None:
        assert cells_of(app) == told
        assert app.export_screenshot(simplify=True) == drawn

    return compare
