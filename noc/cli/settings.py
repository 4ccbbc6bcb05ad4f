"""`noc setting ...`"""

from __future__ import annotations

from typing import Annotated

import typer

from backend.text import t
from backend.text.settings import setting_word
from noc.cli.figures import short_moment
from noc.cli.options import Json, Server, with_client
from noc.cli.output import put_json, say, table

Scope = Annotated[
    str, typer.Argument(metavar="SCOPE", help=t("all, model:VENDOR/MODEL, station:ID, or a station's id alone."))
]
Key = Annotated[str, typer.Argument(metavar="KEY", help=t("A key, or Component.Variable for OCPP 2.x."))]


def add_to(group: typer.Typer) -> None:
    """The commands of the group."""
    group.command("list", help=t("What is wanted of stations."))(list_settings)
    group.command("want", help=t("Have stations keep a setting: it is put back after every boot."))(want)
    group.command("forget", help=t("Want a setting no longer; what stations have stays as it is."))(forget)
    group.command("show", help=t("How the wanted settings stand at a station."))(show)


def list_settings(as_json: Json = False, server: Server = None) -> None:
    """What is wanted of stations."""
    found = with_client(server, lambda client: client.wanted_settings())
    if as_json:
        put_json(found)
        return
    table(
        (t("scope"), t("setting"), t("value"), t("by"), t("at")),
        [(one.scope, one.key, one.value, one.set_by, short_moment(one.at)) for one in found],
    )


def want(
    scope: Scope,
    key: Key,
    value: Annotated[str, typer.Argument(metavar="VALUE", help=t("What it shall be."))],
    as_json: Json = False,
    server: Server = None,
) -> None:
    """Have stations keep a setting."""
    one = with_client(server, lambda client: client.want_setting(_scope(scope), key, value))
    if as_json:
        put_json(one)
    else:
        say(t("{key} = {value} is wanted of {scope}", key=one.key, value=one.value, scope=one.scope))


def forget(scope: Scope, key: Key, as_json: Json = False, server: Server = None) -> None:
    """Want a setting no longer."""
    with_client(server, lambda client: client.forget_setting(_scope(scope), key))
    if as_json:
        put_json({"forgotten": key})
    else:
        say(t("{key} is no longer wanted", key=key))


def show(
    station: Annotated[str, typer.Argument(metavar="ID", help=t("The station's id."))],
    as_json: Json = False,
    server: Server = None,
) -> None:
    """How the wanted settings stand at a station."""
    found = with_client(server, lambda client: client.settings_of(station))
    if as_json:
        put_json(found)
        return
    table(
        (t("setting"), t("wanted"), t("found"), t("state"), t("why"), t("looked at"), t("scope")),
        [
            (
                one.key,
                one.wanted,
                one.found if one.found is not None else "",
                setting_word(one.state),
                one.why,
                short_moment(one.checked) if one.checked is not None else "",
                one.scope,
            )
            for one in found
        ],
    )


def _scope(text: str) -> str:
    return text if text.casefold() == "all" or text.startswith(("model:", "station:")) else f"station:{text}"
