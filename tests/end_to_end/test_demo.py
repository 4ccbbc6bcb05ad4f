"""`noc demo`, as a newcomer runs it: in a real terminal, with a server and virtual stations of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.end_to_end.terminal import Terminal

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
DEMO = [sys.executable, "-m", "noc", "demo", "--stations", "30", "--seed", "7"]


def _processes(folder: Path) -> str:
    """The processes that name this folder."""
    return subprocess.run(["pgrep", "-f", str(folder)], capture_output=True, text=True, check=False).stdout


@pytest.mark.parametrize(("width", "height"), [(80, 24), (160, 48)])
def test_the_demo_shows_a_living_network(tmp_path: Path, width: int, height: int) -> None:
    """The fleet within seconds, every screen by its key, and nothing left behind at the end."""
    with Terminal(DEMO, width=width, height=height, environment={"TMPDIR": str(tmp_path)}) as terminal:
        terminal.until(r"Fleet .*/30 .*online.* live")
        for key, name in (("2", "Alarms"), ("3", "Sessions"), ("4", "Uptime"), ("5", "Operations"), ("7", "System")):
            terminal.press(key)
            terminal.until(rf"^ {name} ")
        terminal.press("1")
        terminal.until(r"^ Fleet ")
        terminal.press("?")
        terminal.until(r"Help|Keys")
        terminal.press("Escape")
        terminal.until(r"^ Fleet ")
        terminal.type(":quit")
        terminal.press("Enter")
        terminal.until(r"END 0")
    gone_by = time.monotonic() + 10
    while (left := _processes(tmp_path)) and time.monotonic() < gone_by:
        time.sleep(0.1)
    assert left == ""
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("noc")] == []
