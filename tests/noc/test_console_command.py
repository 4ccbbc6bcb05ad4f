"""`noc` and `noc demo`: which server the console is shown on, and what is left afterwards."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest

from backend.client.client import Client
from backend.model.words import Exit
from noc.cli.program import run
from noc.demo import Demo

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[str, dict[str, Any], str]]:
    """What the console would have been shown on: (server, options, who we were there)."""
    seen: list[tuple[str, dict[str, Any], str]] = []

    def show(server: str, **options: Any) -> None:
        async def ask() -> str:
            async with Client(server) as client:
                return (await client.whoami()).name

        seen.append((server, options, asyncio.run(ask())))

    monkeypatch.setattr("noc.app.run_console", show)
    monkeypatch.setattr("noc.app.check_terminal", lambda: None)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("NOC_CONFIG", os.devnull)
    monkeypatch.setenv("NOC_STORE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("NOC_OCPP_PORT", "0")
    monkeypatch.setenv("NOC_OCPP_HOST", "127.0.0.1")
    monkeypatch.setenv("NOC_SERVER", f"unix:{tmp_path}/api.sock")
    return seen


def test_noc_alone_starts_a_server_of_its_own(shown: list[Any], tmp_path: Path) -> None:
    """And takes it away again."""
    assert run([]) == Exit.DONE
    assert shown[0][0] == f"unix:{tmp_path}/api.sock"
    assert shown[0][2]
    assert not (tmp_path / "api.sock").exists()


def test_a_server_that_cannot_start_is_told(
    shown: list[Any], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own last line, not a traceback."""
    monkeypatch.setenv("NOC_OCPP_HOST", "256.1.1.1")
    assert run([]) == Exit.ERROR
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert "256.1.1.1" in err
    assert shown == []


def test_console_options_arrive(shown: list[Any], tmp_path: Path) -> None:
    """`--read-only`, `--line`, `--no-mouse`."""
    with Demo(stations=1, seed=3, speed=1.0) as demo:
        directory = Path(demo.address.removeprefix("unix:")).parent
        assert run(["console", "--read-only", "--line", "slow", "--no-mouse", "--server", demo.address]) == Exit.DONE
        assert run(["--server", demo.address]) == Exit.DONE

        async def look() -> tuple[str, int, int]:
            async with Client(demo.address) as client:
                totals = await client.totals()
                return totals.network, totals.stations, len(await client.sessions(limit=10))

        network, stations, sessions = asyncio.run(look())
    assert shown[0][1].items() >= {"read_only": True, "line": "slow", "mouse": False}.items()
    assert shown[1][0] == demo.address
    assert (stations, bool(network)) == (1, True)
    assert sessions > 0, "it has a past"
    assert not directory.exists()
