"""`noc operation ...`: what was done, and every operation of the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
import typer

from backend.model.errors import Invalid
from backend.text import t
from noc.cli.figures import moment, short_moment
from noc.cli.options import Deadline, FilterText, Json, Limit, Reason, Server, Yes, with_client
from noc.cli.output import facts, put_json, say, searched, table
from noc.cli.remote import operate

Id = Annotated[str, typer.Argument(metavar="ID", help=t("The operation's number."))]


def add_to(group: typer.Typer) -> None:
    """The commands of the group."""
    group.command("list", help=t("Running and past operations, the newest first."))(list_operations)
    group.command("show", help=t("One operation, step by step."))(show)
    group.command("run", help=t("Do any operation of the catalogue; followed to its proof."))(run)
    group.command("catalogue", help=t("What can be done to stations, and with which fields."))(catalogue)


def list_operations(filter: FilterText = "", limit: Limit = 100, as_json: Json = False, server: Server = None) -> None:  # noqa: A002
    """Running and past operations, the newest first."""
    found = with_client(server, lambda client: client.operations(filter, limit))
    searched(found, limit, "since")
    if as_json:
        put_json(found)
        return
    table(
        (t("operation"), t("at"), t("what"), t("target"), t("state"), t("answer"), t("proof"), t("by"), t("reason")),
        [
            (
                one.id,
                short_moment(one.times.get("requested")),
                one.operation,
                one.target,
                one.state.value,
                one.answer or "",
                one.proof or "",
                one.requested_by,
                one.reason,
            )
            for one in found
        ],
        right=(0,),
    )


def show(operation: Id, as_json: Json = False, server: Server = None) -> None:
    """One operation, step by step."""
    one = with_client(server, lambda client: client.operation(operation))
    if as_json:
        put_json(one)
        return
    facts(
        [
            (t("operation"), one.id),
            (t("what"), one.operation),
            (t("target"), one.target),
            (t("state"), one.state.value),
            (t("answer"), one.answer or ""),
            (t("proof"), one.proof or ""),
            (t("reason"), one.reason),
            (t("by"), one.requested_by),
            (t("requested"), moment(one.times.get("requested"))),
            (t("deadline"), f"{one.deadline_s:g} s"),
        ]
    )
    say("")
    table((t("at"), t("step"), t("text")), [(short_moment(step.at), step.name, step.text) for step in one.steps])


def run(
    operation: Annotated[
        str, typer.Argument(metavar="OPERATION", help=t("Its name, as `noc operation catalogue` lists them."))
    ],
    target: Annotated[str, typer.Argument(metavar="TARGET", help=t("A station, an outlet or a session's number."))],
    fields: Annotated[
        list[str] | None,
        typer.Argument(metavar="FIELD=VALUE", help=t("Its fields; a list or an object is written as JSON.")),
    ] = None,
    reason: Reason = "",
    yes: Yes = False,
    deadline: Deadline = None,
    as_json: Json = False,
    server: Server = None,
) -> int:
    """Do any operation of the catalogue; followed to its proof."""
    return operate(server, operation, target, _given(fields or ()), reason, yes, deadline, as_json)


def _given(fields: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in fields:
        name, equals, value = field.partition("=")
        if not equals or not name:
            raise Invalid(
                "usage", t("{text} is no field with a value.", text=field), t("Write FIELD=VALUE, as minutes=15.")
            )
        found[name] = _value(name, value)
    return found


def _value(name: str, text: str) -> Any:
    if not text.startswith(("{", "[")):
        return text
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise Invalid(
            "bad_json", t("{name} is no JSON: {why}.", name=name, why=error), t("Put it into single quotes: '{}'.")
        ) from None


def catalogue(as_json: Json = False, server: Server = None) -> None:
    """What can be done to stations, and with which fields."""
    found = with_client(server, lambda client: client.catalogue())
    if as_json:
        put_json(found)
        return
    table(
        (t("operation"), t("you may"), t("within"), t("done to"), t("what"), t("fields")),
        [
            (
                one["operation"],
                t("yes") if one["may"] else t("no"),
                f"{one['deadline_s']:g} s",
                " ".join(one["targets"]),
                one["what"],
                " ".join(_field(field) for field in one["parameters"]),
            )
            for one in found
        ],
        right=(2,),
    )


def _field(parameter: dict[str, Any]) -> str:
    """`token` where it is needed, `[minutes=30]` where it is not."""
    choices = parameter["choices"]
    default = parameter["default"]
    short = "|".join(choices) if 0 < len(choices) <= 4 else ""
    value = short or (
        "" if default in (None, "", [], {}) else str(default).lower() if default is False else str(default)
    )
    name = f"{parameter['name']}={value}" if value else parameter["name"]
    return name if parameter["needed"] else f"[{name}]"
