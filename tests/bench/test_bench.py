"""Every bench starts: what it takes from others and from the program is there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMANDS = sorted(path.name for path in (ROOT / "bench").glob("*.py") if "ArgumentParser" in path.read_text("utf-8"))


@pytest.mark.parametrize("name", COMMANDS)
def test_a_bench_tells_what_it_takes(name: str) -> None:
    """`--help` comes after all imports."""
    done = subprocess.run(
        [sys.executable, f"bench/{name}", "--help"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "usage:" in done.stdout


def test_there_are_some() -> None:
    """Else the test above shows nothing."""
    assert len(COMMANDS) > 5
