"""`noc simulate`: virtual stations against any central system."""

from __future__ import annotations

from typing import Annotated

import typer

from backend.model.words import Version
from backend.text import t


def simulate(
    to: Annotated[
        str, typer.Option("--to", metavar="ws://HOST:PORT/ocpp", help=t("The central system."))
    ] = "ws://127.0.0.1:9000/ocpp",
    stations: Annotated[int, typer.Option("--stations", metavar="N", min=1, help=t("How many."))] = 10,
    version: Annotated[
        Version | None, typer.Option("--ocpp-version", help=t("All in this version; default: a mixture."))
    ] = None,
    scenario: Annotated[
        str, typer.Option("--scenario", metavar="NAME", help=t("What happens; `list` names them."))
    ] = "daily",
    seed: Annotated[int, typer.Option("--seed", metavar="S", help=t("The same one repeats the same stations."))] = 1,
    speed: Annotated[float, typer.Option("--speed", metavar="X", help=t("Denser events."))] = 1.0,
    parent: Annotated[int | None, typer.Option("--parent", hidden=True)] = None,
    opening: Annotated[float | None, typer.Option("--opening", hidden=True)] = None,
) -> None:
    """Run virtual stations as real OCPP clients, until interrupted."""
    from noc.simulating import run_simulator

    run_simulator(to, stations, version, scenario, seed, speed, parent=parent, opening=opening)
