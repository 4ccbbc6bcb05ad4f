"""What goes to the terminal: tables and lines for people, JSON for programs. All of it is sanitised."""

from __future__ import annotations

import os
import shutil
import sys
import time
import unicodedata
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, TextIO

import msgspec

from backend.model.clock import as_datetime
from backend.model.errors import NocError
from backend.model.sanitise import clean
from backend.text import t
from widgets.figures import number

if TYPE_CHECKING:
    from backend.client.found import Found

GAP = "  "
MONTH_S = 30 * 86_400.0


def put_json(value: Any) -> None:
    """One JSON document on a line of its own."""
    put_utf8(msgspec.json.encode(value) + b"\n")


def put_utf8(text: bytes) -> None:
    """What programs read is UTF-8, whatever the terminal's encoding."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text)
    sys.stdout.buffer.flush()


def say(text: str, stream: TextIO | None = None) -> None:
    """One line for people; on a stream that cannot say a character, a `?` stands for it."""
    out = stream or sys.stdout
    encoding = out.encoding or "utf-8"
    out.write(clean(text, 10_000).encode(encoding, "replace").decode(encoding) + "\n")
    out.flush()


def note(text: str) -> None:
    """One line beside the result: to stderr."""
    say(text, sys.stderr)


def searched(found: Found[Any], limit: int, began: str) -> None:
    """Say so when a search did not come to the end; `began` is the filter's field that leads further back."""
    if found.looked_at is not None and (limit == 0 or len(found) < limit):
        older = f"{began}:<{as_datetime(time.time() - MONTH_S).astimezone():%Y-%m-%d}"
        note(t("Searched: the newest {n}. For older ones add {filter}.", n=number(found.looked_at), filter=older))


def failed(error: NocError, *, as_json: bool) -> None:
    """What went wrong, and the next step, in one line."""
    if as_json:
        put_json({"error": {"code": error.code, "message": error.message, "hint": error.hint}})
        return
    message = error.message if error.message.endswith((".", "!", "?")) else f"{error.message}."
    note(f"noc: {message} {error.hint}".rstrip())


def table(head: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[int] = ()) -> None:
    """Aligned columns; those in `right` align to the right. On a terminal the last column is cut to its width."""
    cells = [[clean(cell, 200) for cell in row] for row in rows]
    if not cells:
        note(t("Nothing found."))
        return
    widths = [max(width_of(row[at]) for row in [list(head), *cells]) for at in range(len(head))]
    room = _room(widths)
    out: list[str] = []
    for row in [list(head), *cells]:
        parts = [_pad(cell, widths[at], left=at not in right) for at, cell in enumerate(row)]
        out.append(_cut(GAP.join(parts).rstrip(), room))
    for line in out:
        say(line)


def _room(widths: Sequence[int]) -> int:
    needed = sum(widths) + len(GAP) * (len(widths) - 1)
    if not sys.stdout.isatty():
        return needed
    return min(needed, shutil.get_terminal_size((80, 24)).columns)


def facts(pairs: Iterable[tuple[str, str]]) -> None:
    """A page about one thing: a name and its value on each line; what is empty is left out."""
    shown = [(name, value) for name, value in pairs if value]
    width = max((width_of(name) for name, _ in shown), default=0)
    for name, value in shown:
        say(f"{_pad(name, width, left=True)}{GAP}{value}")


def width_of(text: str) -> int:
    """Cells that `text` takes."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.category(char) == "Mn" else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def _pad(text: str, width: int, *, left: bool) -> str:
    space = " " * max(0, width - width_of(text))
    return text + space if left else space + text


def _cut(text: str, width: int) -> str:
    if width_of(text) <= width:
        return text
    out, used = [], 0
    for char in text:
        used += width_of(char)
        if used > width - 1:
            break
        out.append(char)
    return "".join(out) + "…"


def progress_line(text: str) -> None:
    """A line that is written over by the next one; only on a terminal."""
    if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        sys.stderr.write("\r\x1b[K" + clean(text, 200))
        sys.stderr.flush()


def end_progress() -> None:
    """Take the progress line away."""
    if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()
