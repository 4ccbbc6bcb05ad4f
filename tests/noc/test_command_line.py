"""The command line without a server: help, what it imports, mistakes, exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from backend.model.words import Exit
from noc.cli.program import run

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("ocpp", "httpx", "plotext", "textual", "rich", "litestar", "uvicorn", "websockets", "sqlite3", "asyncio")


def noc(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the program as a user does."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100", **environ}
    return subprocess.run(
        [sys.executable, "-m", "noc", *arguments], capture_output=True, text=True, env=env, timeout=30, check=False
    )


def test_help_is_there_at_once() -> None:
    """`noc --help` loads nothing that it does not need."""
    code = (
        "import sys\nsys.argv = ['noc', '--help']\nfrom noc.cli.program import run\n"
        "code = run(['--help'])\n"
        f"print('LOADED', code, [m for m in sys.modules if m.split('.')[0] in {HEAVY!r}])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.rstrip().endswith("LOADED 0 []")
    for word in ("demo", "serve", "station", "reset", "uptime", "import"):
        assert word in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["station", "--help"],
        ["alarm", "shelve", "--help"],
        ["reset", "--help"],
        ["serve", "--help"],
        ["demo", "--help"],
        ["import", "--help"],
        ["session", "list", "--help"],
        ["token", "add", "--help"],
        ["--help"],
    ],
)
def test_every_help_works(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Help is no mistake, and names the shared options."""
    assert run(arguments) == Exit.DONE
    assert "--help" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["station", "list", "--fliter", "x"], "--fliter"),
        (["frobnicate"], "frobnicate"),
        (["station"], "station --help"),
        (["reset"], "ID"),
        (["alarm", "shelve", "1", "--for", "soon", "--reason", "x"], "90s"),
        (["alarm", "shelve", "1", "--reason", "x"], "--for"),
        (["uptime", "--by", "moon"], "moon"),
        (["station", "list", "--limit", "many"], "--limit"),
        (["station", "list", "--server", "nowhere"], "unix:PATH"),
        (["station", "list", "--server", "unix:/nonexistent/api.sock"], "noc serve"),
        (["call", "CP-1", "Reset", "{broken"], "JSON"),
        (["call", "CP-1", "Reset", "[]"], "object"),
        (["import", "/nonexistent.csv"], "CSV"),
        (["serve", "--ocpp", "nowhere"], "HOST:PORT"),
        (["alarm", "own", "1", "--who", "anna", "--nobody"], "exclude"),
    ],
)
def test_mistakes_are_one_line_and_exit_1(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    """2 means *not permitted* here: a wrong flag is 1, one line on stderr with the next step."""
    assert run(arguments) == Exit.ERROR
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith("noc: ")
    assert says in err


def test_mistakes_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    """With `--json` the failure is a document on stdout."""
    assert run(["station", "list", "--json", "--server", "unix:/nonexistent/api.sock"]) == Exit.ERROR
    out, err = capsys.readouterr()
    assert err == ""
    assert json.loads(out)["error"].keys() == {"code", "message", "hint"}
    assert json.loads(out)["error"]["code"] == "no_server"


def test_bad_settings_are_told(tmp_path: Path) -> None:
    """A key that nobody knows stops the program with one line, and no traceback."""
    path = tmp_path / "config.toml"
    path.write_text("colour = 'red'\n")
    done = noc("station", "list", NOC_CONFIG=str(path))
    assert done.returncode == Exit.ERROR
    assert done.stderr.startswith("noc: There is no setting colour")
    assert "Traceback" not in done.stderr
