"""`noc token ...`"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from backend.model.words import TokenStatus
from backend.text import t
from noc.cli.figures import moment, short_moment
from noc.cli.options import FilterText, Json, Limit, Reveal, Server, with_client
from noc.cli.outlets import iso_of
from noc.cli.output import facts, put_json, say, table
from noc.cli.stations import given

if TYPE_CHECKING:
    from backend.model.resources import TokenResource

Name = Annotated[str, typer.Argument(metavar="TOKEN", help=t("The whole token: a card's number, a contract's id."))]
Status = Annotated[TokenStatus | None, typer.Option("--status", help=t("Whether it may charge."))]
Group = Annotated[str | None, typer.Option("--group", help=t("The group it belongs to."))]
Expires = Annotated[str | None, typer.Option("--expires", metavar="T", help=t("Until when."))]
Label = Annotated[str | None, typer.Option("--label", help=t("The number printed on it."))]


def add_to(group: typer.Typer) -> None:
    """The commands of the group."""
    group.command("list", help=t("All tokens, masked."))(list_tokens)
    group.command("show", help=t("One token."))(show)
    group.command("add", help=t("Register a token; it is accepted unless said otherwise."))(add)
    group.command("set", help=t("Change what is registered of a token."))(change)
    group.command("remove", help=t("Take a token out of the register."))(remove)


def list_tokens(
    filter: FilterText = "",  # noqa: A002
    limit: Limit = 100,
    reveal: Reveal = None,
    as_json: Json = False,
    server: Server = None,
) -> None:
    """All tokens, masked."""
    found = with_client(server, lambda client: client.tokens(filter, limit, reveal=reveal))
    if as_json:
        put_json(found)
        return
    table(
        (t("token"), t("status"), t("expires"), t("group"), t("label")),
        [(one.token, one.status, short_moment(one.expires), one.group or "", one.label) for one in found],
    )


def show(name: Name, reveal: Reveal = None, as_json: Json = False, server: Server = None) -> None:
    """One token."""
    one = with_client(server, lambda client: client.token_entry(name, reveal))
    if as_json:
        put_json(one)
        return
    facts(
        [
            (t("token"), one.token),
            (t("status"), one.status),
            (t("expires"), moment(one.expires)),
            (t("group"), one.group or ""),
            (t("label"), one.label),
        ]
    )


def add(
    name: Name,
    status: Status = None,
    group: Group = None,
    expires: Expires = None,
    label: Label = None,
    as_json: Json = False,
    server: Server = None,
) -> None:
    """Register a token; it is accepted unless said otherwise."""
    fields = given(status=status, group=group, expires=iso_of(expires), label=label)
    _done(with_client(server, lambda client: client.put_token(name, how="add", **fields)), t("added"), as_json)


def change(
    name: Name,
    status: Status = None,
    group: Group = None,
    expires: Expires = None,
    label: Label = None,
    as_json: Json = False,
    server: Server = None,
) -> None:
    """Change what is registered of a token."""
    fields = given(status=status, group=group, expires=iso_of(expires), label=label)
    _done(with_client(server, lambda client: client.put_token(name, how="set", **fields)), t("changed"), as_json)


def remove(name: Name, as_json: Json = False, server: Server = None) -> None:
    """Take a token out of the register."""
    with_client(server, lambda client: client.remove("tokens", name))
    if as_json:
        put_json({"removed": True})
    else:
        say(t("token removed"))


def _done(one: TokenResource, what: str, as_json: bool) -> None:
    if as_json:
        put_json(one)
    else:
        say(f"{one.token} {what}")
