"""Each atheris entry for a bounded number of runs, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.target import NOT_THERE

PATIENCE_S = 240


@pytest.mark.slow
@pytest.mark.parametrize(
    ("target", "runs"), [("guard", 20_000), ("decoder", 1_500), ("translators", 20_000), ("lookup", 3_000)]
)
def test_nothing_is_found(tmp_path: Path, target: str, runs: int) -> None:
    """Whatever atheris makes of the seeds, no function raises what it should not."""
    entry = Path(__file__).with_name(f"{target}.py")
    ran = subprocess.run(
        [sys.executable, str(entry), f"-runs={runs}", "-seed=1"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=PATIENCE_S,
        check=False,
    )
    if ran.returncode == NOT_THERE:
        assert "NOC_EVERYTHING" not in os.environ, ran.stderr
        pytest.skip("atheris cannot be imported here (it has no build for this Python or machine)")
    assert ran.returncode == 0, ran.stderr[-4_000:]
    assert f"Done {runs} runs" in ran.stderr
