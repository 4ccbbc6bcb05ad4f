"""`noc quarantine ...`"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from backend.model.errors import Unknown
from backend.text import t
from backend.text.handshakes import handshake_reason
from noc.cli.figures import moment
from noc.cli.options import Json, Server, with_client
from noc.cli.output import put_json, say, table

if TYPE_CHECKING:
    from backend.client.client import Client
    from backend.model.resources import HandshakeResource, StationResource

Id = Annotated[str, typer.Argument(metavar="ID", help=t("The identity that it gave."))]
Version = Annotated[
    str, typer.Option("--version", metavar="1.6|2.0.1|2.1", help=t("What it speaks; otherwise as its offer looks."))
]


def add_to(group: typer.Typer) -> None:
    """The commands of the group."""
    group.command("list", help=t("Connections that could not be served, and why; newest first."))(list_refused)
    group.command("accept", help=t("Let in who was turned away: it is served when it comes again."))(accept)
    group.command("block", help=t("Turn it away at the door from now on."))(block)


def list_refused(as_json: Json = False, server: Server = None) -> None:
    """Connections that could not be served."""
    found = with_client(server, lambda client: client.quarantine())
    if as_json:
        put_json(found)
        return
    table(
        (t("at"), t("times"), t("identity"), t("from"), t("why"), t("offered"), t("sent")),
        [
            (
                moment(row.at),
                str(row.count),
                row.identity or "?",
                row.address,
                handshake_reason(row.reason),
                row.offered,
                row.raw,
            )
            for row in found
        ],
        right=(1,),
    )


def accept(station: Id, version: Version = "", as_json: Json = False, server: Server = None) -> None:
    """Let in who was turned away."""

    async def do(client: Client) -> StationResource:
        return await client.accept_refused(await _row(client, station), version)

    _done(with_client(server, do), t("accepted"), as_json)


def block(station: Id, as_json: Json = False, server: Server = None) -> None:
    """Turn it away at the door from now on."""

    async def do(client: Client) -> StationResource:
        return await client.block_refused(await _row(client, station))

    _done(with_client(server, do), t("blocked"), as_json)


async def _row(client: Client, identity: str) -> HandshakeResource:
    """The latest refusal of that identity."""
    wanted = identity.casefold()
    for row in await client.quarantine():
        if row.identity.casefold() == wanted:
            return row
    raise Unknown(
        "not_refused",
        t("Nobody of the identity {name!r} was turned away.", name=identity[:255]),
        t("`noc quarantine list` names those who were; `noc station accept` is for those who wait."),
    )


def _done(one: StationResource, what: str, as_json: bool) -> None:
    if as_json:
        put_json(one)
    else:
        say(f"{one.id} {what}")
