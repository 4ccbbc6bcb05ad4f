"""The tree of commands. Only the branch that was asked for is loaded: `noc --help` shall be there at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Annotated, Any

import typer

from backend.text import t
from noc.cli.options import Server, remember_server

COMPLETING = "_NOC_COMPLETE"


def _groups() -> dict[str, tuple[str, str]]:
    """Group -> its module and help."""
    return {
        "station": ("stations", t("Charging stations: list, show, add, accept, set.")),
        "site": ("sites", t("Sites: list, show, add, set.")),
        "outlet": ("outlets", t("Outlets: list, show, add, set.")),
        "token": ("tokens", t("RFID cards and other tokens: list, show, add, set.")),
        "session": ("sessions", t("Charging sessions: list, show.")),
        "alarm": ("alarms", t("Alarms: list, show, ack, own, shelve, note, rules.")),
        "quarantine": ("quarantine", t("Connections that could not be served: list, accept, block.")),
        "quirk": ("quirks", t("What is done differently for a model: list, show, set, export, import.")),
        "security": ("security", t("How stations prove who they are: list, show, set-key, forget-key.")),
        "setting": ("settings", t("Settings that stations shall keep: list, want, forget, show.")),
        "operation": ("operations", t("Remote operations: list, show, run, catalogue.")),
    }


def _commands() -> dict[str, tuple[str, str, str]]:
    """Command -> its module, its function and help."""
    return {
        "demo": (
            "console",
            "demo",
            t("Console, server and a virtual network; in a temporary directory, on free ports."),
        ),
        "console": ("console", "console", t("The console on a server that runs already.")),
        "serve": ("serve", "serve", t("Run the server until SIGTERM; prints one line when it is ready.")),
        "simulate": ("simulate", "simulate", t("Run virtual stations; against any central system, until interrupted.")),
        "import": (
            "importing",
            "import_file",
            t("Import sites, stations, outlets and tokens: all rows, or none when one is bad."),
        ),
        "reset": ("remote", "reset", t("Restart a station; proved when it has gone, booted and reported.")),
        "unlock": ("remote", "unlock", t("Unlock a plug; proved by the station's own word.")),
        "start": ("remote", "start", t("Begin a charge; proved when the transaction begins.")),
        "stop": ("remote", "stop", t("End a charge; proved when the transaction ends.")),
        "refresh": ("remote", "refresh", t("Ask a station to send a message now; proved when it comes.")),
        "availability": ("remote", "availability", t("Take a station or an outlet out of use, or back.")),
        "call": ("remote", "call", t("Send any OCPP call to a station; print the answer's payload.")),
        "uptime": ("uptime", "uptime", t("Uptime by a published formula; the worst first.")),
        "trace": ("trace", "trace", t("The OCPP frames of a station; tokens and secrets masked.")),
        "backup": (
            "maintenance",
            "backup",
            t("Copy the database while the server runs; done when the copy is proved."),
        ),
        "restore": ("maintenance", "restore", t("Put a copy in the database's place; the server must not run.")),
        "check": ("maintenance", "check", t("Look the database over, also while a server uses it.")),
        "health": ("system", "health", t("Is the server ready, and why not; exit code 1 when it is not.")),
        "metrics": ("system", "metrics", t("All figures of the server, as Prometheus reads them.")),
        "system": ("system", "system", t("Is the server in order, and the network in short.")),
    }


def _short(help_text: str) -> str:
    """The first clause: a list of commands has one line for each."""
    return f"{help_text.partition(';')[0].partition(':')[0].rstrip('.')}."


def make(arguments: Sequence[str]) -> Any:
    """The program as click sees it, with the branch that `arguments` name."""
    app = typer.Typer(
        help=t("Operations console for charge point operators, with its own OCPP central system."),
        epilog=t("Without a command: the console on this machine's server; an embedded one is started if none runs."),
        add_completion=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        invoke_without_command=True,
    )
    app.callback()(_root)
    everything = COMPLETING in os.environ
    words = set(arguments)
    for name, (module, function, help_text) in _commands().items():
        wanted = everything or name in words
        app.command(name, help=help_text, short_help=_short(help_text))(
            getattr(import_module(f"noc.cli.{module}"), function) if wanted else _absent
        )
    for name, (module, help_text) in _groups().items():
        group = typer.Typer(help=help_text, rich_markup_mode=None)
        if everything or name in words:
            add_to: Callable[[typer.Typer], None] = import_module(f"noc.cli.{module}").add_to
            add_to(group)
        else:
            group.command("list")(_absent)
            group.callback()(_absent)
        app.add_typer(group, name=name)
    return typer.main.get_command(app)


def _absent() -> None:
    """Stands for what is not loaded, because the arguments do not name it."""


def _root(
    context: typer.Context,
    server: Server = None,
    version: Annotated[bool, typer.Option("--version", help=t("Print the version."))] = False,
) -> int | None:
    remember_server(server)
    if version:
        print(f"noc {_version()}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        from noc.cli import console

        return console.default()
    return None


def _version() -> str:
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as version_of

    try:
        return version_of("noc")
    except PackageNotFoundError:
        return t("(not installed)")
