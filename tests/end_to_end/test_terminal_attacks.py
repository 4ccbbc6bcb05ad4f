"""The terminal is not a target: whatever stations and people send, only what is ours gets to it."""

from __future__ import annotations

import asyncio
import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import termios
from collections.abc import AsyncIterator
from fcntl import ioctl
from pathlib import Path

import pytest
import pytest_asyncio
from rich.cells import cell_len

from backend.client.client import Client
from tests.end_to_end import hostile
from tests.end_to_end.attacks import ATTACKS, MARK, leaks
from tests.end_to_end.served import Served
from tests.end_to_end.terminal import Terminal

pytestmark = [
    pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed"),
    pytest.mark.asyncio(loop_scope="module"),
]
WIDTH, HEIGHT = 80, 24
LISTS = ("site", "station", "outlet", "token", "session", "alarm", "operation", "quirk")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def attacked(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    """A server on which every attack has been made in every field; its own log is looked at in the end."""
    served = Served(tmp_path_factory.mktemp("attacked"), "--accept-unknown")
    await served.start()
    made = await hostile.stations(served.ocpp, ATTACKS)
    await hostile.handshakes(served.ocpp, ATTACKS)
    async with Client(served.socket) as client:
        await hostile.people(client, ATTACKS)
    yield served
    for station in made:
        await station.close()
    ended = await served.stop()
    assert ended.code == 0
    assert leaks(ended.err.encode("utf-8", "surrogateescape"), sequences=False) == []


def in_a_terminal(command: list[str], width: int = WIDTH) -> bytes:
    """All that a command writes to a terminal of that width."""
    leader, follower = pty.openpty()
    ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", HEIGHT, width, 0, 0))
    ran = subprocess.Popen(command, stdin=follower, stdout=follower, stderr=follower)
    with ran:
        os.close(follower)
        data = bytearray()
        while True:
            try:
                piece = os.read(leader, 65_536)
            except OSError:
                break
            if not piece:
                break
            data += piece
        ran.wait(60)
    os.close(leader)
    return bytes(data)


async def test_commands_write_harmless_lines(attacked: Served) -> None:
    """Every list and page of `noc` in a terminal: no sequence, no control, lines no wider than it."""
    asked = [[kind, "list"] for kind in LISTS] + [["site", "show", "S02"], ["alarm", "list", "--history"], ["system"]]
    asked += [["trace", f"HOST-{number:02d}-1.6"] for number in range(0, len(ATTACKS), 3)]
    asked += [
        ["uptime", "--by", "outlet"],
        ["alarm", "show", "1"],
        ["session", "show", "1"],
        ["operation", "show", "1"],
    ]
    asked += [[kind, "show", "HOST-01-2.0.1"] for kind in ("station", "quirk")]
    run = "import sys\nfrom noc.cli.program import run\nfor line in sys.argv[2:]:\n    print('=', line)\n    "
    run += "run(['--server', sys.argv[1], *line.split()])\n"
    lines = [" ".join(words) for words in asked]
    data = await asyncio.to_thread(in_a_terminal, [sys.executable, "-c", run, attacked.socket, *lines])
    assert leaks(data, sequences=False) == []
    text = data.decode()
    assert text.count("\n= ") == len(asked) - 1
    assert "Traceback" not in text
    of_lists = text.split("\n= site show")[0]
    assert max(cell_len(line) for line in of_lists.splitlines()) <= WIDTH


async def test_columns_stay_aligned(attacked: Served) -> None:
    """The second column begins in the same cell on every line, whatever the first one holds."""
    for kind, head in (("site", "name"), ("token", "status")):
        ran = await attacked.noc(kind, "list", "--limit", "0")
        top, *rows = ran.out.splitlines()
        assert leaks(ran.out.encode(), sequences=False) == []
        at = len(top[: re.search(rf"\b{head}\b", top).start()])  # type: ignore[union-attr]
        for row in rows:
            cells = "".join(char if cell_len(char) < 2 else char + "\0" for char in row if cell_len(char))
            assert cells[at - 1] == " ", row
            assert cells[at] != " ", row


async def test_json_carries_no_control(attacked: Served) -> None:
    """A program's output may be looked at in a terminal too."""
    for kind in LISTS:
        everything = () if kind == "quirk" else ("--limit", "0")
        ran = await attacked.noc(kind, "list", "--json", *everything)
        assert ran.code == 0, ran.err
        assert leaks(ran.out.encode("utf-8", "surrogateescape"), sequences=False) == []


async def test_the_console_draws_only_what_is_ours(attacked: Served, tmp_path: Path) -> None:
    """Through all screens: no sequence of an attack among the bytes, title and clipboard as they were, and the frame
    of the screen where it belongs."""
    raw = tmp_path / "bytes"
    command = ["sh", "-c", f'read go; exec "{sys.executable}" -m noc --server "$0" console', attacked.socket]
    with Terminal(command, width=WIDTH, height=HEIGHT) as terminal:
        terminal._tmux("set-option", "-s", "set-clipboard", "on")
        terminal._tmux("rename-window", "before")
        title = terminal._tmux("display-message", "-p", "#{pane_title}")
        terminal._tmux("pipe-pane", "-o", f"cat >> '{raw}'")
        terminal.press("Enter")
        await asyncio.to_thread(terminal.until, r"^ Fleet .*live")
        for keys, shows in WALK:
            for key in keys:
                terminal.press(key)
                await asyncio.sleep(0.15)
            shown = await asyncio.to_thread(terminal.until, shows)
            lines = shown.splitlines()
            assert max(cell_len(line) for line in lines) <= WIDTH
            assert len(lines) <= HEIGHT
        assert terminal._tmux("display-message", "-p", "#{pane_title}") == title
        assert terminal._tmux("list-buffers") == ""
        terminal.type(":quit")
        terminal.press("Enter")
        await asyncio.to_thread(terminal.until, r"END 0")
    data = raw.read_bytes()
    assert len(data) > 20_000
    assert MARK.encode() in data
    assert leaks(data, sequences=True) == []


WALK: list[tuple[list[str], str]] = [
    (["f"], r"^ Fleet "),
    (["j", "j", "d"], r"."),
    (["Escape", "Enter"], r"^ (Station|HOST|Fleet)"),
    (["Tab"], r"."),
    (["Tab"], r"."),
    (["l"], r"Trace"),
    (["j", "j", "Enter"], r"Trace|."),
    (["Escape", "Escape", "Escape", "1"], r"^ Fleet "),
    (["2"], r"^ Alarms "),
    (["j", "Enter"], r"."),
    (["Escape", "3"], r"^ Sessions "),
    (["Enter"], r"."),
    (["Escape", "4"], r"^ Uptime "),
    (["Tab"], r"."),
    (["5"], r"^ Operations "),
    (["Enter"], r"."),
    (["Escape", "7"], r"^ System "),
    (["Tab"], r"."),
    (["Tab"], r"."),
    (["Tab"], r"."),
    (["Tab"], r"."),
    (["Tab"], r"."),
    (["1"], r"^ Fleet "),
]
