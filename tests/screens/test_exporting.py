"""Files that the console writes."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.model.errors import Invalid
from screens.exporting import csv_text, safe_cell, write_new


@pytest.mark.parametrize("text", ["=1+1", "+SUM(A1)", "-2", "@cmd", "\tx", "\rx", "=HYPERLINK()"])
def test_no_cell_is_a_formula(text: str) -> None:
    """A spreadsheet shows what was in it, and runs nothing."""
    assert safe_cell(text) == "'" + text


def test_numbers_stay_numbers() -> None:
    """A negative number is no formula."""
    assert [safe_cell(value) for value in (-1.5, 3, None, True, "SE*NKL")] == ["-1.5", "3", "", "True", "SE*NKL"]


@given(st.lists(st.lists(st.text(max_size=8), min_size=2, max_size=2), max_size=5))
def test_what_is_written_can_be_read(rows: list[list[str]]) -> None:
    """Quotes, commas and line ends come back; only the apostrophe is added."""
    read = list(csv.reader(io.StringIO(csv_text(("a", "b"), rows), newline="")))
    assert read[0] == ["a", "b"]
    assert read[1:] == [[safe_cell(value) for value in row] for row in rows]


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    """The message says so, the file stays as it was."""
    path = tmp_path / "there.csv"
    path.write_text("kept")
    with pytest.raises(Invalid, match="of that name already"):
        write_new(str(path), "new")
    assert path.read_text() == "kept"


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    """One clear line."""
    with pytest.raises(Invalid, match="cannot be written"):
        write_new(str(tmp_path / "no" / "x.csv"), "new")


def test_the_path_is_told(tmp_path: Path) -> None:
    """Where it went."""
    assert write_new(str(tmp_path / "x.csv"), "åäö") == tmp_path / "x.csv"
    assert (tmp_path / "x.csv").read_text("utf-8") == "åäö"


def test_a_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    """Sessions and tokens are nobody else's business on a shared machine."""
    assert write_new(str(tmp_path / "x.csv"), "x").stat().st_mode & 0o077 == 0
