"""The console program: what it refuses before it draws anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.model.errors import Invalid
from noc.app import run_console


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal that could draw."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr("noc.app.unfit", lambda environ, encoding, terminal: None)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"theme": "pink"}, "bad_theme"),
        ({"language": "xx"}, "bad_language"),
        ({"keymap": {"no.such": "x"}}, "bad_keymap"),
        ({"keymap": Path("/no/such/keymap.toml")}, "bad_keymap"),
    ],
    ids=["theme", "language", "keymap", "keymap file"],
)
def test_bad_settings_are_told_in_one_line(options: dict[str, object], code: str) -> None:
    """Before the screen is taken over."""
    with pytest.raises(Invalid) as refused:
        run_console("unix:/no/such.sock", **options)  # type: ignore[arg-type]
    assert refused.value.code == code
    assert "\n" not in refused.value.message


def test_bad_server_is_told() -> None:
    """An address that is none."""
    with pytest.raises(Invalid) as refused:
        run_console("nonsense")
    assert refused.value.code == "bad_server"


def test_dumb_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line, and no screen."""
    monkeypatch.setattr("noc.app.unfit", lambda environ, encoding, terminal: "This terminal cannot draw a screen.")
    with pytest.raises(Invalid) as refused:
        run_console("unix:/no/such.sock")
    assert refused.value.code == "no_screen"
