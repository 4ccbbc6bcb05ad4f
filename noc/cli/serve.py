"""`noc serve`: the server alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backend.model.errors import Invalid
from backend.text import t

if TYPE_CHECKING:
    from backend.model.settings import Settings

Data = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DIR",
        help=t("Where its database is; default: /var/lib/noc where that is ours, else ~/.local/share/noc."),
    ),
]
Ocpp = Annotated[
    str | None,
    typer.Option(
        "--ocpp", metavar="HOST:PORT|off", help=t("Where stations connect without TLS; default: 0.0.0.0:9000.")
    ),
]
Ocpps = Annotated[
    str | None,
    typer.Option(
        "--ocpps", metavar="HOST:PORT", help=t("Where stations connect with TLS (profiles 2, 3); default: nowhere.")
    ),
]
TlsCert = Annotated[
    Path | None, typer.Option("--tls-cert", metavar="PEM", help=t("The server's chain; made here when left out."))
]
TlsKey = Annotated[Path | None, typer.Option("--tls-key", metavar="PEM", help=t("The key of that certificate."))]
TlsName = Annotated[
    list[str] | None,
    typer.Option("--tls-name", metavar="NAME", help=t("A host name or address for the certificate made here.")),
]
AllowUnsafe = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-unsafe",
        metavar="NAME",
        help=t("Let it stand open to the internet: plain-ocpp, accept-unknown, plain-api."),
    ),
]
Api = Annotated[
    str | None,
    typer.Option(
        "--api",
        metavar="unix:PATH|HOST:PORT",
        help=t("Where consoles and scripts connect; default: /run/noc/api.sock, or in $XDG_RUNTIME_DIR/noc."),
    ),
]
AcceptUnknown = Annotated[
    bool,
    typer.Option("--accept-unknown", help=t("Let unknown stations and tokens in, in service from the first boot.")),
]

Metrics = Annotated[
    str | None,
    typer.Option(
        "--metrics",
        metavar="HOST:PORT",
        help=t("Where figures and health are served without a login; default: nowhere."),
    ),
]
LogFormat = Annotated[
    str | None, typer.Option("--log-format", metavar="text|json", help=t("How log lines look; default: text."))
]
LogLevel = Annotated[
    str | None,
    typer.Option("--log-level", metavar="debug|info|warning|error", help=t("What is logged; default: warning.")),
]


def serve(
    data: Data = None,
    ocpp: Ocpp = None,
    api: Api = None,
    accept_unknown: AcceptUnknown = False,
    ocpps: Ocpps = None,
    tls_cert: TlsCert = None,
    tls_key: TlsKey = None,
    tls_name: TlsName = None,
    allow_unsafe: AllowUnsafe = None,
    metrics: Metrics = None,
    log_format: LogFormat = None,
    log_level: LogLevel = None,
    log_file: Annotated[Path | None, typer.Option("--log-file", hidden=True)] = None,
    parent: Annotated[int | None, typer.Option("--parent", hidden=True)] = None,
) -> None:
    """Run the server until SIGTERM; prints one line when it is ready."""
    from noc.serving import run_server

    settings = configured(data, ocpp, api, accept_unknown)
    settings.allow_unsafe = [*settings.allow_unsafe, *(allow_unsafe or ())]
    secured(settings, ocpps, tls_cert, tls_key, tls_name or [])
    settings.api.metrics = metrics or settings.api.metrics
    logged(settings, log_format, log_level)
    run_server(settings, parent, log_file=log_file)


def logged(settings: Settings, log_format: str | None, log_level: str | None) -> None:
    """What the command line says of the log, on top of the settings.

    Raises:
        Invalid: there is no such format or level.
    """
    import msgspec

    from backend.model.settings import LogSettings

    said = {"format": log_format or settings.log.format, "level": (log_level or settings.log.level).lower()}
    try:
        settings.log = msgspec.convert(said, LogSettings)
    except msgspec.ValidationError as error:
        raise Invalid(
            "bad_log",
            t("The log cannot be kept so: {why}.", why=error),
            t("Formats are text and json, levels debug, info, warning and error."),
        ) from error


def secured(settings: Settings, ocpps: str | None, chain: Path | None, key: Path | None, names: list[str]) -> None:
    """What the command line says of the TLS port, on top of the settings.

    Raises:
        Invalid: an address is none, a certificate comes without its key, or no port is left for stations.
    """
    tls = settings.tls
    if ocpps is not None:
        tls.host, tls.port = host_and_port(ocpps)
    if (chain is None) != (key is None):
        raise Invalid("usage", t("--tls-cert and --tls-key belong together."), t("See `noc serve --help`."))
    if chain is not None:
        tls.certificate, tls.key = chain, key
    tls.names = names or tls.names
    if not settings.ocpp.plain and tls.port is None:
        raise Invalid("usage", t("No port is left for stations."), t("Give --ocpps HOST:PORT with --ocpp off."))


def configured(data: Path | None, ocpp: str | None, api: str | None, accept_unknown: bool) -> Settings:
    """The settings with what the command line says on top.

    Raises:
        Invalid: an address is none.
    """
    from noc.settings import default_listen, load_settings

    settings = load_settings()
    if data is not None:
        settings.store.data = data
    if ocpp is not None and ocpp.casefold() == "off":
        settings.ocpp.plain = False
    elif ocpp is not None:
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
