"""Reads rows out of a CSV file that people made: any usual separator, and one broken row never swallows the next."""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from collections.abc import Iterable, Iterator

from backend.model.sanitise import clean
from backend.text import t

MAX_LINES = 20
"""Lines that one row may span; beyond them a quote was not closed."""
MAX_CELL = 4_096
_EXCEL_TEXT = re.compile(r'="([^"]*)"')


class _UnclosedQuote(Exception):
    """A row spans more lines than anybody means it to."""


class _Lines:
    """The file's lines, which can go back to the line after the one where the present row began."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._again: deque[str] = deque()
        self._row: list[str] = []
        self.number = 0
        """Of the line given last."""

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if len(self._row) >= MAX_LINES:
            raise _UnclosedQuote
        line = self._again.popleft() if self._again else next(self._lines)
        self._row.append(line)
        self.number += 1
        return line

    def begin_row(self) -> int:
        """A new row begins; returns the number of its first line."""
        self._row.clear()
        return self.number + 1

    def go_back(self) -> None:
        """Give all lines of this row but its first again."""
        self._again.extendleft(reversed(self._row[1:]))
        self.number -= max(0, len(self._row) - 1)
        self._row.clear()


def read_rows(source: bytes | str | Iterable[str]) -> Iterator[tuple[int, list[str], str]]:
    """(line, cells, what is wrong with the row as a whole) of each row that is not blank; lines count from 1.

    The separator is the one of `,`, `;` and tab that the first row has most of.
    """
    plain = (line.removeprefix("\ufeff") if number == 0 else line for number, line in enumerate(_opened(source)))
    skipped: deque[str] = deque()
    header = ""
    for header in plain:
        skipped.append(header)
        if header.strip():
            break
    lines = _Lines(_chained(skipped, plain))
    reader = csv.reader(lines, delimiter=max(",;\t", key=header.count), strict=True)
    while True:
        number = lines.begin_row()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (csv.Error, _UnclosedQuote) as error:
            lines.go_back()
            why = clean(str(error)) or t("a quote is not closed")
            yield number, [], t("cannot be read as CSV: {why}", why=why)
            continue
        if any(cells):
            yield number, cells, "" if _is_text(cells) else t("is not UTF-8; save the file as CSV UTF-8")


def _opened(source: bytes | str | Iterable[str]) -> Iterable[str]:
    if isinstance(source, bytes):
        return io.TextIOWrapper(io.BytesIO(source), encoding="utf-8", errors="surrogateescape")
    return io.StringIO(source) if isinstance(source, str) else source


def cell_text(text: str) -> str:
    """One cell, sanitised and stripped; `="0042"`, which keeps a spreadsheet from eating zeros, is `0042`."""
    if text[:1] == "=":
        found = _EXCEL_TEXT.fullmatch(text.strip())
        if found is not None:
            text = found.group(1)
    return clean(text, MAX_CELL).strip()


def _chained(first: deque[str], rest: Iterator[str]) -> Iterator[str]:
    while first:
        yield first.popleft()
    yield from rest


def _is_text(cells: list[str]) -> bool:
    return all(cell.isascii() or not any("\udc80" <= char <= "\udcff" for char in cell) for cell in cells)
