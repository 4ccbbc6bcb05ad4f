"""`noc operation ...`"""

from __future__ import annotations

from typing import Annotated

import typer

from backend.text import t
from noc.cli.figures import moment, short_moment
from noc.cli.options import FilterText, Json, Limit, Server, with_client
from noc.cli.output import facts, put_json, say, searched, table

Id = Annotated[str, typer.Argument(metavar="ID", help=t("The operation's number."))]


def add_to(group: typer.Typer) -> None:
    """The commands of the group."""
    group.command("list", help=t("Running and past operations, the newest first."))(list_operations)
    group.command("show", help=t("One operation, step by step."))(show)


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
