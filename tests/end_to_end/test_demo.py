"""`noc demo`, as a newcomer runs it: in a real terminal, with a server and virtual stations of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end.terminal import Terminal

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
DEMO = [sys.executable, "-m", "noc", "demo", "--stations", "30", "--seed", "7"]


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
    left = subprocess.run(["pgrep", "-f", str(tmp_path)], capture_output=True, text=True, check=False)
    assert left.stdout == ""
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("noc")] == []
