"""The options that many commands share, and how a command reaches its server."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from backend.text import t

if TYPE_CHECKING:
    from backend.client.client import Client

T = TypeVar("T")

Server = Annotated[
    str | None,
    typer.Option("--server", metavar="unix:PATH|URL", help=t("The server to ask; default: this machine's.")),
]
Json = Annotated[bool, typer.Option("--json", help=t("Print JSON."))]
FilterText = Annotated[
    str, typer.Option("--filter", metavar="EXPRESSION", help=t("Words and field:value, as in the console."))
]
Limit = Annotated[int, typer.Option("--limit", metavar="N", min=0, help=t("At most N rows; 0 for all."))]
Reveal = Annotated[
    str | None,
    typer.Option("--reveal", metavar="REASON", help=t("Show tokens in full; the reason is recorded.")),
]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help=t("Why; it is recorded."))]
Yes = Annotated[bool, typer.Option("--yes", help=t("Answer the question whether to end a live charge."))]
Deadline = Annotated[
    float | None,
    typer.Option(
        "--deadline",
        metavar="SECONDS",
        min=1.0,
        help=t("For answer and proof together, from sent; default: see `noc operation catalogue`."),
    ),
]

_root: dict[str, str | None] = {"server": None}


def remember_server(server: str | None) -> None:
    """`noc --server X command` means the same as `noc command --server X`."""
    _root["server"] = server


def server_of(server: str | None) -> str:
    """The server that a command asks.

    Raises:
        NocError: the settings cannot be read.
    """
    named = server or _root["server"]
    if named:
        return named
    from noc.settings import default_server, load_settings

    return default_server(load_settings())


def with_client(server: str | None, do: Callable[[Client], Awaitable[T]]) -> T:
    """Call `do` with a client of the server, and close it."""
    import asyncio

    from backend.client.client import Client

    address = server_of(server)

    async def run() -> T:
        async with Client(address, token=os.environ.get("NOC_TOKEN")) as client:
            return await do(client)

    return asyncio.run(run())
