"""`noc serve`: the server alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backend.model.errors import Invalid
from backend.text import t

if TYPE_CHECKING:
    from backend.model.settings import Settings

Data = Annotated[Path | None, typer.Option("--data", metavar="DIR", help=t("Where its database is."))]
Ocpp = Annotated[str | None, typer.Option("--ocpp", metavar="HOST:PORT", help=t("Where stations connect."))]
Api = Annotated[
    str | None, typer.Option("--api", metavar="unix:PATH|HOST:PORT", help=t("Where consoles and scripts connect."))
]
AcceptUnknown = Annotated[
    bool,
    typer.Option("--accept-unknown", help=t("Let unknown stations and tokens in, in service from the first boot.")),
]


def serve(
    data: Data = None,
    ocpp: Ocpp = None,
    api: Api = None,
    accept_unknown: AcceptUnknown = False,
    parent: Annotated[int | None, typer.Option("--parent", hidden=True)] = None,
) -> None:
    """Run the server until SIGTERM; prints one line when it is ready."""
    from noc.serving import run_server

    run_server(configured(data, ocpp, api, accept_unknown), parent)


def configured(data: Path | None, ocpp: str | None, api: str | None, accept_unknown: bool) -> Settings:
    """The settings with what the command line says on top.

    Raises:
        Invalid: an address is none.
    """
    from noc.settings import default_listen, load_settings

    settings = load_settings()
    if data is not None:
        settings.store.data = data
    if ocpp is not None:
        settings.ocpp.host, settings.ocpp.port = host_and_port(ocpp)
    settings.api.listen = api or settings.api.listen or default_listen()
    settings.ocpp.accept_unknown = settings.ocpp.accept_unknown or accept_unknown
    return settings


def host_and_port(text: str) -> tuple[str, int]:
    """Read `HOST:PORT`.

    Raises:
        Invalid: it is not of that form.
    """
    host, _, port = text.rpartition(":")
    host = host.strip("[]")
    if not host or not port.isascii() or not port.isdecimal() or int(port) > 65535:
        raise Invalid(
            "bad_address",
            t("{text!r} is no address.", text=text[:80]),
            t("Write HOST:PORT, as 0.0.0.0:9000."),
        )
    return host, int(port)
