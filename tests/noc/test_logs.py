"""The server's log: one JSON document a line, harmless whatever a station says, and never a flood."""

from __future__ import annotations

import io
import json
import logging
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from noc import logs
from noc.logs import MOST_OF_A_KIND, set_up_logs


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """What is logged, as JSON."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    out = io.StringIO()
    set_up_logs("json", "info", out)
    yield out
    root.handlers[:] = before
    root.setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    """Each line read."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_one_document(stream: io.StringIO) -> None:
    """With its fields beside the text; what is below the level is not there."""
    log = logging.getLogger("noc.test")
    log.debug("too fine")
    log.info("operation %s ended", "reset", extra={"event": "operation", "who": "anna"})
    (line,) = lines(stream)
    assert line["message"] == "operation reset ended"
    assert (line["level"], line["logger"], line["event"], line["who"]) == ("INFO", "noc.test", "operation", "anna")
    assert line["time"]


def test_text_from_outside_is_harmless(stream: io.StringIO) -> None:
    """No escape sequence, no second line."""
    logging.getLogger("noc.test").warning("station %s", "CP1\x1b]0;owned\x07\nERROR fake\u202e")
    (line,) = lines(stream)
    assert not {"\x1b", "\x07", "\n", "\u202e"} & set(str(line["message"]))


def test_what_repeats_is_counted(stream: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty of a kind in ten seconds; the next one says how many were left out. Errors always come."""
    log = logging.getLogger("noc.test")
    for number in range(100):
        log.warning("refused %d", number)
    log.error("broken")
    assert len(lines(stream)) == MOST_OF_A_KIND + 1
    monkeypatch.setattr("noc.logs.WINDOW_S", 0.0)
    log.warning("refused %d", 100)
    assert lines(stream)[-1]["suppressed"] == 100 - MOST_OF_A_KIND


def test_file_is_small_and_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file of a console's own server turns over, old ones go, and nobody else can read any of them."""
    monkeypatch.setattr(logs, "FILE_BYTES", 2_000)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    handler = logs.set_up_logs("text", "info", file=tmp_path / "server.log")
    try:
        for n in range(400):
            logging.getLogger(f"noc.{n}").info("event %s", n)
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        handler.close()
    files = sorted(tmp_path.iterdir())
    assert len(files) == logs.OLD_FILES + 1
    assert all(file.stat().st_size <= 2_100 for file in files)
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_what_was_raised_is_harmless() -> None:
    """An exception that quotes a station brings nothing to the terminal that it would obey."""
    root, out = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers[:], root.level
    set_up_logs("text", "info", out)
    try:
        raise_what_it_said("\x1b[31m\u202e\x1b]0;title\x07")
    except ValueError:
        logging.getLogger("noc").exception("bad")
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
    assert "ValueError" in out.getvalue()
    assert all(line.isprintable() for line in out.getvalue().split("\n"))


def raise_what_it_said(text: str) -> None:
    """Fails as a reader of a frame would."""
    raise ValueError(text)
