"""`noc alarm ...`"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from backend.model.duration import parse_duration
from backend.model.errors import Invalid
from backend.text import t
from noc.cli.figures import age, length, moment, short_moment
from noc.cli.options import FilterText, Json, Limit, Server, with_client
from noc.cli.output import facts, put_json, say, searched, table

if TYPE_CHECKING:
    from backend.client.client import Client
    from backend.model.resources import AlarmEntryResource, AlarmResource

Id = Annotated[str, typer.Argument(metavar="ID", help=t("The alarm's number."))]


def add_to(group: typer.Typer) -> None:
    """The commands of the group."""
    group.command("list", help=t("What is not normal, the worst first."))(list_alarms)
    group.command("show", help=t("One alarm and its history."))(show)
    group.command("ack", help=t("Say that it was seen."))(ack)
    group.command("unack", help=t("Take your acknowledgement back, within ten seconds."))(unack)
    group.command("own", help=t("Make somebody responsible."))(own)
    group.command("shelve", help=t("Put it aside, with a reason and an end."))(shelve)
    group.command("unshelve", help=t("Take it from the shelf."))(unshelve)
    group.command("note", help=t("Write a line into its history."))(note)
    group.command("rules", help=t("What raises an alarm, how bad it is, and what to do first."))(rules)


def list_alarms(
    filter: FilterText = "",  # noqa: A002
    limit: Limit = 100,
    history: Annotated[bool, typer.Option("--history", help=t("Past ones too, the newest first."))] = False,
    as_json: Json = False,
    server: Server = None,
) -> None:
    """What is not normal, the worst first."""
    found = with_client(server, lambda client: client.alarms(filter, limit, history))
    searched(found, limit, "raised")
    if as_json:
        put_json(found)
        return
    table(
        (t("alarm"), t("sev"), t("age"), t("seen"), t("state"), t("where"), t("what"), t("owner")),
        [
            (
                one.id,
                f"S{one.severity.value}",
                age(one.since),
                str(one.count),
                one.state.value,
                one.source,
                one.text,
                one.owner or "",
            )
            for one in found
        ],
        right=(0, 2, 3),
    )


def show(alarm: Id, as_json: Json = False, server: Server = None) -> None:
    """One alarm and its history."""

    async def ask(client: Client) -> tuple[AlarmResource, list[AlarmEntryResource]]:
        return await client.alarm(alarm), await client.alarm_entries(alarm)

    one, entries = with_client(server, ask)
    if as_json:
        import msgspec

        put_json({**msgspec.to_builtins(one), "entries": entries})
        return
    facts(
        [
            (t("alarm"), one.id),
            (t("severity"), f"S{one.severity.value}"),
            (t("what"), one.text),
            (t("where"), f"{one.source} {one.label if one.label != one.source else ''}".strip()),
            (t("site"), one.site or ""),
            (t("state"), one.state.value),
            (t("since"), moment(one.since)),
            (t("seen"), str(one.count)),
            (t("code"), f"{one.code} {one.vendor_code}".strip()),
            (t("station says"), one.info),
            (t("flags"), ", ".join(one.flags)),
            (t("owner"), one.owner or ""),
            (t("acknowledged"), f"{one.acknowledged_by} {moment(one.acknowledged)}" if one.acknowledged_by else ""),
            (t("shelved until"), f"{moment(one.shelved_until)}: {one.shelve_reason}" if one.shelved_until else ""),
            (t("part of"), one.parent or ""),
        ]
    )
    say("")
    table(
        (t("at"), t("what"), t("who"), t("text")),
        [(short_moment(entry.at), entry.what, entry.who or "", entry.text) for entry in entries],
    )


def ack(alarm: Id, as_json: Json = False, server: Server = None) -> None:
    """Say that it was seen."""
    _done(with_client(server, lambda client: client.acknowledge(alarm)), as_json)


def unack(alarm: Id, as_json: Json = False, server: Server = None) -> None:
    """Take your acknowledgement back, within ten seconds."""
    _done(with_client(server, lambda client: client.take_back(alarm)), as_json)


def own(
    alarm: Id,
    who: Annotated[str | None, typer.Option("--who", help=t("Somebody else; default: you."))] = None,
    nobody: Annotated[bool, typer.Option("--nobody", help=t("Leave it to nobody."))] = False,
    as_json: Json = False,
    server: Server = None,
) -> None:
    """Make somebody responsible."""
    if who and nobody:
        raise Invalid("usage", t("--who and --nobody exclude each other."), t("See `noc alarm own --help`."))

    async def do(client: Client) -> AlarmResource:
        name = None if nobody else who or (await client.whoami()).name
        return await client.own(alarm, name)

    _done(with_client(server, do), as_json)


def shelve(
    alarm: Id,
    how_long: Annotated[str, typer.Option("--for", metavar="2h", help=t("How long, 8h at most."))],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help=t("Why."))],
    as_json: Json = False,
    server: Server = None,
) -> None:
    """Put it aside, with a reason and an end."""
    seconds = parse_duration(how_long)
    _done(with_client(server, lambda client: client.shelve(alarm, seconds, reason)), as_json)


def unshelve(alarm: Id, as_json: Json = False, server: Server = None) -> None:
    """Take it from the shelf."""
    _done(with_client(server, lambda client: client.unshelve(alarm)), as_json)


def note(
    alarm: Id,
    text: Annotated[str, typer.Argument(metavar="TEXT", help=t("What to write."))],
    as_json: Json = False,
    server: Server = None,
) -> None:
    """Write a line into its history."""
    _done(with_client(server, lambda client: client.note(alarm, text)), as_json)


def rules(as_json: Json = False, server: Server = None) -> None:
    """What raises an alarm, how bad it is, and what to do first."""
    found = with_client(server, lambda client: client.alarm_rules())
    if as_json:
        put_json(found)
        return
    table(
        (t("rule"), t("sev"), t("after"), t("cleared after"), t("watches"), t("do first")),
        [
            (
                one.rule,
                t("varies") if one.severity is None else f"S{one.severity}",
                length(one.on_delay_s) if one.on_delay_s else t("at once"),
                length(one.off_delay_s) if one.off_delay_s else t("at once"),
                one.watches,
                one.action,
            )
            for one in found
        ],
    )


def _done(one: AlarmResource, as_json: bool) -> None:
    if as_json:
        put_json(one)
        return
    owner = t("owned by {name}", name=one.owner) if one.owner else t("owned by nobody")
    say(f"{one.id} {one.state.value}, {owner}")
