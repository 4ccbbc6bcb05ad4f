"""Files that the console writes for people: never over another file, and no cell that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from backend.model.errors import Invalid
from backend.text import t

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def safe_cell(value: object) -> str:
    """A cell's text; what a spreadsheet would take for a formula gets an apostrophe in front."""
    if isinstance(value, bool) or value is None:
        return "" if value is None else str(value)
    if isinstance(value, int | float):
        return str(value)
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def csv_text(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table as CSV (RFC 4180)."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    for row in rows:
        writer.writerow([safe_cell(value) for value in row])
    return out.getvalue()


def write_new(name: str, text: str) -> Path:
    """Write a file that is not there yet, for its owner alone; returns where it is.

    Raises:
        Invalid: there is a file of that name already, or it cannot be written.
    """
    path = Path(name).expanduser()
    try:
        made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(made, "w", encoding="utf-8", newline="") as file:
            file.write(text)
    except FileExistsError:
        raise Invalid(
            "file_exists", t("There is a file of that name already: {file}.", file=name), t("Give another name.")
        ) from None
    except OSError as error:
        raise Invalid(
            "cannot_write", t("The file cannot be written, {why}: {file}.", file=name, why=error.strerror or error)
        ) from None
    return path.resolve()
