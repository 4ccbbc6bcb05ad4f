"""`noc`, `noc console`, `noc demo`."""

from __future__ import annotations

import os
import socket
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from backend.text import t
from noc.cli.options import Server, server_of

if TYPE_CHECKING:
    from backend.model.settings import Settings

PROBE_S = 1.0


class Line(StrEnum):
    NORMAL = "normal"
    SLOW = "slow"


ReadOnly = Annotated[bool, typer.Option("--read-only", help=t("Look, and change nothing."))]
LineKind = Annotated[Line, typer.Option("--line", help=t("How good the line is: slow draws once a second."))]
NoMouse = Annotated[bool, typer.Option("--no-mouse", help=t("Leave the mouse to the terminal."))]


def console(
    read_only: ReadOnly = False,
    line: LineKind = Line.NORMAL,
    no_mouse: NoMouse = False,
    server: Server = None,
) -> None:
    """The console on a server that runs already."""
    _show(server_of(server), read_only=read_only, line=line, no_mouse=no_mouse)


def default() -> int:
    """`noc` alone: the console on this machine's server, or on one of its own."""
    address = server_of(None)
    if not address.startswith("unix:") or answers(address):
        _show(address)
        return 0
    from noc.app import check_terminal
    from noc.embedded import Child
    from noc.settings import load_settings

    check_terminal()
    settings = load_settings()
    settings.store.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    data = settings.store.data
    log = ["--log-file", str(data / "server.log")]
    child = Child(["serve", "--data", str(data), "--api", address, *log], data / "server.err")
    try:
        child.ready()
        _show(address, settings=settings)
    finally:
        child.stop()
    return 0


def answers(address: str) -> bool:
    """Whether somebody listens on a Unix socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(PROBE_S)
        try:
            probe.connect(address.removeprefix("unix:"))
        except PermissionError:
            return True
        except OSError:
            return False
        return True


def _show(
    address: str,
    *,
    read_only: bool = False,
    line: Line = Line.NORMAL,
    no_mouse: bool = False,
    settings: Settings | None = None,
) -> None:
    from noc.app import run_console
    from noc.settings import load_settings

    known = settings or load_settings()
    options: dict[str, Any] = {"token": os.environ.get("NOC_TOKEN"), "keymap": keymap_path()}
    run_console(address, read_only=read_only, line=line.value, mouse=not no_mouse, language=known.language, **options)


def demo(
    stations: Annotated[int, typer.Option("--stations", metavar="N", min=1, help=t("How many."))] = 300,
    seed: Annotated[int, typer.Option("--seed", metavar="S", help=t("Another seed, another day."))] = 1,
    speed: Annotated[float, typer.Option("--speed", metavar="X", min=0.1, help=t("Denser events."))] = 1.0,
    read_only: ReadOnly = False,
    line: LineKind = Line.NORMAL,
    no_mouse: NoMouse = False,
) -> None:
    """Console, server and a virtual network, all in a temporary directory, on free ports."""
    from noc.app import check_terminal
    from noc.demo import Demo

    check_terminal()
    with Demo(stations=stations, seed=seed, speed=speed) as running:
        _show(running.address, read_only=read_only, line=line, no_mouse=no_mouse)


def keymap_path() -> Path | None:
    """The user's own keys, where there are some."""
    from noc.settings import config_path

    found = config_path().with_name("keymap.toml")
    return found if found.exists() else None
